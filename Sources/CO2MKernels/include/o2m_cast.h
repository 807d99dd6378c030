// Between element types: Cast, QuantizeLinear, DequantizeLinear, DynamicQuantizeLinear.
#ifndef O2M_CAST_H
#define O2M_CAST_H

#include "o2m_element.h"
#include "o2m_platform.h"

#ifdef __cplusplus
extern "C" {
#endif

// y[i] = (to) x[i] over n contiguous elements. Floats round to nearest, ties to even, overflow to infinity, NaN stays NaN.
// Float to integer truncates toward zero, saturates at the ends of S64 (for U64: of U64), then wraps; NaN gives 0. Integer to
// integer wraps; to BOOL is x != 0. Every pair of o2m_element is there; -1 for a number that is not. F32 <-> F16 and U8, S8,
// S32 -> F32 have vector kernels, bit-equal in every set.
int o2m_cast(enum o2m_element from, enum o2m_element to, size_t n, const void *x, void *y, o2m_pool *pool);

// Over [outer][axis][inner], contiguous; scale and zero have `axis` elements (per tensor: outer = 1, axis = 1). `quantized` is
// U8 or S8 (S32 too for dequantize; zero is then NULL). NULL zero is all 0.
//   quantize    y = saturate(round_half_even(x / scale) + zero)     NaN gives zero
//   dequantize  y = (x - zero) · scale
// Bit-exact on every machine. -1 for any other type.
int o2m_quantize(enum o2m_element quantized, size_t outer, size_t axis, size_t inner, const float *x, const float *scale, const void *zero,
                 void *y, o2m_pool *pool);
int o2m_dequantize(enum o2m_element quantized, size_t outer, size_t axis, size_t inner, const void *x, const float *scale, const void *zero,
                   float *y, o2m_pool *pool);

// quantize to U8 by the range of the n numbers and 0:                            ONNX DynamicQuantizeLinear-11
//   scale = (most - least) / 255, 1 / 255 where they are equal; zero = quantize(-least) with a zero of 0
// NaN has no part in the range.
void o2m_dynamic_quantize(size_t n, const float *x, uint8_t *y, float *scale, uint8_t *zero, o2m_pool *pool);

#ifdef __cplusplus
}
#endif
#endif
