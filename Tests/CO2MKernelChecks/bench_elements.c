// The kernels that pass over elements: every function of the tables on a tensor of 56x56x64, and what networks do with such tensors. An
// operation is an element read, of the larger operand.
#include "bench.h"

enum { SIDE = 56, CHANNELS = 64, PIXELS = SIDE * SIDE, ELEMENTS = PIXELS * CHANNELS };

struct operands {
  const float *x, *w;
  void *y, *scratch;
  const void *plan;
  struct o2m_f32_unary_params unary;
  uint32_t op, element, other;
};

static struct operands tensors(struct o2m_bench *bench) {
  return (struct operands){.x = o2m_bench_floats(bench, ELEMENTS, 4),
                           .w = o2m_bench_floats(bench, ELEMENTS, 4),
                           .y = o2m_bench_memory(bench, 4 * ELEMENTS * sizeof(float)),
                           .scratch = o2m_bench_memory(bench, 1 << 20)};
}

// static void run_<name>(operands o, pool)
#define RUN(name, ...)                                           \
  static void run_##name(const void *operands, o2m_pool *pool) { \
    const struct operands *o = operands;                         \
    (void)pool;                                                  \
    __VA_ARGS__;                                                 \
  }

RUN(unary, o2m_f32_unary(&o->unary, 1, ELEMENTS, o->x, ELEMENTS, o->y, ELEMENTS, pool))
RUN(affine, o2m_f32_affine(PIXELS, CHANNELS, o->x, CHANNELS, o->w, o->w + CHANNELS, o->y, CHANNELS, pool))
RUN(prelu, o2m_f32_prelu(PIXELS, CHANNELS, o->x, CHANNELS, o->w, o->y, CHANNELS, pool))

void o2m_bench_unary(struct o2m_bench *bench) {
  for (uint32_t op = 0; op < O2M_F32_UNARY_COUNT; op++) {
    struct operands o = tensors(bench);
    o.unary = (struct o2m_f32_unary_params){(enum o2m_f32_unary_op)op, 1, 0.5f};
    o2m_bench_measure(bench, ELEMENTS, run_unary, &o, "unary %s", o2m_f32_unary_name(o.unary.op));
  }
  struct operands o = tensors(bench);
  o2m_bench_measure(bench, ELEMENTS, run_affine, &o, "affine");
  o = tensors(bench);
  o2m_bench_measure(bench, ELEMENTS, run_prelu, &o, "prelu");
}

RUN(binary, o2m_f32_binary((enum o2m_binary_op)o->op, o->plan, o->x, o->w, o->y, pool))

static const size_t dims[3] = {SIDE, SIDE, CHANNELS};

void o2m_bench_binary(struct o2m_bench *bench) {
  static const ptrdiff_t strides[2][9] = {
      {SIDE * CHANNELS, CHANNELS, 1, SIDE * CHANNELS, CHANNELS, 1, SIDE * CHANNELS, CHANNELS, 1},
      {SIDE * CHANNELS, CHANNELS, 1, SIDE * CHANNELS, CHANNELS, 1, 0, 0, 1},
  };
  for (uint32_t op = 0; op <= O2M_BINARY_POW; op++)
    for (int channel = 0; channel < 2; channel++) {
      struct operands o = tensors(bench);
      struct o2m_broadcast_plan plan;
      o2m_plan_broadcast(&plan, 3, 3, dims, strides[channel]);
      o.op = op, o.plan = &plan;
      o2m_bench_measure(bench, ELEMENTS, run_binary, &o, "binary %s%s", o2m_binary_name((enum o2m_binary_op)op),
                        channel ? " per channel" : "");
    }
}

RUN(generic, o2m_binary((enum o2m_binary_op)o->op, O2M_ELEMENT_S32, o->plan, o->x, o->w, o->y, pool))
RUN(where, o2m_where(4, o->plan, (const uint8_t *)o->w, o->x, o->x, o->y, pool))

