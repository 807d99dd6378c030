// Functions of two operands for every native element type, in plain C: one loop by macro, no copy per type.
#include <math.h>

#include "broadcast.h"
#include "held.h"
#include "pieces.h"

static const char *const names[] = {
#define O2M_BINARY(op, OP) #op,
#include "o2m_binary.inc"
#undef O2M_BINARY
};

const char *o2m_binary_name(enum o2m_binary_op op) { return (uint32_t)op < O2M_BINARY_COUNT ? names[op] : "?"; }
int o2m_binary_gives_bool(enum o2m_binary_op op) { return op >= O2M_BINARY_EQUAL; }

// The inner loop of one operand pair: n steps with strides in elements.
struct run {
  enum o2m_binary_op op;
  size_t n;
  const void *x, *y;
  void *z;
  ptrdiff_t sx, sy, sz;
};

#define LOOP(type, result, ...)                                             \
  do {                                                                      \
    const type *x = r->x, *y = r->y;                                        \
    result *z = r->z;                                                       \
    for (size_t i = 0; i < r->n; i++, x += r->sx, y += r->sy, z += r->sz) { \
      const type a = *x, b = *y;                                            \
      *z = (result)(__VA_ARGS__);                                           \
    }                                                                       \
    return 0;                                                               \
  } while (0)

#define COMPARISONS(type)                                     \
  case O2M_BINARY_EQUAL: LOOP(type, uint8_t, a == b);         \
  case O2M_BINARY_LESS: LOOP(type, uint8_t, a < b);           \
  case O2M_BINARY_LESS_OR_EQUAL: LOOP(type, uint8_t, a <= b); \
  case O2M_BINARY_GREATER: LOOP(type, uint8_t, a > b);        \
  case O2M_BINARY_GREATER_OR_EQUAL:                           \
    LOOP(type, uint8_t, a >= b);

