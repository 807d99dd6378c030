// Vectors of 4 floats: NEON of arm64. vector_scalar.h says what each word means.
#include <arm_neon.h>

#include "o2m_weights.h"

#define O2M_SIMD(name) name##__neon
#define O2M_TARGET
#define V static inline __attribute__((always_inline, unused))
#define LANES 4
typedef float32x4_t vf;
typedef int32x4_t vi;
typedef uint32x4_t vm;

V vf v_load(const float *p) { return vld1q_f32(p); }
V void v_store(float *p, vf a) { vst1q_f32(p, a); }
V vf v_set(float a) { return vdupq_n_f32(a); }
V vf v_load_n(const float *p, size_t n) {
  float t[4] = {0, 0, 0, 0};
  for (size_t i = 0; i < n; i++) t[i] = p[i];
  return vld1q_f32(t);
}
V void v_store_n(float *p, vf a, size_t n) {
  float t[4];
  vst1q_f32(t, a);
  for (size_t i = 0; i < n; i++) p[i] = t[i];
}
V vf v_add(vf a, vf b) { return vaddq_f32(a, b); }
V vf v_sub(vf a, vf b) { return vsubq_f32(a, b); }
V vf v_mul(vf a, vf b) { return vmulq_f32(a, b); }
V vf v_div(vf a, vf b) { return vdivq_f32(a, b); }
#define V_FUSES
V vf v_fma(vf a, vf b, vf c) { return vfmaq_f32(c, a, b); }
V vf v_min(vf bound, vf a) { return vminq_f32(bound, a); }
V vf v_max(vf bound, vf a) { return vmaxq_f32(bound, a); }
V vf v_sqrt(vf a) { return vsqrtq_f32(a); }
V vf v_floor(vf a) { return vrndmq_f32(a); }
V vf v_ceil(vf a) { return vrndpq_f32(a); }
V vf v_round(vf a) { return vrndnq_f32(a); }
V vf v_abs(vf a) { return vabsq_f32(a); }
V vf v_neg(vf a) { return vnegq_f32(a); }
V vf v_copysign(vf a, vf sign) { return vbslq_f32(vdupq_n_u32(0x80000000u), sign, a); }
V vm v_lt(vf a, vf b) { return vcltq_f32(a, b); }
V vm v_eq(vf a, vf b) { return vceqq_f32(a, b); }
V vm v_nan(vf a) { return vmvnq_u32(vceqq_f32(a, a)); }
V vf v_select(vm m, vf a, vf b) { return vbslq_f32(m, a, b); }
V vf v_min_nan(vf a, vf b) { return vbslq_f32(vorrq_u32(vcltq_f32(a, b), v_nan(a)), a, b); }
V vf v_max_nan(vf a, vf b) { return vbslq_f32(vorrq_u32(vcgtq_f32(a, b), v_nan(a)), a, b); }
V vi v_int(vf a) { return vcvtnq_s32_f32(a); }
V vf v_float(vi a) { return vcvtq_f32_s32(a); }
V vi v_bits(vf a) { return vreinterpretq_s32_f32(a); }
V vf v_from_bits(vi a) { return vreinterpretq_f32_s32(a); }
V float v_sum(vf a) { return vaddvq_f32(a); }
V vi vi_set(int32_t a) { return vdupq_n_s32(a); }
V vi vi_add(vi a, vi b) { return vaddq_s32(a, b); }
V vi vi_sub(vi a, vi b) { return vsubq_s32(a, b); }
V vi vi_and(vi a, vi b) { return vandq_s32(a, b); }
V vi vi_load(const int32_t *p) { return vld1q_s32(p); }
V vi vi_mul(vi a, vi b) { return vmulq_s32(a, b); }
V vi vi_shl23(vi a) { return vshlq_n_s32(a, 23); }
V vi vi_sar1(vi a) { return vshrq_n_s32(a, 1); }
V vi vi_sar23(vi a) { return vshrq_n_s32(a, 23); }
V vf v_from_u8(const uint8_t *p) {
  uint32_t t;
  __builtin_memcpy(&t, p, 4);
  return vcvtq_f32_u32(vmovl_u16(vget_low_u16(vmovl_u8(vcreate_u8(t)))));
}
V vf v_from_s8(const int8_t *p) {
  uint32_t t;
  __builtin_memcpy(&t, p, 4);
  return vcvtq_f32_s32(vmovl_s16(vget_low_s16(vmovl_s8(vcreate_s8(t)))));
}
V vf v_from_s32(const int32_t *p) { return vcvtq_f32_s32(vld1q_s32(p)); }
V vf v_from_f16(const uint16_t *p) { return vcvt_f32_f16(vreinterpret_f16_u16(vld1_u16(p))); }
#define O2M_CAST_F16
V void v_to_f16(uint16_t *p, vf a) { vst1_u16(p, vreinterpret_u16_f16(vcvt_f16_f32(a))); }

