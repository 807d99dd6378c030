#include <math.h>

#include "o2m_binary.h"

#include "held.h"

#define LOOP(type, result, ...)      \
  do {                               \
    const type *from = x;            \
    result *to = y;                  \
    for (size_t i = 0; i < n; i++) { \
      const type a = from[i];        \
      to[i] = (result)(__VA_ARGS__); \
    }                                \
    return 0;                        \
  } while (0)

#define FLOAT_TYPE(type, magnitude)                                                         \
  static int unary_##type(enum o2m_generic_unary_op op, size_t n, const void *x, void *y) { \
    switch (op) {                                                                           \
      case O2M_UNARY_NEG: LOOP(type, type, -a);                                             \
      case O2M_UNARY_ABS: LOOP(type, type, magnitude(a));                                   \
      case O2M_UNARY_SIGN: LOOP(type, type, a > 0 ? 1 : a < 0 ? -1 : a);                    \
      case O2M_UNARY_IS_NAN: LOOP(type, uint8_t, a != a);                                   \
      case O2M_UNARY_IS_INF: LOOP(type, uint8_t, magnitude(a) == INFINITY);                 \
      default: return -1;                                                                   \
    }                                                                                       \
  }
#define INTEGER_TYPE(type)                                                                  \
  static int unary_##type(enum o2m_generic_unary_op op, size_t n, const void *x, void *y) { \
    switch (op) {                                                                           \
      case O2M_UNARY_NEG: LOOP(type, type, 0 - (uint64_t)a);                                \
      case O2M_UNARY_ABS: LOOP(type, type, a < (type)1 ? 0 - (uint64_t)a : (uint64_t)a);    \
      case O2M_UNARY_SIGN: LOOP(type, type, a == 0 ? 0 : a < (type)1 ? -1 : 1);             \
      case O2M_UNARY_BITWISE_NOT: LOOP(type, type, ~a);                                     \
      default: return -1;                                                                   \
    }                                                                                       \
  }
FLOAT_TYPE(float, fabsf)
FLOAT_TYPE(double, fabs)
INTEGER_TYPE(int8_t)
INTEGER_TYPE(uint8_t)
INTEGER_TYPE(int16_t)
INTEGER_TYPE(uint16_t)
INTEGER_TYPE(int32_t)
INTEGER_TYPE(uint32_t)
INTEGER_TYPE(int64_t)
INTEGER_TYPE(uint64_t)

static int unary_bool(enum o2m_generic_unary_op op, size_t n, const void *x, void *y) {
  if (op != O2M_UNARY_NOT) return -1;
  LOOP(uint8_t, uint8_t, !a);
}

int o2m_unary(enum o2m_generic_unary_op op, enum o2m_element element, size_t n, const void *x, void *y) {
  switch (element) {
    O2M_HELD_F32(case O2M_ELEMENT_F32 : return unary_float(op, n, x, y);)
    O2M_HELD_F64(case O2M_ELEMENT_F64 : return unary_double(op, n, x, y);)
    O2M_HELD_S8(case O2M_ELEMENT_S8 : return unary_int8_t(op, n, x, y);)
    O2M_HELD_U8(case O2M_ELEMENT_U8 : return unary_uint8_t(op, n, x, y);)
    O2M_HELD_S16(case O2M_ELEMENT_S16 : return unary_int16_t(op, n, x, y);)
    O2M_HELD_U16(case O2M_ELEMENT_U16 : return unary_uint16_t(op, n, x, y);)
    O2M_HELD_S32(case O2M_ELEMENT_S32 : return unary_int32_t(op, n, x, y);)
    O2M_HELD_U32(case O2M_ELEMENT_U32 : return unary_uint32_t(op, n, x, y);)
    O2M_HELD_S64(case O2M_ELEMENT_S64 : return unary_int64_t(op, n, x, y);)
    O2M_HELD_U64(case O2M_ELEMENT_U64 : return unary_uint64_t(op, n, x, y);)
    O2M_HELD_BOOL(case O2M_ELEMENT_BOOL : return unary_bool(op, n, x, y);)
    default: return -1;
  }
}
