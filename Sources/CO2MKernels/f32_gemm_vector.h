// Widens whole panels, for every ISA that has named its vectors.
#define O2M_WIDEN_NAME2(type, isa) o2m_##type##_widen__##isa
#define O2M_WIDEN_NAME(type, isa) O2M_WIDEN_NAME2(type, isa)

O2M_TARGET void O2M_WIDEN_NAME(f16, O2M_ISA)(size_t n, const void *w, float *wide) {
  for (size_t i = 0; i < n; i += O2M_LANES) o2m_v_store(wide + i, o2m_v_load_f16((const uint16_t *)w + i));
}

O2M_TARGET void O2M_WIDEN_NAME(qs8, O2M_ISA)(size_t n, const void *w, float *wide) {
  for (size_t i = 0; i < n; i += O2M_LANES) o2m_v_store(wide + i, o2m_v_load_qs8((const int8_t *)w + i));
}

#define O2M_ACTIVATE_NAME2(isa) o2m_f32_activate__##isa
#define O2M_ACTIVATE_NAME(isa) O2M_ACTIVATE_NAME2(isa)

void O2M_ACTIVATE_NAME(O2M_ISA)(uint32_t kind, size_t rows, size_t columns, size_t pitch, float *y) {
  o2m_f32_activate__scalar(kind, rows, columns, pitch, y);
}
