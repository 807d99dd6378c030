// Layers of the networks that the tool is measured on.
#include "bench.h"

#include "elementwise/o2m_convert.h"

static const char *const weight_names[] = {"float32", "float16", "int8"};

static struct o2m_weights pack(struct o2m_bench *bench, const struct o2m_weight_layout *layout, uint32_t type, float range) {
  const size_t count = layout->groups * layout->outputs * layout->taps * layout->inputs, bytes = type == 0 ? 4 : type == 1 ? 2 : 1;
  const struct o2m_weight_layout vector = o2m_layout_vector(layout);
  float *w = o2m_bench_floats(bench, count, range);
  uint16_t *half = (uint16_t *)w;
  int8_t *q = (int8_t *)w;
  for (size_t i = 0; type == O2M_WEIGHTS_F16 && i < count; i++) half[i] = o2m_f16_from_f64(w[i]);
  for (size_t i = 0; type == O2M_WEIGHTS_I8 && i < count; i++) q[i] = (int8_t)(w[i] / range * 127);
  void *packed = o2m_bench_memory(bench, o2m_packed_count(layout) * bytes);
  o2m_pack(layout, bytes, w, 0, packed);
  return (struct o2m_weights){type, packed, NULL, o2m_bench_floats(bench, o2m_packed_count(&vector), 1)};
}

struct conv {
  struct o2m_f32_conv conv;
  struct o2m_f32_expansion expand;
  const float *x;
  float *y;
  void *scratch;
};

#define CONV(name, ...)                                                    \
  static void run_##name(const void *operands, o2m_pool *pool) {           \
    const struct conv *c = operands;                                       \
    o2m_f32_##name##_run(&c->conv, ##__VA_ARGS__, c->y, c->scratch, pool); \
  }
#define CONV_BYTES(name, ...)                                                \
  static size_t name##_bytes(const void *operands, uint32_t threads) {       \
    const struct conv *c = operands;                                         \
    return o2m_f32_##name##_scratch_bytes(&c->conv, ##__VA_ARGS__, threads); \
  }
CONV(conv, c->x, NULL)
CONV_BYTES(conv)
CONV(dwconv, c->x, NULL)
CONV_BYTES(dwconv)
CONV(winograd, c->x, NULL)
CONV_BYTES(winograd)
CONV(conv_transpose, c->x, NULL)
CONV_BYTES(conv_transpose)
CONV(conv_planar, c->x)
CONV_BYTES(conv_planar)
CONV(expand_dwconv, &c->expand, c->x)
CONV_BYTES(expand_dwconv, &c->expand)

// A square convolution over a square picture.
struct layer {
  const char *network;
  size_t inputs, outputs, kernel, stride, groups, size;
  uint32_t type, activation;
};

static struct o2m_f32_conv conv_of(const struct layer *l, size_t out) {
  return (struct o2m_f32_conv){.batch = 1,
                               .x_height = l->size,
                               .x_width = l->size,
                               .x_channels = l->inputs,
                               .x_pitch = l->inputs,
                               .y_height = out,
                               .y_width = out,
                               .y_channels = l->outputs,
                               .y_pitch = l->outputs,
                               .groups = l->groups,
                               .kernel_height = l->kernel,
                               .kernel_width = l->kernel,
                               .stride_y = l->stride,
                               .stride_x = l->stride,
                               .dilation_y = 1,
                               .dilation_x = 1,
                               .pad_top = l->kernel / 2,
                               .pad_left = l->kernel / 2,
                               .activation = {l->activation, 0, 0}};
}

static void measure(struct o2m_bench *bench, const char *family, const struct layer *l, struct o2m_weight_layout layout, size_t out,
                    o2m_bench_run *run, size_t (*bytes)(const void *, uint32_t)) {
  struct conv c = {.conv = conv_of(l, out)};
  if (out > l->size) {  // transposed
    layout.kernel_width = l->kernel;
    layout.stride_y = layout.stride_x = l->stride;
    c.conv.pad_top = c.conv.pad_left = (l->kernel - l->stride) / 2;
  }
  c.conv.weights = pack(bench, &layout, l->type, 1);
  c.x = o2m_bench_floats(bench, l->size * l->size * l->inputs, 1);
  c.y = o2m_bench_memory(bench, out * out * l->outputs * sizeof(float));
  c.scratch = o2m_bench_scratch(bench, bytes, &c);
  const size_t pixels = out > l->size ? l->size * l->size : out * out;
  o2m_bench_measure(bench, 2.0 * (double)(pixels * l->outputs * (l->inputs / l->groups) * l->kernel * l->kernel), run, &c,
                    "%s %zux%zu/%zu %zu>%zu %zux%zu act %u %s %s", family, l->kernel, l->kernel, l->stride, l->inputs, l->outputs, l->size,
                    l->size, (unsigned)l->activation, weight_names[l->type], l->network);
}

