// y = act(conv(x, w) + bias + residual)            ONNX Conv-11, Gemm-13
//
// An implicit matrix product: a row per output pixel, a column per output channel; row pointers stand for the matrix
// that would otherwise be copied together. A product by a constant matrix is the 1x1 convolution over a line of pixels.
#include <string.h>

#include "f32_conv_plan.h"
#include "matrix_products/f32_gemv.h"

enum { ACTIVE_TILES = 4 };  // that an activation takes at a time: fewer calls, and still in the first-level cache

struct job {
  const struct o2m_conv_plan *plan;
  const struct o2m_f32_conv *conv;
  const float *x, *residual;
  float *y;
  char *scratch;
};

// One panel over one block.
static void run_panel(const struct job *job, size_t panel, size_t first, size_t count, size_t channel, size_t columns,
                      const float *const *rows, float *wide, const float *narrow) {
  const struct o2m_conv_plan *p = job->plan;
  const struct o2m_f32_conv *c = job->conv;
  const size_t size = o2m_weights_size(c->weights.type), step = p->isa->rows;
  const void *w = (const char *)c->weights.data + panel * p->k * O2M_PANEL * size;
  uint32_t type = c->weights.type;
  if (c->weights.type != O2M_WEIGHTS_F32 && count > 2 * step && !p->dot) {  // else widening in registers is cheaper
    p->isa->widen[c->weights.type](p->k * O2M_PANEL, w, wide);
    w = wide;
    type = O2M_WEIGHTS_F32;
  }
  struct o2m_f32_epilogue e;
  o2m_f32_epilogue_set(&e, &c->activation);
  e.scale = c->weights.scale ? c->weights.scale + panel * O2M_PANEL : o2m_f32_ones;
  e.bias = c->weights.bias ? c->weights.bias + panel * O2M_PANEL : o2m_f32_zeros;
  e.residual = job->residual ? job->residual + first * c->residual_pitch + channel : NULL;
  e.residual_pitch = c->residual_pitch;
  e.y_pitch = c->y_pitch;
  float *y = job->y + first * c->y_pitch + channel;
  size_t active = 0;  // rows that went through the activation
  for (size_t i = 0; i < count; i += step, rows += step * p->taps) {
    const size_t height = count - i < step ? count - i : step;
    if (p->dot)
      p->isa->dot(height, columns, p->taps, p->depth, rows, narrow, p->k, &e, y + i * c->y_pitch);
    else
      o2m_f32_gemm_columns(p->isa, type, height, columns, p->taps, p->depth, rows, w, &e, y + i * c->y_pitch);
    const size_t end = i + height;
    if (c->activation.kind > O2M_ACT_HARD_SWISH && (end == count || end - active >= ACTIVE_TILES * step)) {
      p->isa->activate(c->activation.kind, end - active, columns, c->y_pitch, y + active * c->y_pitch);
      active = end;
    }
    if (e.residual) e.residual += step * c->residual_pitch;
  }
}

static const size_t NOTHING = (size_t)-1;

// What a worker's scratch holds at the moment.
struct current {
  size_t rows;    // the block and group whose pointers
  size_t narrow;  // the group whose weights side by side
};

// The weights of a group for dot products.
static void unpack(const struct job *job, size_t group, float *wide, float *narrow) {
  const struct o2m_conv_plan *p = job->plan;
  const struct o2m_weights *weights = &job->conv->weights;
  const void *w = (const char *)weights->data + group * p->k * O2M_PANEL * o2m_weights_size(weights->type);
  if (weights->type != O2M_WEIGHTS_F32) {
    p->isa->widen[weights->type](p->k * O2M_PANEL, w, wide);
    w = wide;
  }
  o2m_f32_gemm_unpack(p->outputs, p->k, w, narrow);
}

