// Recurrent cells against double precision, with a bound that is computed along the way.
//
// Each number carries how far off float32 may be: a sum of k products is off by (k + 4) * epsilon of its magnitude and by what the
// factors are off times their weights; a product or a sum of two adds a rounding; sigmoid is at most 1/4 steep, tanh 1, and both
// round a few times. Rows of R sum to about half, so that the bound does not grow from step to step.
#include <float.h>

#include "checks.h"

struct near {
  double value, off;
};

static struct near rounded(double value, double off) { return (struct near){value, off + FLT_EPSILON * fabs(value) + FLT_MIN}; }
static struct near sum(struct near a, struct near b) { return rounded(a.value + b.value, a.off + b.off); }
static struct near times(struct near a, struct near b) {
  return rounded(a.value * b.value, fabs(a.value) * b.off + fabs(b.value) * a.off + a.off * b.off);
}
static struct near minus_from_one(struct near a) { return rounded(1 - a.value, a.off); }
static double within(double x, float clip) { return fmax(fmin(x, clip), -clip); }
static struct near sigmoid(struct near a, float clip) {
  const double y = 1 / (1 + exp(-within(a.value, clip)));
  return rounded(y, a.off / 4 + 8 * FLT_EPSILON * y);
}
static struct near hyperbolic(struct near a, float clip) {
  const double y = tanh(within(a.value, clip));
  return rounded(y, a.off + 8 * FLT_EPSILON * fabs(y));
}
static struct near rectified(struct near a, float clip) { return (struct near){fmax(0, within(a.value, clip)), a.off}; }

struct sizes {
  uint32_t cell, directions;
  size_t steps, batch, inputs, hidden;
  int reversed, batch_first, couples, bare;  // bare: nothing but x
  float clip;
};

struct net {
  struct o2m_f32_recurrent cell;
  struct o2m_f32_recurrent_operands operands;
  size_t columns, y_size, state_size;
  float *x, *w, *u, *bias, *h, *c, *peepholes, *packed_w, *packed_u;
  int32_t *lengths;
};

static struct near product(const float *w, const struct near *v, size_t n) {
  double value = 0, magnitude = 0, off = 0;
  for (size_t k = 0; k < n; k++) {
    value += (double)w[k] * v[k].value;
    magnitude += fabs((double)w[k] * v[k].value);
    off += fabs((double)w[k]) * v[k].off;
  }
  return (struct near){value, off + (double)(n + 4) * FLT_EPSILON * magnitude + FLT_MIN};
}

// One step of one row; h and c are replaced.
static void cell_step(const struct net *net, size_t d, const float *x, struct near *h, struct near *c) {
  const struct o2m_f32_recurrent *r = &net->cell;
  const size_t n = r->hidden, columns = net->columns;
  struct near *input = malloc(r->inputs * sizeof *input), *next = malloc(n * sizeof *next), *taken = malloc(n * sizeof *taken);
  struct near *wx = malloc(columns * sizeof *wx), *uh = malloc(columns * sizeof *uh);
  for (size_t k = 0; k < r->inputs; k++) input[k] = (struct near){x[k], 0};
  for (size_t g = 0; g < columns; g++) {
    const float wb = net->operands.bias ? net->bias[d * 2 * columns + g] : 0,
                ub = net->operands.bias ? net->bias[(d * 2 + 1) * columns + g] : 0;
    wx[g] = sum(product(net->w + (d * columns + g) * r->inputs, input, r->inputs), (struct near){wb, 0});
    uh[g] = sum(product(net->u + (d * columns + g) * n, h, n), (struct near){ub, FLT_EPSILON * (fabsf(wb) + fabsf(ub))});
  }
  const float *p = net->operands.peepholes ? net->peepholes + d * 3 * n : NULL;
  if (r->cell == O2M_CELL_GRU) {
    for (size_t k = 0; k < n; k++) taken[k] = times(sigmoid(sum(wx[n + k], uh[n + k]), r->clip), h[k]);
    for (size_t k = 0; k < n; k++) {
      const float ub = net->operands.bias ? net->bias[(d * 2 + 1) * columns + 2 * n + k] : 0;
      next[k] = sum(product(net->u + (d * columns + 2 * n + k) * n, taken, n), (struct near){ub, FLT_EPSILON * fabsf(ub)});
    }
  }
  for (size_t k = 0; k < n; k++) {
    if (r->cell == O2M_CELL_LSTM) {
      struct near i = sum(wx[k], uh[k]), o = sum(wx[n + k], uh[n + k]), f = sum(wx[2 * n + k], uh[2 * n + k]);
      if (p) i = sum(i, times((struct near){p[k], 0}, c[k])), f = sum(f, times((struct near){p[2 * n + k], 0}, c[k]));
      i = sigmoid(i, r->clip);
      f = r->couples ? minus_from_one(i) : sigmoid(f, r->clip);
      c[k] = sum(times(f, c[k]), times(i, hyperbolic(sum(wx[3 * n + k], uh[3 * n + k]), r->clip)));
      if (p) o = sum(o, times((struct near){p[n + k], 0}, c[k]));
      next[k] = times(sigmoid(o, r->clip), hyperbolic(c[k], INFINITY));
    } else if (r->cell == O2M_CELL_RNN || r->cell == O2M_CELL_RNN_RELU) {
      const struct near v = sum(wx[k], uh[k]);
      next[k] = r->cell == O2M_CELL_RNN ? hyperbolic(v, r->clip) : rectified(v, r->clip);
    } else {
      if (r->cell == O2M_CELL_GRU_LINEAR) next[k] = times(sigmoid(sum(wx[n + k], uh[n + k]), r->clip), uh[2 * n + k]);
      const struct near z = sigmoid(sum(wx[k], uh[k]), r->clip), g = hyperbolic(sum(wx[2 * n + k], next[k]), r->clip);
      next[k] = sum(times(minus_from_one(z), g), times(z, h[k]));
    }
  }
  memcpy(h, next, n * sizeof *h);
  free(input), free(next), free(taken), free(wx), free(uh);
}

