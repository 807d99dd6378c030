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
  // What is reduced is taken in the order of memory, in which more of it lies end to end.
  size_t sorted[8];
  ptrdiff_t steps[8];
  uint32_t count = 0;
  for (uint32_t i = 0; i < rank; i++) {
    if (!(axes >> i & 1)) continue;
    uint32_t at = count++;
    for (; at > 0 && steps[at - 1] < strides[i]; at--) sorted[at] = sorted[at - 1], steps[at] = steps[at - 1];
    sorted[at] = dims[i], steps[at] = strides[i];
  }
  return collect(count, sorted, steps, ~0u, plan->reduced, plan->reduced_strides, &plan->reduced_rank, &plan->reduced_count);
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

enum { SHORT = 8 };  // elements that take less time than a call

static float accumulate_short(enum o2m_f32_accumulate kind, size_t n, const float *x) {
  float r = kind == O2M_F32_SUM_ABS ? fabsf(x[0]) : kind == O2M_F32_SUM_SQUARE ? x[0] * x[0] : x[0];
  for (size_t i = 1; i < n; i++) {
    switch (kind) {
      case O2M_F32_MAX: r = r > x[i] || r != r ? r : x[i]; break;
      case O2M_F32_MIN: r = r < x[i] || r != r ? r : x[i]; break;
      case O2M_F32_PROD: r *= x[i]; break;
      case O2M_F32_SUM_ABS: r += fabsf(x[i]); break;
      case O2M_F32_SUM_SQUARE: r += x[i] * x[i]; break;
      default: r += x[i];
    }
  }
  return r;
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
    if (job->op == O2M_REDUCE_LOG_SUM_EXP)
      job->y[i] = log_sum_exp_contiguous(job->set, n, x);
    else if (n > 0 && n <= SHORT)
      job->y[i] = finish(job->op, accumulate_short(accumulation(job->op), n, x), n);
    else
      job->y[i] = finish(job->op, job->set->accumulate[accumulation(job->op)](n, x), n);
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

// The kept dim whose elements are contiguous; kept_rank where there is none.
static uint32_t contiguous_dim(const struct o2m_reduce_plan *plan) {
  uint32_t dim = 0;
  while (dim < plan->kept_rank && plan->kept_strides[dim] != 1) dim++;
  return dim;
}

// The kept dims but `dim`, with the strides of x and of y.
static struct o2m_broadcast_plan other_dims(const struct o2m_reduce_plan *plan, uint32_t dim) {
  struct o2m_broadcast_plan others = {.operands = 2, .rank = plan->kept_rank - 1, .count = plan->kept_count / plan->kept[dim]};
  ptrdiff_t step = 1;
  for (uint32_t i = plan->kept_rank; i-- > 0; step *= (ptrdiff_t)plan->kept[i]) {
    if (i == dim) continue;
    const uint32_t at = i - (i > dim);
    others.dims[at] = plan->kept[i], others.strides[0][at] = plan->kept_strides[i], others.strides[1][at] = step;
  }
  return others;
}

// Reduced elements are rows, and kept ones contiguous along a dim that is not the last of the output: runs of it go through a block.
static void turned_task(void *context, size_t begin, size_t end, uint32_t worker) {
  enum { BLOCK = 256 };
  const struct job *job = context;
  const struct o2m_reduce_plan *plan = job->plan;
  const uint32_t dim = contiguous_dim(plan);
  const struct o2m_broadcast_plan others = other_dims(plan, dim);
  void (*const kernel)(size_t, size_t, const float *, ptrdiff_t, float *) = job->set->accumulate_rows[accumulation(job->op)];
  size_t step = 1;
  for (uint32_t i = dim + 1; i < plan->kept_rank; i++) step *= plan->kept[i];
  (void)worker;
  struct o2m_walk walk;
  o2m_walk_start(&walk, &others, 0, begin);
  for (size_t i = begin; i < end; i++, o2m_walk_next(&walk)) {
    const float *x = job->x + walk.offset[0];
    float *y = job->y + walk.offset[1], block[BLOCK];
    for (size_t first = 0; first < plan->kept[dim]; first += BLOCK) {
      const size_t count = plan->kept[dim] - first < BLOCK ? plan->kept[dim] - first : BLOCK;
      kernel(plan->reduced_count, count, x + first, plan->reduced_strides[0], block);
      for (size_t k = 0; k < count; k++) y[(first + k) * step] = finish(job->op, block[k], plan->reduced_count);
    }
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
  } else if (op != O2M_REDUCE_LOG_SUM_EXP && plan->reduced_rank == 1 && contiguous_dim(plan) < plan->kept_rank) {
    const size_t run = plan->kept[contiguous_dim(plan)];
    o2m_pool_run(pool, plan->kept_count / run, o2m_grain(n * run), turned_task, &job);
  } else {
    o2m_pool_run(pool, plan->kept_count, o2m_grain(n), strided_task, &job);
  }
}
