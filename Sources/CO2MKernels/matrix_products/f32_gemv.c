// y = act(x · w + bias + residual) for a single row: a classifier, the two layers of a squeeze-and-excite block.
//
// An item of work is four panels. Few items: a thread is worth waking for 256 KB of weights.
#include "f32_gemv.h"

enum { ITEM_MACS = 1 << 16 };

struct job {
  const struct o2m_f32_conv *conv;
  const struct o2m_f32_gemm_kernels *isa;
  const float *x, *residual;
  float *y;
};

static void run_items(void *context, size_t begin, size_t end, uint32_t worker) {
  const struct job *job = context;
  const struct o2m_f32_conv *c = job->conv;
  (void)worker;
  struct o2m_f32_epilogue e;
  o2m_f32_epilogue_set(&e, &c->activation);
  e.residual_pitch = e.y_pitch = 0;
  for (size_t item = begin; item < end; item++) {
    const size_t first = item * O2M_GEMV_COLUMNS;
    const size_t columns = c->y_channels - first < O2M_GEMV_COLUMNS ? c->y_channels - first : O2M_GEMV_COLUMNS;
    const size_t panels = (columns + O2M_PANEL - 1) / O2M_PANEL;
    const void *w = (const char *)c->weights.data + first * c->x_channels * o2m_weights_size(c->weights.type);
    e.scale = c->weights.scale ? c->weights.scale + first : NULL;
    e.bias = c->weights.bias ? c->weights.bias + first : NULL;
    e.residual = job->residual ? job->residual + first : NULL;
    float whole[O2M_GEMV_COLUMNS], residual[O2M_GEMV_COLUMNS] = {0};
    const int narrow = columns % O2M_PANEL != 0;  // the last panel: nothing is read or written behind it
    if (narrow && e.residual) {
      for (size_t i = 0; i < columns; i++) residual[i] = e.residual[i];
      e.residual = residual;
    }
    float *y = job->y + first;
    job->isa->row[c->weights.type](panels, c->x_channels, job->x, w, &e, narrow ? whole : y);
    if (narrow)
      for (size_t i = 0; i < columns; i++) y[i] = whole[i];
    if (c->activation.kind > O2M_ACT_HARD_SWISH) job->isa->activate(c->activation.kind, 1, columns, 0, y);
  }
}

void o2m_f32_gemv_run(const struct o2m_f32_conv *conv, const float *x, const float *residual, float *y, o2m_pool *pool) {
  struct job job = {conv, o2m_f32_gemm_kernels(), x, residual, y};
  const size_t items = (conv->y_channels + O2M_GEMV_COLUMNS - 1) / O2M_GEMV_COLUMNS;
  o2m_pool_run(pool, items, 1 + ITEM_MACS / ((conv->x_channels + 1) * O2M_GEMV_COLUMNS), run_items, &job);
}