#define FLOAT_TYPE(name, type, suffix)                                              \
  static int run_##name(const struct run *r) {                                      \
    switch (r->op) {                                                                \
      case O2M_BINARY_ADD: LOOP(type, type, a + b);                                 \
      case O2M_BINARY_SUB: LOOP(type, type, a - b);                                 \
      case O2M_BINARY_MUL: LOOP(type, type, a *b);                                  \
      case O2M_BINARY_DIV: LOOP(type, type, a / b);                                 \
      case O2M_BINARY_MIN: LOOP(type, type, a < b || a != a ? a : b);               \
      case O2M_BINARY_MAX: LOOP(type, type, a > b || a != a ? a : b);               \
      case O2M_BINARY_PRELU: LOOP(type, type, a < 0 ? a * b : a);                   \
      case O2M_BINARY_POW: LOOP(type, type, pow##suffix(a, b));                     \
      case O2M_BINARY_MOD: LOOP(type, type, floor_mod##suffix(a, b));               \
      case O2M_BINARY_FMOD: LOOP(type, type, fmod##suffix(a, b)); COMPARISONS(type) \
      default: return -1;                                                           \
    }                                                                               \
  }
#pragma STDC FP_CONTRACT OFF
static float floor_modf(float a, float b) {
  const float r = fmodf(a, b);
  return r == 0 ? copysignf(r, b) : (r < 0) != (b < 0) ? r + b : r;
}
static double floor_mod(double a, double b) {
  const double r = fmod(a, b);
  return r == 0 ? copysign(r, b) : (r < 0) != (b < 0) ? r + b : r;
}
FLOAT_TYPE(f32, float, f)
FLOAT_TYPE(f64, double, )

// Integers are computed in 64 bits of the unsigned kind, so that what overflows wraps; -1 as a divisor is a negation, because the
// quotient of the least integer by -1 does not exist.
static int64_t divide_signed(int64_t a, int64_t b) { return b == 0 ? 0 : b == -1 ? (int64_t)(0 - (uint64_t)a) : a / b; }
static uint64_t divide_unsigned(uint64_t a, uint64_t b) { return b == 0 ? 0 : a / b; }
static int64_t remainder_signed(int64_t a, int64_t b) { return b == 0 || b == -1 ? 0 : a % b; }
static uint64_t remainder_unsigned(uint64_t a, uint64_t b) { return b == 0 ? 0 : a % b; }
static int64_t modulo_signed(int64_t a, int64_t b) {
  const int64_t r = remainder_signed(a, b);
  return r != 0 && (r < 0) != (b < 0) ? r + b : r;
}
static uint64_t modulo_unsigned(uint64_t a, uint64_t b) { return remainder_unsigned(a, b); }

static uint64_t raise(uint64_t base, uint64_t exponent) {
  uint64_t r = 1;
  for (; exponent > 0; exponent >>= 1, base *= base) {
    if (exponent & 1) r *= base;
  }
  return r;
}
static uint64_t power_signed(int64_t base, int64_t exponent) {  // a negative exponent: the real power truncated
  if (exponent >= 0) return raise((uint64_t)base, (uint64_t)exponent);
  return base == 1 ? 1 : base == -1 ? (exponent & 1 ? (uint64_t)-1 : 1) : 0;
}
static uint64_t power_unsigned(uint64_t base, uint64_t exponent) { return raise(base, exponent); }

#define SHIFT_LEFT(type) ((uint64_t)b >= 8 * sizeof(type) ? 0 : (uint64_t)a << b)
#define SHIFT_RIGHT(type) ((uint64_t)b >= 8 * sizeof(type) ? 0 : a >> b)

#define INTEGER_TYPE(name, type, kind)                                                                          \
  static int run_##name(const struct run *r) {                                                                  \
    switch (r->op) {                                                                                            \
      case O2M_BINARY_ADD: LOOP(type, type, (uint64_t)a + (uint64_t)b);                                         \
      case O2M_BINARY_SUB: LOOP(type, type, (uint64_t)a - (uint64_t)b);                                         \
      case O2M_BINARY_MUL: LOOP(type, type, (uint64_t)a *(uint64_t)b);                                          \
      case O2M_BINARY_DIV: LOOP(type, type, divide_##kind(a, b));                                               \
      case O2M_BINARY_MIN: LOOP(type, type, a < b ? a : b);                                                     \
      case O2M_BINARY_MAX: LOOP(type, type, a > b ? a : b);                                                     \
      case O2M_BINARY_PRELU: LOOP(type, type, a < (type)1 && a != 0 ? (uint64_t)a * (uint64_t)b : (uint64_t)a); \
      case O2M_BINARY_POW: LOOP(type, type, power_##kind(a, b));                                                \
      case O2M_BINARY_MOD: LOOP(type, type, modulo_##kind(a, b));                                               \
      case O2M_BINARY_FMOD: LOOP(type, type, remainder_##kind(a, b));                                           \
      case O2M_BINARY_BITWISE_AND: LOOP(type, type, a &b);                                                      \
      case O2M_BINARY_BITWISE_OR: LOOP(type, type, a | b);                                                      \
      case O2M_BINARY_BITWISE_XOR: LOOP(type, type, a ^ b);                                                     \
      case O2M_BINARY_SHIFT_LEFT: LOOP(type, type, SHIFT_LEFT(type));                                           \
      case O2M_BINARY_SHIFT_RIGHT: LOOP(type, type, SHIFT_RIGHT(type)); COMPARISONS(type)                       \
      default: return -1;                                                                                       \
    }                                                                                                           \
  }
INTEGER_TYPE(s8, int8_t, signed)
INTEGER_TYPE(u8, uint8_t, unsigned)
INTEGER_TYPE(s16, int16_t, signed)
INTEGER_TYPE(u16, uint16_t, unsigned)
INTEGER_TYPE(s32, int32_t, signed)
INTEGER_TYPE(u32, uint32_t, unsigned)
INTEGER_TYPE(s64, int64_t, signed)
INTEGER_TYPE(u64, uint64_t, unsigned)

static int run_bool(const struct run *r) {
  switch (r->op) {
    case O2M_BINARY_AND: LOOP(uint8_t, uint8_t, a && b);
    case O2M_BINARY_OR: LOOP(uint8_t, uint8_t, a || b);
    case O2M_BINARY_XOR: LOOP(uint8_t, uint8_t, !a != !b);
    case O2M_BINARY_EQUAL: LOOP(uint8_t, uint8_t, !a == !b);
    default: return -1;
  }
}

// The loop of an element type, and its size.
typedef int loop(const struct run *run);
static loop *loop_of(enum o2m_element element) {
  switch (element) {
    O2M_HELD_F32(case O2M_ELEMENT_F32 : return run_f32;)
    O2M_HELD_F64(case O2M_ELEMENT_F64 : return run_f64;)
    O2M_HELD_S8(case O2M_ELEMENT_S8 : return run_s8;)
    O2M_HELD_U8(case O2M_ELEMENT_U8 : return run_u8;)
    O2M_HELD_S16(case O2M_ELEMENT_S16 : return run_s16;)
    O2M_HELD_U16(case O2M_ELEMENT_U16 : return run_u16;)
    O2M_HELD_S32(case O2M_ELEMENT_S32 : return run_s32;)
    O2M_HELD_U32(case O2M_ELEMENT_U32 : return run_u32;)
    O2M_HELD_S64(case O2M_ELEMENT_S64 : return run_s64;)
    O2M_HELD_U64(case O2M_ELEMENT_U64 : return run_u64;)
    O2M_HELD_BOOL(case O2M_ELEMENT_BOOL : return run_bool;)
    default: return NULL;
  }
}

// Equal of dense integers with dense ones, or with one: what makes one-hot rows of indices. Vectorized, which the loops above are not.
#define EQUAL(bits)                                                     \
  static int equal_##bits(const struct run *r) {                        \
    const uint##bits##_t *x = r->x, *y = r->y;                          \
    uint8_t *z = r->z;                                                  \
    if (r->sx == 1 && r->sy == 1) {                                     \
      for (size_t i = 0; i < r->n; i++) z[i] = x[i] == y[i];            \
    } else {                                                            \
      const uint##bits##_t *dense = r->sx ? x : y, b = r->sx ? *y : *x; \
      for (size_t i = 0; i < r->n; i++) z[i] = dense[i] == b;           \
    }                                                                   \
    return 0;                                                           \
  }
EQUAL(32)
EQUAL(64)

static loop *equal_loop(enum o2m_element element, const struct o2m_broadcast_plan *plan) {
  const uint32_t last = plan->rank - 1;
  const ptrdiff_t sx = plan->strides[1][last], sy = plan->strides[2][last];
  if (plan->strides[0][last] != 1 || (sx != 1 && sx != 0) || (sy != 1 && sy != 0) || sx + sy == 0) return NULL;
  if (element == O2M_ELEMENT_S32 || element == O2M_ELEMENT_U32) return equal_32;
  return element == O2M_ELEMENT_S64 || element == O2M_ELEMENT_U64 ? equal_64 : NULL;
}

struct job {
  const struct o2m_broadcast_plan *plan;
  loop *loop;
  enum o2m_binary_op op;
  ptrdiff_t bytes, result_bytes;
  const uint8_t *x, *y;
  uint8_t *z;
};

static void binary_task(void *context, size_t begin, size_t end, uint32_t worker) {
  const struct job *job = context;
  const struct o2m_broadcast_plan *plan = job->plan;
  const uint32_t last = plan->rank - 1;
  (void)worker;
  struct o2m_walk walk;
  o2m_walk_start(&walk, plan, 1, begin);
  for (size_t i = begin; i < end; i++, o2m_walk_next(&walk)) {
    const struct run run = {job->op,
                            plan->dims[last],
                            job->x + walk.offset[1] * job->bytes,
                            job->y + walk.offset[2] * job->bytes,
                            job->z + walk.offset[0] * job->result_bytes,
                            plan->strides[1][last],
                            plan->strides[2][last],
                            plan->strides[0][last]};
    job->loop(&run);
  }
}

int o2m_binary(enum o2m_binary_op op, enum o2m_element element, const struct o2m_broadcast_plan *plan, const void *x, const void *y,
               void *z, o2m_pool *pool) {
  loop *loop = loop_of(element);
  const struct run probe = {.op = op, .n = 0};
  if (!loop || loop(&probe)) return -1;
  if (plan->count == 0) return 0;
  if (op == O2M_BINARY_EQUAL && equal_loop(element, plan)) loop = equal_loop(element, plan);
  const ptrdiff_t bytes = (ptrdiff_t)o2m_element_bytes(element);
  const struct job job = {plan, loop, op, bytes, o2m_binary_gives_bool(op) ? 1 : bytes, x, y, z};
  const size_t inner = plan->dims[plan->rank - 1];
  o2m_pool_run(pool, plan->count / inner, o2m_grain(inner), binary_task, (void *)&job);
  return 0;
}
