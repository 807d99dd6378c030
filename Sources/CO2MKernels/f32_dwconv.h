// The micro-kernels under depthwise convolution.
#ifndef O2M_F32_DWCONV_H
#define O2M_F32_DWCONV_H

#include "f32_gemm.h"
#include "o2m_conv.h"

enum { O2M_DWCONV_PIXELS = 4 };  // most pixels that a tile computes

// What a tile reads, and how its result is finished. Pixel p of the tile sums over ky and kx
//     x[ky * x_pitch + p * stride + kx][channel] * w[(ky * kernel_width + kx) * w_pitch + channel]
// so that neighbouring pixels share what they read. A dilated kernel has tiles of one pixel and pointers that skip.
struct o2m_f32_dwconv_tile {
  size_t channels;                   // of the tensor
  size_t first, end;                 // those to compute: multiples of 16, except an `end` that is `channels`
  size_t kernel_height, kernel_width, stride;
  const float *const *x;
  size_t x_pitch;
  const float *w;
  size_t w_pitch;
  struct o2m_f32_epilogue epilogue;  // scale and bias of w_pitch channels
};

// `pixels` is 1...O2M_DWCONV_PIXELS for the widths and strides below, else 1. The sum runs over ky, then kx, whatever the tile.
typedef void o2m_f32_dwconv(const struct o2m_f32_dwconv_tile *tile, size_t pixels, float *y);

struct o2m_f32_dwconv_isa {
  const char *name;
  uint32_t needs;
  o2m_f32_dwconv *run;
};

const struct o2m_f32_dwconv_isa *o2m_f32_dwconv_best(uint32_t without);

#define O2M_F32_DWCONV(isa, needs) o2m_f32_dwconv o2m_f32_dwconv__##isa;
#include "f32_dwconv.inc"
#undef O2M_F32_DWCONV

// Channels that fill no vector, one by one.
void o2m_f32_dwconv_channels(const struct o2m_f32_dwconv_tile *tile, size_t pixels, size_t first, float *y);

#endif
