// h[t] = cell(W · x[t], R · h[t - 1]), direction by direction                       ONNX LSTM-22, GRU-22, RNN-22
//
// What W contributes waits for no state: the steps of a block are one matrix product. A step is then the product with R, which
// streams R from the cache, and the cell. Two directions run beside each other when there are threads for both.
#include "f32_recurrent.h"

#include <string.h>

#include "matrix_products/f32_gemm.h"
#include "o2m_gemm.h"
#include "o2m_simd.h"
#include "pieces.h"
#include "sizes.h"

enum {
  BLOCK_ROWS = 96,  // of x that a product by W takes together: enough for W to be read rarely, few enough to stay in the cache
  CELL_WORK = 16,   // an element of a cell costs that many of a plain copy
};

struct plan {
  size_t columns, block;          // of all gates; steps
  size_t sums, h, other, biases;  // where a lane has them, in floats from its start; the products are first
  size_t product_at, lane_bytes;  // bytes: the products' own scratch
  uint32_t lanes, threads;        // directions that run beside each other, and threads of each
};

struct job {
  struct plan plan;
  const struct o2m_f32_recurrent *cell;
  const struct o2m_f32_recurrent_operands *operands;
  const struct o2m_f32_recurrent_kernels *set;
  size_t simd;
  char *scratch;
  o2m_pool *pool;
};

// One direction on its way.
struct lane {
  const struct job *job;
  size_t direction, t, count, first;   // the step, and the block it is in
  float *products, *sums, *h, *other;  // other: c of LSTM, r * h of GRU
  float *bias, *recurrent_bias;
  void *scratch;
  o2m_pool *pool;
};

static size_t gates_of(uint32_t cell) { return cell == O2M_CELL_LSTM ? 4 : cell == O2M_CELL_GRU || cell == O2M_CELL_GRU_LINEAR ? 3 : 1; }

// The part of the panels that belongs to `direction`, from column `first` on, a multiple of the panel.
static struct o2m_weights part(const struct o2m_weights *w, size_t direction, size_t columns, size_t depth, size_t first,
                               const float *bias) {
  const size_t at = direction * o2m_round_up(columns, O2M_PANEL) + first;
  struct o2m_weights weights = *w;
  weights.data = (const char *)w->data + at * depth * o2m_weights_size(w->type);
  weights.scale = w->scale ? w->scale + at : NULL;
  weights.bias = bias ? bias + first : NULL;
  return weights;
}

static struct o2m_f32_gemm product_of(struct o2m_weights weights, size_t rows, size_t depth, size_t columns, size_t pitch) {
  return (struct o2m_f32_gemm){.rows = rows,
                               .depth = depth,
                               .columns = columns,
                               .x_pitch = depth,
                               .y_pitch = pitch,
                               .weights = weights,
                               .activation = {O2M_ACT_NONE, 0, 0}};
}

static struct plan plan_of(const struct o2m_f32_recurrent *r, uint32_t threads) {
  struct plan p = {.columns = gates_of(r->cell) * r->hidden, .lanes = 1, .threads = threads};
  if (r->directions == 2 && threads > 1) p.lanes = 2, p.threads = 1;
  p.block = r->batch < BLOCK_ROWS ? BLOCK_ROWS / (r->batch ? r->batch : 1) : 1;
  if (p.block > r->steps) p.block = r->steps;
  p.sums = o2m_round_up(p.block * r->batch * p.columns, O2M_PANEL);
  p.h = p.sums + o2m_round_up(r->batch * p.columns, O2M_PANEL);
  p.other = p.h + o2m_round_up(r->batch * r->hidden, O2M_PANEL);
  p.biases = p.other + o2m_round_up(r->batch * r->hidden, O2M_PANEL);
  p.product_at = (p.biases + 2 * o2m_round_up(p.columns, O2M_PANEL)) * sizeof(float);
  const struct o2m_f32_gemm inputs = product_of(r->weights, p.block * (r->batch_first ? 1 : r->batch), r->inputs, p.columns, p.columns);
  const struct o2m_f32_gemm states = product_of(r->recurrent, r->batch, r->hidden, p.columns, p.columns);
  size_t bytes = o2m_f32_gemm_scratch_bytes(&inputs, p.threads);
  const size_t other = o2m_f32_gemm_scratch_bytes(&states, p.threads);
  if (other > bytes) bytes = other;
  p.lane_bytes = o2m_round_up(p.product_at + bytes, 64);
  return p;
}

