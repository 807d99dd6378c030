// How a depthwise convolution and the 1x1 convolution that feeds it are cut into work.
#ifndef O2M_F32_EXPAND_DWCONV_PLAN_H
#define O2M_F32_EXPAND_DWCONV_PLAN_H

#include "f32_dwconv.h"

// An item of work is a panel of 16 channels of a band of output rows; items are numbered panel first. The input of the panel passes
// through a ring of lines in the first-level cache: pixels of 16 channels, with the zeros of the padding around them, so that the
// micro-kernel knows no border.
struct o2m_expand_dwconv_plan {
  const struct o2m_f32_dwconv_kernels *isa;
  const struct o2m_f32_gemm_kernels *gemm;
  size_t panels, rows, bands;  // bands of a picture, and the output rows of one
  size_t items, grain;
  size_t lines, line;                                             // of the ring, and the elements of one
  size_t fill;                                                    // input rows that are put into the ring at once
  int in_place;                                                   // an expanded row is computed where it lies in the ring
  size_t lines_at, expanded_at, w_at, expand_w_at, worker_bytes;  // in a worker's scratch; the ring and a line of zeros come first
};

void o2m_expand_dwconv_plan(struct o2m_expand_dwconv_plan *plan, const struct o2m_f32_conv *conv, const struct o2m_f32_expansion *expand);

#endif
