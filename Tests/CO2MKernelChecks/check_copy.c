#include "checks.h"

// N-d copies: dims, source strides, destination strides in elements; the first elements are placed so that nothing is negative.
static const struct {
  uint32_t rank;
  size_t dims[4];
  ptrdiff_t from[4], to[4];
} copies[] = {
    {1, {17}, {1}, {1}},
    {1, {9}, {-1}, {1}},
    {1, {9}, {0}, {1}},
    {2, {3, 7}, {7, 1}, {9, 1}},
    {2, {33, 65}, {1, 33}, {65, 1}},
    {2, {100, 3}, {1, 100}, {3, 1}},
    {3, {2, 40, 35}, {1400, 1, 40}, {1400, 35, 1}},
    {4, {2, 3, 4, 5}, {60, 1, 15, 3}, {60, 20, 5, 1}},
    {4, {2, 4, 3, 5}, {60, 15, 5, 1}, {60, 5, 20, 1}},
    {3, {4, 5, 6}, {-30, 6, -1}, {30, 6, 1}},
    {3, {4, 5, 6}, {0, 6, 1}, {30, 6, 1}},
    {2, {4, 6}, {6, 1}, {1, 4}},
    {2, {4, 6}, {12, 2}, {6, 1}},
    {1, {0}, {1}, {1}},
    {0, {0}, {0}, {0}},
    {2, {1, 8}, {3, 1}, {99, 1}},
    {2, {5, 1}, {3, 1}, {2, 1}},
};

static size_t span(uint32_t rank, const size_t *dims, const ptrdiff_t *strides, size_t *first) {
  size_t below = 0, above = 0;
  for (uint32_t i = 0; i < rank; i++) {
    if (dims[i] == 0) return *first = 0;
    if (strides[i] < 0)
      below += (size_t)-strides[i] * (dims[i] - 1);
    else
      above += (size_t)strides[i] * (dims[i] - 1);
  }
  *first = below;
  return below + above + 1;
}

static void check_one(struct o2m_check_report *report, uint32_t bytes, uint32_t rank, const size_t *dims, const ptrdiff_t *from_strides,
                      const ptrdiff_t *to_strides, size_t label) {
  size_t from_first, to_first, count = 1;
  const size_t from = span(rank, dims, from_strides, &from_first), to = span(rank, dims, to_strides, &to_first);
  uint8_t *x = malloc(from * bytes + 8), *y = malloc(to * bytes + 8), *want = malloc(to * bytes + 8);
  for (size_t i = 0; i < from * bytes; i++) x[i] = (uint8_t)(i * 37 + i / 256 * 11 + 1);
  memset(y, 0xee, to * bytes + 8), memset(want, 0xee, to * bytes + 8);
  for (uint32_t i = 0; i < rank; i++) count *= dims[i];
  for (size_t i = 0; i < count; i++) {
    size_t rest = i;
    ptrdiff_t s = (ptrdiff_t)from_first, d = (ptrdiff_t)to_first;
    for (uint32_t r = rank; r-- > 0; rest /= dims[r]) {
      s += (ptrdiff_t)(rest % dims[r]) * from_strides[r], d += (ptrdiff_t)(rest % dims[r]) * to_strides[r];
    }
    memcpy(want + (size_t)d * bytes, x + (size_t)s * bytes, bytes);
  }
  struct o2m_copy_plan plan;
  o2m_expect(report, o2m_plan_copy(&plan, bytes, rank, dims, from_strides, to_strides) == 0, "plan", label, 0, 0);
  o2m_copy(&plan, x + from_first * bytes, y + to_first * bytes, NULL);
  o2m_expect_bits(report, y, want, to * bytes + 8, "copy");
  free(x), free(y), free(want);
}

static uint32_t below(uint32_t seed, size_t i, uint32_t limit) {
  return (uint32_t)((o2m_noise(seed, i, 1) + 1) / 2 * (float)limit) % limit;
}

// Strides of a buffer whose dims lie in a random order, with gaps; `free_form` also repeats (stride 0) and runs backwards.
static void random_strides(uint32_t seed, uint32_t rank, const size_t *dims, int free_form, ptrdiff_t *strides) {
  uint32_t order[8];
  for (uint32_t i = 0; i < rank; i++) order[i] = i;
  for (uint32_t i = rank; i > 1; i--) {
    const uint32_t k = below(seed, i, i), other = order[i - 1];
    order[i - 1] = order[k], order[k] = other;
  }
  size_t extent = 1;
  for (uint32_t i = rank; i-- > 0;) {
    const uint32_t d = order[i], kind = below(seed, 100 + i, 8);
    extent *= kind == 7 ? 2 : 1;
    strides[d] = (ptrdiff_t)extent;
    if (free_form && kind == 0)
      strides[d] = 0;
    else
      extent *= dims[d];
    if (free_form && kind == 1) strides[d] = -strides[d];
  }
}

