// y = softmax(scale * q · kᵀ + summands) · v, head by head                         ONNX Attention-23
//
// k and v of some heads are copied into panels, as a constant operand would lie; then blocks of query rows run through both
// products, and their scores never leave the first-level cache.
#include "f32_gemm.h"
#include "f32_gemm_copy.h"
#include "o2m_attention.h"
#include "sizes.h"

#define LOG2_E 0x1.715476p0f
#define LOWEST -0x1p126f  // a finite score; times LOG2_E it still is one

enum {
  BLOCK_TILES = 4,         // tiles of query rows whose scores are computed together
  PACKED_BYTES = 1 << 20,  // of panels at a time, unless one head has more
  ITEM_MACS = 1 << 16,     // least work worth handing to another thread
  ITEM_COPIES = 1 << 14,
};

struct plan {
  const struct o2m_f32_gemm_kernels *isa;
  size_t key_panels, value_panels, pitch;  // pitch: of the scores
  size_t block, blocks, heads, together;   // heads over the whole batch, and how many are packed at a time
  size_t head_floats, values_at;           // of a packed head
  size_t worker_at, worker_bytes, scores_at;
};

struct job {
  struct plan plan;
  const struct o2m_f32_attention *attention;
  const float *q, *k, *v, *const *summands;
  float *y;
  char *scratch;
  size_t first;  // of the heads that are packed
};

static struct plan plan_of(const struct o2m_f32_attention *a) {
  struct plan p = {.isa = o2m_f32_gemm_kernels()};
  p.key_panels = (a->keys + O2M_PANEL - 1) / O2M_PANEL;
  p.value_panels = (a->columns + O2M_PANEL - 1) / O2M_PANEL;
  p.pitch = p.key_panels * O2M_PANEL;
  p.block = BLOCK_TILES * p.isa->rows;
  p.blocks = (a->queries + p.block - 1) / p.block;
  p.heads = a->batch * a->heads;
  p.values_at = p.key_panels * O2M_PANEL * a->depth;
  p.head_floats = p.values_at + p.value_panels * O2M_PANEL * a->keys;
  p.together = PACKED_BYTES / (p.head_floats * sizeof(float) + 1);
  if (p.together > p.heads) p.together = p.heads;
  if (p.together == 0) p.together = 1;
  p.worker_at = p.together * p.head_floats * sizeof(float);
  p.scores_at = o2m_round_up(2 * p.block * sizeof(float *), 64) + 64;
  p.worker_bytes = p.scores_at + p.block * p.pitch * sizeof(float);
  return p;
}

static float *packed_head(const struct job *job, size_t index) { return (float *)job->scratch + index * job->plan.head_floats; }

// Vectors of the compiler's, which every set has: this only moves elements.
typedef float four __attribute__((vector_size(16)));

static inline four load_four(const float *x) {
  four v;
  __builtin_memcpy_inline(&v, x, sizeof v);
  return v;
}

static inline void store_four(float *y, four v) { __builtin_memcpy_inline(y, &v, sizeof v); }

// Four key rows side by side: columns of 16.
static void pack_four_keys(const float *k, size_t pitch, size_t depth, float *panel) {
  size_t d = 0;
  for (; d + 4 <= depth; d += 4, panel += 4 * O2M_PANEL) {
    const four a = load_four(k + d), b = load_four(k + d + pitch);
    const four c = load_four(k + d + 2 * pitch), e = load_four(k + d + 3 * pitch);
    const four low = __builtin_shufflevector(a, b, 0, 4, 1, 5), high = __builtin_shufflevector(a, b, 2, 6, 3, 7);
    const four low2 = __builtin_shufflevector(c, e, 0, 4, 1, 5), high2 = __builtin_shufflevector(c, e, 2, 6, 3, 7);
    store_four(panel, __builtin_shufflevector(low, low2, 0, 1, 4, 5));
    store_four(panel + O2M_PANEL, __builtin_shufflevector(low, low2, 2, 3, 6, 7));
    store_four(panel + 2 * O2M_PANEL, __builtin_shufflevector(high, high2, 0, 1, 4, 5));
    store_four(panel + 3 * O2M_PANEL, __builtin_shufflevector(high, high2, 2, 3, 6, 7));
  }
  for (; d < depth; d++, panel += O2M_PANEL)
    for (size_t c = 0; c < 4; c++) panel[c] = k[c * pitch + d];
}

