// A depthwise convolution over a 1x1 convolution that is never stored, against both in double precision.
//
// An element of the expansion is off by at most about epsilon * (1.5 * (inputs + 4) * its magnitude + 16 * itself); the depthwise sum
// multiplies that by the weights and adds (taps + 4) * epsilon of its own magnitude. Both are below what `compare` allows for
// inputs + taps + 12 terms of 1.5 times the magnitudes.
#include "check_weights.h"

struct pair {
  struct product expand, depthwise;
  double *e, *magnitude;  // [pixel][channel], after the activation
};

static void expand_exactly(struct pair *p) {
  const struct o2m_f32_conv *c = &p->expand.conv;
  const size_t pixels = c->batch * c->y_height * c->y_width, channels = c->y_channels, inputs = c->x_channels;
  p->e = malloc(pixels * channels * sizeof(double) + 8), p->magnitude = malloc(pixels * channels * sizeof(double) + 8);
  for (size_t i = 0; i < pixels * channels; i++) {
    const size_t channel = i % channels;
    const float *x = p->expand.x + i / channels * c->x_pitch, *w = p->expand.w + channel * inputs;
    double sum = p->expand.bias ? p->expand.bias[channel] : 0, magnitude = fabs(sum);
    for (size_t k = 0; k < inputs; k++) sum += (double)x[k] * w[k], magnitude += fabs((double)x[k] * w[k]);
    p->e[i] = activation(&c->activation, sum);
    p->magnitude[i] = 1.5 * (magnitude + fabs(p->e[i]));
  }
}

static void compare_pair(struct o2m_case *check, const struct pair *p, const float *y) {
  const struct o2m_f32_conv *c = &p->depthwise.conv;
  const size_t taps = p->depthwise.taps, channels = c->y_channels;
  for (size_t i = 0; i < c->batch * c->y_height * c->y_width * channels; i++) {
    const size_t channel = i % channels, pixel = i / channels;
    const size_t ox = pixel % c->y_width, oy = pixel / c->y_width % c->y_height, n = pixel / c->y_width / c->y_height;
    double sum = p->depthwise.bias ? p->depthwise.bias[channel] : 0, magnitude = fabs(sum);
    for (size_t tap = 0; tap < taps; tap++) {
      const size_t iy = oy * c->stride_y + tap / c->kernel_width - c->pad_top;
      const size_t ix = ox * c->stride_x + tap % c->kernel_width - c->pad_left;
      if (iy >= c->x_height || ix >= c->x_width) continue;
      const size_t at = ((n * c->x_height + iy) * c->x_width + ix) * channels + channel;
      const double w = p->depthwise.w[channel * taps + tap];
      sum += w * p->e[at], magnitude += fabs(w) * p->magnitude[at];
    }
    const size_t at = pixel * c->y_pitch + channel;
    compare(check, at, sum, magnitude, taps + p->expand.inputs + 8, y[at], &c->activation);
  }
}

static void run(const struct pair *p, float *y, uint32_t threads) {
  const struct o2m_f32_conv *c = &p->expand.conv;
  o2m_pool *pool = threads > 1 ? o2m_pool_create(threads) : NULL;
  const struct o2m_f32_expansion expand = {c->x_channels, c->x_pitch, c->weights, c->activation};
  const size_t size = o2m_f32_expand_dwconv_scratch_bytes(&p->depthwise.conv, &expand, o2m_pool_threads(pool));
  void *scratch = o2m_allocate(size + 1);
  if (scratch) memset(scratch, 0xff, size);
  o2m_f32_expand_dwconv_run(&p->depthwise.conv, &expand, p->expand.x, y, scratch, pool);
  o2m_free(scratch);
  if (pool) o2m_pool_destroy(pool);
}

static struct o2m_case make_case(struct random *r) {
  struct pair p = {0};
  struct o2m_f32_conv *a = &p.expand.conv, *b = &p.depthwise.conv;
  const size_t channels = PICK(r, 1, 8, 15, 16, 17, 33, 58), kernel = PICK(r, 3, 5), stride = PICK(r, 1, 2);
  a->batch = b->batch = PICK(r, 1, 1, 2);
  a->x_channels = p.expand.inputs = PICK(r, 1, 3, 8, 16, 21);
  a->x_pitch = a->x_channels + PICK(r, 0, 3);
  a->y_channels = p.expand.outputs = channels;
  a->y_height = b->x_height = PICK(r, 1, 2, 7, 8, 15, 31), a->y_width = b->x_width = PICK(r, 1, 3, 7, 14, 23, 24, 30);
  a->groups = a->kernel_height = a->kernel_width = a->stride_y = a->stride_x = a->dilation_y = a->dilation_x = p.expand.taps = 1;
  b->x_channels = b->y_channels = b->groups = channels;
  b->y_pitch = channels + PICK(r, 0, 1, 16);
  b->kernel_height = b->kernel_width = kernel, b->stride_y = b->stride_x = stride, b->dilation_y = b->dilation_x = 1;
  p.depthwise.inputs = p.depthwise.outputs = 1, p.depthwise.taps = kernel * kernel;
  do {
    b->pad_top = below(r, kernel), b->pad_left = below(r, kernel);
    b->y_height = b->x_height + b->pad_top + below(r, kernel), b->y_width = b->x_width + b->pad_left + below(r, kernel);
  } while (b->y_height < kernel || b->y_width < kernel);
  b->y_height = (b->y_height - kernel) / stride + 1, b->y_width = (b->y_width - kernel) / stride + 1;
  a->activation = activation_of((uint32_t)below(r, ACTIVATIONS)), b->activation = next_activation(r);
  make_weights(r, O2M_CHECK_CONV, &p.expand);
  make_weights(r, O2M_CHECK_DWCONV, &p.depthwise);
  p.expand.x = random_pixels(r, a->batch * a->y_height * a->y_width, a->x_channels, a->x_pitch);
  const size_t size = b->batch * b->y_height * b->y_width * b->y_pitch;
  float *y = filled(size, UNWRITTEN);
  struct o2m_case check = {0};
  run(&p, y, 1);
  expand_exactly(&p);
  compare_pair(&check, &p, y);
  check.stray = strays(y, size, channels, b->y_pitch);
  for (uint32_t threads = 2; threads <= 3; threads++) {
    float *other = filled(size, UNWRITTEN);
    run(&p, other, threads);
    for (size_t i = 0; i < size; i++) check.thread_dependent += memcmp(other + i, y + i, 4) != 0;
    free(other);
  }
  const struct o2m_activation fused = b->activation;
  float *plain = filled(size, UNWRITTEN);
  b->activation = activation_of(O2M_ACT_NONE);
  run(&p, plain, 1);
  check.unfused = unfused(&fused, y, plain, b->batch * b->y_height * b->y_width, channels, b->y_pitch);
  free(y), free(plain), free(p.e), free(p.magnitude), free(p.expand.x);
  free_weights(&p.expand), free_weights(&p.depthwise);
  return check;
}

void o2m_check_expand_dwconv(struct o2m_check_report *report) { run_cases(report, 10, make_case); }
