#include <string.h>

#include "f32_resize.h"
#include "pieces.h"

struct job {
  const struct o2m_f32_resize_kernels *set;
  const struct o2m_f32_resize_params *params;
  const float *x;
  float *y;
};

// Items are output rows of all pictures.
static void resize_task(void *context, size_t begin, size_t end, uint32_t worker) {
  const struct job *job = context;
  const struct o2m_f32_resize_params *p = job->params;
  const int copies = p->taps_y == 1 && p->taps_x == 1;
  (void)worker;
  for (size_t item = begin; item < end; item++) {
    const size_t oy = item % p->out_height;
    const float *picture = job->x + item / p->out_height * p->in_height * p->in_width * p->x_pitch;
    float *y = job->y + item * p->out_width * p->y_pitch;
    const int32_t *rows = p->indices_y + oy * p->taps_y;
    struct o2m_f32_resize_taps taps = {.rows_count = p->taps_y, .columns_count = p->taps_x};
    for (uint32_t i = 0; i < p->taps_y && rows[0] >= 0; i++) {
      taps.rows[i] = picture + (size_t)rows[i] * p->in_width * p->x_pitch;
      taps.row_weights[i] = copies ? 1 : p->weights_y[oy * p->taps_y + i];
    }
    for (size_t ox = 0; ox < p->out_width; ox++, y += p->y_pitch) {
      const int32_t *columns = p->indices_x + ox * p->taps_x;
      if (rows[0] < 0 || columns[0] < 0) {
        for (size_t c = 0; c < p->channels; c++) y[c] = p->extrapolation;
        continue;
      }
      if (copies) {
        memcpy(y, taps.rows[0] + (size_t)columns[0] * p->x_pitch, p->channels * sizeof(float));
        continue;
      }
      for (uint32_t j = 0; j < p->taps_x; j++) {
        taps.columns[j] = (size_t)columns[j] * p->x_pitch;
        taps.column_weights[j] = p->weights_x[ox * p->taps_x + j];
      }
      job->set->resize(p->channels, &taps, y);
    }
  }
}

void o2m_f32_resize(const struct o2m_f32_resize_params *params, const float *x, float *y, o2m_pool *pool) {
  if (params->channels == 0 || params->out_width == 0) return;
  const struct job job = {o2m_f32_resize_kernels(), params, x, y};
  o2m_pool_run(pool, params->batch * params->out_height, o2m_grain(params->out_width * params->channels * params->taps_y * params->taps_x),
               resize_task, (void *)&job);
}
