// float16 to float32 and back, one element at a time.
#ifndef O2M_WIDEN_H
#define O2M_WIDEN_H

#include <stdint.h>
#include <string.h>

static inline float o2m_bits_to_f32(uint32_t bits) {
  float value;
  memcpy(&value, &bits, sizeof value);
  return value;
}

static inline uint32_t o2m_f32_to_bits(float value) {
  uint32_t bits;
  memcpy(&bits, &value, sizeof bits);
  return bits;
}

// The exponent and mantissa, moved into place, are too small by 2^112; the product also makes subnormals right.
static inline float o2m_widen_f16(uint16_t half) {
  const uint32_t sign = (uint32_t)(half & 0x8000u) << 16;
  const uint32_t magnitude = (uint32_t)(half & 0x7fffu) << 13;
  const uint32_t quiet = magnitude > 0x0f800000u ? 0x400000u : 0;  // of NaN
  if (magnitude >= 0x0f800000u) return o2m_bits_to_f32(sign | magnitude | 0x7f800000u | quiet);
  return o2m_bits_to_f32(sign | o2m_f32_to_bits(o2m_bits_to_f32(magnitude) * 0x1p112f));
}

#endif
