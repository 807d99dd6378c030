// The activations that follow a product, against double precision, over all floats: every 1009th bit pattern, and the ends.
//
// Each is a few roundings, 4 * epsilon at most, and one exponential, whose relative error is the absolute error of its argument
// u: half an epsilon of u for each rounding in u. tanh-GELU makes u with 7: two constants, two multiplications to the cube,
// its factor, a sum, a product. The others make it with 2 at most. Results below the smallest normal number, times x up to 128,
// may be anything that small: what lies beyond the exponential's range counts as lying at its end.
#include "check_sums.h"

#include "../../Sources/CO2MKernels/products/f32_gemm.h"

static double exponent(uint32_t kind, double x) {
  switch (kind) {
    case O2M_ACT_TANH: return 0;
    case O2M_ACT_GELU_ERF: return x * x / 2;
    case O2M_ACT_GELU_TANH: return 2 * sqrt(2 / M_PI) * (x + 0.044715 * x * x * x);
    default: return x;
  }
}

// As the formulas of o2m_activation.h, without their cancellation; at -infinity the limit, where a formula has 0 * infinity.
static double exact(uint32_t kind, double x) {
  if (x == -INFINITY) return kind == O2M_ACT_TANH ? -1 : 0;
  switch (kind) {
    case O2M_ACT_SIGMOID: return 1 / (1 + exp(-x));
    case O2M_ACT_TANH: return tanh(x);
    case O2M_ACT_GELU_ERF: return x / 2 * erfc(-x / sqrt(2));
    default: return x / (1 + exp(-exponent(kind, x)));
  }
}

// The difference as a share of what is allowed.
static double share_of(uint32_t kind, double x, double y, double expected) {
  if (isnan(x)) return isnan(y) ? 0 : DBL_MAX;
  if (isinf(expected)) return y == expected ? 0 : DBL_MAX;
  const double roundings = kind == O2M_ACT_GELU_TANH ? 7 : 2;
  const double relative = expected == 0 ? 0 : FLT_EPSILON * (4 + roundings / 2 * fabs(exponent(kind, x)));
  const double share = fabs(y - expected) / (relative * fabs(expected) + 2 * FLT_MIN * (1 + fmin(fabs(x), 128)));
  return isnan(share) ? DBL_MAX : share;
}

struct o2m_check o2m_check_activation(uint32_t kind, uint32_t without) {
  struct o2m_check check = {0};
  const struct o2m_f32_gemm_isa *isa = o2m_f32_gemm_best(without);
  static const uint32_t ends[] = {0, 0x80000000, 0x7f800000, 0xff800000, 0x7fc00000, 0x7f7fffff, 0xff7fffff, 0x42ae0000, 0xc2ae0000};
  enum { ROWS = 3, PITCH = 23, SPECIAL = sizeof ends / sizeof *ends };
  uint32_t next = 0, special = 0;
  for (int round = 0; next < UINT32_MAX - ROWS * PITCH * 1009; round++) {
    const size_t columns = round % 2 ? 16 : 21;
    float x[ROWS * PITCH], y[ROWS * PITCH];
    for (size_t i = 0; i < ROWS * PITCH; i++, next += 1009) memcpy(x + i, &next, 4);
    for (size_t i = 0; i < SPECIAL; i++) memcpy(x + special++ % (ROWS * PITCH), ends + i, 4);
    memcpy(y, x, sizeof x);
    isa->activate(kind, ROWS, columns, PITCH, y);
    for (size_t i = 0; i < ROWS * PITCH; i++) {
      if (i % PITCH >= columns) {
        check.stray += memcmp(x + i, y + i, 4) != 0;
        continue;
      }
      const double expected = exact(kind, x[i]), share = share_of(kind, x[i], y[i], expected);
      if (share <= check.share) continue;
      check.share = share;
      check.index = i, check.expected = expected, check.got = y[i];
    }
  }
  return check;
}
