// Functions that go to the platform's libm, one element at a time, in every instruction set.
#include <math.h>

#include "f32_elementwise.h"

#define UNARY_LIBM(op, expression)                                                                             \
  void o2m_f32_##op##__scalar(size_t rows, size_t n, const float *x, size_t x_pitch, float *y, size_t y_pitch, \
                              const struct o2m_f32_unary_params *params) {                                     \
    (void)params;                                                                                              \
    for (; rows > 0; rows--, x += x_pitch, y += y_pitch) {                                                     \
      for (size_t i = 0; i < n; i++) y[i] = expression;                                                        \
    }                                                                                                          \
  }

UNARY_LIBM(sin, sinf(x[i]))
UNARY_LIBM(cos, cosf(x[i]))
UNARY_LIBM(tan, tanf(x[i]))
UNARY_LIBM(asin, asinf(x[i]))
UNARY_LIBM(acos, acosf(x[i]))
UNARY_LIBM(atan, atanf(x[i]))
UNARY_LIBM(sinh, sinhf(x[i]))
UNARY_LIBM(cosh, coshf(x[i]))
UNARY_LIBM(asinh, asinhf(x[i]))
UNARY_LIBM(acosh, x[i] < 1 ? NAN : acoshf(x[i]))  // musl's has a value far below 1
UNARY_LIBM(atanh, atanhf(x[i]))
UNARY_LIBM(pow, powf(x[i], params->alpha))
