#include "o2m_platform.h"

#if O2M_ARCH_ARM64
#include "vector_neon.h"
#include "kernels.inc"
#endif
