#include "o2m_copy.h"

#include <string.h>

#include "elementwise/broadcast.h"
#include "pieces.h"

int o2m_plan_copy(struct o2m_copy_plan *plan, uint32_t element_bytes, uint32_t rank, const size_t *dims, const ptrdiff_t *source_strides,
                  const ptrdiff_t *destination_strides) {
  if (rank > O2M_MAX_DIMS || (element_bytes != 1 && element_bytes != 2 && element_bytes != 4 && element_bytes != 8)) return -1;
  ptrdiff_t strides[2 * O2M_MAX_DIMS];
  for (uint32_t i = 0; i < rank; i++) {
    strides[i] = destination_strides[i];
    strides[rank + i] = source_strides[i];
  }
  struct o2m_broadcast_plan merged;
  if (o2m_plan_broadcast(&merged, 2, rank, dims, strides)) return -1;
  *plan = (struct o2m_copy_plan){.rank = merged.rank, .element_bytes = element_bytes, .transpose = merged.rank, .count = merged.count};
  for (uint32_t i = 0; i < merged.rank; i++) {
    plan->dims[i] = merged.dims[i];
    plan->destination[i] = merged.strides[0][i];
    plan->source[i] = merged.strides[1][i];
    if (plan->source[i] == 1 && i + 1 < merged.rank) plan->transpose = i;
  }
  return 0;
}

// 32 × 32 elements of 4 bytes: 32 lines of the source and of the destination stay in the first cache. Few columns make long
// tiles.
enum { TILE = 32 };

// Inner loops: `n` elements with strides, and a tile of rows × n whose source runs along the rows.

#define INNER_LOOPS(type)                                                                                                              \
  static void run_##type(size_t n, const type *source, ptrdiff_t from, type *destination, ptrdiff_t to) {                              \
    if (from == 1 && to == 1) {                                                                                                        \
      memcpy(destination, source, n * sizeof(type));                                                                                   \
    } else if (from == 0 && to == 1) {                                                                                                 \
      const type value = *source;                                                                                                      \
      for (size_t i = 0; i < n; i++) destination[i] = value;                                                                           \
    } else {                                                                                                                           \
      for (; n > 0; n--, source += from, destination += to) *destination = *source;                                                    \
    }                                                                                                                                  \
  }                                                                                                                                    \
  static void tile_##type(size_t rows, size_t n, const type *source, ptrdiff_t from, type *destination, ptrdiff_t row, ptrdiff_t to) { \
    if (n < TILE / 4) { /* few columns, as in pictures of 3 channels: run along the source */                                          \
      for (size_t j = 0; j < n; j++, source += from, destination += to) {                                                              \
        for (size_t i = 0; i < rows; i++) destination[(ptrdiff_t)i * row] = source[i];                                                 \
      }                                                                                                                                \
      return;                                                                                                                          \
    }                                                                                                                                  \
    for (size_t i = 0; i < rows; i++) {                                                                                                \
      const type *s = source + i;                                                                                                      \
      type *d = destination + (ptrdiff_t)i * row;                                                                                      \
      for (size_t j = 0; j < n; j++) d[(ptrdiff_t)j * to] = s[(ptrdiff_t)j * from];                                                    \
    }                                                                                                                                  \
  }
INNER_LOOPS(uint8_t)
INNER_LOOPS(uint16_t)
INNER_LOOPS(uint32_t)
INNER_LOOPS(uint64_t)

struct job {
  const struct o2m_copy_plan *plan;
  struct o2m_broadcast_plan walk;  // the outer dims, without the inner ones
  const uint8_t *source;
  uint8_t *destination;
};

static void copy_run(const struct o2m_copy_plan *plan, size_t n, const uint8_t *source, uint8_t *destination) {
  const ptrdiff_t from = plan->source[plan->rank - 1], to = plan->destination[plan->rank - 1];
  switch (plan->element_bytes) {
    case 1: run_uint8_t(n, source, from, destination, to); break;
    case 2: run_uint16_t(n, (const void *)source, from, (void *)destination, to); break;
    case 4: run_uint32_t(n, (const void *)source, from, (void *)destination, to); break;
    default: run_uint64_t(n, (const void *)source, from, (void *)destination, to); break;
  }
}

// Rows of a tile: the elements that are copied at once along `transpose`.
static size_t tile_rows(const struct o2m_copy_plan *plan) { return plan->dims[plan->rank - 1] < TILE / 4 ? TILE * TILE / 4 : TILE; }