// Key rows [first, first + count) side by side: [depth][16], zeros after the last.
static void pack_keys(const float *k, size_t pitch, size_t count, size_t depth, float *panel) {
  size_t c = 0;
  for (; c + 4 <= count; c += 4) pack_four_keys(k + c * pitch, pitch, depth, panel + c);
  for (; c < O2M_PANEL; c++)
    for (size_t d = 0; d < depth; d++) panel[d * O2M_PANEL + c] = c < count ? k[c * pitch + d] : 0;
}

// Columns of the value rows: [key][16], zeros after the last.
O2M_NO_CALLS static void pack_values(const float *v, size_t pitch, size_t keys, size_t count, float *panel) {
  for (size_t row = 0; row < keys; row++, v += pitch, panel += O2M_PANEL) {
    o2m_copy(panel, v, count);
    for (size_t c = count; c < O2M_PANEL; c++) panel[c] = 0;
  }
}

static void pack_items(void *context, size_t begin, size_t end, uint32_t worker) {
  const struct job *job = context;
  const struct plan *p = &job->plan;
  const struct o2m_f32_attention *a = job->attention;
  const size_t panels = p->key_panels + p->value_panels;
  (void)worker;
  for (size_t item = begin; item < end; item++) {
    const size_t index = item / panels, panel = item % panels, head = job->first + index;
    const size_t b = head / a->heads, h = head % a->heads;
    float *packed = packed_head(job, index);
    if (panel < p->key_panels) {
      const size_t first = panel * O2M_PANEL, count = a->keys - first < O2M_PANEL ? a->keys - first : O2M_PANEL;
      pack_keys(job->k + b * a->k_step + first * a->k_pitch + h * a->depth, a->k_pitch, count, a->depth, packed + first * a->depth);
    } else {
      const size_t first = (panel - p->key_panels) * O2M_PANEL;
      const size_t count = a->columns - first < O2M_PANEL ? a->columns - first : O2M_PANEL;
      pack_values(job->v + b * a->v_step + h * a->columns + first, a->v_pitch, a->keys, count, packed + p->values_at + first * a->keys);
    }
  }
}

// `count` rows times `panels` panels of `depth`, 16 columns each, of which the last may be narrow.
static void multiply(const struct plan *p, const float *const *rows, size_t count, size_t depth, const float *panels, size_t columns,
                     const struct o2m_f32_epilogue *e, float *y) {
  for (size_t column = 0; column < columns; column += O2M_PANEL, panels += depth * O2M_PANEL)
    for (size_t i = 0; i < count; i += p->isa->rows) {
      const size_t height = count - i < p->isa->rows ? count - i : p->isa->rows;
      const size_t width = columns - column < O2M_PANEL ? columns - column : O2M_PANEL;
      o2m_f32_gemm_columns(p->isa, O2M_WEIGHTS_F32, height, width, 1, depth, rows + i, panels, e, y + i * e->y_pitch + column);
    }
}

static void add(size_t count, float *scores, const float *summand) {
  for (size_t c = 0; c < count; c++) scores[c] += summand[c];
}

// Adds the last summand and changes to powers of 2. Scores below LOWEST count as LOWEST, so that rows of nothing but the least
// float, which masks are made of, stay rows of equals; -inf stays.
static void add_last(size_t count, float *scores, const float *summand) {
  for (size_t c = 0; c < count; c++) {
    const float sum = scores[c] + summand[c], score = (sum < LOWEST ? LOWEST : sum) * LOG2_E;
    scores[c] = sum < -0x1.fffffep127f ? sum : score;
  }
}

