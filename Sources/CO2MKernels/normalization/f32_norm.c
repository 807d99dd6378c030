#include "o2m_norm.h"

#include <math.h>

#include "reduction/f32_reduce.h"
#include "pieces.h"

// Softmax

struct softmax_job {
  const struct o2m_f32_reduce_kernels *set;
  int log;
  size_t n, inner;
  const float *x;
  float *y;
};

static void softmax_task(void *context, size_t begin, size_t end, uint32_t worker) {
  const struct softmax_job *job = context;
  (void)worker;
  for (size_t i = begin; i < end; i++) {
    const size_t at = i * job->n * job->inner;
    if (job->inner == 1)
      job->set->softmax(job->log, job->n, job->x + at, job->y + at);
    else
      job->set->softmax_rows(job->log, job->n, job->inner, job->x + at, job->y + at);
  }
}

void o2m_f32_softmax(int log, size_t outer, size_t n, size_t inner, const float *x, float *y, o2m_pool *pool) {
  if (n == 0 || inner == 0) return;
  const struct softmax_job job = {o2m_f32_reduce_kernels(), log, n, inner, x, y};
  o2m_pool_run(pool, outer, o2m_grain(n * inner * 8), softmax_task, (void *)&job);
}

// Layer normalization

struct layer_job {
  const struct o2m_f32_reduce_kernels *set;
  int rms;
  float epsilon;
  size_t n, x_pitch, y_pitch;
  const float *x, *scale, *bias;
  float *y, *mean, *inverse_deviation;
};

static void layer_task(void *context, size_t begin, size_t end, uint32_t worker) {
  const struct layer_job *job = context;
  (void)worker;
  for (size_t i = begin; i < end; i++) {
    const float *x = job->x + i * job->x_pitch;
    const float count = (float)job->n;
    const float mean = job->rms ? 0.0f : job->set->accumulate[O2M_F32_SUM](job->n, x) / count;
    const float square = job->rms ? job->set->accumulate[O2M_F32_SUM_SQUARE](job->n, x) : job->set->sum_square_from(job->n, x, mean);
    const float k = 1.0f / sqrtf(square / count + job->epsilon);
    job->set->normalize(job->n, x, mean, k, job->scale, job->bias, job->y + i * job->y_pitch);
    if (job->mean) job->mean[i] = mean;
    if (job->inverse_deviation) job->inverse_deviation[i] = k;
  }
}

void o2m_f32_layer_norm(int rms, float epsilon, size_t rows, size_t n, const float *x, size_t x_pitch, const float *scale,
                        const float *bias, float *y, size_t y_pitch, float *mean, float *inverse_deviation, o2m_pool *pool) {
  const struct layer_job job = {o2m_f32_reduce_kernels(), rms, epsilon, n, x_pitch, y_pitch, x, scale, bias, y, mean, inverse_deviation};
  o2m_pool_run(pool, rows, o2m_grain(n * 4), layer_task, (void *)&job);
}

// Instance normalization: a piece is a block of channels of one picture; scratch holds mean and k of every picture and channel.

enum { CHANNELS = 32 };

struct instance_job {
  const struct o2m_f32_reduce_kernels *set;
  float epsilon;
  size_t pixels, channels, x_pitch, y_pitch;
  const float *x, *scale, *bias;
  float *y, *mean, *k;
};

static void instance_task(void *context, size_t begin, size_t end, uint32_t worker) {
  const struct instance_job *job = context;
  const size_t blocks = (job->channels + CHANNELS - 1) / CHANNELS;
  const float count = (float)job->pixels;
  (void)worker;
  for (size_t item = begin; item < end; item++) {
    const size_t n = item / blocks, c = item % blocks * CHANNELS;
    const size_t channels = job->channels - c < CHANNELS ? job->channels - c : CHANNELS;
    const float *x = job->x + n * job->pixels * job->x_pitch + c;
    float *mean = job->mean + n * job->channels + c, *k = job->k + n * job->channels + c;
    job->set->accumulate_rows[O2M_F32_SUM](job->pixels, channels, x, (ptrdiff_t)job->x_pitch, mean);
    for (size_t i = 0; i < channels; i++) mean[i] /= count;
    job->set->sum_square_from_rows(job->pixels, channels, x, (ptrdiff_t)job->x_pitch, mean, k);
    for (size_t i = 0; i < channels; i++) {
      k[i] = 1.0f / sqrtf(k[i] / count + job->epsilon);
      if (job->scale) k[i] *= job->scale[c + i];
    }
    job->set->normalize_rows(job->pixels, channels, x, job->x_pitch, mean, k, job->bias ? job->bias + c : NULL,
                             job->y + n * job->pixels * job->y_pitch + c, job->y_pitch);
  }
}

size_t o2m_f32_instance_norm_scratch_bytes(size_t batch, size_t channels) { return 2 * batch * channels * sizeof(float); }

void o2m_f32_instance_norm(float epsilon, size_t batch, size_t pixels, size_t channels, const float *x, size_t x_pitch, const float *scale,
                           const float *bias, float *y, size_t y_pitch, void *scratch, o2m_pool *pool) {
  float *mean = scratch;
  const struct instance_job job = {o2m_f32_reduce_kernels(), epsilon, pixels, channels, x_pitch, y_pitch, x, scale, bias, y, mean,
                                   mean + batch * channels};
  o2m_pool_run(pool, batch * ((channels + CHANNELS - 1) / CHANNELS), o2m_grain(pixels * CHANNELS), instance_task, (void *)&job);
}

// Local response normalization

struct lrn_job {
  const struct o2m_f32_reduce_kernels *set;
  const struct o2m_f32_lrn_params *params;
  size_t channels, x_pitch, y_pitch, scratch;
  const float *x;
  float *y, *squares;
};

static size_t lrn_floats(const struct o2m_f32_lrn_params *params, size_t channels) {
  return (channels + params->size + 16 + 15) / 16 * 16;  // whole cache lines for each worker
}

size_t o2m_f32_lrn_scratch_bytes(const struct o2m_f32_lrn_params *params, size_t channels, uint32_t threads) {
  return lrn_floats(params, channels) * sizeof(float) * threads;
}

static void lrn_task(void *context, size_t begin, size_t end, uint32_t worker) {
  const struct lrn_job *job = context;
  const struct o2m_f32_lrn_params *p = job->params;
  for (size_t i = begin; i < end; i++) {
    job->set->lrn(job->channels, job->x + i * job->x_pitch, job->y + i * job->y_pitch, job->squares + worker * job->scratch, p->size,
                  p->alpha / (float)p->size, p->bias, p->beta);
  }
}

void o2m_f32_lrn(const struct o2m_f32_lrn_params *params, size_t pixels, size_t channels, const float *x, size_t x_pitch, float *y,
                 size_t y_pitch, void *scratch, o2m_pool *pool) {
  const struct lrn_job job = {o2m_f32_reduce_kernels(), params, channels, x_pitch, y_pitch, lrn_floats(params, channels), x, y, scratch};
  o2m_pool_run(pool, pixels, o2m_grain(channels * (params->size + 8)), lrn_task, (void *)&job);
}