// The tiles of the rows from `i` on.
static void copy_transposed(const struct o2m_copy_plan *plan, size_t i, const uint8_t *source, uint8_t *destination) {
  const uint32_t outer = plan->transpose, inner = plan->rank - 1;
  const size_t bytes = plan->element_bytes, most = tile_rows(plan);
  const ptrdiff_t from = plan->source[inner], row = plan->destination[outer], to = plan->destination[inner];
  const size_t rows = plan->dims[outer] - i < most ? plan->dims[outer] - i : most;
  for (size_t j = 0; j < plan->dims[inner]; j += TILE) {
    const size_t n = plan->dims[inner] - j < TILE ? plan->dims[inner] - j : TILE;
    const uint8_t *s = source + ((ptrdiff_t)i + (ptrdiff_t)j * from) * (ptrdiff_t)bytes;
    uint8_t *d = destination + ((ptrdiff_t)i * row + (ptrdiff_t)j * to) * (ptrdiff_t)bytes;
    switch (bytes) {
      case 1: tile_uint8_t(rows, n, s, from, d, row, to); break;
      case 2: tile_uint16_t(rows, n, (const void *)s, from, (void *)d, row, to); break;
      case 4: tile_uint32_t(rows, n, (const void *)s, from, (void *)d, row, to); break;
      default: tile_uint64_t(rows, n, (const void *)s, from, (void *)d, row, to); break;
    }
  }
}

// Items are rows of tiles, for each position of the other dims.
static void transposed_task(void *context, size_t begin, size_t end, uint32_t worker) {
  const struct job *job = context;
  const struct o2m_copy_plan *plan = job->plan;
  const ptrdiff_t bytes = (ptrdiff_t)plan->element_bytes;
  const size_t most = tile_rows(plan), tiles = (plan->dims[plan->transpose] + most - 1) / most;
  (void)worker;
  struct o2m_walk walk;
  o2m_walk_start(&walk, &job->walk, 0, begin / tiles);
  for (size_t item = begin, tile = begin % tiles; item < end; item++) {
    copy_transposed(plan, tile * most, job->source + walk.offset[1] * bytes, job->destination + walk.offset[0] * bytes);
    if (++tile < tiles) continue;
    tile = 0;
    o2m_walk_next(&walk);
  }
}

static void outer_task(void *context, size_t begin, size_t end, uint32_t worker) {
  const struct job *job = context;
  const struct o2m_copy_plan *plan = job->plan;
  const ptrdiff_t bytes = (ptrdiff_t)plan->element_bytes;
  (void)worker;
  struct o2m_walk walk;
  o2m_walk_start(&walk, &job->walk, 0, begin);
  for (size_t i = begin; i < end; i++, o2m_walk_next(&walk)) {
    copy_run(plan, plan->dims[plan->rank - 1], job->source + walk.offset[1] * bytes, job->destination + walk.offset[0] * bytes);
  }
}

static void inner_task(void *context, size_t begin, size_t end, uint32_t worker) {
  const struct job *job = context;
  const struct o2m_copy_plan *plan = job->plan;
  const ptrdiff_t at = (ptrdiff_t)begin * (ptrdiff_t)plan->element_bytes;
  (void)worker;
  copy_run(plan, end - begin, job->source + at * plan->source[0], job->destination + at * plan->destination[0]);
}

void o2m_copy(const struct o2m_copy_plan *plan, const void *source, void *destination, o2m_pool *pool) {
  if (plan->count == 0) return;
  struct job job = {.plan = plan, .source = source, .destination = destination};
  if (plan->rank == 1) {
    o2m_pool_run(pool, plan->dims[0], O2M_PIECE, inner_task, &job);
    return;
  }
  // Runs of channels, pixel by pixel.
  if (plan->rank == 2 && plan->source[1] == 1 && plan->destination[1] == 1 && plan->source[0] > 0 && plan->destination[0] > 0) {
    const size_t bytes = plan->element_bytes;
    o2m_copy_rows(plan->dims[0], plan->dims[1] * bytes, source, (size_t)plan->source[0] * bytes, destination,
                  (size_t)plan->destination[0] * bytes, pool);
    return;
  }
  job.walk = (struct o2m_broadcast_plan){.operands = 2, .count = 1};
  const size_t inner = plan->dims[plan->rank - 1];
  for (uint32_t i = 0; i + 1 < plan->rank; i++) {
    if (i == plan->transpose) continue;
    const uint32_t k = job.walk.rank++;
    job.walk.dims[k] = plan->dims[i];
    job.walk.strides[0][k] = plan->destination[i];
    job.walk.strides[1][k] = plan->source[i];
    job.walk.count *= plan->dims[i];
  }
  if (plan->transpose == plan->rank) {
    o2m_pool_run(pool, job.walk.count, o2m_grain(inner), outer_task, &job);
    return;
  }
  const size_t most = tile_rows(plan), tiles = (plan->dims[plan->transpose] + most - 1) / most;
  o2m_pool_run(pool, job.walk.count * tiles, o2m_grain(most * inner), transposed_task, &job);
}

int o2m_fill(uint32_t element_bytes, uint32_t rank, const size_t *dims, const ptrdiff_t *strides, const void *value, void *destination) {
  static const ptrdiff_t still[O2M_MAX_DIMS] = {0};
  struct o2m_copy_plan plan;
  if (o2m_plan_copy(&plan, element_bytes, rank, dims, still, strides)) return -1;
  o2m_copy(&plan, value, destination, NULL);
  return 0;
}