static void expect_states(struct o2m_check_report *report, const float *got, const struct near *want, size_t n, const char *label) {
  for (size_t k = 0; k < n; k++) o2m_expect_near(report, got[k], want[k].value, want[k].off, label, k);
}

static void compare(struct o2m_check_report *report, const struct net *net, const float *y, const float *y_h, const float *y_c) {
  const struct o2m_f32_recurrent *r = &net->cell;
  const size_t n = r->hidden;
  struct near *h = malloc(n * sizeof *h), *c = malloc(n * sizeof *c), *zero = calloc(n, sizeof *zero);
  for (size_t d = 0; d < r->directions; d++) {
    for (size_t b = 0; b < r->batch; b++) {
      const size_t state = (r->batch_first ? b * r->directions + d : d * r->batch + b) * n;
      const size_t length = net->operands.lengths ? (size_t)net->lengths[b] : r->steps;
      for (size_t k = 0; k < n; k++) {
        h[k] = (struct near){net->operands.initial_h ? net->h[state + k] : 0, 0};
        c[k] = (struct near){net->operands.initial_c ? net->c[state + k] : 0, 0};
      }
      for (size_t i = 0; i < r->steps; i++) {
        const int reversed = d == 1 || r->reversed, over = i >= length;
        const size_t t = over ? i : reversed ? length - 1 - i : i;
        if (!over) cell_step(net, d, net->x + (r->batch_first ? b * r->steps + t : t * r->batch + b) * r->inputs, h, c);
        const size_t at = r->batch_first ? (b * r->steps + t) * r->directions + d : (t * r->directions + d) * r->batch + b;
        expect_states(report, y + at * n, over ? zero : h, n, over ? "after the end" : "y");
      }
      expect_states(report, y_h + state, h, n, "y_h");
      if (r->cell == O2M_CELL_LSTM) expect_states(report, y_c + state, c, n, "y_c");
    }
  }
  free(h), free(c), free(zero);
}

static float *noise(size_t n, uint32_t seed, float range) {
  float *x = o2m_new_floats(n);
  o2m_fill_noise(x, n, seed, range);
  return x;
}

static void run(const struct net *net, float *y, float *y_h, float *y_c, uint32_t threads) {
  o2m_pool *pool = threads > 1 ? o2m_pool_create(threads) : NULL;
  const size_t size = o2m_f32_recurrent_scratch_bytes(&net->cell, o2m_pool_threads(pool));
  uint8_t *scratch = o2m_allocate(size + O2M_GUARD);
  memset(scratch, 0xff, size + O2M_GUARD);
  struct o2m_f32_recurrent_operands operands = net->operands;
  operands.y = y, operands.y_h = y_h, operands.y_c = net->cell.cell == O2M_CELL_LSTM ? y_c : NULL;
  o2m_f32_recurrent_run(&net->cell, &operands, scratch, pool);
  for (size_t i = 0; i < O2M_GUARD; i++)
    if (scratch[size + i] != 0xff) abort();
  o2m_free(scratch);
  if (pool) o2m_pool_destroy(pool);
}