// The rows stay from one call to the next: a worker takes its share of a run in several pieces.
static void run_items(void *context, size_t begin, size_t end, uint32_t worker) {
  const struct job *job = context;
  const struct o2m_conv_plan *p = job->plan;
  char *mine = job->scratch + worker * p->worker_bytes;
  const float **rows = (const float **)mine;
  float *wide = (float *)(mine + p->wide_at), *narrow = (float *)(mine + p->narrow_at), *zero = (float *)(mine + p->zero_at);
  struct current *current = (struct current *)(mine + p->current_at);
  if (current->rows == NOTHING) memset(zero, 0, p->gather_at - p->zero_at);
  const size_t groups = job->conv->groups;
  for (size_t item = begin; item < end; item++) {
    const size_t panel = item % (groups * p->panels), group = panel / p->panels;
    const size_t first = item / (groups * p->panels) * p->block;
    const size_t count = p->pixels - first < p->block ? p->pixels - first : p->block;
    const size_t wanted = item / p->panels;  // block and group
    if (wanted != current->rows) {
      if (!p->gather && current->rows < wanted && current->rows / groups == wanted / groups)
        o2m_conv_move_rows(p, count, wanted - current->rows, rows);
      else
        o2m_conv_rows(p, job->conv, job->x, group, first, count, zero, (float *)(mine + p->gather_at), rows);
      current->rows = wanted;
    }
    if (p->dot && group != current->narrow) {
      unpack(job, group, wide, narrow);
      current->narrow = group;
    }
    const size_t column = panel % p->panels * O2M_PANEL;
    const size_t columns = p->outputs - column < O2M_PANEL ? p->outputs - column : O2M_PANEL;
    run_panel(job, panel, first, count, group * p->outputs + column, columns, rows, wide, narrow);
  }
}

uint32_t o2m_f32_conv_forms(const struct o2m_f32_conv *c) {
  if (o2m_is_gemv(c)) return O2M_FORM_ROW;
  return o2m_takes_dot(c->y_channels / c->groups, c->kernel_height * c->kernel_width * (c->x_channels / c->groups)) ? O2M_FORM_DOT : 0;
}

size_t o2m_f32_conv_scratch_bytes(const struct o2m_f32_conv *conv, uint32_t threads) {
  struct o2m_conv_plan plan;
  o2m_conv_plan(&plan, conv, threads);
  return plan.worker_bytes * threads;
}

void o2m_f32_conv_run(const struct o2m_f32_conv *conv, const float *x, const float *residual, float *y, void *scratch, o2m_pool *pool) {
  if (o2m_is_gemv(conv)) {
    o2m_f32_gemv_run(conv, x, residual, y, pool);
    return;
  }
  struct o2m_conv_plan plan;
  o2m_conv_plan(&plan, conv, o2m_pool_threads(pool));
  struct job job = {&plan, conv, x, residual, y, scratch};
  for (uint32_t i = 0; i < o2m_pool_threads(pool); i++)
    *(struct current *)(job.scratch + i * plan.worker_bytes + plan.current_at) = (struct current){NOTHING, NOTHING};
  o2m_pool_run(pool, plan.items, plan.grain, run_items, &job);
}

// The rows of a matrix as a line of pixels.
static struct o2m_f32_conv conv_of(const struct o2m_f32_gemm *g) {
  return (struct o2m_f32_conv){
      .batch = 1,
      .x_height = 1,
      .x_width = g->rows,
      .x_channels = g->depth,
      .x_pitch = g->x_pitch,
      .y_height = 1,
      .y_width = g->rows,
      .y_channels = g->columns,
      .y_pitch = g->y_pitch,
      .residual_pitch = g->residual_pitch,
      .groups = 1,
      .kernel_height = 1,
      .kernel_width = 1,
      .stride_y = 1,
      .stride_x = 1,
      .dilation_y = 1,
      .dilation_x = 1,
      .weights = g->weights,
      .activation = g->activation,
  };
}

size_t o2m_f32_gemm_scratch_bytes(const struct o2m_f32_gemm *gemm, uint32_t threads) {
  const struct o2m_f32_conv conv = conv_of(gemm);
  return o2m_f32_conv_scratch_bytes(&conv, threads);
}

uint32_t o2m_f32_gemm_forms(const struct o2m_f32_gemm *gemm) {
  const struct o2m_f32_conv conv = conv_of(gemm);
  return o2m_f32_conv_forms(&conv);
}

void o2m_f32_gemm_run(const struct o2m_f32_gemm *gemm, const float *x, const float *residual, float *y, void *scratch, o2m_pool *pool) {
  const struct o2m_f32_conv conv = conv_of(gemm);
  o2m_f32_conv_run(&conv, x, residual, y, scratch, pool);
}
