// Matrix products.
//
// Sizes, pitches and steps are in elements. x, residual and y do not overlap, except that residual may be y itself with
// the same pitch. No load or store leaves the rows and columns named here.
// Results do not depend on the number of threads.
#ifndef O2M_GEMM_H
#define O2M_GEMM_H

#include "o2m_activation.h"
#include "o2m_platform.h"
#include "o2m_weights.h"

#ifdef __cplusplus
extern "C" {
#endif

// y[m, n] = act(sum over k of x[m, k] * w[k, n] + bias[n] + residual[m, n])        ONNX Gemm-13, MatMul-13, constant B
struct o2m_f32_gemm {
  size_t rows, depth, columns;              // M, K, N
  size_t x_pitch, y_pitch, residual_pitch;  // from row to row; a residual_pitch of 0 adds one row to all
  struct o2m_weights weights;               // panels, groups = 1
  struct o2m_activation activation;
};

// Bytes of scratch that a run on `threads` workers needs, aligned to 64.
size_t o2m_f32_gemm_scratch_bytes(const struct o2m_f32_gemm *gemm, uint32_t threads);

// As o2m_f32_conv_forms.
uint32_t o2m_f32_gemm_forms(const struct o2m_f32_gemm *gemm);

// `residual` may be NULL.
void o2m_f32_gemm_run(const struct o2m_f32_gemm *gemm, const float *x, const float *residual, float *y, void *scratch, o2m_pool *pool);

enum { O2M_MATMUL_RANK = 6 };

// y[batch, m, n] = act(alpha * sum over k of a[batch, m, k] * b[batch, k, n])       ONNX MatMul-13, two tensors
struct o2m_f32_matmul {
  size_t rows, depth, columns;       // M, K, N
  size_t a_pitch;                    // from row to row of a; along k it is dense
  size_t b_row_step, b_column_step;  // of b along k and along n: a transposed b costs nothing
  size_t y_pitch;                    // from row to row of y
  uint32_t batch_rank;               // 0...O2M_MATMUL_RANK dimensions before the last two
  size_t batch[O2M_MATMUL_RANK];     // their sizes, outermost first
  size_t a_step[O2M_MATMUL_RANK], b_step[O2M_MATMUL_RANK], y_step[O2M_MATMUL_RANK];  // 0 where broadcast
  float alpha;
  struct o2m_activation activation;
};

size_t o2m_f32_matmul_scratch_bytes(const struct o2m_f32_matmul *matmul, uint32_t threads);
void o2m_f32_matmul_run(const struct o2m_f32_matmul *matmul, const float *a, const float *b, float *y, void *scratch, o2m_pool *pool);

#ifdef __cplusplus
}
#endif
#endif
