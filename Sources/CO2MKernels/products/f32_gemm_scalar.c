// The witness: one sum per output in the order of k.
#include <float.h>
#include <math.h>

#include "f32_gemm_finish.h"
#include "widen.h"

#define O2M_SCALAR_TILE(name, type, wide, columns)                                                                                \
  void name(size_t rows, size_t taps, size_t depth, const float *const *a, const void *weights, const struct o2m_f32_epilogue *e, \
            float *y) {                                                                                                           \
    for (size_t r = 0; r < rows; r++) {                                                                                           \
      float sum[O2M_PANEL] = {0};                                                                                                 \
      const type *w = weights;                                                                                                    \
      for (size_t tap = 0; tap < taps; tap++, w += depth * O2M_PANEL)                                                             \
        for (size_t k = 0; a[tap * 4] && k < depth; k++)                                                                          \
          for (size_t c = 0; c < O2M_PANEL; c++) sum[c] += a[tap * 4 + r][k] * wide(w[k * O2M_PANEL + c]);                        \
      for (size_t c = 0; c < columns; c++) {                                                                                      \
        const float v = sum[c] * e->scale[c] + e->bias[c];                                                                        \
        y[r * e->y_pitch + c] = o2m_f32_finish(e->residual ? v + e->residual[r * e->residual_pitch + c] : v, e);                  \
      }                                                                                                                           \
    }                                                                                                                             \
  }

#define O2M_SAME(x) (x)
#define O2M_FLOAT(x) ((float)(x))
O2M_SCALAR_TILE(o2m_f32_gemm_4x16__scalar, float, O2M_SAME, O2M_PANEL)
O2M_SCALAR_TILE(o2m_f32_f16w_gemm_4x16__scalar, uint16_t, o2m_widen_f16, O2M_PANEL)
O2M_SCALAR_TILE(o2m_f32_qs8w_gemm_4x16__scalar, int8_t, O2M_FLOAT, O2M_PANEL)
O2M_SCALAR_TILE(o2m_f32_half_gemm_4x16__scalar, float, O2M_SAME, O2M_PANEL / 2)
O2M_SCALAR_TILE(o2m_f32_f16w_half_gemm_4x16__scalar, uint16_t, o2m_widen_f16, O2M_PANEL / 2)
O2M_SCALAR_TILE(o2m_f32_qs8w_half_gemm_4x16__scalar, int8_t, O2M_FLOAT, O2M_PANEL / 2)

#define O2M_SCALAR_ROW(name, type, wide)                                                                                    \
  void name(size_t panels, size_t depth, const float *x, const void *weights, const struct o2m_f32_epilogue *e, float *y) { \
    const type *w = weights;                                                                                                \
    for (size_t panel = 0; panel < panels; panel++) {                                                                       \
      float sum[O2M_PANEL] = {0};                                                                                           \
      for (size_t k = 0; k < depth; k++, w += O2M_PANEL)                                                                    \
        for (size_t c = 0; c < O2M_PANEL; c++) sum[c] += x[k] * wide(w[c]);                                                 \
      for (size_t c = 0, at = panel * O2M_PANEL; c < O2M_PANEL; c++, at++) {                                                \
        const float v = sum[c] * (e->scale ? e->scale[at] : 1) + (e->bias ? e->bias[at] : 0);                               \
        y[at] = o2m_f32_finish(e->residual ? v + e->residual[at] : v, e);                                                   \
      }                                                                                                                     \
    }                                                                                                                       \
  }

O2M_SCALAR_ROW(o2m_f32_gemv__scalar, float, O2M_SAME)
O2M_SCALAR_ROW(o2m_f32_f16w_gemv__scalar, uint16_t, o2m_widen_f16)
O2M_SCALAR_ROW(o2m_f32_qs8w_gemv__scalar, int8_t, O2M_FLOAT)

void o2m_f16_widen__scalar(size_t n, const void *w, float *wide) {
  const uint16_t *half = w;
  for (size_t i = 0; i < n; i++) wide[i] = o2m_widen_f16(half[i]);
}

void o2m_qs8_widen__scalar(size_t n, const void *w, float *wide) {
  const int8_t *q = w;
  for (size_t i = 0; i < n; i++) wide[i] = (float)q[i];
}

// At -infinity the limit, where the formulas have 0 * infinity.
static float activated(uint32_t kind, float x) {
  x = x < -FLT_MAX ? -FLT_MAX : x;
  switch (kind) {
    case O2M_ACT_SIGMOID: return 1 / (1 + expf(-x));
    case O2M_ACT_SILU: return x / (1 + expf(-x));
    case O2M_ACT_GELU_ERF: return (float)(0.5 * x * erfc(-x * 0.70710678118654752));  // 1 + erf would cancel
    case O2M_ACT_GELU_TANH: return x / (1 + expf(-2 * 0.79788456f * (x + 0.044715f * x * x * x)));
    case O2M_ACT_TANH: return tanhf(x);
    default: return x;
  }
}

void o2m_f32_activate__scalar(uint32_t kind, size_t rows, size_t columns, size_t pitch, float *y) {
  if (kind <= O2M_ACT_HARD_SWISH) return;
  for (size_t r = 0; r < rows; r++)
    for (size_t c = 0; c < columns; c++) y[r * pitch + c] = activated(kind, y[r * pitch + c]);
}

void o2m_f32_softmax2__scalar(size_t rows, size_t columns, float *scores, size_t pitch) {
  for (size_t r = 0; r < rows; r++, scores += pitch) {
    float largest = -INFINITY, sum = 0;
    for (size_t c = 0; c < columns; c++) largest = scores[c] > largest ? scores[c] : largest;
    for (size_t c = 0; c < columns; c++) sum += scores[c] = expf((scores[c] - largest) * 0.69314718f);
    for (size_t c = 0; c < columns; c++) scores[c] /= sum;
  }
}
