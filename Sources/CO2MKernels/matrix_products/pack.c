// The packer: from the layouts of ONNX to those of o2m_weights.h, at conversion, and at run time where weights are computed.
#include <string.h>

#include "o2m_weights.h"
#include "sizes.h"

// a * b, or PTRDIFF_MAX where that is less.
static size_t times(size_t a, size_t b) {
  size_t product;
  return __builtin_mul_overflow(a, b, &product) || product > PTRDIFF_MAX ? PTRDIFF_MAX : product;
}

static size_t panels(const struct o2m_weight_layout *w) { return o2m_round_up(w->outputs, O2M_PANEL) / O2M_PANEL; }

// The extents, for [group][panel][tap][input][16].
static struct o2m_weight_layout in_panels(size_t groups, size_t outputs, size_t taps, size_t inputs) {
  struct o2m_weight_layout w = {.groups = groups, .outputs = outputs, .taps = taps, .inputs = inputs};
  w.tap_place = inputs * O2M_PANEL;
  w.panel_place = taps * w.tap_place;
  w.group_place = panels(&w) * w.panel_place;
  w.kernel_width = taps;
  w.stride_y = w.stride_x = w.dilation_y = w.dilation_x = 1;
  return w;
}

struct o2m_weight_layout o2m_layout_oihw(size_t groups, size_t outputs, size_t inputs, size_t taps) {
  struct o2m_weight_layout w = in_panels(groups, outputs, taps, inputs);
  w.tap_step = 1;
  w.input_step = taps;
  w.output_step = inputs * taps;
  w.group_step = outputs * w.output_step;
  return w;
}

struct o2m_weight_layout o2m_layout_iohw(size_t groups, size_t outputs, size_t inputs, size_t taps) {
  struct o2m_weight_layout w = in_panels(groups, outputs, taps, inputs);
  w.tap_step = 1;
  w.output_step = taps;
  w.input_step = outputs * taps;
  w.group_step = inputs * w.input_step;
  return w;
}

struct o2m_weight_layout o2m_layout_depthwise(size_t channels, size_t taps) {
  struct o2m_weight_layout w = o2m_layout_oihw(1, channels, 1, taps);
  w.panel_place = O2M_PANEL;
  w.tap_place = panels(&w) * O2M_PANEL;
  return w;
}

struct o2m_weight_layout o2m_layout_vector(const struct o2m_weight_layout *weights) {
  return o2m_layout_oihw(weights->groups, weights->outputs, 1, 1);
}

size_t o2m_packed_count(const struct o2m_weight_layout *w) {
  return times(times(w->groups, times(panels(w), O2M_PANEL)), times(w->taps, w->inputs));
}

static void copy(void *to, const void *from, size_t bytes) {
  switch (bytes) {
    case 1: memcpy(to, from, 1); break;
    case 2: memcpy(to, from, 2); break;
    default: memcpy(to, from, 4);
  }
}

// One tap, which begins at `from` and in the packed form at `to`.
static void pack_tap(const struct o2m_weight_layout *w, size_t bytes, const char *from, uint32_t padding, char *to) {
  for (size_t group = 0; group < w->groups; group++)
    for (size_t panel = 0; panel < panels(w); panel++) {
      char *place = to + (group * w->group_place + panel * w->panel_place) * bytes;
      for (size_t input = 0; input < w->inputs; input++)
        for (size_t column = 0; column < O2M_PANEL; column++, place += bytes) {
          const size_t output = panel * O2M_PANEL + column;
          const size_t at = group * w->group_step + output * w->output_step + input * w->input_step;
          copy(place, output < w->outputs ? from + at * bytes : (const char *)&padding, bytes);
        }
    }
}

// Of the taps along one axis: those of lower phases than that of `k`, those of the same one, and those of them before `k`.
struct rank {
  size_t lower, same, before;
};

static struct rank rank_of(size_t k, size_t count, size_t dilation, size_t stride) {
  struct rank rank = {0};
  for (size_t i = 0; i < count; i++) {
    const size_t own = k * dilation % stride, other = i * dilation % stride;
    rank.lower += other < own;
    rank.same += other == own;
    rank.before += other == own && i < k;
  }
  return rank;
}

// How many taps are packed before this one.
static size_t place_of(const struct o2m_weight_layout *w, size_t tap) {
  if (w->stride_y == 1 && w->stride_x == 1) return tap;
  const size_t width = w->kernel_width;
  const struct rank y = rank_of(tap / width, w->taps / width, w->dilation_y, w->stride_y);
  const struct rank x = rank_of(tap % width, width, w->dilation_x, w->stride_x);
  return y.lower * width + y.same * x.lower + y.before * x.same + x.before;
}

void o2m_pack(const struct o2m_weight_layout *w, size_t bytes, const void *from, uint32_t padding, void *packed) {
  for (size_t tap = 0; tap < w->taps; tap++)
    pack_tap(w, bytes, (const char *)from + tap * w->tap_step * bytes, padding, (char *)packed + place_of(w, tap) * w->tap_place * bytes);
}
