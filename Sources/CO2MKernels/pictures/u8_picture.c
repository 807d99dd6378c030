#include "u8_picture.h"

#include <string.h>

// Bytes of a row of n pixels with its padding.
static size_t row_bytes(size_t n) { return (4 * n + O2M_PICTURE_PAD + 63) & ~(size_t)63; }

static size_t kept_columns(const struct o2m_picture_params *p) { return p->rows_first ? p->columns : p->x.count; }

// The parts of the scratch memory; none where there is none yet.
struct scratch {
  int32_t *weights;  // of x, each four times
  const uint8_t **window;
  uint8_t *source;
  uint8_t *ring;  // the rows that a sample along y reads: they stay until another needs their place
  uint8_t *blend, *result;
  size_t ring_row;
};

static size_t partition(const struct o2m_picture_params *p, uint8_t *memory, struct scratch *s) {
  size_t at = 0;
#define O2M_PART(place, bytes) (place = (void *)(memory ? memory + at : NULL), at += ((bytes) + 63) & ~(size_t)63)
  s->ring_row = row_bytes(kept_columns(p));
  O2M_PART(s->weights, p->x.count * p->x.taps * 16);
  O2M_PART(s->window, p->y.taps * sizeof(uint8_t *));
  O2M_PART(s->source, row_bytes(p->columns + 2));
  O2M_PART(s->ring, p->y.taps * s->ring_row);
  O2M_PART(s->blend, s->ring_row);
  O2M_PART(s->result, row_bytes(p->x.count));
#undef O2M_PART
  return at;
}

size_t o2m_picture_scratch_bytes(const struct o2m_picture_params *params) {
  struct scratch s;
  return partition(params, NULL, &s);
}

// The four bytes of each pixel of a row of the source, from the first column that is read.
static const uint8_t *read_row(const struct o2m_picture_params *p, const uint8_t *const planes[3], const size_t strides[3], size_t row,
                               const struct o2m_u8_picture_kernels *set, uint8_t *target) {
  const size_t line = p->top + row, n = p->columns;
  const uint8_t *from = planes[0] + line * strides[0];
  switch (p->form) {
    case O2M_PIXELS_1:
      for (size_t i = 0; i < n; i++) {
        const uint32_t pixel = from[p->left + i] * 0x010101u;
        memcpy(target + 4 * i, &pixel, 4);
      }
      return target;
    case O2M_PIXELS_3:
      from += 3 * p->left;
      // Four bytes are moved for each pixel but the last, behind which there may be none.
      for (size_t i = 0; i + 1 < n; i++) memcpy(target + 4 * i, from + 3 * i, 4);
      memcpy(target + 4 * (n - 1), from + 3 * (n - 1), 3);
      return target;
    case O2M_PIXELS_4: memcpy(target, from + 4 * p->left, 4 * n); return target;
  }
  // Chroma begins at an even pixel, perhaps one before the first that is asked for.
  const size_t odd = p->left & 1, left = p->left - odd;
  const int pairs = p->form == O2M_PIXELS_PAIRS;
  const uint8_t *u = planes[1] + line / 2 * strides[1] + (pairs ? left : left / 2);
  set->colours(n + odd, from + left, u, pairs ? NULL : planes[2] + line / 2 * strides[2] + left / 2, &p->colours, target);
  return target + 4 * odd;
}

