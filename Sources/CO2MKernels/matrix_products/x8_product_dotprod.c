// Integer products by sdot, which sums four products of 8 bits. Where a number has no sign 128 is taken off it and its zero point, and
//
//   sum of (a - a_zero) * (b - b_zero) = sum of a * b  -  a_zero * (sum of b - depth * b_zero)  -  b_zero * sum of a
//
// wraps to the same 32 bits. Behind a row of a stand a_zero and its sum; behind a panel what a_zero is multiplied by, and b_zero.
#include "x8_product.h"

#if O2M_ARCH_ARM64
#include <arm_neon.h>

#define TARGET __attribute__((target("arch=armv8.2-a+dotprod")))
#define INLINE TARGET static inline __attribute__((always_inline))

enum { ROWS = 4, VECTORS = O2M_X8_COLUMNS / 4 };

static size_t steps_of(size_t depth) { return (depth + O2M_X8_STEP - 1) / O2M_X8_STEP; }

INLINE int8x16_t load(const uint8_t *x, size_t columns, uint8_t sign) {
  uint8_t part[O2M_X8_COLUMNS];
  if (columns < O2M_X8_COLUMNS) {
    for (size_t i = 0; i < O2M_X8_COLUMNS; i++) part[i] = i < columns ? x[i] : sign;
    x = part;
  }
  return vreinterpretq_s8_u8(veorq_u8(vld1q_u8(x), vdupq_n_u8(sign)));
}

// Four rows of b from `k` on, four columns to a vector; behind the last row they are 0.
INLINE void load_step(size_t k, size_t depth, size_t columns, const uint8_t *x, const size_t *at, uint8_t sign, int8x16_t b[VECTORS]) {
  int8x16_t row[O2M_X8_STEP];
  for (size_t i = 0; i < O2M_X8_STEP; i++) row[i] = k + i < depth ? load(x + at[k + i], columns, sign) : vdupq_n_s8(0);
  const int16x8_t low[2] = {vreinterpretq_s16_s8(vzip1q_s8(row[0], row[1])), vreinterpretq_s16_s8(vzip1q_s8(row[2], row[3]))};
  const int16x8_t high[2] = {vreinterpretq_s16_s8(vzip2q_s8(row[0], row[1])), vreinterpretq_s16_s8(vzip2q_s8(row[2], row[3]))};
  b[0] = vreinterpretq_s8_s16(vzip1q_s16(low[0], low[1])), b[1] = vreinterpretq_s8_s16(vzip2q_s16(low[0], low[1]));
  b[2] = vreinterpretq_s8_s16(vzip1q_s16(high[0], high[1])), b[3] = vreinterpretq_s8_s16(vzip2q_s16(high[0], high[1]));
}

INLINE int32x4_t zero_of(const int16_t *zero, uint8_t sign) { return vsubq_s32(vmovl_s16(vld1_s16(zero)), vdupq_n_s32(sign)); }

INLINE int32x4_t corrected(int32x4_t sum, int32x4_t centered, int32x4_t zero, const int32_t *line) {
  return vmlsq_n_s32(vmlsq_n_s32(sum, centered, line[0]), zero, line[1]);
}

INLINE void make_line(size_t depth, const uint8_t *x, int32_t zero, uint8_t sign, int8_t *line) {
  int32_t sum = 0;
  for (size_t k = 0; k < steps_of(depth) * O2M_X8_STEP; k++) {
    line[k] = k < depth ? (int8_t)(x[k] ^ sign) : 0;
    sum += line[k];
  }
  const int32_t extra[2] = {zero - sign, sum};
  __builtin_memcpy(line + steps_of(depth) * O2M_X8_STEP, extra, sizeof extra);
}

INLINE void pack(size_t depth, size_t columns, const uint8_t *x, const size_t *at, const int16_t *zero, uint8_t sign, int8_t *panel) {
  for (size_t c = 0; c < columns; c += O2M_X8_COLUMNS) {
    int32x4_t sums[VECTORS] = {vdupq_n_s32(0), vdupq_n_s32(0), vdupq_n_s32(0), vdupq_n_s32(0)};
    for (size_t k = 0; k < depth; k += O2M_X8_STEP, panel += O2M_X8_STEP * O2M_X8_COLUMNS) {
      int8x16_t b[VECTORS];
      load_step(k, depth, columns - c, x + c, at, sign, b);
      for (size_t v = 0; v < VECTORS; v++) {
        vst1q_s8(panel + 16 * v, b[v]);
        sums[v] = vdotq_s32(sums[v], b[v], vdupq_n_s8(1));
      }
    }
    for (size_t v = 0; v < VECTORS; v++, panel += 16) {
      const int32x4_t own = zero_of(zero + c + 4 * v, sign);
      vst1q_s32((int32_t *)panel, vmlsq_n_s32(sums[v], own, (int32_t)depth));
      vst1q_s32((int32_t *)panel + O2M_X8_COLUMNS, own);
    }
    panel += O2M_X8_COLUMNS * sizeof(int32_t);
  }
}

