// The body of a SIMD micro-kernel, written once for all ISAs. Beside what f32_vector.h asks for, the including file names
//
//   O2M_TILE                  rows of the full tile
//   O2M_WIDE                  vectors per pass over a panel; 16 / (O2M_LANES * O2M_WIDE) passes
//
// A full tile reads the input by vectors along k where the ISA can: f32_gemm_lanes.h.
#include "f32_gemm_lanes.h"

O2M_INLINE void o2m_v_store_tile(const size_t rows, const size_t wide, const uint32_t kind, O2M_VECTOR sum[O2M_TILE][O2M_WIDE],
                                 const struct o2m_f32_epilogue *e, float *y) {
  const O2M_VECTOR a = o2m_v_set(e->a), b = o2m_v_set(e->b);
  O2M_UNROLL_FOR(size_t r = 0; r < rows; r++) {
    O2M_UNROLL_FOR(size_t v = 0; v < wide; v++) o2m_v_store(y + r * e->y_pitch + v * O2M_LANES, o2m_v_finish(sum[r][v], kind, a, b));
  }
}

// One pass: `rows` rows by `wide` vectors of columns. Where so few sums would wait for each other, k is dealt out to
// `split` sets of them.
O2M_INLINE void o2m_v_pass(const size_t rows, const size_t wide, const size_t split, const uint32_t type, size_t taps, size_t depth,
                           const float *const *a, const void *w, const size_t column, const struct o2m_f32_epilogue *e, float *y) {
  O2M_VECTOR sums[4][O2M_TILE][O2M_WIDE];
  O2M_UNROLL_FOR(size_t s = 0; s < split; s++) {
    O2M_UNROLL_FOR(size_t r = 0; r < rows; r++) {
      O2M_UNROLL_FOR(size_t v = 0; v < wide; v++) sums[s][r][v] = o2m_v_set(0);
    }
  }
  size_t i = column;  // of the element of w
  for (size_t tap = 0; tap < taps; tap++, a += O2M_TILE) {
    if (!a[0]) {
      i += depth * O2M_PANEL;
      continue;
    }
    const float *row[O2M_TILE];
    O2M_UNROLL_FOR(size_t r = 0; r < rows; r++) row[r] = a[r];
    size_t k = 0;
#ifdef O2M_LANE_FMA
    if (rows == O2M_TILE && wide == O2M_WIDE) {
      k = o2m_v_pass_lanes(rows, type, depth, row, (const char *)w + i * o2m_weights_size(type), sums[0]);
      i += k * O2M_PANEL;
    }
#endif
    for (; k + split <= depth; k += split) {
      O2M_UNROLL_FOR(size_t s = 0; s < split; s++, i += O2M_PANEL) {
        O2M_VECTOR b[O2M_WIDE];
        O2M_UNROLL_FOR(size_t v = 0; v < wide; v++) b[v] = o2m_v_weights(w, i + v * O2M_LANES, type);
        O2M_UNROLL_FOR(size_t r = 0; r < rows; r++) {
          const O2M_VECTOR x = o2m_v_set(row[r][k + s]);
          O2M_UNROLL_FOR(size_t v = 0; v < wide; v++) sums[s][r][v] = o2m_v_fma(x, b[v], sums[s][r][v]);
        }
      }
    }
    if (split > 1) {
      for (; k < depth; k++, i += O2M_PANEL) {
        O2M_UNROLL_FOR(size_t r = 0; r < rows; r++) {
          const O2M_VECTOR x = o2m_v_set(row[r][k]);
          O2M_UNROLL_FOR(size_t v = 0; v < wide; v++)
            sums[0][r][v] = o2m_v_fma(x, o2m_v_weights(w, i + v * O2M_LANES, type), sums[0][r][v]);
        }
      }
    }
  }
  O2M_VECTOR sum[O2M_TILE][O2M_WIDE];
  O2M_UNROLL_FOR(size_t v = 0; v < wide; v++) {
    const O2M_VECTOR scale = o2m_v_load(e->scale + column + v * O2M_LANES);
    const O2M_VECTOR bias = o2m_v_load(e->bias + column + v * O2M_LANES);
    O2M_UNROLL_FOR(size_t r = 0; r < rows; r++) {
      O2M_VECTOR total = sums[0][r][v];
      if (split > 1) total = o2m_v_add(total, sums[1][r][v]);
      if (split > 2) total = o2m_v_add(total, o2m_v_add(sums[2][r][v], sums[3][r][v]));
      sum[r][v] = o2m_v_fma(total, scale, bias);
    }
  }
  if (e->residual) {
    O2M_UNROLL_FOR(size_t r = 0; r < rows; r++) {
      O2M_UNROLL_FOR(size_t v = 0; v < wide; v++)
        sum[r][v] = o2m_v_add(sum[r][v], o2m_v_load(e->residual + r * e->residual_pitch + column + v * O2M_LANES));
    }
  }
  switch (e->kind) {
    case O2M_ACT_LEAKY_RELU: o2m_v_store_tile(rows, wide, O2M_ACT_LEAKY_RELU, sum, e, y + column); break;
    case O2M_ACT_HARD_SIGMOID: o2m_v_store_tile(rows, wide, O2M_ACT_HARD_SIGMOID, sum, e, y + column); break;
    case O2M_ACT_HARD_SWISH: o2m_v_store_tile(rows, wide, O2M_ACT_HARD_SWISH, sum, e, y + column); break;
    default: o2m_v_store_tile(rows, wide, O2M_ACT_CLIP, sum, e, y + column); break;
  }
}

