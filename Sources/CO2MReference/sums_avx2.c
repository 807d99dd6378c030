#include "o2m_platform.h"

#if O2M_ARCH_X86_64
#define O2M_TARGET __attribute__((target("avx2,fma")))
#define O2M_SUMS o2m_sums__avx2
#include "sums_body.inc"
#endif