INLINE void row(size_t depth, size_t columns, const int8_t *a, const uint8_t *x, const size_t *at, const int16_t *zero, uint8_t sign,
                int32_t *y) {
  const int32_t *line = (const int32_t *)(a + steps_of(depth) * O2M_X8_STEP);
  for (size_t c = 0; c < columns; c += O2M_X8_COLUMNS) {
    int32x4_t products[VECTORS] = {vdupq_n_s32(0), vdupq_n_s32(0), vdupq_n_s32(0), vdupq_n_s32(0)};
    int32x4_t sums[VECTORS] = {vdupq_n_s32(0), vdupq_n_s32(0), vdupq_n_s32(0), vdupq_n_s32(0)};
    for (size_t k = 0; k < depth; k += O2M_X8_STEP) {
      int8x16_t b[VECTORS];
      load_step(k, depth, columns - c, x + c, at, sign, b);
      const int8x16_t own = vreinterpretq_s8_s32(vld1q_dup_s32((const int32_t *)(a + k)));
      for (size_t v = 0; v < VECTORS; v++) {
        products[v] = vdotq_s32(products[v], b[v], own);
        sums[v] = vdotq_s32(sums[v], b[v], vdupq_n_s8(1));
      }
    }
    for (size_t v = 0; v < VECTORS; v++) {
      const int32x4_t own = zero_of(zero + c + 4 * v, sign);
      vst1q_s32(y + c + 4 * v, corrected(products[v], vmlsq_n_s32(sums[v], own, (int32_t)depth), own, line));
    }
  }
}

INLINE void pass(const size_t rows, size_t depth, const int8_t *a, size_t a_bytes, const int8_t *panel, int32_t *y, size_t y_pitch) {
  int32x4_t sum[ROWS][VECTORS];
  for (size_t r = 0; r < rows; r++)
    for (size_t v = 0; v < VECTORS; v++) sum[r][v] = vdupq_n_s32(0);
  for (size_t steps = steps_of(depth); steps > 0; steps--, a += O2M_X8_STEP, panel += O2M_X8_STEP * O2M_X8_COLUMNS) {
    const int8x16x4_t b = vld1q_s8_x4(panel);
    for (size_t r = 0; r < rows; r++) {
      const int8x16_t own = vreinterpretq_s8_s32(vld1q_dup_s32((const int32_t *)(a + r * a_bytes)));
      for (size_t v = 0; v < VECTORS; v++) sum[r][v] = vdotq_s32(sum[r][v], b.val[v], own);
    }
  }
  const int32x4x4_t centered = vld1q_s32_x4((const int32_t *)panel), zero = vld1q_s32_x4((const int32_t *)panel + O2M_X8_COLUMNS);
  for (size_t r = 0; r < rows; r++)
    for (size_t v = 0; v < VECTORS; v++)
      vst1q_s32(y + r * y_pitch + 4 * v, corrected(sum[r][v], centered.val[v], zero.val[v], (const int32_t *)(a + r * a_bytes)));
}

TARGET static void tile(size_t rows, size_t depth, const void *a, size_t a_bytes, const void *panel, int32_t *y, size_t y_pitch) {
  switch (rows) {
    case 1: pass(1, depth, a, a_bytes, panel, y, y_pitch); break;
    case 2: pass(2, depth, a, a_bytes, panel, y, y_pitch); break;
    case 3: pass(3, depth, a, a_bytes, panel, y, y_pitch); break;
    default: pass(ROWS, depth, a, a_bytes, panel, y, y_pitch); break;
  }
}

#define FUNCTIONS(name, sign)                                                                                                           \
  TARGET static void name##_line(size_t depth, const uint8_t *x, int32_t zero, void *line) { make_line(depth, x, zero, sign, line); }   \
  TARGET static void name##_pack(size_t depth, size_t columns, const uint8_t *x, const size_t *at, const int16_t *zero, void *panels) { \
    pack(depth, columns, x, at, zero, sign, panels);                                                                                    \
  }                                                                                                                                     \
  TARGET static void name##_row(size_t depth, size_t columns, const void *a, const uint8_t *x, const size_t *at, const int16_t *zero,   \
                                int32_t *y) {                                                                                           \
    row(depth, columns, a, x, at, zero, sign, y);                                                                                       \
  }
FUNCTIONS(u8, 0x80)
FUNCTIONS(s8, 0)

const struct o2m_x8_product_kernels o2m_x8_product_kernels__dotprod = {
    .rows = ROWS,
    .bytes = 1,
    .line_extra = 2 * sizeof(int32_t),
    .panel_extra = 2 * O2M_X8_COLUMNS * sizeof(int32_t),
    .line = {u8_line, s8_line},
    .pack = {u8_pack, s8_pack},
    .row = {u8_row, s8_row},
    .tile = tile,
};
#endif
