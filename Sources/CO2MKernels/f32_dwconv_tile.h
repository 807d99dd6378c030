// The body of a SIMD depthwise kernel, written once for all ISAs; f32_vector.h says what the including file names.
// Several pixels of a row are summed at once: each input is loaded once for all the outputs that it reaches.

O2M_INLINE void o2m_v_depthwise_finish(const struct o2m_f32_dwconv_tile *t, const size_t pixels, const size_t wide,
                                       const uint32_t kind, size_t c, O2M_VECTOR sum[O2M_DWCONV_PIXELS][2], float *y) {
  const struct o2m_f32_epilogue *e = &t->epilogue;
  const O2M_VECTOR a = o2m_v_set(e->a), b = o2m_v_set(e->b);
  O2M_UNROLL for (size_t p = 0; p < pixels; p++) {
    O2M_UNROLL for (size_t v = 0; v < wide; v++)
      o2m_v_store(y + p * e->y_pitch + c + v * O2M_LANES, o2m_v_finish(sum[p][v], kind, a, b));
  }
}

O2M_INLINE void o2m_v_depthwise_store(const struct o2m_f32_dwconv_tile *t, const size_t pixels, const size_t wide, size_t c,
                                      O2M_VECTOR sum[O2M_DWCONV_PIXELS][2], float *y) {
  const struct o2m_f32_epilogue *e = &t->epilogue;
  O2M_UNROLL for (size_t v = 0; v < wide; v++) {
    const O2M_VECTOR scale = o2m_v_load(e->scale + c + v * O2M_LANES), bias = o2m_v_load(e->bias + c + v * O2M_LANES);
    O2M_UNROLL for (size_t p = 0; p < pixels; p++) sum[p][v] = o2m_v_fma(sum[p][v], scale, bias);
  }
  if (e->residual) {
    O2M_UNROLL for (size_t p = 0; p < pixels; p++) {
      O2M_UNROLL for (size_t v = 0; v < wide; v++)
        sum[p][v] = o2m_v_add(sum[p][v], o2m_v_load(e->residual + p * e->residual_pitch + c + v * O2M_LANES));
    }
  }
  switch (e->kind) {
    case O2M_ACT_LEAKY_RELU:
      o2m_v_depthwise_finish(t, pixels, wide, O2M_ACT_LEAKY_RELU, c, sum, y);
      break;
    case O2M_ACT_HARD_SIGMOID:
      o2m_v_depthwise_finish(t, pixels, wide, O2M_ACT_HARD_SIGMOID, c, sum, y);
      break;
    case O2M_ACT_HARD_SWISH:
      o2m_v_depthwise_finish(t, pixels, wide, O2M_ACT_HARD_SWISH, c, sum, y);
      break;
    default:
      o2m_v_depthwise_finish(t, pixels, wide, O2M_ACT_CLIP, c, sum, y);
      break;
  }
}

// Vectors of channels `c` ... of `pixels` outputs.
O2M_INLINE void o2m_v_depthwise(const struct o2m_f32_dwconv_tile *t, const size_t pixels, const size_t kernel,
                                const size_t stride, const size_t wide, size_t c, float *y) {
  O2M_VECTOR sum[O2M_DWCONV_PIXELS][2];
  O2M_UNROLL for (size_t p = 0; p < pixels; p++) {
    O2M_UNROLL for (size_t v = 0; v < wide; v++) sum[p][v] = o2m_v_set(0);
  }
  const float *w = t->w + c;
  const float *const *x = t->x;
  for (size_t ky = 0; ky < t->kernel_height; ky++, x += t->x_pitch, w += kernel * t->w_pitch) {
    O2M_UNROLL for (size_t column = 0; column < (pixels - 1) * stride + kernel; column++) {
      const float *from = x[column] + c;
      O2M_UNROLL for (size_t v = 0; v < wide; v++) {
        const O2M_VECTOR in = o2m_v_load(from + v * O2M_LANES);
        O2M_UNROLL for (size_t p = 0; p < pixels; p++) {
          if (column >= p * stride && column - p * stride < kernel)
            sum[p][v] = o2m_v_fma(in, o2m_v_load(w + (column - p * stride) * t->w_pitch + v * O2M_LANES), sum[p][v]);
        }
      }
    }
  }
  o2m_v_depthwise_store(t, pixels, wide, c, sum, y);
}

