// Sigmoid, SiLU, GELU and tanh on vectors, all from one exponential of a negative argument, so that nothing overflows and
// nothing cancels. Polynomials are least-maximum fits; the errors stated are those of the fit.

// exp(x) for x <= 0; below -87 as at -87. NaN stays NaN.
O2M_INLINE O2M_VECTOR o2m_v_exp(O2M_VECTOR x) {
  x = o2m_v_max(o2m_v_set(-87), x);
  const O2M_VECTOR magic = o2m_v_set(0x1.8p23f);
  const O2M_VECTOR shifted = o2m_v_fma(x, o2m_v_set(0x1.715476p0f), magic);  // n = round(x / ln 2) in the low bits
  const O2M_VECTOR n = o2m_v_sub(shifted, magic);
  O2M_VECTOR r = o2m_v_fma(n, o2m_v_set(-0x1.62e4p-1f), x);  // ln 2 in two parts; the first times n is exact
  r = o2m_v_fma(n, o2m_v_set(-0x1.7f7d1cp-20f), r);
  // exp(r) = 1 + r + r^2 p(r) for |r| <= ln 2 / 2, within 8e-9
  O2M_VECTOR p = o2m_v_fma(o2m_v_set(0x1.6d7c42p-10f), r, o2m_v_set(0x1.121070p-7f));
  p = o2m_v_fma(p, r, o2m_v_set(0x1.5554b2p-5f));
  p = o2m_v_fma(p, r, o2m_v_set(0x1.5554d8p-3f));
  p = o2m_v_fma(p, r, o2m_v_set(0x1p-1f));
  p = o2m_v_add(o2m_v_fma(p, o2m_v_mul(r, r), r), o2m_v_set(1));
  // The shift may turn a NaN into a number: 0 * NaN brings it back.
  return o2m_v_fma(x, o2m_v_set(0), o2m_v_scale(p, shifted));
}

O2M_INLINE O2M_VECTOR o2m_v_minus_magnitude(O2M_VECTOR x) { return o2m_v_min(o2m_v_sub(o2m_v_set(0), x), x); }

O2M_INLINE O2M_VECTOR o2m_v_sigmoid(O2M_VECTOR x) {
  const O2M_VECTOR e = o2m_v_exp(o2m_v_minus_magnitude(x));
  return o2m_v_div(o2m_v_negative(x, e, o2m_v_set(1)), o2m_v_add(o2m_v_set(1), e));
}

O2M_INLINE O2M_VECTOR o2m_v_tanh(O2M_VECTOR x) {
  const O2M_VECTOR minus = o2m_v_minus_magnitude(x), one = o2m_v_set(1);
  const O2M_VECTOR e = o2m_v_exp(o2m_v_add(minus, minus));
  const O2M_VECTOR large = o2m_v_div(o2m_v_sub(one, e), o2m_v_add(one, e));
  // Where 1 - e would cancel, |x| <= 0.625: x + x^3 p(x^2), within 2e-8.
  const O2M_VECTOR s = o2m_v_mul(x, x);
  O2M_VECTOR p = o2m_v_fma(o2m_v_set(-0x1.90a248p-8f), s, o2m_v_set(0x1.583aa8p-6f));
  p = o2m_v_fma(p, s, o2m_v_set(-0x1.b92c2cp-5f));
  p = o2m_v_fma(p, s, o2m_v_set(0x1.110e3ep-3f));
  p = o2m_v_fma(p, s, o2m_v_set(-0x1.555552p-2f));
  const O2M_VECTOR small = o2m_v_fma(p, o2m_v_mul(s, x), x);
  const O2M_VECTOR signed_large = o2m_v_negative(x, o2m_v_sub(o2m_v_set(0), large), large);
  return o2m_v_negative(o2m_v_add(minus, o2m_v_set(0.625f)), signed_large, small);
}

