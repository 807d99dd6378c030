#include "checks.h"

void o2m_check_softmax(struct o2m_check_report *report) {
  static const size_t sizes[][3] = {{1, 1, 1}, {3, 7, 1},  {2, 8, 1},  {2, 9, 1}, {1, 33, 1},  {2, 1000, 1},
                                    {3, 5, 7}, {2, 17, 8}, {1, 3, 33}, {0, 3, 1}, {2, 5000, 1}};
  for (size_t k = 0; k < sizeof sizes / sizeof sizes[0]; k++) {
    const size_t outer = sizes[k][0], n = sizes[k][1], inner = sizes[k][2], count = outer * n * inner;
    float *x = o2m_new_floats(count), *y = o2m_new_floats(count), *z = o2m_new_floats(count);
    o2m_fill_noise(x, count, (uint32_t)k, 20);
    if (n == 9) x[4] = -INFINITY, x[0] = 900;
    o2m_f32_softmax(0, outer, n, inner, x, y, NULL);
    o2m_f32_softmax(1, outer, n, inner, x, z, NULL);
    for (size_t i = 0; i < outer * inner; i++) {
      const float *p = x + i / inner * n * inner + i % inner;
      double largest = -INFINITY, sum = 0, lowest = INFINITY;
      for (size_t j = 0; j < n; j++)
        largest = fmax(largest, p[j * inner]), lowest = isinf(p[j * inner]) ? lowest : fmin(lowest, p[j * inner]);
      for (size_t j = 0; j < n; j++) sum += exp(p[j * inner] - largest);
      for (size_t j = 0; j < n; j++) {
        const size_t at = (size_t)(p - x) + j * inner;
        // x - max is rounded to f32: half an ulp of it is that much relative error of exp.
        const double want = exp(p[j * inner] - largest) / sum, rounding = 0x1p-24 * fmin(largest - lowest, 104);
        o2m_expect_near(report, y[at], want, want * (6 * 0x1p-23 + rounding + (double)n * 0x1p-26) + 0x1p-148, "softmax", at);
        o2m_expect_near(report, z[at], p[j * inner] - largest - log(sum), 0x1p-23 * (4 * fmax(1, largest - lowest) + (double)n / 8),
                        "log_softmax", at);
      }
    }
    o2m_expect_guard(report, y, count, "guard");
    free(x), free(y), free(z);
  }
}

static void check_layer(struct o2m_check_report *report, size_t rows, size_t n, int rms) {
  const size_t x_pitch = n + 3, y_pitch = n + 1;
  float *x = o2m_new_floats(rows * x_pitch), *y = o2m_new_floats(rows * y_pitch), *scale = o2m_new_floats(n), *bias = o2m_new_floats(n);
  float *mean = o2m_new_floats(rows), *k = o2m_new_floats(rows);
  o2m_fill_noise(x, rows * x_pitch, (uint32_t)n, 4), o2m_fill_noise(scale, n, 2, 2), o2m_fill_noise(bias, n, 3, 1);
  const int bare = n % 2 == 0;
  o2m_f32_layer_norm(rms, 1e-5f, rows, n, x, x_pitch, bare ? NULL : scale, bare ? NULL : bias, y, y_pitch, mean, k, NULL);
  for (size_t r = 0; r < rows; r++) {
    double m = 0, v = 0;
    for (size_t i = 0; i < n && !rms; i++) m += x[r * x_pitch + i] / (double)n;
    for (size_t i = 0; i < n; i++) v += (x[r * x_pitch + i] - m) * (x[r * x_pitch + i] - m) / (double)n;
    const double factor = 1 / sqrt(v + 1e-5f);
    o2m_expect_near(report, mean[r], m, 0x1p-20 * 4, "mean", r);
    o2m_expect_near(report, k[r], factor, 0x1p-18 * factor * fmax(1, factor), "inverse deviation", r);
    for (size_t i = 0; i < n; i++) {
      const double want = (x[r * x_pitch + i] - m) * factor * (bare ? 1 : scale[i]) + (bare ? 0 : bias[i]);
      // The error of the mean, up to 2^-20 · 4, is scaled as the values are; the rest is a few ulp of the result.
      o2m_expect_near(report, y[r * y_pitch + i], want, 0x1p-18 * (2 * factor + fabs(want) + 1), "layer norm", r * n + i);
    }
  }
  o2m_expect_guard(report, y, rows * y_pitch, "guard");
  free(x), free(y), free(scale), free(bias), free(mean), free(k);
}

