// Casts between all element types. A block of the source is widened to one of three types (f64, s64, u64: exact), then narrowed:
// 13 loops in and 39 out serve 169 pairs. The pairs that models use often have kernels of their own.
#include "o2m_cast.h"

#include <string.h>

#include "o2m_convert.h"
#include "f32_elementwise.h"
#include "pieces.h"

size_t o2m_element_bytes(enum o2m_element element) {
  switch (element) {
    case O2M_ELEMENT_U8:
    case O2M_ELEMENT_S8:
    case O2M_ELEMENT_BOOL: return 1;
    case O2M_ELEMENT_U16:
    case O2M_ELEMENT_S16:
    case O2M_ELEMENT_F16:
    case O2M_ELEMENT_BF16: return 2;
    case O2M_ELEMENT_F32:
    case O2M_ELEMENT_S32:
    case O2M_ELEMENT_U32: return 4;
    case O2M_ELEMENT_F64:
    case O2M_ELEMENT_S64:
    case O2M_ELEMENT_U64: return 8;
  }
  return 0;
}

enum { BLOCK = 256 };
enum wide { WIDE_F64, WIDE_S64, WIDE_U64 };
union block {
  double f64[BLOCK];
  int64_t s64[BLOCK];
  uint64_t u64[BLOCK];
};

#define WIDEN(type, member, kind, ...) \
  {                                    \
    const type *p = x;                 \
    for (size_t i = 0; i < n; i++) {   \
      const type a = p[i];             \
      block->member[i] = __VA_ARGS__;  \
    }                                  \
    return kind;                       \
  }

static enum wide widen(enum o2m_element from, size_t n, const void *x, union block *block) {
  switch (from) {
    case O2M_ELEMENT_F32: WIDEN(float, f64, WIDE_F64, a)
    case O2M_ELEMENT_F64: WIDEN(double, f64, WIDE_F64, a)
    case O2M_ELEMENT_F16: WIDEN(uint16_t, f64, WIDE_F64, o2m_widen_f16(a))
    case O2M_ELEMENT_BF16: WIDEN(uint16_t, f64, WIDE_F64, o2m_f32_from_bf16(a))
    case O2M_ELEMENT_S8: WIDEN(int8_t, s64, WIDE_S64, a)
    case O2M_ELEMENT_S16: WIDEN(int16_t, s64, WIDE_S64, a)
    case O2M_ELEMENT_S32: WIDEN(int32_t, s64, WIDE_S64, a)
    case O2M_ELEMENT_S64: WIDEN(int64_t, s64, WIDE_S64, a)
    case O2M_ELEMENT_U8: WIDEN(uint8_t, s64, WIDE_S64, a)
    case O2M_ELEMENT_U16: WIDEN(uint16_t, s64, WIDE_S64, a)
    case O2M_ELEMENT_U32: WIDEN(uint32_t, s64, WIDE_S64, a)
    case O2M_ELEMENT_U64: WIDEN(uint64_t, u64, WIDE_U64, a)
    case O2M_ELEMENT_BOOL: WIDEN(uint8_t, s64, WIDE_S64, a != 0)
  }
  return WIDE_F64;
}

// Toward zero, saturating at the ends of s64, NaN to 0; what is narrower wraps then, as from any integer.
static int64_t toward_zero(double a) { return a != a ? 0 : a >= 0x1p63 ? INT64_MAX : a <= -0x1p63 ? INT64_MIN : (int64_t)a; }
static uint64_t toward_zero_unsigned(double a) { return a >= 0x1p64 ? UINT64_MAX : a >= 0x1p63 ? (uint64_t)a : (uint64_t)toward_zero(a); }

#define NARROW_EACH(type, member, ...)                       \
  for (size_t i = 0; i < n; i++) {                           \
    const __typeof__(block->member[0]) a = block->member[i]; \
    p[i] = (type)(__VA_ARGS__);                              \
  }                                                          \
  break;

#define NARROW(type, from_float, from_signed, from_unsigned) \
  {                                                          \
    type *p = y;                                             \
    switch (kind) {                                          \
      case WIDE_F64: NARROW_EACH(type, f64, from_float)      \
      case WIDE_S64: NARROW_EACH(type, s64, from_signed)     \
      case WIDE_U64: NARROW_EACH(type, u64, from_unsigned)   \
    }                                                        \
    break;                                                   \
  }
#define INTEGER(type) NARROW(type, toward_zero(a), a, a)

