// Resize of NHWC f32 pictures by per-axis tables that are made once at load. ONNX Resize-19 without antialiasing; Resize-10 and
// Upsample are ASYMMETRIC with FLOOR.
#ifndef O2M_RESIZE_H
#define O2M_RESIZE_H

#include "o2m_platform.h"

#ifdef __cplusplus
extern "C" {
#endif

enum o2m_resize_mode { O2M_RESIZE_NEAREST, O2M_RESIZE_LINEAR, O2M_RESIZE_CUBIC };

enum o2m_resize_coordinates {
  O2M_RESIZE_HALF_PIXEL,
  O2M_RESIZE_HALF_PIXEL_SYMMETRIC,
  O2M_RESIZE_PYTORCH_HALF_PIXEL,
  O2M_RESIZE_ALIGN_CORNERS,
  O2M_RESIZE_ASYMMETRIC,
  O2M_RESIZE_TF_CROP_AND_RESIZE,
  O2M_RESIZE_TF_HALF_PIXEL_FOR_NN,
};

enum o2m_resize_nearest {
  O2M_RESIZE_ROUND_PREFER_FLOOR,
  O2M_RESIZE_ROUND_PREFER_CEIL,
  O2M_RESIZE_FLOOR,
  O2M_RESIZE_CEIL,
};

// One axis. `scale` is output over input: as the model states it, or out_size / in_size where it states sizes.
struct o2m_resize_axis {
  enum o2m_resize_mode mode;
  enum o2m_resize_coordinates coordinates;
  enum o2m_resize_nearest nearest;
  uint32_t exclude_outside;
  size_t in_size, out_size;
  double scale;
  double cubic_a;             // ONNX's default is -0.75
  double roi_begin, roi_end;  // TF_CROP_AND_RESIZE only, as fractions of the input
};

// Taps per output position: 1, 2 or 4.
uint32_t o2m_resize_taps(enum o2m_resize_mode mode);

// indices[out_size · taps] and weights[out_size · taps], for each output position its taps; indices lie in [0, in_size). A
// position that TF_CROP_AND_RESIZE places outside the picture has index -1 in its first tap: extrapolation. in_size must not be
// 0 unless out_size is.
void o2m_resize_table(const struct o2m_resize_axis *axis, int32_t *indices, float *weights);

struct o2m_f32_resize_params {
  uint32_t taps_y, taps_x;
  const int32_t *indices_y, *indices_x;
  const float *weights_y, *weights_x;
  float extrapolation;
  size_t batch, in_height, in_width, channels, x_pitch, out_height, out_width, y_pitch;
};

// y = sum over taps_y of weight_y · (sum over taps_x of weight_x · x), taps in order. 1 × 1 taps copy and ignore weights.
void o2m_f32_resize(const struct o2m_f32_resize_params *params, const float *x, float *y, o2m_pool *pool);

#ifdef __cplusplus
}
#endif
#endif
