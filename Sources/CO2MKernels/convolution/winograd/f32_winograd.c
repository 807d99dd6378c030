// y = act(conv(x, w) + bias + residual) for 3x3 kernels, by Winograd's minimal filtering F(4x4, 3x3)          ONNX Conv-11
//
// The output is cut into tiles of 4x4 pixels, the tiles into bands. Of a band all input tiles are transformed once; then every
// panel of 16 output channels transforms its weights, a block of input channels at a time, multiplies and transforms back. The
// transformed weights, four times as large as the stored ones, never exist beyond one block.
#include <string.h>

#include "matrix_products/f32_gemm_copy.h"
#include "f32_winograd.h"
#include "sizes.h"

enum {
  BAND_BYTES = 640 << 10,  // of transformed input
  BAND_TILES = 48,         // least tiles of a band, so that transforming the weights is small beside multiplying by them
  DEPTH = 128,             // input channels of a block of weights: with the sums it stays in 512 KB of second-level cache
  SKEW = 16,               // keeps the 36 places of an element out of one set of the cache
  INPUT_ITEM = 1 << 13,    // least elements of input worth handing to another thread
};

struct plan {
  size_t across, tiles;  // tiles along x, and of the whole batch
  size_t band;           // tiles of a band
  size_t depth;          // input channels of a block of weights
  size_t v_place, u_place, m_place;
  size_t v_at, worker_at, m_at, worker_bytes;  // offsets: zeros come first, then v, then the workers with u and m
};

static struct plan plan_of(const struct o2m_f32_conv *c) {
  struct plan p;
  const size_t down = (c->y_height + O2M_WINOGRAD_OUT - 1) / O2M_WINOGRAD_OUT;
  p.across = (c->y_width + O2M_WINOGRAD_OUT - 1) / O2M_WINOGRAD_OUT;
  p.tiles = c->batch * down * p.across;
  size_t band = BAND_BYTES / (O2M_WINOGRAD_PLACES * c->x_channels * sizeof(float) + 1);
  if (band < BAND_TILES) band = BAND_TILES;
  const size_t bands = (p.tiles + band - 1) / band;
  p.band = bands ? o2m_round_up((p.tiles + bands - 1) / bands, O2M_GEMM_ROWS) : O2M_GEMM_ROWS;
  const size_t blocks = (c->x_channels + DEPTH - 1) / DEPTH;
  p.depth = blocks ? (c->x_channels + blocks - 1) / blocks : 1;
  p.v_place = p.band * c->x_channels + SKEW;
  p.u_place = p.depth * O2M_PANEL + SKEW;
  p.m_place = p.band * O2M_PANEL + SKEW;
  p.v_at = o2m_round_up(c->x_channels * sizeof(float), 64);
  p.worker_at = o2m_round_up(p.v_at + O2M_WINOGRAD_PLACES * p.v_place * sizeof(float), 64);
  p.m_at = o2m_round_up(O2M_WINOGRAD_PLACES * p.u_place * sizeof(float), 64);
  p.worker_bytes = p.m_at + o2m_round_up(O2M_WINOGRAD_PLACES * p.m_place * sizeof(float), 64);
  return p;
}

struct job {
  const struct plan *plan;
  const struct o2m_f32_conv *conv;
  const struct o2m_f32_winograd_kernels *kernels;
  void (*activate)(uint32_t kind, size_t rows, size_t columns, size_t pitch, float *y);
  const float *x, *residual;
  float *y;
  char *scratch;
  size_t first, count;  // tiles of the band
};

// The first pixel of a tile, and which picture of the batch it lies in.
struct corner {
  size_t image, y, x;
};

static struct corner corner_of(const struct job *job, size_t tile) {
  const size_t across = job->plan->across, down = (job->conv->y_height + O2M_WINOGRAD_OUT - 1) / O2M_WINOGRAD_OUT;
  return (struct corner){tile / across / down, tile / across % down * O2M_WINOGRAD_OUT, tile % across * O2M_WINOGRAD_OUT};
}

static void transform_input(void *context, size_t begin, size_t end, uint32_t worker) {
  (void)worker;
  const struct job *job = context;
  const struct o2m_f32_conv *c = job->conv;
  const float *zero = (const float *)job->scratch;
  struct o2m_winograd_block v = {(float *)(job->scratch + job->plan->v_at) + begin * c->x_channels, job->plan->v_place, c->x_channels};
  for (size_t tile = begin; tile < end; tile++, v.data += c->x_channels) {
    const struct corner at = corner_of(job, job->first + tile);
    const float *image = job->x + at.image * c->x_height * c->x_width * c->x_pitch, *pixel[O2M_WINOGRAD_PLACES];
    for (size_t i = 0; i < O2M_WINOGRAD_PLACES; i++) {
      const size_t y = at.y + i / O2M_WINOGRAD_IN - c->pad_top, x = at.x + i % O2M_WINOGRAD_IN - c->pad_left;  // may wrap
      pixel[i] = y < c->x_height && x < c->x_width ? image + (y * c->x_width + x) * c->x_pitch : zero;
    }
    job->kernels->input(c->x_channels, pixel, v);
  }
}

