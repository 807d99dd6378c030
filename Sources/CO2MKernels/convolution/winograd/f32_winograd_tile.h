// The body of the Winograd parts, written once for all ISAs over the vectors of f32_vector.h; O2M_TILE is the rows of a product.
#include "products/f32_gemm_lanes.h"
#include "f32_winograd.h"

enum { O2M_WINOGRAD_AHEAD = 8 };  // input channels by which the weights are fetched before their use

#define O2M_WINOGRAD_NAME2(part, isa) o2m_f32_winograd_##part##__##isa
#define O2M_WINOGRAD_NAME(part, isa) O2M_WINOGRAD_NAME2(part, isa)

// The points 0, a, -a, b, -b and infinity of the method. All that B and G need of them is exact in binary, and their error is less than
// half of that of 1 and 2 (rounding errors of 128 channels: 1.13e-6 against 2.43e-6 of the result's root mean square).
#define O2M_POINT_A 0.75f
#define O2M_POINT_B 1.5f
#define O2M_A2 (O2M_POINT_A * O2M_POINT_A)
#define O2M_B2 (O2M_POINT_B * O2M_POINT_B)

// What the rows of G are divided by. In double precision: A has them, and they are not exact.
#define O2M_FACTOR_0 (1.0 / ((double)O2M_A2 * O2M_B2))
#define O2M_FACTOR_A (1.0 / (2.0 * O2M_A2 * ((double)O2M_A2 - O2M_B2)))
#define O2M_FACTOR_B (1.0 / (2.0 * O2M_B2 * ((double)O2M_B2 - O2M_A2)))

// B^T d of six values.
O2M_INLINE void o2m_v_winograd_input(const O2M_VECTOR d[6], O2M_VECTOR v[6]) {
  const O2M_VECTOR minus_a2 = o2m_v_set(-O2M_A2), minus_b2 = o2m_v_set(-O2M_B2);
  const O2M_VECTOR product = o2m_v_set(O2M_A2 * O2M_B2), minus_sum = o2m_v_set(-(O2M_A2 + O2M_B2));
  const O2M_VECTOR even_a = o2m_v_fma(minus_b2, d[2], d[4]), odd_a = o2m_v_fma(minus_b2, d[1], d[3]);
  const O2M_VECTOR even_b = o2m_v_fma(minus_a2, d[2], d[4]), odd_b = o2m_v_fma(minus_a2, d[1], d[3]);
  v[0] = o2m_v_fma(product, d[0], o2m_v_fma(minus_sum, d[2], d[4]));
  v[1] = o2m_v_fma(o2m_v_set(O2M_POINT_A), odd_a, even_a);
  v[2] = o2m_v_fma(o2m_v_set(-O2M_POINT_A), odd_a, even_a);
  v[3] = o2m_v_fma(o2m_v_set(O2M_POINT_B), odd_b, even_b);
  v[4] = o2m_v_fma(o2m_v_set(-O2M_POINT_B), odd_b, even_b);
  v[5] = o2m_v_fma(product, d[1], o2m_v_fma(minus_sum, d[3], d[5]));
}

// G g of three values, less the factors of its rows: the way back has them.
O2M_INLINE void o2m_v_winograd_weights(O2M_VECTOR g0, O2M_VECTOR g1, O2M_VECTOR g2, O2M_VECTOR u[6]) {
  const O2M_VECTOR even_a = o2m_v_fma(o2m_v_set(O2M_A2), g2, g0), even_b = o2m_v_fma(o2m_v_set(O2M_B2), g2, g0);
  u[0] = g0;
  u[1] = o2m_v_fma(o2m_v_set(O2M_POINT_A), g1, even_a);
  u[2] = o2m_v_fma(o2m_v_set(-O2M_POINT_A), g1, even_a);
  u[3] = o2m_v_fma(o2m_v_set(O2M_POINT_B), g1, even_b);
  u[4] = o2m_v_fma(o2m_v_set(-O2M_POINT_B), g1, even_b);
  u[5] = g2;
}

