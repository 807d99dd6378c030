// What the checks share: numbers that look random and never change, comparisons, and memory with a guard behind it.
#ifndef O2M_CHECKS_PRIVATE_H
#define O2M_CHECKS_PRIVATE_H

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "o2m_checks.h"
#include "o2m_kernels.h"

#define O2M_CHECK(name) void o2m_check_##name(struct o2m_check_report *report);
#define O2M_KERNELS(name) O2M_CHECK(name) void o2m_bench_##name(struct o2m_bench *bench);
#include "o2m_checks.inc"

enum { O2M_GUARD = 64 };  // elements after a buffer that must stay as they are

// f32 in [-range, range), a function of seed and i.
float o2m_noise(uint32_t seed, size_t i, float range);

// n elements and a guard, filled with a pattern; from malloc.
float *o2m_new_floats(size_t n);
void o2m_fill_noise(float *x, size_t n, uint32_t seed, float range);

// |got - want| in units in the last place of f32 at `want`; 0 where both are NaN, a huge number where one is.
double o2m_ulps(float got, double want);

// Counts a case; on failure notes `label`, the position and both values when it is the first.
void o2m_expect(struct o2m_check_report *report, int holds, const char *label, size_t index, double got, double want);
void o2m_expect_near(struct o2m_check_report *report, float got, double want, double tolerance, const char *label, size_t index);
void o2m_expect_bits(struct o2m_check_report *report, const void *got, const void *want, size_t bytes, const char *label);
// That the guard after x[n] is whole.
void o2m_expect_guard(struct o2m_check_report *report, const float *x, size_t n, const char *label);

size_t o2m_scalar(void);

// An activation above O2M_ACT_HARD_SWISH in f64, and the error of y as a share of what is allowed.
double o2m_activation_exact(uint32_t kind, double x);
double o2m_activation_share(uint32_t kind, double x, double y, double expected);

#endif
