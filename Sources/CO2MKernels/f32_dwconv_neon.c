#include "f32_dwconv.h"

#if O2M_ARCH_ARM64
#include "f32_vector_neon.h"
#include "f32_vector.h"
#include "f32_dwconv_tile.h"
#endif
