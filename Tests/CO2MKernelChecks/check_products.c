// Convolutions, and products by a constant matrix, against sums in double precision.
#include "check_weights.h"

enum { WINOGRAD_GROWTH = 10 };

// The input coordinate that tap `k` of output `o` reads, or `size` when there is none.
static size_t source(const struct product *p, size_t o, size_t k, size_t stride, size_t dilation, size_t pad, size_t size) {
  ptrdiff_t i;
  if (p->transposed) {
    i = (ptrdiff_t)(o + pad) - (ptrdiff_t)(k * dilation);
    if (i < 0 || i % (ptrdiff_t)stride) return size;
    i /= (ptrdiff_t)stride;
  } else {
    i = (ptrdiff_t)(o * stride + k * dilation) - (ptrdiff_t)pad;
  }
  return i < 0 || i >= (ptrdiff_t)size ? size : (size_t)i;
}

static void compare_conv(struct o2m_case *check, int family, const struct product *p) {
  const struct o2m_f32_conv *c = &p->conv;
  const size_t pixels = c->batch * c->y_height * c->y_width;
  for (size_t pixel = 0; pixel < pixels; pixel++) {
    const size_t ox = pixel % c->y_width, oy = pixel / c->y_width % c->y_height, n = pixel / c->y_width / c->y_height;
    for (size_t channel = 0; channel < c->y_channels; channel++) {
      const size_t first = channel / p->outputs * p->inputs;
      double sum = 0, magnitude = 0;
      for (size_t tap = 0; tap < p->taps; tap++) {
        const size_t iy = source(p, oy, tap / c->kernel_width, c->stride_y, c->dilation_y, c->pad_top, c->x_height);
        const size_t ix = source(p, ox, tap % c->kernel_width, c->stride_x, c->dilation_x, c->pad_left, c->x_width);
        if (iy == c->x_height || ix == c->x_width) continue;
        const size_t plane = c->x_height * c->x_width, at = iy * c->x_width + ix;
        const float *x = p->x + (p->planar ? n * p->inputs * plane + at : (n * plane + at) * c->x_pitch + first);
        for (size_t i = 0; i < p->inputs; i++) {
          const double term = (double)x[i * (p->planar ? plane : 1)] * p->w[(channel * p->taps + tap) * p->inputs + i];
          sum += term;
          magnitude += fabs(term);
        }
      }
      // A Winograd sum is as wrong as the largest of its tile make it: see o2m_conv.h.
      if (family == O2M_CHECK_WINOGRAD) magnitude = WINOGRAD_GROWTH * p->largest;
      if (p->bias) sum += p->bias[channel], magnitude += fabs(p->bias[channel]);
      if (p->residual) {
        const double r = p->residual[pixel * c->residual_pitch + channel];
        sum += r, magnitude += fabs(r);
      }
      const size_t at = pixel * c->y_pitch + channel;
      compare(check, at, sum, magnitude, family == O2M_CHECK_WINOGRAD ? p->inputs : p->taps * p->inputs, p->y[at], &c->activation);
    }
  }
}

