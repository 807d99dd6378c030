// Chooses the bands from sizes alone, so that neither the thread count nor the time of day changes a result.
#include "f32_expand_dwconv_plan.h"
#include "sizes.h"

enum {
  BAND_BYTES = 256 << 10,  // of input per band: all panels read it from the second-level cache
  BAND_ROWS = 4,           // fewest rows of a band: the lines that two bands share are computed twice
  ITEMS = 8,               // fewest items, where there are rows enough: work for as many threads
  ITEM_MACS = 1 << 16,     // least work worth handing to another thread
  WIDE_ROW = 24,           // pixels; shorter rows would leave the matrix kernel with tiles that are not full
  FILL_PIXELS = 48,        // of short rows, put into the ring at once
  SMALL_PICTURE = 64,      // pixels
};

static size_t most(size_t a, size_t b) { return a > b ? a : b; }
static size_t ceiling(size_t n, size_t d) { return (n + d - 1) / d; }

void o2m_expand_dwconv_plan(struct o2m_expand_dwconv_plan *p, const struct o2m_f32_conv *c, const struct o2m_f32_expansion *expand) {
  const size_t height = c->x_height, width = c->x_width, taps = c->kernel_height * c->kernel_width;
  p->isa = o2m_f32_dwconv_kernels();
  p->gemm = o2m_f32_gemm_kernels();
  p->panels = ceiling(c->x_channels, O2M_PANEL);

  const size_t row_bytes = width * c->stride_y * expand->inputs * sizeof(float);
  size_t rows = most(BAND_BYTES / (row_bytes + 1), BAND_ROWS);
  rows = o2m_least(rows, most(c->y_height / ceiling(ITEMS, p->panels), BAND_ROWS));
  p->bands = ceiling(c->y_height, rows);
  p->rows = p->bands ? ceiling(c->y_height, p->bands) : 1;
  p->bands = ceiling(c->y_height, p->rows);
  p->items = c->batch * p->bands * p->panels;
  p->grain = 1 + ITEM_MACS / (p->rows * c->y_width * (taps + expand->inputs) * O2M_PANEL + 1);

  p->in_place = width >= WIDE_ROW;
  p->fill = p->in_place ? 1 : height * width <= SMALL_PICTURE ? height : o2m_least(height, ceiling(FILL_PIXELS, width + 1));
  p->lines = c->kernel_height + p->fill - 1;
  const size_t computed = o2m_round_up(c->y_width, O2M_DWCONV_PIXELS);
  const size_t read = (most(computed, 1) - 1) * c->stride_x + c->kernel_width;
  p->line = most(read, c->pad_left + width) * O2M_PANEL;

  p->lines_at = (p->lines + 1) * p->line * sizeof(float);
  p->expanded_at = p->lines_at + o2m_round_up(((p->rows - 1) * c->stride_y + c->kernel_height) * sizeof(float *), 64);
  p->w_at = p->expanded_at + (p->in_place ? 0 : p->fill * width * O2M_PANEL * sizeof(float));
  p->expand_w_at = p->w_at + (c->weights.type == O2M_WEIGHTS_F32 ? 0 : taps * O2M_PANEL * sizeof(float));
  p->worker_bytes = p->expand_w_at + (expand->weights.type == O2M_WEIGHTS_F32 ? 0 : expand->inputs * O2M_PANEL * sizeof(float));
}
