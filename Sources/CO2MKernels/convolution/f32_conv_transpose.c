// y[oy, ox] = act(sum of x[iy, ix] * w[ky, kx] over oy = iy * stride_y + ky * dilation_y - pad_top, ox likewise, + bias +
// residual)                                                                             ONNX ConvTranspose-11
//
// Gathered, not scattered: output pixels whose coordinates leave the same remainder by the stride (a phase) read the same
// taps, which lie side by side in the packed weights. Within a row each phase is a matrix product, stored at a stride.
#include <string.h>

#include "matrix_products/f32_gemm.h"
#include "o2m_conv.h"
#include "sizes.h"

enum { ITEM_MACS = 1 << 16 };  // least work worth handing to another thread

struct plan {
  const struct o2m_f32_gemm_kernels *isa;
  size_t inputs, outputs, panels;  // of a group
  size_t taps;
  size_t columns;  // most pixels of a phase in a row, in full tiles
  int dot;         // all outputs as dot products
  size_t wide_at, narrow_at, zero_at, worker_bytes;
};

struct job {
  struct plan plan;
  const struct o2m_f32_conv *conv;
  const float *x, *residual;
  float *y;
  char *scratch;
};

// The taps of one phase: where they start in the packed order, and how many rows and columns of the kernel they are.
struct phase {
  size_t start, height, width;
};

static struct plan plan_of(const struct o2m_f32_conv *c) {
  struct plan p = {.isa = o2m_f32_gemm_kernels()};
  p.inputs = c->x_channels / c->groups;
  p.outputs = c->y_channels / c->groups;
  p.panels = (p.outputs + O2M_PANEL - 1) / O2M_PANEL;
  p.taps = c->kernel_height * c->kernel_width;
  p.columns = o2m_round_up((c->y_width + c->stride_x - 1) / c->stride_x, p.isa->rows);
  p.wide_at = o2m_round_up(p.columns * p.taps * sizeof(float *), 64);
  p.dot = o2m_takes_dot(p.outputs, p.inputs);
  p.narrow_at = p.wide_at + (c->weights.type == O2M_WEIGHTS_F32 ? 0 : p.taps * p.inputs * O2M_PANEL * sizeof(float));
  p.zero_at = p.narrow_at + (p.dot ? o2m_round_up(p.outputs * p.taps * p.inputs * sizeof(float), 64) : 0);
  p.worker_bytes = p.zero_at + o2m_round_up(p.inputs * sizeof(float), 64);
  return p;
}

// How many k < kernel have k * dilation % stride equal to `remainder`.
static size_t meeting(size_t kernel, size_t dilation, size_t stride, size_t remainder) {
  size_t count = 0;
  for (size_t k = 0; k < kernel; k++) count += k * dilation % stride == remainder;
  return count;
}

static struct phase phase_of(const struct o2m_f32_conv *c, size_t phase_y, size_t phase_x) {
  struct phase p = {0};
  for (size_t y = 0; y < phase_y; y++) p.start += meeting(c->kernel_height, c->dilation_y, c->stride_y, y) * c->kernel_width;
  p.height = meeting(c->kernel_height, c->dilation_y, c->stride_y, phase_y);
  for (size_t x = 0; x < phase_x; x++) p.start += p.height * meeting(c->kernel_width, c->dilation_x, c->stride_x, x);
  p.width = meeting(c->kernel_width, c->dilation_x, c->stride_x, phase_x);
  return p;
}

// Pointers [tile][tap of the phase][step] of the output pixels ox, ox + stride_x, ... of a row: from one to the next a tap moves on by one
// pixel of x.
static void point(const struct o2m_f32_conv *c, const float *image, size_t oy, size_t ox, size_t count, const float *zero, size_t step,
                  size_t taps, const float **to) {
  const size_t y = oy + c->pad_top, x = ox + c->pad_left;
  for (size_t ky = 0; ky < c->kernel_height; ky++) {
    if (ky * c->dilation_y % c->stride_y != y % c->stride_y) continue;
    const size_t iy = y < ky * c->dilation_y ? c->x_height : (y - ky * c->dilation_y) / c->stride_y;
    for (size_t kx = 0; kx < c->kernel_width; kx++) {
      if (kx * c->dilation_x % c->stride_x != x % c->stride_x) continue;
      ptrdiff_t ix = ((ptrdiff_t)x - (ptrdiff_t)(kx * c->dilation_x)) / (ptrdiff_t)c->stride_x;
      const float **tile = to;
      for (size_t i = 0; i < count; tile += step * taps)
        for (size_t r = 0; r < step && i < count; r++, i++, ix++)
          tile[r] = iy < c->x_height && ix >= 0 && ix < (ptrdiff_t)c->x_width ? image + (iy * c->x_width + (size_t)ix) * c->x_pitch : zero;
      to += step;
    }
  }
}

