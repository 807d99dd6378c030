#include "o2m_peak.h"

#include "o2m_platform.h"

enum {
  SUMS = 12,      // independent, so that no result is waited for
  STEPS = 20000,  // some tens of microseconds
  ROUNDS = 100,
};

// SUMS * STEPS multiply-adds of `lanes` floats each; nothing can be left out, because the sums are asked for.
#define LOOP(name, target, vector)                                        \
  target static void name(void) {                                         \
    vector sums[SUMS] = {{0}};                                            \
    const vector a = (vector){0} + 0.5f, b = (vector){0} + 0.25f;         \
    for (int step = 0; step < STEPS; step++) {                            \
      _Pragma("clang loop unroll(full)") for (int i = 0; i < SUMS; i++) { \
        sums[i] = FMA(a, sums[i], b);                                     \
        __asm__ volatile("" : KEEP(sums[i]));                             \
      }                                                                   \
    }                                                                     \
  }

#if O2M_ARCH_X86_64
#include <immintrin.h>
typedef float wide __attribute__((vector_size(32)));
typedef float narrow __attribute__((vector_size(16)));
#define KEEP(x) "+x"(x)
#define FMA(a, x, b) (wide) _mm256_fmadd_ps((__m256)(a), (__m256)(x), (__m256)(b))
LOOP(fused, __attribute__((target("avx2,fma"))), wide)
#undef FMA
#define FMA(a, x, b) ((a) * (x) + (b))
LOOP(plain, , narrow)
static void (*loop(int *lanes))(void) {
  const int wide_here = (o2m_cpu_features() & O2M_CPU_AVX2) != 0;
  *lanes = wide_here ? 8 : 4;
  return wide_here ? fused : plain;
}
#else
typedef float narrow __attribute__((vector_size(16)));
#if O2M_ARCH_ARM64
#include <arm_neon.h>
#define KEEP(x) "+w"(x)
#define FMA(a, x, b) (narrow) vfmaq_f32((float32x4_t)(b), (float32x4_t)(a), (float32x4_t)(x))
#else
#define KEEP(x) "+m"(x)
#define FMA(a, x, b) ((a) * (x) + (b))
#endif
LOOP(plain, , narrow)
static void (*loop(int *lanes))(void) {
  *lanes = 4;
  return plain;
}
#endif

double o2m_f32_peak(void) {
  int lanes;
  void (*const run)(void) = loop(&lanes);
  double best = 0;
  for (int round = 0; round < ROUNDS; round++) {
    const uint64_t start = o2m_nanoseconds();
    run();
    const double time = (double)(o2m_nanoseconds() - start), rate = 2.0 * lanes * SUMS * STEPS / (time > 0 ? time : 1);
    best = rate > best ? rate : best;
  }
  return best;
}