static void check_instance(struct o2m_check_report *report, size_t pixels, size_t c) {
  const size_t batch = 2, x_pitch = c + 3, y_pitch = c + 1;
  float *x = o2m_new_floats(batch * pixels * x_pitch), *y = o2m_new_floats(batch * pixels * y_pitch), *scale = o2m_new_floats(c),
        *bias = o2m_new_floats(c);
  o2m_fill_noise(x, batch * pixels * x_pitch, (uint32_t)c, 4), o2m_fill_noise(scale, c, 2, 2), o2m_fill_noise(bias, c, 3, 1);
  void *scratch = malloc(o2m_f32_instance_norm_scratch_bytes(batch, c));
  o2m_f32_instance_norm(1e-5f, batch, pixels, c, x, x_pitch, scale, bias, y, y_pitch, scratch, NULL);
  for (size_t i = 0; i < batch * c; i++) {
    double m = 0, v = 0;
    for (size_t p = 0; p < pixels; p++) m += x[(i / c * pixels + p) * x_pitch + i % c] / (double)pixels;
    for (size_t p = 0; p < pixels; p++) v += pow(x[(i / c * pixels + p) * x_pitch + i % c] - m, 2) / (double)pixels;
    const double factor = scale[i % c] / sqrt(v + 1e-5f);
    for (size_t p = 0; p < pixels; p++) {
      const double want = (x[(i / c * pixels + p) * x_pitch + i % c] - m) * factor + bias[i % c];
      o2m_expect_near(report, y[(i / c * pixels + p) * y_pitch + i % c], want, 0x1p-18 * (2 * fabs(factor) + fabs(want) + 1),
                      "instance norm", i);
    }
  }
  o2m_expect_guard(report, y, batch * pixels * y_pitch, "guard");
  free(x), free(y), free(scale), free(bias), free(scratch);
}

static void check_lrn(struct o2m_check_report *report, size_t c, uint32_t size) {
  const struct o2m_f32_lrn_params p = {0.9f, 0.75f, 1.5f, size};
  const size_t pixels = 3, x_pitch = c + 3, y_pitch = c + 1;
  float *x = o2m_new_floats(pixels * x_pitch), *y = o2m_new_floats(pixels * y_pitch);
  o2m_fill_noise(x, pixels * x_pitch, (uint32_t)c, 9);
  void *scratch = malloc(o2m_f32_lrn_scratch_bytes(&p, c, 1));
  o2m_f32_lrn(&p, pixels, c, x, x_pitch, y, y_pitch, scratch, NULL);
  for (size_t i = 0; i < pixels * c; i++) {
    double sum = 0;
    for (size_t k = 0; k < size; k++) {
      const ptrdiff_t at = (ptrdiff_t)(i % c + k) - (ptrdiff_t)((size - 1) / 2);
      if (at >= 0 && at < (ptrdiff_t)c) sum += pow(x[i / c * x_pitch + (size_t)at], 2);
    }
    const double want = x[i / c * x_pitch + i % c] / pow(1.5 + 0.9f / (double)size * sum, 0.75);
    // beta · log(base) is up to 6: half an ulp of it, twice, and a few ulp of log and exp.
    o2m_expect_near(report, y[i / c * y_pitch + i % c], want, fabs(want) * 16 * 0x1p-23, "lrn", i);
  }
  o2m_expect_guard(report, y, pixels * y_pitch, "guard");
  free(x), free(y), free(scratch);
}

void o2m_check_norm(struct o2m_check_report *report) {
  static const size_t sizes[] = {1, 3, 7, 8, 9, 17, 33, 100};
  for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
    for (int rms = 0; rms < 2; rms++) check_layer(report, 1 + i % 3, sizes[i], rms);
    check_instance(report, 1 + sizes[i] * 3, sizes[i]);
    for (uint32_t size = 1; size < 6; size++) check_lrn(report, sizes[i], size);
  }
  check_layer(report, 2, 9000, 0);
  check_instance(report, 2000, 5);
}
