#include "checks.h"

static double exact(enum o2m_binary_op op, double a, double b) {
  switch (op) {
    case O2M_BINARY_ADD: return a + b;
    case O2M_BINARY_SUB: return a - b;
    case O2M_BINARY_MUL: return a * b;
    case O2M_BINARY_DIV: return a / b;
    case O2M_BINARY_MIN: return a < b || a != a ? a : b;
    case O2M_BINARY_MAX: return a > b || a != a ? a : b;
    case O2M_BINARY_PRELU: return a < 0 ? a * b : a;
    case O2M_BINARY_POW: return pow(a, b);
    default: return NAN;
  }
}

// Dense output dims; each input takes part in the dims whose bit is set in its mask, in reverse where the bit of `reversed` is
// set.
struct shape {
  uint32_t rank;
  size_t dims[4];
  uint32_t x, y, reversed;
};

static const struct shape shapes[] = {
    {1, {0}, 1, 1, 0},           {1, {1}, 1, 1, 0},           {1, {7}, 1, 1, 0},           {1, {9}, 1, 0, 0},
    {1, {33}, 0, 1, 0},          {1, {17}, 0, 0, 0},          {1, {8}, 1, 1, 1},           {2, {3, 17}, 3, 2, 0},
    {2, {5, 9}, 3, 1, 0},        {2, {5, 8}, 1, 2, 0},        {3, {2, 3, 7}, 7, 5, 0},     {3, {3, 4, 33}, 5, 7, 0},
    {3, {2, 5, 3}, 7, 2, 2},     {4, {2, 3, 5, 7}, 15, 8, 0}, {4, {2, 3, 5, 7}, 15, 2, 0}, {4, {2, 1, 5, 1}, 15, 4, 0},
    {4, {2, 3, 4, 9}, 5, 10, 4}, {0, {0}, 0, 0, 0},
};

// Strides and extent of one dense operand, and the element at its index 0.
static size_t layout(const struct shape *s, uint32_t mask, ptrdiff_t *strides, size_t *first) {
  size_t extent = 1;
  *first = 0;
  for (uint32_t i = s->rank; i-- > 0;) {
    strides[i] = mask >> i & 1 ? (ptrdiff_t)extent : 0;
    if (!(mask >> i & 1)) continue;
    if (s->reversed >> i & 1) *first += extent * (s->dims[i] - 1), strides[i] = -strides[i];
    extent *= s->dims[i];
  }
  return extent;
}

static size_t position(const struct shape *s, const ptrdiff_t *strides, size_t first, size_t index) {
  ptrdiff_t at = (ptrdiff_t)first;
  for (uint32_t i = s->rank; i-- > 0;) {
    at += (ptrdiff_t)(index % s->dims[i]) * strides[i];
    index /= s->dims[i];
  }
  return (size_t)at;
}

