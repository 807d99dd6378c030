#include "o2m_platform.h"

#if O2M_ARCH_X86_64
#include "vector_avx2.h"
#include "kernels.inc"
#endif
