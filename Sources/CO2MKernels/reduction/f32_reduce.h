// The reducing and normalizing kernels of one instruction set. Sizes and strides are in elements; kernels work on one thread and never
// allocate.
#ifndef O2M_F32_REDUCE_H
#define O2M_F32_REDUCE_H

#include "o2m_reduce.h"
#include "simd/families.h"

enum o2m_f32_accumulate {
  O2M_F32_SUM,
  O2M_F32_MAX,
  O2M_F32_MIN,
  O2M_F32_PROD,
  O2M_F32_SUM_ABS,
  O2M_F32_SUM_SQUARE,
  O2M_F32_ACCUMULATE_COUNT
};

struct o2m_f32_reduce_kernels {
  // Over n contiguous elements, and over n rows of `inner` elements (y has `inner`).
  float (*accumulate[O2M_F32_ACCUMULATE_COUNT])(size_t n, const float *x);
  void (*accumulate_rows[O2M_F32_ACCUMULATE_COUNT])(size_t n, size_t inner, const float *x, ptrdiff_t row, float *y);
  // sum (x - center)²; sum exp(x - center); by row with a center per column.
  float (*sum_square_from)(size_t n, const float *x, float center);
  float (*sum_exp)(size_t n, const float *x, float center);
  void (*sum_square_from_rows)(size_t n, size_t inner, const float *x, ptrdiff_t row, const float *center, float *y);

  void (*softmax)(int log, size_t n, const float *x, float *y);
  void (*softmax_rows)(int log, size_t n, size_t inner, const float *x, float *y);
  // y = (x - mean) · k · scale + bias for one row; y = (x - mean[c]) · k[c] + bias[c] for many.
  void (*normalize)(size_t n, const float *x, float mean, float k, const float *scale, const float *bias, float *y);
  void (*normalize_rows)(size_t rows, size_t n, const float *x, size_t x_pitch, const float *mean, const float *k, const float *bias,
                         float *y, size_t y_pitch);
  // One pixel; `squares` has room for n + size elements.
  void (*lrn)(size_t n, const float *x, float *y, float *squares, uint32_t size, float scale, float bias, float beta);
};

#endif