// 64-bit integers to 16-bit floats: to f64 by rounding to odd first, so that the second rounding sees every lost bit.
static double to_odd(uint64_t magnitude) {
  if (magnitude >> 53) {
    const int drop = 11 - __builtin_clzll(magnitude);
    const uint64_t lost = magnitude & ((1ull << drop) - 1);
    magnitude = (magnitude >> drop | (lost != 0)) << drop;
  }
  return (double)magnitude;
}
static double signed_to_odd(int64_t a) { return a < 0 ? -to_odd(0 - (uint64_t)a) : to_odd((uint64_t)a); }

static void narrow(enum wide kind, enum o2m_element to, size_t n, const union block *block, void *y) {
  switch (to) {
    case O2M_ELEMENT_F32: NARROW(float, a, a, a)
    case O2M_ELEMENT_F64: NARROW(double, a, a, a)
    case O2M_ELEMENT_F16: NARROW(uint16_t, o2m_f16_from_f64(a), o2m_f16_from_f64(signed_to_odd(a)), o2m_f16_from_f64(to_odd(a)))
    case O2M_ELEMENT_BF16: NARROW(uint16_t, o2m_bf16_from_f64(a), o2m_bf16_from_f64(signed_to_odd(a)), o2m_bf16_from_f64(to_odd(a)))
    case O2M_ELEMENT_S8: INTEGER(int8_t)
    case O2M_ELEMENT_S16: INTEGER(int16_t)
    case O2M_ELEMENT_S32: INTEGER(int32_t)
    case O2M_ELEMENT_S64: INTEGER(int64_t)
    case O2M_ELEMENT_U8: INTEGER(uint8_t)
    case O2M_ELEMENT_U16: INTEGER(uint16_t)
    case O2M_ELEMENT_U32: INTEGER(uint32_t)
    case O2M_ELEMENT_U64: NARROW(uint64_t, toward_zero_unsigned(a), a, a)
    case O2M_ELEMENT_BOOL: NARROW(uint8_t, a != 0, a != 0, a != 0)
  }
}

struct job {
  const struct o2m_cast_kernels *set;
  enum o2m_element from, to;
  const uint8_t *x;
  uint8_t *y;
};

static void cast_task(void *context, size_t begin, size_t end, uint32_t worker) {
  const struct job *job = context;
  const size_t n = end - begin, from_bytes = o2m_element_bytes(job->from), to_bytes = o2m_element_bytes(job->to);
  const void *x = job->x + begin * from_bytes;
  void *y = job->y + begin * to_bytes;
  (void)worker;
  if (job->from == job->to && job->from != O2M_ELEMENT_BOOL) {
    memcpy(y, x, n * from_bytes);
  } else if (job->to == O2M_ELEMENT_F32 && job->from == O2M_ELEMENT_F16) {
    job->set->f16_to_f32(n, x, y);
  } else if (job->to == O2M_ELEMENT_F16 && job->from == O2M_ELEMENT_F32) {
    job->set->f32_to_f16(n, x, y);
  } else if (job->to == O2M_ELEMENT_F32 && job->from == O2M_ELEMENT_U8) {
    job->set->u8_to_f32(n, x, y);
  } else if (job->to == O2M_ELEMENT_F32 && job->from == O2M_ELEMENT_S8) {
    job->set->s8_to_f32(n, x, y);
  } else if (job->to == O2M_ELEMENT_F32 && job->from == O2M_ELEMENT_S32) {
    job->set->s32_to_f32(n, x, y);
  } else if (job->to == O2M_ELEMENT_F32 && job->from == O2M_ELEMENT_BOOL) {
    const uint8_t *flags = x;
    float *numbers = y;
    for (size_t i = 0; i < n; i++) numbers[i] = flags[i] ? 1 : 0;
  } else {
    for (size_t i = 0; i < n; i += BLOCK) {
      union block block;
      const size_t count = n - i < BLOCK ? n - i : BLOCK;
      const enum wide kind = widen(job->from, count, (const uint8_t *)x + i * from_bytes, &block);
      narrow(kind, job->to, count, &block, (uint8_t *)y + i * to_bytes);
    }
  }
}

int o2m_cast(enum o2m_element from, enum o2m_element to, size_t n, const void *x, void *y, o2m_pool *pool) {
  if (o2m_element_bytes(from) == 0 || o2m_element_bytes(to) == 0) return -1;
  const struct job job = {o2m_cast_kernels(), from, to, x, y};
  if (n > 0) o2m_pool_run(pool, n, O2M_PIECE, cast_task, (void *)&job);
  return 0;
}