// A^T m of six values, each times its factor of G.
O2M_INLINE void o2m_v_winograd_output(const O2M_VECTOR m[6], O2M_VECTOR y[4]) {
  const double a = O2M_POINT_A, b = O2M_POINT_B, of_a = O2M_FACTOR_A, of_b = O2M_FACTOR_B;
  const O2M_VECTOR p = o2m_v_add(m[1], m[2]), q = o2m_v_sub(m[1], m[2]), r = o2m_v_add(m[3], m[4]), s = o2m_v_sub(m[3], m[4]);
  y[0] = o2m_v_fma(o2m_v_set((float)O2M_FACTOR_0), m[0], o2m_v_fma(o2m_v_set((float)of_a), p, o2m_v_mul(o2m_v_set((float)of_b), r)));
  y[1] = o2m_v_fma(o2m_v_set((float)(a * of_a)), q, o2m_v_mul(o2m_v_set((float)(b * of_b)), s));
  y[2] = o2m_v_fma(o2m_v_set((float)(a * a * of_a)), p, o2m_v_mul(o2m_v_set((float)(b * b * of_b)), r));
  y[3] = o2m_v_fma(o2m_v_set((float)(a * a * a * of_a)), q, o2m_v_fma(o2m_v_set((float)(b * b * b * of_b)), s, m[5]));
}

// A last vector of channels that is not full is done again from where it fits.
O2M_TARGET void O2M_WINOGRAD_NAME(input, O2M_ISA)(size_t channels, const float *const *pixel, struct o2m_winograd_block v) {
  for (size_t c = 0; c < channels; c += O2M_LANES) {
    const size_t at = c + O2M_LANES <= channels ? c : channels - O2M_LANES;
    O2M_VECTOR half[6][6];
    O2M_UNROLL_FOR(size_t x = 0; x < 6; x++) {
      O2M_VECTOR d[6], t[6];
      O2M_UNROLL_FOR(size_t y = 0; y < 6; y++) d[y] = o2m_v_load(pixel[y * 6 + x] + at);
      o2m_v_winograd_input(d, t);
      O2M_UNROLL_FOR(size_t y = 0; y < 6; y++) half[y][x] = t[y];
    }
    float *to = v.data + at;
    O2M_UNROLL_FOR(size_t y = 0; y < 6; y++) {
      O2M_VECTOR t[6];
      o2m_v_winograd_input(half[y], t);
      O2M_UNROLL_FOR(size_t x = 0; x < 6; x++) o2m_v_store(to + (y * 6 + x) * v.place, t[x]);
    }
  }
}

O2M_INLINE void o2m_v_winograd_panel(const uint32_t type, size_t inputs, const void *w, struct o2m_winograd_block u) {
  const size_t line = 9 * O2M_PANEL * o2m_weights_size(type);
  for (size_t i = 0; i < inputs; i++) {
    for (size_t ahead = 0; ahead < line; ahead += 64) __builtin_prefetch((const char *)w + (i + O2M_WINOGRAD_AHEAD) * line + ahead);
    O2M_UNROLL_FOR(size_t column = 0; column < O2M_PANEL; column += O2M_LANES) {
      const size_t first = i * 9 * O2M_PANEL + column;
      O2M_VECTOR half[6][3];
      O2M_UNROLL_FOR(size_t x = 0; x < 3; x++) {
        O2M_VECTOR t[6];
        o2m_v_winograd_weights(o2m_v_weights(w, first + x * O2M_PANEL, type), o2m_v_weights(w, first + (3 + x) * O2M_PANEL, type),
                               o2m_v_weights(w, first + (6 + x) * O2M_PANEL, type), t);
        O2M_UNROLL_FOR(size_t y = 0; y < 6; y++) half[y][x] = t[y];
      }
      float *to = u.data + i * u.pitch + column;
      O2M_UNROLL_FOR(size_t y = 0; y < 6; y++) {
        O2M_VECTOR t[6];
        o2m_v_winograd_weights(half[y][0], half[y][1], half[y][2], t);
        O2M_UNROLL_FOR(size_t x = 0; x < 6; x++) o2m_v_store(to + (y * 6 + x) * u.place, t[x]);
      }
    }
  }
}

