// A picture of bytes becomes a tensor in one pass over its rows: colours, resampling along both axes, crop, and a number for each level.
//
// Every instruction set gives the same bits: all arithmetic is on whole numbers.
#ifndef O2M_PICTURE_H
#define O2M_PICTURE_H

#include "o2m_platform.h"

#ifdef __cplusplus
extern "C" {
#endif

// How pixels lie in memory. Components are bytes.
enum o2m_pixel_form {
  O2M_PIXELS_1,       // one component: gray
  O2M_PIXELS_3,       // three, beside each other
  O2M_PIXELS_4,       // four; the last is not read
  O2M_PIXELS_PAIRS,   // luma, and a plane of pairs of chroma for each 2 × 2 pixels: NV12, NV21
  O2M_PIXELS_PLANES,  // luma, and two planes of chroma for each 2 × 2 pixels: I420
};

// R = (luma · (Y − black) + red · (V − 128) + 2¹⁵) >> 16, cut to 0…255; B the same with `blue` and U; G with `green_u` and `green_v`. A
// pixel has the chroma of its 2 × 2 pixels. U comes before V; where it does not, R and B change places.
struct o2m_picture_colours {
  int32_t black, luma, red, green_u, green_v, blue;
};

// The samples of one axis of the result, in ascending order of what they read: sample i is the sum of `taps` source samples from first[i]
// on, times weights of 22 fraction bits, rounded, cut to 0…255. Sums wrap. Along x the last of an even number of taps may lie one behind
// what is read; its weight is 0.
struct o2m_picture_axis {
  size_t count;
  size_t taps;             // even along x
  const int32_t *first;    // from the first source sample that is read, ascending
  const int32_t *weights;  // count · taps
};

struct o2m_picture_params {
  uint32_t form;
  size_t left, top;  // the first pixel that is read
  size_t columns;    // pixels of a row that are read, from `left` on
  struct o2m_picture_colours colours;
  struct o2m_picture_axis x, y;
  uint32_t rows_first;  // resamples along y before x
  // The result: element (row i, column j, channel c) lies at start + i · step_y + j · step_x + c · step_c, in elements.
  uint32_t channels;     // 1 or 3; 1 is gray, (19595 · R + 38470 · G + 7471 · B + 2¹⁵) >> 16
  uint8_t component[3];  // of the source's three, the one that is red, green, blue; then what a channel takes
  uint8_t channel[3];
  uint32_t element_bytes;  // 1, 2, 4 or 8
  const void *levels;      // 256 elements for each channel
  ptrdiff_t start, step_y, step_x, step_c;
};

// Bytes of scratch memory, aligned to 64.
size_t o2m_picture_scratch_bytes(const struct o2m_picture_params *params);

// Fills y from the planes. Nothing outside of the pixels that are read is touched, nothing between the rows.
void o2m_picture(const struct o2m_picture_params *params, const uint8_t *const planes[3], const size_t strides[3], void *y, void *scratch);

// Fills a result of `width` x `height` with `level` outside of the `columns` x `rows` elements from column `left` and row `top` on, which
// are those that o2m_picture fills. Of `params` only element_bytes, levels, channels and the steps count.
void o2m_picture_pad(const struct o2m_picture_params *params, size_t width, size_t height, size_t left, size_t top, size_t columns,
                     size_t rows, uint8_t level, void *y);

#ifdef __cplusplus
}
#endif
#endif
