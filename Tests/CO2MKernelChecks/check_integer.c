// Products of integers against sums in 64 bits: every bit, whatever the instruction set and the number of threads.
#include "check_random.h"

enum { LINES = 512, UNTOUCHED = 0xa5 };

// Operands, and numbers enough for zero points, scales and biases of every line.
struct numbers {
  uint8_t *x, *w;
  uint8_t x_zero[LINES], w_zero[LINES], y_zero;
  float x_scale, w_scale[LINES], y_scale;
  int32_t bias[LINES];
};

// Random bytes, and what is largest as a number with or without sign.
static uint8_t draw(struct random *r, size_t kind) {
  switch (kind) {
    case 0: return (uint8_t)next(r);
    case 1: return below(r, 2) ? 0x80 : 0x7f;
    case 2: return below(r, 2) ? 0xff : 0;
    default: return 0x80;
  }
}

static struct numbers draw_numbers(struct random *r, size_t x_size, size_t w_size) {
  struct numbers n = {malloc(x_size + 1), malloc(w_size + 1), {0}, {0}, 0, 0.01f, {0}, 0, {0}};
  const size_t kind = below(r, 4);
  for (size_t i = 0; i < x_size; i++) n.x[i] = draw(r, kind);
  for (size_t i = 0; i < w_size; i++) n.w[i] = draw(r, kind);
  for (size_t i = 0; i < LINES; i++) {
    n.x_zero[i] = draw(r, kind), n.w_zero[i] = draw(r, kind);
    n.w_scale[i] = 0.003f * (float)(1 + below(r, 100));
    n.bias[i] = (int32_t)next(r) / 65536;
  }
  n.y_zero = draw(r, kind);
  n.y_scale = below(r, 20) == 0 ? 0 : kind ? 3000 : 5;  // a scale of 0 makes infinities and NaN
  return n;
}

static void free_numbers(struct numbers *n) { free(n->x), free(n->w); }

static struct o2m_x8_operand draw_operand(struct random *r, const uint8_t *zero, int per_line) {
  return (struct o2m_x8_operand){below(r, 2) ? O2M_ELEMENT_S8 : O2M_ELEMENT_U8, below(r, 4) ? zero : NULL, per_line && below(r, 2)};
}

static struct o2m_x8_result draw_result(struct random *r, const struct numbers *n, int has_bias) {
  if (below(r, 2)) return (struct o2m_x8_result){.type = O2M_ELEMENT_S32};
  return (struct o2m_x8_result){.type = below(r, 2) ? O2M_ELEMENT_S8 : O2M_ELEMENT_U8,
                                .x_scale = &n->x_scale,
                                .w_scale = n->w_scale,
                                .w_scale_step = below(r, 2),
                                .y_scale = &n->y_scale,
                                .y_zero = &n->y_zero,
                                .bias = has_bias && below(r, 2) ? n->bias : NULL};
}

static int64_t number(enum o2m_element type, const void *x, size_t i) {
  return type == O2M_ELEMENT_S8 ? ((const int8_t *)x)[i] : ((const uint8_t *)x)[i];
}

static int64_t centered(const struct o2m_x8_operand *o, const uint8_t *x, size_t i, size_t line) {
  return number(o->type, x, i) - (o->zero ? number(o->type, o->zero, line * o->zero_step) : 0);
}

// Whether y[at] is what becomes of this sum; line is that of the scale of w, channel that of the bias.
static void expect_result(struct o2m_check_report *report, const struct o2m_x8_result *result, int64_t sum, size_t line, size_t channel,
                          const uint8_t *y, size_t at) {
  if (result->type == O2M_ELEMENT_S32) {
    int32_t got;
    memcpy(&got, y + at * sizeof got, sizeof got);
    o2m_expect(report, got == (int32_t)(uint32_t)sum, "sum", at, got, (double)sum);
    return;
  }
  const float product = *result->x_scale * result->w_scale[line * result->w_scale_step], factor = product / *result->y_scale;
  const double scaled = ((double)sum + (result->bias ? result->bias[channel] : 0)) * (double)factor;
  const double whole = scaled != scaled ? 0 : rint(scaled), shifted = whole + (double)number(result->type, result->y_zero, 0);
  const int is_signed = result->type == O2M_ELEMENT_S8;
  const double want = fmin(fmax(shifted, is_signed ? -128 : 0), is_signed ? 127 : 255);
  o2m_expect(report, (double)number(result->type, y, at) == want, "quantized sum", at, (double)number(result->type, y, at), want);
}

// Runs with 1, 2 and 3 threads; the result, with a guard that stays.
struct run {
  size_t (*bytes)(const void *product, uint32_t threads);
  void (*run)(const void *product, const struct numbers *n, const struct o2m_x8_result *result, void *y, void *scratch, o2m_pool *pool);
};

