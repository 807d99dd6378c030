// The vector kernels for NEON.
#include "o2m_platform.h"

#if O2M_ARCH_ARM64
#define O2M_SIMD_NAME "neon"
#define O2M_SIMD_NEEDS O2M_CPU_NEON
#include "lanes_neon.h"

#include "simd_bodies.inc"
#endif
