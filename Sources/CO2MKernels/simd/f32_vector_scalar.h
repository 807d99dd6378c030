// Vectors of one float under the names that the shared kernel bodies use. No multiplication is fused with its addition.
#include "products/widen.h"

#define O2M_ISA scalar
#define O2M_TARGET
#define O2M_VECTOR float
#define O2M_LANES 1

#define O2M_V static inline __attribute__((always_inline))
O2M_V float o2m_v_load(const float *p) { return *p; }
O2M_V void o2m_v_store(float *p, float v) { *p = v; }
O2M_V float o2m_v_set(float x) { return x; }
O2M_V float o2m_v_fma(float a, float b, float c) { return a * b + c; }
O2M_V float o2m_v_add(float a, float b) { return a + b; }
O2M_V float o2m_v_sub(float a, float b) { return a - b; }
O2M_V float o2m_v_mul(float a, float b) { return a * b; }
O2M_V float o2m_v_min(float bound, float x) { return bound < x ? bound : x; }
O2M_V float o2m_v_max(float bound, float x) { return x < bound ? bound : x; }
O2M_V float o2m_v_negative(float x, float yes, float no) { return x < 0 ? yes : no; }
O2M_V float o2m_v_load_f16(const uint16_t *p) { return o2m_widen_f16(*p); }
O2M_V float o2m_v_load_qs8(const int8_t *p) { return (float)*p; }
#undef O2M_V
