// Products of two tensors against sums in double precision, with broadcast batches and transposed operands.
#include "check_sums.h"

// Where matrix `index` of the batch starts, by steps that may be 0.
static size_t start(const struct o2m_f32_matmul *m, const size_t *step, size_t index) {
  size_t at = 0;
  for (uint32_t i = m->batch_rank; i-- > 0; index /= m->batch[i]) at += index % m->batch[i] * step[i];
  return at;
}

static void compare_matmul(struct o2m_case *check, const struct o2m_f32_matmul *m, size_t matrices, const float *a, const float *b,
                           const float *y) {
  for (size_t i = 0; i < matrices * m->rows * m->columns; i++) {
    const size_t n = i % m->columns, row = i / m->columns % m->rows, matrix = i / m->columns / m->rows;
    double sum = 0, magnitude = 0;
    for (size_t k = 0; k < m->depth; k++) {
      const double term = (double)a[start(m, m->a_step, matrix) + row * m->a_pitch + k] *
                          b[start(m, m->b_step, matrix) + k * m->b_row_step + n * m->b_column_step] * m->alpha;
      sum += term;
      magnitude += fabs(term);
    }
    const size_t at = start(m, m->y_step, matrix) + row * m->y_pitch + n;
    compare(check, at, sum, magnitude, m->depth, y[at], &m->activation);
  }
}

static void run(const struct o2m_f32_matmul *m, const float *a, const float *b, float *y, uint32_t threads) {
  o2m_pool *pool = threads > 1 ? o2m_pool_create(threads) : NULL;
  void *scratch = o2m_allocate(o2m_f32_matmul_scratch_bytes(m, o2m_pool_threads(pool)) + 1);
  o2m_f32_matmul_run(m, a, b, y, scratch, pool);
  o2m_free(scratch);
  if (pool) o2m_pool_destroy(pool);
}

static struct o2m_case make_case(struct random *r) {
  struct o2m_f32_matmul m = {.rows = PICK(r, 1, 2, 5, 7, 13, 49, 400),
                             .depth = PICK(r, 1, 3, 17, 64, 130),
                             .columns = PICK(r, 1, 8, 15, 16, 17, 50),
                             .batch_rank = (uint32_t)below(r, 3)};
  const int transposed = (int)below(r, 2);
  m.a_pitch = m.depth + PICK(r, 0, 1), m.y_pitch = m.columns + PICK(r, 0, 2);
  m.b_row_step = transposed ? 1 : m.columns, m.b_column_step = transposed ? m.depth : 1;
  m.alpha = below(r, 2) ? 1 : 0.125f;
  m.activation = next_activation(r);
  size_t a_size = m.rows * m.a_pitch, b_size = m.depth * m.columns, y_size = m.rows * m.y_pitch, matrices = 1;
  for (uint32_t i = m.batch_rank; i-- > 0;) {
    m.batch[i] = PICK(r, 1, 2, 3);
    m.a_step[i] = below(r, 3) ? a_size : 0, m.b_step[i] = below(r, 3) ? b_size : 0, m.y_step[i] = y_size;
    a_size *= m.a_step[i] ? m.batch[i] : 1, b_size *= m.b_step[i] ? m.batch[i] : 1;
    y_size *= m.batch[i], matrices *= m.batch[i];
  }
  float *a = random_pixels(r, a_size / m.a_pitch, m.depth, m.a_pitch), *b = random_pixels(r, 1, b_size, b_size);
  float *y = filled(y_size, UNWRITTEN);
  struct o2m_case check = {0};
  run(&m, a, b, y, 1);
  compare_matmul(&check, &m, matrices, a, b, y);
  check.stray = strays(y, y_size, m.columns, m.y_pitch);
  for (uint32_t threads = 2; threads <= 3; threads++) {
    float *other = filled(y_size, UNWRITTEN);
    run(&m, a, b, other, threads);
    for (size_t i = 0; i < y_size; i++) check.thread_dependent += memcmp(other + i, y + i, 4) != 0;
    free(other);
  }
  const struct o2m_activation fused = m.activation;
  float *plain = filled(y_size, UNWRITTEN);
  m.activation = activation_of(O2M_ACT_NONE);
  run(&m, a, b, plain, 1);
  check.unfused = unfused(&fused, y, plain, y_size / m.y_pitch, m.columns, m.y_pitch);
  free(a), free(b), free(y), free(plain);
  return check;
}

void o2m_check_matmul(struct o2m_check_report *report) { run_cases(report, 9, make_case); }