O2M_TARGET void O2M_WINOGRAD_NAME(weights, O2M_ISA)(uint32_t type, size_t inputs, const void *w, struct o2m_winograd_block u) {
  switch (type) {
    case O2M_WEIGHTS_F16: o2m_v_winograd_panel(O2M_WEIGHTS_F16, inputs, w, u); break;
    case O2M_WEIGHTS_I8: o2m_v_winograd_panel(O2M_WEIGHTS_I8, inputs, w, u); break;
    default: o2m_v_winograd_panel(O2M_WEIGHTS_F32, inputs, w, u); break;
  }
}

O2M_INLINE void o2m_v_winograd_rows(const size_t rows, size_t depth, const float *v, size_t v_pitch, const float *u, int add, float *m) {
  O2M_UNROLL_FOR(size_t column = 0; column < O2M_PANEL; column += O2M_LANES * O2M_WIDE) {
    O2M_VECTOR sum[O2M_TILE][O2M_WIDE];
    O2M_UNROLL_FOR(size_t r = 0; r < rows; r++) {
      O2M_UNROLL_FOR(size_t i = 0; i < O2M_WIDE; i++)
        sum[r][i] = add ? o2m_v_load(m + r * O2M_PANEL + column + i * O2M_LANES) : o2m_v_set(0);
    }
    const float *w = u + column;
    size_t k = 0;
#ifdef O2M_LANE_FMA
    if (rows == O2M_TILE) {
      const float *row[O2M_TILE];
      O2M_UNROLL_FOR(size_t r = 0; r < rows; r++) row[r] = v + r * v_pitch;
      k = o2m_v_pass_lanes(rows, O2M_WEIGHTS_F32, depth, row, w, sum);
      w += k * O2M_PANEL;
    }
#endif
    for (; k < depth; k++, w += O2M_PANEL) {
      O2M_VECTOR b[O2M_WIDE];
      O2M_UNROLL_FOR(size_t i = 0; i < O2M_WIDE; i++) b[i] = o2m_v_load(w + i * O2M_LANES);
      O2M_UNROLL_FOR(size_t r = 0; r < rows; r++) {
        const O2M_VECTOR x = o2m_v_set(v[r * v_pitch + k]);
        O2M_UNROLL_FOR(size_t i = 0; i < O2M_WIDE; i++) sum[r][i] = o2m_v_fma(x, b[i], sum[r][i]);
      }
    }
    O2M_UNROLL_FOR(size_t r = 0; r < rows; r++) {
      O2M_UNROLL_FOR(size_t i = 0; i < O2M_WIDE; i++) o2m_v_store(m + r * O2M_PANEL + column + i * O2M_LANES, sum[r][i]);
    }
  }
}

// The tiles are dealt out so that no product of one or two rows is left, whose sums would wait for each other.
O2M_TARGET void O2M_WINOGRAD_NAME(multiply, O2M_ISA)(size_t tiles, size_t depth, struct o2m_winograd_block v, struct o2m_winograd_block u,
                                                     int add, struct o2m_winograd_block m) {
  for (size_t xi = 0; xi < O2M_WINOGRAD_PLACES; xi++) {
    const float *from = v.data + xi * v.place, *w = u.data + xi * u.place;
    float *to = m.data + xi * m.place;
    for (size_t left = tiles, rows; left; left -= rows, from += rows * v.pitch, to += rows * O2M_PANEL) {
      rows = left <= O2M_TILE ? left : left < 2 * O2M_TILE ? (left + 1) / 2 : O2M_TILE;
      switch (rows) {
        case 1: o2m_v_winograd_rows(1, depth, from, v.pitch, w, add, to); break;
        case 2: o2m_v_winograd_rows(2, depth, from, v.pitch, w, add, to); break;
        case 3: o2m_v_winograd_rows(3, depth, from, v.pitch, w, add, to); break;
        case 4: o2m_v_winograd_rows(4, depth, from, v.pitch, w, add, to); break;
#if O2M_TILE > 4
        case 5: o2m_v_winograd_rows(5, depth, from, v.pitch, w, add, to); break;
        default: o2m_v_winograd_rows(6, depth, from, v.pitch, w, add, to); break;
#endif
      }
    }
  }
}

