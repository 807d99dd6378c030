// How integer products are cut into work, and what becomes of their sums.
#include "x8_product.h"

#include <string.h>

#include "pieces.h"
#include "sizes.h"

#pragma STDC FP_CONTRACT OFF

enum {
  STRIP_COLUMNS = O2M_X8_STRIP * O2M_X8_COLUMNS,
  STRIP_BYTES = 128 << 10,  // of the panels of an item
  LEAST_BLOCK = 48,         // rows that a panel is worth packing for once more
  ITEM_MACS = 1 << 17,      // least work worth handing to another thread
};

#if O2M_ARCH_ARM64
extern const struct o2m_x8_product_kernels o2m_x8_product_kernels__neon;
#endif

struct job {
  const struct o2m_x8_product *product;
  const void *a;
  const uint8_t *b;
  const struct o2m_x8_result *result;
  uint8_t *y;
  char *scratch;
  const float *factors;
  size_t factor_step;
  o2m_x8_requantize *requantize;
  int32_t limits[3];  // of a result of 8 bits: zero point, least, greatest
};

// Columns of a strip that are stored side by side.
struct run {
  size_t from, count, to;
};

static int32_t zero_at(const struct o2m_x8_operand *operand, size_t line) {
  if (!operand->zero) return 0;
  const size_t i = line * operand->zero_step;
  return operand->type == O2M_ELEMENT_S8 ? ((const int8_t *)operand->zero)[i] : ((const uint8_t *)operand->zero)[i];
}

size_t o2m_x8_product_plan(struct o2m_x8_product *p, uint32_t threads) {
  p->isa = o2m_x8_product_kernels();
#if O2M_ARCH_ARM64
  if (p->isa == &o2m_x8_product_kernels__neon && o2m_cpu_features() & O2M_CPU_DOTPROD) p->isa = &o2m_x8_product_kernels__dotprod;
#endif
  const size_t depth = o2m_round_up(p->depth, O2M_X8_STEP);
  p->line_bytes = depth * p->isa->bytes + p->isa->line_extra;
  p->panel_bytes = depth * O2M_X8_COLUMNS * p->isa->bytes + p->isa->panel_extra;
  p->matrices = 1;
  for (uint32_t i = 0; i < p->rank; i++) p->matrices *= p->batch[i];
  const size_t panels = (p->columns + O2M_X8_COLUMNS - 1) / O2M_X8_COLUMNS, wanted = 4 * (size_t)threads;
  p->strip = o2m_least(o2m_least(STRIP_BYTES / (p->panel_bytes + 1) + 1, O2M_X8_STRIP), panels ? panels : 1);
  if (threads > 1) p->strip = o2m_least(p->strip, panels * p->matrices / wanted + 1);
  p->strips = (panels + p->strip - 1) / p->strip;
  p->blocks = 1;
  if (threads > 1 && p->strips * p->matrices > 0 && p->strips * p->matrices < wanted)
    p->blocks = o2m_least((wanted - 1) / (p->strips * p->matrices) + 1, p->rows / LEAST_BLOCK + 1);
  p->block = o2m_round_up((p->rows + p->blocks - 1) / p->blocks, p->isa->rows);
  p->blocks = p->block ? (p->rows + p->block - 1) / p->block : 0;

  p->at_at = o2m_round_up(p->a_lines * p->line_bytes, 64);
  p->factor_at = p->at_at + o2m_round_up(depth * sizeof(size_t), 64);
  p->own_at = p->factor_at + o2m_round_up(p->factors * sizeof(float), 64);
  p->worker_at = p->own_at + o2m_round_up(p->own_bytes, 64);
  p->worker_bytes = p->strip * p->panel_bytes;
  return p->worker_at + threads * p->worker_bytes;
}

static void widen_lines(void *context, size_t begin, size_t end, uint32_t worker) {
  const struct job *job = context;
  const struct o2m_x8_product *p = job->product;
  (void)worker;
  for (size_t line = begin; line < end; line++) {
    const uint8_t *a = (const uint8_t *)job->a + line * p->depth;
    p->isa->line[p->a->type == O2M_ELEMENT_S8](p->depth, a, zero_at(p->a, line), job->scratch + line * p->line_bytes);
  }
}

// Where columns are stored; how many runs.
static size_t runs_of(const struct o2m_x8_product *p, size_t column, size_t columns, struct run runs[STRIP_COLUMNS]) {
  size_t count = 0;
  for (size_t done = 0; done < columns;) {
    const size_t row = (column + done) / p->line, at = (column + done) % p->line, left = o2m_least(columns - done, p->line - at);
    if (at < p->width) runs[count++] = (struct run){done, o2m_least(left, p->width - at), row * p->width + at};
    done += left;
  }
  return count;
}

