// Moving elements without looking at them: Transpose, Slice, Concat, Split, Expand, Pad, Tile, DepthToSpace, channel shuffle.
#ifndef O2M_COPY_H
#define O2M_COPY_H

#include "o2m_binary.h"
#include "o2m_platform.h"

#ifdef __cplusplus
extern "C" {
#endif

// An N-d strided copy: destination[sum i_k · destination_stride_k] = source[sum i_k · source_stride_k]. Source strides may be 0
// (Expand, Tile) or negative (reversed Slice); destination strides must not make two elements meet. source and destination
// point to the element at index 0 and do not overlap. Strides are in elements.
struct o2m_copy_plan {
  uint32_t rank, element_bytes;
  uint32_t transpose;  // the dim with source stride 1 when that is not the innermost; else the rank
  size_t count;
  size_t dims[O2M_MAX_DIMS];
  ptrdiff_t source[O2M_MAX_DIMS], destination[O2M_MAX_DIMS];
};

// 0; -1 when rank is above 8, element_bytes is not 1, 2, 4 or 8, or the count overflows.
int o2m_plan_copy(struct o2m_copy_plan *plan, uint32_t element_bytes, uint32_t rank, const size_t *dims, const ptrdiff_t *source_strides,
                  const ptrdiff_t *destination_strides);
void o2m_copy(const struct o2m_copy_plan *plan, const void *source, void *destination, o2m_pool *pool);

// Writes `value` (element_bytes of it) to every element of the N-d region; rank <= 8. Constant Pad is o2m_fill, then o2m_copy.
int o2m_fill(uint32_t element_bytes, uint32_t rank, const size_t *dims, const ptrdiff_t *strides, const void *value, void *destination);

enum o2m_pad_mode { O2M_PAD_CONSTANT, O2M_PAD_REFLECT, O2M_PAD_EDGE, O2M_PAD_WRAP };

// ONNX Pad-21 on dense tensors: output dim k is before[k] + dims[k] + after[k]; negative pads crop. `value` is for CONSTANT.
// 0; -1 when rank is above 8, element_bytes is unfit, an output dim is negative, or REFLECT, EDGE, WRAP meet an empty dim.
struct o2m_pad_params {
  enum o2m_pad_mode mode;
  uint32_t element_bytes, rank;
  size_t dims[O2M_MAX_DIMS];
  ptrdiff_t before[O2M_MAX_DIMS], after[O2M_MAX_DIMS];
  uint64_t value;  // the bits of the element, in the low bytes
};
int o2m_plan_pad(struct o2m_pad_params *params, enum o2m_pad_mode mode, uint32_t element_bytes, uint32_t rank, const size_t *dims,
                 const ptrdiff_t *before, const ptrdiff_t *after, uint64_t value);
void o2m_pad(const struct o2m_pad_params *params, const void *source, void *destination, o2m_pool *pool);

// Channel shuffle of NHWC pixels, f32: y[p][c · groups + g] = x[p][g · (channels / groups) + c]. groups divides channels.
void o2m_x32_channel_shuffle(uint32_t groups, size_t pixels, size_t channels, const void *x, size_t x_pitch, void *y, size_t y_pitch,
                             o2m_pool *pool);

// Rows of `row_bytes` bytes: copies `rows` rows between pitches in bytes. Concat and Split along channels of NHWC.
void o2m_copy_rows(size_t rows, size_t row_bytes, const void *source, size_t source_pitch_bytes, void *destination,
                   size_t destination_pitch_bytes, o2m_pool *pool);

#ifdef __cplusplus
}
#endif
#endif
