#include "products/f32_gemm.h"

#if defined(__wasm_simd128__)
#include "simd/f32_vector_simd128.h"
#include "simd/f32_vector.h"

#define O2M_TILE 4
#define O2M_WIDE 2
#include "f32_winograd_tile.h"
#endif
