// Elementwise functions of two operands with numpy broadcasting, and Where.
//
// The caller states the output's dims and every operand's strides in elements (0 along a broadcast dim; negative is allowed).
// o2m_plan_broadcast, called once at load, drops dims of 1, orders dims by the output's strides and merges what lies end to end,
// so that inner loops are contiguous × contiguous, contiguous × scalar or scalar × contiguous wherever the layout permits.
// The output may be one of the inputs where both have the same strides; any other overlap is not allowed.
#ifndef O2M_BINARY_H
#define O2M_BINARY_H

#include "o2m_element.h"
#include "o2m_platform.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { O2M_MAX_DIMS = 8, O2M_MAX_OPERANDS = 4 };

// Operand 0 is the output, then the inputs in order. Dims run from the outermost to the innermost; rank is at least 1.
struct o2m_broadcast_plan {
  uint32_t operands, rank;
  size_t count;  // product of dims: the output's elements
  size_t dims[O2M_MAX_DIMS];
  ptrdiff_t strides[O2M_MAX_OPERANDS][O2M_MAX_DIMS];
};

// `strides` holds `operands` rows of `rank` strides. 0; -1 when rank or operands is above the limit or the count overflows.
// The order of dims changes, so the plan suits what does not depend on order.
int o2m_plan_broadcast(struct o2m_broadcast_plan *plan, uint32_t operands, uint32_t rank, const size_t *dims, const ptrdiff_t *strides);

enum o2m_binary_op {
#define O2M_BINARY(op, OP) O2M_BINARY_##OP,
#include "o2m_binary.inc"
#undef O2M_BINARY
  O2M_BINARY_COUNT
};

const char *o2m_binary_name(enum o2m_binary_op op);
// Whether the output is BOOL (comparisons and logic) and not the inputs' type.
int o2m_binary_gives_bool(enum o2m_binary_op op);

// z = x op y in f32. Arithmetic ops of the vector part of o2m_binary.inc and POW; bit-equal in every set (POW: libm).
// MIN and MAX give NaN when either operand is NaN. -1 for an op that has no f32 result.
int o2m_f32_binary(enum o2m_binary_op op, const struct o2m_broadcast_plan *plan, const float *x, const float *y, float *z, o2m_pool *pool);

// z = x op y for inputs of any native element type (not F16, BF16), in plain C; z has that type, or BOOL for comparisons and
// logic. Integers wrap; integer division truncates and x / 0, x mod 0 are 0; MOD has the divisor's sign (numpy), FMOD the
// dividend's. Shifts by the width or more give 0. -1 where the op is not defined for the type.
int o2m_binary(enum o2m_binary_op op, enum o2m_element element, const struct o2m_broadcast_plan *plan, const void *x, const void *y,
               void *z, o2m_pool *pool);

// z = condition ? x : y; operands 1, 2, 3 of the plan are condition (BOOL), x, y. Elements of 1, 2, 4 or 8 bytes; else -1.
int o2m_where(size_t element_bytes, const struct o2m_broadcast_plan *plan, const uint8_t *condition, const void *x, const void *y, void *z,
              o2m_pool *pool);

enum o2m_generic_unary_op {
  O2M_UNARY_NEG,
  O2M_UNARY_ABS,
  O2M_UNARY_SIGN,
  O2M_UNARY_NOT,          // BOOL
  O2M_UNARY_BITWISE_NOT,  // integers
  O2M_UNARY_IS_NAN,       // F32 or F64 to BOOL
  O2M_UNARY_IS_INF,       // F32 or F64 to BOOL
};

// y[i] = f(x[i]) over n contiguous elements of a native type, in plain C. -1 where the op is not defined for the type.
int o2m_unary(enum o2m_generic_unary_op op, enum o2m_element element, size_t n, const void *x, void *y);

#ifdef __cplusplus
}
#endif
#endif
