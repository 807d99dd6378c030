// Vectors of one float, in plain C: the reference for the other sets, and the meaning of the words that the *_body.inc files are written
// in.
#include <math.h>

#include "widen.h"

#define O2M_SIMD(name) name##__scalar
#define O2M_TARGET
#define V static inline __attribute__((unused))
#define LANES 1
typedef float vf;    // LANES floats
typedef int32_t vi;  // LANES integers
typedef int vm;      // a truth value per lane

V vf v_load(const float *p) { return *p; }
V void v_store(float *p, vf a) { *p = a; }
V vf v_set(float a) { return a; }
// The first n < LANES lanes; the others read 0 and are not written.
V vf v_load_n(const float *p, size_t n) { return (void)p, (void)n, 0.0f; }
V void v_store_n(float *p, vf a, size_t n) { (void)p, (void)a, (void)n; }
V vf v_add(vf a, vf b) { return a + b; }
V vf v_sub(vf a, vf b) { return a - b; }
V vf v_mul(vf a, vf b) { return a * b; }
V vf v_div(vf a, vf b) { return a / b; }
V vf v_fma(vf a, vf b, vf c) { return a * b + c; }  // fused where the set defines V_FUSES
// NaN where a is; the bound is a number. Of two zeros either.
V vf v_min(vf bound, vf a) { return bound < a ? bound : a; }
V vf v_max(vf bound, vf a) { return bound > a ? bound : a; }
V vf v_sqrt(vf a) { return sqrtf(a); }
V vf v_floor(vf a) { return floorf(a); }
V vf v_ceil(vf a) { return ceilf(a); }
V vf v_round(vf a) { return rintf(a); }  // halves to even
V vf v_abs(vf a) { return fabsf(a); }
V vf v_neg(vf a) { return -a; }
V vf v_copysign(vf a, vf sign) { return copysignf(a, sign); }
V vm v_lt(vf a, vf b) { return a < b; }
V vm v_eq(vf a, vf b) { return a == b; }
V vm v_nan(vf a) { return a != a; }
V vf v_select(vm m, vf a, vf b) { return m ? a : b; }
V vf v_min_nan(vf a, vf b) { return a < b || a != a ? a : b; }  // NaN where either is; b of two equal ones
V vf v_max_nan(vf a, vf b) { return a > b || a != a ? a : b; }
// To nearest; what is out of range is unspecified.
V vi v_int(vf a) { return a >= -2147483648.0f && a < 2147483648.0f ? (int32_t)rintf(a) : 0; }
V vf v_float(vi a) { return (float)a; }
V vi v_bits(vf a) {
  vi b;
  return __builtin_memcpy(&b, &a, 4), b;
}
V vf v_from_bits(vi a) {
  vf b;
  return __builtin_memcpy(&b, &a, 4), b;
}
V float v_sum(vf a) { return a; }  // of all lanes, in an order of the set's own
V vi vi_set(int32_t a) { return a; }
V vi vi_add(vi a, vi b) { return (vi)((uint32_t)a + (uint32_t)b); }  // wraps
V vi vi_sub(vi a, vi b) { return (vi)((uint32_t)a - (uint32_t)b); }
V vi vi_and(vi a, vi b) { return a & b; }
V vi vi_load(const int32_t *p) { return *p; }
V vi vi_mul(vi a, vi b) { return (vi)((uint32_t)a * (uint32_t)b); }  // wraps
V vi vi_shl23(vi a) { return (vi)((uint32_t)a << 23); }
V vi vi_sar1(vi a) { return a >> 1; }  // arithmetic
V vi vi_sar23(vi a) { return a >> 23; }
V vf v_from_u8(const uint8_t *p) { return (float)*p; }  // LANES elements
V vf v_from_s8(const int8_t *p) { return (float)*p; }
V vf v_from_s32(const int32_t *p) { return (float)*p; }
V vf v_from_f16(const uint16_t *p) { return o2m_widen_f16(*p); }
// Where vectors are narrowed too, O2M_CAST_F16 is defined, and
//   v_to_f16(p, a)   stores LANES elements

