// Reductions of the other element types: one loop by macro, accumulating in the widest type of the kind.
#include "reduce.h"

#include <math.h>

#include "pieces.h"

struct job {
  const struct o2m_reduce_plan *plan;
  struct o2m_broadcast_plan kept, reduced;
  enum o2m_reduce_op op;
  const void *x;
  void *y;
};

// `wide` is uint64_t for integers, so that sums wrap; `ratio` is the type in which a mean is divided; `lowest` and `highest`
// are the neutral elements of MAX and MIN.
#define REDUCE_TASK(type, wide, ratio, lowest, highest)                                                     \
  static void reduce_##type(void *context, size_t begin, size_t end, uint32_t worker) {                     \
    const struct job *job = context;                                                                        \
    const size_t n = job->plan->reduced_count;                                                              \
    (void)worker;                                                                                           \
    struct o2m_walk outer;                                                                                  \
    o2m_walk_start(&outer, &job->kept, 0, begin);                                                           \
    for (size_t i = begin; i < end; i++, o2m_walk_next(&outer)) {                                           \
      const type *x = (const type *)job->x + outer.offset[0];                                               \
      type extreme = job->op == O2M_REDUCE_MIN ? highest : lowest;                                          \
      wide sum = job->op == O2M_REDUCE_PROD ? 1 : 0;                                                        \
      struct o2m_walk inner;                                                                                \
      o2m_walk_start(&inner, &job->reduced, 0, 0);                                                          \
      for (size_t k = 0; k < n; k++, o2m_walk_next(&inner)) {                                               \
        const type v = x[inner.offset[0]];                                                                  \
        switch (job->op) {                                                                                  \
          case O2M_REDUCE_MAX: extreme = v > extreme || v != v ? v : extreme; break;                        \
          case O2M_REDUCE_MIN: extreme = v < extreme || v != v ? v : extreme; break;                        \
          case O2M_REDUCE_PROD: sum *= (wide)v; break;                                                      \
          case O2M_REDUCE_L1: sum += v < (type)0 ? (wide)0 - (wide)v : (wide)v; break;                      \
          case O2M_REDUCE_L2:                                                                               \
          case O2M_REDUCE_SUM_SQUARE: sum += (wide)v * (wide)v; break;                                      \
          default: sum += (wide)v; break;                                                                   \
        }                                                                                                   \
      }                                                                                                     \
      if (job->op == O2M_REDUCE_MEAN)                                                                       \
        ((type *)job->y)[i] = (type)((ratio)sum / (ratio)n);                                                \
      else                                                                                                  \
        ((type *)job->y)[i] = job->op == O2M_REDUCE_MAX || job->op == O2M_REDUCE_MIN ? extreme : (type)sum; \
    }                                                                                                       \
  }
typedef double float64_t;
REDUCE_TASK(uint8_t, uint64_t, int64_t, 0, UINT8_MAX)
REDUCE_TASK(int8_t, uint64_t, int64_t, INT8_MIN, INT8_MAX)
REDUCE_TASK(int32_t, uint64_t, int64_t, INT32_MIN, INT32_MAX)
REDUCE_TASK(int64_t, uint64_t, int64_t, INT64_MIN, INT64_MAX)
REDUCE_TASK(uint32_t, uint64_t, int64_t, 0, UINT32_MAX)
REDUCE_TASK(uint64_t, uint64_t, uint64_t, 0, UINT64_MAX)
REDUCE_TASK(float64_t, double, double, -INFINITY, INFINITY)

// What the integers do not have is a step after the sum.
static void finish_f64(enum o2m_reduce_op op, size_t count, double *y) {
  for (size_t i = 0; i < count; i++) {
    if (op == O2M_REDUCE_L2) y[i] = sqrt(y[i]);
    if (op == O2M_REDUCE_LOG_SUM) y[i] = log(y[i]);
  }
}

int o2m_reduce(enum o2m_reduce_op op, enum o2m_element element, const struct o2m_reduce_plan *plan, const void *x, void *y,
               o2m_pool *pool) {
  struct job job = {.plan = plan, .op = op, .x = x, .y = y};
  const int logarithmic = op == O2M_REDUCE_LOG_SUM || op == O2M_REDUCE_L2;
  o2m_task task;
  switch (element) {
    case O2M_ELEMENT_BOOL:
      if (op != O2M_REDUCE_MIN && op != O2M_REDUCE_MAX) return -1;
      task = reduce_uint8_t;
      break;
    case O2M_ELEMENT_U8: task = reduce_uint8_t; break;
    case O2M_ELEMENT_S8: task = reduce_int8_t; break;
    case O2M_ELEMENT_S32: task = reduce_int32_t; break;
    case O2M_ELEMENT_S64: task = reduce_int64_t; break;
    case O2M_ELEMENT_U32: task = reduce_uint32_t; break;
    case O2M_ELEMENT_U64: task = reduce_uint64_t; break;
    case O2M_ELEMENT_F64: task = reduce_float64_t; break;
    default: return -1;
  }
  if (op >= O2M_REDUCE_LOG_SUM_EXP || (logarithmic && element != O2M_ELEMENT_F64)) return -1;
  if (op == O2M_REDUCE_MEAN && plan->reduced_count == 0 && element != O2M_ELEMENT_F64) return -1;
  o2m_reduce_walks(plan, &job.kept, &job.reduced);
  o2m_pool_run(pool, plan->kept_count, o2m_grain(plan->reduced_count), task, &job);
  if (logarithmic) finish_f64(op, plan->kept_count, y);
  return 0;
}
