#include <math.h>

#include "elementwise/broadcast.h"
#include "f32_reduce.h"
#include "pieces.h"
#include "reduce.h"

// Merges the chosen dims where they lie end to end. Order is kept.
static int collect(uint32_t rank, const size_t *dims, const ptrdiff_t *strides, uint32_t axes, size_t *merged, ptrdiff_t *steps,
                   uint32_t *count, size_t *total) {
  *count = 0;
  *total = 1;
  for (uint32_t i = 0; i < rank; i++) {
    if (!(axes >> i & 1)) continue;
    if (__builtin_mul_overflow(*total, dims[i], total)) return -1;
    if (dims[i] == 1) continue;
    if (*count > 0 && steps[*count - 1] == strides[i] * (ptrdiff_t)dims[i]) {
      merged[*count - 1] *= dims[i];
      steps[*count - 1] = strides[i];
    } else {
      merged[*count] = dims[i];
      steps[(*count)++] = strides[i];
    }
  }
  return 0;
}

int o2m_plan_reduce(struct o2m_reduce_plan *plan, uint32_t rank, const size_t *dims, const ptrdiff_t *strides, uint32_t axes) {
  if (rank > 8) return -1;
  *plan = (struct o2m_reduce_plan){0};
  if (collect(rank, dims, strides, ~axes, plan->kept, plan->kept_strides, &plan->kept_rank, &plan->kept_count)) return -1;
  return collect(rank, dims, strides, axes, plan->reduced, plan->reduced_strides, &plan->reduced_rank, &plan->reduced_count);
}

void o2m_reduce_walks(const struct o2m_reduce_plan *plan, struct o2m_broadcast_plan *kept, struct o2m_broadcast_plan *reduced) {
  *kept = (struct o2m_broadcast_plan){.operands = 1, .rank = plan->kept_rank, .count = plan->kept_count};
  *reduced = (struct o2m_broadcast_plan){.operands = 1, .rank = plan->reduced_rank, .count = plan->reduced_count};
  for (uint32_t i = 0; i < 8; i++) {
    kept->dims[i] = plan->kept[i], kept->strides[0][i] = plan->kept_strides[i];
    reduced->dims[i] = plan->reduced[i], reduced->strides[0][i] = plan->reduced_strides[i];
  }
}

// What each operator accumulates, and what is done with the result.

static enum o2m_f32_accumulate accumulation(enum o2m_reduce_op op) {
  switch (op) {
    case O2M_REDUCE_MAX: return O2M_F32_MAX;
    case O2M_REDUCE_MIN: return O2M_F32_MIN;
    case O2M_REDUCE_PROD: return O2M_F32_PROD;
    case O2M_REDUCE_L1: return O2M_F32_SUM_ABS;
    case O2M_REDUCE_L2:
    case O2M_REDUCE_SUM_SQUARE: return O2M_F32_SUM_SQUARE;
    default: return O2M_F32_SUM;
  }
}

static float finish(enum o2m_reduce_op op, float sum, size_t n) {
  switch (op) {
    case O2M_REDUCE_MEAN: return sum / (float)n;
    case O2M_REDUCE_L2: return sqrtf(sum);
    case O2M_REDUCE_LOG_SUM: return logf(sum);
    default: return sum;
  }
}

struct job {
  const struct o2m_f32_reduce_kernels *set;
  const struct o2m_reduce_plan *plan;
  struct o2m_broadcast_plan kept, reduced;
  enum o2m_reduce_op op;
  const float *x;
  float *y;
};

static float log_sum_exp_contiguous(const struct o2m_f32_reduce_kernels *set, size_t n, const float *x) {
  const float largest = set->accumulate[O2M_F32_MAX](n, x);
  return n == 0 || fabsf(largest) == INFINITY ? largest : largest + logf(set->sum_exp(n, x, largest));
}

// Reduced elements are contiguous: one kernel call per output element.
static void contiguous_task(void *context, size_t begin, size_t end, uint32_t worker) {
  const struct job *job = context;
  const size_t n = job->plan->reduced_count;
  (void)worker;
  struct o2m_walk walk;
  o2m_walk_start(&walk, &job->kept, 0, begin);
  for (size_t i = begin; i < end; i++, o2m_walk_next(&walk)) {
    const float *x = job->x + walk.offset[0];
    job->y[i] = job->op == O2M_REDUCE_LOG_SUM_EXP ? log_sum_exp_contiguous(job->set, n, x)
                                                  : finish(job->op, job->set->accumulate[accumulation(job->op)](n, x), n);
  }
}