// One tile of fewer than 16 channels, by way of a tile of 16.
static void store_narrow(const struct job *job, struct o2m_winograd_block m, size_t height, size_t width, size_t columns,
                         const struct o2m_f32_epilogue *epilogue, size_t residual_row, size_t y_row, float *y) {
  enum { ROW = O2M_WINOGRAD_OUT * O2M_PANEL };
  float full[O2M_WINOGRAD_OUT * ROW], residual[O2M_WINOGRAD_OUT * ROW];
  struct o2m_f32_epilogue e = *epilogue;
  e.y_pitch = O2M_PANEL;
  if (e.residual) {
    memset(residual, 0, sizeof residual);
    for (size_t i = 0; i < height * width; i++)
      o2m_copy(residual + i / width * ROW + i % width * O2M_PANEL, e.residual + i / width * residual_row + i % width * e.residual_pitch,
               columns);
    e.residual = residual;
    e.residual_pitch = O2M_PANEL;
  }
  job->kernels->output(m, height, width, &e, ROW, ROW, full);
  for (size_t i = 0; i < height * width; i++)
    o2m_copy(y + i / width * y_row + i % width * epilogue->y_pitch, full + i / width * ROW + i % width * O2M_PANEL, columns);
}

static void store(const struct job *job, size_t panel, struct o2m_winograd_block m) {
  const struct o2m_f32_conv *c = job->conv;
  const size_t channel = panel * O2M_PANEL, columns = o2m_least(c->y_channels - channel, O2M_PANEL);
  const size_t residual_row = c->y_width * c->residual_pitch, y_row = c->y_width * c->y_pitch;
  struct o2m_f32_epilogue e;
  o2m_f32_epilogue_set(&e, &c->activation);
  e.scale = c->weights.scale ? c->weights.scale + channel : o2m_f32_ones;
  e.bias = c->weights.bias ? c->weights.bias + channel : o2m_f32_zeros;
  e.residual_pitch = c->residual_pitch;
  e.y_pitch = c->y_pitch;
  for (size_t tile = 0; tile < job->count; tile++, m.data += O2M_PANEL) {
    const struct corner at = corner_of(job, job->first + tile);
    const size_t height = o2m_least(c->y_height - at.y, O2M_WINOGRAD_OUT), width = o2m_least(c->y_width - at.x, O2M_WINOGRAD_OUT);
    const size_t pixel = (at.image * c->y_height + at.y) * c->y_width + at.x;
    float *y = job->y + pixel * c->y_pitch + channel;
    e.residual = job->residual ? job->residual + pixel * c->residual_pitch + channel : NULL;
    if (columns == O2M_PANEL)
      job->kernels->output(m, height, width, &e, residual_row, y_row, y);
    else
      store_narrow(job, m, height, width, columns, &e, residual_row, y_row, y);
    if (c->activation.kind > O2M_ACT_HARD_SWISH)
      for (size_t i = 0; i < height; i++) job->activate(c->activation.kind, width, columns, c->y_pitch, y + i * y_row);
  }
}

static void run_panels(void *context, size_t begin, size_t end, uint32_t worker) {
  const struct job *job = context;
  const struct plan *p = job->plan;
  const struct o2m_f32_conv *c = job->conv;
  char *mine = job->scratch + p->worker_at + worker * p->worker_bytes;
  const struct o2m_winograd_block u = {(float *)mine, p->u_place, O2M_PANEL}, m = {(float *)(mine + p->m_at), p->m_place, O2M_PANEL};
  for (size_t panel = begin; panel < end; panel++) {
    for (size_t first = 0; first < c->x_channels; first += p->depth) {
      const size_t depth = o2m_least(p->depth, c->x_channels - first);
      const size_t from = (panel * c->x_channels + first) * 9 * O2M_PANEL * o2m_weights_size(c->weights.type);
      job->kernels->weights(c->weights.type, depth, (const char *)c->weights.data + from, u);
      const struct o2m_winograd_block v = {(float *)(job->scratch + p->v_at) + first, p->v_place, c->x_channels};
      job->kernels->multiply(job->count, depth, v, u, first > 0, m);
    }
    store(job, panel, m);
  }
}

int o2m_f32_winograd_takes(const struct o2m_f32_conv *c) {
  return c->groups == 1 && c->kernel_height == 3 && c->kernel_width == 3 && c->stride_y == 1 && c->stride_x == 1 && c->dilation_y == 1 &&
         c->dilation_x == 1 && c->x_channels >= O2M_WINOGRAD_LEAST_INPUTS;
}

size_t o2m_f32_winograd_scratch_bytes(const struct o2m_f32_conv *conv, uint32_t threads) {
  const struct plan plan = plan_of(conv);
  return plan.worker_at + plan.worker_bytes * threads;
}

void o2m_f32_winograd_run(const struct o2m_f32_conv *conv, const float *x, const float *residual, float *y, void *scratch, o2m_pool *pool) {
  const struct plan plan = plan_of(conv);
  struct job job = {&plan, conv, o2m_f32_winograd_kernels(), o2m_f32_gemm_kernels()->activate, x, residual, y, scratch, 0, 0};
  memset(scratch, 0, conv->x_channels * sizeof(float));
  for (; job.first < plan.tiles; job.first += plan.band) {
    job.count = o2m_least(plan.band, plan.tiles - job.first);
    o2m_pool_run(pool, job.count, 1 + INPUT_ITEM / (O2M_WINOGRAD_PLACES * conv->x_channels), transform_input, &job);
    o2m_pool_run(pool, (conv->y_channels + O2M_PANEL - 1) / O2M_PANEL, 1, run_panels, &job);
  }
}
