// Vectors of 4 floats: SIMD128 of wasm, which has no fused multiply-add; relaxed SIMD has one where the machine does. vector_scalar.h says
// what each word means.
#include <wasm_simd128.h>

#define O2M_SIMD(name) name##__simd128
#define O2M_TARGET
#define V static inline __attribute__((always_inline, unused))
#define LANES 4
typedef v128_t vf;
typedef v128_t vi;
typedef v128_t vm;

V vf v_load(const float *p) { return wasm_v128_load(p); }
V void v_store(float *p, vf a) { wasm_v128_store(p, a); }
V vf v_set(float a) { return wasm_f32x4_splat(a); }
V vf v_load_n(const float *p, size_t n) {
  float t[4] = {0, 0, 0, 0};
  for (size_t i = 0; i < n; i++) t[i] = p[i];
  return wasm_v128_load(t);
}
V void v_store_n(float *p, vf a, size_t n) {
  float t[4];
  wasm_v128_store(t, a);
  for (size_t i = 0; i < n; i++) p[i] = t[i];
}
V vf v_add(vf a, vf b) { return wasm_f32x4_add(a, b); }
V vf v_sub(vf a, vf b) { return wasm_f32x4_sub(a, b); }
V vf v_mul(vf a, vf b) { return wasm_f32x4_mul(a, b); }
V vf v_div(vf a, vf b) { return wasm_f32x4_div(a, b); }
#if defined(__wasm_relaxed_simd__)
V vf v_fma(vf a, vf b, vf c) { return wasm_f32x4_relaxed_madd(a, b, c); }
#else
V vf v_fma(vf a, vf b, vf c) { return wasm_f32x4_add(wasm_f32x4_mul(a, b), c); }
#endif
V vf v_min(vf bound, vf a) { return wasm_f32x4_pmin(a, bound); }  // pmin(x, y) is y < x ? y : x
V vf v_max(vf bound, vf a) { return wasm_f32x4_pmax(a, bound); }
V vf v_sqrt(vf a) { return wasm_f32x4_sqrt(a); }
V vf v_floor(vf a) { return wasm_f32x4_floor(a); }
V vf v_ceil(vf a) { return wasm_f32x4_ceil(a); }
V vf v_round(vf a) { return wasm_f32x4_nearest(a); }
V vf v_abs(vf a) { return wasm_f32x4_abs(a); }
V vf v_neg(vf a) { return wasm_f32x4_neg(a); }
V vf v_copysign(vf a, vf sign) { return wasm_v128_bitselect(sign, a, wasm_i32x4_splat(INT32_MIN)); }
V vm v_lt(vf a, vf b) { return wasm_f32x4_lt(a, b); }
V vm v_eq(vf a, vf b) { return wasm_f32x4_eq(a, b); }
V vm v_nan(vf a) { return wasm_f32x4_ne(a, a); }
V vf v_select(vm m, vf a, vf b) { return wasm_v128_bitselect(a, b, m); }
V vf v_min_nan(vf a, vf b) { return v_select(v_nan(a), a, wasm_f32x4_pmin(b, a)); }
V vf v_max_nan(vf a, vf b) { return v_select(v_nan(a), a, wasm_f32x4_pmax(b, a)); }
V vi v_int(vf a) { return wasm_i32x4_trunc_sat_f32x4(wasm_f32x4_nearest(a)); }
V vf v_float(vi a) { return wasm_f32x4_convert_i32x4(a); }
V vi v_bits(vf a) { return a; }
V vf v_from_bits(vi a) { return a; }
V float v_sum(vf a) {
  return (wasm_f32x4_extract_lane(a, 0) + wasm_f32x4_extract_lane(a, 1)) + (wasm_f32x4_extract_lane(a, 2) + wasm_f32x4_extract_lane(a, 3));
}
V vi vi_set(int32_t a) { return wasm_i32x4_splat(a); }
V vi vi_add(vi a, vi b) { return wasm_i32x4_add(a, b); }
V vi vi_sub(vi a, vi b) { return wasm_i32x4_sub(a, b); }
V vi vi_and(vi a, vi b) { return wasm_v128_and(a, b); }
V vi vi_load(const int32_t *p) { return wasm_v128_load(p); }
V vi vi_mul(vi a, vi b) { return wasm_i32x4_mul(a, b); }
V vi vi_shl23(vi a) { return wasm_i32x4_shl(a, 23); }
V vi vi_sar1(vi a) { return wasm_i32x4_shr(a, 1); }
V vi vi_sar23(vi a) { return wasm_i32x4_shr(a, 23); }
V vf v_from_u8(const uint8_t *p) {
  return wasm_f32x4_convert_u32x4(wasm_u32x4_extend_low_u16x8(wasm_u16x8_extend_low_u8x16(wasm_v128_load32_zero(p))));
}
V vf v_from_s8(const int8_t *p) {
  return wasm_f32x4_convert_i32x4(wasm_i32x4_extend_low_i16x8(wasm_i16x8_extend_low_i8x16(wasm_v128_load32_zero(p))));
}
V vf v_from_s32(const int32_t *p) { return wasm_f32x4_convert_i32x4(wasm_v128_load(p)); }
// The exponent and fraction, moved into place, are too small by 2^112; the product also makes subnormals right.
V vf v_from_f16(const uint16_t *p) {
  const v128_t half = wasm_u32x4_load16x4(p);
  const v128_t magnitude = wasm_i32x4_shl(wasm_v128_and(half, wasm_i32x4_const_splat(0x7fff)), 13);
  const v128_t sign = wasm_i32x4_shl(wasm_v128_and(half, wasm_i32x4_const_splat(0x8000)), 16);
  const v128_t finite = wasm_f32x4_mul(magnitude, wasm_f32x4_const_splat(0x1p112f));
  const v128_t special = wasm_v128_or(magnitude, wasm_i32x4_const_splat(0x7f800000));
  const v128_t above = wasm_i32x4_ge(magnitude, wasm_i32x4_const_splat(0x0f800000));
  return wasm_v128_or(sign, wasm_v128_bitselect(special, finite, above));
}

