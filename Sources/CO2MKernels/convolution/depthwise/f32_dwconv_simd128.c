// 7 pixels by 4 channels in 7 vectors; 5 more hold the weights of a line and 1 the input.
#include "f32_dwconv.h"
#include "products/f32_gemm_copy.h"

#if defined(__wasm_simd128__)
#include "simd/f32_vector_simd128.h"
#include "simd/f32_vector.h"

#define O2M_DWCONV_WIDE 1
#include "f32_dwconv_tile.h"

#define O2M_EXPAND_TILE 4
#define O2M_EXPAND_WIDE 2
#include "f32_expand_tile.h"
#endif
