// The activations that follow a product, against double precision, over all magnitudes.
//
// Each is a few roundings, 4 * epsilon at most, and one exponential, whose relative error is the absolute error of its argument
// u: half an epsilon of u for each rounding in u. tanh-GELU makes u with 7: two constants, two multiplications to the cube,
// its factor, a sum, a product. The others make it with 2 at most. Results below the smallest normal number, times x, may flush.
#include "check_sums.h"

#include "../../Sources/CO2MKernels/f32_gemm.h"

static double exponent(uint32_t kind, double x) {
  switch (kind) {
    case O2M_ACT_TANH: return 0;
    case O2M_ACT_GELU_ERF: return x * x / 2;
    case O2M_ACT_GELU_TANH: return 2 * sqrt(2 / M_PI) * (x + 0.044715 * x * x * x);
    default: return x;
  }
}

// As the formulas of o2m_activation.h, without their cancellation.
static double exact(uint32_t kind, double x) {
  switch (kind) {
    case O2M_ACT_SIGMOID: return 1 / (1 + exp(-x));
    case O2M_ACT_TANH: return tanh(x);
    case O2M_ACT_GELU_ERF: return x / 2 * erfc(-x / sqrt(2));
    default: return x / (1 + exp(-exponent(kind, x)));
  }
}

struct o2m_check o2m_check_activation(uint32_t kind, uint32_t without) {
  struct o2m_check check = {0};
  const struct o2m_f32_gemm_isa *isa = o2m_f32_gemm_best(without);
  struct random r = {kind};
  enum { ROWS = 3, COLUMNS = 21, PITCH = 23 };
  for (int round = 0; round < 2000; round++) {
    float x[ROWS * PITCH], y[ROWS * PITCH];
    for (size_t i = 0; i < ROWS * PITCH; i++) x[i] = ldexpf(uniform(&r), (int)below(&r, 16) - 8);
    x[below(&r, COLUMNS)] = NAN;
    memcpy(y, x, sizeof x);
    isa->activate(kind, ROWS, COLUMNS, PITCH, y);
    for (size_t i = 0; i < ROWS * PITCH; i++) {
      if (i % PITCH >= COLUMNS) {
        check.stray += memcmp(x + i, y + i, 4) != 0;
        continue;
      }
      const double expected = exact(kind, x[i]);
      const double roundings = kind == O2M_ACT_GELU_TANH ? 7 : 2;
      const double bound = FLT_EPSILON * (4 + roundings / 2 * fabs(exponent(kind, x[i]))) * fabs(expected) +
                           2 * FLT_MIN * (1 + fabs(x[i]));
      const double share = isnan(x[i]) ? (isnan(y[i]) ? 0 : DBL_MAX) : fabs(y[i] - expected) / bound;
      if (share <= check.share) continue;
      check.share = isnan(share) ? DBL_MAX : share;
      check.index = i, check.expected = expected, check.got = y[i];
    }
  }
  return check;
}
