#include "f32_pooling.h"
#include "reduction/f32_reduce.h"
#include "pieces.h"

// The taps of one output position along one axis that lie inside: [first, first + count), and how many the padded picture holds.
struct span {
  ptrdiff_t first;  // input position of the first tap inside
  size_t skipped;   // taps before it
  size_t count, padded;
};

// How many of the taps that start at `start` lie before `place`.
static size_t taps_before(ptrdiff_t place, ptrdiff_t start, uint32_t kernel, uint32_t dilation) {
  if (start >= place) return 0;
  const size_t taps = (size_t)(place - 1 - start) / dilation + 1;
  return taps < kernel ? taps : kernel;
}

static struct span span_at(size_t out, uint32_t kernel, uint32_t stride, uint32_t dilation, uint32_t pad_begin, uint32_t pad_end,
                           size_t in) {
  const ptrdiff_t start = (ptrdiff_t)(out * stride) - (ptrdiff_t)pad_begin;
  const size_t before = taps_before(0, start, kernel, dilation), inside = taps_before((ptrdiff_t)in, start, kernel, dilation);
  const size_t padded = taps_before((ptrdiff_t)(in + pad_end), start, kernel, dilation);
  if (inside <= before) return (struct span){0, 0, 0, padded};
  return (struct span){start + (ptrdiff_t)(before * dilation), before, inside - before, padded};
}

struct job {
  const struct o2m_f32_pool_params *params;
  const struct o2m_f32_pooling_kernels *set;
  const float *x;
  float *y;
  int64_t *indices;
  int column_major;
};

static struct span rows_of(const struct o2m_f32_pool_params *p, size_t oy) {
  return span_at(oy, p->kernel_height, p->stride_height, p->dilation_height, p->pad_top, p->pad_bottom, p->in_height);
}

static struct span columns_of(const struct o2m_f32_pool_params *p, size_t ox) {
  return span_at(ox, p->kernel_width, p->stride_width, p->dilation_width, p->pad_left, p->pad_right, p->in_width);
}

// Items are output rows of all pictures.
static void pool_task(void *context, size_t begin, size_t end, uint32_t worker) {
  const struct job *job = context;
  const struct o2m_f32_pool_params *p = job->params;
  const ptrdiff_t row = (ptrdiff_t)(p->in_width * p->x_pitch * p->dilation_height), column = (ptrdiff_t)(p->x_pitch * p->dilation_width);
  (void)worker;
  for (size_t item = begin; item < end; item++) {
    const size_t n = item / p->out_height;
    const struct span rows = rows_of(p, item % p->out_height);
    const float *picture = job->x + n * p->in_height * p->in_width * p->x_pitch;
    float *y = job->y + item * p->out_width * p->y_pitch;
    for (size_t ox = 0; ox < p->out_width; ox++, y += p->y_pitch) {
      const struct span columns = columns_of(p, ox);
      const float *x = picture + ((size_t)rows.first * p->in_width + (size_t)columns.first) * p->x_pitch;
      if (p->kind == O2M_POOLING_MAX) {
        job->set->max_pool(p->channels, columns.count ? rows.count : 0, columns.count, x, row, column, y);
      } else {
        const size_t taps = rows.count * columns.count, divisor = p->count_include_pad ? rows.padded * columns.padded : taps;
        job->set->average_pool(p->channels, taps ? rows.count : 0, columns.count, x, row, column, divisor ? 1.0f / (float)divisor : 0.0f,
                               y);
      }
    }
  }
}

void o2m_f32_pool2d(const struct o2m_f32_pool_params *params, const float *x, float *y, o2m_pool *pool) {
  const struct job job = {.params = params, .set = o2m_f32_pooling_kernels(), .x = x, .y = y};
  o2m_pool_run(pool, params->batch * params->out_height,
               o2m_grain(params->out_width * params->channels * params->kernel_height * params->kernel_width), pool_task, (void *)&job);
}

