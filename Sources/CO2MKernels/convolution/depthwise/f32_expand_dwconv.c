// y = act(depthwise(e, v) + c), e = act(conv1x1(x, w) + b)
//
// 16 channels of e at a time are computed into a ring of lines that stays in the first-level cache until the last output row that
// reads them.
#include "f32_expand_dwconv_plan.h"

#include <string.h>

struct job {
  struct o2m_expand_dwconv_plan plan;
  const struct o2m_f32_conv *conv;
  const struct o2m_f32_expansion *expand;
  const float *x;
  float *y;
  char *scratch;
};

// What an item works on.
struct item {
  size_t channel;      // the first one
  const float *image;  // x of the picture
  const float *w;      // of the expansion
  struct o2m_f32_epilogue expanded;
  struct o2m_f32_dwconv_panel panel;
  float *ring;
  char *scratch;
};

// Computes `count` pixels of e from `first` on, 16 elements apart.
static void expand_pixels(const struct job *job, const struct item *item, size_t first, size_t count, float *to) {
  const struct o2m_f32_expansion *e = job->expand;
  job->plan.isa->expand(count, e->inputs, item->image + first * e->pitch, e->pitch, item->w, &item->expanded, to);
  if (e->activation.kind > O2M_ACT_HARD_SWISH) job->plan.gemm->activate(e->activation.kind, 1, count * O2M_PANEL, count * O2M_PANEL, to);
}

// Puts the rows [iy, iy + count) of e into the ring.
static void fill_lines(const struct job *job, const struct item *item, size_t iy, size_t count) {
  const struct o2m_expand_dwconv_plan *p = &job->plan;
  const size_t width = job->conv->x_width;
  float *expanded = (float *)(item->scratch + p->expanded_at);
  if (!p->in_place) expand_pixels(job, item, iy * width, count * width, expanded);
  for (size_t i = 0; i < count; i++, iy++) {
    float *to = item->ring + iy % p->lines * p->line + job->conv->pad_left * O2M_PANEL;
    if (p->in_place)
      expand_pixels(job, item, iy * width, width, to);
    else
      memcpy(to, expanded + i * width * O2M_PANEL, width * O2M_PANEL * sizeof(float));
  }
}

// Where the lines lie that output rows [begin, end) read: in the ring, or zeros.
static void point(const struct job *job, const struct item *item, size_t begin, size_t end, const float **lines) {
  const struct o2m_expand_dwconv_plan *p = &job->plan;
  const struct o2m_f32_conv *c = job->conv;
  size_t iy = begin * c->stride_y - c->pad_top;  // wraps far above x_height when negative
  for (size_t i = 0; i < (end - begin - 1) * c->stride_y + c->kernel_height; i++, iy++)
    lines[i] = item->ring + (iy < c->x_height ? iy % p->lines : p->lines) * p->line;
}

static void run_band(const struct job *job, struct item *item, size_t image, size_t begin, size_t end) {
  const struct o2m_expand_dwconv_plan *p = &job->plan;
  const struct o2m_f32_conv *c = job->conv;
  const float **lines = (const float **)(item->scratch + p->lines_at);
  point(job, item, begin, end, lines);
  item->panel.lines = lines;
  size_t next = begin * c->stride_y > c->pad_top ? begin * c->stride_y - c->pad_top : 0, rows;
  for (size_t oy = begin; oy < end; oy += rows, item->panel.lines += rows * c->stride_y) {
    float *y = job->y + (image * c->y_height + oy) * c->y_width * c->y_pitch + item->channel;
    for (size_t i = 0; i < c->y_width; i++) __builtin_prefetch(y + i * c->y_pitch, 1);  // written after the lines are computed
    while (next < c->x_height && next + c->pad_top < oy * c->stride_y + c->kernel_height) {
      const size_t count = c->x_height - next < p->fill ? c->x_height - next : p->fill;
      fill_lines(job, item, next, count);
      next += count;
    }
    // As many rows as can be computed from what there is.
    rows = next == c->x_height ? end - oy : (next + c->pad_top - c->kernel_height) / c->stride_y + 1 - oy;
    if (rows > end - oy) rows = end - oy;
    p->isa->run_rows(&item->panel, rows, c->y_width, y);
    if (c->activation.kind > O2M_ACT_HARD_SWISH)
      p->gemm->activate(c->activation.kind, rows * c->y_width, item->panel.columns, c->y_pitch, y);
  }
}

