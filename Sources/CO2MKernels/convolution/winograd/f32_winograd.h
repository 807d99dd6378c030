// The parts of a Winograd convolution F(4x4, 3x3).
//
// Source: Lavin and Gray, Fast Algorithms for Convolutional Neural Networks (arXiv 1509.09308), section 4.3. That the points decide the
// error: Barabasz, Anderson, Soodhalter and Gregg, Error Analysis and Improving the Accuracy of Winograd Convolution (arXiv 1803.10986).
// 36 products by input and output channel stand for the 144 of 4x4 outputs. "xi" counts the 36 places of a transformed tile, row-major.
#ifndef O2M_F32_WINOGRAD_H
#define O2M_F32_WINOGRAD_H

#include "matrix_products/f32_gemm.h"
#include "o2m_conv.h"

enum { O2M_WINOGRAD_OUT = 4, O2M_WINOGRAD_IN = 6, O2M_WINOGRAD_PLACES = 36 };

// Where a transformed operand lies: element (xi, row, channel) at xi * place + row * pitch + channel.
struct o2m_winograd_block {
  float *data;
  size_t place, pitch;
};

struct o2m_f32_winograd_kernels {
  // v = B^T d B of one tile (row 0 of v): pixel[36] points at `channels` elements each, 8 at least.
  void (*input)(size_t channels, const float *const *pixel, struct o2m_winograd_block v);
  // u = G g G^T of `inputs` channels (rows of u) of one panel: w is [input][9][16].
  void (*weights)(uint32_t type, size_t inputs, const void *w, struct o2m_winograd_block u);
  // m = v * u, or m += v * u, at every place: [tiles][depth] by [depth][16].
  void (*multiply)(size_t tiles, size_t depth, struct o2m_winograd_block v, struct o2m_winograd_block u, int add,
                   struct o2m_winograd_block m);
  // y = act(A^T m A * scale + bias + residual) of one tile (row 0 of m), of which height x width pixels are stored; `y_row`
  // and `residual_row` lead from line to line. Activations as for o2m_f32_gemm_tile.
  void (*output)(struct o2m_winograd_block m, size_t height, size_t width, const struct o2m_f32_epilogue *epilogue, size_t residual_row,
                 size_t y_row, float *y);
};

#endif
