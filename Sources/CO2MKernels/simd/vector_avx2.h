// Vectors of 8 floats: AVX2 with FMA. vector_scalar.h says what each word means.
#include <immintrin.h>

#define O2M_SIMD(name) name##__avx2
#define O2M_TARGET __attribute__((target("avx2,fma,f16c")))
#define V static inline __attribute__((always_inline, unused, target("avx2,fma,f16c")))
#define LANES 8
typedef __m256 vf;
typedef __m256i vi;
typedef __m256 vm;

V vf v_load(const float *p) { return _mm256_loadu_ps(p); }
V void v_store(float *p, vf a) { _mm256_storeu_ps(p, a); }
V vf v_set(float a) { return _mm256_set1_ps(a); }
V __m256i v_first(size_t n) { return _mm256_cmpgt_epi32(_mm256_set1_epi32((int)n), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7)); }
V vf v_load_n(const float *p, size_t n) { return _mm256_maskload_ps(p, v_first(n)); }
V void v_store_n(float *p, vf a, size_t n) { _mm256_maskstore_ps(p, v_first(n), a); }
V vf v_add(vf a, vf b) { return _mm256_add_ps(a, b); }
V vf v_sub(vf a, vf b) { return _mm256_sub_ps(a, b); }
V vf v_mul(vf a, vf b) { return _mm256_mul_ps(a, b); }
V vf v_div(vf a, vf b) { return _mm256_div_ps(a, b); }
#define V_FUSES
V vf v_fma(vf a, vf b, vf c) { return _mm256_fmadd_ps(a, b, c); }
V vf v_min(vf bound, vf a) { return _mm256_min_ps(bound, a); }
V vf v_max(vf bound, vf a) { return _mm256_max_ps(bound, a); }
V vf v_sqrt(vf a) { return _mm256_sqrt_ps(a); }
V vf v_floor(vf a) { return _mm256_floor_ps(a); }
V vf v_ceil(vf a) { return _mm256_ceil_ps(a); }
V vf v_round(vf a) { return _mm256_round_ps(a, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC); }
V vf v_abs(vf a) { return _mm256_andnot_ps(_mm256_set1_ps(-0.0f), a); }
V vf v_neg(vf a) { return _mm256_xor_ps(_mm256_set1_ps(-0.0f), a); }
V vf v_copysign(vf a, vf sign) {
  const vf s = _mm256_set1_ps(-0.0f);
  return _mm256_or_ps(_mm256_andnot_ps(s, a), _mm256_and_ps(s, sign));
}
V vm v_lt(vf a, vf b) { return _mm256_cmp_ps(a, b, _CMP_LT_OQ); }
V vm v_eq(vf a, vf b) { return _mm256_cmp_ps(a, b, _CMP_EQ_OQ); }
V vm v_nan(vf a) { return _mm256_cmp_ps(a, a, _CMP_UNORD_Q); }
V vf v_select(vm m, vf a, vf b) { return _mm256_blendv_ps(b, a, m); }
V vf v_min_nan(vf a, vf b) { return v_select(v_nan(a), a, _mm256_min_ps(a, b)); }
V vf v_max_nan(vf a, vf b) { return v_select(v_nan(a), a, _mm256_max_ps(a, b)); }
V vi v_int(vf a) { return _mm256_cvtps_epi32(a); }
V vf v_float(vi a) { return _mm256_cvtepi32_ps(a); }
V vi v_bits(vf a) { return _mm256_castps_si256(a); }
V vf v_from_bits(vi a) { return _mm256_castsi256_ps(a); }
V float v_sum(vf a) {
  __m128 s = _mm_add_ps(_mm256_castps256_ps128(a), _mm256_extractf128_ps(a, 1));
  s = _mm_add_ps(s, _mm_movehl_ps(s, s));
  return _mm_cvtss_f32(_mm_add_ss(s, _mm_movehdup_ps(s)));
}
V vi vi_set(int32_t a) { return _mm256_set1_epi32(a); }
V vi vi_add(vi a, vi b) { return _mm256_add_epi32(a, b); }
V vi vi_sub(vi a, vi b) { return _mm256_sub_epi32(a, b); }
V vi vi_and(vi a, vi b) { return _mm256_and_si256(a, b); }
V vi vi_load(const int32_t *p) { return _mm256_loadu_si256((const __m256i *)p); }
V vi vi_mul(vi a, vi b) { return _mm256_mullo_epi32(a, b); }
V vi vi_shl23(vi a) { return _mm256_slli_epi32(a, 23); }
V vi vi_sar1(vi a) { return _mm256_srai_epi32(a, 1); }
V vi vi_sar23(vi a) { return _mm256_srai_epi32(a, 23); }
V vf v_from_u8(const uint8_t *p) { return _mm256_cvtepi32_ps(_mm256_cvtepu8_epi32(_mm_loadl_epi64((const __m128i *)p))); }
V vf v_from_s8(const int8_t *p) { return _mm256_cvtepi32_ps(_mm256_cvtepi8_epi32(_mm_loadl_epi64((const __m128i *)p))); }
V vf v_from_s32(const int32_t *p) { return _mm256_cvtepi32_ps(_mm256_loadu_si256((const __m256i *)p)); }
V vf v_from_f16(const uint16_t *p) { return _mm256_cvtph_ps(_mm_loadu_si128((const __m128i *)p)); }
#define O2M_CAST_F16
V void v_to_f16(uint16_t *p, vf a) { _mm_storeu_si128((__m128i *)p, _mm256_cvtps_ph(a, _MM_FROUND_TO_NEAREST_INT)); }