static void make_sizes(struct random *r, int family, struct product *p) {
  struct o2m_f32_conv *c = &p->conv;
  c->batch = PICK(r, 1, 1, 1, 2);
  c->groups = PICK(r, 1, 1, 1, 2, 3);
  p->inputs = PICK(r, 1, 3, 5, 12, 16, 17, 33);
  p->outputs = PICK(r, 1, 2, 3, 4, 8, 15, 16, 17, 58);
  c->kernel_height = PICK(r, 1, 1, 2, 3, 3, 5);
  c->kernel_width = PICK(r, 1, 1, 3, 3, 4, 5);
  c->stride_y = PICK(r, 1, 1, 2, 3), c->stride_x = PICK(r, 1, 1, 2, 3);
  c->dilation_y = PICK(r, 1, 1, 1, 2), c->dilation_x = PICK(r, 1, 1, 1, 3);
  if (family == O2M_CHECK_DWCONV) {
    c->groups = PICK(r, 1, 7, 8, 16, 17, 33, 58);
    p->inputs = p->outputs = 1;
    c->kernel_width = PICK(r, 1, 2, 3, 3, 3, 5, 5, 7);
  }
  if (family == O2M_CHECK_WINOGRAD) {
    c->groups = c->stride_y = c->stride_x = c->dilation_y = c->dilation_x = 1;
    c->kernel_height = c->kernel_width = 3;
    p->inputs = PICK(r, 8, 9, 16, 33, 130, 260);
  }
  if (p->planar) {
    c->groups = 1;
    p->inputs = PICK(r, 1, 2, 3, 3, 4, 8);
    p->outputs = PICK(r, 1, 7, 8, 9, 16, 24, 41);
    c->kernel_height = PICK(r, 1, 3, 3, 5, 7), c->kernel_width = PICK(r, 1, 2, 3, 3, 7, 17);
  }
  const int patches = p->planar && below(r, 8) == 0;  // with more weights than a cache keeps from row to row
  if (patches) {
    c->kernel_height = c->kernel_width = c->stride_y = c->stride_x = 16;
    c->dilation_y = c->dilation_x = 1;
    p->inputs = 3, p->outputs = PICK(r, 96, 97);
  }
  if (family == O2M_CHECK_GEMM) {
    c->batch = c->groups = c->kernel_height = c->kernel_width = 1;
    c->stride_y = c->stride_x = c->dilation_y = c->dilation_x = 1;
    c->x_height = c->y_height = 1;
    c->x_width = c->y_width = PICK(r, 1, 1, 1, 2, 3, 4, 5, 6, 7, 13, 49);
    p->inputs = PICK(r, 1, 2, 3, 7, 64, 129);
    if (c->x_width == 1) p->outputs = PICK(r, 1, 16, 17, 47, 48, 63, 64, 65, 130, 1000);  // groups of four panels
  } else {
    for (;;) {  // until an output pixel exists
      const size_t reach_y = (c->kernel_height - 1) * c->dilation_y + 1, reach_x = (c->kernel_width - 1) * c->dilation_x + 1;
      c->x_height = family == O2M_CHECK_WINOGRAD ? PICK(r, 1, 2, 7, 8, 30) : PICK(r, 1, 2, 7, 8), c->x_width = PICK(r, 1, 2, 7, 8, 15);
      if (p->planar) c->x_width = PICK(r, 1, 7, 15, 24, 25, 31, 60);
      if (patches) c->x_height = PICK(r, 16, 40), c->x_width = PICK(r, 16, 48, 112, 130, 224);
      c->pad_top = below(r, reach_y + 1), c->pad_left = below(r, reach_x + 1);
      const size_t pad_y = c->pad_top + below(r, reach_y + 1), pad_x = c->pad_left + below(r, reach_x + 1);
      if (p->transposed) {
        const size_t full_y = (c->x_height - 1) * c->stride_y + reach_y + below(r, c->stride_y);
        const size_t full_x = (c->x_width - 1) * c->stride_x + reach_x + below(r, c->stride_x);
        if (full_y <= pad_y || full_x <= pad_x) continue;
        c->y_height = full_y - pad_y, c->y_width = full_x - pad_x;
      } else {
        if (c->x_height + pad_y < reach_y || c->x_width + pad_x < reach_x) continue;
        c->y_height = (c->x_height + pad_y - reach_y) / c->stride_y + 1;
        c->y_width = (c->x_width + pad_x - reach_x) / c->stride_x + 1;
      }
      break;
    }
  }
  c->x_channels = c->groups * p->inputs, c->y_channels = c->groups * p->outputs;
  p->taps = c->kernel_height * c->kernel_width;
  c->x_pitch = c->x_channels + (p->planar ? 0 : PICK(r, 0, 0, 1, 5));
  c->y_pitch = c->y_channels + PICK(r, 0, 0, 1, 3);
  c->residual_pitch = c->y_channels + PICK(r, 0, 2);
}

