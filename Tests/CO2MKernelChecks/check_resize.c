#include "checks.h"

// One-dimensional resizes whose results ONNX's operator specification prints (Resize, examples), on 1 2 3 4 or 1 … 4 × 4.
static const struct {
  struct o2m_resize_axis axis;
  float want[9];
} examples[] = {
    {{O2M_RESIZE_LINEAR, O2M_RESIZE_HALF_PIXEL, 0, 0, 2, 4, 2, -0.75, 0, 1}, {1, 1.25f, 1.75f, 2}},
    {{O2M_RESIZE_LINEAR, O2M_RESIZE_ALIGN_CORNERS, 0, 0, 2, 4, 2, -0.75, 0, 1}, {1, 4.0f / 3, 5.0f / 3, 2}},
    {{O2M_RESIZE_NEAREST, O2M_RESIZE_HALF_PIXEL, O2M_RESIZE_ROUND_PREFER_FLOOR, 0, 2, 4, 2, -0.75, 0, 1}, {1, 1, 2, 2}},
    {{O2M_RESIZE_NEAREST, O2M_RESIZE_ASYMMETRIC, O2M_RESIZE_FLOOR, 0, 4, 8, 2, -0.75, 0, 1}, {1, 1, 2, 2, 3, 3, 4, 4}},
    {{O2M_RESIZE_NEAREST, O2M_RESIZE_ALIGN_CORNERS, O2M_RESIZE_FLOOR, 0, 4, 8, 2, -0.75, 0, 1}, {1, 1, 1, 2, 2, 3, 3, 4}},
    {{O2M_RESIZE_NEAREST, O2M_RESIZE_ASYMMETRIC, O2M_RESIZE_CEIL, 0, 4, 8, 2, -0.75, 0, 1}, {1, 2, 2, 3, 3, 4, 4, 4}},
    {{O2M_RESIZE_NEAREST, O2M_RESIZE_HALF_PIXEL, O2M_RESIZE_ROUND_PREFER_CEIL, 0, 4, 8, 2, -0.75, 0, 1}, {1, 1, 2, 2, 3, 3, 4, 4}},
    // The rows' part, 0.421875 in the first row of resize_upsample_scales_cubic, is left out.
    // 3.68359375 minus the rows' part 0.5.
    {{O2M_RESIZE_CUBIC, O2M_RESIZE_HALF_PIXEL, 0, 0, 4, 8, 2, -0.75, 0, 1},
     {0.89453125f, 1.19140625f, 1.66796875f, 2.296875f, 2.703125f, 3.33203125f, 3.80859375f, 4.10546875f}},
    {{O2M_RESIZE_LINEAR, O2M_RESIZE_PYTORCH_HALF_PIXEL, 0, 0, 4, 1, 0.25, -0.75, 0, 1}, {1}},
    {{O2M_RESIZE_LINEAR, O2M_RESIZE_HALF_PIXEL_SYMMETRIC, 0, 0, 4, 2, 0.6, -0.75, 0, 1}, {5.0f / 3, 10.0f / 3}},
    {{O2M_RESIZE_LINEAR, O2M_RESIZE_TF_CROP_AND_RESIZE, 0, 0, 4, 3, 0.75, -0.75, 0.4, 0.6}, {2.2f, 2.5f, 2.8f}},
    {{O2M_RESIZE_NEAREST, O2M_RESIZE_TF_HALF_PIXEL_FOR_NN, O2M_RESIZE_FLOOR, 0, 4, 2, 0.5, -0.75, 0, 1}, {2, 4}},
};