static size_t same(const struct layer *l) { return (l->size + 2 * (l->kernel / 2) - l->kernel) / l->stride + 1; }
static struct o2m_weight_layout oihw(const struct layer *l) {
  return o2m_layout_oihw(l->groups, l->outputs / l->groups, l->inputs / l->groups, l->kernel * l->kernel);
}

#define EACH(layers, i) for (size_t i = 0; i < sizeof layers / sizeof *layers; i++)

void o2m_bench_conv(struct o2m_bench *bench) {
  static const struct layer layers[] = {
      {"squeezenet", 3, 64, 3, 2, 1, 224, 0, 1},    {"squeezenet", 64, 16, 1, 1, 1, 55, 0, 1},
      {"squeezenet", 16, 64, 3, 1, 1, 55, 0, 1},    {"squeezenet", 512, 1000, 1, 1, 1, 13, 0, 1},
      {"resnet18", 64, 64, 3, 1, 1, 56, 0, 1},      {"resnet18", 64, 64, 3, 1, 1, 56, 1, 1},
      {"resnet18", 64, 64, 3, 1, 1, 56, 2, 1},      {"resnet18", 512, 512, 3, 1, 1, 7, 0, 1},
      {"mobilenet_v2", 96, 24, 1, 1, 1, 56, 0, 0},  {"mobilenet_v2", 160, 960, 1, 1, 1, 7, 0, 1},
      {"mobilenet_v2", 160, 960, 1, 1, 1, 7, 2, 1}, {"efficientnet_b0", 40, 240, 1, 1, 1, 28, 0, O2M_ACT_SILU},
      {"shufflenet_v1", 60, 60, 1, 1, 3, 28, 0, 1},
  };
  EACH(layers, i) measure(bench, "conv", &layers[i], oihw(&layers[i]), same(&layers[i]), run_conv, conv_bytes);
}

void o2m_bench_dwconv(struct o2m_bench *bench) {
  static const struct layer layers[] = {{"mobilenet_v2", 96, 96, 3, 2, 96, 112, 0, 1},
                                        {"mobilenet_v2", 384, 384, 3, 1, 384, 14, 0, 1},
                                        {"efficientnet_b0", 240, 240, 5, 1, 240, 28, 0, O2M_ACT_SILU}};
  EACH(layers, i)
  measure(bench, "dwconv", &layers[i], o2m_layout_depthwise(layers[i].inputs, layers[i].kernel * layers[i].kernel), same(&layers[i]),
          run_dwconv, dwconv_bytes);
}

void o2m_bench_winograd(struct o2m_bench *bench) {
  static const struct layer layers[] = {
      {"resnet18", 64, 64, 3, 1, 1, 56, 0, 1}, {"resnet18", 256, 256, 3, 1, 1, 14, 0, 1}, {"resnet18", 256, 256, 3, 1, 1, 14, 2, 1}};
  EACH(layers, i)
  measure(bench, "winograd", &layers[i], o2m_layout_oihw(1, layers[i].outputs, layers[i].inputs, 9), same(&layers[i]), run_winograd,
          winograd_bytes);
}

void o2m_bench_conv_transpose(struct o2m_bench *bench) {
  static const struct layer layers[] = {{"unet", 64, 32, 2, 2, 1, 56, 0, 0}, {"dcgan", 128, 64, 4, 2, 1, 16, 0, 1}};
  EACH(layers, i)
  measure(bench, "conv_transpose", &layers[i], o2m_layout_iohw(1, layers[i].outputs, layers[i].inputs, layers[i].kernel * layers[i].kernel),
          layers[i].size * layers[i].stride, run_conv_transpose, conv_transpose_bytes);
}

void o2m_bench_conv_planar(struct o2m_bench *bench) {
  static const struct layer layers[] = {{"squeezenet", 3, 64, 3, 2, 1, 224, 0, 1}, {"resnet18", 3, 64, 7, 2, 1, 224, 0, 1}};
  EACH(layers, i) measure(bench, "conv_planar", &layers[i], oihw(&layers[i]), same(&layers[i]), run_conv_planar, conv_planar_bytes);
}

