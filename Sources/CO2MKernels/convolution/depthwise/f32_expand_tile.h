// The body of a SIMD kernel for a 1x1 convolution over a run of pixels, one panel of 16 output channels, written once for all ISAs;
// f32_vector.h says what the including file names, and
//
//   O2M_EXPAND_TILE, O2M_EXPAND_WIDE      pixels of a tile, and vectors of the panel that one pass covers
//
// It is the matrix kernel for short sums: the distance between pixels is known, so that nothing but the sums stands between two tiles.

O2M_INLINE void o2m_v_expand_store(const size_t pixels, const uint32_t kind, const struct o2m_f32_epilogue *e,
                                   O2M_VECTOR sum[O2M_EXPAND_TILE][O2M_EXPAND_WIDE], float *y) {
  const O2M_VECTOR a = o2m_v_set(e->a), b = o2m_v_set(e->b);
  O2M_UNROLL_FOR(size_t p = 0; p < pixels; p++) {
    O2M_UNROLL_FOR(size_t v = 0; v < O2M_EXPAND_WIDE; v++)
      o2m_v_store(y + p * O2M_PANEL + v * O2M_LANES, o2m_v_finish(sum[p][v], kind, a, b));
  }
}

O2M_INLINE void o2m_v_expand_tile(const size_t pixels, size_t depth, const float *x, size_t pitch, const float *w, const size_t column,
                                  const struct o2m_f32_epilogue *e, float *y) {
  O2M_VECTOR sum[O2M_EXPAND_TILE][O2M_EXPAND_WIDE];
  O2M_UNROLL_FOR(size_t p = 0; p < pixels; p++) {
    O2M_UNROLL_FOR(size_t v = 0; v < O2M_EXPAND_WIDE; v++) sum[p][v] = o2m_v_set(0);
  }
  const size_t half = (pixels - 1) / 2;
  const float *middle = x + half * pitch;  // two bases, so that few multiples of the pitch are needed
  for (size_t k = 0; k < depth; k++, x++, middle++, w += O2M_PANEL) {
    O2M_VECTOR weights[O2M_EXPAND_WIDE];
    O2M_UNROLL_FOR(size_t v = 0; v < O2M_EXPAND_WIDE; v++) weights[v] = o2m_v_load(w + column + v * O2M_LANES);
    O2M_UNROLL_FOR(size_t p = 0; p < pixels; p++) {
      const O2M_VECTOR in = o2m_v_set(p < half ? x[p * pitch] : middle[(p - half) * pitch]);
      O2M_UNROLL_FOR(size_t v = 0; v < O2M_EXPAND_WIDE; v++) sum[p][v] = o2m_v_fma(in, weights[v], sum[p][v]);
    }
  }
  O2M_UNROLL_FOR(size_t v = 0; v < O2M_EXPAND_WIDE; v++) {
    const O2M_VECTOR scale = o2m_v_load(e->scale + column + v * O2M_LANES), bias = o2m_v_load(e->bias + column + v * O2M_LANES);
    O2M_UNROLL_FOR(size_t p = 0; p < pixels; p++) sum[p][v] = o2m_v_fma(sum[p][v], scale, bias);
  }
  switch (e->kind) {
    case O2M_ACT_LEAKY_RELU: o2m_v_expand_store(pixels, O2M_ACT_LEAKY_RELU, e, sum, y + column); break;
    case O2M_ACT_HARD_SIGMOID: o2m_v_expand_store(pixels, O2M_ACT_HARD_SIGMOID, e, sum, y + column); break;
    case O2M_ACT_HARD_SWISH: o2m_v_expand_store(pixels, O2M_ACT_HARD_SWISH, e, sum, y + column); break;
    default: o2m_v_expand_store(pixels, O2M_ACT_CLIP, e, sum, y + column); break;
  }
}

O2M_INLINE void o2m_v_expand(const size_t pixels, size_t depth, const float *x, size_t pitch, const float *w,
                             const struct o2m_f32_epilogue *e, float *y) {
  O2M_UNROLL_FOR(size_t column = 0; column < O2M_PANEL; column += O2M_EXPAND_WIDE * O2M_LANES)
    o2m_v_expand_tile(pixels, depth, x, pitch, w, column, e, y);
}

// The last tile is the last that fits: some pixels are computed twice, by the same sums.
O2M_TARGET void O2M_DWCONV_NAME(expand, O2M_ISA)(size_t pixels, size_t depth, const float *x, size_t pitch, const float *w,
                                                 const struct o2m_f32_epilogue *e, float *y) {
  const size_t tile = O2M_EXPAND_TILE;
  size_t p = 0;
  for (; p + tile <= pixels; p += tile) o2m_v_expand(O2M_EXPAND_TILE, depth, x + p * pitch, pitch, w, e, y + p * O2M_PANEL);
  if (p == pixels) return;
  if (pixels >= tile && pixels - p > 4) {
    p = pixels - tile;
    o2m_v_expand(O2M_EXPAND_TILE, depth, x + p * pitch, pitch, w, e, y + p * O2M_PANEL);
  } else if (pixels >= 4) {
    p = pixels - p > 4 ? p : pixels - 4;
    o2m_v_expand(4, depth, x + p * pitch, pitch, w, e, y + p * O2M_PANEL);
    p += 4;
  }
  for (; p < pixels; p++) o2m_v_expand(1, depth, x + p * pitch, pitch, w, e, y + p * O2M_PANEL);
}
