// The pooling kernels of one instruction set.
#ifndef O2M_F32_POOLING_H
#define O2M_F32_POOLING_H

#include "o2m_pooling.h"
#include "simd/families.h"

struct o2m_f32_pooling_kernels {
  // One output pixel from height × width taps.
  void (*max_pool)(size_t channels, size_t height, size_t width, const float *x, ptrdiff_t row, ptrdiff_t column, float *y);
  void (*average_pool)(size_t channels, size_t height, size_t width, const float *x, ptrdiff_t row, ptrdiff_t column, float scale,
                       float *y);
};

#endif
