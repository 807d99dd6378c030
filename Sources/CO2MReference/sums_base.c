// What every CPU of the architecture has: SSE2, or NEON.
#define O2M_TARGET
#define O2M_SUMS o2m_sums__base
#include "sums_body.inc"
