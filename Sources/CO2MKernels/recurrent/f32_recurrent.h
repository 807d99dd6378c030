// The cells of one instruction set.
#ifndef O2M_F32_RECURRENT_H
#define O2M_F32_RECURRENT_H

#include "o2m_recurrent.h"
#include "simd/families.h"

struct o2m_f32_recurrent_kernels {
  // One row of a recurrent cell; f32_recurrent_body.inc.
  void (*lstm)(size_t n, const float *x, const float *u, const float *peepholes, float clip, int couples, float *c, float *h);
  void (*gru_gates)(size_t n, const float *x, const float *u, float clip, const float *from, float *z, float *taken);
  void (*gru_blend)(size_t n, const float *x, const float *u, float clip, const float *z, float *h);
  void (*rnn)(size_t n, int relu, const float *x, const float *u, float clip, float *h);
};

#endif
