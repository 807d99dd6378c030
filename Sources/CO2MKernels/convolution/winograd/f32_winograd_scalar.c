// The witness.
#include "products/f32_gemm.h"

#include "simd/f32_vector_scalar.h"
#include "simd/f32_vector.h"

#define O2M_TILE 4
#define O2M_WIDE 1
#include "f32_winograd_tile.h"
