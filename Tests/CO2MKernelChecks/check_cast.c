#include "checks.h"

static const enum o2m_element elements[] = {O2M_ELEMENT_F32, O2M_ELEMENT_U8,  O2M_ELEMENT_S8,   O2M_ELEMENT_U16, O2M_ELEMENT_S16,
                                            O2M_ELEMENT_S32, O2M_ELEMENT_S64, O2M_ELEMENT_BOOL, O2M_ELEMENT_F16, O2M_ELEMENT_F64,
                                            O2M_ELEMENT_U32, O2M_ELEMENT_U64, O2M_ELEMENT_BF16};
enum { ELEMENTS = sizeof elements / sizeof elements[0] };

// The narrow float nearest to v, by search through the ordered bit patterns: ties to even.
static uint16_t nearest_pattern(double v, double (*value)(uint16_t), uint16_t infinity) {
  const uint16_t sign = signbit(v) ? 0x8000 : 0;
  const double a = fabs(v);
  uint16_t low = 0, high = infinity;
  while (high - low > 1) {
    const uint16_t middle = (uint16_t)((low + high) / 2);
    if (value(middle) <= a)
      low = middle;
    else
      high = middle;
  }
  // Past the largest finite one, the next step would be as far again.
  const double l = value(low), h = high == infinity ? 2 * l - value((uint16_t)(low - 1)) : value(high);
  const int up = a - l > h - a || (a - l == h - a && (low & 1));
  return (uint16_t)(sign | (isinf(a) || up ? high : low));
}

static double f16_value(uint16_t h) {
  const int exponent = h >> 10 & 31;
  return exponent ? ldexp(1024 + (h & 1023), exponent - 25) : ldexp(h & 1023, -24);
}
static double bf16_value(uint16_t b) {
  const int exponent = b >> 7 & 255;
  return exponent ? ldexp(128 + (b & 127), exponent - 134) : ldexp(b & 127, -133);
}

static void check_halves(struct o2m_check_report *report) {
  enum { COUNT = 65536 };
  uint16_t *all = malloc(COUNT * 2), *back = malloc(COUNT * 2);
  float *wide = o2m_new_floats(COUNT);
  for (uint32_t i = 0; i < COUNT; i++) all[i] = (uint16_t)i;
  o2m_cast(O2M_ELEMENT_F16, O2M_ELEMENT_F32, COUNT, all, wide, NULL);
  o2m_cast(O2M_ELEMENT_F32, O2M_ELEMENT_F16, COUNT, wide, back, NULL);
  float *scalar = o2m_new_floats(COUNT);
  const size_t set = o2m_simd();
  o2m_simd_use(o2m_scalar());
  o2m_cast(O2M_ELEMENT_F16, O2M_ELEMENT_F32, COUNT, all, scalar, NULL);
  o2m_simd_use(set);
  o2m_expect_bits(report, wide, scalar, COUNT * sizeof(float), "f16 to f32, scalar bits");
  free(scalar);
  for (uint32_t i = 0; i < COUNT; i++) {
    const int nan = (i & 0x7c00) == 0x7c00 && (i & 1023);
    const double want = (i & 0x7c00) == 0x7c00 ? INFINITY : f16_value((uint16_t)(i & 0x7fff));
    o2m_expect(report, nan ? wide[i] != wide[i] : fabs((double)wide[i]) == want && !signbit(wide[i]) == !(i >> 15), "f16 to f32", i,
               wide[i], want);
    o2m_expect(report, nan ? (back[i] & 0x7c00) == 0x7c00 && (back[i] & 1023) : back[i] == i, "f16 round trip", i, back[i], i);
  }
  for (size_t i = 0; i < COUNT; i++) {
    const uint32_t bits = (uint32_t)i * 65537u + 0x1000u * (i % 3);
    memcpy(wide + i, &bits, 4);
    if (i % 4 == 0)
      wide[i] =
          (float)f16_value((uint16_t)(i % 0x7bff)) + (float)(f16_value((uint16_t)(i % 0x7bff) + 1) - f16_value((uint16_t)(i % 0x7bff))) / 2;
    if (i % 4 == 1) wide[i] = o2m_noise(1, i, 70000);
  }
  for (int brain = 0; brain < 2; brain++) {
    o2m_cast(O2M_ELEMENT_F32, brain ? O2M_ELEMENT_BF16 : O2M_ELEMENT_F16, COUNT, wide, back, NULL);
    for (size_t i = 0; i < COUNT; i++) {
      const uint16_t infinity = brain ? 0x7f80 : 0x7c00;
      const uint16_t want = wide[i] != wide[i] ? 0 : nearest_pattern(wide[i], brain ? bf16_value : f16_value, infinity);
      o2m_expect(report, wide[i] != wide[i] ? (back[i] & 0x7fff) > infinity : back[i] == want, brain ? "f32 to bf16" : "f32 to f16", i,
                 back[i], want);
    }
  }
  free(all), free(back), free(wide);
}

