#include "f32_dwconv.h"

#if defined(__wasm_simd128__)
#include "f32_vector_simd128.h"
#include "f32_vector.h"
#include "f32_dwconv_tile.h"
#endif
