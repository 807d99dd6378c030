#include "checks.h"

enum { COUNT = 200000 };

// Every family on a problem large enough to be cut, with one, two and three threads: the bits are the same.
static void run_all(o2m_pool *pool, const float *x, const float *w, float *y, void *scratch) {
  float *to = y;
  for (int op = 0; op < O2M_F32_UNARY_COUNT; op++) {
    const struct o2m_f32_unary_params p = {(enum o2m_f32_unary_op)op, 0.7f, 1.1f};
    o2m_f32_unary(&p, 1, COUNT - 3, x, COUNT, to, COUNT, pool), to += COUNT;
  }
  o2m_f32_affine(1999, 99, x, 100, w, w + 100, to, 100, pool), to += COUNT;
  o2m_f32_prelu(1999, 99, x, 100, w, to, 100, pool), to += COUNT;
  const size_t dims[3] = {20, 99, 101};
  const ptrdiff_t strides[9] = {99 * 101, 101, 1, 99 * 101, 101, 1, 0, 0, 1};
  struct o2m_broadcast_plan plan;
  o2m_plan_broadcast(&plan, 3, 3, dims, strides);
  o2m_f32_binary(O2M_BINARY_MUL, &plan, x, w, to, pool), to += COUNT;
  o2m_f32_binary(O2M_BINARY_POW, &plan, x, w, to, pool), to += COUNT;
  struct o2m_f32_pool_params p = {O2M_POOLING_AVERAGE, 3, 3, 1, 1, 1, 1, 1, 1, 1, 1, 0, 2, 50, 50, 33, 40, 50, 50, 40};
  o2m_f32_pool2d(&p, x, to, pool), to += COUNT;
  p.kind = O2M_POOLING_MAX;
  o2m_f32_pool2d(&p, x, to, pool), to += COUNT;
  o2m_f32_global_pool(O2M_POOLING_AVERAGE, 2, 700, 130, x, 140, to, 130, pool), to += COUNT;
  o2m_f32_softmax(0, 100, 1000, 1, x, to, pool), to += COUNT;
  o2m_f32_softmax(1, 20, 100, 99, x, to, pool), to += COUNT;
  o2m_f32_layer_norm(0, 1e-5f, 300, 333, x, 600, w, w + 400, to, 600, NULL, NULL, pool), to += COUNT;
  o2m_f32_instance_norm(1e-5f, 2, 700, 130, x, 140, w, w + 200, to, 140, scratch, pool), to += COUNT;
  const struct o2m_f32_lrn_params lrn = {1e-1f, 0.75f, 1, 5};
  o2m_f32_lrn(&lrn, 1999, 99, x, 100, to, 100, scratch, pool), to += COUNT;
  struct o2m_reduce_plan reduce;
  for (uint32_t axes = 1; axes < 8; axes++) {
    o2m_plan_reduce(&reduce, 3, dims, strides, axes);
    o2m_f32_reduce(O2M_REDUCE_SUM, &reduce, x, to, pool), to += COUNT;
    o2m_f32_reduce(O2M_REDUCE_LOG_SUM_EXP, &reduce, x, to, pool), to += COUNT;
  }
  const ptrdiff_t from[3] = {1, 20, 20 * 99};
  struct o2m_copy_plan copy;
  o2m_plan_copy(&copy, 4, 3, dims, from, strides);
  o2m_copy(&copy, x, to, pool), to += COUNT;
  // Pictures of three planes, and of their pixels.
  const size_t picture[3] = {2, 30011, 3};
  const ptrdiff_t planes[3] = {3 * 30011, 1, 30011}, pixels[3] = {3 * 30011, 3, 1};
  o2m_plan_copy(&copy, 4, 3, picture, planes, pixels);
  o2m_copy(&copy, x, to, pool), to += COUNT;
  o2m_plan_copy(&copy, 4, 3, picture, pixels, planes);
  o2m_copy(&copy, x, to, pool), to += COUNT;
  o2m_x32_channel_shuffle(3, 1999, 99, x, 100, to, 100, pool), to += COUNT;
  o2m_cast(O2M_ELEMENT_F32, O2M_ELEMENT_F16, COUNT, x, to, pool), to += COUNT;
  o2m_quantize(O2M_ELEMENT_S8, 10, 100, 199, x, w, NULL, to, pool), to += COUNT;
}

enum { OUTPUTS = O2M_F32_UNARY_COUNT + 12 + 14 + 6 };

void o2m_check_threads(struct o2m_check_report *report) {
  float *x = o2m_new_floats(COUNT), *w = o2m_new_floats(2000), *y = calloc((size_t)OUTPUTS * COUNT, 4),
        *z = malloc((size_t)OUTPUTS * COUNT * 4);
  o2m_fill_noise(x, COUNT, 1, 3);
  for (size_t i = 0; i < 2000; i++) w[i] = 0.5f + fabsf(o2m_noise(2, i, 1));
  void *scratch = malloc(1 << 16);
  run_all(NULL, x, w, y, scratch);
  for (uint32_t threads = 1; threads <= 3; threads++) {
    o2m_pool *pool = o2m_pool_create(threads);
    memset(z, 0, (size_t)OUTPUTS * COUNT * 4);
    run_all(pool, x, w, z, scratch);
    for (size_t i = 0; i < OUTPUTS; i++) {
      o2m_expect(report, memcmp(y + i * COUNT, z + i * COUNT, COUNT * 4) == 0, "threads change output", i, threads, 1);
    }
    o2m_pool_destroy(pool);
  }
  free(x), free(w), free(y), free(z), free(scratch);
}
