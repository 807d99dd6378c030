// The picture kernels of one instruction set. Rows have four bytes a pixel, the last of them without a meaning.
#ifndef O2M_U8_PICTURE_H
#define O2M_U8_PICTURE_H

#include "o2m_picture.h"
#include "simd/families.h"

// Bytes behind a row that a kernel may read or write.
enum { O2M_PICTURE_PAD = 32 };

struct o2m_u8_picture_kernels {
  // n pixels of red, green and blue from luma and from chroma that begins at an even pixel: pairs where v is NULL, else planes.
  void (*colours)(size_t n, const uint8_t *luma, const uint8_t *u, const uint8_t *v, const struct o2m_picture_colours *colours,
                  uint8_t *row);
  // One row along x. `weights` has each weight four times.
  void (*columns)(const struct o2m_picture_axis *x, const int32_t *weights, const uint8_t *row, uint8_t *result);
  // n bytes of one row along y: `taps` rows, times weights.
  void (*rows)(size_t n, size_t taps, const uint8_t *const *rows, const int32_t *weights, uint8_t *result);
};

#endif
