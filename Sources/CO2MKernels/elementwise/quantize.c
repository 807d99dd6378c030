#include "o2m_cast.h"
#include "pieces.h"

#pragma STDC FP_CONTRACT OFF

struct job {
  enum o2m_element type;
  size_t axis, inner;
  const void *x;
  const float *scale;
  const void *zero;
  void *y;
};

static int32_t zero_at(const struct job *job, size_t i) {
  if (!job->zero) return 0;
  return job->type == O2M_ELEMENT_U8 ? ((const uint8_t *)job->zero)[i] : ((const int8_t *)job->zero)[i];
}

// Adding and taking off 1.5 · 2^23 rounds |v| < 2^22 to an integer, ties to even, in any vector unit.
static float round_even(float v) {
  const float magic = 0x1.8p23f;
  return (v + magic) - magic;
}

#define QUANTIZE(type, low, high)                                                             \
  static void quantize_##type(size_t n, const float *x, float scale, int32_t zero, type *y) { \
    for (size_t i = 0; i < n; i++) {                                                          \
      float v = x[i] / scale;                                                                 \
      v = v == v ? v : 0.0f;                                                                  \
      v = v > -1024.0f ? v : -1024.0f;                                                        \
      v = v < 1024.0f ? v : 1024.0f;                                                          \
      const int32_t q = (int32_t)round_even(v) + zero;                                        \
      y[i] = (type)(q < low ? low : q > high ? high : q);                                     \
    }                                                                                         \
  }
QUANTIZE(uint8_t, 0, 255)
QUANTIZE(int8_t, -128, 127)

#define DEQUANTIZE(type)                                                                        \
  static void dequantize_##type(size_t n, const type *x, float scale, int32_t zero, float *y) { \
    for (size_t i = 0; i < n; i++) y[i] = (float)(x[i] - zero) * scale;                         \
  }
DEQUANTIZE(uint8_t)
DEQUANTIZE(int8_t)
DEQUANTIZE(int32_t)

static void quantize_run(const struct job *job, size_t n, size_t at, size_t channel) {
  const float *x = (const float *)job->x + at;
  if (job->type == O2M_ELEMENT_U8)
    quantize_uint8_t(n, x, job->scale[channel], zero_at(job, channel), (uint8_t *)job->y + at);
  else
    quantize_int8_t(n, x, job->scale[channel], zero_at(job, channel), (int8_t *)job->y + at);
}

static void dequantize_run(const struct job *job, size_t n, size_t at, size_t channel) {
  float *y = (float *)job->y + at;
  if (job->type == O2M_ELEMENT_U8)
    dequantize_uint8_t(n, (const uint8_t *)job->x + at, job->scale[channel], zero_at(job, channel), y);
  else if (job->type == O2M_ELEMENT_S8)
    dequantize_int8_t(n, (const int8_t *)job->x + at, job->scale[channel], zero_at(job, channel), y);
  else
    dequantize_int32_t(n, (const int32_t *)job->x + at, job->scale[channel], 0, y);
}

// Items are elements; a run ends where the channel does.
#define TASK(name)                                                                                      \
  static void name##_task(void *context, size_t begin, size_t end, uint32_t worker) {                   \
    const struct job *job = context;                                                                    \
    (void)worker;                                                                                       \
    while (begin < end) {                                                                               \
      const size_t left = job->inner - begin % job->inner, n = end - begin < left ? end - begin : left; \
      name##_run(job, n, begin, begin / job->inner % job->axis);                                        \
      begin += n;                                                                                       \
    }                                                                                                   \
  }
TASK(quantize)
TASK(dequantize)

int o2m_quantize(enum o2m_element quantized, size_t outer, size_t axis, size_t inner, const float *x, const float *scale, const void *zero,
                 void *y, o2m_pool *pool) {
  if (quantized != O2M_ELEMENT_U8 && quantized != O2M_ELEMENT_S8) return -1;
  const struct job job = {quantized, axis, inner, x, scale, zero, y};
  if (outer * axis * inner > 0) o2m_pool_run(pool, outer * axis * inner, O2M_PIECE, quantize_task, (void *)&job);
  return 0;
}

int o2m_dequantize(enum o2m_element quantized, size_t outer, size_t axis, size_t inner, const void *x, const float *scale, const void *zero,
                   float *y, o2m_pool *pool) {
  if (quantized != O2M_ELEMENT_U8 && quantized != O2M_ELEMENT_S8 && (quantized != O2M_ELEMENT_S32 || zero)) return -1;
  const struct job job = {quantized, axis, inner, x, scale, zero, y};
  if (outer * axis * inner > 0) o2m_pool_run(pool, outer * axis * inner, O2M_PIECE, dequantize_task, (void *)&job);
  return 0;
}

// Both bounds include 0; NaN is passed over.
struct range {
  float least, most;
};

enum { RANGES = 64, RANGE_LANES = 16 };  // partial ranges at most, and numbers compared side by side

static struct range range_of(size_t n, const float *x) {
  float least[RANGE_LANES] = {0}, most[RANGE_LANES] = {0};
  for (; n >= RANGE_LANES; n -= RANGE_LANES, x += RANGE_LANES)
    for (size_t i = 0; i < RANGE_LANES; i++) {
      least[i] = x[i] < least[i] ? x[i] : least[i];
      most[i] = x[i] > most[i] ? x[i] : most[i];
    }
  for (size_t i = 0; i < n; i++) {
    least[i] = x[i] < least[i] ? x[i] : least[i];
    most[i] = x[i] > most[i] ? x[i] : most[i];
  }
  struct range range = {0, 0};
  for (size_t i = 0; i < RANGE_LANES; i++) {
    range.least = least[i] < range.least ? least[i] : range.least;
    range.most = most[i] > range.most ? most[i] : range.most;
  }
  return range;
}

struct range_job {
  const float *x;
  size_t n, step;
  struct range *ranges;
};

static void range_task(void *context, size_t begin, size_t end, uint32_t worker) {
  const struct range_job *job = context;
  (void)worker;
  for (size_t i = begin; i < end; i++) {
    const size_t at = i * job->step, left = job->n - at;
    job->ranges[i] = range_of(left < job->step ? left : job->step, job->x + at);
  }
}

void o2m_dynamic_quantize(size_t n, const float *x, uint8_t *y, float *scale, uint8_t *zero, o2m_pool *pool) {
  struct range ranges[RANGES], all = {0, 0};
  const size_t step = n / RANGES + 1 < O2M_PIECE ? O2M_PIECE : n / RANGES + 1, count = (n + step - 1) / step;
  struct range_job job = {x, n, step, ranges};
  o2m_pool_run(pool, count, 1, range_task, &job);
  for (size_t i = 0; i < count; i++) {
    all.least = ranges[i].least < all.least ? ranges[i].least : all.least;
    all.most = ranges[i].most > all.most ? ranges[i].most : all.most;
  }
  *scale = (all.most == all.least ? 1 : all.most - all.least) / 255;
  const float below = -all.least;
  quantize_uint8_t(1, &below, *scale, 0, zero);
  o2m_quantize(O2M_ELEMENT_U8, 1, 1, n, x, scale, zero, y, pool);
}
