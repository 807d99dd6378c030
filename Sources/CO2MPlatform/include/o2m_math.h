// libm for Embedded Swift, which has no module for it: float64 functions by other names.
#ifndef O2M_MATH_H
#define O2M_MATH_H

double o2m_exp(double x);       // one result on every host: o2m_exp.h
double o2m_logistic(double x);  // 1 / (1 + exp(-x)), likewise
double o2m_sin_pi(double x);    // sin(πx) for |x| < 2^51, likewise, off by at most 2^-52
double o2m_decibels(double x);  // 10 · log10(x), likewise, off by less than 2^-50 of itself or 2^-51; NaN below 0
double o2m_log(double x);
double o2m_pow(double x, double y);
double o2m_sqrt(double x);
double o2m_sin(double x);
double o2m_cos(double x);
double o2m_tan(double x);
double o2m_asin(double x);
double o2m_acos(double x);
double o2m_atan(double x);
double o2m_sinh(double x);
double o2m_cosh(double x);
double o2m_tanh(double x);
double o2m_asinh(double x);
double o2m_acosh(double x);
double o2m_atanh(double x);
double o2m_erf(double x);
double o2m_erfc(double x);
double o2m_floor(double x);
double o2m_ceil(double x);
double o2m_rint(double x);  // to nearest, ties to even
double o2m_fmod(double x, double y);
double o2m_expm1(double x);
double o2m_log1p(double x);

#endif
