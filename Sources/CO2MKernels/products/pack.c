// Packers: from the layouts of ONNX to those of o2m_weights.h. They run once, at conversion.
#include "o2m_weights.h"
#include "widen.h"

static size_t panels(size_t outputs) { return (outputs + O2M_PANEL - 1) / O2M_PANEL; }

float o2m_f32_from_f16(uint16_t half) { return o2m_widen_f16(half); }

uint16_t o2m_f16_from_f32(float value) {
  const uint32_t bits = o2m_f32_to_bits(value);
  const uint16_t sign = (uint16_t)(bits >> 16 & 0x8000u);
  uint32_t magnitude = bits & 0x7fffffffu;
  if (magnitude > 0x7f800000u) return (uint16_t)(sign | 0x7e00u);   // NaN
  if (magnitude >= 0x47800000u) return (uint16_t)(sign | 0x7c00u);  // 65536 and above
  if (magnitude < 0x38800000u) {
    // Below 2^-14 the result is subnormal, in steps of 2^-24: the step of float32 at 0.5, so the addition rounds.
    const float rounded = o2m_bits_to_f32(magnitude) + 0.5f;
    return (uint16_t)(sign | (o2m_f32_to_bits(rounded) - 0x3f000000u));
  }
  magnitude += 0xfffu + (magnitude >> 13 & 1);
  return (uint16_t)(sign | ((magnitude >> 13) - (112u << 10)));
}

struct o2m_pack_source o2m_pack_oihw(size_t groups, size_t outputs, size_t inputs, size_t taps) {
  return (struct o2m_pack_source){groups, outputs, taps, inputs, outputs * inputs * taps, inputs * taps, 1, taps, NULL};
}

struct o2m_pack_source o2m_pack_iohw(size_t groups, size_t outputs, size_t inputs, size_t taps, const uint32_t *order) {
  return (struct o2m_pack_source){groups, outputs, taps, inputs, inputs * outputs * taps, taps, 1, outputs * taps, order};
}

struct o2m_pack_source o2m_pack_kn(size_t k, size_t n) {
  return (struct o2m_pack_source){1, n, 1, k, 0, 1, 0, n, NULL};
}

struct o2m_pack_source o2m_pack_nk(size_t k, size_t n) {
  return (struct o2m_pack_source){1, n, 1, k, 0, k, 0, 1, NULL};
}

void o2m_pack_taps(size_t kh, size_t kw, size_t stride_y, size_t stride_x, size_t dilation_y, size_t dilation_x, uint32_t *order) {
  for (size_t phase_y = 0; phase_y < stride_y; phase_y++)
    for (size_t phase_x = 0; phase_x < stride_x; phase_x++)
      for (size_t ky = 0; ky < kh; ky++)
        for (size_t kx = 0; kx < kw; kx++)
          if (ky * dilation_y % stride_y == phase_y && kx * dilation_x % stride_x == phase_x) *order++ = (uint32_t)(ky * kw + kx);
}

size_t o2m_packed_count(const struct o2m_pack_source *s) { return s->groups * panels(s->outputs) * O2M_PANEL * s->taps * s->inputs; }

// Runs `store` for every packed element in order: `from` is the offset of its source, `inside` whether it has one.
#define O2M_PACK_EACH(s, store)                                                                                             \
  for (size_t group = 0; group < (s)->groups; group++)                                                                      \
    for (size_t panel = 0; panel < panels((s)->outputs); panel++)                                                           \
      for (size_t tap = 0; tap < (s)->taps; tap++)                                                                          \
        for (size_t input = 0; input < (s)->inputs; input++)                                                                \
          for (size_t column = 0; column < O2M_PANEL; column++) {                                                           \
            const size_t output = panel * O2M_PANEL + column;                                                               \
            const int inside = output < (s)->outputs;                                                                       \
            const size_t source_tap = (s)->tap_order ? (s)->tap_order[tap] : tap;                                           \
            const size_t from =                                                                                             \
                group * (s)->group_step + output * (s)->output_step + source_tap * (s)->tap_step + input * (s)->input_step; \
            store;                                                                                                          \
          }

void o2m_pack_f32(const struct o2m_pack_source *s, const float *w, float *packed) { O2M_PACK_EACH(s, *packed++ = inside ? w[from] : 0) }

void o2m_pack_f16(const struct o2m_pack_source *s, const float *w, uint16_t *packed) {
  O2M_PACK_EACH(s, *packed++ = inside ? o2m_f16_from_f32(w[from]) : 0)
}

void o2m_pack_i8(const struct o2m_pack_source *s, const int8_t *q, int8_t *packed){O2M_PACK_EACH(s, *packed++ = inside ? q[from] : 0)}
// Depthwise weights are one row of all channels per tap: a panel form with the panels beside, not below, each other.
#define O2M_PACK_DEPTHWISE(channels, taps, store)                                 \
  for (size_t tap = 0; tap < (taps); tap++)                                       \
    for (size_t channel = 0; channel < panels(channels) * O2M_PANEL; channel++) { \
      const int inside = channel < (channels);                                    \
      const size_t from = channel * (taps) + tap;                                 \
      store;                                                                      \
    }

size_t o2m_packed_depthwise_count(size_t channels, size_t taps) {
  return panels(channels) * O2M_PANEL * taps;
}

void o2m_pack_depthwise_f32(size_t channels, size_t taps, const float *w, float *packed) {
  O2M_PACK_DEPTHWISE(channels, taps, *packed++ = inside ? w[from] : 0)
}

void o2m_pack_depthwise_f16(size_t channels, size_t taps, const float *w, uint16_t *packed) {
  O2M_PACK_DEPTHWISE(channels, taps, *packed++ = inside ? o2m_f16_from_f32(w[from]) : 0)
}

void o2m_pack_depthwise_i8(size_t channels, size_t taps, const int8_t *q,
                           int8_t *packed){O2M_PACK_DEPTHWISE(channels, taps, *packed++ = inside ? q[from] : 0)}

size_t o2m_packed_vector_count(size_t groups, size_t outputs) {
  return groups * panels(outputs) * O2M_PANEL;
}

void o2m_pack_vector(size_t groups, size_t outputs, const float *v, float fill, float *packed) {
  for (size_t group = 0; group < groups; group++)
    for (size_t output = 0; output < panels(outputs) * O2M_PANEL; output++)
      *packed++ = output < outputs ? v[group * outputs + output] : fill;
}
