// Which instruction set the vector kernels use.
//
// Each vector kernel is one body (Sources/CO2MKernels/*_body.inc) compiled once per instruction set of o2m_simd.inc; struct
// o2m_simd is one such set of kernels. The scalar set is the same body on vectors of one lane and runs everywhere.
//
// All sets use the same polynomials. AVX2 and NEON fuse a * b + c, wasm and scalar do not, so kernels with such a step agree
// to a few ulp and not to the bit; each family's header says which are bit-exact. A tail is done by the same vector operations
// as the body, so no result depends on where a thread's piece begins or ends.
#ifndef O2M_SIMD_H
#define O2M_SIMD_H

#include "o2m_platform.h"

#ifdef __cplusplus
extern "C" {
#endif

struct o2m_simd;  // the members stand in o2m_simd_kernels.h; most callers need only the operator functions

// The sets in this build, best first; the last one is scalar.
size_t o2m_simd_count(void);
const struct o2m_simd *o2m_simd_at(size_t index);
const char *o2m_simd_name(const struct o2m_simd *set);
uint32_t o2m_simd_needs(const struct o2m_simd *set);  // O2M_CPU_… bits

// The set that operator functions use: the first whose needs this CPU has, or what o2m_simd_use chose.
const struct o2m_simd *o2m_simd(void);

// Uses `set` from now on; NULL returns to the best. For tests and benchmarks: not while a kernel runs, and never a set whose
// needs this CPU lacks.
void o2m_simd_use(const struct o2m_simd *set);

#ifdef __cplusplus
}
#endif
#endif
