// Products of numbers of 8 bits, with zero points.
//
// Sums are exact integers that wrap to 32 bits, so every instruction set and number of threads gives the same bits. Operands lie as ONNX
// has them, without gaps, weights too. Sizes and steps are in elements. x, w and y do not overlap; nothing outside them is read or written.
#ifndef O2M_INTEGER_H
#define O2M_INTEGER_H

#include "o2m_element.h"
#include "o2m_platform.h"

#ifdef __cplusplus
extern "C" {
#endif

// One side of a product: elements of U8 or S8, and what is taken off each.
struct o2m_x8_operand {
  enum o2m_element type;
  const void *zero;  // of `type`; NULL is 0
  size_t zero_step;  // 0: one for all; 1: one per line: a row of a, a column of b, an output channel of w
};

// What becomes of a sum: y = saturate(round_half_even((sum + bias) * (x_scale * w_scale / y_scale)) + y_zero), where the factor is formed
// in float32 and the product in float64. The sums must not wrap: at most O2M_X8_DEPTH terms.
enum { O2M_X8_DEPTH = 33025 };
struct o2m_x8_result {
  enum o2m_element type;  // S32: the sums as they are, and nothing below is read; else U8 or S8
  const float *x_scale;
  const float *w_scale;  // of b or w
  size_t w_scale_step;   // as zero_step
  const float *y_scale;
  const void *y_zero;
  const int32_t *bias;  // one per output channel of a convolution, or NULL
};

enum { O2M_X8_RANK = 6 };

// y[batch, m, n] = sum over k of (a[batch, m, k] - a_zero[m]) * (b[batch, k, n] - b_zero[n])       ONNX MatMulInteger-10, QLinearMatMul-21
struct o2m_x8_matmul {
  size_t rows, depth, columns;                                           // M, K, N
  size_t a_rows;                                                         // of all matrices of a
  uint32_t batch_rank;                                                   // 0...O2M_X8_RANK dimensions before the last two
  size_t batch[O2M_X8_RANK];                                             // their sizes, outermost first
  size_t a_step[O2M_X8_RANK], b_step[O2M_X8_RANK], y_step[O2M_X8_RANK];  // 0 where broadcast; of a in rows
  struct o2m_x8_operand a, b;
};

size_t o2m_x8_matmul_scratch_bytes(const struct o2m_x8_matmul *matmul, uint32_t threads);
void o2m_x8_matmul_run(const struct o2m_x8_matmul *matmul, const void *a, const void *b, const struct o2m_x8_result *result, void *y,
                       void *scratch, o2m_pool *pool);

// y = sum over the window of (x - x_zero) * (w - w_zero[m]); the padding counts as x_zero             ONNX ConvInteger-10, QLinearConv-10
//
// x is [batch][x_channels][x_height][x_width], w [y_channels][x_channels / groups][kernel_height][kernel_width]. The padding at the bottom
// and right follows from the output size.
struct o2m_x8_conv {
  size_t batch, groups;
  size_t x_channels, x_height, x_width;
  size_t y_channels, y_height, y_width;
  size_t kernel_height, kernel_width;
  size_t stride_y, stride_x, dilation_y, dilation_x;
  size_t pad_top, pad_left;
  struct o2m_x8_operand x, w;  // x has one zero point
};

// Whether the picture with its padding is not out of all proportion: it is copied.
int o2m_x8_conv_takes(const struct o2m_x8_conv *conv);
size_t o2m_x8_conv_scratch_bytes(const struct o2m_x8_conv *conv, uint32_t threads);
void o2m_x8_conv_run(const struct o2m_x8_conv *conv, const void *x, const void *w, const struct o2m_x8_result *result, void *y,
                     void *scratch, o2m_pool *pool);

#ifdef __cplusplus
}
#endif
#endif
