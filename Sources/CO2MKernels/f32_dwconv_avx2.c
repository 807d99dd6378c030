#include "f32_dwconv.h"

#if O2M_ARCH_X86_64
#include "f32_vector_avx2.h"
#include "f32_vector.h"
#include "f32_dwconv_tile.h"
#endif
