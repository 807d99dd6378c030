// The witness: one sum per output in the order of k.
#include "products/f32_gemm_finish.h"
#include "f32_planar.h"

void o2m_f32_planar__scalar(const struct o2m_f32_planar_tile *t, const float *x, size_t pixels, float *y) {
  const struct o2m_f32_epilogue *e = &t->epilogue;
  for (size_t p = 0; p < pixels; p++)
    for (size_t c = 0; c < t->columns; c++) {
      const float *w = t->w + c;
      float sum = 0;
      for (size_t ky = 0; ky < t->kernel_height; ky++)
        for (size_t kx = 0; kx < t->kernel_width; kx++)
          for (size_t ci = 0; ci < t->inputs; ci++, w += O2M_PANEL)
            sum += x[ci * t->plane + ky * t->line + kx * t->dilation + p * t->stride] * *w;
      y[p * e->y_pitch + c] = o2m_f32_finish(sum * e->scale[c] + e->bias[c], e);
    }
}
