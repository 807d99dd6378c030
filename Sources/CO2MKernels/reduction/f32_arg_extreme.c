#include "o2m_reduce.h"
#include "pieces.h"

struct job {
  int minimum, last;
  size_t n, inner;
  const float *x;
  int64_t *y;
};

static void extreme_task(void *context, size_t begin, size_t end, uint32_t worker) {
  const struct job *job = context;
  (void)worker;
  for (size_t i = begin; i < end; i++) {
    const float *x = job->x + i / job->inner * job->n * job->inner + i % job->inner;
    float best = x[0];
    size_t at = 0;
    for (size_t k = 1; k < job->n; k++) {
      const float v = x[k * job->inner];
      const int better = best == best && (v != v || (job->minimum ? v < best : v > best));
      const int equal = v == best || (v != v && best != best);
      if (better || (job->last && equal)) best = v, at = k;
    }
    job->y[i] = (int64_t)at;
  }
}

void o2m_f32_arg_extreme(int minimum, int last, size_t outer, size_t n, size_t inner, const float *x, int64_t *y, o2m_pool *pool) {
  const struct job job = {minimum, last, n, inner, x, y};
  o2m_pool_run(pool, outer * inner, o2m_grain(n), extreme_task, (void *)&job);
}