void o2m_check_cast(struct o2m_check_report *report) {
  check_halves(report);
  // Values that every type holds survive every pair of casts; counts straddle the vectors and the blocks.
  static const size_t counts[] = {0, 1, 3, 7, 8, 9, 17, 33, 300};
  for (size_t k = 0; k < sizeof counts / sizeof counts[0]; k++) {
    const size_t n = counts[k];
    double *x = malloc((n + 1) * 8), *z = malloc((n + 1) * 8);
    void *a = malloc((n + 1) * 8), *b = malloc((n + 1) * 8);
    for (int from = 0; from < ELEMENTS; from++) {
      for (int to = 0; to < ELEMENTS; to++) {
        const int small = elements[from] == O2M_ELEMENT_BOOL || elements[to] == O2M_ELEMENT_BOOL;
        for (size_t i = 0; i < n; i++) x[i] = small ? (double)(i % 2) : (double)(i * 7 % 128);
        o2m_expect(report, o2m_cast(O2M_ELEMENT_F64, elements[from], n, x, a, NULL) == 0, "cast", (size_t)from, 0, 0);
        o2m_cast(elements[from], elements[to], n, a, b, NULL);
        o2m_cast(elements[to], O2M_ELEMENT_F64, n, b, z, NULL);
        for (size_t i = 0; i < n; i++) o2m_expect(report, z[i] == x[i], "round trip", (size_t)(from * 100 + to) * 1000 + i, z[i], x[i]);
      }
    }
    free(x), free(z), free(a), free(b);
  }
  const double wild[8] = {NAN, INFINITY, -INFINITY, 300.7, -300.7, 1e30, -1.9, 2147483648.0};
  const int8_t s8[8] = {0, -1, 0, 44, -44, -1, -1, 0};
  const uint8_t u8[8] = {0, 255, 0, 44, 212, 255, 255, 0};
  const int32_t s32[8] = {0, -1, 0, 300, -300, -1, -1, INT32_MIN};
  const uint64_t u64[8] = {0, UINT64_MAX, 1ull << 63, 300, (uint64_t)-300, UINT64_MAX, (uint64_t)-1, 1ull << 31};
  uint64_t got64[8];
  o2m_cast(O2M_ELEMENT_F64, O2M_ELEMENT_U64, 8, wild, got64, NULL), o2m_expect_bits(report, got64, u64, 64, "to u64");
  int8_t got8[8];
  uint8_t gotu[8];
  int32_t got32[8];
  o2m_cast(O2M_ELEMENT_F64, O2M_ELEMENT_S8, 8, wild, got8, NULL), o2m_expect_bits(report, got8, s8, 8, "to s8");
  o2m_cast(O2M_ELEMENT_F64, O2M_ELEMENT_U8, 8, wild, gotu, NULL), o2m_expect_bits(report, gotu, u8, 8, "to u8");
  o2m_cast(O2M_ELEMENT_F64, O2M_ELEMENT_S32, 8, wild, got32, NULL), o2m_expect_bits(report, got32, s32, 32, "to s32");
  const int64_t wide[4] = {300, -1, (1ll << 53) + 1, (1ll << 60) + (1ll << 52) + 1};
  float f32[4];
  uint16_t b16[4];
  o2m_cast(O2M_ELEMENT_S64, O2M_ELEMENT_U8, 4, wide, gotu, NULL);
  o2m_expect(report, gotu[0] == 44 && gotu[1] == 255 && gotu[2] == 1, "wraps", 0, gotu[0], 44);
  o2m_cast(O2M_ELEMENT_S64, O2M_ELEMENT_F32, 4, wide, f32, NULL);
  for (size_t i = 0; i < 4; i++) o2m_expect(report, f32[i] == (float)wide[i], "s64 to f32", i, f32[i], (double)wide[i]);
  o2m_cast(O2M_ELEMENT_S64, O2M_ELEMENT_BF16, 4, wide, b16, NULL);
  // 2^60 + 2^52 + 1 lies just above a tie of bfloat16: one rounding goes up, two would go down.
  o2m_expect(report, b16[3] == 0x5d81, "s64 to bf16", 3, b16[3], 0x5d81);
  o2m_expect(report, o2m_cast((enum o2m_element)8, O2M_ELEMENT_F32, 1, wide, f32, NULL) == -1, "strings", 0, 0, -1);
}

