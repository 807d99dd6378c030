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

enum { O2M_ATTENTION_SUMMANDS = 2 };

// A tensor that is added to the scores, [batch, heads, queries, keys] with steps of 0 where it repeats. Keys follow each other.
struct o2m_f32_summand {
  size_t batch_step, head_step, query_step;
};

// y[b, i, h] = sum over j of p[j] * v[b, j, h],  p = softmax over j of scale * q[b, i, h] · k[b, j, h] + summands   ONNX Attention-23
//
// Head h of a row starts at element h * depth, in v and y at h * columns. A summand may be -inf: such a key counts as little as
// one whose score is 100 · ln 2 below the largest. A row whose scores are all -inf is NaN, as one with a NaN is; where
// `zero_rows` is set, both are 0.
struct o2m_f32_attention {
  size_t batch, heads;
  size_t queries, keys;                       // rows of q and y; rows of k and v
  size_t depth, columns;                      // of a head in q and k; in v and y
  size_t q_pitch, k_pitch, v_pitch, y_pitch;  // from row to row
  size_t q_step, k_step, v_step, y_step;      // from one b to the next
  float scale;
  uint32_t summands;  // how many of these there are
  struct o2m_f32_summand summand[O2M_ATTENTION_SUMMANDS];
  uint32_t zero_rows;
};

// Bytes of scratch that a run on `threads` workers needs, aligned to 64.
size_t o2m_f32_attention_scratch_bytes(const struct o2m_f32_attention *attention, uint32_t threads);
// `summands` may be NULL where there are none.
void o2m_f32_attention_run(const struct o2m_f32_attention *attention, const float *q, const float *k, const float *v,
                           const float *const *summands, float *y, void *scratch, o2m_pool *pool);

#ifdef __cplusplus
}
#endif
#endif