static void add_summands(const struct job *job, size_t b, size_t h, size_t first, size_t count, float *scores) {
  const struct o2m_f32_attention *a = job->attention;
  for (uint32_t index = 0; index < a->summands; index++) {
    const struct o2m_f32_summand *s = &a->summand[index];
    const float *row = job->summands[index] + b * s->batch_step + h * s->head_step + first * s->query_step;
    for (size_t i = 0; i < count; i++, row += s->query_step)
      (index + 1 < a->summands ? add : add_last)(a->keys, scores + i * job->plan.pitch, row);
  }
}

// A row with a NaN is NaN throughout: its sum is one.
static void zero_rows(const struct plan *p, size_t count, size_t keys, float *weights) {
  for (size_t i = 0; i < count; i++, weights += p->pitch) {
    if (weights[0] == weights[0]) continue;
    for (size_t c = 0; c < keys; c++) weights[c] = 0;
  }
}

static void attend_items(void *context, size_t begin, size_t end, uint32_t worker) {
  const struct job *job = context;
  const struct plan *p = &job->plan;
  const struct o2m_f32_attention *a = job->attention;
  char *mine = job->scratch + p->worker_at + worker * p->worker_bytes;
  const float **queries = (const float **)mine, **weights = queries + p->block;
  float *scores = (float *)(mine + p->scores_at), *scale = scores - O2M_PANEL;
  for (size_t c = 0; c < O2M_PANEL; c++) scale[c] = a->summands ? a->scale : a->scale * LOG2_E;
  for (size_t i = 0; i < p->block; i++) weights[i] = scores + i * p->pitch;
  const struct o2m_activation none = {O2M_ACT_NONE, 0, 0};
  struct o2m_f32_epilogue score, sum;
  o2m_f32_epilogue_set(&score, &none);
  score.bias = o2m_f32_zeros;
  score.residual = NULL;
  score.residual_pitch = 0;
  sum = score;
  score.scale = scale, score.y_pitch = p->pitch;
  sum.scale = o2m_f32_ones, sum.y_pitch = a->y_pitch;
  for (size_t item = begin; item < end; item++) {
    const size_t index = item / p->blocks, first = item % p->blocks * p->block, head = job->first + index;
    const size_t b = head / a->heads, h = head % a->heads;
    const size_t count = a->queries - first < p->block ? a->queries - first : p->block;
    const float *q = job->q + b * a->q_step + first * a->q_pitch + h * a->depth, *packed = packed_head(job, index);
    for (size_t i = 0; i < count; i++) queries[i] = q + i * a->q_pitch;
    multiply(p, queries, count, a->depth, packed, p->pitch, &score, scores);
    add_summands(job, b, h, first, count, scores);
    p->isa->softmax(count, a->keys, scores, p->pitch);
    if (a->zero_rows) zero_rows(p, count, a->keys, scores);
    multiply(p, weights, count, a->keys, packed + p->values_at, a->columns, &sum,
             job->y + b * a->y_step + first * a->y_pitch + h * a->columns);
  }
}

size_t o2m_f32_attention_scratch_bytes(const struct o2m_f32_attention *attention, uint32_t threads) {
  const struct plan p = plan_of(attention);
  return p.worker_at + p.worker_bytes * threads;
}

void o2m_f32_attention_run(const struct o2m_f32_attention *a, const float *q, const float *k, const float *v, const float *const *summands,
                           float *y, void *scratch, o2m_pool *pool) {
  struct job job = {plan_of(a), a, q, k, v, summands, y, scratch, 0};
  const struct plan *p = &job.plan;
  const size_t panels = p->key_panels + p->value_panels;
  for (; job.first < p->heads; job.first += p->together) {
    const size_t heads = p->heads - job.first < p->together ? p->heads - job.first : p->together;
    o2m_pool_run(pool, heads * panels, 1 + ITEM_COPIES / (p->head_floats / (panels + 1) + 1), pack_items, &job);
    o2m_pool_run(pool, heads * p->blocks, 1 + ITEM_MACS / (p->block * (a->keys + 1) * (a->depth + a->columns + 1)), attend_items, &job);
  }
}
