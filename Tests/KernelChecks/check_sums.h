// The bound of a sum of products, and activations in double precision.
//
// A sum of k products of float32, in any order and with or without FMA, is off by at most about
// (k + 4) * epsilon * (sum of |x * w| + |bias| + |residual|); the activation multiplies that by its steepest slope and adds
// some roundings of its own, of values no larger than its argument and result.
#ifndef O2M_CHECK_SUMS_H
#define O2M_CHECK_SUMS_H

#include <float.h>
#include <string.h>

#include "check_buffers.h"
#include "o2m_conv.h"
#include "o2m_kernel_checks.h"

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

static inline void compare(struct o2m_check *check, size_t index, double sum, double magnitude, size_t k, float got,
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

static inline struct o2m_activation some_activation(struct random *r) {
  struct o2m_activation a = {(uint32_t)below(r, 11), 0, 0};
  if (a.kind == O2M_ACT_CLIP) a.a = -0.5f, a.b = 0.75f;
  if (a.kind == O2M_ACT_LEAKY_RELU) a.a = 0.1f;
  if (a.kind == O2M_ACT_HARD_SIGMOID) a.a = 0.2f, a.b = 0.5f;
  if (a.kind == O2M_ACT_HARD_SWISH) a.a = 1 / 6.0f, a.b = 0.5f;
  return a;
}

struct o2m_check o2m_check_matmul(struct random *r, uint32_t without);
struct o2m_check o2m_check_expand_dwconv(struct random *r, uint32_t without);
struct o2m_check o2m_check_attention(struct random *r, uint32_t without);

#endif
