// y = act(conv(x, w) + bias) of a planar picture            ONNX Conv-11
//
// The rows of a plane are dense, so that the input of neighbouring pixels is read where it lies: no copy per pixel. Only the tiles
// whose window leaves the picture read a copy of their window, with zeros around. An item of work is a row of output.
#include "f32_planar.h"
#include "sizes.h"

enum {
  ITEM_MACS = 1 << 17,       // least work worth handing to another thread
  CACHED_WEIGHTS = 1 << 16,  // floats that the second-level cache keeps from row to row
};

struct job {
  const struct o2m_f32_conv *conv;
  const struct o2m_f32_planar_kernels *kernels;
  const struct o2m_f32_gemm_kernels *gemm;
  const float *x;
  float *y;
  char *scratch;
  size_t k, panels;  // terms of a sum; panels of 16 outputs
  size_t tile;       // pixels that a window serves: whole tiles of every panel
  size_t span;       // input pixels of a line of the window
  size_t wide_at, worker_bytes;
};

static struct job job_of(const struct o2m_f32_conv *c) {
  struct job j = {.conv = c, .kernels = o2m_f32_planar_kernels(), .gemm = o2m_f32_gemm_kernels()};
  j.k = c->kernel_height * c->kernel_width * c->x_channels;
  j.panels = (c->y_channels + O2M_PANEL - 1) / O2M_PANEL;
  const size_t last = c->y_channels % O2M_PANEL;
  j.tile = last > 0 && last <= O2M_PANEL / 2 ? j.kernels->narrow_pixels : j.kernels->pixels;
  j.span = (j.tile - 1) * c->stride_x + (c->kernel_width - 1) * c->dilation_x + 1;
  j.wide_at = o2m_round_up(c->x_channels * c->kernel_height * j.span * sizeof(float), 64);
  j.worker_bytes = j.wide_at + (c->weights.type == O2M_WEIGHTS_F32 ? 0 : j.panels * j.k * O2M_PANEL * sizeof(float));
  return j;
}

// Copies what `tile` pixels from (oy, ox) read to [ci][ky][span], with zeros where it leaves the picture.
static void copy_window(const struct job *j, const float *image, size_t oy, size_t ox, float *to) {
  const struct o2m_f32_conv *c = j->conv;
  const size_t left = ox * c->stride_x - c->pad_left;  // wraps far above x_width when negative
  for (size_t ci = 0; ci < c->x_channels; ci++, image += c->x_height * c->x_width)
    for (size_t ky = 0; ky < c->kernel_height; ky++, to += j->span) {
      const size_t iy = oy * c->stride_y + ky * c->dilation_y - c->pad_top;
      for (size_t i = 0; i < j->span; i++) to[i] = iy < c->x_height && left + i < c->x_width ? image[iy * c->x_width + left + i] : 0;
    }
}

// The panels of some output channels.
struct range {
  size_t begin, end;
};

// Some panels of `pixels` outputs that read from `x` on.
static void run_panels(const struct job *j, struct o2m_f32_planar_tile *tile, const float *w, struct range channels, const float *x,
                       size_t pixels, float *y) {
  const struct o2m_f32_conv *c = j->conv;
  for (size_t channel = channels.begin; channel < channels.end; channel += O2M_PANEL) {
    tile->w = w + channel * j->k;
    tile->columns = c->y_channels - channel < O2M_PANEL ? c->y_channels - channel : O2M_PANEL;
    tile->epilogue.scale = c->weights.scale ? c->weights.scale + channel : o2m_f32_ones;
    tile->epilogue.bias = c->weights.bias ? c->weights.bias + channel : o2m_f32_zeros;
    j->kernels->run(tile, x, pixels, y + channel);
  }
}

