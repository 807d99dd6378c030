// Vectors of one float, in plain C: the witness, and the meaning of the words that the *_body.inc files are written in.
#include <math.h>

#pragma STDC FP_CONTRACT OFF

#define O2M_SIMD(name) name##__scalar
#define O2M_TARGET
#define V static inline __attribute__((unused))
enum { LANES = 1 };
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
V vf v_fma(vf a, vf b, vf c) { return a * b + c; }  // fused where the instruction set fuses
V vf v_min(vf a, vf b) { return a < b ? a : b; }    // b when either is NaN, and b of two equal ones
V vf v_max(vf a, vf b) { return a > b ? a : b; }
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
V vi vi_set(int32_t a) { return a; }
V vi vi_add(vi a, vi b) { return (vi)((uint32_t)a + (uint32_t)b); }  // wraps
V vi vi_sub(vi a, vi b) { return (vi)((uint32_t)a - (uint32_t)b); }
V vi vi_and(vi a, vi b) { return a & b; }
V vi vi_shl23(vi a) { return (vi)((uint32_t)a << 23); }
V vi vi_sar1(vi a) { return a >> 1; }  // arithmetic
V vi vi_sar23(vi a) { return a >> 23; }
V vf v_from_u8(const uint8_t *p) { return (float)*p; }  // LANES elements
V vf v_from_s8(const int8_t *p) { return (float)*p; }
V vf v_from_s32(const int32_t *p) { return (float)*p; }
#define O2M_LANES_F16 0
