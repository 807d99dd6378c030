// NEON vectors of 4 floats under the names that the shared kernel bodies use.
#include <arm_neon.h>

#define O2M_ISA neon
#define O2M_TARGET
#define O2M_VECTOR float32x4_t
#define O2M_LANES 4

#define O2M_V static inline __attribute__((always_inline))
O2M_V float32x4_t o2m_v_load(const float *p) { return vld1q_f32(p); }
O2M_V void o2m_v_store(float *p, float32x4_t v) { vst1q_f32(p, v); }
O2M_V float32x4_t o2m_v_set(float x) { return vdupq_n_f32(x); }
O2M_V float32x4_t o2m_v_fma(float32x4_t a, float32x4_t b, float32x4_t c) { return vfmaq_f32(c, a, b); }
O2M_V float32x4_t o2m_v_add(float32x4_t a, float32x4_t b) { return vaddq_f32(a, b); }
O2M_V float32x4_t o2m_v_sub(float32x4_t a, float32x4_t b) { return vsubq_f32(a, b); }
O2M_V float32x4_t o2m_v_mul(float32x4_t a, float32x4_t b) { return vmulq_f32(a, b); }
O2M_V float32x4_t o2m_v_div(float32x4_t a, float32x4_t b) { return vdivq_f32(a, b); }
O2M_V float32x4_t o2m_v_min(float32x4_t bound, float32x4_t x) { return vminq_f32(bound, x); }
O2M_V float32x4_t o2m_v_max(float32x4_t bound, float32x4_t x) { return vmaxq_f32(bound, x); }
O2M_V float32x4_t o2m_v_negative(float32x4_t x, float32x4_t yes, float32x4_t no) { return vbslq_f32(vcltzq_f32(x), yes, no); }
O2M_V float32x4_t o2m_v_load_f16(const uint16_t *p) { return vcvt_f32_f16(vreinterpret_f16_u16(vld1_u16(p))); }
O2M_V float32x4_t o2m_v_load_qs8(const int8_t *p) {
  int32_t four;
  __builtin_memcpy(&four, p, 4);
  return vcvtq_f32_s32(vmovl_s16(vget_low_s16(vmovl_s8(vreinterpret_s8_s32(vdup_n_s32(four))))));
}
O2M_V float32x4_t o2m_v_scale(float32x4_t x, float32x4_t n) {
  return vreinterpretq_f32_s32(vaddq_s32(vreinterpretq_s32_f32(x), vshlq_n_s32(vreinterpretq_s32_f32(n), 23)));
}

#define O2M_LANE_FMA
O2M_V float32x4_t o2m_v_fma_lane(float32x4_t a, const size_t lane, float32x4_t b, float32x4_t c) {
  switch (lane) {
    case 0: return vfmaq_laneq_f32(c, b, a, 0);
    case 1: return vfmaq_laneq_f32(c, b, a, 1);
    case 2: return vfmaq_laneq_f32(c, b, a, 2);
    default: return vfmaq_laneq_f32(c, b, a, 3);
  }
}
// A pointer that the compiler may not express by another, so that a load also moves it on.
#define O2M_MOVED(p) __asm__("" : "+r"(p))
O2M_V void o2m_v_load_next(const float **p, const size_t vectors, float32x4_t *x) {
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
O2M_V void o2m_v_weights_next(const void **p, const uint32_t type, float32x4_t b[4]) {
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
#undef O2M_V
