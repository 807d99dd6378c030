// Buffers with guards, and numbers that follow from a seed.
#ifndef O2M_CHECK_RANDOM_H
#define O2M_CHECK_RANDOM_H

#include "checks.h"

struct random {
  uint64_t state;
  uint32_t seed;
};

static inline uint32_t next(struct random *r) {
  r->state = r->state * 6364136223846793005u + 1442695040888963407u;
  uint64_t x = r->state ^ r->state >> 29;
  x *= 0x9e3779b97f4a7c15u;
  return (uint32_t)(x >> 32);
}

static inline size_t below(struct random *r, size_t n) { return next(r) % n; }
static inline float uniform(struct random *r) { return (float)(next(r) >> 8) * 0x1p-23f - 1; }
#define PICK(r, ...) ((const size_t[]){__VA_ARGS__}[below(r, sizeof(const size_t[]){__VA_ARGS__} / sizeof(size_t))])

// Written to the output before a run: whatever still has it afterwards was not written.
#define UNWRITTEN 0x7fc0dead

static inline float *filled(size_t n, uint32_t bits) {
  uint32_t *p = malloc(n * 4 + 4);
  for (size_t i = 0; i < n; i++) p[i] = bits;
  return (float *)p;
}

// `pixels` runs of `channels` random numbers, `pitch` apart; NaN between them, so that a stray read shows.
static inline float *random_pixels(struct random *r, size_t pixels, size_t channels, size_t pitch) {
  float *x = filled(pixels * pitch, UNWRITTEN);
  for (size_t p = 0; p < pixels; p++)
    for (size_t c = 0; c < channels; c++) x[p * pitch + c] = uniform(r);
  return x;
}

#endif