// By ranges on both sides of 0, on one, of one number, and none at all.
static void check_dynamic_quantize(struct o2m_check_report *report) {
  const size_t n = 70001;
  float *x = o2m_new_floats(n);
  uint8_t *y = malloc(n);
  for (int kind = 0; kind < 5; kind++) {
    o2m_fill_noise(x, n, (uint32_t)kind, 3);
    double least = 0, most = 0;
    for (size_t i = 0; i < n; i++) {
      x[i] = kind == 0 ? x[i] : kind == 1 ? fabsf(x[i]) : kind == 2 ? -fabsf(x[i]) - 1 : kind == 3 ? i == n - 1 : 0;
      least = fmin(least, x[i]), most = fmax(most, x[i]);
    }
    x[n / 2] = kind == 0 ? NAN : x[n / 2];
    float scale;
    uint8_t zero;
    o2m_dynamic_quantize(n, x, y, &scale, &zero, NULL);
    const float want_scale = (most == least ? 1 : (float)most - (float)least) / 255;
    const double want_zero = fmin(255, rint((double)((float)-least / want_scale)));
    o2m_expect(report, scale == want_scale, "dynamic scale", (size_t)kind, scale, want_scale);
    o2m_expect(report, zero == want_zero, "dynamic zero point", (size_t)kind, zero, want_zero);
    for (size_t i = 0; i < n; i++) {
      const double want = fmin(fmax((x[i] != x[i] ? 0 : rint((double)(x[i] / scale))) + zero, 0), 255);
      o2m_expect(report, y[i] == want, "dynamic quantize", i, y[i], want);
    }
  }
  free(x), free(y);
}

void o2m_check_quantize(struct o2m_check_report *report) {
  const size_t outer = 3, axis = 4, inner = 9, n = outer * axis * inner;
  float *x = o2m_new_floats(n), *y = o2m_new_floats(n);
  o2m_fill_noise(x, n, 1, 20);
  x[0] = NAN, x[1] = INFINITY, x[2] = -INFINITY, x[3] = 0.25f, x[4] = 0.75f;
  const float scale[4] = {0.5f, 0.1f, 0.013f, 1};
  const uint8_t zero_u[4] = {128, 0, 255, 7};
  const int8_t zero_s[4] = {0, -128, 127, 7};
  for (int is_signed = 0; is_signed < 2; is_signed++) {
    uint8_t q[128];
    const enum o2m_element type = is_signed ? O2M_ELEMENT_S8 : O2M_ELEMENT_U8;
    o2m_quantize(type, outer, axis, inner, x, scale, is_signed ? (const void *)zero_s : zero_u, q, NULL);
    o2m_dequantize(type, outer, axis, inner, q, scale, is_signed ? (const void *)zero_s : zero_u, y, NULL);
    for (size_t i = 0; i < n; i++) {
      const size_t c = i / inner % axis;
      const int zero = is_signed ? zero_s[c] : zero_u[c], got = is_signed ? (int8_t)q[i] : q[i];
      double want = x[i] != x[i] ? zero : rint((double)(x[i] / scale[c])) + zero;
      want = fmin(fmax(want, is_signed ? -128 : 0), is_signed ? 127 : 255);
      o2m_expect(report, got == want, "quantize", i, got, want);
      o2m_expect_near(report, y[i], (float)(got - zero) * scale[c], 0, "dequantize", i);
    }
  }
  const int32_t wide[3] = {-7, 100000, 3};
  o2m_dequantize(O2M_ELEMENT_S32, 1, 1, 3, wide, scale, NULL, y, NULL);
  for (size_t i = 0; i < 3; i++) o2m_expect_near(report, y[i], (float)wide[i] * 0.5f, 0, "dequantize s32", i);
  o2m_expect(report, o2m_quantize(O2M_ELEMENT_S32, 1, 1, 1, x, scale, NULL, y, NULL) == -1, "quantize s32", 0, 0, -1);
  free(x), free(y);
  check_dynamic_quantize(report);
}

