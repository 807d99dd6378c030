#include <math.h>

#include "o2m_math.h"
#include "sums.h"

// One rounding for each operation, as in the plain reference.
#pragma STDC FP_CONTRACT OFF

static double unit(double x) { return x < 0 ? 0 : x > 1 ? 1 : x; }

static double logistic(double x) {
  if (x >= 0) return 1 / (1 + o2m_exp(-x));
  const double e = o2m_exp(x);
  return e / (1 + e);
}

static void activate(const struct o2m_reference_product *p, size_t n, double *s) {
  const double a = p->a, b = p->b;
  switch (p->activation) {
    case O2M_REFERENCE_NONE: break;
    case O2M_REFERENCE_RELU:
      for (size_t i = 0; i < n; i++) s[i] = s[i] < 0 ? 0 : s[i];
      break;
    case O2M_REFERENCE_CLIP:
      for (size_t i = 0; i < n; i++) s[i] = s[i] < a ? a : s[i] > b ? b : s[i];
      break;
    case O2M_REFERENCE_LEAKY_RELU:
      for (size_t i = 0; i < n; i++) s[i] = s[i] < 0 ? a * s[i] : s[i];
      break;
    case O2M_REFERENCE_HARD_SIGMOID:
      for (size_t i = 0; i < n; i++) s[i] = unit(a * s[i] + b);
      break;
    case O2M_REFERENCE_HARD_SWISH:
      for (size_t i = 0; i < n; i++) s[i] = s[i] * unit(a * s[i] + b);
      break;
    case O2M_REFERENCE_SIGMOID:
      for (size_t i = 0; i < n; i++) s[i] = logistic(s[i]);
      break;
    case O2M_REFERENCE_SILU:
      for (size_t i = 0; i < n; i++) s[i] = s[i] * logistic(s[i]);
      break;
    case O2M_REFERENCE_TANH:
      for (size_t i = 0; i < n; i++) s[i] = o2m_tanh(s[i]);
      break;
    case O2M_REFERENCE_GELU:
      for (size_t i = 0; i < n; i++) s[i] = 0.5 * s[i] * (1 + o2m_erf(s[i] * 0.7071067811865476));
      break;
    case O2M_REFERENCE_GELU_TANH:
      for (size_t i = 0; i < n; i++) s[i] = 0.5 * s[i] * (1 + o2m_tanh(0.7978845608028654 * (s[i] + 0.044715 * s[i] * s[i] * s[i])));
      break;
  }
}

// Columns [column, column + n) of a line, whose first sum is s[0] and whose column 0 goes to `target`.
static void finish_line(const struct o2m_reference_product *p, size_t row, size_t column, size_t n, size_t target, double *s) {
  const size_t step = p->y_steps[2], to = target + column * step;
  if (p->alpha != 1) {
    for (size_t i = 0; i < n; i++) s[i] = p->alpha * s[i];
  }
  if (p->bias) {
    const float *bias = p->bias + row * p->bias_row + column * p->bias_step;
    if (p->bias_step == 0) {
      const double summand = p->beta * *bias;
      for (size_t i = 0; i < n; i++) s[i] = s[i] + summand;
    } else {
      for (size_t i = 0; i < n; i++) s[i] = s[i] + p->beta * bias[i * p->bias_step];
    }
  }
  if (p->residual) {
    for (size_t i = 0; i < n; i++) s[i] = s[i] + p->residual[to + i * step];
  }
  activate(p, n, s);
  if (p->y_wide) {
    for (size_t i = 0; i < n; i++) p->y_wide[to + i * step] = s[i];
  } else if (step == 1) {
    for (size_t i = 0; i < n; i++) p->y[to + i] = (float)s[i];
  } else {
    for (size_t i = 0; i < n; i++) p->y[to + i * step] = (float)s[i];
  }
}

void o2m_reference_finish(const struct o2m_reference_product *p, size_t row, size_t position, size_t count, double *sums) {
  const size_t end = position + count;
  for (size_t plane = position / p->pitch[0]; plane < p->extents[0] && plane * p->pitch[0] < end; plane++) {
    const size_t start = plane * p->pitch[0], skipped = position > start ? (position - start) / p->pitch[1] : 0;
    for (size_t line = skipped; line < p->extents[1] && start + line * p->pitch[1] < end; line++) {
      const size_t first = start + line * p->pitch[1], column = position > first ? position - first : 0;
      const size_t last = end - first < p->extents[2] ? end - first : p->extents[2];
      if (column >= last) continue;
      finish_line(p, row, column, last - column, row * p->y_row + plane * p->y_steps[0] + line * p->y_steps[1],
                  sums + (first + column - position));
    }
  }
}
