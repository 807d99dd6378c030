// wasm vectors of 4 floats under the names that the shared kernel bodies use. wasm has no fused multiply-add.
#include <wasm_simd128.h>

#define O2M_ISA simd128
#define O2M_TARGET
#define O2M_VECTOR v128_t
#define O2M_LANES 4

#define O2M_V static inline __attribute__((always_inline))
O2M_V v128_t o2m_v_load(const float *p) { return wasm_v128_load(p); }
O2M_V void o2m_v_store(float *p, v128_t v) { wasm_v128_store(p, v); }
O2M_V v128_t o2m_v_set(float x) { return wasm_f32x4_splat(x); }
O2M_V v128_t o2m_v_fma(v128_t a, v128_t b, v128_t c) { return wasm_f32x4_add(wasm_f32x4_mul(a, b), c); }
O2M_V v128_t o2m_v_add(v128_t a, v128_t b) { return wasm_f32x4_add(a, b); }
O2M_V v128_t o2m_v_sub(v128_t a, v128_t b) { return wasm_f32x4_sub(a, b); }
O2M_V v128_t o2m_v_mul(v128_t a, v128_t b) { return wasm_f32x4_mul(a, b); }
O2M_V v128_t o2m_v_div(v128_t a, v128_t b) { return wasm_f32x4_div(a, b); }
// pmin(x, bound) is bound < x ? bound : x, and pmax(x, bound) is x < bound ? bound : x.
O2M_V v128_t o2m_v_min(v128_t bound, v128_t x) { return wasm_f32x4_pmin(x, bound); }
O2M_V v128_t o2m_v_max(v128_t bound, v128_t x) { return wasm_f32x4_pmax(x, bound); }
O2M_V v128_t o2m_v_negative(v128_t x, v128_t yes, v128_t no) {
  return wasm_v128_bitselect(yes, no, wasm_f32x4_lt(x, wasm_f32x4_const_splat(0)));
}
// As o2m_widen_f16: the exponent is too small by 2^112.
O2M_V v128_t o2m_v_load_f16(const uint16_t *p) {
  const v128_t half = wasm_u32x4_load16x4(p);
  const v128_t magnitude = wasm_i32x4_shl(wasm_v128_and(half, wasm_i32x4_const_splat(0x7fff)), 13);
  const v128_t sign = wasm_i32x4_shl(wasm_v128_and(half, wasm_i32x4_const_splat(0x8000)), 16);
  const v128_t finite = wasm_f32x4_mul(magnitude, wasm_f32x4_const_splat(0x1p112f));
  const v128_t special = wasm_v128_or(magnitude, wasm_i32x4_const_splat(0x7f800000));
  const v128_t above = wasm_i32x4_ge(magnitude, wasm_i32x4_const_splat(0x0f800000));
  return wasm_v128_or(sign, wasm_v128_bitselect(special, finite, above));
}
O2M_V v128_t o2m_v_load_qs8(const int8_t *p) {
  return wasm_f32x4_convert_i32x4(wasm_i32x4_extend_low_i16x8(wasm_i16x8_extend_low_i8x16(wasm_v128_load32_zero(p))));
}
O2M_V v128_t o2m_v_scale(v128_t x, v128_t n) { return wasm_i32x4_add(x, wasm_i32x4_shl(n, 23)); }
#undef O2M_V
