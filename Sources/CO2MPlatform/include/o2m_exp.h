// exp in operations that IEEE 754 defines to the bit, so that every instruction set gives one result, with vectors and without.
#ifndef O2M_EXP_H
#define O2M_EXP_H

#include <stdint.h>

// 2^k for whole k in -1022...1023: the sum's low bits are k + 1023.
static inline double o2m_power_of_two(double k) {
  const double sum = k + (0x1.8p52 + 1023);
  uint64_t bits;
  __builtin_memcpy(&bits, &sum, sizeof bits);
  bits <<= 52;
  double power;
  __builtin_memcpy(&power, &bits, sizeof power);
  return power;
}

// Off by less than one unit in the last place; inf, 0 and NaN as the specification of C has them.
//
// x = k · ln 2 + r with |r| ≤ ln 2 / 2, and e^r by its series up to r^13, whose rest is below 2^-57.
static inline double o2m_exp_of(double x) {
#pragma STDC FP_CONTRACT OFF
  const double rounder = 0x1.8p52;
  // Beyond these bounds the result is 0 or infinite.
  const double above = x < -746 ? -746 : x, z = above > 710 ? 710 : above;
  const double k = (z * 0x1.71547652b82fep0 + rounder) - rounder;
  const double r = (z - k * 0x1.62e42feep-1) - k * 0x1.a39ef35793c76p-33;  // the first product is exact
  double q = 1.0 / 6227020800;
  q = q * r + 1.0 / 479001600;
  q = q * r + 1.0 / 39916800;
  q = q * r + 1.0 / 3628800;
  q = q * r + 1.0 / 362880;
  q = q * r + 1.0 / 40320;
  q = q * r + 1.0 / 5040;
  q = q * r + 1.0 / 720;
  q = q * r + 1.0 / 120;
  q = q * r + 1.0 / 24;
  q = q * r + 1.0 / 6;
  q = q * r + 0.5;
  const double y = 1 + (r + r * r * q);
  // In two steps, since k goes beyond the exponents of normal numbers.
  const double half = (k * 0.5 + rounder) - rounder;
  return y * o2m_power_of_two(half) * o2m_power_of_two(k - half);
}

// 1 / (1 + e^-x), from the side that does not overflow.
static inline double o2m_logistic_of(double x) {
#pragma STDC FP_CONTRACT OFF
  const double e = o2m_exp_of(x < 0 ? x : -x);
  return (x < 0 ? e : 1) / (1 + e);
}

#endif