static uint8_t *run_on_threads(struct o2m_check_report *report, const struct run *how, const void *product, const struct numbers *n,
                               const struct o2m_x8_result *result, size_t count) {
  const size_t size = count * (result->type == O2M_ELEMENT_S32 ? 4 : 1);
  uint8_t *first = NULL;
  for (uint32_t threads = 1; threads <= 3; threads++) {
    o2m_pool *pool = threads > 1 ? o2m_pool_create(threads) : NULL;
    const size_t bytes = how->bytes(product, o2m_pool_threads(pool));
    uint8_t *y = malloc(size + O2M_GUARD), *scratch = o2m_allocate(bytes + O2M_GUARD);
    memset(y, UNTOUCHED, size + O2M_GUARD), memset(scratch, UNTOUCHED, bytes + O2M_GUARD);
    how->run(product, n, result, y, scratch, pool);
    for (size_t i = 0; i < O2M_GUARD; i++) {
      o2m_expect(report, y[size + i] == UNTOUCHED, "byte behind the result", i, y[size + i], UNTOUCHED);
      o2m_expect(report, scratch[bytes + i] == UNTOUCHED, "byte behind the scratch", i, scratch[bytes + i], UNTOUCHED);
    }
    o2m_free(scratch);
    if (pool) o2m_pool_destroy(pool);
    if (!first) {
      first = y;
      continue;
    }
    o2m_expect_bits(report, y, first, size, "threads");
    free(y);
  }
  return first;
}

static size_t matmul_bytes(const void *product, uint32_t threads) { return o2m_x8_matmul_scratch_bytes(product, threads); }
static void run_matmul(const void *product, const struct numbers *n, const struct o2m_x8_result *result, void *y, void *scratch,
                       o2m_pool *pool) {
  o2m_x8_matmul_run(product, n->x, n->w, result, y, scratch, pool);
}

static void check_matmul(struct o2m_check_report *report, struct random *r) {
  struct o2m_x8_matmul m = {
      .rows = PICK(r, 1, 1, 2, 3, 5, 6, 7, 13, 150), .depth = PICK(r, 1, 2, 3, 16, 17, 70), .columns = 1 + below(r, 150)};
  size_t matrices = 1;
  const size_t b_size = m.depth * m.columns;
  m.batch_rank = (uint32_t)below(r, 2);
  if (m.batch_rank) {
    m.batch[0] = matrices = PICK(r, 2, 3);
    m.a_step[0] = below(r, 2) ? m.rows : 0, m.b_step[0] = below(r, 2) ? b_size : 0, m.y_step[0] = m.rows * m.columns;
  }
  m.a_rows = m.rows * (m.a_step[0] ? matrices : 1);
  struct numbers n = draw_numbers(r, m.a_rows * m.depth, matrices * b_size);
  m.a = draw_operand(r, n.x_zero, m.a_rows == m.rows), m.b = draw_operand(r, n.w_zero, 1);
  const struct o2m_x8_result result = draw_result(r, &n, 0);
  const struct run how = {matmul_bytes, run_matmul};
  uint8_t *y = run_on_threads(report, &how, &m, &n, &result, matrices * m.rows * m.columns);
  for (size_t i = 0; i < matrices * m.rows * m.columns; i++) {
    const size_t column = i % m.columns, row = i / m.columns % m.rows, matrix = i / m.columns / m.rows;
    int64_t sum = 0;
    for (size_t k = 0; k < m.depth; k++)
      sum += centered(&m.a, n.x, (matrix * m.a_step[0] + row) * m.depth + k, row) *
             centered(&m.b, n.w, matrix * m.b_step[0] + k * m.columns + column, column);
    expect_result(report, &result, sum, column, 0, y, i);
  }
  free(y);
  free_numbers(&n);
}

static size_t conv_bytes(const void *product, uint32_t threads) { return o2m_x8_conv_scratch_bytes(product, threads); }
static void run_conv(const void *product, const struct numbers *n, const struct o2m_x8_result *result, void *y, void *scratch,
                     o2m_pool *pool) {
  o2m_x8_conv_run(product, n->x, n->w, result, y, scratch, pool);
}

static int64_t window_sum(const struct o2m_x8_conv *c, const struct numbers *n, size_t image, size_t m, size_t oy, size_t ox) {
  const size_t inputs = c->x_channels / c->groups, first = m / (c->y_channels / c->groups) * inputs;
  int64_t sum = 0;
  size_t k = m * inputs * c->kernel_height * c->kernel_width;
  for (size_t i = 0; i < inputs; i++)
    for (size_t ky = 0; ky < c->kernel_height; ky++)
      for (size_t kx = 0; kx < c->kernel_width; kx++, k++) {
        const size_t iy = oy * c->stride_y + ky * c->dilation_y - c->pad_top, ix = ox * c->stride_x + kx * c->dilation_x - c->pad_left;
        if (iy >= c->x_height || ix >= c->x_width) continue;  // or below 0, which is as large
        const size_t at = ((image * c->x_channels + first + i) * c->x_height + iy) * c->x_width + ix;
        sum += centered(&c->x, n->x, at, 0) * centered(&c->w, n->w, k, m);
      }
  return sum;
}

