// AVX2 vectors of 8 floats under the names that the shared kernel bodies use.
#include <immintrin.h>

#define O2M_ISA avx2
#define O2M_TARGET __attribute__((target("avx2,fma,f16c")))
#define O2M_VECTOR __m256
#define O2M_LANES 8

#define O2M_V static inline __attribute__((always_inline)) O2M_TARGET
O2M_V __m256 o2m_v_load(const float *p) { return _mm256_loadu_ps(p); }
O2M_V void o2m_v_store(float *p, __m256 v) { _mm256_storeu_ps(p, v); }
O2M_V __m256 o2m_v_set(float x) { return _mm256_set1_ps(x); }
O2M_V __m256 o2m_v_fma(__m256 a, __m256 b, __m256 c) { return _mm256_fmadd_ps(a, b, c); }
O2M_V __m256 o2m_v_add(__m256 a, __m256 b) { return _mm256_add_ps(a, b); }
O2M_V __m256 o2m_v_sub(__m256 a, __m256 b) { return _mm256_sub_ps(a, b); }
O2M_V __m256 o2m_v_mul(__m256 a, __m256 b) { return _mm256_mul_ps(a, b); }
O2M_V __m256 o2m_v_div(__m256 a, __m256 b) { return _mm256_div_ps(a, b); }
O2M_V __m256 o2m_v_min(__m256 bound, __m256 x) { return _mm256_min_ps(bound, x); }
O2M_V __m256 o2m_v_max(__m256 bound, __m256 x) { return _mm256_max_ps(bound, x); }
O2M_V __m256 o2m_v_negative(__m256 x, __m256 yes, __m256 no) {
  return _mm256_blendv_ps(no, yes, _mm256_cmp_ps(x, _mm256_setzero_ps(), _CMP_LT_OQ));
}
O2M_V __m256 o2m_v_load_f16(const uint16_t *p) { return _mm256_cvtph_ps(_mm_loadu_si128((const __m128i *)p)); }
O2M_V __m256 o2m_v_load_qs8(const int8_t *p) { return _mm256_cvtepi32_ps(_mm256_cvtepi8_epi32(_mm_loadl_epi64((const __m128i *)p))); }
O2M_V __m256 o2m_v_scale(__m256 x, __m256 n) {
  return _mm256_castsi256_ps(_mm256_add_epi32(_mm256_castps_si256(x), _mm256_slli_epi32(_mm256_castps_si256(n), 23)));
}
#undef O2M_V
