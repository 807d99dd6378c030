#include "o2m_grid.h"

#include <math.h>

#include "f32_resize.h"
#include "pieces.h"

struct job {
  const struct o2m_f32_resize_kernels *set;
  const struct o2m_f32_grid_params *params;
  const float *x, *grid;
  float *y;
};

// What a position reads along one axis.
struct taps {
  uint32_t count;
  size_t index[4];
  float weight[4];
};

static double reflected(double x, double first, double last) {
  const double range = last - first;
  if (range <= 0) return first;
  const double past = fmod(x < first ? first - x : x - first, 2 * range);
  return past <= range ? first + past : last - (past - range);
}

// R. Keys, "Cubic convolution interpolation", 1981, with the coefficient -0.75.
static double cubic(double distance) {
  const double a = -0.75, s = fabs(distance);
  return s <= 1 ? ((a + 2) * s - (a + 3)) * s * s + 1 : s < 2 ? ((a * s - 5 * a) * s + 8 * a) * s - 4 * a : 0;
}

// `normal` is -1...1 over the axis. 0 where the position is not finite.
static int taps_of(const struct o2m_f32_grid_params *p, double normal, size_t extent, struct taps *taps) {
  const double size = (double)extent, position = p->aligns_corners ? (normal + 1) / 2 * (size - 1) : ((normal + 1) * size - 1) / 2;
  taps->count = 0;
  if (!isfinite(position)) return 0;
  const double first = p->aligns_corners ? 0 : -0.5, last = p->aligns_corners ? size - 1 : size - 0.5;
  double x = p->mode == O2M_GRID_NEAREST ? rint(position) : position;
  if (x < first || x > last) {
    switch (p->padding) {
      case O2M_GRID_ZEROS: x = fmax(-4, fmin(size + 4, x)); break;  // far outside nothing is read
      case O2M_GRID_BORDER: x = fmax(0, fmin(size - 1, x)); break;
      default: x = reflected(x, first, last); break;
    }
  }
  const double base = floor(x), t = x - base;
  const int begin = p->mode == O2M_GRID_CUBIC ? -1 : 0, end = p->mode == O2M_GRID_CUBIC ? 2 : p->mode == O2M_GRID_LINEAR ? 1 : 0;
  for (int distance = begin; distance <= end; distance++) {
    double i = base + distance;
    if (i < 0 || i >= size) {
      if (p->padding == O2M_GRID_ZEROS) continue;
      if (p->padding == O2M_GRID_REFLECTION) i = trunc(reflected(i, first, last));
      i = fmax(0, fmin(size - 1, i));
    }
    taps->index[taps->count] = (size_t)i;
    taps->weight[taps->count++] = (float)(p->mode == O2M_GRID_NEAREST  ? 1
                                          : p->mode == O2M_GRID_LINEAR ? (distance ? t : 1 - t)
                                                                       : cubic(distance - t));
  }
  return 1;
}

// Items are positions of all pictures.
static void grid_task(void *context, size_t begin, size_t end, uint32_t worker) {
  const struct job *job = context;
  const struct o2m_f32_grid_params *p = job->params;
  (void)worker;
  for (size_t item = begin; item < end; item++) {
    const float *picture = job->x + item / p->positions * p->height * p->width * p->x_pitch;
    float *y = job->y + item * p->y_pitch;
    struct taps rows, columns;
    const int is_finite = taps_of(p, job->grid[2 * item + 1], p->height, &rows) & taps_of(p, job->grid[2 * item], p->width, &columns);
    if (!is_finite || rows.count == 0 || columns.count == 0) {
      for (size_t c = 0; c < p->channels; c++) y[c] = 0;
      continue;
    }
    struct o2m_f32_resize_taps taps = {.rows_count = rows.count, .columns_count = columns.count};
    for (uint32_t i = 0; i < rows.count; i++) {
      taps.rows[i] = picture + rows.index[i] * p->width * p->x_pitch;
      taps.row_weights[i] = rows.weight[i];
    }
    for (uint32_t i = 0; i < columns.count; i++) {
      taps.columns[i] = columns.index[i] * p->x_pitch;
      taps.column_weights[i] = columns.weight[i];
    }
    job->set->resize(p->channels, &taps, y);
  }
}

void o2m_f32_grid_sample(const struct o2m_f32_grid_params *params, const float *x, const float *grid, float *y, o2m_pool *pool) {
  if (params->channels == 0 || params->positions == 0) return;
  const struct job job = {o2m_f32_resize_kernels(), params, x, grid, y};
  const size_t taps = params->mode == O2M_GRID_CUBIC ? 16 : 4;
  o2m_pool_run(pool, params->batch * params->positions, o2m_grain(params->channels * taps + 64), grid_task, (void *)&job);
}
