// Conversions of single float16 and bfloat16 values, in integer arithmetic; float16 to float32 is in widen.h.
#ifndef O2M_CONVERT_H
#define O2M_CONVERT_H

#include <stddef.h>
#include <stdint.h>

#include "widen.h"

// Rounds to nearest, ties to even, once. `fraction_bits` and `bias` state the narrow format of 16 bits.
static inline uint16_t o2m_narrow(double value, int fraction_bits, int bias) {
  union {
    double f;
    uint64_t u;
  } bits = {value};
  const int exponent_bits = 15 - fraction_bits;
  const uint16_t sign = (uint16_t)(bits.u >> 48 & 0x8000), infinity = (uint16_t)(((1u << exponent_bits) - 1) << fraction_bits);
  const int exponent = (int)(bits.u >> 52 & 2047) - 1023;
  uint64_t fraction = bits.u & 0xfffffffffffffull;
  if (exponent == 1024) {
    return fraction ? sign | infinity | (uint16_t)(1u << (fraction_bits - 1)) | (uint16_t)(fraction >> (52 - fraction_bits))
                    : sign | infinity;
  }
  if (exponent > bias) return sign | infinity;
  int drop = 52 - fraction_bits, biased = exponent + bias;
  fraction |= 1ull << 52;
  if (biased < 1) {  // subnormal in the narrow format: more bits go
    drop += 1 - biased;
    biased = 1;
    if (drop > 54) return sign;
  }
  const uint64_t half = 1ull << (drop - 1), rest = fraction & ((half << 1) - 1);
  uint64_t kept = fraction >> drop;
  kept += rest > half || (rest == half && (kept & 1));
  // The hidden bit of `kept` adds one to the exponent field; a carry moves on into it, up to infinity.
  return (uint16_t)(sign | (uint16_t)(((uint64_t)(biased - 1) << fraction_bits) + kept));
}

static inline uint16_t o2m_f16_from_f64(double value) { return o2m_narrow(value, 10, 15); }
static inline uint16_t o2m_bf16_from_f64(double value) { return o2m_narrow(value, 7, 127); }

static inline float o2m_f32_from_bf16(uint16_t b) {
  union {
    uint32_t u;
    float f;
  } bits = {(uint32_t)b << 16};
  return bits.f;
}

#endif