void o2m_bench_expand_dwconv(struct o2m_bench *bench) {
  static const struct layer layers[] = {{"mobilenet_v2", 144, 144, 3, 1, 144, 56, 0, 1}, {"mobilenet_v2", 576, 576, 3, 1, 576, 14, 0, 1}};
  EACH(layers, i) {
    const struct layer *l = &layers[i];
    const size_t inputs = l->inputs / 6, out = same(l);
    const struct o2m_weight_layout taps = o2m_layout_depthwise(l->inputs, l->kernel * l->kernel),
                                   expand = o2m_layout_oihw(1, l->inputs, inputs, 1);
    struct conv c = {.conv = conv_of(l, out)};
    c.conv.weights = pack(bench, &taps, l->type, 1);
    c.expand = (struct o2m_f32_expansion){inputs, inputs, pack(bench, &expand, l->type, 1), {l->activation, 0, 0}};
    c.x = o2m_bench_floats(bench, l->size * l->size * inputs, 1);
    c.y = o2m_bench_memory(bench, out * out * l->outputs * sizeof(float));
    c.scratch = o2m_bench_scratch(bench, expand_dwconv_bytes, &c);
    const double macs = (double)(l->size * l->size * inputs + out * out * l->kernel * l->kernel) * (double)l->inputs;
    o2m_bench_measure(bench, 2 * macs, run_expand_dwconv, &c, "expand_dwconv %zu>%zu %zux%zu/%zu %zux%zu %s", inputs, l->inputs, l->kernel,
                      l->kernel, l->stride, l->size, l->size, l->network);
  }
}

struct gemm {
  struct o2m_f32_gemm gemm;
  const float *x;
  float *y;
  void *scratch;
};

static void run_gemm(const void *operands, o2m_pool *pool) {
  const struct gemm *g = operands;
  o2m_f32_gemm_run(&g->gemm, g->x, NULL, g->y, g->scratch, pool);
}

static size_t gemm_bytes(const void *operands, uint32_t threads) {
  return o2m_f32_gemm_scratch_bytes(&((const struct gemm *)operands)->gemm, threads);
}

void o2m_bench_gemm(struct o2m_bench *bench) {
  static const struct {
    const char *network;
    size_t rows, depth, columns;
    uint32_t type, activation;
  } layers[] = {
      {"mobilenet_v2", 1, 1280, 1000, 0, 0}, {"mobilenet_v2", 1, 1280, 1000, 2, 0}, {"vit_tiny", 197, 192, 768, 0, O2M_ACT_GELU_ERF}};
  EACH(layers, i) {
    const size_t m = layers[i].rows, k = layers[i].depth, n = layers[i].columns;
    const struct o2m_weight_layout layout = o2m_layout_oihw(1, n, k, 1);
    struct gemm g = {.gemm = {m, k, n, k, n, n, pack(bench, &layout, layers[i].type, 0.1f), {layers[i].activation, 0, 0}}};
    g.x = o2m_bench_floats(bench, m * k, 1), g.y = o2m_bench_memory(bench, m * n * sizeof(float));
    g.scratch = o2m_bench_scratch(bench, gemm_bytes, &g);
    o2m_bench_measure(bench, 2.0 * (double)(m * k * n), run_gemm, &g, "gemm %zux%zux%zu act %u %s %s", m, k, n,
                      (unsigned)layers[i].activation, weight_names[layers[i].type], layers[i].network);
  }
}

struct matmul {
  struct o2m_f32_matmul matmul;
  const float *a, *b;
  float *y;
  void *scratch;
};

static void run_matmul(const void *operands, o2m_pool *pool) {
  const struct matmul *m = operands;
  o2m_f32_matmul_run(&m->matmul, m->a, m->b, m->y, m->scratch, pool);
}

static size_t matmul_bytes(const void *operands, uint32_t threads) {
  return o2m_f32_matmul_scratch_bytes(&((const struct matmul *)operands)->matmul, threads);
}

void o2m_bench_matmul(struct o2m_bench *bench) {
  const size_t rows = 197, depth = 64, heads = 3;
  struct matmul m = {.matmul = {.rows = rows,
                                .depth = depth,
                                .columns = rows,
                                .a_pitch = depth,
                                .b_row_step = 1,
                                .b_column_step = depth,
                                .y_pitch = rows,
                                .batch_rank = 1,
                                .batch = {heads},
                                .a_step = {rows * depth},
                                .b_step = {rows * depth},
                                .y_step = {rows * rows},
                                .alpha = 1}};
  m.a = o2m_bench_floats(bench, heads * rows * depth, 1), m.b = o2m_bench_floats(bench, heads * rows * depth, 1);
  m.y = o2m_bench_memory(bench, heads * rows * rows * sizeof(float));
  m.scratch = o2m_bench_scratch(bench, matmul_bytes, &m);
  o2m_bench_measure(bench, 2.0 * (double)(heads * rows * rows * depth), run_matmul, &m, "matmul %zux%zux%zux%zu vit_tiny", heads, rows,
                    depth, rows);
}