void o2m_bench_generic(struct o2m_bench *bench) {
  static const uint32_t ops[] = {O2M_BINARY_ADD, O2M_BINARY_LESS};
  const ptrdiff_t strides[4] = {1, 1, 1, 1};
  const size_t n = ELEMENTS;
  struct o2m_broadcast_plan plan;
  for (size_t i = 0; i < 2; i++) {
    struct operands o = tensors(bench);
    o2m_plan_broadcast(&plan, 3, 1, &n, strides);
    o.op = ops[i], o.plan = &plan;
    o2m_bench_measure(bench, ELEMENTS, run_generic, &o, "generic %s s32", o2m_binary_name((enum o2m_binary_op)ops[i]));
  }
  struct operands o = tensors(bench);
  o2m_plan_broadcast(&plan, 4, 1, &n, strides);
  o.plan = &plan;
  o2m_bench_measure(bench, ELEMENTS, run_where, &o, "where");
}

RUN(pool, o2m_f32_pool2d(o->plan, o->x, o->y, pool))
RUN(indices, o2m_f32_max_pool2d_indices(o->plan, 0, o->x, o->y, (int64_t *)((float *)o->y + ELEMENTS), pool))
RUN(global, o2m_f32_global_pool((enum o2m_pooling)o->op, 1, PIXELS, CHANNELS, o->x, CHANNELS, o->y, CHANNELS, pool))

void o2m_bench_pooling(struct o2m_bench *bench) {
  struct o2m_f32_pool_params params = {O2M_POOLING_MAX, 3,        3,        2,        2,       1, 1, 1, 1, 1, 1, 0, 1, SIDE, SIDE,
                                       CHANNELS,        CHANNELS, SIDE / 2, SIDE / 2, CHANNELS};
  for (int average = 0; average < 2; average++) {
    params.kind = average ? O2M_POOLING_AVERAGE : O2M_POOLING_MAX;
    struct operands o = tensors(bench);
    o.plan = &params, o.op = (uint32_t)params.kind;
    o2m_bench_measure(bench, ELEMENTS, run_pool, &o, "%s_pool 3x3/2", average ? "average" : "max");
    o = tensors(bench);
    o.op = (uint32_t)params.kind;
    o2m_bench_measure(bench, ELEMENTS, run_global, &o, "global %s_pool", average ? "average" : "max");
  }
  params.kind = O2M_POOLING_MAX;
  struct operands o = tensors(bench);
  o.plan = &params;
  o2m_bench_measure(bench, ELEMENTS, run_indices, &o, "max_pool with indices 3x3/2");
}

RUN(softmax, o2m_f32_softmax((int)o->op, PIXELS, CHANNELS, 1, o->x, o->y, pool))
RUN(softmax_rows, o2m_f32_softmax((int)o->op, SIDE, SIDE, CHANNELS, o->x, o->y, pool))

void o2m_bench_softmax(struct o2m_bench *bench) {
  for (uint32_t log = 0; log < 2; log++) {
    struct operands o = tensors(bench);
    o.op = log;
    o2m_bench_measure(bench, ELEMENTS, run_softmax, &o, "%ssoftmax over the last axis", log ? "log " : "");
    o = tensors(bench);
    o.op = log;
    o2m_bench_measure(bench, ELEMENTS, run_softmax_rows, &o, "%ssoftmax over a middle axis", log ? "log " : "");
  }
}

static const struct o2m_f32_lrn_params lrn = {1e-4f, 0.75f, 1, 5};
RUN(layer_norm,
    o2m_f32_layer_norm((int)o->op, 1e-5f, PIXELS, CHANNELS, o->x, CHANNELS, o->w, o->w + CHANNELS, o->y, CHANNELS, NULL, NULL, pool))
RUN(instance_norm, o2m_f32_instance_norm(1e-5f, 1, PIXELS, CHANNELS, o->x, CHANNELS, o->w, o->w, o->y, CHANNELS, o->scratch, pool))
RUN(lrn, o2m_f32_lrn(&lrn, PIXELS, CHANNELS, o->x, CHANNELS, o->y, CHANNELS, o->scratch, pool))

