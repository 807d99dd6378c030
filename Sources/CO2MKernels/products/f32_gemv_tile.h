// One row times up to four panels. A row of sums waits for memory, not for arithmetic: each panel is a stream of its own,
// and four streams fetch half as much again as one.

O2M_INLINE void o2m_v_row_store(const uint32_t kind, const struct o2m_f32_epilogue *e, size_t count, float *y) {
  const O2M_VECTOR a = o2m_v_set(e->a), b = o2m_v_set(e->b);
  for (size_t i = 0; i < count; i += O2M_LANES) o2m_v_store(y + i, o2m_v_finish(o2m_v_load(y + i), kind, a, b));
}

// Where few sums would wait for each other, k is dealt out to `split` sets of them.
O2M_INLINE void o2m_v_row(const size_t panels, const size_t split, const uint32_t type, size_t depth, const float *x, const void *w,
                          const struct o2m_f32_epilogue *e, float *y) {
  enum { WIDE = O2M_PANEL / O2M_LANES };
  O2M_VECTOR sums[4][4][WIDE];
  O2M_UNROLL_FOR(size_t s = 0; s < split; s++) {
    O2M_UNROLL_FOR(size_t p = 0; p < panels; p++) {
      O2M_UNROLL_FOR(size_t v = 0; v < WIDE; v++) sums[s][p][v] = o2m_v_set(0);
    }
  }
  const size_t step = depth * O2M_PANEL;
  size_t k = 0;
  for (; k + split <= depth; k += split) {
    O2M_UNROLL_FOR(size_t s = 0; s < split; s++) {
      const O2M_VECTOR value = o2m_v_set(x[k + s]);
      O2M_UNROLL_FOR(size_t p = 0; p < panels; p++) {
        O2M_UNROLL_FOR(size_t v = 0; v < WIDE; v++)
          sums[s][p][v] = o2m_v_fma(value, o2m_v_weights(w, p * step + (k + s) * O2M_PANEL + v * O2M_LANES, type), sums[s][p][v]);
      }
    }
  }
  for (; k < depth; k++) {
    const O2M_VECTOR value = o2m_v_set(x[k]);
    O2M_UNROLL_FOR(size_t p = 0; p < panels; p++) {
      O2M_UNROLL_FOR(size_t v = 0; v < WIDE; v++)
        sums[0][p][v] = o2m_v_fma(value, o2m_v_weights(w, p * step + k * O2M_PANEL + v * O2M_LANES, type), sums[0][p][v]);
    }
  }
  O2M_UNROLL_FOR(size_t p = 0; p < panels; p++) {
    O2M_UNROLL_FOR(size_t v = 0; v < WIDE; v++) {
      const size_t at = p * O2M_PANEL + v * O2M_LANES;
      O2M_VECTOR sum = sums[0][p][v];
      if (split > 1) sum = o2m_v_add(sum, sums[1][p][v]);
      if (split > 2) sum = o2m_v_add(sum, o2m_v_add(sums[2][p][v], sums[3][p][v]));
      const O2M_VECTOR bias = e->bias ? o2m_v_load(e->bias + at) : o2m_v_set(0);
      sum = o2m_v_fma(sum, e->scale ? o2m_v_load(e->scale + at) : o2m_v_set(1), bias);
      if (e->residual) sum = o2m_v_add(sum, o2m_v_load(e->residual + at));
      o2m_v_store(y + at, sum);
    }
  }
  switch (e->kind) {
    case O2M_ACT_LEAKY_RELU: o2m_v_row_store(O2M_ACT_LEAKY_RELU, e, panels * O2M_PANEL, y); break;
    case O2M_ACT_HARD_SIGMOID: o2m_v_row_store(O2M_ACT_HARD_SIGMOID, e, panels * O2M_PANEL, y); break;
    case O2M_ACT_HARD_SWISH: o2m_v_row_store(O2M_ACT_HARD_SWISH, e, panels * O2M_PANEL, y); break;
    default: o2m_v_row_store(O2M_ACT_CLIP, e, panels * O2M_PANEL, y); break;
  }
}

O2M_INLINE void o2m_v_rows(const uint32_t type, size_t panels, size_t depth, const float *x, const void *w,
                           const struct o2m_f32_epilogue *e, float *y) {
  switch (panels) {
    case 1: o2m_v_row(1, 4, type, depth, x, w, e, y); break;
    case 2: o2m_v_row(2, 2, type, depth, x, w, e, y); break;
    case 3: o2m_v_row(3, 1, type, depth, x, w, e, y); break;
    default: o2m_v_row(4, 1, type, depth, x, w, e, y); break;
  }
}

#define O2M_ROW_FUNCTION(name, type)                                                                       \
  O2M_TARGET void O2M_GEMV_NAME(name, O2M_ISA)(size_t panels, size_t depth, const float *x, const void *w, \
                                               const struct o2m_f32_epilogue *e, float *y) {               \
    o2m_v_rows(type, panels, depth, x, w, e, y);                                                           \
  }
O2M_ROW_FUNCTION(f32, O2M_WEIGHTS_F32)
O2M_ROW_FUNCTION(f32_f16w, O2M_WEIGHTS_F16)
O2M_ROW_FUNCTION(f32_qs8w, O2M_WEIGHTS_I8)
