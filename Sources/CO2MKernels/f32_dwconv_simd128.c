// 7 pixels by 4 channels in 7 vectors; 5 more hold the weights of a line and 1 the input.
#include "f32_dwconv.h"
#include "f32_gemm_copy.h"

#if defined(__wasm_simd128__)
#include "f32_vector_simd128.h"
#include "f32_vector.h"

#define O2M_DWCONV_WIDE 1
#include "f32_dwconv_tile.h"
#endif