// x * Phi(x). Phi(-|x|) = erfc(z) / 2 with z = |x| / sqrt(2); erfc(z) / 2 = exp(-z^2) q(t), t = 1 / (1 + 0.4 z), within 3e-8 of it.
O2M_INLINE O2M_VECTOR o2m_v_gelu(O2M_VECTOR x) {
  const O2M_VECTOR minus = o2m_v_minus_magnitude(x), one = o2m_v_set(1);
  const O2M_VECTOR t = o2m_v_div(one, o2m_v_fma(minus, o2m_v_set(-0.4f * 0.70710678f), one));
  O2M_VECTOR q = o2m_v_set(0x1.b96d16p-7f);
  q = o2m_v_fma(q, t, o2m_v_set(-0x1.0bb98ep-5f));
  q = o2m_v_fma(q, t, o2m_v_set(-0x1.5de7d0p-5f));
  q = o2m_v_fma(q, t, o2m_v_set(0x1.379fc0p-3f));
  q = o2m_v_fma(q, t, o2m_v_set(-0x1.7870c0p-5f));
  q = o2m_v_fma(q, t, o2m_v_set(0x1.1fb190p-3f));
  q = o2m_v_fma(q, t, o2m_v_set(0x1.62c820p-4f));
  q = o2m_v_fma(q, t, o2m_v_set(0x1.db9ea2p-4f));
  q = o2m_v_fma(q, t, o2m_v_set(0x1.ccc16cp-4f));
  q = o2m_v_fma(q, t, o2m_v_set(0x1.09cdf6p-16f));
  const O2M_VECTOR tail = o2m_v_mul(q, o2m_v_exp(o2m_v_mul(o2m_v_mul(minus, minus), o2m_v_set(-0.5f))));
  return o2m_v_mul(x, o2m_v_negative(x, tail, o2m_v_sub(one, tail)));
}

// x / 2 * (1 + tanh(u)) = x * sigmoid(2 u)
O2M_INLINE O2M_VECTOR o2m_v_gelu_tanh(O2M_VECTOR x) {
  const O2M_VECTOR cubic = o2m_v_fma(o2m_v_mul(x, x), o2m_v_set(2 * 0.79788456f * 0.044715f), o2m_v_set(2 * 0.79788456f));
  return o2m_v_mul(x, o2m_v_sigmoid(o2m_v_mul(x, cubic)));
}

O2M_INLINE O2M_VECTOR o2m_v_activate(const uint32_t kind, O2M_VECTOR x) {
  if (kind == O2M_ACT_SIGMOID) return o2m_v_sigmoid(x);
  if (kind == O2M_ACT_SILU) return o2m_v_mul(x, o2m_v_sigmoid(x));
  if (kind == O2M_ACT_GELU_ERF) return o2m_v_gelu(x);
  if (kind == O2M_ACT_GELU_TANH) return o2m_v_gelu_tanh(x);
  return o2m_v_tanh(x);
}

// Every element goes through the same vector code, also those that fill no vector: they take their turn in a copy.
O2M_INLINE void o2m_v_activate_rows(const uint32_t kind, size_t rows, size_t columns, size_t pitch, float *y) {
  for (size_t r = 0; r < rows; r++, y += pitch) {
    size_t c = 0;
    for (; c + O2M_LANES <= columns; c += O2M_LANES) o2m_v_store(y + c, o2m_v_activate(kind, o2m_v_load(y + c)));
    if (c == columns) continue;
    float rest[O2M_LANES] = {0};
    for (size_t i = 0; c + i < columns; i++) rest[i] = y[c + i];
    o2m_v_store(rest, o2m_v_activate(kind, o2m_v_load(rest)));
    for (size_t i = 0; c + i < columns; i++) y[c + i] = rest[i];
  }
}

#define O2M_ACTIVATE_NAME2(isa) o2m_f32_activate__##isa
#define O2M_ACTIVATE_NAME(isa) O2M_ACTIVATE_NAME2(isa)

O2M_TARGET void O2M_ACTIVATE_NAME(O2M_ISA)(uint32_t kind, size_t rows, size_t columns, size_t pitch, float *y) {
  switch (kind) {
    case O2M_ACT_SIGMOID:
      o2m_v_activate_rows(O2M_ACT_SIGMOID, rows, columns, pitch, y);
      break;
    case O2M_ACT_SILU:
      o2m_v_activate_rows(O2M_ACT_SILU, rows, columns, pitch, y);
      break;
    case O2M_ACT_GELU_ERF:
      o2m_v_activate_rows(O2M_ACT_GELU_ERF, rows, columns, pitch, y);
      break;
    case O2M_ACT_GELU_TANH:
      o2m_v_activate_rows(O2M_ACT_GELU_TANH, rows, columns, pitch, y);
      break;
    case O2M_ACT_TANH:
      o2m_v_activate_rows(O2M_ACT_TANH, rows, columns, pitch, y);
      break;
    default:
      break;
  }
}
