// A picture of a camera to an input of 224x224, as ImageNet models take it: the shorter side becomes 256, and the middle counts. An
// operation is a pixel of the picture.
#include "bench.h"

#include <math.h>

enum { WIDTH = 1920, HEIGHT = 1080, SIDE = 224, RESIZED = 256 };

struct picture {
  struct o2m_picture_params params;
  const uint8_t *planes[3];
  size_t strides[3];
  void *y, *scratch;
};

static void run_picture(const void *operands, o2m_pool *pool) {
  const struct picture *p = operands;
  (void)pool;
  o2m_picture(&p->params, p->planes, p->strides, p->y, p->scratch);
}

// Bilinear with antialiasing, the middle of an axis that shrinks by HEIGHT / RESIZED.
static struct o2m_picture_axis axis(struct o2m_bench *bench, size_t size, size_t unit, size_t *start, size_t *read) {
  const double scale = (double)HEIGHT / RESIZED, margin = rint((double)size / scale - SIDE) / 2;
  const size_t taps = (2 * (size_t)ceil(scale) + unit - 1) / unit * unit;
  int32_t *first = o2m_bench_memory(bench, SIDE * 4), *weights = o2m_bench_memory(bench, SIDE * taps * 4);
  for (size_t i = 0; i < SIDE; i++) {
    const double center = ((double)i + margin + 0.5) * scale;
    first[i] = (int32_t)(center - scale + 0.5);
    for (size_t k = 0; k < taps; k++) {
      const double distance = fabs((first[i] + (double)k - center + 0.5) / scale);
      weights[i * taps + k] = distance < 1 ? (int32_t)((1 - distance) / scale * (1 << 22)) : 0;
    }
  }
  *start = (size_t)first[0], *read = (size_t)first[SIDE - 1] + taps - *start;
  for (size_t i = SIDE; i-- > 0;) first[i] -= first[0];
  return (struct o2m_picture_axis){SIDE, taps, first, weights};
}

void o2m_bench_picture(struct o2m_bench *bench) {
  static const char *const names[] = {"gray", "rgb", "rgba", "nv12", "i420"};
  for (uint32_t form = 0; form <= O2M_PIXELS_PLANES; form++) {
    for (uint32_t rows_first = 0; rows_first < 2; rows_first++) {
      struct picture p = {.params = {.form = form, .rows_first = rows_first, .channels = 3, .element_bytes = 4}};
      size_t rows;
      p.params.x = axis(bench, WIDTH, 2, &p.params.left, &p.params.columns);
      p.params.y = axis(bench, HEIGHT, 1, &p.params.top, &rows);
      p.params.colours = (struct o2m_picture_colours){16, 76309, 104597, -25675, -53279, 132201};
      for (uint8_t c = 0; c < 3; c++) p.params.component[c] = p.params.channel[c] = c;
      p.params.levels = o2m_bench_floats(bench, 3 * 256, 2);
      p.params.step_x = 1, p.params.step_y = SIDE, p.params.step_c = SIDE * SIDE;
      for (int k = 0; k < 3; k++) {
        p.planes[k] = (const uint8_t *)o2m_bench_floats(bench, WIDTH * HEIGHT, 1);
        p.strides[k] = form == O2M_PIXELS_3             ? 3 * WIDTH
                       : form == O2M_PIXELS_4           ? 4 * WIDTH
                       : k && form == O2M_PIXELS_PLANES ? WIDTH / 2
                                                        : WIDTH;
      }
      p.y = o2m_bench_memory(bench, 3 * SIDE * SIDE * 4);
      p.scratch = o2m_bench_memory(bench, o2m_picture_scratch_bytes(&p.params));
      o2m_bench_measure(bench, WIDTH * HEIGHT, run_picture, &p, "picture 1080p %s%s", names[form], rows_first ? ", rows first" : "");
    }
  }
}
