#include "products/f32_gemm.h"

#if O2M_ARCH_ARM64
#include "simd/f32_vector_neon.h"
#include "simd/f32_vector.h"

#define O2M_TILE 4
#define O2M_WIDE 4
#include "f32_winograd_tile.h"
#endif
