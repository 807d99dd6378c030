// Scaled dot product attention, all heads.
//
// Sizes, pitches and steps are in elements. q, k and v may be parts of one buffer; y overlaps none of them. No load or store
// leaves the rows and columns named here. Results do not depend on the number of threads.
#ifndef O2M_ATTENTION_H
#define O2M_ATTENTION_H

#include "o2m_platform.h"

#ifdef __cplusplus
extern "C" {
#endif

// y[b, i, h] = sum over j of p[j] * v[b, j, h],  p = softmax over j of scale * q[b, i, h] · k[b, j, h]   ONNX Attention-23
//
// Head h of a row starts at element h * depth, in v and y at h * columns.
struct o2m_f32_attention {
  size_t batch, heads;
  size_t queries, keys;                      // rows of q and y; rows of k and v
  size_t depth, columns;                     // of a head in q and k; in v and y
  size_t q_pitch, k_pitch, v_pitch, y_pitch; // from row to row
  size_t q_step, k_step, v_step, y_step;     // from one b to the next
  float scale;
  uint32_t cpu_without;                      // O2M_CPU_ bits not to be used
};

// Bytes of scratch that a run on `threads` workers needs, aligned to 64.
size_t o2m_f32_attention_scratch_bytes(const struct o2m_f32_attention *attention, uint32_t threads);
void o2m_f32_attention_run(const struct o2m_f32_attention *attention, const float *q, const float *k, const float *v,
                           float *y, void *scratch, o2m_pool *pool);

#ifdef __cplusplus
}
#endif
#endif
