#include "o2m_unary.h"

#include "f32_elementwise.h"
#include "pieces.h"

const char *o2m_f32_unary_name(enum o2m_f32_unary_op op) {
  static const char *const names[] = {
#define O2M_F32_UNARY(op, OP) #op,
#include "o2m_f32_unary.inc"
#undef O2M_F32_UNARY
  };
  return (uint32_t)op < O2M_F32_UNARY_COUNT ? names[op] : "?";
}

// Rows of channels; a piece is some of the rows, or some of the one row there is.
struct job {
  o2m_f32_unary_kernel *unary;
  o2m_f32_binary_kernel *prelu;
  const struct o2m_f32_unary_params *params;
  const struct o2m_f32_unary_kernels *set;
  size_t rows, channels, x_pitch, y_pitch;
  const float *x, *scale, *bias;
  float *y;
};

// Rows without gaps are one long row, unless there is something per channel.
static void join_rows(struct job *job) {
  if (job->rows > 1 && job->x_pitch == job->channels && job->y_pitch == job->channels) {
    job->channels *= job->rows;
    job->rows = 1;
  }
}

static void run(const struct job *job, o2m_task task, o2m_pool *pool) {
  if (job->rows == 0 || job->channels == 0) return;
  if (job->rows == 1)
    o2m_pool_run(pool, job->channels, O2M_PIECE, task, (void *)job);
  else
    o2m_pool_run(pool, job->rows, o2m_grain(job->channels), task, (void *)job);
}

static void unary_task(void *context, size_t begin, size_t end, uint32_t worker) {
  const struct job *job = context;
  (void)worker;
  if (job->rows == 1)
    job->unary(1, end - begin, job->x + begin, 0, job->y + begin, 0, job->params);
  else
    job->unary(end - begin, job->channels, job->x + begin * job->x_pitch, job->x_pitch, job->y + begin * job->y_pitch, job->y_pitch,
               job->params);
}

void o2m_f32_unary(const struct o2m_f32_unary_params *params, size_t rows, size_t channels, const float *x, size_t x_pitch, float *y,
                   size_t y_pitch, o2m_pool *pool) {
  struct job job = {.unary = o2m_f32_unary_kernels()->unary[params->op],
                    .params = params,
                    .rows = rows,
                    .channels = channels,
                    .x_pitch = x_pitch,
                    .y_pitch = y_pitch,
                    .x = x,
                    .y = y};
  join_rows(&job);
  run(&job, unary_task, pool);
}

static void affine_task(void *context, size_t begin, size_t end, uint32_t worker) {
  const struct job *job = context;
  (void)worker;
  if (job->rows == 1) {
    job->set->affine(1, end - begin, job->x + begin, 0, job->scale ? job->scale + begin : NULL, job->bias ? job->bias + begin : NULL,
                     job->y + begin, 0);
  } else {
    job->set->affine(end - begin, job->channels, job->x + begin * job->x_pitch, job->x_pitch, job->scale, job->bias,
                     job->y + begin * job->y_pitch, job->y_pitch);
  }
}

void o2m_f32_affine(size_t rows, size_t channels, const float *x, size_t x_pitch, const float *scale, const float *bias, float *y,
                    size_t y_pitch, o2m_pool *pool) {
  const struct job job = {.set = o2m_f32_unary_kernels(),
                          .rows = rows,
                          .channels = channels,
                          .x_pitch = x_pitch,
                          .y_pitch = y_pitch,
                          .x = x,
                          .scale = scale,
                          .bias = bias,
                          .y = y};
  run(&job, affine_task, pool);
}

static void prelu_task(void *context, size_t begin, size_t end, uint32_t worker) {
  const struct job *job = context;
  (void)worker;
  if (job->rows == 1)
    job->prelu(1, end - begin, job->x + begin, 0, job->scale + begin, 0, job->y + begin, 0);
  else
    job->prelu(end - begin, job->channels, job->x + begin * job->x_pitch, (ptrdiff_t)job->x_pitch, job->scale, 0,
               job->y + begin * job->y_pitch, (ptrdiff_t)job->y_pitch);
}

void o2m_f32_prelu(size_t rows, size_t channels, const float *x, size_t x_pitch, const float *slope, float *y, size_t y_pitch,
                   o2m_pool *pool) {
  const struct job job = {.prelu = o2m_f32_binary_kernels()->binary[O2M_F32_BINARY_PRELU][O2M_FORM_VV],
                          .rows = rows,
                          .channels = channels,
                          .x_pitch = x_pitch,
                          .y_pitch = y_pitch,
                          .x = x,
                          .scale = slope,
                          .y = y};
  run(&job, prelu_task, pool);
}