// Rows of a tile from `row` on; `channel` is that of the first row of the matrix.
static void store(const struct job *job, size_t row, size_t rows, size_t channel, size_t column, const int32_t *sums,
                  const struct run *runs, size_t count, size_t y_at) {
  const struct o2m_x8_product *p = job->product;
  const struct o2m_x8_result *result = job->result;
  for (size_t r = 0; r < rows; r++, sums += STRIP_COLUMNS) {
    const size_t at = y_at + (row + r) * p->y_pitch, own = channel + row + r;
    for (const struct run *run = runs; run < runs + count; run++) {
      if (result->type == O2M_ELEMENT_S32) {
        memcpy((int32_t *)job->y + at + run->to, sums + run->from, run->count * sizeof *sums);
        continue;
      }
      const float *factor = job->factors + (p->channel_step ? own : column + run->from) * job->factor_step;
      const int32_t bias = result->bias ? result->bias[own] : 0;
      job->requantize(run->count, sums + run->from, bias, factor, p->channel_step ? 0 : job->factor_step, job->limits,
                      job->y + at + run->to);
    }
  }
}

// The zero points of columns.
static void zeros_of(const struct o2m_x8_operand *b, size_t column, size_t columns, int16_t *zeros) {
  for (size_t c = 0; c < columns; c++) zeros[c] = (int16_t)zero_at(b, b->zero_step ? column + c : 0);
}

// A strip of columns.
struct strip {
  size_t column, columns;
  int16_t zeros[STRIP_COLUMNS];
  struct run runs[STRIP_COLUMNS];
  size_t count;  // of runs
};

static void run_items(void *context, size_t begin, size_t end, uint32_t worker) {
  const struct job *job = context;
  const struct o2m_x8_product *p = job->product;
  const size_t *at = (const size_t *)(job->scratch + p->at_at);
  const int is_signed = p->b->type == O2M_ELEMENT_S8;
  char *panels = job->scratch + p->worker_at + worker * p->worker_bytes;
  struct strip s;
  zeros_of(p->b, 0, p->b->zero_step ? 0 : STRIP_COLUMNS, s.zeros);
  for (size_t item = begin; item < end; item++) {
    const size_t first = item / p->strips % p->blocks * p->block, last = first + o2m_least(p->rows - first, p->block);
    size_t a_at = 0, b_at = 0, y_at = 0, channel = 0, matrix = item / p->strips / p->blocks;
    for (uint32_t i = p->rank; i-- > 0; matrix /= p->batch[i]) {
      const size_t index = matrix % p->batch[i];
      a_at += index * p->a_step[i];
      b_at += index * p->b_step[i];
      y_at += index * p->y_step[i];
      if (p->channel_step) channel += index * p->channel_step[i];
    }
    s.column = item % p->strips * p->strip * O2M_X8_COLUMNS;
    s.columns = o2m_least(p->columns - s.column, p->strip * O2M_X8_COLUMNS);
    if (p->b->zero_step) zeros_of(p->b, s.column, s.columns, s.zeros);
    s.count = runs_of(p, s.column, s.columns, s.runs);
    const int direct =
        job->result->type == O2M_ELEMENT_S32 && s.count == 1 && s.runs[0].count == s.columns && s.columns % O2M_X8_COLUMNS == 0;
    const uint8_t *b = job->b + b_at + s.column;
    if (p->rows > 1) p->isa->pack[is_signed](p->depth, s.columns, b, at, s.zeros, panels);
    for (size_t row = first; row < last; row += p->isa->rows) {
      const size_t height = o2m_least(last - row, p->isa->rows);
      const char *a = job->scratch + (a_at + row) * p->line_bytes;
      int32_t sums[O2M_X8_ROWS * STRIP_COLUMNS];
      int32_t *to = direct ? (int32_t *)job->y + y_at + row * p->y_pitch + s.runs[0].to : sums;
      if (p->rows == 1) p->isa->row[is_signed](p->depth, s.columns, a, b, at, s.zeros, to);
      const char *panel = panels;
      for (size_t c = 0; c < s.columns && p->rows > 1; c += O2M_X8_COLUMNS, panel += p->panel_bytes)
        p->isa->tile(height, p->depth, a, p->line_bytes, panel, to + c, direct ? p->y_pitch : STRIP_COLUMNS);
      if (!direct) store(job, row, height, channel, s.column, sums, s.runs, s.count, y_at);
    }
  }
}

void o2m_x8_product_run(const struct o2m_x8_product *p, const void *a, const uint8_t *b, const struct o2m_x8_result *result, void *y,
                        void *scratch, o2m_pool *pool) {
  struct job job = {.product = p, .a = a, .b = b, .result = result, .y = y, .scratch = scratch};
  if (result->type != O2M_ELEMENT_S32) {
    float *factors = (float *)(job.scratch + p->factor_at);
    for (size_t i = 0; i < (result->w_scale_step ? p->factors : 1); i++) {
      const float product = *result->x_scale * result->w_scale[i];
      factors[i] = product / *result->y_scale;
    }
    const struct o2m_x8_operand own = {result->type, result->y_zero, 0};
    const int is_signed = result->type == O2M_ELEMENT_S8;
    job.factors = factors;
    job.requantize = o2m_x8_product_kernels()->requantize;
    job.factor_step = result->w_scale_step;
    job.limits[0] = zero_at(&own, 0), job.limits[1] = is_signed ? -128 : 0, job.limits[2] = is_signed ? 127 : 255;
  }
  o2m_pool_run(pool, p->a_lines, o2m_grain(p->depth), widen_lines, &job);
  const size_t macs = p->strip * O2M_X8_COLUMNS * p->block * (p->depth + 1);
  o2m_pool_run(pool, p->matrices * p->strips * p->blocks, 1 + ITEM_MACS / (macs + 1), run_items, &job);
}
