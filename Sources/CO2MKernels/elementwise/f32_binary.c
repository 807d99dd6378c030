#include <math.h>

#include "broadcast.h"
#include "f32_elementwise.h"
#include "pieces.h"

struct job {
  const struct o2m_broadcast_plan *plan;
  o2m_f32_binary_kernel *kernel;
  enum o2m_binary_op op;
  // The inner loop covers the last dim, or the last two as rows.
  uint32_t inner_dims;
  size_t rows, n;
  ptrdiff_t row[3];
  const float *x, *y;
  float *z;
};

static void rows_task(void *context, size_t begin, size_t end, uint32_t worker) {
  const struct job *job = context;
  (void)worker;
  struct o2m_walk walk;
  o2m_walk_start(&walk, job->plan, job->inner_dims, begin);
  for (size_t i = begin; i < end; i++, o2m_walk_next(&walk)) {
    job->kernel(job->rows, job->n, job->x + walk.offset[1], job->row[1], job->y + walk.offset[2], job->row[2], job->z + walk.offset[0],
                job->row[0]);
  }
}

// The outermost dim is cut where the inner loop covers the whole plan.
static void only_rows_task(void *context, size_t begin, size_t end, uint32_t worker) {
  const struct job *job = context;
  (void)worker;
  const ptrdiff_t at = (ptrdiff_t)begin;
  job->kernel(end - begin, job->n, job->x + at * job->row[1], job->row[1], job->y + at * job->row[2], job->row[2],
              job->z + at * job->row[0], job->row[0]);
}

static void one_row_task(void *context, size_t begin, size_t end, uint32_t worker) {
  const struct job *job = context;
  (void)worker;
  const ptrdiff_t at = (ptrdiff_t)begin;
  job->kernel(1, end - begin, job->x + at * job->plan->strides[1][0], 0, job->y + at * job->plan->strides[2][0], 0, job->z + at, 0);
}

// Any strides, one element at a time; a vector of one lane is still the vector kernel, so the bits are the same.
static void element_task(void *context, size_t begin, size_t end, uint32_t worker) {
  const struct job *job = context;
  const uint32_t last = job->plan->rank - 1;
  (void)worker;
  struct o2m_walk walk;
  o2m_walk_start(&walk, job->plan, 1, begin);
  for (size_t i = begin; i < end; i++, o2m_walk_next(&walk)) {
    const float *x = job->x + walk.offset[1], *y = job->y + walk.offset[2];
    float *z = job->z + walk.offset[0];
    if (job->kernel) {
      job->kernel(job->n, 1, x, job->plan->strides[1][last], y, job->plan->strides[2][last], z, job->plan->strides[0][last]);
    } else {
      for (size_t j = 0; j < job->n;
           j++, x += job->plan->strides[1][last], y += job->plan->strides[2][last], z += job->plan->strides[0][last]) {
        *z = powf(*x, *y);
      }
    }
  }
}

int o2m_f32_binary(enum o2m_binary_op op, const struct o2m_broadcast_plan *plan, const float *x, const float *y, float *z, o2m_pool *pool) {
  const int vector = (uint32_t)op < O2M_F32_BINARY_COUNT;
  if (!vector && op != O2M_BINARY_POW) return o2m_binary(op, O2M_ELEMENT_F32, plan, x, y, z, pool);
  if (plan->count == 0) return 0;
  const uint32_t last = plan->rank - 1;
  struct job job = {.plan = plan, .op = op, .inner_dims = 1, .rows = 1, .n = plan->dims[last], .x = x, .y = y, .z = z};
  const ptrdiff_t sz = plan->strides[0][last], sx = plan->strides[1][last], sy = plan->strides[2][last];
  const size_t outer = plan->count / job.n;

  const int unit = sz == 1 && (sx == 1 || sx == 0) && (sy == 1 || sy == 0) && (sx || sy);
  if (!vector || (!unit && job.n > 1)) {
    if (vector) job.kernel = o2m_f32_binary_kernels()->binary[op][O2M_FORM_VV];
    o2m_pool_run(pool, outer, o2m_grain(job.n), element_task, &job);
    return 0;
  }
  const enum o2m_form form = job.n == 1 || (sx && sy) ? O2M_FORM_VV : sx ? O2M_FORM_VS : O2M_FORM_SV;
  job.kernel = o2m_f32_binary_kernels()->binary[op][form];
  if (plan->rank == 1) {
    o2m_pool_run(pool, job.n, O2M_PIECE, one_row_task, &job);
    return 0;
  }
  job.inner_dims = 2;
  job.rows = plan->dims[last - 1];
  for (int k = 0; k < 3; k++) job.row[k] = plan->strides[k][last - 1];
  if (plan->rank == 2)
    o2m_pool_run(pool, job.rows, o2m_grain(job.n), only_rows_task, &job);
  else
    o2m_pool_run(pool, outer / job.rows, o2m_grain(job.rows * job.n), rows_task, &job);
  return 0;
}
