// 4 rows by 16 columns in 16 registers; 4 more hold the weights of a k, and 8 the input of 8, which is multiplied by lane. More rows
// would leave no room for whole vectors of the input: 6 of them spend every sixth instruction on loads, these every tenth.
#include "f32_gemm.h"

#if O2M_ARCH_ARM64
#include "simd/f32_vector_neon.h"
#include "simd/f32_vector.h"

#define O2M_TILE 4
#define O2M_WIDE 4
#include "f32_gemm_tile.h"
#include "f32_gemm_vector.h"
#endif