typedef int16x8x2_t vw;
V vw vw_load(const int16_t *p) { return vld1q_s16_x2(p); }
V void vw_store(int16_t *p, vw a) { vst1q_s16_x2(p, a); }
V vw vw_set(int16_t a) { return (vw){{vdupq_n_s16(a), vdupq_n_s16(a)}}; }
V vw vw_widen(const uint8_t *p, const int is_signed) {
  const uint8x16_t bytes = vld1q_u8(p);
  const int8x16_t with_sign = vreinterpretq_s8_u8(bytes);
  if (is_signed) return (vw){{vmovl_s8(vget_low_s8(with_sign)), vmovl_high_s8(with_sign)}};
  return (vw){{vreinterpretq_s16_u16(vmovl_u8(vget_low_u8(bytes))), vreinterpretq_s16_u16(vmovl_high_u8(bytes))}};
}
V vw vw_sub(vw a, vw b) { return (vw){{vsubq_s16(a.val[0], b.val[0]), vsubq_s16(a.val[1], b.val[1])}}; }
// A vector of 4 pairs is 4 columns of the first row, then those of the second: the product by a lane reads each half as it is.
V void vw_store_pairs(int16_t *p, const uint8_t *first, const uint8_t *second, const int is_signed, vw off) {
  const vw a = vw_sub(vw_widen(first, is_signed), off), b = vw_sub(vw_widen(second, is_signed), off);
  for (int i = 0; i < 2; i++) {
    const int64x2_t first = vreinterpretq_s64_s16(a.val[i]), second = vreinterpretq_s64_s16(b.val[i]);
    vst1q_s64((int64_t *)(p + 16 * i), vzip1q_s64(first, second));
    vst1q_s64((int64_t *)(p + 16 * i + 8), vzip2q_s64(first, second));
  }
}
V vi vi_load_pairs(const int16_t *p) { return vreinterpretq_s32_s16(vld1q_s16(p)); }
V vi vi_set_pair(const int16_t *p) {
  int32_t pair;
  __builtin_memcpy(&pair, p, 4);
  return vdupq_n_s32(pair);
}
V vi vi_dot(vi sum, vi a, vi b) {
  const int16x8_t columns = vreinterpretq_s16_s32(a);
  const int16x4_t pair = vget_low_s16(vreinterpretq_s16_s32(b));
  return vmlal_high_lane_s16(vmlal_lane_s16(sum, vget_low_s16(columns), pair, 0), columns, pair, 1);
}
V void vi_store(int32_t *p, vi a) { vst1q_s32(p, a); }

