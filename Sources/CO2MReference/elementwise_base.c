// What every CPU of the architecture has: SSE2, or NEON.
#define O2M_TARGET
#define O2M_ELEMENTWISE o2m_elementwise__base
#include "elementwise_body.inc"
