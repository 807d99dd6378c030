// CPU features, the thread pool and aligned memory, as CO2MPlatformTests checks them on the host.
#include "checks.h"
#include "o2m_platform.h"

#include <stdlib.h>

enum { MOST_ITEMS = 1000, MOST_THREADS = 8, RUNS = 50, PIECES = 200 };

static struct {
  uint32_t visits[MOST_ITEMS];
  uint32_t strangers[MOST_THREADS];  // pieces outside the items, by worker
  size_t count;
} seen;

static void visit(void *context, size_t begin, size_t end, uint32_t worker) {
  (void)context;
  if (begin >= end || end > seen.count) {
    seen.strangers[worker % MOST_THREADS]++;
    return;
  }
  for (size_t i = begin; i < end; i++) seen.visits[i]++;
}

// Whether every item is worked on exactly once in each of RUNS runs.
static int pool_visits_once(uint32_t threads, size_t count, size_t grain) {
  o2m_pool *pool = o2m_pool_create(threads);
  if (!pool) return 0;
  for (size_t i = 0; i < MOST_ITEMS; i++) seen.visits[i] = 0;
  for (size_t i = 0; i < MOST_THREADS; i++) seen.strangers[i] = 0;
  seen.count = count;
  for (int run = 0; run < RUNS; run++) o2m_pool_run(pool, count, grain, visit, NULL);
  o2m_pool_destroy(pool);

  int holds = 1;
  for (size_t i = 0; i < MOST_ITEMS; i++) holds &= seen.visits[i] == (i < count ? RUNS : 0);
  for (size_t i = 0; i < MOST_THREADS; i++) holds &= seen.strangers[i] == 0;
  return holds;
}

static int memory_is_aligned(size_t size) {
  uint8_t *memory = o2m_allocate(size);
  const int holds = memory && (uintptr_t)memory % 64 == 0;
  for (size_t i = 0; holds && i < size; i++) memory[i] = 0xa5;
  o2m_free(memory);
  return holds;
}

// Whether pieces of memory keep what was written to them, to their last byte, while others come and go in an order that `state` decides.
// Their sizes are short as a rule and long now and then.
static int pieces_keep_bytes(uint32_t state, size_t turns) {
  static struct {
    uint8_t *memory;
    size_t size;
    uint8_t mark;
  } pieces[PIECES];
  int holds = 1;
  for (size_t turn = 0; turn < turns + PIECES; turn++) {
    state = state * 1664525 + 1013904223;
    const size_t at = turn < turns ? (state >> 8) % PIECES : turn - turns;
    for (size_t i = 0; i < pieces[at].size; i++) holds &= pieces[at].memory[i] == pieces[at].mark;
    free(pieces[at].memory);
    pieces[at].memory = NULL, pieces[at].size = 0;
    if (turn >= turns || state >> 30 == 0) continue;
    const size_t size = (state >> 16) % (turn % 50 ? 300 : 200000), alignment = (size_t)16 << turn % 5;
    void *memory = NULL;
    if (turn % 3) {
      memory = malloc(size);
    } else if (posix_memalign(&memory, alignment, size) != 0 || (uintptr_t)memory % alignment != 0) {
      return 0;
    }
    if (!memory || (uintptr_t)memory % 16 != 0) return 0;
    pieces[at].memory = memory, pieces[at].size = size, pieces[at].mark = (uint8_t)turn;
    for (size_t i = 0; i < size; i++) pieces[at].memory[i] = pieces[at].mark;
  }
  return holds;
}

uint32_t o2m_check_platform(uint32_t *ran) {
  static const uint32_t threads[] = {1, 2, 3, 8};
  static const size_t counts[] = {0, 1, 2, 3, 1000}, grains[] = {0, 1, 7, 1000}, sizes[] = {0, 1, 63, 64, 65, 100003};
  uint32_t failed = 0;
  for (size_t t = 0; t < sizeof threads / sizeof *threads; t++) {
    for (size_t c = 0; c < sizeof counts / sizeof *counts; c++) {
      for (size_t g = 0; g < sizeof grains / sizeof *grains; g++) {
        failed += !pool_visits_once(threads[t], counts[c], grains[g]);
        ++*ran;
      }
    }
  }
  for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
    failed += !memory_is_aligned(sizes[s]);
    ++*ran;
  }
  for (uint32_t seed = 1; seed <= 20; seed++) {
    failed += !pieces_keep_bytes(seed, 5000);
    ++*ran;
  }
#if O2M_ARCH_WASM
  // What was given back becomes one piece again: the same pieces once more find room in the memory that there is.
  const size_t pages = __builtin_wasm_memory_size(0);
  failed += !pieces_keep_bytes(20, 5000) || __builtin_wasm_memory_size(0) != pages;
  // More than there is, and sizes that overflow. A compiler takes out memory that nobody uses.
  const size_t most = SIZE_MAX;
  void *volatile had[] = {malloc(most), malloc(most / 2), calloc(most / 2, 3)};
  void *aligned = NULL;
  failed += had[0] || had[1] || had[2] || posix_memalign(&aligned, 64, most - 100) == 0;
  *ran += 2;
#endif
#if O2M_ARCH_ARM64
  failed += !(o2m_cpu_features() & O2M_CPU_NEON);
  ++*ran;
#elif O2M_ARCH_WASM
  failed += !(o2m_cpu_features() & O2M_CPU_SIMD128);
  ++*ran;
#endif
  return failed;
}
