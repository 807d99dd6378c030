// The activations that micro-kernels know, for one element.
#ifndef O2M_F32_GEMM_FINISH_H
#define O2M_F32_GEMM_FINISH_H

#include "f32_gemm.h"

static inline float o2m_f32_finish(float v, const struct o2m_f32_epilogue *e) {
  switch (e->kind) {
    case O2M_ACT_LEAKY_RELU: return v < 0 ? e->a * v : v;
    case O2M_ACT_HARD_SIGMOID:
    case O2M_ACT_HARD_SWISH: {
      float gate = e->a * v + e->b;
      gate = gate < 0 ? 0 : gate;
      gate = gate > 1 ? 1 : gate;
      return e->kind == O2M_ACT_HARD_SWISH ? v * gate : gate;
    }
    default: v = v < e->a ? e->a : v; return v > e->b ? e->b : v;
  }
}

#endif
