// The sums of one instruction set.
#ifndef O2M_SUMS_H
#define O2M_SUMS_H

#include "o2m_reference.h"

// A tile has O2M_SUMS_ROWS rows and O2M_SUMS_COLUMNS positions: twelve sums of four float64, which leaves AVX2 four registers for operands.
// A block has O2M_SUMS_DEPTH steps of k: 16 KB of x and 12 of w, which the first cache holds.
#define O2M_SUMS_ROWS 6
#define O2M_SUMS_COLUMNS 8
#define O2M_SUMS_DEPTH 256

struct o2m_sums {
  // sums[r · pitch + c] += Σ_k w[k · rows + r] · x[k · O2M_SUMS_COLUMNS + c], for rows 1...O2M_SUMS_ROWS
  // The products are exact, and may be fused with the sum.
  void (*tile)(size_t rows, size_t depth, const double *w, const double *x, double *sums, size_t pitch);
  // The same where products are not exact: each is rounded.
  void (*tile_apart)(size_t rows, size_t depth, const double *w, const double *x, double *sums, size_t pitch);
  // x[c] = source[c], n ≤ O2M_SUMS_COLUMNS, the others zero
  void (*widen)(size_t n, const float *source, double *x);
  // sums[p] = Σ_k w[w_offsets[k]] · x[x_offsets[k] + p], p < n
  void (*row)(size_t n, size_t depth, const float *w, const size_t *w_offsets, const float *x, const size_t *x_offsets, double *sums);
};

extern const struct o2m_sums o2m_sums__avx2, o2m_sums__base;

#endif
