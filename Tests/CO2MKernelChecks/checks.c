#include "checks.h"

typedef void check(struct o2m_check_report *report);

static const struct {
  const char *name;
  check *run;
} checks[] = {
#define O2M_CHECK(name) {#name, o2m_check_##name},
#define O2M_KERNELS O2M_CHECK
#include "o2m_checks.inc"
};

size_t o2m_check_count(void) { return sizeof checks / sizeof checks[0]; }
const char *o2m_check_name(size_t index) { return checks[index].name; }

void o2m_check_run(size_t index, size_t set, uint32_t seeds, struct o2m_check_report *report) {
  *report = (struct o2m_check_report){.seeds = seeds};
  o2m_simd_use(set);
  checks[index].run(report);
  o2m_simd_use(o2m_simd_best());
}

size_t o2m_scalar(void) { return o2m_simd_count() - 1; }

float o2m_noise(uint32_t seed, size_t i, float range) {
  uint64_t z = ((uint64_t)seed << 32) + i * 0x9e3779b97f4a7c15ull;
  z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ull;
  z = (z ^ z >> 27) * 0x94d049bb133111ebull;
  z ^= z >> 31;
  return ((float)(z >> 40) * 0x1p-23f - 1.0f) * range;
}

static const float guard = -7.25e17f;

float *o2m_new_floats(size_t n) {
  float *x = malloc((n + O2M_GUARD) * sizeof(float));
  for (size_t i = 0; i < n + O2M_GUARD; i++) x[i] = guard;
  return x;
}

void o2m_fill_noise(float *x, size_t n, uint32_t seed, float range) {
  for (size_t i = 0; i < n; i++) x[i] = o2m_noise(seed, i, range);
}

double o2m_ulps(float got, double want) {
  if (want != want || got != got) return want != want && got != got ? 0 : 1e30;
  if ((double)got == want) return 0;
  // Beyond the largest f32 the correctly rounded result is infinity, one step past the largest.
  const double largest = 0x1.fffffep127, limit = 0x1p128;
  const double g = isinf(got) ? copysign(limit, got) : got,
               w = fabs(want) > largest ? copysign(fabs(want) < limit ? fabs(want) : limit, want) : want;
  int exponent;
  frexp(w, &exponent);
  if (exponent > 128) exponent = 128;
  return fabs(g - w) / ldexp(1.0, exponent - 24 < -149 ? -149 : exponent - 24);
}

void o2m_expect(struct o2m_check_report *report, int holds, const char *label, size_t index, double got, double want) {
  report->cases++;
  if (holds) return;
  if (report->failures++ == 0) {
    snprintf(report->first, sizeof report->first, "%s: element %lu is %.9g, expected %.9g", label, (unsigned long)index, got, want);
  }
}

void o2m_expect_near(struct o2m_check_report *report, float got, double want, double tolerance, const char *label, size_t index) {
  const int same = (got != got && want != want) || got == want;
  const double error = same ? 0 : fabs((double)got - want);
  if (error > report->worst) report->worst = error;
  o2m_expect(report, error <= tolerance, label, index, got, want);
}

void o2m_expect_bits(struct o2m_check_report *report, const void *got, const void *want, size_t bytes, const char *label) {
  const uint8_t *g = got, *w = want;
  size_t at = 0;
  while (at < bytes && g[at] == w[at]) at++;
  o2m_expect(report, at == bytes, label, at, at < bytes ? g[at] : 0, at < bytes ? w[at] : 0);
}

void o2m_expect_guard(struct o2m_check_report *report, const float *x, size_t n, const char *label) {
  for (size_t i = n; i < n + O2M_GUARD; i++) {
    if (x[i] != guard) {
      o2m_expect(report, 0, label, i, x[i], guard);
      return;
    }
  }
}
