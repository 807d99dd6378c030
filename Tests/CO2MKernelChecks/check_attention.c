// Attention against double precision.
//
// A score is a sum of `depth` products, so it is off by at most (depth + 4) * epsilon of the sum of their magnitudes, m: p is
// off by twice that, relative, because the sum of all p shares it, and by the roundings of `keys` additions; y adds a sum over
// the keys. What is below 2^-100 of the largest p is 0. A summand is one more term of the score.
#include "check_sums.h"

static void compare_row(struct o2m_case *check, const struct o2m_f32_attention *a, const float *q, const float *k, const float *v,
                        const float *const *summands, const float *y, size_t at) {
  double *p = malloc((a->keys + 1) * sizeof *p), largest = -INFINITY, sum = 0, magnitude = 0;
  for (size_t j = 0; j < a->keys; j++) {
    double m = 0;
    p[j] = 0;
    for (size_t d = 0; d < a->depth; d++) {
      const double term = (double)q[d] * k[j * a->k_pitch + d] * a->scale;
      p[j] += term, m += fabs(term);
    }
    for (uint32_t index = 0; index < a->summands; index++) {
      const double term = summands[index][j];
      p[j] += term, m += isinf(term) ? 0 : fabs(term);
    }
    largest = fmax(largest, p[j]), magnitude = fmax(magnitude, m);
  }
  for (size_t j = 0; j < a->keys; j++) sum += p[j] = isinf(largest) ? 0 : exp(p[j] - largest);
  if (isinf(largest)) sum = 1;
  for (size_t c = 0; c < a->columns; c++) {
    double expected = 0, weight = 0;
    for (size_t j = 0; j < a->keys; j++) {
      const double term = p[j] / sum * v[j * a->v_pitch + c];
      expected += term, weight += fabs(term);
    }
    const double terms = 2 * (double)(a->depth + 4) * magnitude + 2 * (double)a->keys + 16;
    double share = fabs(y[c] - expected) / (FLT_EPSILON * terms * weight + FLT_MIN);
    if (!(share <= DBL_MAX)) share = DBL_MAX;
    if (share <= check->share) continue;
    check->share = share, check->index = at + c, check->expected = expected, check->got = y[c];
  }
  free(p);
}

static void run(const struct o2m_f32_attention *a, const float *q, const float *k, const float *v, const float *const *summands, float *y,
                uint32_t threads) {
  o2m_pool *pool = threads > 1 ? o2m_pool_create(threads) : NULL;
  const size_t size = o2m_f32_attention_scratch_bytes(a, o2m_pool_threads(pool));
  void *scratch = o2m_allocate(size);
  if (scratch) memset(scratch, 0xff, size);
  o2m_f32_attention_run(a, q, k, v, summands, y, scratch, pool);
  o2m_free(scratch);
  if (pool) o2m_pool_destroy(pool);
}

// Numbers that repeat along some axes; here and there -inf, in one row of them nothing else.
static float *random_summand(struct random *r, const struct o2m_f32_attention *a, struct o2m_f32_summand *s) {
  const size_t rows[3] = {below(r, 2) ? a->queries : 1, below(r, 2) ? a->heads : 1, below(r, 2) ? a->batch : 1};
  s->query_step = rows[0] == 1 ? 0 : a->keys;
  s->head_step = rows[1] == 1 ? 0 : rows[0] * a->keys;
  s->batch_step = rows[2] == 1 ? 0 : rows[1] * rows[0] * a->keys;
  const size_t count = rows[0] * rows[1] * rows[2], empty = below(r, 2 * (uint32_t)count);
  float *summand = random_pixels(r, count, a->keys, a->keys);
  for (size_t i = 0; i < count * a->keys; i++)
    if (below(r, 8) == 0 || i / a->keys == empty) summand[i] = -INFINITY;
  return summand;
}

static struct o2m_case make_case(struct random *r) {
  struct o2m_f32_attention a = {.batch = PICK(r, 1, 1, 2),
                                .heads = PICK(r, 1, 2, 3),
                                .queries = PICK(r, 1, 2, 7, 24, 25, 53),
                                .keys = PICK(r, 1, 2, 15, 16, 17, 50, 197),
                                .depth = PICK(r, 1, 3, 16, 20, 64),
                                .columns = PICK(r, 1, 8, 16, 17, 24, 64)};
  a.scale = below(r, 2) ? 0.125f : 1;
  a.q_pitch = a.heads * a.depth + PICK(r, 0, 1), a.k_pitch = a.heads * a.depth + PICK(r, 0, 3);
  a.v_pitch = a.heads * a.columns + PICK(r, 0, 2), a.y_pitch = a.heads * a.columns + PICK(r, 0, 5);
  a.q_step = a.queries * a.q_pitch, a.k_step = a.keys * a.k_pitch;
  a.v_step = a.keys * a.v_pitch, a.y_step = a.queries * a.y_pitch;
  float *q = random_pixels(r, a.batch * a.queries, a.heads * a.depth, a.q_pitch);
  float *k = random_pixels(r, a.batch * a.keys, a.heads * a.depth, a.k_pitch);
  float *v = random_pixels(r, a.batch * a.keys, a.heads * a.columns, a.v_pitch);
  float *summand[O2M_ATTENTION_SUMMANDS] = {NULL, NULL};
  a.summands = PICK(r, 0, 0, 1, 2), a.zero_rows = 1;
  for (uint32_t index = 0; index < a.summands; index++) summand[index] = random_summand(r, &a, &a.summand[index]);
  const float *const *summands = (const float *const *)summand;
  const size_t size = a.batch * a.y_step;
  float *y = filled(size, UNWRITTEN);
  struct o2m_case check = {0};
  run(&a, q, k, v, summands, y, 1);
  for (size_t b = 0; b < a.batch; b++)
    for (size_t i = 0; i < a.queries; i++)
      for (size_t h = 0; h < a.heads; h++) {
        const size_t at = b * a.y_step + i * a.y_pitch + h * a.columns;
        const float *rows[O2M_ATTENTION_SUMMANDS] = {NULL, NULL};
        for (uint32_t index = 0; index < a.summands; index++) {
          const struct o2m_f32_summand *s = &a.summand[index];
          rows[index] = summand[index] + b * s->batch_step + h * s->head_step + i * s->query_step;
        }
        compare_row(&check, &a, q + b * a.q_step + i * a.q_pitch + h * a.depth, k + b * a.k_step + h * a.depth,
                    v + b * a.v_step + h * a.columns, rows, y + at, at);
      }
  check.stray = strays(y, size, a.heads * a.columns, a.y_pitch);
  for (uint32_t threads = 2; threads <= 3; threads++) {
    float *other = filled(size, UNWRITTEN);
    run(&a, q, k, v, summands, other, threads);
    for (size_t i = 0; i < size; i++) check.thread_dependent += memcmp(other + i, y + i, 4) != 0;
    free(other);
  }
  free(q), free(k), free(v), free(y), free(summand[0]), free(summand[1]);
  return check;
}

void o2m_check_attention(struct o2m_check_report *report) { run_cases(report, 11, make_case); }
