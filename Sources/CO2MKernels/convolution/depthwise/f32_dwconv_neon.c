// 7 pixels by 8 channels in 14 registers; 10 more hold the weights of a line and 2 the input.
#include "f32_dwconv.h"
#include "products/f32_gemm_copy.h"

#if O2M_ARCH_ARM64
#include "simd/f32_vector_neon.h"
#include "simd/f32_vector.h"

#define O2M_DWCONV_WIDE 2
#include "f32_dwconv_tile.h"

#define O2M_EXPAND_TILE 6
#define O2M_EXPAND_WIDE 4
#include "f32_expand_tile.h"
#endif
