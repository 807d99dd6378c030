// The product under convolutions and matrix products of integers: y[row, column] = sum over k of a[row, k] * b[k, column].
//
// Both sides are widened to 16 bits and their zero points taken off on the way: nothing is left to correct, padding is 0, and two products
// of numbers of 8 bits and a sign fit a 32-bit lane. Where the CPU sums four products of 8 bits at once they stay bytes, and the zero
// points are taken off the sums.
#ifndef O2M_X8_PRODUCT_H
#define O2M_X8_PRODUCT_H

#include "o2m_integer.h"
#include "simd/families.h"

enum {
  O2M_X8_COLUMNS = 16,  // of a panel
  O2M_X8_STRIP = 4,     // panels that are packed together, at most: rows of b are then read by whole lines of the cache
  O2M_X8_STEP = 4,      // numbers that one sdot sums
  O2M_X8_ROWS = 6,      // the highest tile of all sets
};

// y[i] = saturate(round((sums[i] + bias) * factor[i * step]) + zero); limits are zero, the least and the greatest y.
typedef void o2m_x8_requantize(size_t n, const int32_t *sums, int32_t bias, const float *factor, size_t step, const int32_t limits[3],
                               uint8_t *y);

// What a set makes of both sides is its own. Their depth is rounded up to O2M_X8_STEP.
struct o2m_x8_product_kernels {
  size_t rows;                     // of a full tile
  size_t bytes;                    // of a number
  size_t line_extra, panel_extra;  // bytes behind the numbers of a row of a, and of a panel of b
  // A row of a, less its zero point; by whether it is signed.
  void (*line[2])(size_t depth, const uint8_t *x, int32_t zero, void *line);
  // Panels of `columns` columns, a strip at most, less their zero points; the rows of b begin at x + at[k].
  void (*pack[2])(size_t depth, size_t columns, const uint8_t *x, const size_t *at, const int16_t *zero, void *panels);
  // y[c] for c < columns, and whatever there is room for up to a whole panel: one row of a, without packing.
  void (*row[2])(size_t depth, size_t columns, const void *a, const uint8_t *x, const size_t *at, const int16_t *zero, int32_t *y);
  // y[r][0..<16] for r < rows: 1...tile rows of a, a_bytes apart, by a panel.
  void (*tile)(size_t rows, size_t depth, const void *a, size_t a_bytes, const void *panel, int32_t *y, size_t y_pitch);
  o2m_x8_requantize *requantize;  // that of the set serves all
};

// Products of several matrices: what they are, then how they are cut into work.
struct o2m_x8_product {
  size_t rows, depth, columns, a_lines;  // a_lines: rows of all matrices of a
  uint32_t rank;                         // of the batch
  const size_t *batch, *a_step, *b_step, *y_step;
  const size_t *channel_step;  // from matrix to matrix, where rows are channels with a scale and a bias each; else NULL
  size_t line, width;          // of every `line` columns the first `width` are stored, side by side
  size_t y_pitch;              // from row to row
  const struct o2m_x8_operand *a, *b;
  size_t factors;    // how many there may be
  size_t own_bytes;  // of the scratch for the caller

  const struct o2m_x8_product_kernels *isa;
  size_t matrices, line_bytes, panel_bytes;                  // line_bytes: of a row of a
  size_t strip, strips, block, blocks;                       // a strip is some panels, a block some rows: together an item of work
  size_t at_at, factor_at, own_at, worker_at, worker_bytes;  // offsets into the scratch; it begins with the widened a
};

#if O2M_ARCH_ARM64
extern const struct o2m_x8_product_kernels o2m_x8_product_kernels__dotprod;
#endif

// Fills the second half; the bytes of scratch.
size_t o2m_x8_product_plan(struct o2m_x8_product *product, uint32_t threads);

// The caller has filled what is at `at_at`: where the row k of b begins, from its matrix on, as size_t; up to a multiple of
// O2M_X8_STEP rows that do not matter.
void o2m_x8_product_run(const struct o2m_x8_product *product, const void *a, const uint8_t *b, const struct o2m_x8_result *result, void *y,
                        void *scratch, o2m_pool *pool);

#endif
