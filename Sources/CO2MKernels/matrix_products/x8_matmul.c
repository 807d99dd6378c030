// y[batch] = (a[batch] - a_zero) · (b[batch] - b_zero)            ONNX MatMulInteger-10, QLinearMatMul-21
#include "x8_product.h"

static size_t plan_of(struct o2m_x8_product *p, const struct o2m_x8_matmul *m, uint32_t threads) {
  *p = (struct o2m_x8_product){.rows = m->rows,
                               .depth = m->depth,
                               .columns = m->columns,
                               .a_lines = m->a_rows,
                               .rank = m->batch_rank,
                               .batch = m->batch,
                               .a_step = m->a_step,
                               .b_step = m->b_step,
                               .y_step = m->y_step,
                               .line = m->columns,
                               .width = m->columns,
                               .y_pitch = m->columns,
                               .a = &m->a,
                               .b = &m->b,
                               .factors = m->columns};
  // Matrices that share one b are one matrix of more rows.
  size_t matrices = 1;
  int shares = 1;
  for (uint32_t i = 0; i < m->batch_rank; i++) matrices *= m->batch[i], shares = shares && m->b_step[i] == 0;
  if (shares && m->a_rows == m->rows * matrices) p->rows = m->a_rows, p->rank = 0;
  return o2m_x8_product_plan(p, threads);
}

size_t o2m_x8_matmul_scratch_bytes(const struct o2m_x8_matmul *matmul, uint32_t threads) {
  struct o2m_x8_product p;
  return plan_of(&p, matmul, threads);
}

void o2m_x8_matmul_run(const struct o2m_x8_matmul *matmul, const void *a, const void *b, const struct o2m_x8_result *result, void *y,
                       void *scratch, o2m_pool *pool) {
  struct o2m_x8_product p;
  plan_of(&p, matmul, o2m_pool_threads(pool));
  size_t *at = (size_t *)((char *)scratch + p.at_at);
  for (size_t k = 0; k < p.depth; k++) at[k] = k * p.columns;
  for (size_t k = p.depth; k % O2M_X8_STEP > 0; k++) at[k] = 0;
  o2m_x8_product_run(&p, a, b, result, y, scratch, pool);
}
