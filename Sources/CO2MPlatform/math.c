#include "o2m_math.h"

#include <math.h>

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