static void indices_task(void *context, size_t begin, size_t end, uint32_t worker) {
  const struct job *job = context;
  const struct o2m_f32_pool_params *p = job->params;
  (void)worker;
  for (size_t item = begin; item < end; item++) {
    const size_t n = item / p->out_height;
    const struct span rows = rows_of(p, item % p->out_height);
    const float *picture = job->x + n * p->in_height * p->in_width * p->x_pitch;
    for (size_t ox = 0; ox < p->out_width; ox++) {
      const struct span columns = columns_of(p, ox);
      float *y = job->y + (item * p->out_width + ox) * p->y_pitch;
      int64_t *indices = job->indices + (item * p->out_width + ox) * p->channels;
      for (size_t c = 0; c < p->channels; c++) {
        float best = -__builtin_inff();
        int64_t at = -1;
        for (size_t i = 0; i < rows.count; i++) {
          for (size_t j = 0; j < columns.count; j++) {
            const size_t iy = (size_t)rows.first + i * p->dilation_height, ix = (size_t)columns.first + j * p->dilation_width;
            const float v = picture[(iy * p->in_width + ix) * p->x_pitch + c];
            if (at >= 0 && !(v > best || (v != v && best == best))) continue;
            best = v;
            at = (int64_t)(job->column_major ? ix * p->in_height + iy : iy * p->in_width + ix);
          }
        }
        y[c] = best;
        indices[c] = at < 0 ? -1 : at + (int64_t)((n * p->channels + c) * p->in_height * p->in_width);
      }
    }
  }
}

void o2m_f32_max_pool2d_indices(const struct o2m_f32_pool_params *params, int column_major, const float *x, float *y, int64_t *indices,
                                o2m_pool *pool) {
  const struct job job = {.params = params, .x = x, .y = y, .indices = indices, .column_major = column_major};
  o2m_pool_run(pool, params->batch * params->out_height,
               o2m_grain(params->out_width * params->channels * params->kernel_height * params->kernel_width), indices_task, (void *)&job);
}

// Global pooling

// Channels of an item: two cache lines of every pixel, or one where that makes too few items for the threads. Every channel is
// summed alone, so the choice changes no result.
static size_t channels_of_item(size_t channels, const o2m_pool *pool) {
  const uint32_t threads = o2m_pool_threads(pool);
  return threads > 1 && channels <= 32 * (size_t)threads ? 16 : 32;
}

struct global_job {
  const struct o2m_f32_reduce_kernels *set;
  enum o2m_pooling kind;
  size_t pixels, channels, step, x_pitch, y_pitch;  // step: channels of an item
  const float *x;
  float *y;
};

static void global_task(void *context, size_t begin, size_t end, uint32_t worker) {
  const struct global_job *job = context;
  const size_t step = job->step, blocks = (job->channels + step - 1) / step;
  (void)worker;
  for (size_t item = begin; item < end; item++) {
    const size_t n = item / blocks, c = item % blocks * step;
    const size_t channels = job->channels - c < step ? job->channels - c : step;
    const float *x = job->x + n * job->pixels * job->x_pitch + c;
    float *y = job->y + n * job->y_pitch + c;
    job->set->accumulate_rows[job->kind == O2M_POOLING_MAX ? O2M_F32_MAX : O2M_F32_SUM](job->pixels, channels, x, (ptrdiff_t)job->x_pitch,
                                                                                        y);
    if (job->kind == O2M_POOLING_MAX) continue;
    for (size_t i = 0; i < channels; i++) y[i] /= (float)job->pixels;
  }
}

void o2m_f32_global_pool(enum o2m_pooling kind, size_t batch, size_t pixels, size_t channels, const float *x, size_t x_pitch, float *y,
                         size_t y_pitch, o2m_pool *pool) {
  const size_t step = channels_of_item(channels, pool);
  const struct global_job job = {o2m_f32_reduce_kernels(), kind, pixels, channels, step, x_pitch, y_pitch, x, y};
  o2m_pool_run(pool, batch * ((channels + step - 1) / step), o2m_grain(pixels * step), global_task, (void *)&job);
}
