// The body of a SIMD depthwise kernel, written once for all ISAs; f32_vector.h says what the including file names, and
//
//   O2M_DWCONV_WIDE           vectors of channels that are summed at once
//
// The pixels of a tile are summed at once: each input is loaded once for all the outputs of its line that it reaches.

enum { PIXELS = O2M_DWCONV_PIXELS, WIDE = O2M_DWCONV_WIDE, CHANNELS = WIDE * O2M_LANES };

O2M_INLINE void o2m_v_depthwise_finish(const uint32_t kind, const struct o2m_f32_epilogue *e, O2M_VECTOR sum[PIXELS][WIDE], size_t pitch,
                                       float *y) {
  const O2M_VECTOR a = o2m_v_set(e->a), b = o2m_v_set(e->b);
  O2M_UNROLL_FOR(size_t p = 0; p < PIXELS; p++) {
    O2M_UNROLL_FOR(size_t v = 0; v < WIDE; v++) o2m_v_store(y + p * pitch + v * O2M_LANES, o2m_v_finish(sum[p][v], kind, a, b));
  }
}

O2M_INLINE void o2m_v_depthwise_store(const struct o2m_f32_epilogue *e, O2M_VECTOR sum[PIXELS][WIDE], size_t pitch, float *y) {
  switch (e->kind) {
    case O2M_ACT_LEAKY_RELU: o2m_v_depthwise_finish(O2M_ACT_LEAKY_RELU, e, sum, pitch, y); break;
    case O2M_ACT_HARD_SIGMOID: o2m_v_depthwise_finish(O2M_ACT_HARD_SIGMOID, e, sum, pitch, y); break;
    case O2M_ACT_HARD_SWISH: o2m_v_depthwise_finish(O2M_ACT_HARD_SWISH, e, sum, pitch, y); break;
    default: o2m_v_depthwise_finish(O2M_ACT_CLIP, e, sum, pitch, y); break;
  }
}

// Finishes the sums of channels `c`... and stores the first `columns` of them for the first `count` pixels; y and residual begin at
// channel `c`. What is no whole tile goes through a copy.
O2M_INLINE void o2m_v_depthwise_end(const struct o2m_f32_epilogue *e, O2M_VECTOR sum[PIXELS][WIDE], size_t c, size_t columns, size_t count,
                                    const float *residual, float *y) {
  O2M_UNROLL_FOR(size_t v = 0; v < WIDE; v++) {
    const O2M_VECTOR scale = o2m_v_load(e->scale + c + v * O2M_LANES), bias = o2m_v_load(e->bias + c + v * O2M_LANES);
    O2M_UNROLL_FOR(size_t p = 0; p < PIXELS; p++) sum[p][v] = o2m_v_fma(sum[p][v], scale, bias);
  }
  if (residual) {
    O2M_UNROLL_FOR(size_t p = 0; p < PIXELS; p++) {
      if (p < count) {
        O2M_UNROLL_FOR(size_t v = 0; v < WIDE; v++)
          sum[p][v] = o2m_v_add(sum[p][v], o2m_v_load(residual + p * e->residual_pitch + v * O2M_LANES));
      }
    }
  }
  if (count == PIXELS && columns == CHANNELS) {
    o2m_v_depthwise_store(e, sum, e->y_pitch, y);
    return;
  }
  float full[PIXELS * CHANNELS];
  o2m_v_depthwise_store(e, sum, CHANNELS, full);
  for (size_t p = 0; p < count; p++) o2m_copy(y + p * e->y_pitch, full + p * CHANNELS, columns);
}

// Sums channels `c`... of a tile. The columns of a line have pointers of their own, x[column], or follow each other from x[0] on,
// 16 elements apart.
O2M_INLINE void o2m_v_depthwise_sums(const float *const *x, size_t x_pitch, const int follow, const float *w, size_t w_pitch, size_t height,
                                     const size_t kernel, const size_t stride, size_t c, O2M_VECTOR sum[PIXELS][WIDE]) {
  O2M_UNROLL_FOR(size_t p = 0; p < PIXELS; p++) {
    O2M_UNROLL_FOR(size_t v = 0; v < WIDE; v++) sum[p][v] = o2m_v_set(0);
  }
  w += c;
  for (size_t ky = 0; ky < height; ky++, x += x_pitch, w += kernel * w_pitch) {
    const float *line = follow ? x[0] + c : NULL;
    O2M_VECTOR weights[5][WIDE];
    O2M_UNROLL_FOR(size_t kx = 0; kx < kernel; kx++) {
      O2M_UNROLL_FOR(size_t v = 0; v < WIDE; v++) weights[kx][v] = o2m_v_load(w + kx * w_pitch + v * O2M_LANES);
    }
    O2M_UNROLL_FOR(size_t column = 0; column < (PIXELS - 1) * stride + kernel; column++) {
      const float *from = follow ? line + column * O2M_PANEL : x[column] + c;
      O2M_UNROLL_FOR(size_t v = 0; v < WIDE; v++) {
        const O2M_VECTOR in = o2m_v_load(from + v * O2M_LANES);
        O2M_UNROLL_FOR(size_t p = 0; p < PIXELS; p++) {
          if (column >= p * stride && column - p * stride < kernel) sum[p][v] = o2m_v_fma(in, weights[column - p * stride][v], sum[p][v]);
        }
      }
    }
  }
}

