#include <string.h>

#include "elementwise.h"
#include "o2m_platform.h"
#include "sums.h"

static const struct {
  const char *name;
  uint32_t needs;
  const struct o2m_sums *sums;
  const struct o2m_elementwise *elementwise;
} sets[] = {
#if O2M_ARCH_X86_64
    {"avx2", O2M_CPU_AVX2, &o2m_sums__avx2, &o2m_elementwise__avx2},
#endif
    {"base", 0, &o2m_sums__base, &o2m_elementwise__base},
};

size_t o2m_reference_sets(void) { return sizeof sets / sizeof sets[0]; }
const char *o2m_reference_set_name(size_t set) { return sets[set].name; }
int o2m_reference_set_runs(size_t set) { return (sets[set].needs & ~o2m_cpu_features()) == 0; }

size_t o2m_reference_positions(const struct o2m_reference_product *p) {
  if (p->extents[0] == 0 || p->extents[1] == 0 || p->extents[2] == 0) return 0;
  return (p->extents[0] - 1) * p->pitch[0] + (p->extents[1] - 1) * p->pitch[1] + p->extents[2];
}

static size_t whole(size_t n, size_t step) { return (n + step - 1) / step * step; }

// Rows of sums, then a block of w, then a block of x.
size_t o2m_reference_scratch(size_t rows, size_t count) {
  const size_t columns = whole(count, O2M_SUMS_COLUMNS);
  return rows * columns + (rows + columns) * O2M_SUMS_DEPTH;
}

// Element i of an operand.
static double element(const struct o2m_reference_product *p, const void *operand, size_t i) {
  return p->wide ? ((const double *)operand)[i] : ((const float *)operand)[i];
}

// The block [k, k + depth) of w, a tile's rows side by side: [tile, depth, rows of the tile].
static void pack_w(const struct o2m_reference_product *p, size_t row, size_t rows, size_t k, size_t depth, double *packed) {
  for (size_t r = 0; r < rows; r += O2M_SUMS_ROWS) {
    const size_t n = rows - r < O2M_SUMS_ROWS ? rows - r : O2M_SUMS_ROWS;
    for (size_t i = 0; i < n; i++) {
      const size_t from = (row + r + i) * p->w_row;
      for (size_t l = 0; l < depth; l++) packed[l * n + i] = element(p, p->w, from + p->w_offsets[k + l]);
    }
    packed += depth * n;
  }
}

// The block [k, k + depth) of x: [panel, depth, O2M_SUMS_COLUMNS], zeros behind the last position.
static void pack_x(const struct o2m_sums *sums, const struct o2m_reference_product *p, size_t position, size_t count, size_t k,
                   size_t depth, double *packed) {
  for (size_t c = 0; c < count; c += O2M_SUMS_COLUMNS) {
    const size_t n = count - c < O2M_SUMS_COLUMNS ? count - c : O2M_SUMS_COLUMNS;
    const size_t from = (position + c) * p->x_step;
    for (size_t l = 0; l < depth; l++, packed += O2M_SUMS_COLUMNS) {
      const size_t source = from + p->x_offsets[k + l];
      if (p->x_step == 1 && !p->wide) {
        sums->widen(n, (const float *)p->x + source, packed);
      } else {
        for (size_t i = 0; i < O2M_SUMS_COLUMNS; i++) packed[i] = i < n ? element(p, p->x, source + i * p->x_step) : 0;
      }
    }
  }
}

