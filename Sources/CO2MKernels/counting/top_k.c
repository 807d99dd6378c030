#include "counting/ordered.h"
#include "o2m_count.h"
#include "pieces.h"

struct job {
  enum o2m_element element;
  int largest;
  size_t n, inner, k;
  const uint8_t *x;
  uint8_t *values;
  int64_t *indices;
  uint8_t *scratch;
};

static size_t heap_bytes(size_t k) { return (k * sizeof(uint64_t) + 63) / 64 * 64; }

size_t o2m_top_k_scratch_bytes(size_t k, uint32_t threads) { return k > SIZE_MAX / 64 / 1025 ? SIZE_MAX : threads * heap_bytes(k); }

// Ascends from the best element to the worst.
static inline uint64_t key_of(const struct job *job, const uint8_t *line, size_t i) {
  const uint8_t *at = line + i * job->inner * 4;
  uint32_t order;
  if (job->element == O2M_ELEMENT_F32) {
    float value;
    memcpy(&value, at, 4);
    order = o2m_f32_order(value);
  } else {
    memcpy(&order, at, 4);
    order ^= 0x80000000u;
  }
  return (uint64_t)(job->largest ? ~order : order) << 32 | (uint32_t)i;
}

static void top_task(void *context, size_t begin, size_t end, uint32_t worker) {
  const struct job *job = context;
  uint64_t *heap = (uint64_t *)(void *)(job->scratch + worker * heap_bytes(job->k));
  for (size_t item = begin; item < end; item++) {
    const size_t outer = item / job->inner, inner = item % job->inner;
    const uint8_t *line = job->x + (outer * job->n * job->inner + inner) * 4;
    // The worst of the best so far is the root.
    for (size_t i = 0; i < job->k; i++) heap[i] = key_of(job, line, i);
    o2m_heapify(heap, job->k);
    for (size_t i = job->k; i < job->n; i++) {
      const uint64_t key = key_of(job, line, i);
      if (key >= heap[0]) continue;
      heap[0] = key;
      o2m_sink(heap, job->k, 0);
    }
    for (size_t left = job->k; left-- > 0;) {
      const uint64_t worst = heap[0];
      heap[0] = heap[left];
      o2m_sink(heap, left, 0);
      const size_t at = (uint32_t)worst, to = (outer * job->k + left) * job->inner + inner;
      if (job->values) memcpy(job->values + to * 4, line + at * job->inner * 4, 4);
      if (job->indices) job->indices[to] = (int64_t)at;
    }
  }
}

int o2m_top_k(enum o2m_element element, int largest, size_t outer, size_t n, size_t inner, size_t k, const void *x, void *values,
              int64_t *indices, void *scratch, o2m_pool *pool) {
  if (element != O2M_ELEMENT_F32 && element != O2M_ELEMENT_S32) return -1;
  if (k == 0) return 0;
  struct job job = {element, largest, n, inner, k, x, values, indices, scratch};
  o2m_pool_run(pool, outer * inner, o2m_grain(n), top_task, &job);
  return 0;
}
