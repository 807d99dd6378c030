// The instruction sets that have kernels: X(isa, needs, ...), best first. Each is a header, vector_<isa>.h, and a file that compiles all
// kernels with it, kernels_<isa>.c.
#ifndef O2M_SETS_H
#define O2M_SETS_H

#include "o2m_platform.h"

#if O2M_ARCH_X86_64
#define O2M_VECTOR_SETS(X, ...) X(avx2, O2M_CPU_AVX2, __VA_ARGS__)
#elif O2M_ARCH_ARM64
#define O2M_VECTOR_SETS(X, ...) X(neon, O2M_CPU_NEON, __VA_ARGS__)
#elif defined(__wasm_simd128__)
#define O2M_VECTOR_SETS(X, ...) X(simd128, O2M_CPU_SIMD128, __VA_ARGS__)
#else
#define O2M_VECTOR_SETS(X, ...)
#endif

#if O2M_WITH_SCALAR
#define O2M_SETS(X, ...) O2M_VECTOR_SETS(X, __VA_ARGS__) X(scalar, 0, __VA_ARGS__)
#else
#define O2M_SETS O2M_VECTOR_SETS
#endif

#endif