static struct net make(const struct sizes *s) {
  const size_t gates = s->cell == O2M_CELL_LSTM ? 4 : s->cell == O2M_CELL_GRU || s->cell == O2M_CELL_GRU_LINEAR ? 3 : 1;
  struct net n = {.columns = gates * s->hidden, .state_size = s->directions * s->batch * s->hidden};
  n.cell = (struct o2m_f32_recurrent){.cell = s->cell,
                                      .directions = s->directions,
                                      .reversed = s->reversed,
                                      .batch_first = s->batch_first,
                                      .couples = s->couples,
                                      .steps = s->steps,
                                      .batch = s->batch,
                                      .inputs = s->inputs,
                                      .hidden = s->hidden,
                                      .clip = s->clip};
  n.y_size = s->steps * n.state_size;
  const float range = 1 / sqrtf((float)s->hidden);
  n.x = noise(s->steps * s->batch * s->inputs, 1, 2), n.w = noise(s->directions * n.columns * s->inputs, 2, range);
  n.u = noise(s->directions * n.columns * s->hidden, 3, 1 / (float)s->hidden), n.bias = noise(s->directions * 2 * n.columns, 4, range);
  n.h = noise(n.state_size, 5, 1), n.c = noise(n.state_size, 6, 2), n.peepholes = noise(s->directions * 3 * s->hidden, 7, range);
  n.lengths = malloc((s->batch + 1) * sizeof *n.lengths);
  for (size_t b = 0; b < s->batch; b++) n.lengths[b] = (int32_t)(s->steps - (b * 3 + 1) % (s->steps + 1));
  struct o2m_weight_layout w = o2m_layout_oihw(s->directions, n.columns, s->inputs, 1),
                           u = o2m_layout_oihw(s->directions, n.columns, s->hidden, 1);
  n.packed_w = o2m_new_floats(o2m_packed_count(&w)), n.packed_u = o2m_new_floats(o2m_packed_count(&u));
  o2m_pack(&w, 4, n.w, 0, n.packed_w), o2m_pack(&u, 4, n.u, 0, n.packed_u);
  n.cell.weights = (struct o2m_weights){O2M_WEIGHTS_F32, n.packed_w, NULL, NULL};
  n.cell.recurrent = (struct o2m_weights){O2M_WEIGHTS_F32, n.packed_u, NULL, NULL};
  n.operands.x = n.x;
  if (s->bare) return n;
  n.operands.bias = n.bias, n.operands.initial_h = n.h, n.operands.lengths = n.lengths;
  if (s->cell == O2M_CELL_LSTM) n.operands.initial_c = n.c, n.operands.peepholes = n.peepholes;
  return n;
}

static void check(struct o2m_check_report *report, struct sizes s) {
  struct net n = make(&s);
  float *y = o2m_new_floats(n.y_size), *y_h = o2m_new_floats(n.state_size), *y_c = o2m_new_floats(n.state_size);
  run(&n, y, y_h, y_c, 1);
  compare(report, &n, y, y_h, y_c);
  o2m_expect_guard(report, y, n.y_size, "guard of y");
  o2m_expect_guard(report, y_h, n.state_size, "guard of y_h");
  for (uint32_t threads = 2; threads <= 3; threads++) {
    float *other = o2m_new_floats(n.y_size), *other_h = o2m_new_floats(n.state_size), *other_c = o2m_new_floats(n.state_size);
    run(&n, other, other_h, other_c, threads);
    o2m_expect_bits(report, other, y, n.y_size * sizeof *y, "threads");
    o2m_expect_bits(report, other_h, y_h, n.state_size * sizeof *y_h, "threads, y_h");
    free(other), free(other_h), free(other_c);
  }
  free(y), free(y_h), free(y_c), free(n.x), free(n.w), free(n.u), free(n.bias), free(n.h), free(n.c), free(n.peepholes);
  free(n.packed_w), free(n.packed_u), free(n.lengths);
}

// Sizes around the vectors, the panels and the block of steps.
void o2m_check_recurrent(struct o2m_check_report *report) {
  static const size_t hidden[] = {1, 3, 8, 11, 16, 21, 40};
  for (uint32_t cell = O2M_CELL_LSTM; cell <= O2M_CELL_RNN_RELU; cell++)
    for (size_t i = 0; i < sizeof hidden / sizeof *hidden; i++)
      for (uint32_t form = 0; form < 4; form++) {
        const int even = form % 2 == 0, last = form == 3;
        check(report, (struct sizes){.cell = cell,
                                     .directions = even ? 2 : 1,
                                     .steps = last ? 101 : 5,
                                     .batch = form == 1 ? 1 : 1 + form,
                                     .inputs = 1 + (i * 7 + form) % 19,
                                     .hidden = hidden[i],
                                     .reversed = last,
                                     .batch_first = form >= 2,
                                     .couples = form == 2,
                                     .bare = form == 1,
                                     .clip = last ? 0.4f : INFINITY});
      }
}
