// Depthwise convolution: y[c] = act(sum over taps of x[tap, c] * w[tap, c] + bias[c] + residual[c])        ONNX Conv-11
//
// An item of work is a band of output rows. Pointers to the input pixels that it reads, zeros where they leave x, are made
// once. Then a chunk of channels at a time passes over the band, so narrow that the input rows under the kernel stay in the
// first-level cache until the last output that needs them.
#include "f32_dwconv.h"
#include "sizes.h"

#include <string.h>

enum {
  BAND_ROWS = 8,           // most rows of a band
  BANDS = 4,               // fewest bands of a picture, where it has as many rows: work for as many threads
  CHUNK_BYTES = 20 << 10,  // of input under the kernel, in a first-level cache of 32 KB
  CHUNK_LEAST = 32,        // channels: two cache lines
  ITEM_MACS = 1 << 16,     // least work worth handing to another thread
};

struct plan {
  size_t padded;          // channels
  int shared;             // neighbouring pixels share pointers
  size_t rows, bands;     // of a band, and of a picture
  size_t lines, columns;  // of the pointers of a band
  size_t chunk;           // channels
  size_t w_at, scale_at, bias_at, zero_at, worker_bytes;
};

static struct plan plan_of(const struct o2m_f32_conv *c) {
  struct plan p;
  p.padded = o2m_round_up(c->x_channels, O2M_PANEL);
  p.shared = c->dilation_x == 1 && (c->kernel_width == 3 || c->kernel_width == 5) && c->stride_x <= 2;
  p.rows = (c->y_height + BANDS - 1) / BANDS;
  if (p.rows > BAND_ROWS) p.rows = BAND_ROWS;
  if (p.rows == 0) p.rows = 1;
  p.bands = (c->y_height + p.rows - 1) / p.rows;
  p.lines = (p.rows - 1) * c->stride_y + (c->kernel_height - 1) * c->dilation_y + 1;
  const size_t pixels = o2m_round_up(c->y_width, O2M_DWCONV_PIXELS);
  p.columns = p.shared ? (pixels - 1) * c->stride_x + c->kernel_width : pixels * c->kernel_width;
  p.chunk = CHUNK_BYTES / (sizeof(float) * c->kernel_height * (c->x_width + 1)) / O2M_PANEL * O2M_PANEL;
  if (p.chunk < CHUNK_LEAST) p.chunk = CHUNK_LEAST;
  const size_t row = p.padded * sizeof(float);
  p.w_at = o2m_round_up(p.lines * p.columns * sizeof(float *), 64);
  p.scale_at = p.w_at + (c->weights.type == O2M_WEIGHTS_F32 ? 0 : c->kernel_height * c->kernel_width * row);
  p.bias_at = p.scale_at + (c->weights.scale ? 0 : row);
  p.zero_at = p.bias_at + (c->weights.bias ? 0 : row);
  p.worker_bytes = p.zero_at + row;
  return p;
}

struct job {
  struct plan plan;
  const struct o2m_f32_dwconv_kernels *kernels;
  const struct o2m_f32_gemm_kernels *gemm;
  const struct o2m_f32_conv *conv;
  const float *x, *residual;
  float *y;
  char *scratch;
};

// Pointers [line][column] of the band that starts at output row `oy`. Pixels that share pointers have one column per input
// column; the others have kernel_width columns each.
static void point(const struct job *job, const float *image, size_t oy, const float *zero, const float **to) {
  const struct o2m_f32_conv *c = job->conv;
  for (size_t line = 0; line < job->plan.lines; line++) {
    const size_t iy = oy * c->stride_y + line - c->pad_top;  // wraps far above x_height when negative
    const float *from = iy < c->x_height ? image + iy * c->x_width * c->x_pitch : NULL;
    if (job->plan.shared) {
      for (size_t ix = 0 - c->pad_left, i = 0; i < job->plan.columns; i++, ix++)
        *to++ = from && ix < c->x_width ? from + ix * c->x_pitch : zero;
      continue;
    }
    for (size_t ox = 0; ox < job->plan.columns / c->kernel_width; ox++)
      for (size_t kx = 0; kx < c->kernel_width; kx++) {
        const size_t ix = ox * c->stride_x + kx * c->dilation_x - c->pad_left;
        *to++ = from && ix < c->x_width ? from + ix * c->x_pitch : zero;
      }
  }
}

