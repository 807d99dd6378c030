// The activations that follow a product, against double precision, over all floats: every 1009th bit pattern, and the ends.
//
// Each is a few roundings and one exponential, whose relative error is the absolute error of its argument u: half an epsilon of u for each
// rounding in u. tanh-GELU makes u with 7: two constants, two multiplications to the cube, its factor, a sum, a product; GELU with 2.
// Sigmoid and SiLU have u as it is given, and reduce it by n ln 2, off by 1.9e-9 n = u epsilon / 43. Their other errors are 0.92 epsilon of
// the polynomial and the halves of its last sum, its last but one (of 0.35), 1 + e and the division: 2.6 epsilon. tanh and the GELUs have a
// polynomial more, and stay within 4. Results below the smallest normal number, times x up to 128, may be anything that small: the
// exponential ends there.
#include "check_sums.h"

// The kernels behind the table.
#include "matrix_products/f32_gemm.h"

static double exponent(uint32_t kind, double x) {
  switch (kind) {
    case O2M_ACT_TANH: return 0;
    case O2M_ACT_GELU_ERF: return x * x / 2;
    case O2M_ACT_GELU_TANH: return 2 * sqrt(2 / M_PI) * (x + 0.044715 * x * x * x);
    default: return x;
  }
}

// As the formulas of o2m_activation.h, without their cancellation; NaN where they have infinity times 0.
double o2m_activation_exact(uint32_t kind, double x) {
  if (x == -INFINITY) return kind == O2M_ACT_TANH ? -1 : kind == O2M_ACT_SIGMOID ? 0 : (double)NAN;
  switch (kind) {
    case O2M_ACT_SIGMOID: return 1 / (1 + exp(-x));
    case O2M_ACT_TANH: return tanh(x);
    case O2M_ACT_GELU_ERF: return x / 2 * erfc(-x / sqrt(2));
    default: return x / (1 + exp(-exponent(kind, x)));
  }
}

// The difference as a share of what is allowed.
double o2m_activation_share(uint32_t kind, double x, double y, double expected) {
  if (isnan(expected)) return isnan(y) ? 0 : DBL_MAX;
  if (isinf(expected)) return y == expected ? 0 : DBL_MAX;
  const int short_argument = kind == O2M_ACT_SIGMOID || kind == O2M_ACT_SILU;
  const double of_argument = short_argument ? 1 / 40.0 : kind == O2M_ACT_GELU_TANH ? 3.5 : 1;
  const double relative = expected == 0 ? 0 : FLT_EPSILON * ((short_argument ? 3 : 4) + of_argument * fabs(exponent(kind, x)));
  const double share = fabs(y - expected) / (relative * fabs(expected) + 2 * FLT_MIN * (1 + fmin(fabs(x), 128)));
  return isnan(share) ? DBL_MAX : share;
}

static void check_kind(struct o2m_check_report *report, uint32_t kind) {
  const struct o2m_f32_gemm_kernels *gemm = o2m_f32_gemm_kernels();
  static const uint32_t ends[] = {0, 0x80000000, 0x7f800000, 0xff800000, 0x7fc00000, 0x7f7fffff, 0xff7fffff, 0x42ae0000, 0xc2ae0000};
  enum { ROWS = 3, PITCH = 23, SPECIAL = sizeof ends / sizeof *ends };
  uint32_t next = 0, special = 0;
  for (int round = 0; next < UINT32_MAX - ROWS * PITCH * 1009; round++) {
    const size_t columns = round % 2 ? 16 : 21;
    float x[ROWS * PITCH], y[ROWS * PITCH], plain[ROWS * PITCH];
    for (size_t i = 0; i < ROWS * PITCH; i++, next += 1009) memcpy(x + i, &next, 4);
    for (size_t i = 0; i < SPECIAL; i++) memcpy(x + special++ % (ROWS * PITCH), ends + i, 4);
    memcpy(y, x, sizeof x), memcpy(plain, x, sizeof x);
    gemm->activate(kind, ROWS, columns, PITCH, y);
    size_t stray = 0;
    for (size_t i = 0; i < ROWS * PITCH; i++) {
      if (i % PITCH >= columns) {
        stray += memcmp(x + i, y + i, 4) != 0;
        continue;
      }
      const double expected = o2m_activation_exact(kind, x[i]), share = o2m_activation_share(kind, x[i], y[i], expected);
      if (share > report->worst) report->worst = share;
      o2m_expect(report, share <= 1, "share of the bound above 1", kind, y[i], expected);
    }
    o2m_expect(report, stray == 0, "elements written outside", kind, (double)stray, 0);
    const struct o2m_activation a = activation_of(kind);
    const size_t differ = unfused(&a, y, plain, ROWS, columns, PITCH);
    o2m_expect(report, differ == 0, "elements that fusing changes", kind, (double)differ, 0);
  }
}

void o2m_check_activation(struct o2m_check_report *report) {
  for (uint32_t kind = O2M_ACT_HARD_SWISH + 1; kind < ACTIVATIONS; kind++) check_kind(report, kind);
}
