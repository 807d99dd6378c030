// Widens whole panels, for every ISA that has named its vectors.
#define O2M_WIDEN_NAME2(type, isa) o2m_##type##_widen__##isa
#define O2M_WIDEN_NAME(type, isa) O2M_WIDEN_NAME2(type, isa)

O2M_TARGET void O2M_WIDEN_NAME(f16, O2M_ISA)(size_t n, const void *w, float *wide) {
  for (size_t i = 0; i < n; i += O2M_LANES) o2m_v_store(wide + i, o2m_v_load_f16((const uint16_t *)w + i));
}

O2M_TARGET void O2M_WIDEN_NAME(qs8, O2M_ISA)(size_t n, const void *w, float *wide) {
  for (size_t i = 0; i < n; i += O2M_LANES) o2m_v_store(wide + i, o2m_v_load_qs8((const int8_t *)w + i));
}

#include "f32_gemm_activate.h"
#include "f32_gemv_tile.h"
#include "f32_softmax_tile.h"
