#include "o2m_math.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

#include "o2m_exp.h"

double o2m_exp(double x) { return o2m_exp_of(x); }
double o2m_logistic(double x) { return o2m_logistic_of(x); }
double o2m_log(double x) { return log(x); }
double o2m_pow(double x, double y) { return pow(x, y); }
double o2m_sqrt(double x) { return sqrt(x); }
double o2m_sin(double x) { return sin(x); }
double o2m_cos(double x) { return cos(x); }
double o2m_tan(double x) { return tan(x); }
double o2m_asin(double x) { return asin(x); }
double o2m_acos(double x) { return acos(x); }
double o2m_atan(double x) { return atan(x); }
double o2m_sinh(double x) { return sinh(x); }
double o2m_cosh(double x) { return cosh(x); }
double o2m_tanh(double x) { return tanh(x); }
double o2m_asinh(double x) { return asinh(x); }
double o2m_acosh(double x) { return x < 1 ? NAN : acosh(x); }  // musl's has a value far below 1
double o2m_atanh(double x) { return atanh(x); }
double o2m_erf(double x) { return erf(x); }
double o2m_erfc(double x) { return erfc(x); }
double o2m_floor(double x) { return floor(x); }
double o2m_ceil(double x) { return ceil(x); }
double o2m_rint(double x) { return rint(x); }
double o2m_fmod(double x, double y) { return fmod(x, y); }
double o2m_expm1(double x) { return expm1(x); }
double o2m_log1p(double x) { return log1p(x); }

// πx = πk + r with |r| ≤ π/2, and sin r by its series up to r^21, whose rest is below 2^-59.
double o2m_sin_pi(double x) {
#pragma STDC FP_CONTRACT OFF
  const double rounder = 0x1.8p52, k = (x + rounder) - rounder;
  const double r = (x - k) * 0x1.921fb54442d18p1, square = r * r;
  double q = 1;
  for (int n = 20; n > 0; n -= 2) q = 1 - square / (n * (n + 1)) * q;
  const double half = k * 0.5;
  return half == (half + rounder) - rounder ? r * q : -r * q;
}

// x = 2^k · m with m in [√½, √2), and ln m = 2 · artanh s with s = (m - 1) / (m + 1), by its series up to s^23; the rest is below 2^-64.
// What is below the normal numbers is taken for less than it is: -3076 and below.
double o2m_decibels(double x) {
#pragma STDC FP_CONTRACT OFF
  if (!(x > 0)) return x == 0 ? -INFINITY : NAN;
  if (x == INFINITY) return x;
  const uint64_t root_of_half = 0x3fe6a09e667f3bcd;
  uint64_t bits;
  memcpy(&bits, &x, sizeof bits);
  const int64_t k = (int64_t)(bits - root_of_half) >> 52;
  bits -= (uint64_t)k << 52;
  double m;
  memcpy(&m, &bits, sizeof m);
  const double s = (m - 1) / (m + 1), square = s * s;
  double q = 1.0 / 23;
  for (int n = 21; n > 0; n -= 2) q = 1.0 / n + square * q;
  return ((double)k * 0x1.62e42fefa39efp-1 + 2 * s * q) * 0x1.15f2ced384f28p2;
}
