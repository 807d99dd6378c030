// The resizing kernel of one instruction set.
#ifndef O2M_F32_RESIZE_H
#define O2M_F32_RESIZE_H

#include "o2m_resize.h"
#include "simd/families.h"

// One output pixel of a resize: rows[i] are the input rows of the taps, columns[j] the elements from a row's start to the tap.
struct o2m_f32_resize_taps {
  uint32_t rows_count, columns_count;
  const float *rows[4];
  size_t columns[4];
  float row_weights[4], column_weights[4];
};

struct o2m_f32_resize_kernels {
  void (*resize)(size_t channels, const struct o2m_f32_resize_taps *taps, float *y);
};

#endif