// Wb and Rb go into one sum, except for the Rb that r is to scale.
static void set_biases(struct lane *lane) {
  const struct o2m_f32_recurrent *r = lane->job->cell;
  const size_t columns = lane->job->plan.columns, padded = o2m_round_up(columns, O2M_PANEL);
  const float *bias = lane->job->operands->bias;
  memset(lane->bias, 0, 2 * padded * sizeof(float));
  if (!bias) return;
  const float *w = bias + lane->direction * 2 * columns, *u = w + columns;
  const size_t joined = r->cell == O2M_CELL_GRU_LINEAR ? 2 * r->hidden : columns;
  for (size_t i = 0; i < columns; i++) {
    lane->bias[i] = i < joined ? w[i] + u[i] : w[i];
    if (i >= joined) lane->recurrent_bias[i] = u[i];
  }
}

// The products of the steps first..<first + count.
static void multiply_inputs(struct lane *lane) {
  const struct o2m_f32_recurrent *r = lane->job->cell;
  const size_t columns = lane->job->plan.columns;
  const float *x = lane->job->operands->x;
  const struct o2m_weights w = part(&r->weights, lane->direction, columns, r->inputs, 0, lane->bias);
  const struct o2m_f32_gemm product = product_of(w, lane->count * (r->batch_first ? 1 : r->batch), r->inputs, columns, columns);
  if (!r->batch_first) {
    o2m_f32_gemm_run(&product, x + lane->first * r->batch * r->inputs, NULL, lane->products, lane->scratch, lane->pool);
    return;
  }
  for (size_t b = 0; b < r->batch; b++)
    o2m_f32_gemm_run(&product, x + (b * r->steps + lane->first) * r->inputs, NULL, lane->products + b * lane->count * columns,
                     lane->scratch, lane->pool);
}

// sums[from, to) of every row: R · v, from the panel that holds `from` on.
static void multiply_state(const struct lane *lane, const float *v, size_t from, size_t to) {
  const struct o2m_f32_recurrent *r = lane->job->cell;
  const size_t columns = lane->job->plan.columns, first = from / O2M_PANEL * O2M_PANEL;
  const struct o2m_weights w = part(&r->recurrent, lane->direction, columns, r->hidden, first, lane->recurrent_bias);
  const struct o2m_f32_gemm product = product_of(w, r->batch, r->hidden, to - first, columns);
  o2m_f32_gemm_run(&product, v, NULL, lane->sums + first, lane->scratch, lane->pool);
}

static float *products_of(const struct lane *lane, size_t row) {
  const struct o2m_f32_recurrent *r = lane->job->cell;
  const size_t i = lane->t - lane->first;
  return lane->products + (r->batch_first ? row * lane->count + i : i * r->batch + row) * lane->job->plan.columns;
}

// Whether a row has ended before this step.
static int is_over(const struct lane *lane, size_t row) {
  const int32_t *lengths = lane->job->operands->lengths;
  return lengths && lane->t >= (size_t)lengths[row];
}

static void gru_gates(void *context, size_t begin, size_t end, uint32_t worker) {
  const struct lane *lane = context;
  const struct o2m_f32_recurrent *r = lane->job->cell;
  (void)worker;
  for (size_t row = begin; row < end; row++) {
    float *x = products_of(lane, row), *u = lane->sums + row * lane->job->plan.columns;
    const int linear = r->cell == O2M_CELL_GRU_LINEAR;
    float *taken = linear ? u + 2 * r->hidden : lane->other + row * r->hidden;
    if (!is_over(lane, row)) lane->job->set->gru_gates(r->hidden, x, u, r->clip, linear ? taken : lane->h + row * r->hidden, x, taken);
  }
}

static void finish_rows(void *context, size_t begin, size_t end, uint32_t worker) {
  const struct lane *lane = context;
  const struct job *job = lane->job;
  const struct o2m_f32_recurrent *r = job->cell;
  const size_t n = r->hidden;
  (void)worker;
  for (size_t row = begin; row < end; row++) {
    const float *x = products_of(lane, row), *u = lane->sums + row * job->plan.columns;
    float *h = lane->h + row * n, *y = job->operands->y;
    if (y)
      y += (r->batch_first ? (row * r->steps + lane->t) * r->directions + lane->direction
                           : (lane->t * r->directions + lane->direction) * r->batch + row) *
           n;
    if (is_over(lane, row)) {
      if (y) memset(y, 0, n * sizeof(float));
      continue;
    }
    switch (r->cell) {
      case O2M_CELL_LSTM: {
        const float *peepholes = job->operands->peepholes;
        job->set->lstm(n, x, u, peepholes ? peepholes + lane->direction * 3 * n : NULL, r->clip, r->couples, lane->other + row * n, h);
        break;
      }
      case O2M_CELL_GRU:
      case O2M_CELL_GRU_LINEAR: job->set->gru_blend(n, x + 2 * n, u + 2 * n, r->clip, x, h); break;
      default: job->set->rnn(n, r->cell == O2M_CELL_RNN_RELU, x, u, r->clip, h); break;
    }
    if (y) memcpy(y, h, n * sizeof(float));
  }
}