// One panel over the pixels ox, ox + stride_x, ... of a row.
static void run_panel(const struct job *job, size_t panel, struct phase phase, size_t row, size_t ox, size_t count,
                      const float *const *rows, float *wide, float *narrow) {
  const struct plan *p = &job->plan;
  const struct o2m_f32_conv *c = job->conv;
  const size_t taps = phase.height * phase.width, step = p->isa->rows;
  uint32_t type = c->weights.type;
  const size_t column = panel % p->panels * O2M_PANEL, channel = panel / p->panels * p->outputs + column;
  const size_t columns = p->outputs - column < O2M_PANEL ? p->outputs - column : O2M_PANEL;
  const void *w =
      (const char *)c->weights.data + (panel * p->taps + phase.start) * p->inputs * O2M_PANEL * o2m_weights_size(c->weights.type);
  if (type != O2M_WEIGHTS_F32 && (p->dot || count > 2 * step)) {
    p->isa->widen[type](taps * p->inputs * O2M_PANEL, w, wide);
    w = wide;
    type = O2M_WEIGHTS_F32;
  }
  const size_t k = taps * p->inputs;
  if (p->dot) o2m_f32_gemm_unpack(columns, k, w, narrow);
  struct o2m_f32_epilogue e;
  o2m_f32_epilogue_set(&e, &c->activation);
  e.scale = c->weights.scale ? c->weights.scale + panel * O2M_PANEL : o2m_f32_ones;
  e.bias = c->weights.bias ? c->weights.bias + panel * O2M_PANEL : o2m_f32_zeros;
  e.y_pitch = c->stride_x * c->y_pitch;
  e.residual_pitch = c->stride_x * c->residual_pitch;
  for (size_t i = 0; i < count; i += step, rows += step * taps) {
    const size_t pixel = row * c->y_width + ox + i * c->stride_x, height = count - i < step ? count - i : step;
    float *y = job->y + pixel * c->y_pitch + channel;
    e.residual = job->residual ? job->residual + pixel * c->residual_pitch + channel : NULL;
    if (p->dot)
      p->isa->dot(height, columns, taps, p->inputs, rows, narrow, k, &e, y);
    else
      o2m_f32_gemm_columns(p->isa, type, height, columns, taps, p->inputs, rows, w, &e, y);
    if (c->activation.kind > O2M_ACT_HARD_SWISH) p->isa->activate(c->activation.kind, height, columns, e.y_pitch, y);
  }
}

static void run_rows(void *context, size_t begin, size_t end, uint32_t worker) {
  const struct job *job = context;
  const struct plan *p = &job->plan;
  const struct o2m_f32_conv *c = job->conv;
  char *mine = job->scratch + worker * p->worker_bytes;
  const float **rows = (const float **)mine;
  float *wide = (float *)(mine + p->wide_at), *narrow = (float *)(mine + p->narrow_at), *zero = (float *)(mine + p->zero_at);
  memset(zero, 0, p->inputs * sizeof(float));
  for (size_t row = begin; row < end; row++) {
    const size_t oy = row % c->y_height, step = p->isa->rows;
    const float *x = job->x + row / c->y_height * c->x_height * c->x_width * c->x_pitch;
    for (size_t ox = 0; ox < c->stride_x && ox < c->y_width; ox++) {
      const struct phase phase = phase_of(c, (oy + c->pad_top) % c->stride_y, (ox + c->pad_left) % c->stride_x);
      const size_t count = (c->y_width - ox + c->stride_x - 1) / c->stride_x, taps = phase.height * phase.width;
      for (size_t group = 0; group < c->groups; group++) {
        point(c, x + group * p->inputs, oy, ox, count, zero, step, taps, rows);
        for (size_t panel = 0; panel < p->panels; panel++)
          run_panel(job, group * p->panels + panel, phase, row, ox, count, rows, wide, narrow);
      }
    }
  }
}

size_t o2m_f32_conv_transpose_scratch_bytes(const struct o2m_f32_conv *conv, uint32_t threads) {
  return plan_of(conv).worker_bytes * threads;
}

void o2m_f32_conv_transpose_run(const struct o2m_f32_conv *conv, const float *x, const float *residual, float *y, void *scratch,
                                o2m_pool *pool) {
  struct job job = {plan_of(conv), conv, x, residual, y, scratch};
  const size_t row_macs = conv->x_width * conv->x_channels * job.plan.outputs * job.plan.taps / conv->stride_y;
  o2m_pool_run(pool, conv->batch * conv->y_height, 1 + ITEM_MACS / (row_macs + 1), run_rows, &job);
}
