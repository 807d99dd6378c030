// The witness, and the channels that fill no vector.
#include "f32_dwconv.h"
#include "products/f32_gemm_finish.h"

void o2m_f32_dwconv_channels(const struct o2m_f32_dwconv_tile *t, size_t pixels, size_t first, float *y) {
  const struct o2m_f32_epilogue *e = &t->epilogue;
  for (size_t p = 0; p < pixels; p++)
    for (size_t c = first; c < t->end; c++) {
      float sum = 0;
      for (size_t ky = 0; ky < t->kernel_height; ky++)
        for (size_t kx = 0; kx < t->kernel_width; kx++)
          sum += t->x[ky * t->x_pitch + p * t->step + kx][c] * t->w[(ky * t->kernel_width + kx) * t->w_pitch + c];
      const float v = sum * e->scale[c] + e->bias[c];
      y[p * e->y_pitch + c] = o2m_f32_finish(e->residual ? v + e->residual[p * e->residual_pitch + c] : v, e);
    }
}

void o2m_f32_dwconv__scalar(const struct o2m_f32_dwconv_tile *tile, size_t pixels, float *y) {
  o2m_f32_dwconv_channels(tile, pixels, tile->first, y);
}

void o2m_f32_dwconv_rows__scalar(const struct o2m_f32_dwconv_panel *panel, size_t rows, size_t pixels, float *y) {
  const struct o2m_f32_epilogue *e = &panel->epilogue;
  const float *const *lines = panel->lines;
  for (size_t row = 0; row < rows; row++, lines += panel->stride)
    for (size_t p = 0; p < pixels; p++, y += e->y_pitch)
      for (size_t c = 0; c < panel->columns; c++) {
        float sum = 0;
        for (size_t k = 0; k < panel->kernel * panel->kernel; k++)
          sum += lines[k / panel->kernel][(p * panel->stride + k % panel->kernel) * O2M_PANEL + c] * panel->w[k * panel->w_pitch + c];
        y[c] = o2m_f32_finish(sum * e->scale[c] + e->bias[c], e);
      }
}

void o2m_f32_expand__scalar(size_t pixels, size_t depth, const float *x, size_t pitch, const float *w, const struct o2m_f32_epilogue *e,
                            float *y) {
  for (size_t i = 0; i < pixels * O2M_PANEL; i++) {
    const size_t p = i / O2M_PANEL, c = i % O2M_PANEL;
    float sum = 0;
    for (size_t k = 0; k < depth; k++) sum += x[p * pitch + k] * w[k * O2M_PANEL + c];
    y[i] = o2m_f32_finish(sum * e->scale[c] + e->bias[c], e);
  }
}
