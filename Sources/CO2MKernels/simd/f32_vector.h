// What the SIMD kernel bodies share. The including file names its vectors:
//
//   O2M_ISA, O2M_TARGET       the suffix, and the attribute of every function
//   O2M_VECTOR, O2M_LANES     the vector type and its floats
//   o2m_v_load, _store, _set, _fma(a, b, c) = a * b + c, _add, _sub, _mul, _div, _min, _max,
//   o2m_v_negative(x, yes, no) = x < 0 ? yes : no
//   o2m_v_load_f16, _load_qs8 O2M_LANES weights, widened
//   o2m_v_scale(x, n)         x * 2^n, where n is the low bits of a float: the sum of an integer and 1.5 * 2^23
//
// _max(bound, x) and _min(bound, x) give x when x is NaN.

#if O2M_LANES > 1
#define O2M_INLINE static inline __attribute__((always_inline)) O2M_TARGET
#define O2M_UNROLL_FOR(...) _Pragma("clang loop unroll(full)") for (__VA_ARGS__)
#else  // the witness need not be fast: written out it would be the largest piece of a library
#define O2M_INLINE static inline O2M_TARGET
#define O2M_UNROLL_FOR(...) _Pragma("clang loop unroll(disable)") for (__VA_ARGS__)
#endif

O2M_INLINE O2M_VECTOR o2m_v_finish(O2M_VECTOR v, const uint32_t kind, O2M_VECTOR a, O2M_VECTOR b) {
  if (kind == O2M_ACT_LEAKY_RELU) return o2m_v_negative(v, o2m_v_mul(v, a), v);
  if (kind == O2M_ACT_CLIP) return o2m_v_min(b, o2m_v_max(a, v));
  const O2M_VECTOR gate = o2m_v_min(o2m_v_set(1), o2m_v_max(o2m_v_set(0), o2m_v_fma(v, a, b)));
  return kind == O2M_ACT_HARD_SWISH ? o2m_v_mul(v, gate) : gate;
}

// Weights from the i-th on, widened.
O2M_INLINE O2M_VECTOR o2m_v_weights(const void *w, size_t i, const uint32_t type) {
  if (type == O2M_WEIGHTS_F16) return o2m_v_load_f16((const uint16_t *)w + i);
  if (type == O2M_WEIGHTS_I8) return o2m_v_load_qs8((const int8_t *)w + i);
  return o2m_v_load((const float *)w + i);
}