// The item's weights, widened where they are not float32: 16 channels of the taps, one panel of the expansion.
static void take_weights(const struct job *job, struct item *item) {
  const struct o2m_expand_dwconv_plan *p = &job->plan;
  const struct o2m_weights *v = &job->conv->weights, *w = &job->expand->weights;
  const size_t channel = item->channel, padded = p->panels * O2M_PANEL, inputs = job->expand->inputs;
  item->panel.epilogue.scale = v->scale ? v->scale + channel : o2m_f32_ones;
  item->panel.epilogue.bias = v->bias ? v->bias + channel : o2m_f32_zeros;
  item->panel.w = (const float *)v->data + channel;
  item->panel.w_pitch = padded;
  if (v->type != O2M_WEIGHTS_F32) {
    float *wide = (float *)(item->scratch + p->w_at);
    const char *taps = (const char *)v->data + channel * o2m_weights_size(v->type);
    for (size_t tap = 0; tap < item->panel.kernel * item->panel.kernel; tap++)
      p->gemm->widen[v->type](O2M_PANEL, taps + tap * padded * o2m_weights_size(v->type), wide + tap * O2M_PANEL);
    item->panel.w = wide;
    item->panel.w_pitch = O2M_PANEL;
  }
  item->expanded.scale = w->scale ? w->scale + channel : o2m_f32_ones;
  item->expanded.bias = w->bias ? w->bias + channel : o2m_f32_zeros;
  item->w = (const float *)w->data + channel * inputs;
  if (w->type != O2M_WEIGHTS_F32) {
    float *wide = (float *)(item->scratch + p->expand_w_at);
    p->gemm->widen[w->type](inputs * O2M_PANEL, (const char *)w->data + channel * inputs * o2m_weights_size(w->type), wide);
    item->w = wide;
  }
}

static void run_items(void *context, size_t begin, size_t end, uint32_t worker) {
  const struct job *job = context;
  const struct o2m_expand_dwconv_plan *p = &job->plan;
  const struct o2m_f32_conv *c = job->conv;
  struct item item = {.scratch = job->scratch + worker * p->worker_bytes, .panel = {.kernel = c->kernel_width, .stride = c->stride_x}};
  item.ring = (float *)item.scratch;
  memset(item.ring, 0, (p->lines + 1) * p->line * sizeof(float));  // of the ring only the pixels inside are written
  o2m_f32_epilogue_set(&item.panel.epilogue, &c->activation);
  item.panel.epilogue.residual = NULL;
  item.panel.epilogue.y_pitch = c->y_pitch;
  o2m_f32_epilogue_set(&item.expanded, &job->expand->activation);
  item.expanded.residual = NULL;
  item.expanded.y_pitch = O2M_PANEL;
  for (size_t i = begin; i < end; i++) {
    const size_t band = i / p->panels, image = band / p->bands, first = band % p->bands * p->rows;
    item.channel = i % p->panels * O2M_PANEL;
    item.panel.columns = c->x_channels - item.channel < O2M_PANEL ? c->x_channels - item.channel : O2M_PANEL;
    item.image = job->x + image * c->x_height * c->x_width * job->expand->pitch;
    take_weights(job, &item);
    run_band(job, &item, image, first, c->y_height - first < p->rows ? c->y_height : first + p->rows);
  }
}

size_t o2m_f32_expand_dwconv_scratch_bytes(const struct o2m_f32_conv *conv, const struct o2m_f32_expansion *expand, uint32_t threads) {
  struct o2m_expand_dwconv_plan plan;
  o2m_expand_dwconv_plan(&plan, conv, expand);
  return plan.worker_bytes * threads;
}

void o2m_f32_expand_dwconv_run(const struct o2m_f32_conv *conv, const struct o2m_f32_expansion *expand, const float *x, float *y,
                               void *scratch, o2m_pool *pool) {
  struct job job = {.conv = conv, .expand = expand, .x = x, .y = y, .scratch = scratch};
  o2m_expand_dwconv_plan(&job.plan, conv, expand);
  o2m_pool_run(pool, job.plan.items, job.plan.grain, run_items, &job);
}
