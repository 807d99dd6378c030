// The inner loop of a full tile for an ISA that multiplies by a lane of a vector. It defines O2M_LANE_FMA and
//
//   o2m_v_fma_lane(a, lane, b, c) = a[lane] * b + c
//   o2m_v_load_next           loads one or two vectors and moves the pointer behind them
//   o2m_v_weights_next        loads and widens a row of a panel, O2M_WIDE vectors, and moves the pointer behind it
//
// The sums are formed in the same order as one k at a time.
#ifdef O2M_LANE_FMA
// As many k as fill vectors of the input, of float32 weights pairs of them; the result is how many. `w` is the row of the panel to begin
// with.
O2M_INLINE size_t o2m_v_pass_lanes(const size_t rows, const uint32_t type, size_t depth, const float *const *a, const void *w,
                                   O2M_VECTOR sums[O2M_TILE][O2M_WIDE]) {
  const float *row[O2M_TILE];
  O2M_UNROLL_FOR(size_t r = 0; r < rows; r++) row[r] = a[r];
  const size_t vectors = type == O2M_WEIGHTS_F32 ? 2 : 1, step = vectors * O2M_LANES;  // widening takes registers
  for (size_t left = depth / step; left > 0; left--) {
    O2M_VECTOR x[O2M_TILE][2];
    O2M_UNROLL_FOR(size_t r = 0; r < rows; r++) o2m_v_load_next(&row[r], vectors, x[r]);
    O2M_UNROLL_FOR(size_t s = 0; s < step; s++) {
      O2M_VECTOR b[O2M_WIDE];
      o2m_v_weights_next(&w, type, b);
      O2M_UNROLL_FOR(size_t r = 0; r < rows; r++) {
        O2M_UNROLL_FOR(size_t v = 0; v < O2M_WIDE; v++) sums[r][v] = o2m_v_fma_lane(x[r][s / O2M_LANES], s % O2M_LANES, b[v], sums[r][v]);
      }
    }
  }
  return depth / step * step;
}
#endif