// One row of outputs, the channels of the tile. Lines of the kernel above and below x are left out.
static void run_row(const struct job *job, const struct o2m_f32_dwconv_tile *whole, size_t image, size_t oy, const float *const *pointers) {
  const struct o2m_f32_conv *c = job->conv;
  struct o2m_f32_dwconv_tile tile = *whole;
  const size_t top = oy * c->stride_y, bottom = c->x_height + c->pad_top;
  size_t above = top < c->pad_top ? (c->pad_top - top + c->dilation_y - 1) / c->dilation_y : 0;
  size_t end = top < bottom ? (bottom - top + c->dilation_y - 1) / c->dilation_y : 0;
  if (end > c->kernel_height) end = c->kernel_height;
  if (above > end) above = end;
  tile.kernel_height = end - above;
  tile.w += above * c->kernel_width * tile.w_pitch;
  pointers += above * tile.x_pitch;
  const size_t row = (image * c->y_height + oy) * c->y_width;
  for (size_t ox = 0, pixels; ox < c->y_width; ox += pixels) {
    pixels = c->y_width - ox < O2M_DWCONV_PIXELS ? c->y_width - ox : O2M_DWCONV_PIXELS;
    tile.x = pointers + ox * tile.step;
    tile.epilogue.residual = job->residual ? job->residual + (row + ox) * c->residual_pitch : NULL;
    job->kernels->run(&tile, pixels, job->y + (row + ox) * c->y_pitch);
  }
  if (c->activation.kind > O2M_ACT_HARD_SWISH)
    job->gemm->activate(c->activation.kind, c->y_width, tile.end - tile.first, c->y_pitch, job->y + row * c->y_pitch + tile.first);
}

static void run_band(const struct job *job, struct o2m_f32_dwconv_tile *tile, size_t band, const float *zero, const float **pointers) {
  const struct o2m_f32_conv *c = job->conv;
  const struct plan *p = &job->plan;
  const size_t image = band / p->bands, oy = band % p->bands * p->rows;
  const size_t rows = c->y_height - oy < p->rows ? c->y_height - oy : p->rows;
  point(job, job->x + image * c->x_height * c->x_width * c->x_pitch, oy, zero, pointers);
  for (tile->first = 0; tile->first < c->x_channels; tile->first = tile->end) {
    tile->end = c->x_channels - tile->first < p->chunk ? c->x_channels : tile->first + p->chunk;
    for (size_t row = 0; row < rows; row++) run_row(job, tile, image, oy + row, pointers + row * c->stride_y * p->columns);
  }
}

static void run_bands(void *context, size_t begin, size_t end, uint32_t worker) {
  const struct job *job = context;
  const struct o2m_f32_conv *c = job->conv;
  const struct plan *p = &job->plan;
  char *mine = job->scratch + worker * p->worker_bytes;
  float *w = (float *)(mine + p->w_at), *scale = (float *)(mine + p->scale_at);
  float *bias = (float *)(mine + p->bias_at), *zero = (float *)(mine + p->zero_at);
  memset(zero, 0, p->padded * sizeof(float));
  struct o2m_f32_dwconv_tile tile = {
      .kernel_height = c->kernel_height,
      .kernel_width = c->kernel_width,
      .step = p->shared ? c->stride_x : c->kernel_width,
      .x_pitch = p->columns * c->dilation_y,
      .w = c->weights.data,
      .w_pitch = p->padded,
  };
  o2m_f32_epilogue_set(&tile.epilogue, &c->activation);
  tile.epilogue.y_pitch = c->y_pitch;
  tile.epilogue.residual_pitch = c->residual_pitch;
  tile.epilogue.scale = c->weights.scale;
  tile.epilogue.bias = c->weights.bias;
  if (c->weights.type != O2M_WEIGHTS_F32) {
    job->gemm->widen[c->weights.type](c->kernel_height * c->kernel_width * p->padded, c->weights.data, w);
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
  for (size_t band = begin; band < end; band++) run_band(job, &tile, band, zero, (const float **)mine);
}

size_t o2m_f32_dwconv_scratch_bytes(const struct o2m_f32_conv *conv, uint32_t threads) { return plan_of(conv).worker_bytes * threads; }

void o2m_f32_dwconv_run(const struct o2m_f32_conv *conv, const float *x, const float *residual, float *y, void *scratch, o2m_pool *pool) {
  struct job job = {plan_of(conv), o2m_f32_dwconv_kernels(), o2m_f32_gemm_kernels(), conv, x, residual, y, scratch};
  const size_t macs = job.plan.rows * conv->y_width * conv->kernel_height * conv->kernel_width * conv->x_channels;
  o2m_pool_run(pool, conv->batch * job.plan.bands, 1 + ITEM_MACS / (macs + 1), run_bands, &job);
}
