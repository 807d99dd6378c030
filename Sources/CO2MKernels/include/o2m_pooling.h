// Pooling over NHWC f32 tensors in two dims. One-dimensional pooling is a picture of height 1.
//
// x is [batch][in_height][in_width][channels], y is [batch][out_height][out_width][channels]; pixels are x_pitch and y_pitch
// elements apart. Output sizes are the caller's (it has resolved ceil_mode and auto_pad); a window may hang over every edge.
// x and y do not overlap.
#ifndef O2M_POOLING_H
#define O2M_POOLING_H

#include "o2m_platform.h"

#ifdef __cplusplus
extern "C" {
#endif

enum o2m_pooling { O2M_POOLING_MAX, O2M_POOLING_AVERAGE };

struct o2m_f32_pool_params {
  enum o2m_pooling kind;
  uint32_t kernel_height, kernel_width, stride_height, stride_width, dilation_height, dilation_width;
  uint32_t pad_top, pad_left, pad_bottom, pad_right;
  // Average only. 0: divide by the taps inside the picture. 1: by those inside the padded picture (what ceil_mode adds beyond the
  // pads never counts).
  uint32_t count_include_pad;
  size_t batch, in_height, in_width, channels, x_pitch, out_height, out_width, y_pitch;
};

// Max: bit-equal in every set, NaN wins; a window without a tap gives -infinity (max) or 0 (average). Average: taps are added in
// row order, then one multiply by 1 / count: bit-equal in every set, a few ulp from the exact mean.
void o2m_f32_pool2d(const struct o2m_f32_pool_params *params, const float *x, float *y, o2m_pool *pool);

// Max pooling that also gives ONNX's Indices: the flat index in [N, C, H, W] of each maximum (the first one in row order), or
// with `column_major` as storage_order = 1 counts. Plain C. `indices` is NHWC like y with pitch `channels`.
void o2m_f32_max_pool2d_indices(const struct o2m_f32_pool_params *params, int column_major, const float *x, float *y, int64_t *indices,
                                o2m_pool *pool);

// y[n][c] = max or mean over the `pixels` pixels of picture n; y's rows are y_pitch elements apart. Sums are made over blocks of
// 256 pixels, then over the blocks; 0 pixels give -infinity or NaN.
void o2m_f32_global_pool(enum o2m_pooling kind, size_t batch, size_t pixels, size_t channels, const float *x, size_t x_pitch, float *y,
                         size_t y_pitch, o2m_pool *pool);

#ifdef __cplusplus
}
#endif
#endif
