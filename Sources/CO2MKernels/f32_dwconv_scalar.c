// The witness, and the channels that fill no vector.
#include "f32_dwconv.h"
#include "f32_gemm_finish.h"

void o2m_f32_dwconv_channels(const struct o2m_f32_dwconv_tile *t, size_t pixels, size_t first, float *y) {
  const struct o2m_f32_epilogue *e = &t->epilogue;
  for (size_t p = 0; p < pixels; p++)
    for (size_t c = first; c < t->end; c++) {
      float sum = 0;
      for (size_t ky = 0; ky < t->kernel_height; ky++)
        for (size_t kx = 0; kx < t->kernel_width; kx++)
          sum += t->x[ky * t->x_pitch + p * t->stride + kx][c] * t->w[(ky * t->kernel_width + kx) * t->w_pitch + c];
      const float v = sum * e->scale[c] + e->bias[c];
      y[p * e->y_pitch + c] = o2m_f32_finish(e->residual ? v + e->residual[p * e->residual_pitch + c] : v, e);
    }
}

void o2m_f32_dwconv__scalar(const struct o2m_f32_dwconv_tile *tile, size_t pixels, float *y) {
  o2m_f32_dwconv_channels(tile, pixels, tile->first, y);
}