void o2m_bench_norm(struct o2m_bench *bench) {
  for (uint32_t rms = 0; rms < 2; rms++) {
    struct operands o = tensors(bench);
    o.op = rms;
    o2m_bench_measure(bench, ELEMENTS, run_layer_norm, &o, rms ? "rms_norm" : "layer_norm");
  }
  struct operands o = tensors(bench);
  o2m_bench_measure(bench, ELEMENTS, run_instance_norm, &o, "instance_norm");
  o = tensors(bench);
  o2m_bench_measure(bench, ELEMENTS, run_lrn, &o, "lrn");
}

RUN(reduce, o2m_f32_reduce((enum o2m_reduce_op)o->op, o->plan, o->x, o->y, pool))
RUN(arg_extreme, o2m_f32_arg_extreme(0, 0, PIXELS, CHANNELS, 1, o->x, o->y, pool))

void o2m_bench_reduce(struct o2m_bench *bench) {
  static const char *const names[O2M_REDUCE_COUNT] = {"sum", "mean", "max",        "min",     "prod",
                                                      "l1",  "l2",   "sum_square", "log_sum", "log_sum_exp"};
  static const char *const axes[] = {"", "rows", "", "", "last"};
  const ptrdiff_t strides[3] = {SIDE * CHANNELS, CHANNELS, 1};
  for (uint32_t op = 0; op < O2M_REDUCE_COUNT; op++)
    for (uint32_t axis = 1; axis <= 4; axis += 3) {
      struct operands o = tensors(bench);
      struct o2m_reduce_plan plan;
      o2m_plan_reduce(&plan, 3, dims, strides, axis);
      o.op = op, o.plan = &plan;
      o2m_bench_measure(bench, ELEMENTS, run_reduce, &o, "reduce %s %s", names[op], axes[axis]);
    }
  struct operands o = tensors(bench);
  o2m_bench_measure(bench, ELEMENTS, run_arg_extreme, &o, "arg_max");
}

RUN(copy, o2m_copy(o->plan, o->x, o->y, pool))
RUN(rows, o2m_copy_rows(PIXELS, CHANNELS * 4, o->x, CHANNELS * 4, o->y, 2 * CHANNELS * 4, pool))
RUN(shuffle, o2m_x32_channel_shuffle(2, PIXELS, CHANNELS, o->x, CHANNELS, o->y, CHANNELS, pool))

void o2m_bench_copy(struct o2m_bench *bench) {
  const size_t planes[2] = {CHANNELS, PIXELS};
  const ptrdiff_t from[2] = {1, CHANNELS}, to[2] = {PIXELS, 1};
  struct o2m_copy_plan plan;
  o2m_plan_copy(&plan, 4, 2, planes, from, to);
  struct operands o = tensors(bench);
  o.plan = &plan;
  o2m_bench_measure(bench, ELEMENTS, run_copy, &o, "transpose to planes");
  o = tensors(bench);
  o2m_bench_measure(bench, ELEMENTS, run_rows, &o, "channel concat");
  o = tensors(bench);
  o2m_bench_measure(bench, ELEMENTS, run_shuffle, &o, "channel shuffle");
}

RUN(pad, o2m_pad(o->plan, o->x, o->y, pool))

void o2m_bench_pad(struct o2m_bench *bench) {
  static const char *const names[] = {"constant", "reflect", "edge", "wrap"};
  const ptrdiff_t border[3] = {1, 1, 0};
  for (uint32_t mode = O2M_PAD_CONSTANT; mode <= O2M_PAD_WRAP; mode++) {
    struct o2m_pad_params params;
    o2m_plan_pad(&params, (enum o2m_pad_mode)mode, 4, 3, dims, border, border, 0);
    struct operands o = tensors(bench);
    o.plan = &params;
    o2m_bench_measure(bench, ELEMENTS, run_pad, &o, "pad %s", names[mode]);
  }
}

