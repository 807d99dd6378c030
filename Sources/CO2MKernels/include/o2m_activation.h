// Activations that a convolution or matrix product applies to its result before storing it.
#ifndef O2M_ACTIVATION_H
#define O2M_ACTIVATION_H

#include <stdint.h>

// The numbers are stored in bundles: never changed, never reused. NaN passes through every one of them.
enum {
  O2M_ACT_NONE = 0,          // x
  O2M_ACT_RELU = 1,          // max(x, 0)
  O2M_ACT_CLIP = 2,          // min(max(x, a), b)
  O2M_ACT_LEAKY_RELU = 3,    // x < 0 ? a * x : x
  O2M_ACT_HARD_SIGMOID = 4,  // min(max(a * x + b, 0), 1)
  O2M_ACT_HARD_SWISH = 5,    // x * min(max(a * x + b, 0), 1)        ONNX HardSwish: a = 1/6, b = 0.5
  O2M_ACT_SIGMOID = 6,       // 1 / (1 + exp(-x))
  O2M_ACT_SILU = 7,          // x / (1 + exp(-x))
  O2M_ACT_GELU_ERF = 8,      // x / 2 * (1 + erf(x / sqrt(2)))       ONNX Gelu, approximate = "none"
  O2M_ACT_GELU_TANH = 9,     // x / 2 * (1 + tanh(sqrt(2 / pi) * (x + 0.044715 * x^3)))
  O2M_ACT_TANH = 10,         // tanh(x)
};

struct o2m_activation {
  uint32_t kind;
  float a, b;  // as the formulas above name them; ignored where they do not appear
};

#endif