static void check_examples(struct o2m_check_report *report) {
  const float x[4] = {1, 2, 3, 4};
  for (size_t k = 0; k < sizeof examples / sizeof examples[0]; k++) {
    const struct o2m_resize_axis *axis = &examples[k].axis;
    const uint32_t taps = o2m_resize_taps(axis->mode);
    int32_t indices[36], zero[1] = {0};
    float weights[36], y[9], one[1] = {1};
    o2m_resize_table(axis, indices, weights);
    const struct o2m_f32_resize_params p = {1, taps, zero, indices, one, weights, 10, 1, 1, axis->in_size, 1, 1, 1, axis->out_size, 1};
    o2m_f32_resize(&p, x, y, NULL);
    for (size_t i = 0; i < axis->out_size; i++) o2m_expect_near(report, y[i], examples[k].want[i], 0x1p-21, "example", k * 100 + i);
  }
  // resize_tf_crop_and_resize_extrapolation_value, one axis: coordinates 1.2, 2.4, 3.6 of 0 … 3.
  const struct o2m_resize_axis outside = {O2M_RESIZE_LINEAR, O2M_RESIZE_TF_CROP_AND_RESIZE, 0, 0, 4, 3, 0.75, -0.75, 0.4, 1.2};
  int32_t indices[6];
  float weights[6];
  o2m_resize_table(&outside, indices, weights);
  o2m_expect(report, indices[0] == 1 && indices[2] == 2 && indices[4] == -1, "outside", 0, indices[4], -1);
  // Weights of the outside are taken out and the rest adds up to one.
  struct o2m_resize_axis exclude = {O2M_RESIZE_CUBIC, O2M_RESIZE_HALF_PIXEL, 0, 1, 4, 8, 2, -0.5, 0, 1};
  int32_t at[32];
  float w[32];
  o2m_resize_table(&exclude, at, w);
  for (size_t i = 0; i < 8; i++)
    o2m_expect_near(report, w[4 * i] + w[4 * i + 1] + w[4 * i + 2] + w[4 * i + 3], 1, 0x1p-22, "sum of weights", i);
  o2m_expect(report, w[0] == 0 && w[1] == 0 && at[0] == 0, "excluded", 0, w[0], 0);
}

void o2m_check_resize(struct o2m_check_report *report) {
  check_examples(report);
  static const size_t channels[] = {1, 3, 7, 8, 9, 17, 33};
  for (size_t k = 0; k < 7; k++) {
    for (int mode = 0; mode < 3; mode++) {
      const size_t c = channels[k], in = 5 * 4, out = 9 * 3;
      const struct o2m_resize_axis ay = {(enum o2m_resize_mode)mode, O2M_RESIZE_HALF_PIXEL, 0, 0, 5, 9, 1.8, -0.75, 0, 1};
      const struct o2m_resize_axis ax = {(enum o2m_resize_mode)mode, O2M_RESIZE_HALF_PIXEL, 0, 0, 4, 3, 0.75, -0.75, 0, 1};
      const uint32_t taps = o2m_resize_taps(ay.mode);
      int32_t iy[36], ix[12];
      float wy[36], wx[12];
      o2m_resize_table(&ay, iy, wy), o2m_resize_table(&ax, ix, wx);
      const struct o2m_f32_resize_params p = {taps, taps, iy, ix, wy, wx, 0, 2, 5, 4, c, c + 3, 9, 3, c + 1};
      float *x = o2m_new_floats(2 * in * (c + 3)), *y = o2m_new_floats(2 * out * (c + 1));
      o2m_fill_noise(x, 2 * in * (c + 3), (uint32_t)k, 4);
      o2m_f32_resize(&p, x, y, NULL);
      for (size_t i = 0; i < 2 * out * c; i++) {
        const size_t pixel = i / c, n = pixel / out, oy = pixel / 3 % 9, ox = pixel % 3;
        double sum = 0;
        for (uint32_t a = 0; a < taps; a++) {
          for (uint32_t b = 0; b < taps; b++) {
            sum += (double)wy[oy * taps + a] * wx[ox * taps + b] *
                   x[(n * in + (size_t)iy[oy * taps + a] * 4 + (size_t)ix[ox * taps + b]) * (c + 3) + i % c];
          }
        }
        o2m_expect_near(report, y[pixel * (c + 1) + i % c], sum, mode == 0 ? 0 : 8 * 0x1p-23 * 4 * 2, "resize", i);
      }
      o2m_expect_guard(report, y, 2 * out * (c + 1), "guard");
      free(x), free(y);
    }
  }
}