struct attention {
  struct o2m_f32_attention attention;
  const float *q, *k, *v;
  float *y;
  void *scratch;
};

static void run_attention(const void *operands, o2m_pool *pool) {
  const struct attention *a = operands;
  o2m_f32_attention_run(&a->attention, a->q, a->k, a->v, NULL, a->y, a->scratch, pool);
}

static size_t attention_bytes(const void *operands, uint32_t threads) {
  return o2m_f32_attention_scratch_bytes(&((const struct attention *)operands)->attention, threads);
}

void o2m_bench_attention(struct o2m_bench *bench) {
  const size_t n = 197, heads = 3, depth = 64, pitch = heads * depth;
  struct attention a = {.attention = {.batch = 1,
                                      .heads = heads,
                                      .queries = n,
                                      .keys = n,
                                      .depth = depth,
                                      .columns = depth,
                                      .q_pitch = pitch,
                                      .k_pitch = pitch,
                                      .v_pitch = pitch,
                                      .y_pitch = pitch,
                                      .scale = 0.125f}};
  a.q = o2m_bench_floats(bench, n * pitch, 1), a.k = o2m_bench_floats(bench, n * pitch, 1), a.v = o2m_bench_floats(bench, n * pitch, 1);
  a.y = o2m_bench_memory(bench, n * pitch * sizeof(float));
  a.scratch = o2m_bench_scratch(bench, attention_bytes, &a);
  o2m_bench_measure(bench, 4.0 * (double)(heads * n * n * depth), run_attention, &a, "attention %zu heads %zux%zux%zu vit_tiny", heads, n,
                    n, depth);
}

struct recurrent {
  struct o2m_f32_recurrent recurrent;
  struct o2m_f32_recurrent_operands operands;
  void *scratch;
};

static void run_recurrent(const void *operands, o2m_pool *pool) {
  const struct recurrent *r = operands;
  o2m_f32_recurrent_run(&r->recurrent, &r->operands, r->scratch, pool);
}

static size_t recurrent_bytes(const void *operands, uint32_t threads) {
  return o2m_f32_recurrent_scratch_bytes(&((const struct recurrent *)operands)->recurrent, threads);
}

// Layers as keyword spotters, recognizers of speech and taggers have them; weights small enough for states that neither grow nor vanish.
void o2m_bench_recurrent(struct o2m_bench *bench) {
  static const struct {
    const char *name;
    uint32_t cell, gates, directions;
    size_t steps, batch, inputs, hidden;
    uint32_t type;
  } layers[] = {{"gru", O2M_CELL_GRU_LINEAR, 3, 1, 98, 1, 40, 256, 0}, {"lstm", O2M_CELL_LSTM, 4, 1, 40, 1, 80, 320, 0},
                {"lstm", O2M_CELL_LSTM, 4, 1, 40, 1, 80, 320, 2},      {"lstm", O2M_CELL_LSTM, 4, 1, 40, 8, 80, 320, 0},
                {"lstm", O2M_CELL_LSTM, 4, 2, 50, 1, 64, 128, 0},      {"rnn", O2M_CELL_RNN, 1, 1, 30, 1, 32, 96, 0}};
  EACH(layers, i) {
    const size_t directions = layers[i].directions, steps = layers[i].steps, batch = layers[i].batch, inputs = layers[i].inputs,
                 hidden = layers[i].hidden, columns = layers[i].gates * hidden;
    const struct o2m_weight_layout w = o2m_layout_oihw(directions, columns, inputs, 1), u = o2m_layout_oihw(directions, columns, hidden, 1);
    struct recurrent r = {.recurrent = {.cell = layers[i].cell,
                                        .directions = layers[i].directions,
                                        .steps = steps,
                                        .batch = batch,
                                        .inputs = inputs,
                                        .hidden = hidden,
                                        .clip = INFINITY,
                                        .weights = pack(bench, &w, layers[i].type, 0.1f),
                                        .recurrent = pack(bench, &u, layers[i].type, 0.1f)}};
    r.operands.x = o2m_bench_floats(bench, steps * batch * inputs, 1);
    r.operands.bias = o2m_bench_floats(bench, directions * 2 * columns, 0.1f);
    r.operands.y = o2m_bench_memory(bench, steps * directions * batch * hidden * sizeof(float));
    r.scratch = o2m_bench_scratch(bench, recurrent_bytes, &r);
    o2m_bench_measure(bench, 2.0 * (double)(directions * steps * batch * columns * (inputs + hidden)), run_recurrent, &r,
                      "%s %zu way %zux%zux%zu>%zu %s", layers[i].name, directions, steps, batch, inputs, hidden,
                      weight_names[layers[i].type]);
  }
}
