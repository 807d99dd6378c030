#include <string.h>

#include "counting/ordered.h"
#include "o2m_count.h"

#pragma STDC FP_CONTRACT OFF  // products are rounded before they are subtracted, as in the reference

// The edges of many boxes, one list for each.
struct edges {
  float *left, *right, *top, *bottom, *area;
};

static inline struct edges edges_in(float *memory, size_t count) {
  const struct edges edges = {memory, memory + count, memory + 2 * count, memory + 3 * count, memory + 4 * count};
  return edges;
}

static inline float least(float a, float b) { return b < a ? b : a; }
static inline float largest(float a, float b) { return b >= a ? b : a; }

static void find_edges(const struct o2m_suppression *what, const float *boxes, struct edges edges) {
  for (size_t i = 0; i < what->batches * what->count; i++) {
    const float *box = boxes + 4 * i;
    if (what->centered) {
      edges.left[i] = box[0] - box[2] / 2, edges.right[i] = box[0] + box[2] / 2;
      edges.top[i] = box[1] - box[3] / 2, edges.bottom[i] = box[1] + box[3] / 2;
    } else {
      edges.left[i] = least(box[1], box[3]), edges.right[i] = largest(box[1], box[3]);
      edges.top[i] = least(box[0], box[2]), edges.bottom[i] = largest(box[0], box[2]);
    }
    edges.area[i] = largest(0, edges.right[i] - edges.left[i]) * largest(0, edges.bottom[i] - edges.top[i]);
  }
}

// Whether one of the first `count` boxes and `at` of `all` share more of what they cover than `overlap`.
static int is_covered(struct edges chosen, size_t count, struct edges all, size_t at, float overlap) {
  const float left = all.left[at], right = all.right[at], top = all.top[at], bottom = all.bottom[at], area = all.area[at];
  enum { STEP = 16 };
  for (size_t first = 0; first < count; first += STEP) {
    const size_t n = count - first < STEP ? count - first : STEP;
    int any = 0;
    for (size_t k = first; k < first + n; k++) {
      const float width = least(chosen.right[k], right) - largest(chosen.left[k], left);
      const float height = least(chosen.bottom[k], bottom) - largest(chosen.top[k], top);
      const float common = width * height;
      const float share = common / (chosen.area[k] + area - common);
      const int meets = (width > 0) & (height > 0) & (chosen.area[k] > 0) & (area > 0);
      // What does not meet shares nothing, which is more than a negative threshold.
      any |= meets ? share > overlap : 0.0f > overlap;
    }
    if (any) return 1;
  }
  return 0;
}

struct job {
  const struct o2m_suppression *what;
  const float *scores;
  struct edges all;
  size_t room, candidates_bytes, chosen_bytes;
  size_t *counts;
  uint8_t *workers;
  int64_t *found;
};

static void suppress_task(void *context, size_t begin, size_t end, uint32_t worker) {
  const struct job *job = context;
  const struct o2m_suppression *what = job->what;
  uint64_t *heap = (uint64_t *)(void *)(job->workers + worker * (job->candidates_bytes + job->chosen_bytes));
  const struct edges chosen = edges_in((float *)(void *)((uint8_t *)heap + job->candidates_bytes), job->room);
  for (size_t item = begin; item < end; item++) {
    const float *scores = job->scores + item * what->count;
    const size_t batch = item / what->classes, first = batch * what->count;
    size_t candidates = 0, kept = 0;
    for (size_t i = 0; i < what->count; i++) {
      const float score = scores[i];
      if (what->has_threshold ? !(score > what->threshold) : score != score) continue;
      heap[candidates++] = (uint64_t)o2m_f32_order(score) << 32 | (uint32_t) ~(uint32_t)i;
    }
    if (job->room > 0) o2m_heapify(heap, candidates);
    int64_t *to = job->found + item * job->room * 3;
    while (kept < job->room && candidates > 0) {
      const size_t box = (uint32_t) ~(uint32_t)heap[0];
      heap[0] = heap[--candidates];
      o2m_sink(heap, candidates, 0);
      const size_t at = first + box;
      if (is_covered(chosen, kept, job->all, at, what->overlap)) continue;
      chosen.left[kept] = job->all.left[at], chosen.right[kept] = job->all.right[at];
      chosen.top[kept] = job->all.top[at], chosen.bottom[kept] = job->all.bottom[at];
      chosen.area[kept] = job->all.area[at];
      to[3 * kept] = (int64_t)batch, to[3 * kept + 1] = (int64_t)(item % what->classes), to[3 * kept + 2] = (int64_t)box;
      kept++;
    }
    job->counts[item] = kept;
  }
}

static size_t room_of(const struct o2m_suppression *what, size_t most) { return most < what->count ? most : what->count; }

// 64 bytes behind every part, so that each begins on a line of the cache.
static size_t padded(size_t bytes) { return (bytes + 63) / 64 * 64; }

size_t o2m_f32_suppress_scratch_bytes(const struct o2m_suppression *what, size_t most, uint32_t threads) {
  const size_t limit = SIZE_MAX / 64 / 1025;
  const size_t room = room_of(what, most);
  if (what->count > UINT32_MAX || (what->classes > 0 && what->batches > limit / what->classes) ||
      (what->count > 0 && what->batches > limit / what->count))
    return SIZE_MAX;
  return padded(what->batches * what->classes * sizeof(size_t)) + padded(5 * what->batches * what->count * sizeof(float)) +
         threads * (padded(what->count * sizeof(uint64_t)) + padded(5 * room * sizeof(float)));
}

size_t o2m_f32_suppress(const struct o2m_suppression *what, const float *boxes, const float *scores, void *scratch, int64_t *found,
                        o2m_pool *pool) {
  const size_t items = what->batches * what->classes, room = room_of(what, what->most);
  if (items == 0 || room == 0) return 0;
  uint8_t *memory = scratch;
  size_t *counts = (size_t *)(void *)memory;
  memory += padded(items * sizeof(size_t));
  const struct edges all = edges_in((float *)(void *)memory, what->batches * what->count);
  memory += padded(5 * what->batches * what->count * sizeof(float));
  find_edges(what, boxes, all);
  struct job job = {what,   scores, all,  room, padded(what->count * sizeof(uint64_t)), padded(5 * room * sizeof(float)),
                    counts, memory, found};
  o2m_pool_run(pool, items, 1, suppress_task, &job);
  size_t total = counts[0];
  for (size_t item = 1; item < items; item++) {
    memmove(found + 3 * total, found + 3 * item * room, counts[item] * 3 * sizeof(int64_t));
    total += counts[item];
  }
  return total;
}
