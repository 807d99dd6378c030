// 4 rows by half a panel in 8 vectors: most hosts have 16, and wasm engines keep some for themselves.
#include "f32_gemm.h"

#if defined(__wasm_simd128__)
#include "simd/f32_vector_simd128.h"
#include "simd/f32_vector.h"

#define O2M_TILE 4
#define O2M_WIDE 2
#include "f32_gemm_tile.h"
#include "f32_gemm_vector.h"
#endif
