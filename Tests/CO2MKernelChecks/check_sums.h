// The bound of a sum of products, and activations in double precision.
//
// A sum of k products of float32, in any order and with or without FMA, is off by at most about
// (k + 4) * epsilon * (sum of |x * w| + |bias| + |residual|); the activation multiplies that by its steepest slope and adds
// some roundings of its own, of values no larger than its argument and result.
#ifndef O2M_CHECK_SUMS_H
#define O2M_CHECK_SUMS_H

#include <float.h>

#include "check_random.h"

// The worst element of a case: its error as a share of the bound that holds for it, so that above 1 is a failure.
struct o2m_case {
  double share;
  size_t index;
  double expected, got;
  size_t stray;             // elements written outside of the output
  size_t thread_dependent;  // elements that differ between 1, 2 and 3 threads
  size_t unfused;           // elements that differ from the kernel without its activation and the elementwise kernel after it
};

// A case of a family: sizes, weight type and activation follow from the numbers.
typedef struct o2m_case o2m_case_maker(struct random *r);

// Runs the cases of as many seeds as the report asks for.
static inline void run_cases(struct o2m_check_report *report, uint32_t family, o2m_case_maker *make) {
  for (uint32_t seed = 0; seed < report->seeds; seed++) {
    struct random r = {seed * 2654435761u + family, seed};
    for (int i = 0; i < 4; i++) next(&r);
    const struct o2m_case c = make(&r);
    if (c.share > report->worst) report->worst = c.share;
    o2m_expect(report, c.share <= 1, "share of the bound above 1", c.index, c.got, c.expected);
    o2m_expect(report, c.stray == 0, "elements written outside", seed, (double)c.stray, 0);
    o2m_expect(report, c.thread_dependent == 0, "elements that depend on the threads", seed, (double)c.thread_dependent, 0);
    o2m_expect(report, c.unfused == 0, "elements that fusing changes", seed, (double)c.unfused, 0);
  }
}

static inline double activation(const struct o2m_activation *a, double x) {
  switch (a->kind) {
    case O2M_ACT_RELU: return x < 0 ? 0 : x;
    case O2M_ACT_CLIP: return x < a->a ? a->a : x > a->b ? a->b : x;
    case O2M_ACT_LEAKY_RELU: return x < 0 ? a->a * x : x;
    case O2M_ACT_HARD_SIGMOID: return fmin(fmax(a->a * x + a->b, 0), 1);
    case O2M_ACT_HARD_SWISH: return x * fmin(fmax(a->a * x + a->b, 0), 1);
    case O2M_ACT_SIGMOID: return 1 / (1 + exp(-x));
    case O2M_ACT_SILU: return x / (1 + exp(-x));
    case O2M_ACT_GELU_ERF: return x / 2 * (1 + erf(x / sqrt(2)));
    case O2M_ACT_GELU_TANH: return x / 2 * (1 + tanh(sqrt(2 / M_PI) * (x + 0.044715 * x * x * x)));
    case O2M_ACT_TANH: return tanh(x);
    default: return x;
  }
}

static inline void compare(struct o2m_case *check, size_t index, double sum, double magnitude, size_t k, float got,
                           const struct o2m_activation *a) {
  const double slope = 1.5;  // the steepest of all: HardSwish at 3
  const double expected = activation(a, sum);
  const double bound = FLT_EPSILON * (slope * (double)(k + 4) * magnitude + 8 * (fabs(sum) + fabs(expected))) + FLT_MIN;
  double share = fabs(got - expected) / bound;
  if (!(share <= DBL_MAX)) share = DBL_MAX;
  if (share > check->share || (index == 0 && check->share == 0)) {
    check->share = share;
    check->index = index;
    check->expected = expected;
    check->got = got;
  }
}

// Elements of [0, n) that a run wrote although no channel lies there.
static inline size_t strays(const float *y, size_t n, size_t channels, size_t pitch) {
  size_t count = 0;
  for (size_t i = 0; i < n; i++) {
    uint32_t bits;
    memcpy(&bits, y + i, 4);
    count += i % pitch >= channels && bits != UNWRITTEN;
  }
  return count;
}

static inline struct o2m_activation activation_of(uint32_t kind) {
  struct o2m_activation a = {kind, 0, 0};
  if (a.kind == O2M_ACT_CLIP) a.a = -0.5f, a.b = 0.75f;
  if (a.kind == O2M_ACT_LEAKY_RELU) a.a = 0.1f;
  if (a.kind == O2M_ACT_HARD_SIGMOID) a.a = 0.2f, a.b = 0.5f;
  if (a.kind == O2M_ACT_HARD_SWISH) a.a = 1 / 6.0f, a.b = 0.5f;
  return a;
}

enum { ACTIVATIONS = O2M_ACT_TANH + 1 };

// Seed by seed every one of them.
static inline struct o2m_activation next_activation(const struct random *r) { return activation_of(r->seed % ACTIVATIONS); }

// Elements of `fused` that are not what the elementwise kernel makes of `plain`, to the bit.
static inline size_t unfused(const struct o2m_activation *a, const float *fused, float *plain, size_t pixels, size_t channels,
                             size_t pitch) {
  static const enum o2m_f32_unary_op ops[ACTIVATIONS] = {[O2M_ACT_RELU] = O2M_F32_RELU,
                                                         [O2M_ACT_CLIP] = O2M_F32_CLIP,
                                                         [O2M_ACT_LEAKY_RELU] = O2M_F32_LEAKY_RELU,
                                                         [O2M_ACT_HARD_SIGMOID] = O2M_F32_HARD_SIGMOID,
                                                         [O2M_ACT_HARD_SWISH] = O2M_F32_HARD_SWISH,
                                                         [O2M_ACT_SIGMOID] = O2M_F32_SIGMOID,
                                                         [O2M_ACT_SILU] = O2M_F32_SILU,
                                                         [O2M_ACT_GELU_ERF] = O2M_F32_GELU,
                                                         [O2M_ACT_GELU_TANH] = O2M_F32_GELU_TANH,
                                                         [O2M_ACT_TANH] = O2M_F32_TANH};
  const struct o2m_f32_unary_params params = {ops[a->kind], a->kind == O2M_ACT_SILU ? 1 : a->a, a->b};
  if (a->kind != O2M_ACT_NONE) o2m_f32_unary(&params, pixels, channels, plain, pitch, plain, pitch, NULL);
  size_t count = 0;
  for (size_t i = 0; i < pixels; i++)
    for (size_t c = 0; c < channels; c++) count += memcmp(fused + i * pitch + c, plain + i * pitch + c, 4) != 0;
  return count;
}

#endif