V vi vi_u8(const uint8_t *p) {
  uint32_t t;
  __builtin_memcpy(&t, p, 4);
  return vreinterpretq_s32_u32(vmovl_u16(vget_low_u16(vmovl_u8(vcreate_u8(t)))));
}
V vi vi_twice_u8(const uint8_t *p) {
  const uint64_t t = p[0] * 0x0101u | (uint64_t)p[1] * 0x01010000u;
  return vreinterpretq_s32_u32(vmovl_u16(vget_low_u16(vmovl_u8(vcreate_u8(t)))));
}
V void vi_pairs_u8(const uint8_t *p, vi *first, vi *second) {
  const vi pairs = vi_u8(p);
  *first = vtrn1q_s32(pairs, pairs), *second = vtrn2q_s32(pairs, pairs);
}
V void vi_store_pixels(uint8_t *p, vi r, vi g, vi b) {
  static const uint8_t order[16] = {0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15};
  const int16x8_t rg = vcombine_s16(vqmovn_s32(vshrq_n_s32(r, 16)), vqmovn_s32(vshrq_n_s32(g, 16)));
  const int16x8_t bx = vcombine_s16(vqmovn_s32(vshrq_n_s32(b, 16)), vdup_n_s16(0));
  vst1q_u8(p, vqtbl1q_u8(vcombine_u8(vqmovun_s16(rg), vqmovun_s16(bx)), vld1q_u8(order)));
}
V void vi_store_u8(uint8_t *p, vi a) {
  const int16x4_t s = vqmovn_s32(vshrq_n_s32(a, 22));
  const uint32_t four = vget_lane_u32(vreinterpret_u32_u8(vqmovun_s16(vcombine_s16(s, s))), 0);
  __builtin_memcpy(p, &four, 4);
}
V void vi_store_sum(uint8_t *p, vi a) { vi_store_u8(p, vaddq_s32(a, vdupq_n_s32(1 << 21))); }

// A tile of the matrix product keeps 16 sums in 32 registers; 4 more hold the weights of a k, and 8 the input of 8, which is multiplied by
// lane. More rows would leave no room for whole vectors of the input: 6 of them spend every sixth instruction on loads, these every tenth.
#define O2M_TILE 4
#define O2M_WIDE 4
#define O2M_EXPAND_TILE 6
#define O2M_EXPAND_WIDE 4
#define O2M_DWCONV_WIDE 2
#define O2M_PLANAR_TILE 6
#define O2M_PLANAR_WIDE 4
#define O2M_PLANAR_NARROW 12
#define O2M_PLANAR_SLIM 2

// What f32_gemm_lanes.inc asks for.
#define O2M_LANE_FMA
V vf v_fma_lane(vf a, const size_t lane, vf b, vf c) {
  switch (lane) {
    case 0: return vfmaq_laneq_f32(c, b, a, 0);
    case 1: return vfmaq_laneq_f32(c, b, a, 1);
    case 2: return vfmaq_laneq_f32(c, b, a, 2);
    default: return vfmaq_laneq_f32(c, b, a, 3);
  }
}
// A pointer that the compiler may not express by another, so that a load also moves it on.
#define O2M_MOVED(p) __asm__("" : "+r"(p))
V void v_load_next(const float **p, const size_t vectors, vf *x) {
  if (vectors == 2) {
    const float32x4x2_t two = vld1q_f32_x2(*p);
    x[0] = two.val[0];
    x[1] = two.val[1];
  } else {
    x[0] = vld1q_f32(*p);
  }
  *p += 4 * vectors;
  O2M_MOVED(*p);
}
V void v_weights_next(const void **p, const uint32_t type, vf b[4]) {
  if (type == O2M_WEIGHTS_F32) {
    const float32x4x4_t row = vld1q_f32_x4(*p);
    for (size_t v = 0; v < 4; v++) b[v] = row.val[v];
    *p = (const float *)*p + 16;
  } else if (type == O2M_WEIGHTS_F16) {
    const uint16x8x2_t row = vld1q_u16_x2(*p);
    for (size_t v = 0; v < 2; v++) {
      b[2 * v] = vcvt_f32_f16(vreinterpret_f16_u16(vget_low_u16(row.val[v])));
      b[2 * v + 1] = vcvt_high_f32_f16(vreinterpretq_f16_u16(row.val[v]));
    }
    *p = (const uint16_t *)*p + 16;
  } else {
    const int8x16_t row = vld1q_s8(*p);
    const int16x8_t half[2] = {vmovl_s8(vget_low_s8(row)), vmovl_high_s8(row)};
    for (size_t v = 0; v < 2; v++) {
      b[2 * v] = vcvtq_f32_s32(vmovl_s16(vget_low_s16(half[v])));
      b[2 * v + 1] = vcvtq_f32_s32(vmovl_high_s16(half[v]));
    }
    *p = (const int8_t *)*p + 16;
  }
  O2M_MOVED(*p);
}
#undef O2M_MOVED
