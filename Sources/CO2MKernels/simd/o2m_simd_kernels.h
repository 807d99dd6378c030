// The vector kernels of one instruction set. Sizes and strides are in elements; kernels work on one thread and never allocate.
#ifndef O2M_SIMD_KERNELS_H
#define O2M_SIMD_KERNELS_H

#include "o2m_binary.h"
#include "o2m_reduce.h"
#include "o2m_simd.h"
#include "o2m_unary.h"

enum o2m_f32_vector_binary {
#define O2M_BINARY(op, OP) O2M_F32_BINARY_##OP,
#define O2M_BINARY_GENERIC(op, OP)
#include "o2m_binary.inc"
#undef O2M_BINARY
  O2M_F32_BINARY_COUNT
};

// Which operand of the inner loop is one value: none, y, or x.
enum o2m_form { O2M_FORM_VV, O2M_FORM_VS, O2M_FORM_SV, O2M_FORM_COUNT };

enum o2m_f32_accumulate {
  O2M_F32_SUM,
  O2M_F32_MAX,
  O2M_F32_MIN,
  O2M_F32_PROD,
  O2M_F32_SUM_ABS,
  O2M_F32_SUM_SQUARE,
  O2M_F32_ACCUMULATE_COUNT
};

typedef void o2m_f32_unary_kernel(size_t rows, size_t n, const float *x, size_t x_pitch, float *y, size_t y_pitch,
                                  const struct o2m_f32_unary_params *params);
typedef void o2m_f32_binary_kernel(size_t rows, size_t n, const float *x, ptrdiff_t x_row, const float *y, ptrdiff_t y_row, float *z,
                                   ptrdiff_t z_row);

// One output pixel of a resize: rows[i] are the input rows of the taps, columns[j] the elements from a row's start to the tap.
struct o2m_f32_resize_taps {
  uint32_t rows_count, columns_count;
  const float *rows[4];
  size_t columns[4];
  float row_weights[4], column_weights[4];
};

struct o2m_simd {
  const char *name;
  uint32_t needs;

  o2m_f32_unary_kernel *unary[O2M_F32_UNARY_COUNT];
  o2m_f32_binary_kernel *binary[O2M_F32_BINARY_COUNT][O2M_FORM_COUNT];
  void (*affine)(size_t rows, size_t n, const float *x, size_t x_pitch, const float *scale, const float *bias, float *y, size_t y_pitch);

  // One output pixel from height × width taps.
  void (*max_pool)(size_t channels, size_t height, size_t width, const float *x, ptrdiff_t row, ptrdiff_t column, float *y);
  void (*average_pool)(size_t channels, size_t height, size_t width, const float *x, ptrdiff_t row, ptrdiff_t column, float scale,
                       float *y);

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

  void (*resize)(size_t channels, const struct o2m_f32_resize_taps *taps, float *y);

  // One row of a recurrent cell; f32_recurrent_body.inc.
  void (*lstm)(size_t n, const float *x, const float *u, const float *peepholes, float clip, int couples, float *c, float *h);
  void (*gru_gates)(size_t n, const float *x, const float *u, float clip, const float *from, float *z, float *taken);
  void (*gru_blend)(size_t n, const float *x, const float *u, float clip, const float *z, float *h);
  void (*rnn)(size_t n, int relu, const float *x, const float *u, float clip, float *h);

  void (*f16_to_f32)(size_t n, const uint16_t *x, float *y);
  void (*f32_to_f16)(size_t n, const float *x, uint16_t *y);
  void (*u8_to_f32)(size_t n, const uint8_t *x, float *y);
  void (*s8_to_f32)(size_t n, const int8_t *x, float *y);
  void (*s32_to_f32)(size_t n, const int32_t *x, float *y);
};

#endif
