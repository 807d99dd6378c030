#include "o2m_math.h"

#include <math.h>

double o2m_exp(double x) { return exp(x); }
double o2m_log(double x) { return log(x); }
double o2m_pow(double x, double y) { return pow(x, y); }
double o2m_sqrt(double x) { return sqrt(x); }
double o2m_sin(double x) { return sin(x); }
double o2m_cos(double x) { return cos(x); }
double o2m_tanh(double x) { return tanh(x); }
double o2m_erf(double x) { return erf(x); }
double o2m_floor(double x) { return floor(x); }
double o2m_ceil(double x) { return ceil(x); }
double o2m_rint(double x) { return rint(x); }
double o2m_fmod(double x, double y) { return fmod(x, y); }
double o2m_expm1(double x) { return expm1(x); }
double o2m_log1p(double x) { return log1p(x); }
