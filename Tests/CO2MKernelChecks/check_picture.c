// Pictures against plain loops: every form of pixels, both orders of the axes, any place of the result; to the bit.
#include "check_random.h"

enum { MOST = 24 };  // pixels of a side

static int32_t clamped(int64_t x) { return x < 0 ? 0 : x > 255 ? 255 : (int32_t)x; }

// A table of windows that lie in order and inside of `read` pixels.
struct axis {
  int32_t first[MOST];
  int32_t weights[MOST * MOST];
};

static struct o2m_picture_axis random_axis(struct random *r, struct axis *axis, size_t read, size_t unit) {
  struct o2m_picture_axis result = {1 + below(r, MOST), 1 + below(r, read), axis->first, axis->weights};
  const size_t window = result.taps;
  result.taps = (window + unit - 1) / unit * unit;
  for (size_t i = 0; i < result.count; i++) {
    axis->first[i] = (int32_t)((read - window) * i / result.count);
    if (result.taps > window && (size_t)axis->first[i] + result.taps > read)
      axis->first[i] = (int32_t)(read > result.taps ? read - result.taps : 0);
    for (size_t k = 0; k < result.taps; k++) {
      const int32_t most = 1 << 22;
      const int is_inside = (size_t)axis->first[i] + k < read && k < window;
      axis->weights[i * result.taps + k] = is_inside ? (int32_t)(next(r) % (uint32_t)(2 * most)) - most / 2 : 0;
    }
  }
  return result;
}

// Component c of the pixel at (x, y) of the source.
static int32_t source(const struct o2m_picture_params *p, const uint8_t *const planes[3], const size_t strides[3], size_t x, size_t y,
                      size_t c) {
  const uint8_t *row = planes[0] + y * strides[0];
  if (p->form == O2M_PIXELS_1) return row[x];
  if (p->form == O2M_PIXELS_3) return row[3 * x + c];
  if (p->form == O2M_PIXELS_4) return row[4 * x + c];
  const int pairs = p->form == O2M_PIXELS_PAIRS;
  const int64_t u = (pairs ? planes[1][y / 2 * strides[1] + x / 2 * 2] : planes[1][y / 2 * strides[1] + x / 2]) - 128;
  const int64_t v = (pairs ? planes[1][y / 2 * strides[1] + x / 2 * 2 + 1] : planes[2][y / 2 * strides[2] + x / 2]) - 128;
  const int64_t light = (int64_t)p->colours.luma * (row[x] - p->colours.black) + (1 << 15);
  if (c == 0) return clamped((light + p->colours.red * v) >> 16);
  return clamped((c == 2 ? light + p->colours.blue * u : light + p->colours.green_u * u + p->colours.green_v * v) >> 16);
}

static int32_t sum(const int32_t *samples, const int32_t *weights, size_t taps) {
  uint32_t sum = 1 << 21;
  for (size_t k = 0; k < taps; k++) sum += (uint32_t)samples[k] * (uint32_t)weights[k];
  return clamped((int32_t)sum >> 22);
}

static int32_t sample(const struct o2m_picture_params *p, const uint8_t *const planes[3], const size_t strides[3], size_t i, size_t j,
                      size_t c) {
  int32_t outer[MOST + 2], inner[MOST + 2];
  const size_t outer_taps = p->rows_first ? p->x.taps : p->y.taps, inner_taps = p->rows_first ? p->y.taps : p->x.taps;
  for (size_t a = 0; a < outer_taps; a++) {
    for (size_t b = 0; b < inner_taps; b++) {
      const size_t x = (size_t)p->x.first[j] + (p->rows_first ? a : b), y = (size_t)p->y.first[i] + (p->rows_first ? b : a);
      inner[b] = x < p->columns ? source(p, planes, strides, p->left + x, p->top + y, c) : 0;
    }
    outer[a] = sum(inner, p->rows_first ? p->y.weights + i * inner_taps : p->x.weights + j * inner_taps, inner_taps);
  }
  return sum(outer, p->rows_first ? p->x.weights + j * outer_taps : p->y.weights + i * outer_taps, outer_taps);
}

