// Elementwise f32 functions of one operand.
//
// x and y hold `rows` rows of `channels` elements, `x_pitch` and `y_pitch` elements apart (>= channels when rows > 1). y may be x
// with the same pitch; any other overlap is not allowed. No alignment is needed, nothing outside the rows is read or written.
//
// Accuracy, every instruction set, against the exact value rounded once (o2m_check_unary measures it):
//   exact      relu clip leaky_relu thresholded_relu neg abs sign floor ceil round sqrt reciprocal square, and scale as one multiply and
//              one add; bit-equal in every set, but for the sign of a zero of relu and clip
//   hard_sigmoid 1 ulp of 1, hard_swish 2 ulp of max(1, |x|)
//   exp        2 ulp    log     2 ulp    elu, selu, celu 4 ulp    tanh 4 ulp    erf 3 ulp
//   softplus 5 ulp      softsign 2 ulp, bit-equal      mish 7 ulp, or 1e-43 absolute (a subnormal factor)
//   sigmoid, silu  relative 2^-23 · (3 + |x| / 40)
//   gelu       relative 2^-23 · (4 + x²/2), gelu_tanh 2^-23 · (4 + 3.5 · |2u|) with u the argument of its tanh
//   sin … pow  the platform's libm
// NaN in gives NaN out; infinities give the limit, or NaN where the formula has infinity times 0, as silu and the gelus have at -infinity;
// results below the normal range are not flushed, but for sigmoid, silu and the gelus.
//
// What o2m_activation.h lists has the same bits here and behind a product.
#ifndef O2M_UNARY_H
#define O2M_UNARY_H

#include "o2m_platform.h"

#ifdef __cplusplus
extern "C" {
#endif

enum o2m_f32_unary_op {
#define O2M_F32_UNARY(op, OP) O2M_F32_##OP,
#include "o2m_f32_unary.inc"
#undef O2M_F32_UNARY
  O2M_F32_UNARY_COUNT
};

// Fixed when the model is loaded. What alpha and beta mean stands beside each operator in o2m_f32_unary.inc.
struct o2m_f32_unary_params {
  enum o2m_f32_unary_op op;
  float alpha, beta;
};

const char *o2m_f32_unary_name(enum o2m_f32_unary_op op);

// y[r][c] = f(x[r][c])
void o2m_f32_unary(const struct o2m_f32_unary_params *params, size_t rows, size_t channels, const float *x, size_t x_pitch, float *y,
                   size_t y_pitch, o2m_pool *pool);

// y[r][c] = x[r][c] · scale[c] + bias[c]: an unfused BatchNormalization. A NULL scale is all 1, a NULL bias all 0.
// Bit-equal to a multiply and an add where the set does not fuse them, else fused.
void o2m_f32_affine(size_t rows, size_t channels, const float *x, size_t x_pitch, const float *scale, const float *bias, float *y,
                    size_t y_pitch, o2m_pool *pool);

// y[r][c] = x[r][c] < 0 ? slope[c] · x[r][c] : x[r][c]. ONNX PRelu with a slope per channel. Bit-equal in every set.
void o2m_f32_prelu(size_t rows, size_t channels, const float *x, size_t x_pitch, const float *slope, float *y, size_t y_pitch,
                   o2m_pool *pool);

#ifdef __cplusplus
}
#endif
#endif
