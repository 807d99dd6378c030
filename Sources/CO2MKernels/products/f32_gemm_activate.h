// Sigmoid, SiLU, GELU and tanh on vectors, all from one exponential and one division. Polynomials are least-maximum fits; the
// errors stated beside them are those of the fit, relative.
//
// With eps = 2^-23 and u the argument of the exponential (x, x^2 / 2, 2 sqrt(2 / pi) (x + 0.044715 x^3)), a result is within
// eps * (4 + |u|) of its value, relative; tanh within 4 eps, and the GELU by tanh within eps * (4 + 3.5 |u|). What is smaller
// than 2^-125 * (1 + min(|x|, 128)) may come out as anything that small. NaN stays NaN; at -infinity SiLU and the GELUs give
// their limit 0 in that sense, at +infinity they are infinity.

// 2^(k x) for |k x| <= 125.6; for NaN it may be any number. One rounding of k, none of k x where the multiply-add is fused.
O2M_INLINE O2M_VECTOR o2m_v_exp2(O2M_VECTOR x, const float k) {
  const O2M_VECTOR magic = o2m_v_set(0x1.8p23f);
  const O2M_VECTOR shifted = o2m_v_fma(x, o2m_v_set(k), magic);  // n = round(k x) in the low bits
  const O2M_VECTOR r = o2m_v_fma(x, o2m_v_set(k), o2m_v_sub(magic, shifted));
  // 2^r for |r| <= 1/2, within 1.1e-7
  O2M_VECTOR p = o2m_v_fma(o2m_v_set(0x1.5bba14p-10f), r, o2m_v_set(0x1.3cea88p-7f));
  p = o2m_v_fma(p, r, o2m_v_set(0x1.c6b752p-5f));
  p = o2m_v_fma(p, r, o2m_v_set(0x1.ebf9bcp-3f));
  p = o2m_v_fma(p, r, o2m_v_set(0x1.62e42ap-1f));
  p = o2m_v_fma(p, r, o2m_v_set(1));
  return o2m_v_scale(p, shifted);
}

#define O2M_LOG2_E 0x1.715476p0f

O2M_INLINE O2M_VECTOR o2m_v_minus_magnitude(O2M_VECTOR x) { return o2m_v_min(o2m_v_sub(o2m_v_set(0), x), x); }

// x between two bounds; NaN stays NaN.
O2M_INLINE O2M_VECTOR o2m_v_clamp(const float low, const float high, O2M_VECTOR x) {
  return o2m_v_min(o2m_v_set(high), o2m_v_max(o2m_v_set(low), x));
}

O2M_INLINE O2M_VECTOR o2m_v_sigmoid(O2M_VECTOR x) {
  const O2M_VECTOR one = o2m_v_set(1), near = o2m_v_clamp(-87, 87, x);
  const O2M_VECTOR e = o2m_v_exp2(near, -O2M_LOG2_E);
  return o2m_v_div(o2m_v_fma(near, o2m_v_set(0), one), o2m_v_add(one, e));  // the exponential may have lost a NaN: 0 * NaN has it
}

O2M_INLINE O2M_VECTOR o2m_v_silu(O2M_VECTOR x) {
  const O2M_VECTOR above = o2m_v_max(o2m_v_set(-87), x);
  const O2M_VECTOR e = o2m_v_exp2(o2m_v_min(o2m_v_set(87), above), -O2M_LOG2_E);
  return o2m_v_div(above, o2m_v_add(o2m_v_set(1), e));
}

O2M_INLINE O2M_VECTOR o2m_v_tanh(O2M_VECTOR x) {
  const O2M_VECTOR minus = o2m_v_minus_magnitude(x), one = o2m_v_set(1);
  const O2M_VECTOR e = o2m_v_exp2(o2m_v_max(o2m_v_set(-43), minus), 2 * O2M_LOG2_E);
  const O2M_VECTOR large = o2m_v_div(o2m_v_sub(one, e), o2m_v_add(one, e));
  // Where 1 - e would cancel, |x| <= 0.625, and for NaN: x + x^3 p(x^2), within 2e-8.
  const O2M_VECTOR s = o2m_v_mul(x, x);
  O2M_VECTOR p = o2m_v_fma(o2m_v_set(-0x1.90a248p-8f), s, o2m_v_set(0x1.583aa8p-6f));
  p = o2m_v_fma(p, s, o2m_v_set(-0x1.b92c2cp-5f));
  p = o2m_v_fma(p, s, o2m_v_set(0x1.110e3ep-3f));
  p = o2m_v_fma(p, s, o2m_v_set(-0x1.555552p-2f));
  const O2M_VECTOR small = o2m_v_fma(p, o2m_v_mul(s, x), x);
  const O2M_VECTOR signed_large = o2m_v_negative(x, o2m_v_sub(o2m_v_set(0), large), large);
  return o2m_v_negative(o2m_v_add(minus, o2m_v_set(0.625f)), signed_large, small);
}

