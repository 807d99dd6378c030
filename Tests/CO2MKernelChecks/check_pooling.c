#include "checks.h"

static void expect_pool(struct o2m_check_report *report, const struct o2m_f32_pool_params *p, const float *x, const float *y,
                        const int64_t *indices) {
  for (size_t n = 0; n < p->batch; n++) {
    for (size_t oy = 0; oy < p->out_height; oy++) {
      for (size_t ox = 0; ox < p->out_width; ox++) {
        for (size_t c = 0; c < p->channels; c++) {
          double sum = 0, best = -INFINITY, largest = 0;
          size_t taps = 0, padded = 0;
          int64_t at = -1;
          for (uint32_t ky = 0; ky < p->kernel_height; ky++) {
            for (uint32_t kx = 0; kx < p->kernel_width; kx++) {
              const ptrdiff_t iy = (ptrdiff_t)(oy * p->stride_height + ky * p->dilation_height) - (ptrdiff_t)p->pad_top;
              const ptrdiff_t ix = (ptrdiff_t)(ox * p->stride_width + kx * p->dilation_width) - (ptrdiff_t)p->pad_left;
              padded += iy < (ptrdiff_t)(p->in_height + p->pad_bottom) && ix < (ptrdiff_t)(p->in_width + p->pad_right);
              if (iy < 0 || ix < 0 || iy >= (ptrdiff_t)p->in_height || ix >= (ptrdiff_t)p->in_width) continue;
              const double v = x[((n * p->in_height + (size_t)iy) * p->in_width + (size_t)ix) * p->x_pitch + c];
              taps++, sum += v;
              largest = fmax(largest, fabs(v));
              if (at < 0 || v > best || (v != v && best == best)) {
                best = v, at = (int64_t)(((n * p->channels + c) * p->in_height + (size_t)iy) * p->in_width) + ix;
              }
            }
          }
          const size_t pixel = (n * p->out_height + oy) * p->out_width + ox;
          const float got = y[pixel * p->y_pitch + c];
          if (p->kind == O2M_POOLING_MAX) {
            o2m_expect_near(report, got, best, 0, "max", pixel * p->channels + c);
            const int64_t index = indices ? indices[pixel * p->channels + c] : at;
            o2m_expect(report, index == at, "index", pixel, (double)index, (double)at);
          } else {
            const double divisor = p->count_include_pad ? (double)padded : (double)taps;
            const double want = taps ? sum / divisor : 0;
            o2m_expect_near(report, got, want, 0x1p-23 * ((double)taps + 2) * largest, "average", pixel * p->channels + c);
          }
        }
      }
    }
  }
}

void o2m_check_pooling(struct o2m_check_report *report) {
  static const struct {
    uint32_t k, s, d, pad, out;
  } windows[] = {{3, 2, 1, 1, 4}, {2, 2, 1, 0, 4}, {3, 1, 2, 2, 7}, {3, 2, 1, 0, 4}, {1, 1, 1, 0, 7}, {7, 1, 1, 0, 1}};
  static const size_t channels[] = {1, 3, 7, 8, 9, 17, 33, 40};
  const size_t set = o2m_simd();
  for (size_t w = 0; w < sizeof windows / sizeof windows[0]; w++) {
    for (size_t k = 0; k < sizeof channels / sizeof channels[0]; k++) {
      const size_t c = channels[k];
      struct o2m_f32_pool_params p = {.kernel_height = windows[w].k,
                                      .kernel_width = windows[w].k,
                                      .stride_height = windows[w].s,
                                      .stride_width = windows[w].s,
                                      .dilation_height = windows[w].d,
                                      .dilation_width = windows[w].d,
                                      .pad_top = windows[w].pad,
                                      .pad_left = windows[w].pad,
                                      .pad_bottom = windows[w].pad,
                                      .pad_right = windows[w].pad,
                                      .batch = 2,
                                      .in_height = 7,
                                      .in_width = 7,
                                      .channels = c,
                                      .x_pitch = c + 3,
                                      .out_height = windows[w].out,
                                      .out_width = windows[w].out,
                                      .y_pitch = c + 1};
      if (k % 2) {  // not square
        p.in_width = p.out_width = 5, p.kernel_width = 2, p.stride_width = p.dilation_width = 1;
        p.pad_left = 1, p.pad_right = 0;
      }
      const size_t in = p.batch * p.in_height * p.in_width * p.x_pitch, out = p.batch * p.out_height * p.out_width;
      float *x = o2m_new_floats(in), *y = o2m_new_floats(out * p.y_pitch), *z = o2m_new_floats(out * p.y_pitch);
      int64_t *indices = malloc(out * c * sizeof *indices);
      o2m_fill_noise(x, in, (uint32_t)(w * 31 + k), 2);
      o2m_f32_max_pool2d_indices(&p, 0, x, y, indices, NULL);
      expect_pool(report, &p, x, y, indices);
      for (int kind = 0; kind < 3; kind++) {
        p.kind = kind == 0 ? O2M_POOLING_MAX : O2M_POOLING_AVERAGE;
        p.count_include_pad = kind == 2;
        o2m_f32_pool2d(&p, x, y, NULL);
        expect_pool(report, &p, x, y, NULL);
        o2m_simd_use(o2m_scalar());
        o2m_f32_pool2d(&p, x, z, NULL);
        o2m_simd_use(set);
        o2m_expect_bits(report, y, z, out * p.y_pitch * sizeof(float), "scalar bits");
      }
      o2m_expect_guard(report, y, out * p.y_pitch, "guard");
      x[p.x_pitch * 8] = NAN;
      p.kind = O2M_POOLING_MAX;
      o2m_f32_pool2d(&p, x, y, NULL);
      expect_pool(report, &p, x, y, NULL);
      free(x), free(y), free(z), free(indices);
    }
  }
  for (size_t c = 1; c < 80; c += 6) {
    for (size_t pixels = 1; pixels < 700; pixels = pixels * 3 + 1) {
      float *x = o2m_new_floats(2 * pixels * (c + 2)), *mean = o2m_new_floats(2 * c), *max = o2m_new_floats(2 * c);
      o2m_fill_noise(x, 2 * pixels * (c + 2), 9, 5);
      o2m_f32_global_pool(O2M_POOLING_AVERAGE, 2, pixels, c, x, c + 2, mean, c, NULL);
      o2m_f32_global_pool(O2M_POOLING_MAX, 2, pixels, c, x, c + 2, max, c, NULL);
      for (size_t i = 0; i < 2 * c; i++) {
        double sum = 0, best = -INFINITY;
        for (size_t k = 0; k < pixels; k++) {
          const double v = x[(i / c * pixels + k) * (c + 2) + i % c];
          sum += v, best = fmax(best, v);
        }
        o2m_expect_near(report, mean[i], sum / (double)pixels, 0x1p-23 * 260 * 5, "global average", i);
        o2m_expect_near(report, max[i], best, 0, "global max", i);
      }
      free(x), free(mean), free(max);
    }
  }
}
