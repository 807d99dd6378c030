#include "checks.h"

static double finish(enum o2m_reduce_op op, const double *v, size_t n) {
  double sum = 0, magnitude = 0, square = 0, product = 1, largest = -INFINITY, least = INFINITY, exponential = 0;
  for (size_t i = 0; i < n; i++) {
    sum += v[i], magnitude += fabs(v[i]), square += v[i] * v[i], product *= v[i];
    largest = v[i] > largest || v[i] != v[i] ? v[i] : largest;
    least = v[i] < least || v[i] != v[i] ? v[i] : least;
  }
  for (size_t i = 0; i < n; i++) exponential += exp(v[i] - largest);
  switch (op) {
    case O2M_REDUCE_SUM: return sum;
    case O2M_REDUCE_MEAN: return sum / (double)n;
    case O2M_REDUCE_MAX: return largest;
    case O2M_REDUCE_MIN: return least;
    case O2M_REDUCE_PROD: return product;
    case O2M_REDUCE_L1: return magnitude;
    case O2M_REDUCE_L2: return sqrt(square);
    case O2M_REDUCE_SUM_SQUARE: return square;
    case O2M_REDUCE_LOG_SUM: return log(sum);
    case O2M_REDUCE_LOG_SUM_EXP: return n ? largest + log(exponential) : -INFINITY;
    default: return NAN;
  }
}

// Dims of a dense tensor with `pad` elements after each innermost run, and the axes to reduce as bits.
static const struct {
  uint32_t rank;
  size_t dims[4];
  size_t pad;
  uint32_t axes;
  int channels_last;  // axis 1 lies innermost
} shapes[] = {
    {1, {9}, 0, 1},
    {1, {1}, 0, 1},
    {1, {0}, 0, 1},
    {2, {3, 17}, 0, 2},
    {2, {3, 17}, 0, 1},
    {2, {3, 33}, 5, 2},
    {2, {33, 3}, 2, 1},
    {3, {2, 300, 9}, 0, 2},
    {3, {2, 5, 7}, 0, 5},
    {4, {2, 3, 4, 5}, 0, 12},
    {4, {2, 3, 4, 5}, 0, 6},
    {4, {2, 3, 4, 5}, 1, 6},
    {4, {2, 3, 4, 5}, 0, 9},
    {4, {2, 3, 4, 5}, 0, 15},
    {4, {2, 3, 4, 5}, 0, 0},
    {2, {2, 5000}, 0, 2},
    {2, {700, 40}, 0, 1},
    {3, {3, 1, 8}, 0, 2},
    {2, {0, 4}, 0, 1},
    {2, {4, 0}, 0, 1},
    {4, {2, 7, 4, 5}, 0, 8, 1},
    {4, {2, 300, 4, 5}, 0, 4, 1},
    {4, {1, 9, 4, 5}, 0, 12, 1},
    {4, {2, 9, 3, 5}, 0, 6, 1},
    {3, {1, 9, 30}, 0, 6, 1},
    {3, {2, 9, 30}, 0, 4, 1},
    {4, {2, 300, 2, 5}, 0, 9, 1},
};

