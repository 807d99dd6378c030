// The vector kernels for wasm SIMD128.
#include "o2m_platform.h"

#if O2M_ARCH_WASM && defined(__wasm_simd128__)
#define O2M_SIMD_NAME "simd128"
#define O2M_SIMD_NEEDS O2M_CPU_SIMD128
#include "lanes_simd128.h"

#include "simd_bodies.inc"
#endif
