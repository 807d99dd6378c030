// How a convolution is cut into work: blocks of output pixels by panels of output channels.
#ifndef O2M_F32_CONV_PLAN_H
#define O2M_F32_CONV_PLAN_H

#include "matrix_products/f32_gemm.h"
#include "o2m_conv.h"

// A block is a run of output pixels whose input stays in the second-level cache while all panels pass over it. An item of
// work is one panel of one group over one block; items are numbered panel first, so that a worker keeps its block.
struct o2m_conv_plan {
  const struct o2m_f32_gemm_kernels *isa;
  size_t pixels;           // over the whole batch
  size_t inputs, outputs;  // channels of a group
  size_t panels;           // of a group
  size_t k;                // kernel_height * kernel_width * inputs
  int gather;              // inputs are copied side by side: k is one dense run, not one run per tap
  int lines;               // a tap is a line of the kernel, which lies side by side in x; it is copied only where it leaves x
  int dot;                 // all outputs as dot products
  size_t taps, depth;      // as the micro-kernels see them: taps * depth = k
  size_t block, blocks;    // pixels of a block (full tiles), and how many
  size_t items, grain;
  size_t wide_at, narrow_at, zero_at, gather_at, current_at, worker_bytes;  // offsets into a worker's scratch; the row pointers come first
};

void o2m_conv_plan(struct o2m_conv_plan *plan, const struct o2m_f32_conv *conv, uint32_t threads);

// Fills the pointers [tile][tap][isa->rows] of the output pixels [first, first + count), channels of `group`. A tap that lies outside
// of x for all pixels of a tile has NULL as its first pointer: a tile skips it. `zero` is x_channels zeros.
void o2m_conv_rows(const struct o2m_conv_plan *plan, const struct o2m_f32_conv *conv, const float *x, size_t group, size_t first,
                   size_t count, const float *zero, float *gathered, const float **rows);

// Moves pointers that are not into gathered copies on by some groups.
void o2m_conv_move_rows(const struct o2m_conv_plan *plan, size_t count, size_t groups, const float **rows);

#endif