// The elements of one row of the result.
static void store(const struct o2m_picture_params *p, const uint8_t *row, size_t index, void *y) {
  const ptrdiff_t base = p->start + (ptrdiff_t)index * p->step_y;
#define O2M_STORE(type)                                                                                                  \
  do {                                                                                                                   \
    type *out = (type *)y + base;                                                                                        \
    const type *levels = p->levels;                                                                                      \
    if (p->channels == 1) {                                                                                              \
      const uint8_t r = p->component[0], g = p->component[1], b = p->component[2];                                       \
      for (size_t i = 0; i < p->x.count; i++, row += 4, out += p->step_x)                                                \
        *out = levels[(row[r] * 19595u + row[g] * 38470u + row[b] * 7471u + 0x8000u) >> 16];                             \
    } else {                                                                                                             \
      const uint8_t *a = row + p->component[p->channel[0]], *b = row + p->component[p->channel[1]];                      \
      const uint8_t *c = row + p->component[p->channel[2]];                                                              \
      for (size_t i = 0; i < p->x.count; i++, out += p->step_x) {                                                        \
        out[0] = levels[a[4 * i]], out[p->step_c] = levels[256 + b[4 * i]], out[2 * p->step_c] = levels[512 + c[4 * i]]; \
      }                                                                                                                  \
    }                                                                                                                    \
  } while (0)
  switch (p->element_bytes) {
    case 1: O2M_STORE(uint8_t); break;
    case 2: O2M_STORE(uint16_t); break;
    case 4: O2M_STORE(uint32_t); break;
    default: O2M_STORE(uint64_t); break;
  }
#undef O2M_STORE
}

void o2m_picture(const struct o2m_picture_params *p, const uint8_t *const planes[3], const size_t strides[3], void *y, void *memory) {
  const struct o2m_u8_picture_kernels *set = o2m_u8_picture_kernels();
  struct scratch s;
  partition(p, memory, &s);
  for (size_t i = 0; i < p->x.count * p->x.taps; i++)
    for (size_t k = 0; k < 4; k++) s.weights[4 * i + k] = p->x.weights[i];
  size_t next = 0;  // the next row of the source
  for (size_t i = 0; i < p->y.count; i++) {
    const size_t first = (size_t)p->y.first[i];
    if (next < first) next = first;
    for (; next < first + p->y.taps; next++) {
      uint8_t *kept = s.ring + next % p->y.taps * s.ring_row;
      if (p->rows_first) {
        const uint8_t *row = read_row(p, planes, strides, next, set, kept);
        if (row != kept) memmove(kept, row, 4 * p->columns);
      } else {
        set->columns(&p->x, s.weights, read_row(p, planes, strides, next, set, s.source), kept);
      }
    }
    for (size_t k = 0; k < p->y.taps; k++) s.window[k] = s.ring + (first + k) % p->y.taps * s.ring_row;
    const int32_t *weights = p->y.weights + i * p->y.taps;
    if (p->rows_first) {
      set->rows(4 * p->columns, p->y.taps, s.window, weights, s.blend);
      set->columns(&p->x, s.weights, s.blend, s.result);
    } else {
      set->rows(4 * p->x.count, p->y.taps, s.window, weights, s.result);
    }
    store(p, s.result, i, y);
  }
}

// `count` elements, `step` apart.
static void fill(size_t size, const void *element, uint8_t *target, size_t count, size_t step) {
#define O2M_FILL(type)                                                              \
  do {                                                                              \
    const type value = *(const type *)element;                                      \
    for (type *out = (type *)target; count > 0; count--, out += step) *out = value; \
  } while (0)
  switch (size) {
    case 1: O2M_FILL(uint8_t); break;
    case 2: O2M_FILL(uint16_t); break;
    case 4: O2M_FILL(uint32_t); break;
    default: O2M_FILL(uint64_t); break;
  }
#undef O2M_FILL
}

void o2m_picture_pad(const struct o2m_picture_params *p, size_t width, size_t height, size_t left, size_t top, size_t columns, size_t rows,
                     uint8_t level, void *y) {
  const size_t size = p->element_bytes, step = p->step_c == 1 ? p->channels : 1;
  for (size_t c = 0; c < p->channels; c++) {
    const uint8_t *element = (const uint8_t *)p->levels + (256 * c + level) * size;
    for (size_t i = 0; i < height; i++) {
      uint8_t *row = (uint8_t *)y + ((size_t)p->step_c * c + i * width * step) * size;
      const int beside = i >= top && i < top + rows;
      fill(size, element, row, beside ? left : width, step);
      if (beside) fill(size, element, row + (left + columns) * step * size, width - left - columns, step);
    }
  }
}