static void run_row(const struct job *j, struct o2m_f32_planar_tile *tile, const float *w, struct range channels, size_t row,
                    float *window) {
  const struct o2m_f32_conv *c = j->conv;
  const size_t oy = row % c->y_height, width = c->y_width;
  const float *image = j->x + row / c->y_height * c->x_channels * c->x_height * c->x_width;
  float *y = j->y + row * width * c->y_pitch;

  // [begin, end) is what lies inside; whole tiles before and behind it read a window.
  size_t begin = c->pad_left > 0 ? j->tile : 0, end = 0;
  const size_t reach_y = (c->kernel_height - 1) * c->dilation_y, reach_x = (c->kernel_width - 1) * c->dilation_x;
  const size_t top = oy * c->stride_y - c->pad_top;
  if (top < c->x_height && top + reach_y < c->x_height && c->pad_left <= begin * c->stride_x && reach_x < c->x_width + c->pad_left)
    end = (c->x_width + c->pad_left - reach_x - 1) / c->stride_x + 1;
  end = end >= width ? width : width > j->tile && end >= width - j->tile ? width - j->tile : 0;
  if (end < begin + j->tile) begin = end = 0;

  tile->line = j->span, tile->plane = c->kernel_height * j->span;
  for (size_t ox = 0; ox < width; ox += j->tile) {
    if (ox == begin && ox < end) ox = end;
    if (ox >= width) break;
    if (ox + j->tile > width && width > j->tile) ox = width - j->tile;
    const size_t pixels = width < j->tile ? width : j->tile;
    copy_window(j, image, oy, ox, window);
    run_panels(j, tile, w, channels, window, pixels, y + ox * c->y_pitch);
  }
  if (begin < end) {
    tile->line = c->dilation_y * c->x_width, tile->plane = c->x_height * c->x_width;
    const float *x = image + top * c->x_width + begin * c->stride_x - c->pad_left;
    run_panels(j, tile, w, channels, x, end - begin, y + begin * c->y_pitch);
  }
  if (c->activation.kind > O2M_ACT_HARD_SWISH) {
    const size_t count = channels.end - channels.begin;
    j->gemm->activate(c->activation.kind, width, count, c->y_pitch, y + channels.begin);
  }
}

static void run_rows(void *context, size_t begin, size_t end, uint32_t worker) {
  const struct job *j = context;
  const struct o2m_f32_conv *c = j->conv;
  float *window = (float *)(j->scratch + worker * j->worker_bytes), *wide = (float *)((char *)window + j->wide_at);
  const float *w = c->weights.data;
  if (c->weights.type != O2M_WEIGHTS_F32) {
    j->gemm->widen[c->weights.type](j->panels * j->k * O2M_PANEL, c->weights.data, wide);
    w = wide;
  }
  struct o2m_f32_planar_tile tile = {.inputs = c->x_channels,
                                     .kernel_height = c->kernel_height,
                                     .kernel_width = c->kernel_width,
                                     .dilation = c->dilation_x,
                                     .stride = c->stride_x};
  o2m_f32_epilogue_set(&tile.epilogue, &c->activation);
  tile.epilogue.y_pitch = c->y_pitch;
  // Weights that do not stay in the cache from row to row are read once for all rows.
  const size_t step = j->panels * j->k * O2M_PANEL > CACHED_WEIGHTS ? O2M_PANEL : c->y_channels;
  for (size_t channel = 0; channel < c->y_channels; channel += step) {
    const struct range channels = {channel, c->y_channels - channel < step ? c->y_channels : channel + step};
    for (size_t row = begin; row < end; row++) run_row(j, &tile, w, channels, row, window);
  }
}

// One channel lies alike in both layouts, and a long line of the kernel is a run that the matrix product reads where it lies.
static int takes_panels(const struct o2m_f32_conv *c) { return c->x_channels == 1 && c->kernel_width >= 16; }

size_t o2m_f32_conv_planar_scratch_bytes(const struct o2m_f32_conv *conv, uint32_t threads) {
  if (takes_panels(conv)) return o2m_f32_conv_scratch_bytes(conv, threads);
  return job_of(conv).worker_bytes * threads;
}

void o2m_f32_conv_planar_run(const struct o2m_f32_conv *conv, const float *x, float *y, void *scratch, o2m_pool *pool) {
  if (takes_panels(conv)) {
    struct o2m_f32_conv panels = *conv;
    panels.x_pitch = 1;
    o2m_f32_conv_run(&panels, x, NULL, y, scratch, pool);
    return;
  }
  struct job job = job_of(conv);
  job.x = x, job.y = y, job.scratch = scratch;
  o2m_pool_run(pool, conv->batch * conv->y_height, 1 + ITEM_MACS / (conv->y_width * job.k * conv->y_channels + 1), run_rows, &job);
}