// Integer products read 16 columns of numbers widened to 16 bits (vw), two rows of them interleaved for a lane of 32 bits.
typedef struct {
  int16_t lane[16];
} vw;
V vw vw_load(const int16_t *p) {
  vw a;
  return __builtin_memcpy(&a, p, sizeof a), a;
}
V void vw_store(int16_t *p, vw a) { __builtin_memcpy(p, &a, sizeof a); }
V vw vw_set(int16_t a) {
  vw b;
  for (int i = 0; i < 16; i++) b.lane[i] = a;
  return b;
}
V vw vw_widen(const uint8_t *p, const int is_signed) {
  vw a;
  for (int i = 0; i < 16; i++) a.lane[i] = is_signed ? (int8_t)p[i] : p[i];
  return a;
}
V vw vw_sub(vw a, vw b) {
  for (int i = 0; i < 16; i++) a.lane[i] = (int16_t)(a.lane[i] - b.lane[i]);
  return a;
}
// Two rows, less `off`, in the order of vi_load_pairs: the pairs of LANES columns follow those of the LANES columns before.
V void vw_store_pairs(int16_t *p, const uint8_t *first, const uint8_t *second, const int is_signed, vw off) {
  const vw a = vw_sub(vw_widen(first, is_signed), off), b = vw_sub(vw_widen(second, is_signed), off);
  for (int i = 0; i < 16; i++) p[2 * i] = a.lane[i], p[2 * i + 1] = b.lane[i];
}
V vi vi_load_pairs(const int16_t *p) {
  vi a;
  return __builtin_memcpy(&a, p, 4), a;
}
V vi vi_set_pair(const int16_t *p) { return vi_load_pairs(p); }  // one pair in every lane
// sum + a[0] * b[0] + a[1] * b[1] of the pairs in each lane; wraps.
V vi vi_dot(vi sum, vi a, vi b) { return vi_add(sum, vi_add((int16_t)a * (int16_t)b, (a >> 16) * (b >> 16))); }
V void vi_store(int32_t *p, vi a) { *p = a; }

// Pixels of four bytes. Sums are of bytes times weights of 22 fraction bits.
V vi vi_u8(const uint8_t *p) { return *p; }        // LANES bytes
V vi vi_twice_u8(const uint8_t *p) { return *p; }  // half as many, each for two lanes
// As many pairs, each for two lanes: what stands first, and what stands second.
V void vi_pairs_u8(const uint8_t *p, vi *first, vi *second) { *first = p[0], *second = p[1]; }
V uint8_t vi_byte(vi a) { return (uint8_t)(a < 0 ? 0 : a > 255 ? 255 : a); }
// LANES pixels of components with 16 fraction bits, cut to 0...255; the fourth byte is anything.
V void vi_store_pixels(uint8_t *p, vi r, vi g, vi b) {
  p[0] = vi_byte(r >> 16), p[1] = vi_byte(g >> 16), p[2] = vi_byte(b >> 16), p[3] = 0;
}
V void vi_store_u8(uint8_t *p, vi a) { *p = vi_byte(a >> 22); }  // LANES sums that hold a half, cut to 0...255
// One pixel, the sum of those in the lanes, rounded; one byte where there is one lane.
V void vi_store_sum(uint8_t *p, vi a) { vi_store_u8(p, vi_add(a, 1 << 21)); }

// Tiles, by their sums in registers:
#define O2M_TILE 4           // rows of a matrix product,
#define O2M_WIDE 8           // by vectors of a panel that one pass covers
#define O2M_EXPAND_TILE 4    // pixels of an expansion,
#define O2M_EXPAND_WIDE 4    // by vectors of a panel
#define O2M_DWCONV_WIDE 1    // vectors of channels of a depthwise tile
#define O2M_PLANAR_TILE 4    // pixels of a planar picture,
#define O2M_PLANAR_WIDE 4    // by vectors of a panel
#define O2M_PLANAR_NARROW 4  // pixels, where a panel has at most 8 columns,
#define O2M_PLANAR_SLIM 4    // by vectors