void o2m_check_reduce(struct o2m_check_report *report) {
  for (size_t k = 0; k < sizeof shapes / sizeof shapes[0]; k++) {
    const uint32_t rank = shapes[k].rank;
    ptrdiff_t strides[4];
    size_t extent = 1, kept_count = 1, reduced_count = 1;
    for (uint32_t step = rank; step-- > 0;) {
      const uint32_t i = !shapes[k].channels_last || step == 0 ? step : step == rank - 1 ? 1 : step + 1;
      strides[i] = (ptrdiff_t)extent;
      extent *= shapes[k].dims[i] + (step == rank - 1 ? shapes[k].pad : 0);
      *(shapes[k].axes >> i & 1 ? &reduced_count : &kept_count) *= shapes[k].dims[i];
    }
    float *x = o2m_new_floats(extent), *y = o2m_new_floats(kept_count);
    o2m_fill_noise(x, extent, (uint32_t)k, 3);
    // Magnitudes near 1, so that long products stay in range.
    for (size_t i = 0; i < extent && reduced_count > 100; i++) x[i] = copysignf(1 + 0.03f * x[i], o2m_noise(77, i, 1));
    double *values = malloc((kept_count * reduced_count + 1) * sizeof *values);
    size_t *filled = calloc(kept_count + 1, sizeof *filled);
    for (size_t i = 0; i < kept_count * reduced_count; i++) {
      size_t rest = i, to = 0, stride = 1;
      ptrdiff_t at = 0;
      for (uint32_t d = rank; d-- > 0;) {
        const size_t index = rest % shapes[k].dims[d];
        rest /= shapes[k].dims[d];
        at += (ptrdiff_t)index * strides[d];
        if (shapes[k].axes >> d & 1) continue;
        to += index * stride, stride *= shapes[k].dims[d];
      }
      values[to * reduced_count + filled[to]++] = x[at];
    }
    struct o2m_reduce_plan plan;
    o2m_expect(report, o2m_plan_reduce(&plan, rank, shapes[k].dims, strides, shapes[k].axes) == 0, "plan", k, 0, 0);
    for (int op = 0; op < O2M_REDUCE_COUNT; op++) {
      o2m_f32_reduce((enum o2m_reduce_op)op, &plan, x, y, NULL);
      for (size_t i = 0; i < kept_count; i++) {
        const double *v = values + i * reduced_count, want = finish((enum o2m_reduce_op)op, v, reduced_count);
        const double n = (double)reduced_count, magnitude = finish(O2M_REDUCE_L1, v, reduced_count);
        // A sum is off by at most n half ulps of the sum of magnitudes, one of squares or a product by that of itself.
        double scale = fabs(want);
        if (op == O2M_REDUCE_SUM || op == O2M_REDUCE_L1) scale = magnitude;
        if (op == O2M_REDUCE_MEAN) scale = magnitude / n;
        double tolerance = 0x1p-24 * (n + 4) * scale;
        if (op == O2M_REDUCE_LOG_SUM) {
          tolerance = 0x1p-24 * ((n + 4) * magnitude / fabs(finish(O2M_REDUCE_SUM, v, reduced_count)) + 2 * fabs(want));
        }
        if (op == O2M_REDUCE_LOG_SUM_EXP) tolerance = 0x1p-23 * (n + 8 + fabs(want));
        if (op == O2M_REDUCE_MAX || op == O2M_REDUCE_MIN) tolerance = 0;
        o2m_expect_near(report, y[i], want, isfinite(tolerance) ? tolerance : 0, "reduce", (size_t)op * 1000000 + k * 1000 + i % 1000);
      }
    }
    o2m_expect_guard(report, y, kept_count, "guard");

    int32_t *integers = malloc((extent + 1) * sizeof *integers), *got = malloc((kept_count + 1) * sizeof *got);
    for (size_t i = 0; i < extent; i++) integers[i] = (int32_t)(x[i] * 100);
    static const enum o2m_reduce_op whole[] = {O2M_REDUCE_SUM, O2M_REDUCE_MAX, O2M_REDUCE_MIN, O2M_REDUCE_L1, O2M_REDUCE_SUM_SQUARE};
    for (size_t i = 0; i < kept_count * reduced_count; i++) values[i] = (int32_t)((float)values[i] * 100);
    for (size_t o = 0; o < 5; o++) {
      o2m_expect(report, o2m_reduce(whole[o], O2M_ELEMENT_S32, &plan, integers, got, NULL) == 0, "s32", o, 0, 0);
      for (size_t i = 0; i < kept_count; i++) {
        double want = finish(whole[o], values + i * reduced_count, reduced_count);
        if (want == -INFINITY) want = INT32_MIN;  // of nothing
        if (want == INFINITY) want = INT32_MAX;
        o2m_expect(report, got[i] == want, "s32 reduce", o * 1000 + i, got[i], want);
      }
    }
    o2m_expect(report, o2m_reduce(O2M_REDUCE_L2, O2M_ELEMENT_S32, &plan, integers, got, NULL) == -1, "s32 l2", k, 0, -1);
    free(x), free(y), free(values), free(filled), free(integers), free(got);
  }
  const float tie[6] = {1, 3, 3, NAN, 0, NAN}, ends[4] = {2, 2, -1, -1};
  int64_t at;
  o2m_f32_arg_extreme(0, 0, 1, 3, 1, tie, &at, NULL), o2m_expect(report, at == 1, "argmax first", 0, (double)at, 1);
  o2m_f32_arg_extreme(0, 1, 1, 3, 1, tie, &at, NULL), o2m_expect(report, at == 2, "argmax last", 0, (double)at, 2);
  o2m_f32_arg_extreme(0, 0, 1, 6, 1, tie, &at, NULL), o2m_expect(report, at == 3, "argmax nan", 0, (double)at, 3);
  o2m_f32_arg_extreme(1, 1, 1, 6, 1, tie, &at, NULL), o2m_expect(report, at == 5, "argmin nan last", 0, (double)at, 5);
  int64_t both[2];
  o2m_f32_arg_extreme(1, 0, 1, 2, 2, ends, both, NULL);
  o2m_expect(report, both[0] == 1 && both[1] == 1, "argmin inner", 0, (double)both[0], 1);
}
