// Walks over time: LSTM, GRU, RNN.
//
// Sizes and steps are in elements. No operand overlaps another. No load or store leaves the operands. Results do not depend on the
// number of threads.
#ifndef O2M_RECURRENT_H
#define O2M_RECURRENT_H

#include "o2m_platform.h"
#include "o2m_weights.h"

#ifdef __cplusplus
extern "C" {
#endif

// O2M_CELL_GRU_LINEAR is GRU with linear_before_reset; the sigmoid and tanh are ONNX's defaults, of RNN tanh or relu.
enum { O2M_CELL_LSTM, O2M_CELL_GRU, O2M_CELL_GRU_LINEAR, O2M_CELL_RNN, O2M_CELL_RNN_RELU };

// h[t] = cell(W · x[t], R · h[t - 1])                                              ONNX LSTM-22, GRU-22, RNN-22
//
// With G gates: weights and recurrent hold G * hidden outputs in groups of one direction each, bias is [directions][2][G * hidden].
struct o2m_f32_recurrent {
  uint32_t cell, directions;
  int reversed;     // whether the first direction begins with the last step; the second does always
  int batch_first;  // x [batch][steps][inputs] instead of [steps][batch][inputs]
  int couples;      // LSTM: forget gate 1 - i
  size_t steps, batch, inputs, hidden;
  float clip;                             // of the sums that go into activations; infinity where there is no limit
  struct o2m_weights weights, recurrent;  // panels; their bias is not read
};

// States are [directions][batch][hidden], or [batch][directions][hidden] with batch_first; y is [steps][directions][batch][hidden],
// or [batch][steps][directions][hidden]. Whatever may be NULL is 0, or is not written.
struct o2m_f32_recurrent_operands {
  const float *x;
  const float *bias, *initial_h, *initial_c, *peepholes;  // or NULL; the last two for LSTM only
  const int32_t *lengths;                                 // of the rows of the batch, 0...steps; or NULL
  float *y, *y_h, *y_c;                                   // or NULL
};

// Bytes of scratch that a run on `threads` workers needs, aligned to 64.
size_t o2m_f32_recurrent_scratch_bytes(const struct o2m_f32_recurrent *recurrent, uint32_t threads);
void o2m_f32_recurrent_run(const struct o2m_f32_recurrent *recurrent, const struct o2m_f32_recurrent_operands *operands, void *scratch,
                           o2m_pool *pool);

#ifdef __cplusplus
}
#endif
#endif