static void step(struct lane *lane) {
  const struct o2m_f32_recurrent *r = lane->job->cell;
  const size_t columns = lane->job->plan.columns, grain = o2m_grain(r->hidden * CELL_WORK);
  const int is_gru = r->cell == O2M_CELL_GRU || r->cell == O2M_CELL_GRU_LINEAR;
  multiply_state(lane, lane->h, 0, r->cell == O2M_CELL_GRU ? 2 * r->hidden : columns);
  if (is_gru) o2m_pool_run(lane->pool, r->batch, grain, gru_gates, lane);
  // Of r's columns that share a panel with the candidate's, nothing is needed any more.
  if (r->cell == O2M_CELL_GRU) multiply_state(lane, lane->other, 2 * r->hidden, columns);
  o2m_pool_run(lane->pool, r->batch, grain, finish_rows, lane);
}

static void move_state(const struct lane *lane, float *state, const float *from, float *to) {
  const struct o2m_f32_recurrent *r = lane->job->cell;
  for (size_t row = 0; row < r->batch; row++) {
    const size_t at = (r->batch_first ? row * r->directions + lane->direction : lane->direction * r->batch + row) * r->hidden;
    if (from) memcpy(state + row * r->hidden, from + at, r->hidden * sizeof(float));
    if (to) memcpy(to + at, state + row * r->hidden, r->hidden * sizeof(float));
  }
}

static void run_direction(const struct job *job, size_t direction, char *scratch, o2m_pool *pool) {
  const struct plan *p = &job->plan;
  const struct o2m_f32_recurrent *r = job->cell;
  const struct o2m_f32_recurrent_operands *o = job->operands;
  float *floats = (float *)scratch;
  struct lane lane = {.job = job,
                      .direction = direction,
                      .products = floats,
                      .sums = floats + p->sums,
                      .h = floats + p->h,
                      .other = floats + p->other,
                      .bias = floats + p->biases,
                      .scratch = scratch + p->product_at,
                      .pool = pool};
  lane.recurrent_bias = lane.bias + o2m_round_up(p->columns, O2M_PANEL);
  set_biases(&lane);
  memset(lane.h, 0, (p->biases - p->h) * sizeof(float));
  move_state(&lane, lane.h, o->initial_h, NULL);
  if (r->cell == O2M_CELL_LSTM) move_state(&lane, lane.other, o->initial_c, NULL);
  const int reversed = direction == 1 || r->reversed;
  for (size_t done = 0; done < r->steps; done += lane.count) {
    lane.count = r->steps - done < p->block ? r->steps - done : p->block;
    lane.first = reversed ? r->steps - done - lane.count : done;
    multiply_inputs(&lane);
    for (size_t i = 0; i < lane.count; i++) {
      lane.t = lane.first + (reversed ? lane.count - 1 - i : i);
      step(&lane);
    }
  }
  move_state(&lane, lane.h, NULL, o->y_h);
  if (r->cell == O2M_CELL_LSTM) move_state(&lane, lane.other, NULL, o->y_c);
}

static void run_directions(void *context, size_t begin, size_t end, uint32_t worker) {
  const struct job *job = context;
  (void)worker;
  o2m_simd_use(job->simd);  // the products ask in this thread
  for (size_t direction = begin; direction < end; direction++)
    run_direction(job, direction, job->scratch + (job->plan.lanes > 1 ? direction : 0) * job->plan.lane_bytes,
                  job->plan.lanes > 1 ? NULL : job->pool);
}

size_t o2m_f32_recurrent_scratch_bytes(const struct o2m_f32_recurrent *recurrent, uint32_t threads) {
  const struct plan plan = plan_of(recurrent, threads);
  return plan.lane_bytes * plan.lanes;
}

void o2m_f32_recurrent_run(const struct o2m_f32_recurrent *recurrent, const struct o2m_f32_recurrent_operands *operands, void *scratch,
                           o2m_pool *pool) {
  struct job job = {
      plan_of(recurrent, o2m_pool_threads(pool)), recurrent, operands, o2m_f32_recurrent_kernels(), o2m_simd(), scratch, pool};
  if (job.plan.lanes > 1)
    o2m_pool_run(pool, 2, 1, run_directions, &job);
  else
    run_directions(&job, 0, recurrent->directions, 0);
}