// The same for any kernel width and step.
O2M_INLINE void o2m_v_depthwise_any(const struct o2m_f32_dwconv_tile *t, size_t c, O2M_VECTOR sum[PIXELS][WIDE]) {
  O2M_UNROLL_FOR(size_t p = 0; p < PIXELS; p++) {
    O2M_UNROLL_FOR(size_t v = 0; v < WIDE; v++) sum[p][v] = o2m_v_set(0);
  }
  const float *w = t->w + c;
  for (size_t ky = 0; ky < t->kernel_height; ky++)
    for (size_t kx = 0; kx < t->kernel_width; kx++, w += t->w_pitch) {
      const float *const *x = t->x + ky * t->x_pitch + kx;
      O2M_UNROLL_FOR(size_t v = 0; v < WIDE; v++) {
        const O2M_VECTOR weight = o2m_v_load(w + v * O2M_LANES);
        O2M_UNROLL_FOR(size_t p = 0; p < PIXELS; p++)
          sum[p][v] = o2m_v_fma(o2m_v_load(x[p * t->step] + c + v * O2M_LANES), weight, sum[p][v]);
      }
    }
}

// All channels of a tile; `kernel` is 0 for any. The last ones that fill no vector are done again from where they do; one by one with a
// residual, which may be y itself and be overwritten by then.
O2M_INLINE void o2m_v_depthwise_tile(const struct o2m_f32_dwconv_tile *t, const size_t kernel, const size_t stride, size_t pixels,
                                     float *y) {
  const struct o2m_f32_epilogue *e = &t->epilogue;
  for (size_t c = t->first; c < t->end; c += CHANNELS) {
    if (c + CHANNELS > t->end) {
      if (e->residual || t->end - t->first < CHANNELS) {
        o2m_f32_dwconv_channels(t, pixels, c, y);
        return;
      }
      c = t->end - CHANNELS;
    }
    O2M_VECTOR sum[PIXELS][WIDE];
    if (kernel)
      o2m_v_depthwise_sums(t->x, t->x_pitch, 0, t->w, t->w_pitch, t->kernel_height, kernel, stride, c, sum);
    else
      o2m_v_depthwise_any(t, c, sum);
    o2m_v_depthwise_end(e, sum, c, CHANNELS, pixels, e->residual ? e->residual + c : NULL, y + c);
  }
}

O2M_INLINE void o2m_v_depthwise_rows(const struct o2m_f32_dwconv_panel *panel, const size_t kernel, const size_t stride, size_t rows,
                                     size_t pixels, float *y) {
  const struct o2m_f32_epilogue *e = &panel->epilogue;
  const float *const *lines = panel->lines;
  for (size_t row = 0; row < rows; row++, lines += stride, y += pixels * e->y_pitch)
    for (size_t first = 0; first < pixels; first += PIXELS)
      for (size_t c = 0; c < panel->columns; c += CHANNELS) {
        const size_t count = pixels - first < PIXELS ? pixels - first : PIXELS;
        const size_t columns = panel->columns - c < CHANNELS ? panel->columns - c : CHANNELS;
        const float *x[5];
        O2M_UNROLL_FOR(size_t ky = 0; ky < kernel; ky++) x[ky] = lines[ky] + first * stride * O2M_PANEL;
        O2M_VECTOR sum[PIXELS][WIDE];
        o2m_v_depthwise_sums(x, 1, 1, panel->w, panel->w_pitch, kernel, kernel, stride, c, sum);
        o2m_v_depthwise_end(e, sum, c, columns, count, NULL, y + first * e->y_pitch + c);
      }
}

#define O2M_DWCONV_NAME2(name, isa) o2m_f32_##name##__##isa
#define O2M_DWCONV_NAME(name, isa) O2M_DWCONV_NAME2(name, isa)

O2M_NO_CALLS O2M_TARGET void O2M_DWCONV_NAME(dwconv, O2M_ISA)(const struct o2m_f32_dwconv_tile *t, size_t pixels, float *y) {
  if (t->kernel_width == 3 && t->step == 1)
    o2m_v_depthwise_tile(t, 3, 1, pixels, y);
  else if (t->kernel_width == 3 && t->step == 2)
    o2m_v_depthwise_tile(t, 3, 2, pixels, y);
  else if (t->kernel_width == 5 && t->step == 1)
    o2m_v_depthwise_tile(t, 5, 1, pixels, y);
  else if (t->kernel_width == 5 && t->step == 2)
    o2m_v_depthwise_tile(t, 5, 2, pixels, y);
  else
    o2m_v_depthwise_tile(t, 0, 0, pixels, y);
}

O2M_NO_CALLS O2M_TARGET void O2M_DWCONV_NAME(dwconv_rows, O2M_ISA)(const struct o2m_f32_dwconv_panel *panel, size_t rows, size_t pixels,
                                                                   float *y) {
  if (panel->kernel == 3 && panel->stride == 1)
    o2m_v_depthwise_rows(panel, 3, 1, rows, pixels, y);
  else if (panel->kernel == 3)
    o2m_v_depthwise_rows(panel, 3, 2, rows, pixels, y);
  else if (panel->stride == 1)
    o2m_v_depthwise_rows(panel, 5, 1, rows, pixels, y);
  else
    o2m_v_depthwise_rows(panel, 5, 2, rows, pixels, y);
}
