// Chooses the blocks. A block is whole tiles, so that no choice here changes a result: what is summed in which order depends on the
// place of a pixel in its tile only.
#include "f32_conv_plan.h"
#include "sizes.h"

enum {
  BLOCK_BYTES = 160 << 10,  // of input per block: with a panel and the output it fits 512 KB of second-level cache
  TABLE_BYTES = 64 << 10,   // of pointers per block
  GATHER_BELOW = 16,        // input channels of a single group; a run per tap would be too short for the micro-kernel
  LEAST_LINE = 12,          // elements of a line of the kernel; shorter ones are copied side by side
  ITEM_MACS = 1 << 16,      // least work worth handing to another thread
};

// Whether threads share the pixels, each with all the weights, rather than the weights, each with all the pixels. With whole rows
// a thread finds in its own cache what it wrote in the step before, and leaves what it needs in the next; that is worth reading
// weights several times where they are fewer than what would come from another core: the input, and half of the output later.
static int shares_pixels(const struct o2m_conv_plan *p, const struct o2m_f32_conv *c) {
  return p->k * c->y_channels < c->batch * c->x_height * c->x_width * c->x_channels + p->pixels * c->y_channels / 2;
}

void o2m_conv_plan(struct o2m_conv_plan *p, const struct o2m_f32_conv *c, uint32_t threads) {
  const size_t taps = c->kernel_height * c->kernel_width;
  p->isa = o2m_f32_gemm_kernels();
  p->pixels = c->batch * c->y_height * c->y_width;
  p->inputs = c->x_channels / c->groups;
  p->outputs = c->y_channels / c->groups;
  p->panels = (p->outputs + O2M_PANEL - 1) / O2M_PANEL;
  p->k = taps * p->inputs;
  p->gather = taps > 1 && p->inputs < GATHER_BELOW && c->groups == 1;
  p->lines = p->gather && p->inputs == c->x_pitch && c->dilation_x == 1 && c->kernel_width * p->inputs >= LEAST_LINE;
  p->dot = o2m_takes_dot(p->outputs, p->k);
  p->taps = p->lines ? c->kernel_height : p->gather ? 1 : taps;
  p->depth = p->k / p->taps;

  const size_t rows = p->isa->rows;
  const size_t reach = o2m_least(c->stride_y, c->kernel_height) * o2m_least(c->stride_x, c->kernel_width);
  const size_t row_bytes = (p->gather ? p->k : p->inputs * reach) * sizeof(float);
  size_t block = o2m_least(BLOCK_BYTES / (row_bytes + 1), TABLE_BYTES / (p->taps * sizeof(float *)));
  block = o2m_round_up(o2m_least(block < 8 * rows ? 8 * rows : block, p->pixels ? p->pixels : 1), rows);
  p->blocks = (p->pixels + block - 1) / block;
  if (threads > 1 && shares_pixels(p, c)) p->blocks = o2m_round_up(p->blocks, threads);
  p->block = p->blocks ? o2m_round_up((p->pixels + p->blocks - 1) / p->blocks, rows) : block;
  p->blocks = (p->pixels + p->block - 1) / p->block;
  p->items = p->blocks * c->groups * p->panels;
  p->grain = 1 + ITEM_MACS / (p->block * (p->k + 1) * O2M_PANEL);
  if (p->gather && p->blocks >= threads) p->grain = o2m_round_up(p->grain, c->groups * p->panels);  // to gather a block once

  p->wide_at = o2m_round_up(p->block * p->taps * sizeof(float *), 64);
  p->narrow_at = p->wide_at;
  if (c->weights.type != O2M_WEIGHTS_F32) p->narrow_at += p->k * O2M_PANEL * sizeof(float);
  p->zero_at = p->narrow_at + (p->dot ? o2m_round_up(p->outputs * p->k * sizeof(float), 64) : 0);
  // Of all groups: the pointers move from one to the next.
  p->gather_at = p->zero_at + o2m_round_up((p->lines ? p->depth : c->x_channels) * sizeof(float), 64);
  p->current_at = p->gather_at + (p->gather ? o2m_round_up(p->block * p->k * sizeof(float), 64) : 0);
  p->worker_bytes = p->current_at + 64;
}
