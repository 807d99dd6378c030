// Constant operands of convolutions and matrix products: how they lie in a bundle, and the packer that brings them there.
//
// Panels (dense and grouped convolution, transposed convolution, matrix product, recurrent cells)
//   A group has `outputs` output channels and a sum of taps * inputs terms per output. Its outputs are cut into
//   ceil(outputs / 16) panels of 16, the last one padded. Elements lie as
//       [group][panel][tap][input][16]       output = panel * 16 + column
//   without gaps, in the element type of the weights, little endian. For a matrix product inputs are the rows of B.
// Depthwise (one input and one output channel per group)
//       [tap][panel][16]                     over all channels
// Vectors (bias, scale)
//       float32 [group][panel][16]
// Padding is 0, and 1 for scales. Weights of other kinds have the form of one of these: struct o2m_weight_layout says which.
//
// Element types: float32; float16 (IEEE binary16, rounded to nearest even); int8 q with one float32 scale per output
// channel, weight = q * scale. Kernels sum q * x and apply the scale once, to the sum.
#ifndef O2M_WEIGHTS_H
#define O2M_WEIGHTS_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { O2M_PANEL = 16 };

// The numbers are stored in bundles.
enum { O2M_WEIGHTS_F32 = 0, O2M_WEIGHTS_F16 = 1, O2M_WEIGHTS_I8 = 2 };

// A packed operand as the kernels read it. Every pointer is aligned to 4 bytes at least; 64 is faster.
struct o2m_weights {
  uint32_t type;
  const void *data;
  const float *scale;  // a vector as above; NULL means 1, and stands beside F32 and F16
  const float *bias;   // a vector as above; NULL means 0
};

// Where the elements of an operand lie. The one of (group, output, tap, input) has the index
//     as ONNX has it   group * group_step + output * output_step + tap * tap_step + input * input_step
//     packed           group * group_place + output / 16 * panel_place + t * tap_place + input * 16 + output % 16
// where t counts the taps in the order of ((ky * dilation_y) % stride_y, (kx * dilation_x) % stride_x, ky, kx), with
// tap = ky * kernel_width + kx: those that meet in one output pixel of a transposed convolution are neighbours. Strides of 1
// leave them as they are.
struct o2m_weight_layout {
  size_t groups, outputs, taps, inputs;
  size_t group_step, output_step, tap_step, input_step;
  size_t group_place, panel_place, tap_place;
  size_t kernel_width, stride_y, stride_x, dilation_y, dilation_x;
};

// Panels from [groups * outputs][inputs][taps]: weights of Conv; for one tap each group is a matrix [N, K], for one input besides
// a vector.
struct o2m_weight_layout o2m_layout_oihw(size_t groups, size_t outputs, size_t inputs, size_t taps);
// Panels from [groups * inputs][outputs][taps]: weights of ConvTranspose, whose strides and dilations the caller sets; for one
// group and tap a matrix B[K, N].
struct o2m_weight_layout o2m_layout_iohw(size_t groups, size_t outputs, size_t inputs, size_t taps);
// The depthwise form from [channels][taps].
struct o2m_weight_layout o2m_layout_depthwise(size_t channels, size_t taps);
// Of the vectors that go with such weights, over their output channels.
struct o2m_weight_layout o2m_layout_vector(const struct o2m_weight_layout *weights);

// Elements of the packed form, padding included; PTRDIFF_MAX where there are more.
size_t o2m_packed_count(const struct o2m_weight_layout *layout);
// Packs elements of 1, 2 or 4 bytes. Every one of the packed form is written; padding gets the lowest bytes of `padding`.
void o2m_pack(const struct o2m_weight_layout *layout, size_t element_bytes, const void *from, uint32_t padding, void *packed);

#ifdef __cplusplus
}
#endif
#endif