typedef struct {
  v128_t half[2];
} vw;
V vw vw_load(const int16_t *p) { return (vw){{wasm_v128_load(p), wasm_v128_load(p + 8)}}; }
V void vw_store(int16_t *p, vw a) {
  wasm_v128_store(p, a.half[0]);
  wasm_v128_store(p + 8, a.half[1]);
}
V vw vw_set(int16_t a) { return (vw){{wasm_i16x8_splat(a), wasm_i16x8_splat(a)}}; }
V vw vw_widen(const uint8_t *p, const int is_signed) {
  if (is_signed) return (vw){{wasm_i16x8_load8x8(p), wasm_i16x8_load8x8(p + 8)}};
  return (vw){{wasm_u16x8_load8x8(p), wasm_u16x8_load8x8(p + 8)}};
}
V vw vw_sub(vw a, vw b) { return (vw){{wasm_i16x8_sub(a.half[0], b.half[0]), wasm_i16x8_sub(a.half[1], b.half[1])}}; }
V void vw_store_pairs(int16_t *p, const uint8_t *first, const uint8_t *second, const int is_signed, vw off) {
  const vw a = vw_sub(vw_widen(first, is_signed), off), b = vw_sub(vw_widen(second, is_signed), off);
  for (int i = 0; i < 2; i++) {
    wasm_v128_store(p + 16 * i, wasm_i16x8_shuffle(a.half[i], b.half[i], 0, 8, 1, 9, 2, 10, 3, 11));
    wasm_v128_store(p + 16 * i + 8, wasm_i16x8_shuffle(a.half[i], b.half[i], 4, 12, 5, 13, 6, 14, 7, 15));
  }
}
V vi vi_load_pairs(const int16_t *p) { return wasm_v128_load(p); }
V vi vi_set_pair(const int16_t *p) { return wasm_v128_load32_splat(p); }
V vi vi_dot(vi sum, vi a, vi b) { return wasm_i32x4_add(sum, wasm_i32x4_dot_i16x8(a, b)); }
V void vi_store(int32_t *p, vi a) { wasm_v128_store(p, a); }

V vi vi_u8(const uint8_t *p) { return wasm_u32x4_extend_low_u16x8(wasm_u16x8_extend_low_u8x16(wasm_v128_load32_zero(p))); }
V vi vi_twice_u8(const uint8_t *p) { return wasm_i32x4_make(p[0], p[0], p[1], p[1]); }
V void vi_pairs_u8(const uint8_t *p, vi *first, vi *second) {
  const v128_t pairs = vi_u8(p);
  *first = wasm_i32x4_shuffle(pairs, pairs, 0, 0, 2, 2), *second = wasm_i32x4_shuffle(pairs, pairs, 1, 1, 3, 3);
}
V void vi_store_pixels(uint8_t *p, vi r, vi g, vi b) {
  const v128_t rg = wasm_i16x8_narrow_i32x4(wasm_i32x4_shr(r, 16), wasm_i32x4_shr(g, 16));
  const v128_t bx = wasm_i16x8_narrow_i32x4(wasm_i32x4_shr(b, 16), wasm_i32x4_splat(0));
  const v128_t bytes = wasm_u8x16_narrow_i16x8(rg, bx);
  wasm_v128_store(p, wasm_i8x16_shuffle(bytes, bytes, 0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15));
}
V void vi_store_u8(uint8_t *p, vi a) {
  const v128_t words = wasm_i16x8_narrow_i32x4(wasm_i32x4_shr(a, 22), wasm_i32x4_splat(0));
  wasm_v128_store32_lane(p, wasm_u8x16_narrow_i16x8(words, words), 0);
}
V void vi_store_sum(uint8_t *p, vi a) { vi_store_u8(p, vi_add(a, wasm_i32x4_splat(1 << 21))); }

// Tiles keep 8 sums: most hosts have 16 registers, and wasm engines keep some for themselves.
#define O2M_TILE 4
#define O2M_WIDE 2
#define O2M_EXPAND_TILE 4
#define O2M_EXPAND_WIDE 2
#define O2M_DWCONV_WIDE 1
#define O2M_PLANAR_TILE 4
#define O2M_PLANAR_WIDE 2
#define O2M_PLANAR_NARROW 4
#define O2M_PLANAR_SLIM 2
