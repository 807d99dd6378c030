// The micro-kernels under convolution of planar pictures.
#ifndef O2M_F32_PLANAR_H
#define O2M_F32_PLANAR_H

#include "matrix_products/f32_gemm.h"
#include "o2m_conv.h"

enum { O2M_PLANAR_PIXELS = 12 };  // the longest tile of all sets

// What a tile reads, and how its result is finished. Pixel p of a run sums over ky, kx and ci, in this order,
//     x[ci * plane + ky * line + kx * dilation + p * stride] * w[((ky * kernel_width + kx) * inputs + ci) * 16 + column]
struct o2m_f32_planar_tile {
  size_t inputs, kernel_height, kernel_width;
  size_t plane, line, dilation, stride;
  const float *w;                    // one panel
  size_t columns;                    // of the panel that are stored: 1...16
  struct o2m_f32_epilogue epilogue;  // scale and bias of the panel; no residual
};

// y[p][0..<columns] for p < pixels, pixels >= 1. The run is cut into tiles of `tile_pixels(columns)`; the last one is the last that fits,
// so x holds what that many pixels read even where the run is shorter.
typedef void o2m_f32_planar(const struct o2m_f32_planar_tile *tile, const float *x, size_t pixels, float *y);

struct o2m_f32_planar_kernels {
  size_t pixels, narrow_pixels;  // of a tile: of a whole panel, and of one of at most 8 columns
  o2m_f32_planar *run;
};

#endif