static void run(int family, const struct product *p, float *y, uint32_t threads) {
  const struct o2m_f32_conv *c = &p->conv;
  o2m_pool *pool = threads > 1 ? o2m_pool_create(threads) : NULL;
  threads = o2m_pool_threads(pool);
  const struct o2m_f32_gemm gemm = {c->x_width, c->x_channels,     c->y_channels, c->x_pitch,
                                    c->y_pitch, c->residual_pitch, c->weights,    c->activation};
  const size_t size = family == O2M_CHECK_GEMM             ? o2m_f32_gemm_scratch_bytes(&gemm, threads)
                      : family == O2M_CHECK_DWCONV         ? o2m_f32_dwconv_scratch_bytes(c, threads)
                      : family == O2M_CHECK_WINOGRAD       ? o2m_f32_winograd_scratch_bytes(c, threads)
                      : family == O2M_CHECK_CONV_PLANAR    ? o2m_f32_conv_planar_scratch_bytes(c, threads)
                      : family == O2M_CHECK_CONV_TRANSPOSE ? o2m_f32_conv_transpose_scratch_bytes(c, threads)
                                                           : o2m_f32_conv_scratch_bytes(c, threads);
  void *scratch = o2m_allocate(size + 1);
  if (scratch) memset(scratch, 0xff, size);
  if (family == O2M_CHECK_GEMM) o2m_f32_gemm_run(&gemm, p->x, p->residual, y, scratch, pool);
  if (family == O2M_CHECK_CONV) o2m_f32_conv_run(c, p->x, p->residual, y, scratch, pool);
  if (family == O2M_CHECK_CONV_PLANAR) o2m_f32_conv_planar_run(c, p->x, y, scratch, pool);
  if (family == O2M_CHECK_DWCONV) o2m_f32_dwconv_run(c, p->x, p->residual, y, scratch, pool);
  if (family == O2M_CHECK_WINOGRAD) o2m_f32_winograd_run(c, p->x, p->residual, y, scratch, pool);
  if (family == O2M_CHECK_CONV_TRANSPOSE) o2m_f32_conv_transpose_run(c, p->x, p->residual, y, scratch, pool);
  o2m_free(scratch);
  if (pool) o2m_pool_destroy(pool);
}

static struct o2m_case make_case(int family, struct random *r) {
  struct product p = {.transposed = family == O2M_CHECK_CONV_TRANSPOSE, .planar = family == O2M_CHECK_CONV_PLANAR};
  struct o2m_f32_conv *c = &p.conv;
  make_sizes(r, family, &p);
  c->activation = next_activation(r);
  make_weights(r, family, &p);
  const size_t pixels = c->batch * c->y_height * c->y_width, size = pixels * c->y_pitch;
  p.x = random_pixels(r, c->batch * c->x_height * c->x_width, c->x_channels, c->x_pitch);
  p.residual = below(r, 2) && !p.planar ? random_pixels(r, pixels, c->y_channels, c->residual_pitch) : NULL;
  p.y = filled(size, UNWRITTEN);
  struct o2m_case check = {0};
  run(family, &p, p.y, 1);
  compare_conv(&check, family, &p);
  check.stray = strays(p.y, size, c->y_channels, c->y_pitch);
  for (uint32_t threads = 2; threads <= 3; threads++) {
    float *y = filled(size, UNWRITTEN);
    run(family, &p, y, threads);
    for (size_t i = 0; i < size; i++) check.thread_dependent += memcmp(y + i, p.y + i, 4) != 0;
    free(y);
  }
  const struct o2m_activation fused = c->activation;
  float *plain = filled(size, UNWRITTEN);
  c->activation = activation_of(O2M_ACT_NONE);
  run(family, &p, plain, 1);
  check.unfused = unfused(&fused, p.y, plain, pixels, c->y_channels, c->y_pitch);
  free(p.x), free(p.residual), free(p.y), free(plain);
  free_weights(&p);
  return check;
}

#define FAMILY(name, family)                                                            \
  static struct o2m_case name##_case(struct random *r) { return make_case(family, r); } \
  void o2m_check_##name(struct o2m_check_report *report) { run_cases(report, family, name##_case); }
FAMILY(conv, O2M_CHECK_CONV)
FAMILY(dwconv, O2M_CHECK_DWCONV)
FAMILY(conv_transpose, O2M_CHECK_CONV_TRANSPOSE)
FAMILY(gemm, O2M_CHECK_GEMM)
FAMILY(winograd, O2M_CHECK_WINOGRAD)
FAMILY(conv_planar, O2M_CHECK_CONV_PLANAR)
