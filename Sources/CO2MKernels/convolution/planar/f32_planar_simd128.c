// 4 pixels by half a panel in 8 vectors: most hosts have 16, and wasm engines keep some for themselves.
#include "f32_planar.h"
#include "products/f32_gemm_copy.h"

#if defined(__wasm_simd128__)
#include "simd/f32_vector_simd128.h"
#include "simd/f32_vector.h"

#define O2M_PLANAR_TILE 4
#define O2M_PLANAR_WIDE 2
#define O2M_PLANAR_NARROW 4
#define O2M_PLANAR_SLIM 2
#include "f32_planar_tile.h"
#endif
