#include <math.h>

#include "o2m_resize.h"

uint32_t o2m_resize_taps(enum o2m_resize_mode mode) { return mode == O2M_RESIZE_NEAREST ? 1 : mode == O2M_RESIZE_LINEAR ? 2 : 4; }

// Where output position i lies in the input. ONNX Resize-19, coordinate_transformation_mode.
static double coordinate(const struct o2m_resize_axis *axis, size_t i) {
  const double x = (double)i, in = (double)axis->in_size, out = (double)axis->out_size, scale = axis->scale;
  switch (axis->coordinates) {
    case O2M_RESIZE_HALF_PIXEL: return (x + 0.5) / scale - 0.5;
    case O2M_RESIZE_HALF_PIXEL_SYMMETRIC: {
      const double adjustment = out / (scale * in), offset = in / 2 * (1 - adjustment);
      return offset + (x + 0.5) / scale - 0.5;
    }
    case O2M_RESIZE_PYTORCH_HALF_PIXEL: return axis->out_size > 1 ? (x + 0.5) / scale - 0.5 : 0;
    case O2M_RESIZE_ALIGN_CORNERS: return axis->out_size > 1 ? x * (in - 1) / (out - 1) : 0;
    case O2M_RESIZE_ASYMMETRIC: return x / scale;
    case O2M_RESIZE_TF_CROP_AND_RESIZE:
      if (axis->out_size > 1) return axis->roi_begin * (in - 1) + x * (axis->roi_end - axis->roi_begin) * (in - 1) / (out - 1);
      return 0.5 * (axis->roi_begin + axis->roi_end) * (in - 1);
    case O2M_RESIZE_TF_HALF_PIXEL_FOR_NN: return (x + 0.5) / scale;
  }
  return x;
}

static double nearest(enum o2m_resize_nearest mode, double x) {
  switch (mode) {
    case O2M_RESIZE_ROUND_PREFER_FLOOR: return ceil(x - 0.5);
    case O2M_RESIZE_ROUND_PREFER_CEIL: return floor(x + 0.5);
    case O2M_RESIZE_FLOOR: return floor(x);
    case O2M_RESIZE_CEIL: return ceil(x);
  }
  return x;
}

static double cubic(double a, double distance) {
  const double d = fabs(distance);
  if (d <= 1) return ((a + 2) * d - (a + 3)) * d * d + 1;
  return d < 2 ? ((a * d - 5 * a) * d + 8 * a) * d - 4 * a : 0;
}

static size_t clamp(double position, size_t size) {
  return position <= 0 ? 0 : position >= (double)(size - 1) ? size - 1 : (size_t)position;
}

void o2m_resize_table(const struct o2m_resize_axis *axis, int32_t *indices, float *weights) {
  const uint32_t taps = o2m_resize_taps(axis->mode);
  for (size_t i = 0; i < axis->out_size; i++, indices += taps, weights += taps) {
    const double x = coordinate(axis, i);
    if (axis->mode == O2M_RESIZE_NEAREST) {
      indices[0] = (int32_t)clamp(nearest(axis->nearest, x), axis->in_size);
      weights[0] = 1;
    } else {
      const double base = floor(x), fraction = x - base;
      const int first = taps == 2 ? 0 : -1;
      double w[4], sum = 0;
      for (uint32_t k = 0; k < taps; k++) {
        const double position = base + first + (int)k, distance = fraction - (first + (int)k);
        w[k] = taps == 2 ? 1 - fabs(distance) : cubic(axis->cubic_a, distance);
        if (axis->exclude_outside && (position < 0 || position > (double)(axis->in_size - 1))) w[k] = 0;
        sum += w[k];
        indices[k] = (int32_t)clamp(position, axis->in_size);
      }
      for (uint32_t k = 0; k < taps; k++) weights[k] = (float)(axis->exclude_outside && sum != 0 ? w[k] / sum : w[k]);
    }
    if (axis->coordinates == O2M_RESIZE_TF_CROP_AND_RESIZE && (x < 0 || x > (double)(axis->in_size - 1))) indices[0] = -1;
  }
}
