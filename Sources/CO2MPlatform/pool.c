// A thread pool for short loops: some tens of runs per inference, most of them below a millisecond.
//
// The items of a run are dealt out in contiguous shares, one per thread, so that a core finds in its own cache what it wrote a run
// before. A thread halves its share from the front, piece by piece; when none is left it takes half of what another has not begun,
// from the back. So few calls do most of the work, and a core that is slow, disturbed or not yet awake holds up nobody for long.
//
// A run is open while pieces are left. A worker that sees it open joins, works, and leaves; the caller works too, then closes the
// run and waits for those who joined, never for a thread that woke too late. In a series of runs (o2m_pool_begin) a worker spins
// for a moment, because the next run comes soon; otherwise it sleeps. A run allocates nothing.
#if defined(__linux__)
#define _GNU_SOURCE  // cpu_set_t, which Android's headers have for nobody else
#endif
#include "o2m_platform.h"
#include "placement.h"

#if O2M_ARCH_WASM && !defined(__wasm_atomics__)

uint32_t o2m_pool_threads(const o2m_pool *pool) {
  (void)pool;
  return 1;
}

// There is one thread. The address is a token: nothing is read through it.
o2m_pool *o2m_pool_create(uint32_t threads) {
  static char token;
  return threads == 0 ? NULL : (o2m_pool *)&token;
}

void o2m_pool_destroy(o2m_pool *pool) { (void)pool; }
void o2m_pool_begin(o2m_pool *pool) { (void)pool; }
void o2m_pool_end(o2m_pool *pool) { (void)pool; }

void o2m_pool_run(o2m_pool *pool, size_t count, size_t grain, o2m_task task, void *context) {
  (void)pool;
  (void)grain;
  if (count) task(context, 0, count, 0);
}

#else

#include <stdalign.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>

#include "threads.h"

enum { MAX_THREADS = 1024 };

// state: the number of the run in the upper half, then whether it is open, then how many workers are inside.
static const uint64_t ONE_RUN = 1ull << 32, OPEN = 1ull << 31, INSIDE = OPEN - 1;

struct worker {
  alignas(64) _Atomic uint64_t share;  // grains not yet claimed: the first in the upper half, the end in the lower
  struct thread thread;
  o2m_pool *pool;
  uint32_t index;
};

struct o2m_pool {
  alignas(64) _Atomic uint64_t state;

  // What runs. Written while the run is closed and empty, read by those inside.
  o2m_task task;
  void *context;
  size_t count, grain;
  atomic_bool in_series, stop;

  alignas(64) struct beds beds;
  atomic_bool workers_sleep;  // some, since they were last called
  atomic_bool caller_sleeps;

  uint32_t threads;
  struct placement *placements;  // one per worker, behind them
  struct worker workers[];       // the caller first; it has no thread here
};

static void relax(void) {
#if O2M_ARCH_X86_64
  __builtin_ia32_pause();
#elif O2M_ARCH_ARM64
  __asm__ volatile("yield");
#endif
}

// Claims half of what is left of a share, rounded up, from its front or its back.
static bool claim(struct worker *of, bool front, uint64_t *first, uint64_t *end) {
  uint64_t share = atomic_load_explicit(&of->share, memory_order_relaxed);
  for (;;) {
    *first = share >> 32, *end = share & UINT32_MAX;
    if (*first >= *end) return false;
    const uint64_t half = (*end - *first + 1) / 2;
    const uint64_t rest = front ? (*first + half) << 32 | *end : *first << 32 | (*end - half);
    if (!atomic_compare_exchange_weak_explicit(&of->share, &share, rest, memory_order_relaxed, memory_order_relaxed)) continue;
    if (front)
      *end = *first + half;
    else
      *first = *end - half;
    return true;
  }
}

// The worker's own share first, then the others'. No share grows during a run, so one round over them finds everything.
static void work(o2m_pool *pool, uint32_t worker) {
  const o2m_task task = pool->task;
  void *const context = pool->context;
  const size_t count = pool->count, grain = pool->grain;
  for (uint32_t i = 0; i < pool->threads; i++) {
    const uint32_t of = worker + i < pool->threads ? worker + i : worker + i - pool->threads;
    for (uint64_t first, end; claim(&pool->workers[of], i == 0, &first, &end);) {
      const size_t begin = (size_t)first * grain, grains = (size_t)(end - first);
      task(context, begin, grains > (count - begin) / grain ? count : begin + grains * grain, worker);
    }
  }
}

static bool must_wake(const o2m_pool *pool, uint64_t state, uint64_t last_run) {
  return ((state & OPEN) && state / ONE_RUN != last_run) || atomic_load_explicit(&pool->stop, memory_order_relaxed);
}

// Returns a state with an open run later than `last_run`, or any state once the pool stops.
static uint64_t wait_for_run(o2m_pool *pool, uint32_t index, uint64_t last_run) {
  struct patience patience = patience_now();
  while (atomic_load_explicit(&pool->in_series, memory_order_relaxed) && has_patience(&patience)) {
    for (int i = 0; i < 64; i++) {
      const uint64_t state = atomic_load_explicit(&pool->state, memory_order_acquire);
      if (must_wake(pool, state, last_run)) return state;
      relax();
    }
  }

  // Sequentially consistent on both sides: either the caller sees the sleeper, or the sleeper sees the run.
  lock_beds(&pool->beds);
  uint64_t state;
  for (;;) {
    atomic_store(&pool->workers_sleep, true);
    state = atomic_load(&pool->state);
    if (must_wake(pool, state, last_run)) break;
    o2m_placement_note(pool->placements, index);
    worker_sleeps(&pool->beds, &pool->state, state);
  }
  unlock_beds(&pool->beds);
  o2m_placement_settle(pool->placements, pool->threads, index);
  return state;
}