O2M_INLINE void o2m_v_winograd_store(const uint32_t kind, struct o2m_winograd_block m, size_t height, size_t width,
                                     const struct o2m_f32_epilogue *e, size_t residual_row, size_t y_row, float *y) {
  const O2M_VECTOR a = o2m_v_set(e->a), b = o2m_v_set(e->b);
  for (size_t xi = 0; xi < O2M_WINOGRAD_PLACES; xi++) __builtin_prefetch(m.data + xi * m.place + O2M_PANEL);
  for (size_t column = 0; column < O2M_PANEL; column += O2M_LANES) {
    O2M_VECTOR half[4][6];
    O2M_UNROLL_FOR(size_t x = 0; x < 6; x++) {
      O2M_VECTOR t[6], out[4];
      O2M_UNROLL_FOR(size_t i = 0; i < 6; i++) t[i] = o2m_v_load(m.data + (i * 6 + x) * m.place + column);
      o2m_v_winograd_output(t, out);
      O2M_UNROLL_FOR(size_t i = 0; i < 4; i++) half[i][x] = out[i];
    }
    const O2M_VECTOR scale = o2m_v_load(e->scale + column), bias = o2m_v_load(e->bias + column);
    float *to = y + column;
    const float *residual = e->residual ? e->residual + column : NULL;
    for (size_t i = 0; i < height; i++, to += y_row) {
      O2M_VECTOR out[4];
      o2m_v_winograd_output(half[i], out);
      O2M_UNROLL_FOR(size_t x = 0; x < 4; x++) out[x] = o2m_v_fma(out[x], scale, bias);
      if (residual) {
        O2M_UNROLL_FOR(size_t x = 0; x < 4; x++)
          if (x < width) out[x] = o2m_v_add(out[x], o2m_v_load(residual + x * e->residual_pitch));
        residual += residual_row;
      }
      O2M_UNROLL_FOR(size_t x = 0; x < 4; x++) out[x] = o2m_v_finish(out[x], kind, a, b);
      if (width == 4) {
        O2M_UNROLL_FOR(size_t x = 0; x < 4; x++) o2m_v_store(to + x * e->y_pitch, out[x]);
      } else {
        O2M_UNROLL_FOR(size_t x = 0; x < 3; x++)
          if (x < width) o2m_v_store(to + x * e->y_pitch, out[x]);
      }
    }
  }
}

O2M_TARGET void O2M_WINOGRAD_NAME(output, O2M_ISA)(struct o2m_winograd_block m, size_t height, size_t width,
                                                   const struct o2m_f32_epilogue *e, size_t residual_row, size_t y_row, float *y) {
  switch (e->kind) {
    case O2M_ACT_LEAKY_RELU: o2m_v_winograd_store(O2M_ACT_LEAKY_RELU, m, height, width, e, residual_row, y_row, y); break;
    case O2M_ACT_HARD_SIGMOID: o2m_v_winograd_store(O2M_ACT_HARD_SIGMOID, m, height, width, e, residual_row, y_row, y); break;
    case O2M_ACT_HARD_SWISH: o2m_v_winograd_store(O2M_ACT_HARD_SWISH, m, height, width, e, residual_row, y_row, y); break;
    default: o2m_v_winograd_store(O2M_ACT_CLIP, m, height, width, e, residual_row, y_row, y); break;
  }
}