// Kept elements are contiguous inside, reduced ones are rows: one kernel call per run of kept elements, or per part of the only
// run.
static void rows_task(void *context, size_t begin, size_t end, uint32_t worker) {
  const struct job *job = context;
  const size_t n = job->plan->reduced_count, inner = job->plan->kept[job->plan->kept_rank - 1];
  const ptrdiff_t row = job->plan->reduced_rank > 0 ? job->plan->reduced_strides[0] : 0;
  void (*const kernel)(size_t, size_t, const float *, ptrdiff_t, float *) = job->set->accumulate_rows[accumulation(job->op)];
  (void)worker;
  if (job->plan->kept_rank == 1) {
    kernel(n, end - begin, job->x + begin, row, job->y + begin);
    for (size_t i = begin; i < end; i++) job->y[i] = finish(job->op, job->y[i], n);
    return;
  }
  struct o2m_walk walk;
  o2m_walk_start(&walk, &job->kept, 1, begin);
  for (size_t i = begin; i < end; i++, o2m_walk_next(&walk)) {
    float *y = job->y + i * inner;
    kernel(n, inner, job->x + walk.offset[0], row, y);
    for (size_t k = 0; k < inner; k++) y[k] = finish(job->op, y[k], n);
  }
}

// Any strides: gathered into a block on the stack, block by block.
static void strided_task(void *context, size_t begin, size_t end, uint32_t worker) {
  enum { BLOCK = 256 };
  const struct job *job = context;
  const size_t n = job->plan->reduced_count;
  const int exponential = job->op == O2M_REDUCE_LOG_SUM_EXP;
  (void)worker;
  struct o2m_walk outer;
  o2m_walk_start(&outer, &job->kept, 0, begin);
  for (size_t i = begin; i < end; i++, o2m_walk_next(&outer)) {
    const float *x = job->x + outer.offset[0];
    float largest = -INFINITY, total = 0;
    for (int round = exponential ? 0 : 1; round < 2; round++) {  // the first round finds the maximum
      const enum o2m_f32_accumulate kind = round == 0 ? O2M_F32_MAX : accumulation(job->op);
      struct o2m_walk inner;
      o2m_walk_start(&inner, &job->reduced, 0, 0);
      float block[BLOCK], result = job->set->accumulate[kind](0, block);
      for (size_t done = 0; done < n;) {
        size_t filled = 0;
        for (; filled < BLOCK && done < n; filled++, done++, o2m_walk_next(&inner)) block[filled] = x[inner.offset[0]];
        const float part =
            exponential && round == 1 ? job->set->sum_exp(filled, block, largest) : job->set->accumulate[kind](filled, block);
        float pair[2] = {result, part};
        result = job->set->accumulate[kind == O2M_F32_SUM_ABS || kind == O2M_F32_SUM_SQUARE ? O2M_F32_SUM : kind](2, pair);
      }
      if (round == 0)
        largest = result;
      else
        total = result;
    }
    if (!exponential)
      job->y[i] = finish(job->op, total, n);
    else
      job->y[i] = fabsf(largest) == INFINITY ? largest : largest + logf(total);
  }
}

void o2m_f32_reduce(enum o2m_reduce_op op, const struct o2m_reduce_plan *plan, const float *x, float *y, o2m_pool *pool) {
  if (plan->kept_count == 0) return;
  struct job job = {.set = o2m_f32_reduce_kernels(), .plan = plan, .op = op, .x = x, .y = y};
  o2m_reduce_walks(plan, &job.kept, &job.reduced);
  const size_t n = plan->reduced_count;
  const int inner_kept = plan->kept_rank > 0 && plan->kept_strides[plan->kept_rank - 1] == 1;
  if (n == 0 || plan->reduced_rank == 0 || (plan->reduced_rank == 1 && plan->reduced_strides[0] == 1)) {
    o2m_pool_run(pool, plan->kept_count, o2m_grain(n), contiguous_task, &job);
  } else if (op != O2M_REDUCE_LOG_SUM_EXP && plan->reduced_rank == 1 && inner_kept) {
    const size_t inner = plan->kept[plan->kept_rank - 1];
    if (plan->kept_rank == 1)
      o2m_pool_run(pool, inner, o2m_grain(n) < 16 ? 16 : o2m_grain(n), rows_task, &job);
    else
      o2m_pool_run(pool, plan->kept_count / inner, o2m_grain(n * inner), rows_task, &job);
  } else {
    o2m_pool_run(pool, plan->kept_count, o2m_grain(n), strided_task, &job);
  }
}
