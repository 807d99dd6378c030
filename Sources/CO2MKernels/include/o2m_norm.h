// Softmax and the normalizations, f32. y may be x with the same layout; any other overlap is not allowed.
#ifndef O2M_NORM_H
#define O2M_NORM_H

#include "o2m_platform.h"

#ifdef __cplusplus
extern "C" {
#endif

// Over the middle of [outer][n][inner], contiguous:  y = exp(x - max) / sum exp(x - max), or x - max - log(sum exp(x - max)).
// Every element is within 6 ulp (softmax), or within 4 ulp of the largest |x - max| (log_softmax), plus n/8 ulp of the sum at
// worst.
void o2m_f32_softmax(int log, size_t outer, size_t n, size_t inner, const float *x, float *y, o2m_pool *pool);

// y[r] = (x[r] - mean) / sqrt(variance + epsilon) · scale + bias over each row of n elements, mean and variance in two passes of
// blocked f32 sums. NULL scale is all 1, NULL bias all 0. With `rms` the mean is not taken off: x / sqrt(mean(x²) + epsilon)
// · scale. mean and inverse_deviation, one value a row, are written where they are not NULL. ONNX LayerNormalization-17,
// RMSNormalization-23.
void o2m_f32_layer_norm(int rms, float epsilon, size_t rows, size_t n, const float *x, size_t x_pitch, const float *scale,
                        const float *bias, float *y, size_t y_pitch, float *mean, float *inverse_deviation, o2m_pool *pool);

// NHWC: mean and variance per picture and channel over `pixels` pixels. ONNX InstanceNormalization-6 (and GroupNormalization with
// one channel a group). scratch: o2m_f32_instance_norm_scratch_bytes.
size_t o2m_f32_instance_norm_scratch_bytes(size_t batch, size_t channels);
void o2m_f32_instance_norm(float epsilon, size_t batch, size_t pixels, size_t channels, const float *x, size_t x_pitch, const float *scale,
                           const float *bias, float *y, size_t y_pitch, void *scratch, o2m_pool *pool);

// NHWC: y = x / (bias + alpha / size · sum of x² over `size` channels around c)^beta. ONNX LRN-13: the window is
// c - (size-1)/2 … c + size/2, cut off at the ends. scratch: o2m_f32_lrn_scratch_bytes for the pool's threads.
struct o2m_f32_lrn_params {
  float alpha, beta, bias;
  uint32_t size;
};
size_t o2m_f32_lrn_scratch_bytes(const struct o2m_f32_lrn_params *params, size_t channels, uint32_t threads);
void o2m_f32_lrn(const struct o2m_f32_lrn_params *params, size_t pixels, size_t channels, const float *x, size_t x_pitch, float *y,
                 size_t y_pitch, void *scratch, o2m_pool *pool);

#ifdef __cplusplus
}
#endif
#endif
