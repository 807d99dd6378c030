#ifndef O2M_BIONIC_MATH_H
#define O2M_BIONIC_MATH_H

#define INFINITY __builtin_inff()
#define NAN __builtin_nanf("")
#define isfinite(x) __builtin_isfinite(x)
#define isinf(x) __builtin_isinf(x)
#define isnan(x) __builtin_isnan(x)

#define O2M_BIONIC_UNARY(name) \
  double name(double x);       \
  float name##f(float x)
O2M_BIONIC_UNARY(acos);
O2M_BIONIC_UNARY(acosh);
O2M_BIONIC_UNARY(asin);
O2M_BIONIC_UNARY(asinh);
O2M_BIONIC_UNARY(atan);
O2M_BIONIC_UNARY(atanh);
O2M_BIONIC_UNARY(ceil);
O2M_BIONIC_UNARY(cos);
O2M_BIONIC_UNARY(cosh);
O2M_BIONIC_UNARY(erf);
O2M_BIONIC_UNARY(erfc);
O2M_BIONIC_UNARY(exp);
O2M_BIONIC_UNARY(expm1);
O2M_BIONIC_UNARY(fabs);
O2M_BIONIC_UNARY(floor);
O2M_BIONIC_UNARY(log);
O2M_BIONIC_UNARY(log1p);
O2M_BIONIC_UNARY(rint);
O2M_BIONIC_UNARY(round);
O2M_BIONIC_UNARY(sin);
O2M_BIONIC_UNARY(sinh);
O2M_BIONIC_UNARY(sqrt);
O2M_BIONIC_UNARY(tan);
O2M_BIONIC_UNARY(tanh);
O2M_BIONIC_UNARY(trunc);
#undef O2M_BIONIC_UNARY

#define O2M_BIONIC_BINARY(name)    \
  double name(double x, double y); \
  float name##f(float x, float y)
O2M_BIONIC_BINARY(copysign);
O2M_BIONIC_BINARY(fmax);
O2M_BIONIC_BINARY(fmin);
O2M_BIONIC_BINARY(fmod);
O2M_BIONIC_BINARY(pow);
#undef O2M_BIONIC_BINARY

#endif
