// Convolutions over float32 activations that lie channels last.
//
// A tensor is [batch][height][width] pixels; `pitch` elements lie between the starts of successive pixels, of which the
// first `channels` belong to the tensor: it may be a slice of channels of a wider buffer. x and y do not overlap;
// residual does not overlap y, except that it may be y itself with the same pitch. Nothing outside the channels of a
// tensor is read or written. Results do not depend on the number of threads.
#ifndef O2M_CONV_H
#define O2M_CONV_H

#include "o2m_gemm.h"

#ifdef __cplusplus
extern "C" {
#endif

// y = act(conv(x, w) + bias + residual)                                            ONNX Conv-11, ConvTranspose-11
//
// The padding at the bottom and right follows from the output size: whatever lies outside of x counts as zero.
// A one-dimensional convolution has height 1.
struct o2m_f32_conv {
  size_t batch;
  size_t x_height, x_width, x_channels, x_pitch;
  size_t y_height, y_width, y_channels, y_pitch;
  size_t residual_pitch;
  size_t groups;  // divides x_channels and y_channels
  size_t kernel_height, kernel_width;
  size_t stride_y, stride_x, dilation_y, dilation_x;
  size_t pad_top, pad_left;
  struct o2m_weights weights;
  struct o2m_activation activation;
};

// Weights as panels: any groups, kernel, stride, dilation and padding. A 1x1 convolution is a matrix product over pixels.
size_t o2m_f32_conv_scratch_bytes(const struct o2m_f32_conv *conv, uint32_t threads);
void o2m_f32_conv_run(const struct o2m_f32_conv *conv, const float *x, const float *residual, float *y, void *scratch, o2m_pool *pool);

// 3x3 by Winograd's F(4x4, 3x3): a quarter of the multiplications. Stride and dilation 1, one group, O2M_WINOGRAD_LEAST_INPUTS input
// channels or more: o2m_f32_winograd_takes says whether. Weights as panels [panel][ci][ky][kx][16].
//
// Before the activation a sum is off by at most 15 * epsilon * (x_channels + 4) * max|x| * max|w|, both maxima over the tile; 400 random
// cases reach three fifths of that. The direct form stays within 1.5 * epsilon * (9 * x_channels + 4) * mean|x w|.
enum { O2M_WINOGRAD_LEAST_INPUTS = 8 };

int o2m_f32_winograd_takes(const struct o2m_f32_conv *conv);
size_t o2m_f32_winograd_scratch_bytes(const struct o2m_f32_conv *conv, uint32_t threads);
void o2m_f32_winograd_run(const struct o2m_f32_conv *conv, const float *x, const float *residual, float *y, void *scratch, o2m_pool *pool);

// Over a picture as ONNX has it, [batch][x_channels][x_height][x_width] without gaps (x_pitch is not read), for few input channels;
// y lies channels last. groups = 1, weights as panels, no residual.
size_t o2m_f32_conv_planar_scratch_bytes(const struct o2m_f32_conv *conv, uint32_t threads);
void o2m_f32_conv_planar_run(const struct o2m_f32_conv *conv, const float *x, float *y, void *scratch, o2m_pool *pool);

// Depthwise: groups == x_channels == y_channels, weights in the depthwise form. Fastest for widths 3 and 5 with stride_x 1
// or 2 and dilation_x 1.
size_t o2m_f32_dwconv_scratch_bytes(const struct o2m_f32_conv *conv, uint32_t threads);
void o2m_f32_dwconv_run(const struct o2m_f32_conv *conv, const float *x, const float *residual, float *y, void *scratch, o2m_pool *pool);

// Depthwise over e = act(conv1x1(x, w) + bias), which is computed 16 channels at a time and never stored: e has the x_ sizes of
// `conv` (x_pitch is not read), x its pixels. Kernels of 3x3 and 5x5, stride 1 or 2 along both axes, no dilation, no residual. Sums of
// e may run in another order than those of o2m_f32_conv_run.
struct o2m_f32_expansion {
  size_t inputs, pitch;        // channels of x, and elements between the starts of successive pixels
  struct o2m_weights weights;  // panels, groups = 1
  struct o2m_activation activation;
};

size_t o2m_f32_expand_dwconv_scratch_bytes(const struct o2m_f32_conv *conv, const struct o2m_f32_expansion *expand, uint32_t threads);
void o2m_f32_expand_dwconv_run(const struct o2m_f32_conv *conv, const struct o2m_f32_expansion *expand, const float *x, float *y,
                               void *scratch, o2m_pool *pool);

// The micro-kernels beside tiles that a convolution of panels, or a matrix product, runs: a set of these.
enum { O2M_FORM_ROW = 1, O2M_FORM_DOT = 2 };
uint32_t o2m_f32_conv_forms(const struct o2m_f32_conv *conv);

// Transposed: y[oy] sums x[iy] * w[ky] over oy = iy * stride_y + ky * dilation_y - pad_top, and likewise along x. Weights as
// panels with their taps in the order of o2m_weight_layout. Output padding is part of the output size.
size_t o2m_f32_conv_transpose_scratch_bytes(const struct o2m_f32_conv *conv, uint32_t threads);
void o2m_f32_conv_transpose_run(const struct o2m_f32_conv *conv, const float *x, const float *residual, float *y, void *scratch,
                                o2m_pool *pool);

#ifdef __cplusplus
}
#endif
#endif
