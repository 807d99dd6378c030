// The vector kernels for AVX2 with FMA and F16C.
#include "o2m_platform.h"

#if O2M_ARCH_X86_64
#define O2M_SIMD_NAME "avx2"
#define O2M_SIMD_NEEDS O2M_CPU_AVX2
#include "lanes_avx2.h"

#include "simd_bodies.inc"
#endif
