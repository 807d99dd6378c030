// y[batch] = act(alpha * a[batch] · b[batch]), both known at run time only            ONNX MatMul-13
//
// An item of work is one panel of 16 columns over a block of rows: the panel of b is copied dense, then the rows of a pass
// over it as they do in a convolution.
#include "f32_gemm.h"
#include "o2m_gemm.h"
#include "sizes.h"

#include <string.h>

enum {
  BLOCK_ROWS = 384,     // rows that share a copied panel
  ITEM_MACS = 1 << 16,  // least work worth handing to another thread
};

struct plan {
  const struct o2m_f32_gemm_kernels *isa;
  size_t block, blocks, panels, matrices;
  size_t scale_at, panel_at, worker_bytes;
};

struct job {
  struct plan plan;
  const struct o2m_f32_matmul *matmul;
  const float *a, *b;
  float *y;
  char *scratch;
};

static struct plan plan_of(const struct o2m_f32_matmul *m) {
  struct plan p = {.isa = o2m_f32_gemm_kernels(), .matrices = 1};
  p.blocks = (m->rows + BLOCK_ROWS - 1) / BLOCK_ROWS;
  p.block = p.blocks ? o2m_round_up((m->rows + p.blocks - 1) / p.blocks, p.isa->rows) : p.isa->rows;
  p.panels = (m->columns + O2M_PANEL - 1) / O2M_PANEL;
  for (uint32_t i = 0; i < m->batch_rank; i++) p.matrices *= m->batch[i];
  p.scale_at = o2m_round_up(p.block * sizeof(float *), 64);
  p.panel_at = p.scale_at + O2M_PANEL * sizeof(float);
  p.worker_bytes = p.panel_at + m->depth * O2M_PANEL * sizeof(float);
  return p;
}

// Columns [column, column + columns) of b, zeros after them.
static void copy_panel(const struct o2m_f32_matmul *m, const float *b, size_t columns, float *panel) {
  const int whole = columns == O2M_PANEL && m->b_column_step == 1;
  for (size_t k = 0; k < m->depth; k++, b += m->b_row_step, panel += O2M_PANEL) {
    if (whole) {
      memcpy(panel, b, O2M_PANEL * sizeof *b);
    } else {
      for (size_t c = 0; c < O2M_PANEL; c++) panel[c] = c < columns ? b[c * m->b_column_step] : 0;
    }
  }
}

static void run_items(void *context, size_t begin, size_t end, uint32_t worker) {
  const struct job *job = context;
  const struct o2m_f32_matmul *m = job->matmul;
  const struct plan *p = &job->plan;
  char *mine = job->scratch + worker * p->worker_bytes;
  const float **rows = (const float **)mine;
  float *scale = (float *)(mine + p->scale_at), *panel = (float *)(mine + p->panel_at);
  for (size_t c = 0; c < O2M_PANEL; c++) scale[c] = m->alpha;
  struct o2m_f32_epilogue e;
  o2m_f32_epilogue_set(&e, &m->activation);
  e.scale = scale;
  e.bias = o2m_f32_zeros;
  e.residual = NULL;
  e.residual_pitch = 0;
  e.y_pitch = m->y_pitch;
  for (size_t item = begin; item < end; item++) {
    const size_t column = item % p->panels * O2M_PANEL, first = item / p->panels % p->blocks * p->block;
    const size_t columns = m->columns - column < O2M_PANEL ? m->columns - column : O2M_PANEL;
    const size_t count = m->rows - first < p->block ? m->rows - first : p->block;
    const float *a = job->a + first * m->a_pitch, *b = job->b + column * m->b_column_step;
    float *y = job->y + first * m->y_pitch + column;
    size_t matrix = item / p->panels / p->blocks;
    for (uint32_t i = m->batch_rank; i-- > 0; matrix /= m->batch[i]) {
      a += matrix % m->batch[i] * m->a_step[i];
      b += matrix % m->batch[i] * m->b_step[i];
      y += matrix % m->batch[i] * m->y_step[i];
    }
    copy_panel(m, b, columns, panel);
    for (size_t i = 0; i < count; i++) rows[i] = a + i * m->a_pitch;
    for (size_t i = 0; i < count; i += p->isa->rows, y += p->isa->rows * m->y_pitch) {
      const size_t height = count - i < p->isa->rows ? count - i : p->isa->rows;
      o2m_f32_gemm_columns(p->isa, O2M_WEIGHTS_F32, height, columns, 1, m->depth, rows + i, panel, &e, y);
      if (m->activation.kind > O2M_ACT_HARD_SWISH) p->isa->activate(m->activation.kind, height, columns, m->y_pitch, y);
    }
  }
}

size_t o2m_f32_matmul_scratch_bytes(const struct o2m_f32_matmul *matmul, uint32_t threads) {
  return plan_of(matmul).worker_bytes * threads;
}

void o2m_f32_matmul_run(const struct o2m_f32_matmul *matmul, const float *a, const float *b, float *y, void *scratch, o2m_pool *pool) {
  struct job job = {plan_of(matmul), matmul, a, b, y, scratch};
  const struct plan *p = &job.plan;
  o2m_pool_run(pool, p->matrices * p->blocks * p->panels, 1 + ITEM_MACS / (p->block * (matmul->depth + 1) * O2M_PANEL), run_items, &job);
}
