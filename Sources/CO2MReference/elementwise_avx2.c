#include "o2m_platform.h"

#if O2M_ARCH_X86_64
#define O2M_TARGET __attribute__((target("avx2")))
#define O2M_ELEMENTWISE o2m_elementwise__avx2
#include "elementwise_body.inc"
#endif