O2M_INLINE void o2m_v_tile(const uint32_t type, size_t rows, size_t taps, size_t depth, const float *const *a, const void *w,
                           const struct o2m_f32_epilogue *e, float *y) {
  O2M_UNROLL_FOR(size_t column = 0; column < O2M_PANEL; column += O2M_LANES * O2M_WIDE) {
    switch (rows) {
      case 1: o2m_v_pass(1, O2M_WIDE, 4, type, taps, depth, a, w, column, e, y); break;
      case 2: o2m_v_pass(2, O2M_WIDE, 2, type, taps, depth, a, w, column, e, y); break;
      case 3: o2m_v_pass(3, O2M_WIDE, 2, type, taps, depth, a, w, column, e, y); break;
      case 4: o2m_v_pass(4, O2M_WIDE, 1, type, taps, depth, a, w, column, e, y); break;
#if O2M_TILE > 4
      case 5: o2m_v_pass(5, O2M_WIDE, 1, type, taps, depth, a, w, column, e, y); break;
      default: o2m_v_pass(6, O2M_WIDE, 1, type, taps, depth, a, w, column, e, y); break;
#endif
    }
  }
}

#define O2M_TILE_FUNCTION(name, type)                                                                                                  \
  O2M_TARGET void O2M_GEMM_NAME(name, O2M_TILE, O2M_ISA)(size_t rows, size_t taps, size_t depth, const float *const *a, const void *w, \
                                                         const struct o2m_f32_epilogue *e, float *y) {                                 \
    o2m_v_tile(type, rows, taps, depth, a, w, e, y);                                                                                   \
  }

// The full tile of half a panel adds in the order of a whole one, though six sums wait for each other: output channels of equal
// weights give equal bits, wherever in a panel they lie.
#define O2M_HALF_FUNCTION(name, type)                                                                                                  \
  O2M_TARGET void O2M_GEMM_NAME(name, O2M_TILE, O2M_ISA)(size_t rows, size_t taps, size_t depth, const float *const *a, const void *w, \
                                                         const struct o2m_f32_epilogue *e, float *y) {                                 \
    (void)rows;                                                                                                                        \
    o2m_v_pass(O2M_TILE, O2M_PANEL / 2 / O2M_LANES, 1, type, taps, depth, a, w, 0, e, y);                                              \
  }

O2M_TILE_FUNCTION(f32, O2M_WEIGHTS_F32)
O2M_TILE_FUNCTION(f32_f16w, O2M_WEIGHTS_F16)
O2M_TILE_FUNCTION(f32_qs8w, O2M_WEIGHTS_I8)

O2M_HALF_FUNCTION(f32_half, O2M_WEIGHTS_F32)
O2M_HALF_FUNCTION(f32_f16w_half, O2M_WEIGHTS_F16)
O2M_HALF_FUNCTION(f32_qs8w_half, O2M_WEIGHTS_I8)
