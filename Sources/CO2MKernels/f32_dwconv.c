// Depthwise convolution: y[c] = act(sum over taps of x[tap, c] * w[tap, c] + bias[c] + residual[c])        ONNX Conv-11
//
// An item of work is one row of output. Pointers to the input pixels of the row, zeros where it leaves x, are made once
// per row; tiles of neighbouring pixels then pass over all channels.
#include "f32_dwconv.h"

#include <string.h>

#define O2M_F32_DWCONV(isa, needs) {#isa, needs, o2m_f32_dwconv__##isa},
static const struct o2m_f32_dwconv_isa isas[] = {
#include "f32_dwconv.inc"
};

const struct o2m_f32_dwconv_isa *o2m_f32_dwconv_best(uint32_t without) {
  const uint32_t features = o2m_cpu_features() & ~without;
  const struct o2m_f32_dwconv_isa *isa = isas;
  while (isa->needs & ~features) isa++;
  return isa;
}

enum { ROW_MACS = 1 << 15 };  // least work worth handing to another thread

struct plan {
  size_t padded;    // channels
  int shared;       // neighbouring pixels share pointers
  size_t columns;   // pointers per kernel row
  size_t w_at, scale_at, bias_at, zero_at, worker_bytes;
};

static size_t round_up(size_t n, size_t step) { return (n + step - 1) / step * step; }

static struct plan plan_of(const struct o2m_f32_conv *c) {
  struct plan p;
  p.padded = round_up(c->x_channels, O2M_PANEL);
  p.shared = c->dilation_x == 1 && (c->kernel_width == 3 || c->kernel_width == 5) && c->stride_x <= 2;
  p.columns = p.shared ? (c->y_width - 1) * c->stride_x + c->kernel_width : c->kernel_width;
  const size_t row = p.padded * sizeof(float);
  p.w_at = round_up(c->kernel_height * p.columns * sizeof(float *), 64);
  p.scale_at = p.w_at + (c->weights.type == O2M_WEIGHTS_F32 ? 0 : c->kernel_height * c->kernel_width * row);
  p.bias_at = p.scale_at + (c->weights.scale ? 0 : row);
  p.zero_at = p.bias_at + (c->weights.bias ? 0 : row);
  p.worker_bytes = p.zero_at + row;
  return p;
}

struct job {
  struct plan plan;
  const struct o2m_f32_conv *conv;
  const float *x, *residual;
  float *y;
  char *scratch;
};

// Pointers to `columns` pixels of each kernel row, the first at input column `left`, `step` apart.
static void point(const struct job *job, const float *image, size_t oy, ptrdiff_t left, size_t step, const float *zero,
                  const float **to) {
  const struct o2m_f32_conv *c = job->conv;
  for (size_t ky = 0; ky < c->kernel_height; ky++) {
    const size_t iy = oy * c->stride_y + ky * c->dilation_y - c->pad_top;  // wraps far above x_height when negative
    for (size_t i = 0; i < job->plan.columns; i++) {
      const size_t ix = (size_t)(left + (ptrdiff_t)(i * step));
      *to++ = iy < c->x_height && ix < c->x_width ? image + (iy * c->x_width + ix) * c->x_pitch : zero;
    }
  }
}

static void run_row(const struct job *job, const struct o2m_f32_dwconv_isa *isa, struct o2m_f32_dwconv_tile *tile,
                    size_t row, const float *zero, const float **pointers) {
  const struct o2m_f32_conv *c = job->conv;
  const float *image = job->x + row / c->y_height * c->x_height * c->x_width * c->x_pitch;
  const size_t oy = row % c->y_height;
  float *y = job->y + row * c->y_width * c->y_pitch;
  if (job->plan.shared) point(job, image, oy, -(ptrdiff_t)c->pad_left, 1, zero, pointers);
  for (size_t ox = 0, pixels; ox < c->y_width; ox += pixels) {
    const ptrdiff_t left = (ptrdiff_t)(ox * c->stride_x) - (ptrdiff_t)c->pad_left;
    pixels = 1;
    if (job->plan.shared)
      pixels = c->y_width - ox < O2M_DWCONV_PIXELS ? c->y_width - ox : O2M_DWCONV_PIXELS;
    else
      point(job, image, oy, left, c->dilation_x, zero, pointers);
    tile->x = pointers + (job->plan.shared ? ox * c->stride_x : 0);
    tile->epilogue.residual = job->residual ? job->residual + (row * c->y_width + ox) * c->residual_pitch : NULL;
    isa->run(tile, pixels, y + ox * c->y_pitch);
  }
}

static void run_rows(void *context, size_t begin, size_t end, uint32_t worker) {
  const struct job *job = context;
  const struct o2m_f32_conv *c = job->conv;
  const struct plan *p = &job->plan;
  const struct o2m_f32_dwconv_isa *isa = o2m_f32_dwconv_best(c->cpu_without);
  const struct o2m_f32_gemm_isa *gemm = o2m_f32_gemm_best(c->cpu_without);
  char *mine = job->scratch + worker * p->worker_bytes;
  float *w = (float *)(mine + p->w_at), *scale = (float *)(mine + p->scale_at);
  float *bias = (float *)(mine + p->bias_at), *zero = (float *)(mine + p->zero_at);
  memset(zero, 0, p->padded * sizeof(float));
  struct o2m_f32_dwconv_tile tile = {
      .channels = c->x_channels, .kernel_height = c->kernel_height, .kernel_width = c->kernel_width,
      .stride = p->shared ? c->stride_x : 0, .x_pitch = p->columns, .w = c->weights.data, .w_pitch = p->padded,
  };
  o2m_f32_epilogue_set(&tile.epilogue, &c->activation);
  tile.epilogue.y_pitch = c->y_pitch;
  tile.epilogue.residual_pitch = c->residual_pitch;
  tile.epilogue.scale = c->weights.scale;
  tile.epilogue.bias = c->weights.bias;
  if (c->weights.type != O2M_WEIGHTS_F32) {
    gemm->widen[c->weights.type](c->kernel_height * c->kernel_width * p->padded, c->weights.data, w);
    tile.w = w;
  }
  if (!c->weights.scale) {
    for (size_t i = 0; i < p->padded; i++) scale[i] = 1;
    tile.epilogue.scale = scale;
  }
  if (!c->weights.bias) {
    memset(bias, 0, p->padded * sizeof(float));
    tile.epilogue.bias = bias;
  }
  for (size_t row = begin; row < end; row++) {
    run_row(job, isa, &tile, row, zero, (const float **)mine);
    if (c->activation.kind > O2M_ACT_HARD_SWISH)
      gemm->activate(c->activation.kind, c->y_width, c->y_channels, c->y_pitch, job->y + row * c->y_width * c->y_pitch);
  }
}

size_t o2m_f32_dwconv_scratch_bytes(const struct o2m_f32_conv *conv, uint32_t threads) {
  return plan_of(conv).worker_bytes * threads;
}

void o2m_f32_dwconv_run(const struct o2m_f32_conv *conv, const float *x, const float *residual, float *y, void *scratch,
                        o2m_pool *pool) {
  struct job job = {plan_of(conv), conv, x, residual, y, scratch};
  const size_t macs = conv->y_width * conv->kernel_height * conv->kernel_width * conv->x_channels;
  o2m_pool_run(pool, conv->batch * conv->y_height, 1 + ROW_MACS / (macs + 1), run_rows, &job);
}