// The same for any kernel width, one pixel.
O2M_INLINE void o2m_v_depthwise_any(const struct o2m_f32_dwconv_tile *t, const size_t wide, size_t c, float *y) {
  O2M_VECTOR sum[O2M_DWCONV_PIXELS][2];
  O2M_UNROLL for (size_t v = 0; v < wide; v++) sum[0][v] = o2m_v_set(0);
  const float *w = t->w + c;
  for (size_t ky = 0; ky < t->kernel_height; ky++)
    for (size_t kx = 0; kx < t->kernel_width; kx++, w += t->w_pitch) {
      const float *from = t->x[ky * t->x_pitch + kx] + c;
      O2M_UNROLL for (size_t v = 0; v < wide; v++)
        sum[0][v] = o2m_v_fma(o2m_v_load(from + v * O2M_LANES), o2m_v_load(w + v * O2M_LANES), sum[0][v]);
    }
  o2m_v_depthwise_store(t, 1, wide, c, sum, y);
}

// All channels of the tile. Where less than a vector is left, the last vector of channels is done again from where it fits; not with a
// residual, which may be y itself and be overwritten by then.
#define O2M_EACH_CHANNEL(call)                                                                   \
  size_t c = t->first;                                                                           \
  for (; c + 2 * O2M_LANES <= t->end; c += 2 * O2M_LANES) call(2);                               \
  for (; c + O2M_LANES <= t->end; c += O2M_LANES) call(1);                                       \
  if (c < t->end && c && !t->epilogue.residual) {                                                \
    c = t->channels - O2M_LANES;                                                                 \
    call(1);                                                                                     \
    c = t->channels;                                                                             \
  }

O2M_INLINE void o2m_v_depthwise_row(const struct o2m_f32_dwconv_tile *t, const size_t pixels, const size_t kernel,
                                    const size_t stride, float *y) {
#define O2M_CALL(wide) o2m_v_depthwise(t, pixels, kernel, stride, wide, c, y)
  O2M_EACH_CHANNEL(O2M_CALL)
#undef O2M_CALL
  if (c < t->end) o2m_f32_dwconv_channels(t, pixels, c, y);
}

O2M_INLINE void o2m_v_depthwise_pixels(const struct o2m_f32_dwconv_tile *t, size_t pixels, const size_t kernel,
                                       const size_t stride, float *y) {
  switch (pixels) {
    case 1:
      o2m_v_depthwise_row(t, 1, kernel, stride, y);
      break;
    case 2:
      o2m_v_depthwise_row(t, 2, kernel, stride, y);
      break;
    case 3:
      o2m_v_depthwise_row(t, 3, kernel, stride, y);
      break;
    default:
      o2m_v_depthwise_row(t, 4, kernel, stride, y);
      break;
  }
}

#define O2M_DWCONV_NAME2(isa) o2m_f32_dwconv__##isa
#define O2M_DWCONV_NAME(isa) O2M_DWCONV_NAME2(isa)

O2M_TARGET static void one_pixel(const struct o2m_f32_dwconv_tile *t, float *y) {
#define O2M_CALL(wide) o2m_v_depthwise_any(t, wide, c, y)
  O2M_EACH_CHANNEL(O2M_CALL)
#undef O2M_CALL
  if (c < t->end) o2m_f32_dwconv_channels(t, 1, c, y);
}

O2M_TARGET void O2M_DWCONV_NAME(O2M_ISA)(const struct o2m_f32_dwconv_tile *t, size_t pixels, float *y) {
  if (t->kernel_width == 3 && t->stride == 1)
    o2m_v_depthwise_pixels(t, pixels, 3, 1, y);
  else if (t->kernel_width == 3 && t->stride == 2)
    o2m_v_depthwise_pixels(t, pixels, 3, 2, y);
  else if (t->kernel_width == 5 && t->stride == 1)
    o2m_v_depthwise_pixels(t, pixels, 5, 1, y);
  else if (t->kernel_width == 5 && t->stride == 2)
    o2m_v_depthwise_pixels(t, pixels, 5, 2, y);
  else
    one_pixel(t, y);
}
