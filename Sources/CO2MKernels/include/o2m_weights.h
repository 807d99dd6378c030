// Constant operands of convolutions and matrix products: how they lie in a bundle, and the packers that write them.
//
// Panels (dense and grouped convolution, transposed convolution, matrix product)
//   A group has `outputs` output channels and a sum of `depth` terms per output. Its outputs are cut into
//   ceil(outputs / 16) panels of 16; the missing outputs of the last panel are zeros. Elements lie as
//       [group][panel][k][16]       k < depth, output = panel * 16 + column
//   without gaps, in the element type of the weights, little endian. For a convolution k = (ky * kw + kx) * inputs + ci
//   with ci counted inside the group. For a matrix product k is the row of B. For a transposed convolution the taps
//   (ky, kx) come in the order of o2m_pack_taps below, which puts the taps of one output phase side by side.
// Depthwise (one input and one output channel per group)
//       [ky * kw + kx][channels rounded up to 16]        zeros after the last channel
// Vectors (bias, scale)
//   float32 [group][panel][16], or [channels rounded up to 16] for depthwise; bias is padded with 0, scale with 1.
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

// Where the element (group, output, tap, input) of an unpacked operand lies, in elements from its start.
// depth = taps * inputs.
struct o2m_pack_source {
  size_t groups, outputs, taps, inputs;
  size_t group_step, output_step, tap_step, input_step;
  const uint32_t *tap_order;  // taps indices in packed order, or NULL for 0, 1, 2 ...
};

// Conv weights [groups * outputs][inputs][kernel...]; taps is the product of the kernel sizes.
struct o2m_pack_source o2m_pack_oihw(size_t groups, size_t outputs, size_t inputs, size_t taps);
// ConvTranspose weights [groups * inputs][outputs][kernel...]; `order` comes from o2m_pack_taps and is kept by reference.
struct o2m_pack_source o2m_pack_iohw(size_t groups, size_t outputs, size_t inputs, size_t taps, const uint32_t *order);
// A matrix B[K, N], and a matrix [N, K] that stands for its transpose.
struct o2m_pack_source o2m_pack_kn(size_t k, size_t n);
struct o2m_pack_source o2m_pack_nk(size_t k, size_t n);

// Orders the kh * kw taps of a transposed convolution by ((ky * dilation_y) % stride_y, (kx * dilation_x) % stride_x,
// ky, kx): the taps that meet in one output pixel become neighbours.
void o2m_pack_taps(size_t kh, size_t kw, size_t stride_y, size_t stride_x, size_t dilation_y, size_t dilation_x, uint32_t *order);

// Elements of the packed form: groups * ceil(outputs / 16) * 16 * taps * inputs. Every one is written, padding too.
size_t o2m_packed_count(const struct o2m_pack_source *source);
void o2m_pack_f32(const struct o2m_pack_source *source, const float *w, float *packed);
void o2m_pack_f16(const struct o2m_pack_source *source, const float *w, uint16_t *packed);
void o2m_pack_i8(const struct o2m_pack_source *source, const int8_t *q, int8_t *packed);

// Depthwise weights [channels][taps] to [taps][channels rounded up to 16].
size_t o2m_packed_depthwise_count(size_t channels, size_t taps);
void o2m_pack_depthwise_f32(size_t channels, size_t taps, const float *w, float *packed);
void o2m_pack_depthwise_f16(size_t channels, size_t taps, const float *w, uint16_t *packed);
void o2m_pack_depthwise_i8(size_t channels, size_t taps, const int8_t *q, int8_t *packed);

// A vector over the output channels, [groups * outputs] to [group][panel][16]; `fill` is the padding. For depthwise,
// groups = 1 and outputs = channels.
size_t o2m_packed_vector_count(size_t groups, size_t outputs);
void o2m_pack_vector(size_t groups, size_t outputs, const float *v, float fill, float *packed);

// float16, rounded to nearest even; overflow becomes infinity, NaN stays NaN.
uint16_t o2m_f16_from_f32(float value);
float o2m_f32_from_f16(uint16_t half);

#ifdef __cplusplus
}
#endif
#endif
