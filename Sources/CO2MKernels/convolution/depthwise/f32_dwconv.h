// The micro-kernels under depthwise convolution.
#ifndef O2M_F32_DWCONV_H
#define O2M_F32_DWCONV_H

#include "matrix_products/f32_gemm.h"
#include "o2m_conv.h"

enum { O2M_DWCONV_PIXELS = 7 };  // of a tile: it divides the widths of most networks' pictures

// A tile of outputs, what it reads, and how it is finished. Pixel p sums over ky and kx
//     x[ky * x_pitch + p * step + kx][channel] * w[(ky * kernel_width + kx) * w_pitch + channel]
// so that neighbouring pixels can share what they read. A dilated kernel has pointers that skip.
struct o2m_f32_dwconv_tile {
  size_t first, end;  // channels to compute; `first` is a multiple of 16
  size_t kernel_height, kernel_width, step;
  const float *const *x;  // for O2M_DWCONV_PIXELS pixels, also where fewer are stored
  size_t x_pitch;
  const float *w;
  size_t w_pitch;
  struct o2m_f32_epilogue epilogue;  // scale and bias of w_pitch channels
};

// y[p][first..<end] for p < pixels, pixels in 1...O2M_DWCONV_PIXELS.
typedef void o2m_f32_dwconv(const struct o2m_f32_dwconv_tile *tile, size_t pixels, float *y);

// Rows of outputs of one panel of channels, whose input lies in lines of pixels of 16 channels. Pixel p of row r sums over ky and kx
//     lines[r * stride + ky][(p * stride + kx) * 16 + channel] * w[(ky * kernel + kx) * w_pitch + channel]
struct o2m_f32_dwconv_panel {
  size_t kernel, stride;  // 3 or 5, and 1 or 2: the same along both axes
  const float *const *lines;
  const float *w;
  size_t w_pitch;
  size_t columns;                    // channels that are stored: 1...16
  struct o2m_f32_epilogue epilogue;  // scale and bias of these channels; no residual
};

// y[r * pixels + p][0..<columns] for r < rows and p < pixels. Pixels are computed in whole tiles, so the lines hold what
// round_up(pixels, O2M_DWCONV_PIXELS) pixels read.
typedef void o2m_f32_dwconv_rows(const struct o2m_f32_dwconv_panel *panel, size_t rows, size_t pixels, float *y);

// y[p * 16 + column] = act(sum over k of x[p * pitch + k] * w[k * 16 + column]) for p < pixels: lines for the above. Each sum runs in the
// order of k.
typedef void o2m_f32_expand(size_t pixels, size_t depth, const float *x, size_t pitch, const float *w,
                            const struct o2m_f32_epilogue *epilogue, float *y);

struct o2m_f32_dwconv_kernels {
  o2m_f32_dwconv *run;
  o2m_f32_dwconv_rows *run_rows;
  o2m_f32_expand *expand;
};

#endif