RUN(resize, o2m_f32_resize(o->plan, o->x, o->y, pool))

void o2m_bench_resize(struct o2m_bench *bench) {
  static const char *const names[] = {"nearest", "linear", "cubic"};
  for (uint32_t mode = O2M_RESIZE_NEAREST; mode <= O2M_RESIZE_CUBIC; mode++) {
    const struct o2m_resize_axis axis = {
        .mode = (enum o2m_resize_mode)mode, .in_size = SIDE, .out_size = 2 * SIDE, .scale = 2, .cubic_a = -0.75};
    const uint32_t taps = o2m_resize_taps(axis.mode);
    int32_t indices[2 * SIDE * 4];
    float weights[2 * SIDE * 4];
    o2m_resize_table(&axis, indices, weights);
    const struct o2m_f32_resize_params params = {taps, taps, indices,  indices,  weights,  weights,  0,       1,
                                                 SIDE, SIDE, CHANNELS, CHANNELS, 2 * SIDE, 2 * SIDE, CHANNELS};
    struct operands o = tensors(bench);
    o.plan = &params;
    o2m_bench_measure(bench, 4.0 * ELEMENTS, run_resize, &o, "resize %s x2", names[mode]);
  }
}

RUN(gather, o2m_gather(1, PIXELS, CHANNELS * 4, O2M_ELEMENT_S32, PIXELS, o->scratch, o->x, o->y, pool))

void o2m_bench_gather(struct o2m_bench *bench) {
  struct operands o = tensors(bench);
  int32_t *indices = o.scratch;
  for (int32_t i = 0; i < PIXELS; i++) indices[i] = i * 37 % PIXELS;
  o2m_bench_measure(bench, ELEMENTS, run_gather, &o, "gather rows");
}

RUN(cast, o2m_cast((enum o2m_element)o->element, (enum o2m_element)o->other, ELEMENTS, o->x, o->y, pool))

void o2m_bench_cast(struct o2m_bench *bench) {
  static const struct {
    const char *name;
    uint32_t from, to;
  } pairs[] = {{"f32>f16", O2M_ELEMENT_F32, O2M_ELEMENT_F16}, {"f16>f32", O2M_ELEMENT_F16, O2M_ELEMENT_F32},
               {"u8>f32", O2M_ELEMENT_U8, O2M_ELEMENT_F32},   {"s8>f32", O2M_ELEMENT_S8, O2M_ELEMENT_F32},
               {"s32>f32", O2M_ELEMENT_S32, O2M_ELEMENT_F32}, {"f32>s64", O2M_ELEMENT_F32, O2M_ELEMENT_S64}};
  for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
    struct operands o = tensors(bench);
    o.element = pairs[i].from, o.other = pairs[i].to;
    o2m_bench_measure(bench, ELEMENTS, run_cast, &o, "cast %s", pairs[i].name);
  }
}

RUN(quantize, o2m_quantize(O2M_ELEMENT_U8, PIXELS, CHANNELS, 1, o->x, o->w, NULL, o->y, pool))
RUN(dequantize, o2m_dequantize(O2M_ELEMENT_U8, PIXELS, CHANNELS, 1, o->x, o->w, NULL, o->y, pool))
RUN(dynamic_quantize, o2m_dynamic_quantize(ELEMENTS, o->x, o->y, o->scratch, (uint8_t *)o->scratch + 4, pool))

void o2m_bench_quantize(struct o2m_bench *bench) {
  struct operands o = tensors(bench);
  o2m_bench_measure(bench, ELEMENTS, run_quantize, &o, "quantize u8");
  o = tensors(bench);
  o2m_bench_measure(bench, ELEMENTS, run_dequantize, &o, "dequantize u8");
  o = tensors(bench);
  o2m_bench_measure(bench, ELEMENTS, run_dynamic_quantize, &o, "dynamic quantize u8");
}
