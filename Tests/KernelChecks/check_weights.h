// Random weights in every form, and what they mean.
#ifndef O2M_CHECK_WEIGHTS_H
#define O2M_CHECK_WEIGHTS_H

#include "check_sums.h"

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
        q[at] = (int8_t)((int)below(r, 255) - 127);
        *meant = c->weights.type == O2M_WEIGHTS_I8    ? (float)q[at] * scale[o]
                 : c->weights.type == O2M_WEIGHTS_F16 ? o2m_f32_from_f16(o2m_f16_from_f32(w[at]))
                                                      : w[at];
        if (fabsf(*meant) > p->largest) p->largest = fabsf(*meant);
      }
  uint32_t *order = malloc(p->taps * sizeof *order + 4);
  o2m_pack_taps(c->kernel_height, c->kernel_width, c->stride_y, c->stride_x, c->dilation_y, c->dilation_x, order);
  const struct o2m_pack_source s = p->transposed ? o2m_pack_iohw(c->groups, p->outputs, p->inputs, p->taps, order)
                                   : family == O2M_CHECK_GEMM || family == O2M_CHECK_WINOGRAD
                                       ? o2m_pack_nk(p->taps * p->inputs, p->outputs)
                                       : o2m_pack_oihw(c->groups, p->outputs, p->inputs, p->taps);
  const int depthwise = family == O2M_CHECK_DWCONV;
  const size_t packed = depthwise ? o2m_packed_depthwise_count(c->y_channels, p->taps) : o2m_packed_count(&s);
  void *data = malloc(packed * 4 + 4);
  if (depthwise) {
    if (c->weights.type == O2M_WEIGHTS_F32) o2m_pack_depthwise_f32(c->y_channels, p->taps, w, data);
    if (c->weights.type == O2M_WEIGHTS_F16) o2m_pack_depthwise_f16(c->y_channels, p->taps, w, data);
    if (c->weights.type == O2M_WEIGHTS_I8) o2m_pack_depthwise_i8(c->y_channels, p->taps, q, data);
  } else {
    if (c->weights.type == O2M_WEIGHTS_F32) o2m_pack_f32(&s, w, data);
    if (c->weights.type == O2M_WEIGHTS_F16) o2m_pack_f16(&s, w, data);
    if (c->weights.type == O2M_WEIGHTS_I8) o2m_pack_i8(&s, q, data);
  }
  c->weights.data = data;
  const size_t groups = depthwise ? 1 : c->groups, outputs = depthwise ? c->y_channels : p->outputs;
  if (below(r, 4)) {
    p->bias = malloc(c->y_channels * 4 + 4);
    for (size_t i = 0; i < c->y_channels; i++) p->bias[i] = uniform(r);
    float *v = malloc(o2m_packed_vector_count(groups, outputs) * 4 + 4);
    o2m_pack_vector(groups, outputs, p->bias, 0, v);
    c->weights.bias = v;
  }
  if (scale) {
    float *v = malloc(o2m_packed_vector_count(groups, outputs) * 4 + 4);
    o2m_pack_vector(groups, outputs, scale, 1, v);
    c->weights.scale = v;
  }
  free(order), free(w), free(q), free(scale);
}

static inline void free_weights(struct product *p) {
  const struct o2m_weights *w = &p->conv.weights;
  free(p->w), free(p->bias), free((void *)w->data), free((void *)w->bias), free((void *)w->scale);
}

#endif