static void check_one(struct o2m_check_report *report, struct random *r) {
  struct axis tables[2];
  struct o2m_picture_params p = {.form = (uint32_t)below(r, O2M_PIXELS_PLANES + 1), .rows_first = (uint32_t)below(r, 2)};
  const size_t rows = 1 + below(r, MOST);
  p.left = below(r, 5), p.top = below(r, 3), p.columns = 1 + below(r, MOST);
  p.x = random_axis(r, &tables[0], p.columns, 2), p.y = random_axis(r, &tables[1], rows, 1);
  p.colours = (struct o2m_picture_colours){(int32_t)below(r, 17),     60000 + (int32_t)below(r, 20000), (int32_t)below(r, 140000),
                                           -(int32_t)below(r, 30000), -(int32_t)below(r, 60000),        (int32_t)below(r, 140000)};
  p.channels = below(r, 3) ? 3 : 1;
  const int swaps = (int)below(r, 2);
  for (uint8_t c = 0; c < 3; c++) p.component[c] = swaps ? 2 - c : c, p.channel[c] = below(r, 2) ? 2 - c : c;
  p.element_bytes = (uint32_t)PICK(r, 1, 2, 4, 8);

  // Rows end where their memory ends, so that a read behind them shows to who looks for it.
  const size_t width = p.left + p.columns, height = p.top + rows;
  const size_t bytes[6] = {1, 3, 4, 1, 1};
  size_t strides[3] = {width * bytes[p.form] + below(r, 4), (width + 1) / 2 * (p.form == O2M_PIXELS_PAIRS ? 2 : 1), (width + 1) / 2};
  uint8_t *memory[3];
  for (int k = 0; k < 3; k++) {
    const size_t lines = k ? (height + 1) / 2 : height, size = (lines - 1) * strides[k] + (k ? strides[k] : width * bytes[p.form]);
    memory[k] = malloc(size);
    for (size_t i = 0; i < size; i++) memory[k][i] = (uint8_t)next(r);
  }
  const uint8_t *const planes[3] = {memory[0], memory[1], memory[2]};
  uint8_t *levels = malloc(3 * 256 * 8);
  for (size_t i = 0; i < 3 * 256 * 8; i++) levels[i] = (uint8_t)next(r);
  p.levels = levels;

  // Any of the places in which a layout, a rotation and a mirror put the elements.
  const size_t count = p.x.count * p.y.count, total = count * p.channels;
  const int turned = (int)below(r, 2), interleaved = (int)below(r, 2);
  const ptrdiff_t unit = interleaved ? (ptrdiff_t)p.channels : 1;
  p.step_c = interleaved ? 1 : (ptrdiff_t)count;
  p.step_x = unit * (turned ? (ptrdiff_t)p.y.count : 1), p.step_y = unit * (turned ? 1 : (ptrdiff_t)p.x.count);
  if (below(r, 2)) p.start += p.step_x * (ptrdiff_t)(p.x.count - 1), p.step_x = -p.step_x;
  if (below(r, 2)) p.start += p.step_y * (ptrdiff_t)(p.y.count - 1), p.step_y = -p.step_y;

  float *y = o2m_new_floats(total * p.element_bytes / 4 + 1);
  void *scratch = o2m_allocate(o2m_picture_scratch_bytes(&p));
  memset(scratch, 0xA5, o2m_picture_scratch_bytes(&p));
  o2m_picture(&p, planes, strides, y, scratch);
  size_t wrong = 0;
  for (size_t i = 0; i < p.y.count; i++) {
    for (size_t j = 0; j < p.x.count; j++) {
      int32_t rgb[3];
      for (size_t c = 0; c < 3; c++) rgb[c] = sample(&p, planes, strides, i, j, p.component[c]);
      for (size_t c = 0; c < p.channels; c++) {
        const size_t level = p.channels == 1 ? ((size_t)rgb[0] * 19595 + (size_t)rgb[1] * 38470 + (size_t)rgb[2] * 7471 + 0x8000) >> 16
                                             : (size_t)rgb[p.channel[c]];
        const ptrdiff_t at = p.start + (ptrdiff_t)i * p.step_y + (ptrdiff_t)j * p.step_x + (ptrdiff_t)c * p.step_c;
        const size_t size = p.element_bytes;
        if (memcmp((uint8_t *)y + (size_t)at * size, levels + (c * 256 + level) * size, size)) wrong++;
      }
    }
  }
  o2m_expect(report, wrong == 0, p.rows_first ? "rows first" : "columns first", p.form, (double)wrong, 0);
  o2m_expect_guard(report, y, total * p.element_bytes / 4 + 1, "guard");
  free(y), free(levels), o2m_free(scratch);
  for (int k = 0; k < 3; k++) free(memory[k]);
}

void o2m_check_picture(struct o2m_check_report *report) {
  for (uint32_t seed = 0; seed < report->seeds; seed++) {
    struct random r = {.state = seed + 1, .seed = seed};
    check_one(report, &r);
  }
}