typedef __m256i vw;
V vw vw_load(const int16_t *p) { return _mm256_loadu_si256((const __m256i *)p); }
V void vw_store(int16_t *p, vw a) { _mm256_storeu_si256((__m256i *)p, a); }
V vw vw_set(int16_t a) { return _mm256_set1_epi16(a); }
V vw vw_widen(const uint8_t *p, const int is_signed) {
  const __m128i bytes = _mm_loadu_si128((const __m128i *)p);
  return is_signed ? _mm256_cvtepi8_epi16(bytes) : _mm256_cvtepu8_epi16(bytes);
}
V vw vw_sub(vw a, vw b) { return _mm256_sub_epi16(a, b); }
V void vw_store_pairs(int16_t *p, const uint8_t *first, const uint8_t *second, const int is_signed, vw off) {
  const __m128i a = _mm_loadu_si128((const __m128i *)first), b = _mm_loadu_si128((const __m128i *)second);
  const __m128i low = _mm_unpacklo_epi8(a, b), high = _mm_unpackhi_epi8(a, b);
  const __m256i even = _mm256_unpacklo_epi16(off, off), odd = _mm256_unpackhi_epi16(off, off);  // columns 0-3 and 8-11, 4-7 and 12-15
  const __m256i wide = is_signed ? _mm256_cvtepi8_epi16(low) : _mm256_cvtepu8_epi16(low);
  vw_store(p, vw_sub(wide, _mm256_permute2x128_si256(even, odd, 0x20)));
  const __m256i next = is_signed ? _mm256_cvtepi8_epi16(high) : _mm256_cvtepu8_epi16(high);
  vw_store(p + 16, vw_sub(next, _mm256_permute2x128_si256(even, odd, 0x31)));
}
V vi vi_load_pairs(const int16_t *p) { return vw_load(p); }
V vi vi_set_pair(const int16_t *p) {
  int32_t pair;
  __builtin_memcpy(&pair, p, 4);
  return _mm256_set1_epi32(pair);
}
V vi vi_dot(vi sum, vi a, vi b) { return _mm256_add_epi32(sum, _mm256_madd_epi16(a, b)); }
V void vi_store(int32_t *p, vi a) { _mm256_storeu_si256((__m256i *)p, a); }

V vi vi_u8(const uint8_t *p) { return _mm256_cvtepu8_epi32(_mm_loadl_epi64((const __m128i *)p)); }
V vi vi_twice_u8(const uint8_t *p) {
  int32_t four;
  __builtin_memcpy(&four, p, 4);
  const __m128i bytes = _mm_cvtsi32_si128(four);
  return _mm256_cvtepu8_epi32(_mm_unpacklo_epi8(bytes, bytes));
}
V void vi_pairs_u8(const uint8_t *p, vi *first, vi *second) {
  const __m128i pairs = _mm_loadl_epi64((const __m128i *)p);
  *first = _mm256_cvtepu8_epi32(_mm_shuffle_epi8(pairs, _mm_setr_epi8(0, 0, 2, 2, 4, 4, 6, 6, -1, -1, -1, -1, -1, -1, -1, -1)));
  *second = _mm256_cvtepu8_epi32(_mm_shuffle_epi8(pairs, _mm_setr_epi8(1, 1, 3, 3, 5, 5, 7, 7, -1, -1, -1, -1, -1, -1, -1, -1)));
}
V void vi_store_pixels(uint8_t *p, vi r, vi g, vi b) {
  const __m256i zero = _mm256_setzero_si256();
  const __m256i rg = _mm256_packs_epi32(_mm256_srai_epi32(r, 16), _mm256_srai_epi32(g, 16));
  const __m256i bytes = _mm256_packus_epi16(rg, _mm256_packs_epi32(_mm256_srai_epi32(b, 16), zero));
  const __m256i order = _mm256_setr_epi8(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15,  //
                                         0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
  _mm256_storeu_si256((__m256i *)p, _mm256_shuffle_epi8(bytes, order));
}
V void vi_store_sum(uint8_t *p, vi a) {
  __m128i s = _mm_add_epi32(_mm256_castsi256_si128(a), _mm256_extracti128_si256(a, 1));
  s = _mm_srai_epi32(_mm_add_epi32(s, _mm_set1_epi32(1 << 21)), 22);
  s = _mm_packs_epi32(s, s);
  const int32_t four = _mm_cvtsi128_si32(_mm_packus_epi16(s, s));
  __builtin_memcpy(p, &four, 4);
}
V void vi_store_u8(uint8_t *p, vi a) {
  const __m256i s = _mm256_srai_epi32(a, 22);
  const __m128i words = _mm_packs_epi32(_mm256_castsi256_si128(s), _mm256_extracti128_si256(s, 1));
  _mm_storel_epi64((__m128i *)p, _mm_packus_epi16(words, words));
}

// 16 registers: a tile of the matrix product keeps 12 sums, and 3 more hold weights and input.
#define O2M_TILE 6
#define O2M_WIDE 2
#define O2M_EXPAND_TILE 6
#define O2M_EXPAND_WIDE 2
#define O2M_DWCONV_WIDE 1
#define O2M_PLANAR_TILE 6
#define O2M_PLANAR_WIDE 2
#define O2M_PLANAR_NARROW 12
#define O2M_PLANAR_SLIM 1
