#include <string.h>

#include "o2m_copy.h"
#include "pieces.h"

struct job {
  size_t row_bytes, source_pitch, destination_pitch;
  const uint8_t *source;
  uint8_t *destination;
  uint32_t groups;
  size_t channels;
};

enum { SHORT_ROW = 512 };  // bytes; a call for each longer one costs little

// A run of whole words without a call, such as some channels of a pixel: pieces of one size, the last one over the end of the one
// before.
static inline void copy_words(uint8_t *to, const uint8_t *from, size_t bytes) {
  if (bytes >= 32) {
    for (size_t i = 0; i + 32 <= bytes; i += 32) __builtin_memcpy_inline(to + i, from + i, 32);
    __builtin_memcpy_inline(to + bytes - 32, from + bytes - 32, 32);
  } else if (bytes >= 16) {
    __builtin_memcpy_inline(to, from, 16);
    __builtin_memcpy_inline(to + bytes - 16, from + bytes - 16, 16);
  } else if (bytes >= 8) {
    __builtin_memcpy_inline(to, from, 8);
    __builtin_memcpy_inline(to + bytes - 8, from + bytes - 8, 8);
  } else {
    __builtin_memcpy_inline(to, from, 4);
  }
}

static void rows_task(void *context, size_t begin, size_t end, uint32_t worker) {
  const struct job *job = context;
  (void)worker;
  if (job->row_bytes % sizeof(float) == 0 && job->row_bytes <= SHORT_ROW) {
    for (size_t i = begin; i < end; i++) {
      const uint8_t *from = job->source + i * job->source_pitch;
      copy_words(job->destination + i * job->destination_pitch, from, job->row_bytes);
    }
    return;
  }
  for (size_t i = begin; i < end; i++) {
    memcpy(job->destination + i * job->destination_pitch, job->source + i * job->source_pitch, job->row_bytes);
  }
}

void o2m_copy_rows(size_t rows, size_t row_bytes, const void *source, size_t source_pitch_bytes, void *destination,
                   size_t destination_pitch_bytes, o2m_pool *pool) {
  if (rows == 0 || row_bytes == 0) return;
  const struct job job = {.row_bytes = row_bytes,
                          .source_pitch = source_pitch_bytes,
                          .destination_pitch = destination_pitch_bytes,
                          .source = source,
                          .destination = destination};
  o2m_pool_run(pool, rows, o2m_grain(row_bytes / 4), rows_task, (void *)&job);
}

// Channel shuffle: `groups` is a constant in each copy of the loop, so that the compiler interleaves vectors; or, where a few large
// runs are dealt out, the channels of a group.

#define SHUFFLE(G)                                                                         \
  static void shuffle_##G(size_t each, const uint32_t *restrict x, uint32_t *restrict y) { \
    for (size_t c = 0; c < each; c++) {                                                    \
      for (size_t g = 0; g < G; g++) y[c * G + g] = x[g * each + c];                       \
    }                                                                                      \
  }
SHUFFLE(2)
SHUFFLE(3)
SHUFFLE(4)

static void deal_2(size_t groups, const uint32_t *restrict x, uint32_t *restrict y) {
  for (size_t g = 0; g < groups; g++) y[g] = x[2 * g], y[groups + g] = x[2 * g + 1];
}

static void shuffle_task(void *context, size_t begin, size_t end, uint32_t worker) {
  const struct job *job = context;
  const size_t each = job->channels / job->groups;
  (void)worker;
  for (size_t i = begin; i < end; i++) {
    const uint32_t *x = (const uint32_t *)(const void *)job->source + i * job->source_pitch;
    uint32_t *y = (uint32_t *)(void *)job->destination + i * job->destination_pitch;
    switch (job->groups) {
      case 2: shuffle_2(each, x, y); break;
      case 3: shuffle_3(each, x, y); break;
      case 4: shuffle_4(each, x, y); break;
      default:
        if (each == 2) {
          deal_2(job->groups, x, y);
          break;
        }
        for (size_t c = 0; c < each; c++) {
          for (size_t g = 0; g < job->groups; g++) y[c * job->groups + g] = x[g * each + c];
        }
    }
  }
}

void o2m_x32_channel_shuffle(uint32_t groups, size_t pixels, size_t channels, const void *x, size_t x_pitch, void *y, size_t y_pitch,
                             o2m_pool *pool) {
  const struct job job = {
      .source_pitch = x_pitch, .destination_pitch = y_pitch, .source = x, .destination = y, .groups = groups, .channels = channels};
  o2m_pool_run(pool, pixels, o2m_grain(channels), shuffle_task, (void *)&job);
}
