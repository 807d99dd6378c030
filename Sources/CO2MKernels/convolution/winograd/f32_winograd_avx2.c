#include "products/f32_gemm.h"

#if O2M_ARCH_X86_64
#include "simd/f32_vector_avx2.h"
#include "simd/f32_vector.h"

#define O2M_TILE 6
#define O2M_WIDE 2
#include "f32_winograd_tile.h"
#endif
