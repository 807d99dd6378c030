// Random weights in every form, and what they mean.
#ifndef O2M_CHECK_WEIGHTS_H
#define O2M_CHECK_WEIGHTS_H

#include "elementwise/o2m_convert.h"
#include "check_sums.h"

// Whose weights lie in which way.
enum {
  O2M_CHECK_CONV,
  O2M_CHECK_DWCONV,
  O2M_CHECK_CONV_TRANSPOSE,
  O2M_CHECK_GEMM,
  O2M_CHECK_WINOGRAD,
  O2M_CHECK_CONV_PLANAR,
  O2M_CHECK_OTHER,
};

struct product {
  struct o2m_f32_conv conv;  // a gemm is a 1x1 conv over one line of pixels
  float *x, *residual, *y;
  float *w;  // as the reference sees it, after rounding: [y channel][tap][input]
  float *bias;
  size_t inputs, outputs, taps;
  int transposed, planar;
  double largest;  // |w|; x is at most 1
};

// Packs random weights, and keeps in p->w what they mean. The unpacked order is ONNX's: OIHW, or IOHW when transposed.
static inline void make_weights(struct random *r, int family, struct product *p) {
  struct o2m_f32_conv *c = &p->conv;
  const size_t count = c->y_channels * p->taps * p->inputs;
  float *w = malloc(count * 4 + 4), *scale = NULL;
  uint16_t *h = malloc(count * 2 + 2);
  int8_t *q = malloc(count + 1);
  p->w = malloc(count * 4 + 4);
  c->weights.type = (uint32_t)below(r, 3);
  if (c->weights.type == O2M_WEIGHTS_I8) {
    scale = malloc(c->y_channels * 4 + 4);
    for (size_t i = 0; i < c->y_channels; i++) scale[i] = 0.002f + 0.01f * fabsf(uniform(r));
  }
  for (size_t o = 0; o < c->y_channels; o++)
    for (size_t tap = 0; tap < p->taps; tap++)
      for (size_t i = 0; i < p->inputs; i++) {
        const size_t group = o / p->outputs;
        const size_t at =
            p->transposed ? ((group * p->inputs + i) * p->outputs + o % p->outputs) * p->taps + tap : (o * p->inputs + i) * p->taps + tap;
        float *meant = p->w + (o * p->taps + tap) * p->inputs + i;
        w[at] = uniform(r);
        h[at] = o2m_f16_from_f64(w[at]);
        q[at] = (int8_t)((int)below(r, 255) - 127);
        *meant = c->weights.type == O2M_WEIGHTS_I8    ? (float)q[at] * scale[o]
                 : c->weights.type == O2M_WEIGHTS_F16 ? o2m_widen_f16(h[at])
                                                      : w[at];
        if (fabsf(*meant) > p->largest) p->largest = fabsf(*meant);
      }
  struct o2m_weight_layout layout = family == O2M_CHECK_DWCONV ? o2m_layout_depthwise(c->y_channels, p->taps)
                                    : p->transposed            ? o2m_layout_iohw(c->groups, p->outputs, p->inputs, p->taps)
                                    : family == O2M_CHECK_GEMM || family == O2M_CHECK_WINOGRAD
                                        ? o2m_layout_oihw(1, p->outputs, p->taps * p->inputs, 1)
                                        : o2m_layout_oihw(c->groups, p->outputs, p->inputs, p->taps);
  if (p->transposed) {
    layout.kernel_width = c->kernel_width;
    layout.stride_y = c->stride_y, layout.stride_x = c->stride_x;
    layout.dilation_y = c->dilation_y, layout.dilation_x = c->dilation_x;
  }
  const struct o2m_weight_layout vector = o2m_layout_vector(&layout);
  void *data = malloc(o2m_packed_count(&layout) * 4 + 4);
  if (c->weights.type == O2M_WEIGHTS_F32) o2m_pack(&layout, 4, w, 0, data);
  if (c->weights.type == O2M_WEIGHTS_F16) o2m_pack(&layout, 2, h, 0, data);
  if (c->weights.type == O2M_WEIGHTS_I8) o2m_pack(&layout, 1, q, 0, data);
  c->weights.data = data;
  if (below(r, 4)) {
    p->bias = malloc(c->y_channels * 4 + 4);
    for (size_t i = 0; i < c->y_channels; i++) p->bias[i] = uniform(r);
    float *v = malloc(o2m_packed_count(&vector) * 4 + 4);
    o2m_pack(&vector, 4, p->bias, 0, v);
    c->weights.bias = v;
  }
  if (scale) {
    float *v = malloc(o2m_packed_count(&vector) * 4 + 4);
    o2m_pack(&vector, 4, scale, 0x3f800000, v);  // 1
    c->weights.scale = v;
  }
  free(w), free(h), free(q), free(scale);
}

static inline void free_weights(struct product *p) {
  const struct o2m_weights *w = &p->conv.weights;
  free(p->w), free(p->bias), free((void *)w->data), free((void *)w->bias), free((void *)w->scale);
}

#endif
