// y = conv(x - x_zero, w - w_zero)            ONNX ConvInteger-10, QLinearConv-10
//
// A product of the weights, a row per output channel, by the pixels, a column per output pixel. Row k of the pixels is one channel as one
// tap sees it. So that it is one run of memory for all output pixels, the picture is copied with its padding, and with a stride each phase
// by itself: what lies between two lines of the output is computed and not stored.
#include <string.h>

#include "matrix_products/x8_product.h"
#include "sizes.h"

// Along one axis: the phases of the stride that some tap is in, and the length of the copy of each.
struct axis {
  size_t kernel, stride, dilation, pad, input;
  size_t period, phases, length;
};

static struct axis axis_of(size_t kernel, size_t stride, size_t dilation, size_t pad, size_t input, size_t output) {
  struct axis a = {kernel, stride, dilation, pad, input, 0, 0, 0};
  size_t divisor = stride;
  for (size_t rest = dilation; rest > 0;) {
    const size_t next = divisor % rest;
    divisor = rest, rest = next;
  }
  a.period = stride / divisor;  // taps so far apart are in the same phase
  a.phases = o2m_least(a.period, kernel);
  a.length = output + (kernel - 1) * dilation / stride;
  return a;
}

struct plan {
  struct o2m_x8_product product;
  struct axis y, x;
  size_t plane;  // elements of a channel of the copy
  int copies;    // else x is read as it is
  size_t batch[2], a_step[2], b_step[2], y_step[2], channel_step[2];
};

static struct axis y_axis(const struct o2m_x8_conv *c) {
  return axis_of(c->kernel_height, c->stride_y, c->dilation_y, c->pad_top, c->x_height, c->y_height);
}
static struct axis x_axis(const struct o2m_x8_conv *c) {
  return axis_of(c->kernel_width, c->stride_x, c->dilation_x, c->pad_left, c->x_width, c->y_width);
}

int o2m_x8_conv_takes(const struct o2m_x8_conv *c) {
  const struct axis y = y_axis(c), x = x_axis(c);
  const double copied = (double)y.phases * (double)y.length * (double)x.phases * (double)x.length;
  return copied <= 4096 + 64 * ((double)c->x_height * (double)c->x_width + (double)c->y_height * (double)c->y_width);
}

static size_t plan_of(struct plan *p, const struct o2m_x8_conv *c, uint32_t threads) {
  *p = (struct plan){.y = y_axis(c), .x = x_axis(c)};
  const size_t outputs = c->y_channels / c->groups, inputs = c->x_channels / c->groups, pixels = c->y_height * c->y_width;
  p->plane = p->y.phases * p->y.length * p->x.phases * p->x.length;
  p->copies = c->pad_top || c->pad_left || c->stride_y > 1 || c->stride_x > 1 || p->y.length != c->x_height || p->x.length != c->x_width;
  p->batch[0] = c->batch, p->batch[1] = c->groups;
  p->a_step[1] = p->channel_step[1] = outputs;
  p->b_step[0] = c->x_channels * p->plane, p->b_step[1] = inputs * p->plane;
  p->y_step[0] = c->y_channels * pixels, p->y_step[1] = outputs * pixels;
  p->product = (struct o2m_x8_product){.rows = outputs,
                                       .depth = inputs * c->kernel_height * c->kernel_width,
                                       .columns = pixels ? (c->y_height - 1) * p->x.length + c->y_width : 0,
                                       .a_lines = c->y_channels,
                                       .rank = 2,
                                       .batch = p->batch,
                                       .a_step = p->a_step,
                                       .b_step = p->b_step,
                                       .y_step = p->y_step,
                                       .channel_step = p->channel_step,
                                       .line = p->x.length,
                                       .width = c->y_width,
                                       .y_pitch = pixels,
                                       .a = &c->w,
                                       .b = &c->x,
                                       .factors = c->y_channels,
                                       .own_bytes = p->copies ? c->batch * c->x_channels * p->plane : 0};
  return o2m_x8_product_plan(&p->product, threads);
}

size_t o2m_x8_conv_scratch_bytes(const struct o2m_x8_conv *conv, uint32_t threads) {
  struct plan p;
  return plan_of(&p, conv, threads);
}

struct copy_job {
  const struct plan *plan;
  const uint8_t *x;
  uint8_t *copy, zero;
};

// A line of one phase: x[i * stride + phase - pad] for i < length, `zero` outside of x.
static void copy_line(const struct axis *a, size_t phase, const uint8_t *x, uint8_t zero, uint8_t *to) {
  const size_t shift = phase * a->dilation % a->stride;
  const size_t first = a->pad > shift ? o2m_least((a->pad - shift + a->stride - 1) / a->stride, a->length) : 0;
  const size_t end = a->input + a->pad > shift ? o2m_least((a->input + a->pad - shift - 1) / a->stride + 1, a->length) : 0;
  if (first >= end) {
    memset(to, zero, a->length);
    return;
  }
  memset(to, zero, first);
  x += first * a->stride + shift - a->pad;
  if (a->stride == 1) {
    memcpy(to + first, x, end - first);
  } else {
    for (size_t i = first; i < end; i++, x += a->stride) to[i] = *x;
  }
  memset(to + end, zero, a->length - end);
}

// Items are channels of the batch.
static void copy_planes(void *context, size_t begin, size_t end, uint32_t worker) {
  const struct copy_job *job = context;
  const struct axis *y = &job->plan->y, *x = &job->plan->x;
  uint8_t *to = job->copy + begin * job->plan->plane;
  (void)worker;
  for (size_t channel = begin; channel < end; channel++)
    for (size_t phase = 0; phase < y->phases * x->phases; phase++) {
      size_t row = phase / x->phases * y->dilation % y->stride;  // of the padded picture
      for (size_t i = 0; i < y->length; i++, row += y->stride, to += x->length) {
        if (row >= y->pad && row - y->pad < y->input)
          copy_line(x, phase % x->phases, job->x + (channel * y->input + row - y->pad) * x->input, job->zero, to);
        else
          memset(to, job->zero, x->length);
      }
    }
}

// Where tap k lies in the copy of a channel.
static size_t place_of(const struct axis *a, size_t k) { return k * a->dilation / a->stride; }

void o2m_x8_conv_run(const struct o2m_x8_conv *conv, const void *x, const void *w, const struct o2m_x8_result *result, void *y,
                     void *scratch, o2m_pool *pool) {
  struct plan p;
  plan_of(&p, conv, o2m_pool_threads(pool));
  size_t *at = (size_t *)((char *)scratch + p.product.at_at), k = 0;
  for (size_t c = 0; c < conv->x_channels / conv->groups; c++)
    for (size_t ky = 0; ky < conv->kernel_height; ky++)
      for (size_t kx = 0; kx < conv->kernel_width; kx++) {
        const size_t phase = ky % p.y.period * p.x.phases + kx % p.x.period;
        at[k++] = c * p.plane + (phase * p.y.length + place_of(&p.y, ky)) * p.x.length + place_of(&p.x, kx);
      }
  for (; k % O2M_X8_STEP > 0; k++) at[k] = 0;
  const uint8_t *pixels = x;
  if (p.copies) {
    uint8_t *copy = (uint8_t *)scratch + p.product.own_at;
    struct copy_job job = {&p, x, copy, conv->x.zero ? *(const uint8_t *)conv->x.zero : 0};
    o2m_pool_run(pool, conv->batch * conv->x_channels, 1 + 4096 / (p.plane + 1), copy_planes, &job);
    pixels = copy;
  }
  o2m_x8_product_run(&p.product, w, pixels, result, y, scratch, pool);
}
