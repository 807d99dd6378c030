#include <string.h>

#include "o2m_count.h"

// Writes the places of one row of x, `n` elements at `prefix`, which holds the indices of the axes before the last.
struct row {
  uint32_t rank;
  const int64_t *prefix;
  size_t n;
  int64_t *places;
};

static inline int64_t *put(const struct row *row, int64_t *to, size_t at) {
  for (uint32_t axis = 0; axis + 1 < row->rank; axis++) to[axis] = row->prefix[axis];
  to[row->rank - 1] = (int64_t)at;
  return to + row->rank;
}

// An element is zero where the bits of `mask` are: for floats all but the sign.
#define O2M_NON_ZERO_ROW(type)                                                  \
  static int64_t *row_##type(const struct row *row, const type *x, type mask) { \
    int64_t *to = row->places;                                                  \
    const size_t step = 64 / sizeof(type);                                      \
    size_t i = 0;                                                               \
    for (; i + step <= row->n; i += step) {                                     \
      type any = 0;                                                             \
      for (size_t k = 0; k < step; k++) any |= x[i + k];                        \
      if ((any & mask) == 0) continue;                                          \
      for (size_t k = 0; k < step; k++)                                         \
        if (x[i + k] & mask) to = put(row, to, i + k);                          \
    }                                                                           \
    for (; i < row->n; i++)                                                     \
      if (x[i] & mask) to = put(row, to, i);                                    \
    return to;                                                                  \
  }

O2M_NON_ZERO_ROW(uint8_t)
O2M_NON_ZERO_ROW(uint16_t)
O2M_NON_ZERO_ROW(uint32_t)
O2M_NON_ZERO_ROW(uint64_t)

int64_t o2m_non_zero(uint32_t rank, const size_t *extents, enum o2m_element element, const void *x, int64_t *places) {
  const size_t bytes = o2m_element_bytes(element);
  if (rank > 8 || bytes == 0) return -1;
  const int is_float =
      element == O2M_ELEMENT_F32 || element == O2M_ELEMENT_F64 || element == O2M_ELEMENT_F16 || element == O2M_ELEMENT_BF16;
  const uint64_t mask = is_float ? UINT64_MAX >> (65 - 8 * bytes) : UINT64_MAX;
  size_t rows = 1;
  for (uint32_t axis = 0; axis + 1 < rank; axis++) rows *= extents[axis];
  const size_t n = rank > 0 ? extents[rank - 1] : 1;
  // A scalar has one element and no place to write.
  if (rank == 0) {
    uint64_t bits = 0;
    memcpy(&bits, x, bytes);
    return (bits & mask) != 0;
  }
  if (n == 0) return 0;
  int64_t prefix[8] = {0};
  int64_t *to = places;
  for (size_t r = 0; r < rows; r++) {
    const struct row row = {rank, prefix, n, to};
    const uint8_t *from = (const uint8_t *)x + r * n * bytes;
    switch (bytes) {
      case 1: to = row_uint8_t(&row, from, (uint8_t)mask); break;
      case 2: to = row_uint16_t(&row, (const uint16_t *)(const void *)from, (uint16_t)mask); break;
      case 4: to = row_uint32_t(&row, (const uint32_t *)(const void *)from, (uint32_t)mask); break;
      default: to = row_uint64_t(&row, (const uint64_t *)(const void *)from, mask); break;
    }
    for (uint32_t axis = rank - 1; axis-- > 0;) {
      if (++prefix[axis] < (int64_t)extents[axis]) break;
      prefix[axis] = 0;
    }
  }
  return (to - places) / rank;
}
