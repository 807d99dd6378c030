// 6 pixels by 16 columns, or 12 by 8, in 24 registers.
#include "f32_planar.h"
#include "products/f32_gemm_copy.h"

#if O2M_ARCH_ARM64
#include "simd/f32_vector_neon.h"
#include "simd/f32_vector.h"

#define O2M_PLANAR_TILE 6
#define O2M_PLANAR_WIDE 4
#define O2M_PLANAR_NARROW 12
#define O2M_PLANAR_SLIM 2
#include "f32_planar_tile.h"
#endif