void o2m_check_binary(struct o2m_check_report *report) {
  for (size_t k = 0; k < sizeof shapes / sizeof shapes[0]; k++) {
    const struct shape *s = &shapes[k];
    ptrdiff_t strides[3 * 4];
    size_t first[3], extent[3];
    const struct shape forward = {s->rank, {s->dims[0], s->dims[1], s->dims[2], s->dims[3]}, 0, 0, 0};
    extent[0] = layout(&forward, 15, strides, &first[0]);
    extent[1] = layout(s, s->x, strides + s->rank, &first[1]);
    extent[2] = layout(s, s->y, strides + 2 * s->rank, &first[2]);
    float *x = o2m_new_floats(extent[1]), *y = o2m_new_floats(extent[2]), *z = o2m_new_floats(extent[0]);
    o2m_fill_noise(x, extent[1], 1, 3), o2m_fill_noise(y, extent[2], 2, 3);
    if (extent[1] > 4) x[3] = NAN;
    struct o2m_broadcast_plan plan;
    o2m_expect(report, o2m_plan_broadcast(&plan, 3, s->rank, s->dims, strides) == 0, "plan", k, 0, 0);
    o2m_expect(report, plan.count == extent[0], "count", k, (double)plan.count, (double)extent[0]);
    for (int op = 0; op <= O2M_BINARY_POW; op++) {
      o2m_expect(report, o2m_f32_binary((enum o2m_binary_op)op, &plan, x + first[1], y + first[2], z, NULL) == 0, "op", (size_t)op, 0, 0);
      for (size_t i = 0; i < extent[0]; i++) {
        const float a = x[position(s, strides + s->rank, first[1], i)], b = y[position(s, strides + 2 * s->rank, first[2], i)];
        const double want = exact((enum o2m_binary_op)op, a, b), error = o2m_ulps(z[i], want);
        o2m_expect(report, error <= (op == O2M_BINARY_POW ? 2 : 0.5), o2m_binary_name((enum o2m_binary_op)op), i, z[i], want);
      }
    }
    uint8_t *less = malloc(extent[0] + 1);
    o2m_expect(report, o2m_f32_binary(O2M_BINARY_LESS, &plan, x + first[1], y + first[2], (float *)(void *)less, NULL) == 0, "less", k, 0,
               0);
    for (size_t i = 0; i < extent[0]; i++) {
      const float a = x[position(s, strides + s->rank, first[1], i)], b = y[position(s, strides + 2 * s->rank, first[2], i)];
      o2m_expect(report, less[i] == (a < b), "less", i, less[i], a < b);
    }
    struct o2m_broadcast_plan where;  // condition dense, x and y broadcast
    ptrdiff_t four[4 * 4];
    memcpy(four, strides, s->rank * sizeof *four);
    memcpy(four + s->rank, strides, 3 * s->rank * sizeof *four);
    o2m_expect(report, o2m_plan_broadcast(&where, 4, s->rank, s->dims, four) == 0, "plan", k, 0, 0);
    o2m_where(4, &where, less, x + first[1], y + first[2], z, NULL);
    for (size_t i = 0; i < extent[0]; i++) {
      const float *from = less[i] ? x + position(s, strides + s->rank, first[1], i) : y + position(s, strides + 2 * s->rank, first[2], i);
      o2m_expect(report, memcmp(z + i, from, 4) == 0, "where", i, z[i], *from);
    }
    o2m_expect_guard(report, z, extent[0], "guard");
    free(x), free(y), free(z), free(less);
  }
}

