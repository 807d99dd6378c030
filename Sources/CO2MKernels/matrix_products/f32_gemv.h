// Products of a single row by packed weights.
#ifndef O2M_F32_GEMV_H
#define O2M_F32_GEMV_H

#include "f32_gemm.h"
#include "o2m_conv.h"

enum { O2M_GEMV_COLUMNS = 4 * O2M_PANEL };

// Whether `conv` has a single row: one pixel, one tap that reads it, one group.
static inline int o2m_is_gemv(const struct o2m_f32_conv *c) {
  return c->groups == 1 && c->kernel_height * c->kernel_width == 1 && c->batch * c->x_height * c->x_width == 1 &&
         c->y_height * c->y_width == 1 && c->pad_top == 0 && c->pad_left == 0;
}

// Needs no scratch.
void o2m_f32_gemv_run(const struct o2m_f32_conv *conv, const float *x, const float *residual, float *y, o2m_pool *pool);

#endif