void o2m_reference_multiply(size_t set, const struct o2m_reference_product *p, size_t row, size_t rows, size_t position, size_t count,
                            double *scratch) {
  const struct o2m_sums *sums = sets[set].sums;
  const struct o2m_elementwise *elementwise = sets[set].elementwise;
  if (p->rows == 1 && p->x_step == 1 && !p->wide) {
    sums->row(count, p->depth, p->w, p->w_offsets, (const float *)p->x + position, p->x_offsets, scratch);
    elementwise->finish(p, 0, position, count, scratch);
    return;
  }
  const size_t columns = whole(count, O2M_SUMS_COLUMNS);
  double *w = scratch + rows * columns, *x = w + rows * O2M_SUMS_DEPTH;
  memset(scratch, 0, rows * columns * sizeof *scratch);
  for (size_t k = 0; k < p->depth; k += O2M_SUMS_DEPTH) {
    const size_t depth = p->depth - k < O2M_SUMS_DEPTH ? p->depth - k : O2M_SUMS_DEPTH;
    pack_w(p, row, rows, k, depth, w);
    pack_x(sums, p, position, count, k, depth, x);
    for (size_t c = 0; c < columns; c += O2M_SUMS_COLUMNS) {
      for (size_t r = 0; r < rows; r += O2M_SUMS_ROWS) {
        const size_t n = rows - r < O2M_SUMS_ROWS ? rows - r : O2M_SUMS_ROWS;
        (p->wide ? sums->tile_apart : sums->tile)(n, depth, w + r * depth, x + c * depth, scratch + r * columns + c, columns);
      }
    }
  }
  for (size_t r = 0; r < rows; r++) elementwise->finish(p, row + r, position, count, scratch + r * columns);
}

void o2m_reference_map(size_t set, enum o2m_reference_activation activation, double a, double b, size_t n, const float *x, float *y) {
  sets[set].elementwise->map(activation, a, b, n, x, y);
}

void o2m_reference_map_wide(size_t set, enum o2m_reference_activation activation, double a, double b, size_t n, double *s) {
  sets[set].elementwise->map_wide(activation, a, b, n, s);
}

void o2m_reference_combine(size_t set, enum o2m_reference_arithmetic arithmetic, size_t n, const float *a, size_t a_step, const float *b,
                           size_t b_step, float *y) {
  sets[set].elementwise->combine(arithmetic, n, a, a_step, b, b_step, y);
}

void o2m_reference_combine_wide(size_t set, enum o2m_reference_arithmetic arithmetic, size_t n, const double *a, size_t a_step,
                                const double *b, size_t b_step, double *y) {
  sets[set].elementwise->combine_wide(arithmetic, n, a, a_step, b, b_step, y);
}

void o2m_reference_normalize(size_t set, double mean, double slope, double bias, size_t n, const float *x, float *y) {
  sets[set].elementwise->normalize(mean, slope, bias, n, x, y);
}

void o2m_reference_normalize_wide(size_t set, double mean, double slope, double bias, size_t n, const double *x, double *y) {
  sets[set].elementwise->normalize_wide(mean, slope, bias, n, x, y);
}

void o2m_reference_raise(size_t set, size_t n, const float *x, size_t x_step, float *y) { sets[set].elementwise->raise(n, x, x_step, y); }

void o2m_reference_add(size_t set, double weight, size_t n, const float *x, size_t x_step, double *sums) {
  sets[set].elementwise->add(weight, n, x, x_step, sums);
}

void o2m_reference_round(size_t set, size_t n, const double *sums, float *y) { sets[set].elementwise->round(n, sums, y); }

void o2m_reference_total(size_t rows, size_t n, const float *x, double *sums) {
  // Four rows side by side: each addition of a row waits for the one before it.
  size_t row = 0;
  for (; row + 4 <= rows; row += 4, x += 4 * n) {
    double a = 0, b = 0, c = 0, d = 0;
    for (size_t i = 0; i < n; i++) a += x[i], b += x[n + i], c += x[2 * n + i], d += x[3 * n + i];
    sums[row] = a, sums[row + 1] = b, sums[row + 2] = c, sums[row + 3] = d;
  }
  for (; row < rows; row++, x += n) {
    sums[row] = 0;
    for (size_t i = 0; i < n; i++) sums[row] += x[i];
  }
}
