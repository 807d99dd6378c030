// Floats as numbers that are ordered as they are.
#ifndef O2M_ORDERED_H
#define O2M_ORDERED_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

// Ascends with the value; both zeros are one, and NaN is above all others.
static inline uint32_t o2m_f32_order(float value) {
  if (value != value) return UINT32_MAX;
  value += 0.0f;
  uint32_t bits;
  memcpy(&bits, &value, sizeof bits);
  return bits >> 31 ? ~bits : bits | 0x80000000u;
}

// Lets the number at `at` sink in a heap of `n` whose root is the largest.
static inline void o2m_sink(uint64_t *heap, size_t n, size_t at) {
  const uint64_t moved = heap[at];
  for (;;) {
    size_t child = 2 * at + 1;
    if (child >= n) break;
    if (child + 1 < n && heap[child + 1] > heap[child]) child++;
    if (heap[child] <= moved) break;
    heap[at] = heap[child];
    at = child;
  }
  heap[at] = moved;
}

static inline void o2m_heapify(uint64_t *heap, size_t n) {
  for (size_t at = n / 2; at-- > 0;) o2m_sink(heap, n, at);
}

#endif
