// What all drivers of the micro-kernels share.
#include "f32_gemm.h"
#include "f32_gemm_copy.h"

#include <math.h>

const float o2m_f32_ones[O2M_PANEL] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1};
const float o2m_f32_zeros[O2M_PANEL] = {0};

void o2m_f32_epilogue_set(struct o2m_f32_epilogue *e, const struct o2m_activation *activation) {
  e->kind = O2M_ACT_CLIP;
  e->a = -INFINITY;
  e->b = INFINITY;
  switch (activation->kind) {
    case O2M_ACT_RELU: e->a = 0; break;
    case O2M_ACT_CLIP:
    case O2M_ACT_LEAKY_RELU:
    case O2M_ACT_HARD_SIGMOID:
    case O2M_ACT_HARD_SWISH:
      e->kind = activation->kind;
      e->a = activation->a;
      e->b = activation->b;
      break;
    default: break;
  }
}

// By way of a whole tile.
O2M_NO_CALLS static void narrow(o2m_f32_gemm_tile *tile, size_t rows, size_t columns, size_t taps, size_t depth, const float *const *a,
                                const void *w, const struct o2m_f32_epilogue *epilogue, float *y) {
  float full[O2M_GEMM_ROWS * O2M_PANEL], residual[O2M_GEMM_ROWS * O2M_PANEL];
  struct o2m_f32_epilogue e = *epilogue;
  if (epilogue->residual) {
    for (size_t r = 0; r < rows; r++) {
      float *rest = o2m_copy(residual + r * O2M_PANEL, epilogue->residual + r * epilogue->residual_pitch, columns);
      o2m_copy(rest, o2m_f32_zeros, O2M_PANEL - columns);
    }
    e.residual = residual;
    e.residual_pitch = O2M_PANEL;
  }
  e.y_pitch = O2M_PANEL;
  tile(rows, taps, depth, a, w, &e, full);
  for (size_t r = 0; r < rows; r++) o2m_copy(y + r * epilogue->y_pitch, full + r * O2M_PANEL, columns);
}

void o2m_f32_gemm_part(const struct o2m_f32_gemm_kernels *isa, uint32_t type, size_t rows, size_t columns, size_t taps, size_t depth,
                       const float *const *a, const void *w, const struct o2m_f32_epilogue *epilogue, float *y) {
  const int half = columns <= O2M_PANEL / 2 && rows == isa->rows;
  o2m_f32_gemm_tile *tile = half ? isa->half[type] : isa->tile[type];
  if (half && columns == O2M_PANEL / 2)
    tile(rows, taps, depth, a, w, epilogue, y);
  else
    narrow(tile, rows, columns, taps, depth, a, w, epilogue, y);
}

void o2m_f32_gemm_unpack(size_t columns, size_t k, const float *panel, float *w) {
  for (size_t c = 0; c < columns; c++)
    for (size_t i = 0; i < k; i++) *w++ = panel[i * O2M_PANEL + c];
}