static void check_conv(struct o2m_check_report *report, struct random *r) {
  const int is_depthwise = below(r, 4) == 0, is_pointwise = below(r, 4) == 0, is_padded = below(r, 3) > 0;
  const size_t groups = is_depthwise ? 1 + below(r, 12) : PICK(r, 1, 1, 2, 3);
  struct o2m_x8_conv c = {.batch = PICK(r, 1, 1, 2),
                          .groups = groups,
                          .x_channels = groups * (is_depthwise ? 1 : PICK(r, 1, 2, 3, 5)),
                          .x_height = 1 + below(r, 12),
                          .x_width = 1 + below(r, 40),
                          .y_channels = groups * (is_depthwise ? 1 : PICK(r, 1, 2, 6, 7)),
                          .kernel_height = is_pointwise ? 1 : PICK(r, 1, 2, 3, 4),
                          .kernel_width = is_pointwise ? 1 : PICK(r, 1, 2, 3, 4),
                          .stride_y = PICK(r, 1, 1, 2, 3),
                          .stride_x = PICK(r, 1, 1, 2, 4),
                          .dilation_y = PICK(r, 1, 1, 2, 3),
                          .dilation_x = PICK(r, 1, 1, 2, 4),
                          .pad_top = is_padded ? below(r, 4) : 0,
                          .pad_left = is_padded ? below(r, 4) : 0};
  if (r->seed % 8 == 0) {  // whole strips lie between two lines of the output, after others that do not
    c.x_width = 250, c.kernel_width = 4, c.dilation_x = 40, c.stride_x = 1;
    c.x_height = 8, c.y_channels = 2 * groups;
  }
  const size_t height = c.x_height + c.pad_top + (is_padded ? below(r, 4) : 0), reach_y = (c.kernel_height - 1) * c.dilation_y + 1;
  const size_t width = c.x_width + c.pad_left + (is_padded ? below(r, 4) : 0), reach_x = (c.kernel_width - 1) * c.dilation_x + 1;
  if (height < reach_y || width < reach_x) return;
  c.y_height = (height - reach_y) / c.stride_y + 1, c.y_width = (width - reach_x) / c.stride_x + 1;
  o2m_expect(report, o2m_x8_conv_takes(&c), "a picture with little padding is taken", 0, 0, 1);
  const size_t terms = c.x_channels / groups * c.kernel_height * c.kernel_width, plane = c.y_height * c.y_width;
  struct numbers n = draw_numbers(r, c.batch * c.x_channels * c.x_height * c.x_width, c.y_channels * terms);
  c.x = draw_operand(r, n.x_zero, 0), c.w = draw_operand(r, n.w_zero, 1);
  const struct o2m_x8_result result = draw_result(r, &n, 1);
  const struct run how = {conv_bytes, run_conv};
  uint8_t *y = run_on_threads(report, &how, &c, &n, &result, c.batch * c.y_channels * plane);
  for (size_t i = 0; i < c.batch * c.y_channels * plane; i++) {
    const size_t m = i / plane % c.y_channels;
    const int64_t sum = window_sum(&c, &n, i / plane / c.y_channels, m, i % plane / c.y_width, i % c.y_width);
    expect_result(report, &result, sum, m, m, y, i);
  }
  free(y);
  free_numbers(&n);
}

void o2m_check_integer(struct o2m_check_report *report) {
  for (uint32_t seed = 0; seed < report->seeds; seed++) {
    struct random r = {seed * 2654435761u + 77, seed};
    for (int i = 0; i < 4; i++) next(&r);
    check_matmul(report, &r);
    check_conv(report, &r);
  }
  // Padding out of all proportion would be copied.
  const struct o2m_x8_conv vast = {.batch = 1,
                                   .groups = 1,
                                   .x_channels = 1,
                                   .x_height = 1,
                                   .x_width = 1,
                                   .y_channels = 1,
                                   .y_height = 1,
                                   .y_width = 1,
                                   .kernel_height = 2,
                                   .kernel_width = 2,
                                   .stride_y = 1,
                                   .stride_x = 1,
                                   .dilation_y = 1 << 20,
                                   .dilation_x = 1 << 20,
                                   .pad_top = 1 << 20,
                                   .pad_left = 1 << 20};
  o2m_expect(report, !o2m_x8_conv_takes(&vast), "padding of a million is not taken", 0, 1, 0);
}
