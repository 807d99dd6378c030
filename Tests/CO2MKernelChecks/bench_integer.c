// Integer products as recognizers of text and quantized networks for pictures have them.
#include "bench.h"

struct product {
  struct o2m_x8_matmul matmul;
  struct o2m_x8_conv conv;
  struct o2m_x8_result result;
  const void *x, *w;
  void *y, *scratch;
};

static void run_matmul(const void *operands, o2m_pool *pool) {
  const struct product *p = operands;
  o2m_x8_matmul_run(&p->matmul, p->x, p->w, &p->result, p->y, p->scratch, pool);
}
static size_t matmul_bytes(const void *operands, uint32_t threads) {
  return o2m_x8_matmul_scratch_bytes(&((const struct product *)operands)->matmul, threads);
}
static void run_conv(const void *operands, o2m_pool *pool) {
  const struct product *p = operands;
  o2m_x8_conv_run(&p->conv, p->x, p->w, &p->result, p->y, p->scratch, pool);
}
static size_t conv_bytes(const void *operands, uint32_t threads) {
  return o2m_x8_conv_scratch_bytes(&((const struct product *)operands)->conv, threads);
}

static const struct o2m_x8_operand pixels = {O2M_ELEMENT_U8, "\x07", 0}, weights = {O2M_ELEMENT_S8, NULL, 0};
static const float scale = 0.01f;
static const struct o2m_x8_result results[] = {
    {.type = O2M_ELEMENT_S32}, {.type = O2M_ELEMENT_U8, .x_scale = &scale, .w_scale = &scale, .y_scale = &scale, .y_zero = "\x07"}};

void o2m_bench_integer(struct o2m_bench *bench) {
  static const struct { size_t rows, depth, columns; } matrices[] = {{1, 512, 2048}, {22, 512, 2048}, {22, 1024, 8210}, {128, 384, 1536}};
  for (size_t i = 0; i < sizeof matrices / sizeof *matrices; i++) {
    const size_t rows = matrices[i].rows, depth = matrices[i].depth, columns = matrices[i].columns;
    struct product p = {.matmul = {.rows = rows, .depth = depth, .columns = columns, .a_rows = rows, .a = pixels, .b = weights},
                        .result = results[0]};
    p.x = o2m_bench_memory(bench, rows * depth), p.w = o2m_bench_memory(bench, depth * columns);
    p.y = o2m_bench_memory(bench, rows * columns * 4);
    p.scratch = o2m_bench_scratch(bench, matmul_bytes, &p);
    o2m_bench_measure(bench, 2.0 * (double)(rows * depth * columns), run_matmul, &p, "matmul u8 %zux%zux%zu", rows, depth, columns);
  }
  static const struct {
    size_t inputs, outputs, groups, kernel, stride, size;
  } layers[] = {{3, 32, 1, 3, 2, 224}, {64, 64, 1, 3, 1, 56}, {96, 96, 96, 3, 1, 56}, {96, 24, 1, 1, 1, 56}, {512, 512, 1, 3, 1, 7}};
  for (size_t i = 0; i < sizeof layers / sizeof *layers; i++)
    for (size_t kind = 0; kind < 2; kind++) {
      const size_t inputs = layers[i].inputs, outputs = layers[i].outputs, kernel = layers[i].kernel, size = layers[i].size;
      const size_t out = (size - 1) / layers[i].stride + 1, terms = inputs / layers[i].groups * kernel * kernel;
      struct product p = {.conv = {.batch = 1,
                                   .groups = layers[i].groups,
                                   .x_channels = inputs,
                                   .x_height = size,
                                   .x_width = size,
                                   .y_channels = outputs,
                                   .y_height = out,
                                   .y_width = out,
                                   .kernel_height = kernel,
                                   .kernel_width = kernel,
                                   .stride_y = layers[i].stride,
                                   .stride_x = layers[i].stride,
                                   .dilation_y = 1,
                                   .dilation_x = 1,
                                   .pad_top = kernel / 2,
                                   .pad_left = kernel / 2,
                                   .x = pixels,
                                   .w = weights},
                          .result = results[kind]};
      p.x = o2m_bench_memory(bench, inputs * size * size), p.w = o2m_bench_memory(bench, outputs * terms);
      p.y = o2m_bench_memory(bench, outputs * out * out * 4);
      p.scratch = o2m_bench_scratch(bench, conv_bytes, &p);
      o2m_bench_measure(bench, 2.0 * (double)(outputs * out * out * terms), run_conv, &p, "conv u8 %zux%zu/%zu %zu>%zu @%zu%s", kernel,
                        kernel, layers[i].stride, inputs, outputs, size, kind ? " quantized" : "");
    }
}