// A few values of every operator and type, against the same arithmetic by hand.
void o2m_check_generic(struct o2m_check_report *report) {
  const size_t dims[] = {5};
  const ptrdiff_t strides[] = {1, 1, 1};
  struct o2m_broadcast_plan plan;
  o2m_plan_broadcast(&plan, 3, 1, dims, strides);
  const int64_t a[5] = {7, -7, INT64_MIN, 3, -1}, b[5] = {-3, 3, -1, 0, 65};
  static const struct {
    enum o2m_binary_op op;
    int64_t want[5];
  } s64[] = {
      {O2M_BINARY_ADD, {4, -4, INT64_MAX, 3, 64}},
      {O2M_BINARY_DIV, {-2, -2, INT64_MIN, 0, 0}},
      {O2M_BINARY_MOD, {-2, 2, 0, 0, 64}},
      {O2M_BINARY_FMOD, {1, -1, 0, 0, -1}},
      {O2M_BINARY_MUL, {-21, -21, INT64_MIN, 0, -65}},
      {O2M_BINARY_MIN, {-3, -7, INT64_MIN, 0, -1}},
      {O2M_BINARY_MAX, {7, 3, -1, 3, 65}},
      {O2M_BINARY_SHIFT_LEFT, {0, -56, 0, 3, 0}},
      {O2M_BINARY_POW, {0, -343, 0, 1, -1}},
      {O2M_BINARY_BITWISE_XOR, {-6, -6, INT64_MAX, 3, -66}},
  };
  for (size_t k = 0; k < sizeof s64 / sizeof s64[0]; k++) {
    int64_t z[5];
    o2m_expect(report, o2m_binary(s64[k].op, O2M_ELEMENT_S64, &plan, a, b, z, NULL) == 0, o2m_binary_name(s64[k].op), k, 0, 0);
    for (size_t i = 0; i < 5; i++)
      o2m_expect(report, z[i] == s64[k].want[i], o2m_binary_name(s64[k].op), i, (double)z[i], (double)s64[k].want[i]);
  }
  const uint8_t u[5] = {200, 3, 255, 0, 16}, v[5] = {100, 5, 1, 7, 4};
  static const struct {
    enum o2m_binary_op op;
    uint8_t want[5];
  } u8[] = {
      {O2M_BINARY_ADD, {44, 8, 0, 7, 20}}, {O2M_BINARY_SUB, {100, 254, 254, 249, 12}},     {O2M_BINARY_DIV, {2, 0, 255, 0, 4}},
      {O2M_BINARY_LESS, {0, 1, 0, 1, 0}},  {O2M_BINARY_GREATER_OR_EQUAL, {1, 0, 1, 0, 1}}, {O2M_BINARY_SHIFT_RIGHT, {0, 0, 127, 0, 1}},
      {O2M_BINARY_EQUAL, {0, 0, 0, 0, 0}}, {O2M_BINARY_BITWISE_AND, {64, 1, 1, 0, 0}},
  };
  for (size_t k = 0; k < sizeof u8 / sizeof u8[0]; k++) {
    uint8_t z[5];
    o2m_expect(report, o2m_binary(u8[k].op, O2M_ELEMENT_U8, &plan, u, v, z, NULL) == 0, o2m_binary_name(u8[k].op), k, 0, 0);
    for (size_t i = 0; i < 5; i++) o2m_expect(report, z[i] == u8[k].want[i], o2m_binary_name(u8[k].op), i, z[i], u8[k].want[i]);
  }
  const uint8_t p[5] = {0, 1, 0, 1, 2}, q[5] = {0, 0, 1, 1, 1},
                xor[5] = {
                    0, 1, 1, 0, 0};
  uint8_t z[5];
  o2m_expect(report, o2m_binary(O2M_BINARY_XOR, O2M_ELEMENT_BOOL, &plan, p, q, z, NULL) == 0, "xor", 0, 0, 0);
  o2m_expect_bits(report, z, xor, 5, "xor");
  o2m_expect(report, o2m_binary(O2M_BINARY_ADD, O2M_ELEMENT_BOOL, &plan, p, q, z, NULL) == -1, "bool add", 0, 0, -1);
  o2m_expect(report, o2m_binary(O2M_BINARY_BITWISE_OR, O2M_ELEMENT_F32, &plan, p, q, z, NULL) == -1, "f32 or", 0, 0, -1);
  o2m_expect(report, o2m_binary(O2M_BINARY_ADD, O2M_ELEMENT_F16, &plan, p, q, z, NULL) == -1, "f16 add", 0, 0, -1);

  const double f[5] = {-1.5, 5.5, INFINITY, NAN, 0}, g[5] = {1, -2, 3, 1, 2}, floor_mod[5] = {0.5, -0.5, NAN, NAN, 0};
  double h[5];
  o2m_binary(O2M_BINARY_MOD, O2M_ELEMENT_F64, &plan, f, g, h, NULL);
  for (size_t i = 0; i < 5; i++)
    o2m_expect(report, h[i] == floor_mod[i] || (h[i] != h[i] && floor_mod[i] != floor_mod[i]), "mod", i, h[i], floor_mod[i]);
  const uint8_t nan[5] = {0, 0, 0, 1, 0}, inf[5] = {0, 0, 1, 0, 0};
  o2m_unary(O2M_UNARY_IS_NAN, O2M_ELEMENT_F64, 5, f, z);
  o2m_expect_bits(report, z, nan, 5, "is_nan");
  o2m_unary(O2M_UNARY_IS_INF, O2M_ELEMENT_F64, 5, f, z);
  o2m_expect_bits(report, z, inf, 5, "is_inf");
  const int8_t m[3] = {-128, -5, 9}, magnitude[3] = {-128, 5, 9}, sign[3] = {-1, -1, 1};
  int8_t r[3];
  o2m_unary(O2M_UNARY_ABS, O2M_ELEMENT_S8, 3, m, r);
  o2m_expect_bits(report, r, magnitude, 3, "abs");
  o2m_unary(O2M_UNARY_SIGN, O2M_ELEMENT_S8, 3, m, r);
  o2m_expect_bits(report, r, sign, 3, "sign");
  const ptrdiff_t nine_strides[27] = {0};
  const size_t nine[9] = {1, 1, 1, 1, 1, 1, 1, 1, 1}, huge[3] = {(size_t)1 << 31, (size_t)1 << 31, 4};
  o2m_expect(report, o2m_plan_broadcast(&plan, 3, 9, nine, nine_strides) == -1, "rank 9", 0, 0, -1);
  o2m_expect(report, o2m_plan_broadcast(&plan, 3, 3, huge, nine_strides) == -1, "overflow", 0, 0, -1);
}
