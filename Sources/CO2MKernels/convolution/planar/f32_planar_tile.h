// The body of a SIMD kernel over planar pictures, written once for all ISAs; f32_vector.h says what the including file names, and
//
//   O2M_PLANAR_TILE, O2M_PLANAR_WIDE      pixels of a tile, and vectors of a panel that one pass covers
//   O2M_PLANAR_NARROW, O2M_PLANAR_SLIM    the same for a panel of at most 8 columns
#include <stdbool.h>

O2M_INLINE void o2m_v_planar_store(const struct o2m_f32_planar_tile *t, const size_t pixels, const size_t wide, const uint32_t kind,
                                   O2M_VECTOR sum[O2M_PLANAR_PIXELS][4], size_t pitch, float *y) {
  const O2M_VECTOR a = o2m_v_set(t->epilogue.a), b = o2m_v_set(t->epilogue.b);
  O2M_UNROLL_FOR(size_t p = 0; p < pixels; p++) {
    O2M_UNROLL_FOR(size_t v = 0; v < wide; v++) o2m_v_store(y + p * pitch + v * O2M_LANES, o2m_v_finish(sum[p][v], kind, a, b));
  }
}

// `wide` vectors of columns from `column` of `pixels` outputs.
O2M_INLINE void o2m_v_planar(const struct o2m_f32_planar_tile *t, const size_t pixels, const size_t wide, const size_t stride,
                             const size_t column, const float *x, size_t pitch, float *y) {
  O2M_VECTOR sum[O2M_PLANAR_PIXELS][4];
  O2M_UNROLL_FOR(size_t p = 0; p < pixels; p++) {
    O2M_UNROLL_FOR(size_t v = 0; v < wide; v++) sum[p][v] = o2m_v_set(0);
  }
  const float *w = t->w + column;
  for (size_t ky = 0; ky < t->kernel_height; ky++)
    for (size_t kx = 0; kx < t->kernel_width; kx++) {
      const float *from = x + ky * t->line + kx * t->dilation;
      for (size_t ci = 0; ci < t->inputs; ci++, from += t->plane, w += O2M_PANEL) {
        O2M_VECTOR weights[4];
        O2M_UNROLL_FOR(size_t v = 0; v < wide; v++) weights[v] = o2m_v_load(w + v * O2M_LANES);
        O2M_UNROLL_FOR(size_t p = 0; p < pixels; p++) {
          const O2M_VECTOR in = o2m_v_set(from[p * stride]);
          O2M_UNROLL_FOR(size_t v = 0; v < wide; v++) sum[p][v] = o2m_v_fma(in, weights[v], sum[p][v]);
        }
      }
    }
  O2M_UNROLL_FOR(size_t v = 0; v < wide; v++) {
    const O2M_VECTOR scale = o2m_v_load(t->epilogue.scale + column + v * O2M_LANES);
    const O2M_VECTOR bias = o2m_v_load(t->epilogue.bias + column + v * O2M_LANES);
    O2M_UNROLL_FOR(size_t p = 0; p < pixels; p++) sum[p][v] = o2m_v_fma(sum[p][v], scale, bias);
  }
  switch (t->epilogue.kind) {
    case O2M_ACT_LEAKY_RELU: o2m_v_planar_store(t, pixels, wide, O2M_ACT_LEAKY_RELU, sum, pitch, y + column); break;
    case O2M_ACT_HARD_SIGMOID: o2m_v_planar_store(t, pixels, wide, O2M_ACT_HARD_SIGMOID, sum, pitch, y + column); break;
    case O2M_ACT_HARD_SWISH: o2m_v_planar_store(t, pixels, wide, O2M_ACT_HARD_SWISH, sum, pitch, y + column); break;
    default: o2m_v_planar_store(t, pixels, wide, O2M_ACT_CLIP, sum, pitch, y + column); break;
  }
}

// A tile at `p`; one that does not fit, in pixels or in columns, goes through a copy.
O2M_INLINE void o2m_v_planar_at(const struct o2m_f32_planar_tile *t, const size_t tile, const size_t wide, const size_t panel,
                                const size_t stride, const float *x, size_t p, size_t count, float *y) {
  float full[O2M_PLANAR_PIXELS * O2M_PANEL];
  const bool fits = count == tile && t->columns == panel;
  float *to = fits ? y + p * t->epilogue.y_pitch : full;
  const size_t pitch = fits ? t->epilogue.y_pitch : O2M_PANEL;
  O2M_UNROLL_FOR(size_t column = 0; column < panel; column += wide * O2M_LANES)
    o2m_v_planar(t, tile, wide, stride, column, x + p * stride, pitch, to);
  if (!fits)
    for (size_t i = 0; i < count; i++) o2m_copy(y + (p + i) * t->epilogue.y_pitch, full + i * O2M_PANEL, t->columns);
}

// A run of pixels, tile by tile. Where `rest` is not 0, what is left over may go in tiles of so many pixels.
O2M_INLINE void o2m_v_planar_run(const struct o2m_f32_planar_tile *t, const size_t tile, const size_t rest, const size_t wide,
                                 const size_t panel, const size_t stride, const float *x, size_t pixels, float *y) {
  for (size_t p = 0; p < pixels;) {
    const size_t left = pixels - p;
    if (rest && pixels >= rest && (left <= rest || (left > tile && left <= 2 * rest))) {
      if (left < rest) p = pixels - rest;
      o2m_v_planar_at(t, rest, wide, panel, stride, x, p, rest, y);
      p += rest;
      continue;
    }
    if (left < tile && pixels > tile) p = pixels - tile;
    o2m_v_planar_at(t, tile, wide, panel, stride, x, p, pixels < tile ? pixels : tile, y);
    p += tile;
  }
}

O2M_INLINE void o2m_v_planar_panel(const struct o2m_f32_planar_tile *t, const size_t rest, const size_t stride, const float *x,
                                   size_t pixels, float *y) {
  if (t->columns <= O2M_PANEL / 2)
    o2m_v_planar_run(t, O2M_PLANAR_NARROW, 0, O2M_PLANAR_SLIM, O2M_PANEL / 2, stride, x, pixels, y);
  else
    o2m_v_planar_run(t, O2M_PLANAR_TILE, rest, O2M_PLANAR_WIDE, O2M_PANEL, stride, x, pixels, y);
}

#define O2M_PLANAR_NAME2(isa) o2m_f32_planar__##isa
#define O2M_PLANAR_NAME(isa) O2M_PLANAR_NAME2(isa)

// With the usual strides as constants. The others are those of patches, whose rows are short.
O2M_NO_CALLS O2M_TARGET void O2M_PLANAR_NAME(O2M_ISA)(const struct o2m_f32_planar_tile *t, const float *x, size_t pixels, float *y) {
  if (t->stride == 1)
    o2m_v_planar_panel(t, 0, 1, x, pixels, y);
  else if (t->stride == 2)
    o2m_v_planar_panel(t, 0, 2, x, pixels, y);
  else
    o2m_v_planar_panel(t, O2M_PLANAR_TILE > 4 ? 4 : 0, t->stride, x, pixels, y);
}