static void *worker_main(void *argument) {
  const struct worker *self = argument;
  o2m_pool *pool = self->pool;
  uint64_t last_run = 0;
  o2m_placement_settle(pool->placements, pool->threads, self->index);
  for (;;) {
    uint64_t state = wait_for_run(pool, self->index, last_run);
    if (atomic_load_explicit(&pool->stop, memory_order_relaxed)) return NULL;
    if (!atomic_compare_exchange_weak(&pool->state, &state, state + 1)) continue;
    last_run = state / ONE_RUN;
    work(pool, self->index);
    const uint64_t after = atomic_fetch_sub(&pool->state, 1) - 1;
    if (!(after & (OPEN | INSIDE)) && atomic_load(&pool->caller_sleeps)) wake_caller(&pool->beds);
  }
}

static void wait_until_empty(o2m_pool *pool) {
  struct patience patience = patience_now();
  do {
    for (int i = 0; i < 64; i++) {
      if (!(atomic_load_explicit(&pool->state, memory_order_acquire) & INSIDE)) return;
      relax();
    }
  } while (has_patience(&patience));

  lock_beds(&pool->beds);
  atomic_store(&pool->caller_sleeps, true);
  while (atomic_load(&pool->state) & INSIDE) caller_sleeps(&pool->beds);
  atomic_store(&pool->caller_sleeps, false);
  unlock_beds(&pool->beds);
}

void o2m_pool_run(o2m_pool *pool, size_t count, size_t grain, o2m_task task, void *context) {
  if (count == 0) return;
  const uint32_t threads = o2m_pool_threads(pool);
  if (grain == 0) grain = 1;
  if (threads == 1 || count <= grain) {
    task(context, 0, count, 0);
    return;
  }

  // A share counts in 32 bits.
  if (count / grain >= UINT32_MAX) grain *= count / grain / UINT32_MAX + 1;
  const uint64_t grains = count / grain + (count % grain != 0);
  for (uint64_t i = 0; i < threads; i++) {
    const uint64_t first = grains * i / threads, end = grains * (i + 1) / threads;
    atomic_store_explicit(&pool->workers[i].share, first << 32 | end, memory_order_relaxed);
  }
  pool->task = task;
  pool->context = context;
  pool->count = count;
  pool->grain = grain;

  const uint64_t run = atomic_load_explicit(&pool->state, memory_order_relaxed) / ONE_RUN + 1;
  atomic_store(&pool->state, (run & UINT32_MAX) * ONE_RUN | OPEN);
  if (atomic_load(&pool->workers_sleep)) {
    o2m_placement_spread(pool->placements, threads);
    lock_beds(&pool->beds);
    atomic_store(&pool->workers_sleep, false);
    wake_workers(&pool->beds, &pool->state);
    unlock_beds(&pool->beds);
  }
  work(pool, 0);
  atomic_fetch_and(&pool->state, ~OPEN);
  wait_until_empty(pool);
}

void o2m_pool_begin(o2m_pool *pool) {
  if (pool) atomic_store_explicit(&pool->in_series, true, memory_order_relaxed);
}

void o2m_pool_end(o2m_pool *pool) {
  if (pool) atomic_store_explicit(&pool->in_series, false, memory_order_relaxed);
}

uint32_t o2m_pool_threads(const o2m_pool *pool) { return pool ? pool->threads : 1; }

// Stops and joins the workers below `end` and frees the pool.
static void tear_down(o2m_pool *pool, uint32_t end) {
  lock_beds(&pool->beds);
  atomic_store(&pool->stop, true);
  // Another state, so that no worker goes to sleep on the old one.
  atomic_fetch_add(&pool->state, ONE_RUN);
  wake_workers(&pool->beds, &pool->state);
  unlock_beds(&pool->beds);
  for (uint32_t i = 1; i < end; i++) join_thread(&pool->workers[i].thread);
  take_down_beds(&pool->beds);
  o2m_free(pool);
}

o2m_pool *o2m_pool_create(uint32_t threads) {
  if (threads == 0 || threads > MAX_THREADS) return NULL;
  const size_t size = sizeof(o2m_pool) + threads * (sizeof(struct worker) + sizeof(struct placement));
  o2m_pool *pool = o2m_allocate(size);
  if (!pool) return NULL;
  memset(pool, 0, size);
  pool->threads = threads;
  pool->placements = (struct placement *)&pool->workers[threads];
  set_up_beds(&pool->beds);
  if (threads > 1) o2m_placement_note(pool->placements, 0);
  for (uint32_t i = 1; i < threads; i++) {
    struct worker *worker = &pool->workers[i];
    worker->pool = pool;
    worker->index = i;
    if (!start_thread(&worker->thread, worker_main, worker)) {
      tear_down(pool, i);
      return NULL;
    }
  }
  return pool;
}

void o2m_pool_destroy(o2m_pool *pool) {
  if (pool) tear_down(pool, pool->threads);
}

#endif