void o2m_check_gather(struct o2m_check_report *report) {
  const int32_t narrow[4] = {2, -1, 0, -3};
  const int64_t wide[4] = {2, -1, 0, -3}, bad[2] = {0, 3}, low[1] = {-4};
  const size_t outer = 2, axis = 3;
  for (size_t inner = 1; inner < 20; inner += 5) {
    uint8_t x[200], y[200], want[200];
    for (size_t i = 0; i < outer * axis * inner; i++) x[i] = (uint8_t)(i * 3 + 1);
    for (size_t i = 0; i < outer * 4 * inner; i++) {
      const size_t k = i / inner % 4, at = (size_t)(narrow[k] < 0 ? narrow[k] + 3 : narrow[k]);
      want[i] = x[(i / inner / 4 * axis + at) * inner + i % inner];
    }
    for (int type = 0; type < 2; type++) {
      memset(y, 0, sizeof y);
      const int result =
          o2m_gather(outer, axis, inner, type ? O2M_ELEMENT_S64 : O2M_ELEMENT_S32, 4, type ? (const void *)wide : narrow, x, y, NULL);
      o2m_expect(report, result == 0, "gather", inner, result, 0);
      o2m_expect_bits(report, y, want, outer * 4 * inner, "gather");
    }
    memset(y, 9, sizeof y);
    o2m_expect(report, o2m_gather(outer, axis, inner, O2M_ELEMENT_S64, 2, bad, x, y, NULL) == -1 && y[0] == 9, "index 3 of 3", 0, 0, -1);
    o2m_expect(report, o2m_gather(outer, axis, inner, O2M_ELEMENT_S64, 1, low, x, y, NULL) == -1 && y[0] == 9, "index -4 of 3", 0, 0, -1);
  }
  const uint16_t data[6] = {10, 11, 12, 13, 14, 15}, elements_want[4] = {14, 11, 10, 15};
  const int64_t indices[4] = {2, 0, -3, 2};
  uint16_t got[4];
  o2m_gather_elements(1, 3, 2, 2, 2, O2M_ELEMENT_S64, indices, data, got);
  o2m_expect_bits(report, got, elements_want, sizeof got, "gather elements");

  // Rows 1 and 2 of a table of 3 by 4, at the first two columns; in place too.
  uint16_t table[12], want[12];
  for (uint16_t i = 0; i < 12; i++) table[i] = want[i] = i;
  const size_t extents[2] = {3, 4}, index_extents[2] = {2, 2};
  const int32_t columns[4] = {3, 0, -1, 1}, outside[4] = {0, 1, 4, 0};
  const uint16_t updates[4] = {50, 51, 52, 53};
  want[3] = 50, want[0] = 51, want[7] = 52, want[5] = 53;
  uint16_t scattered[12] = {0};
  const int status = o2m_scatter_elements(2, 1, extents, index_extents, 2, O2M_ELEMENT_S32, columns, updates, table, scattered);
  o2m_expect(report, status == 0, "scatter elements", 0, status, 0);
  o2m_expect_bits(report, scattered, want, sizeof want, "scatter elements");
  o2m_expect(report, o2m_scatter_elements(2, 1, extents, index_extents, 2, O2M_ELEMENT_S32, outside, updates, table, table) == -1,
             "index 4 of 4", 0, 0, -1);
  o2m_scatter_elements(2, 1, extents, index_extents, 2, O2M_ELEMENT_S32, columns, updates, table, table);
  o2m_expect_bits(report, table, want, sizeof want, "scatter in place");
}