void o2m_check_copy(struct o2m_check_report *report) {
  for (size_t k = 0; k < sizeof copies / sizeof copies[0]; k++) {
    for (uint32_t bytes = 1; bytes <= 8; bytes *= 2) {
      check_one(report, bytes, copies[k].rank, copies[k].dims, copies[k].from, copies[k].to, k);
    }
  }
  for (uint32_t seed = 0; seed < 2000; seed++) {
    const uint32_t rank = below(seed, 50, 9), most = rank < 4 ? 40 : rank < 6 ? 6 : 4;
    size_t dims[8];
    ptrdiff_t from[8], to[8];
    for (uint32_t i = 0; i < rank; i++) dims[i] = 1 + below(seed, 60 + i, most);
    if (seed % 50 == 0 && rank > 0) dims[rank / 2] = 0;
    random_strides(seed, rank, dims, 1, from), random_strides(seed + 10000, rank, dims, 0, to);
    check_one(report, 1u << seed % 4, rank, dims, from, to, seed + 1000);
  }
  for (uint32_t groups = 1; groups <= 5; groups++) {
    for (size_t each = 1; each < 40; each += 6) {
      const size_t c = groups * each, pixels = 3;
      float *x = o2m_new_floats(pixels * (c + 2)), *y = o2m_new_floats(pixels * (c + 1));
      o2m_fill_noise(x, pixels * (c + 2), 4, 1);
      o2m_x32_channel_shuffle(groups, pixels, c, x, c + 2, y, c + 1, NULL);
      for (size_t i = 0; i < pixels * c; i++) {
        const size_t at = i % c;
        o2m_expect_near(report, y[i / c * (c + 1) + at], x[i / c * (c + 2) + at % groups * each + at / groups], 0, "shuffle", i);
      }
      o2m_expect_guard(report, y, pixels * (c + 1), "guard");
      free(x), free(y);
    }
  }
  struct o2m_copy_plan plan;
  const size_t one[1] = {1};
  const ptrdiff_t unit[1] = {1};
  o2m_expect(report, o2m_plan_copy(&plan, 3, 1, one, unit, unit) == -1, "3 bytes", 0, 0, -1);
}

static ptrdiff_t source(enum o2m_pad_mode mode, ptrdiff_t i, ptrdiff_t n) {
  if (mode == O2M_PAD_CONSTANT) return i < 0 || i >= n ? -1 : i;
  if (mode == O2M_PAD_EDGE) return i < 0 ? 0 : i >= n ? n - 1 : i;
  while (i < 0 || i >= n) {
    if (mode == O2M_PAD_WRAP)
      i += i < 0 ? n : -n;
    else
      i = n == 1 ? 0 : i < 0 ? -i : 2 * (n - 1) - i;
  }
  return i;
}

void o2m_check_pad(struct o2m_check_report *report) {
  static const struct {
    size_t dims[3];
    ptrdiff_t before[3], after[3];
  } pads[] = {
      {{3, 4, 5}, {0, 0, 0}, {0, 0, 0}},   {{3, 4, 5}, {1, 2, 0}, {2, 1, 0}}, {{3, 4, 5}, {0, 1, 2}, {0, 0, 3}},
      {{3, 4, 5}, {-1, 1, 0}, {0, -2, 0}}, {{2, 1, 3}, {5, 3, 7}, {4, 2, 8}}, {{3, 4, 5}, {0, 0, -2}, {1, 0, 1}},
      {{3, 4, 5}, {-3, 0, 0}, {0, 0, 0}},
  };
  for (size_t k = 0; k < sizeof pads / sizeof pads[0]; k++) {
    for (int mode = 0; mode < 4; mode++) {
      for (uint32_t bytes = 1; bytes <= 8; bytes *= 2) {
        const uint64_t value = 0x8877665544332211ull;
        struct o2m_pad_params p;
        size_t out[3], count = 1, in = 1;
        for (int i = 0; i < 3; i++) {
          out[i] = (size_t)((ptrdiff_t)pads[k].dims[i] + pads[k].before[i] + pads[k].after[i]);
          count *= out[i], in *= pads[k].dims[i];
        }
        o2m_expect(report, o2m_plan_pad(&p, (enum o2m_pad_mode)mode, bytes, 3, pads[k].dims, pads[k].before, pads[k].after, value) == 0,
                   "plan", k, 0, 0);
        uint8_t *x = malloc(in * bytes), *y = malloc(count * bytes + 8), *want = malloc(count * bytes + 8);
        for (size_t i = 0; i < in * bytes; i++) x[i] = (uint8_t)(i * 37 + 1);
        memset(y, 0xee, count * bytes + 8), memset(want, 0xee, count * bytes + 8);
        for (size_t i = 0; i < count; i++) {
          const size_t index[3] = {i / out[2] / out[1], i / out[2] % out[1], i % out[2]};
          ptrdiff_t at = 0;
          for (int d = 0; d < 3; d++) {
            const ptrdiff_t s = source((enum o2m_pad_mode)mode, (ptrdiff_t)index[d] - pads[k].before[d], (ptrdiff_t)pads[k].dims[d]);
            at = at < 0 || s < 0 ? -1 : at * (ptrdiff_t)pads[k].dims[d] + s;
          }
          memcpy(want + i * bytes, at < 0 ? (const uint8_t *)&value : x + (size_t)at * bytes, bytes);
        }
        o2m_pad(&p, x, y, NULL);
        o2m_expect_bits(report, y, want, count * bytes + 8, "pad");
        free(x), free(y), free(want);
      }
    }
  }
  struct o2m_pad_params p;
  const size_t dims[1] = {3};
  const ptrdiff_t before[1] = {-4}, after[1] = {0};
  o2m_expect(report, o2m_plan_pad(&p, O2M_PAD_CONSTANT, 4, 1, dims, before, after, 0) == -1, "negative dim", 0, 0, -1);
}
