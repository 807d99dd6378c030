// Arithmetic of sizes.
#ifndef O2M_SIZES_H
#define O2M_SIZES_H

#include <stddef.h>

static inline size_t o2m_least(size_t a, size_t b) { return a < b ? a : b; }

// The first multiple of `step` that is not below n.
static inline size_t o2m_round_up(size_t n, size_t step) { return (n + step - 1) / step * step; }

#endif
