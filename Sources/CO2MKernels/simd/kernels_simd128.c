#include "o2m_platform.h"

#if defined(__wasm_simd128__)
#include "vector_simd128.h"
#include "kernels.inc"
#endif
