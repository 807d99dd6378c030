// Which instruction set the kernels use.
//
// Each kernel is one body (Sources/CO2MKernels/*_body.inc) compiled once per instruction set. The scalar set is the same body on vectors of
// one lane; it runs everywhere, and is the reference for the others.
//
// All sets use the same polynomials. AVX2 and NEON fuse a * b + c, wasm and scalar do not, relaxed SIMD of wasm as the machine does, so
// kernels with such a step agree to a few ulp and not to the bit; each family's header says which are bit-exact. A tail is done by the same
// vector operations as the body, so no result depends on where a thread's piece begins or ends.
#ifndef O2M_SIMD_H
#define O2M_SIMD_H

#include "o2m_platform.h"

#ifdef __cplusplus
extern "C" {
#endif

// The sets in this build, best first, and what they need of the CPU: O2M_CPU_ bits.
size_t o2m_simd_count(void);
const char *o2m_simd_name(size_t set);
uint32_t o2m_simd_needs(size_t set);

// The first set whose needs this CPU has.
size_t o2m_simd_best(void);

// The set that kernels use which this thread calls: the best, or what o2m_simd_use chose for this thread.
size_t o2m_simd(void);

// For tests and benchmarks: never a set whose needs this CPU lacks, and the same set for a function as for its scratch bytes. The library
// that ships always uses the best one.
void o2m_simd_use(size_t set);

#ifdef __cplusplus
}
#endif
#endif