// x Phi(x) = max(x, 0) - |x| Phi(-|x|). With z = |x| / sqrt(2), Phi(-|x|) = erfc(z) / 2 = exp(-z^2) q(t), t = 1 / (1 + 0.41 z),
// within 1.6e-8 * (1 + z^2 / 4).
O2M_INLINE O2M_VECTOR o2m_v_gelu(O2M_VECTOR x) {
  const O2M_VECTOR minus = o2m_v_max(o2m_v_set(-12.9f), o2m_v_minus_magnitude(x)), one = o2m_v_set(1);
  const O2M_VECTOR t = o2m_v_div(one, o2m_v_fma(minus, o2m_v_set(-0.41f * 0.70710678f), one));
  const O2M_VECTOR e = o2m_v_exp2(o2m_v_mul(minus, minus), -0.5f * O2M_LOG2_E);
  O2M_VECTOR q = o2m_v_fma(o2m_v_set(0x1.4b86d0p-5f), t, o2m_v_set(-0x1.96dd74p-3f));
  q = o2m_v_fma(q, t, o2m_v_set(0x1.4673d6p-2f));
  q = o2m_v_fma(q, t, o2m_v_set(-0x1.5455dcp-3f));
  q = o2m_v_fma(q, t, o2m_v_set(0x1.927b38p-3f));
  q = o2m_v_fma(q, t, o2m_v_set(0x1.2672a2p-4f));
  q = o2m_v_fma(q, t, o2m_v_set(0x1.f46a90p-4f));
  q = o2m_v_fma(q, t, o2m_v_set(0x1.d6de56p-4f));
  q = o2m_v_fma(q, t, o2m_v_set(0x1.0f4674p-15f));
  return o2m_v_fma(o2m_v_mul(minus, q), e, o2m_v_max(o2m_v_set(0), x));
}

// x / 2 * (1 + tanh(u)) = x / (1 + exp(-2 u)); 2 u = 87 near x = 10.
O2M_INLINE O2M_VECTOR o2m_v_gelu_tanh(O2M_VECTOR x) {
  const O2M_VECTOR above = o2m_v_max(o2m_v_set(-10), x), near = o2m_v_min(o2m_v_set(10), above);
  const O2M_VECTOR cubic = o2m_v_fma(o2m_v_mul(near, near), o2m_v_set(2 * 0.79788456f * 0.044715f), o2m_v_set(2 * 0.79788456f));
  const O2M_VECTOR e = o2m_v_exp2(o2m_v_mul(near, cubic), -O2M_LOG2_E);
  return o2m_v_div(above, o2m_v_add(o2m_v_set(1), e));
}

O2M_INLINE O2M_VECTOR o2m_v_activate(const uint32_t kind, O2M_VECTOR x) {
  if (kind == O2M_ACT_SIGMOID) return o2m_v_sigmoid(x);
  if (kind == O2M_ACT_SILU) return o2m_v_silu(x);
  if (kind == O2M_ACT_GELU_ERF) return o2m_v_gelu(x);
  if (kind == O2M_ACT_GELU_TANH) return o2m_v_gelu_tanh(x);
  return o2m_v_tanh(x);
}

// The elements that fill no vector take their turn in a copy, through the same code.
O2M_INLINE void o2m_v_activate_rest(const uint32_t kind, size_t n, float *y) {
  float rest[O2M_LANES] = {0};
  for (size_t i = 0; i < n; i++) rest[i] = y[i];
  o2m_v_store(rest, o2m_v_activate(kind, o2m_v_load(rest)));
  for (size_t i = 0; i < n; i++) y[i] = rest[i];
}

// A whole panel has its vectors side by side, so that one does not wait for the other.
O2M_INLINE void o2m_v_activate_rows(const uint32_t kind, size_t rows, size_t columns, size_t pitch, float *y) {
  if (columns == O2M_PANEL) {
    for (size_t r = 0; r < rows; r++, y += pitch) {
      O2M_VECTOR v[O2M_PANEL / O2M_LANES];
      O2M_UNROLL_FOR(size_t i = 0; i < O2M_PANEL / O2M_LANES; i++) v[i] = o2m_v_activate(kind, o2m_v_load(y + i * O2M_LANES));
      O2M_UNROLL_FOR(size_t i = 0; i < O2M_PANEL / O2M_LANES; i++) o2m_v_store(y + i * O2M_LANES, v[i]);
    }
    return;
  }
  for (size_t r = 0; r < rows; r++, y += pitch) {
    size_t c = 0;
    for (; c + O2M_LANES <= columns; c += O2M_LANES) o2m_v_store(y + c, o2m_v_activate(kind, o2m_v_load(y + c)));
    if (c < columns) o2m_v_activate_rest(kind, columns - c, y + c);
  }
}

#define O2M_ACTIVATE_NAME2(isa) o2m_f32_activate__##isa
#define O2M_ACTIVATE_NAME(isa) O2M_ACTIVATE_NAME2(isa)

O2M_TARGET void O2M_ACTIVATE_NAME(O2M_ISA)(uint32_t kind, size_t rows, size_t columns, size_t pitch, float *y) {
  switch (kind) {
    case O2M_ACT_SIGMOID: o2m_v_activate_rows(O2M_ACT_SIGMOID, rows, columns, pitch, y); break;
    case O2M_ACT_SILU: o2m_v_activate_rows(O2M_ACT_SILU, rows, columns, pitch, y); break;
    case O2M_ACT_GELU_ERF: o2m_v_activate_rows(O2M_ACT_GELU_ERF, rows, columns, pitch, y); break;
    case O2M_ACT_GELU_TANH: o2m_v_activate_rows(O2M_ACT_GELU_TANH, rows, columns, pitch, y); break;
    case O2M_ACT_TANH: o2m_v_activate_rows(O2M_ACT_TANH, rows, columns, pitch, y); break;
    default: break;
  }
}
