// A thread pool for short loops: some tens of runs per inference, most of them below a millisecond.
//
// A run is open while pieces are left. A worker that sees it open joins, claims pieces until none is left, and leaves; the caller
// works too, then closes the run and waits for those who joined, never for a thread that woke too late. Between runs a worker
// spins for a moment, because the next layer comes soon, and then sleeps. A run allocates nothing.
#include "o2m_platform.h"

#if O2M_ARCH_WASM

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

void o2m_pool_run(o2m_pool *pool, size_t count, size_t grain, o2m_task task, void *context) {
  (void)pool;
  (void)grain;
  if (count) task(context, 0, count, 0);
}

#else

#include <pthread.h>
#include <stdalign.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>

enum {
  MAX_THREADS = 1024,
  SPIN_NANOSECONDS = 40000,
  PIECES_PER_THREAD = 4,  // enough to even out cores of different speed
};

// state: the number of the run in the upper half, then whether it is open, then how many workers are inside.
static const uint64_t ONE_RUN = 1ull << 32, OPEN = 1ull << 31, INSIDE = OPEN - 1;

struct worker {
  pthread_t thread;
  o2m_pool *pool;
  uint32_t index;
};

struct o2m_pool {
  alignas(64) _Atomic uint64_t state;
  alignas(64) _Atomic size_t next;  // the next unclaimed piece

  // What runs. Written while the run is closed and empty, read by those inside.
  alignas(64) o2m_task task;
  void *context;
  size_t count, piece, pieces;

  alignas(64) pthread_mutex_t mutex;
  pthread_cond_t opened, emptied;
  _Atomic uint32_t sleepers;
  atomic_bool caller_sleeps, stop;

  uint32_t threads;
  struct worker workers[];  // threads - 1
};

static void relax(void) {
#if O2M_ARCH_X86_64
  __builtin_ia32_pause();
#elif O2M_ARCH_ARM64
  __asm__ volatile("yield");
#endif
}

static void work(o2m_pool *pool, uint32_t worker) {
  for (;;) {
    const size_t index = atomic_fetch_add_explicit(&pool->next, 1, memory_order_relaxed);
    if (index >= pool->pieces) return;
    const size_t begin = index * pool->piece, left = pool->count - begin;
    pool->task(pool->context, begin, begin + (left < pool->piece ? left : pool->piece), worker);
  }
}

static bool is_news(const o2m_pool *pool, uint64_t state, uint64_t last_run) {
  return ((state & OPEN) && state / ONE_RUN != last_run) || atomic_load_explicit(&pool->stop, memory_order_relaxed);
}

// Returns a state with an open run later than `last_run`, or any state once the pool stops.
static uint64_t wait_for_news(o2m_pool *pool, uint64_t last_run) {
  const uint64_t give_up = o2m_nanoseconds() + SPIN_NANOSECONDS;
  do {
    for (int i = 0; i < 64; i++) {
      const uint64_t state = atomic_load_explicit(&pool->state, memory_order_acquire);
      if (is_news(pool, state, last_run)) return state;
      relax();
    }
  } while (o2m_nanoseconds() < give_up);

  // Sequentially consistent on both sides: either the caller sees the sleeper, or the sleeper sees the run.
  pthread_mutex_lock(&pool->mutex);
  atomic_fetch_add(&pool->sleepers, 1);
  uint64_t state;
  while (state = atomic_load(&pool->state), !is_news(pool, state, last_run)) {
    pthread_cond_wait(&pool->opened, &pool->mutex);
  }
  atomic_fetch_sub(&pool->sleepers, 1);
  pthread_mutex_unlock(&pool->mutex);
  return state;
}

static void *worker_main(void *argument) {
  const struct worker *self = argument;
  o2m_pool *pool = self->pool;
  uint64_t last_run = 0;
  for (;;) {
    uint64_t state = wait_for_news(pool, last_run);
    if (atomic_load_explicit(&pool->stop, memory_order_relaxed)) return NULL;
    if (!atomic_compare_exchange_weak(&pool->state, &state, state + 1)) continue;
    last_run = state / ONE_RUN;
    work(pool, self->index);
    const uint64_t after = atomic_fetch_sub(&pool->state, 1) - 1;
    if (!(after & (OPEN | INSIDE)) && atomic_load(&pool->caller_sleeps)) {
      pthread_mutex_lock(&pool->mutex);
      pthread_cond_signal(&pool->emptied);
      pthread_mutex_unlock(&pool->mutex);
    }
  }
}

static void wait_until_empty(o2m_pool *pool) {
  const uint64_t give_up = o2m_nanoseconds() + SPIN_NANOSECONDS;
  do {
    for (int i = 0; i < 64; i++) {
      if (!(atomic_load_explicit(&pool->state, memory_order_acquire) & INSIDE)) return;
      relax();
    }
  } while (o2m_nanoseconds() < give_up);

  pthread_mutex_lock(&pool->mutex);
  atomic_store(&pool->caller_sleeps, true);
  while (atomic_load(&pool->state) & INSIDE) pthread_cond_wait(&pool->emptied, &pool->mutex);
  atomic_store(&pool->caller_sleeps, false);
  pthread_mutex_unlock(&pool->mutex);
}

void o2m_pool_run(o2m_pool *pool, size_t count, size_t grain, o2m_task task, void *context) {
  if (count == 0) return;
  const uint32_t threads = o2m_pool_threads(pool);
  if (grain == 0) grain = 1;
  if (threads == 1 || count <= grain) {
    task(context, 0, count, 0);
    return;
  }

  // Pieces are whole grains, so that only the last one can be smaller.
  const size_t grains = count / grain / ((size_t)threads * PIECES_PER_THREAD);
  pool->piece = grains > 1 ? grains * grain : grain;
  pool->pieces = count / pool->piece + (count % pool->piece != 0);
  pool->count = count;
  pool->task = task;
  pool->context = context;
  atomic_store_explicit(&pool->next, 0, memory_order_relaxed);

  const uint64_t run = atomic_load_explicit(&pool->state, memory_order_relaxed) / ONE_RUN + 1;
  atomic_store(&pool->state, (run & UINT32_MAX) * ONE_RUN | OPEN);
  if (atomic_load(&pool->sleepers)) {
    pthread_mutex_lock(&pool->mutex);
    pthread_cond_broadcast(&pool->opened);
    pthread_mutex_unlock(&pool->mutex);
  }
  work(pool, 0);
  atomic_fetch_and(&pool->state, ~OPEN);
  wait_until_empty(pool);
}

uint32_t o2m_pool_threads(const o2m_pool *pool) { return pool ? pool->threads : 1; }

// Stops and joins the first `count` workers and frees the pool.
static void tear_down(o2m_pool *pool, uint32_t count) {
  pthread_mutex_lock(&pool->mutex);
  atomic_store(&pool->stop, true);
  pthread_cond_broadcast(&pool->opened);
  pthread_mutex_unlock(&pool->mutex);
  for (uint32_t i = 0; i < count; i++) pthread_join(pool->workers[i].thread, NULL);
  pthread_cond_destroy(&pool->emptied);
  pthread_cond_destroy(&pool->opened);
  pthread_mutex_destroy(&pool->mutex);
  o2m_free(pool);
}

o2m_pool *o2m_pool_create(uint32_t threads) {
  if (threads == 0 || threads > MAX_THREADS) return NULL;
  const size_t size = sizeof(o2m_pool) + (threads - 1) * sizeof(struct worker);
  o2m_pool *pool = o2m_allocate(size);
  if (!pool) return NULL;
  memset(pool, 0, size);
  pool->threads = threads;
  pthread_mutex_init(&pool->mutex, NULL);
  pthread_cond_init(&pool->opened, NULL);
  pthread_cond_init(&pool->emptied, NULL);
  for (uint32_t i = 0; i + 1 < threads; i++) {
    struct worker *worker = &pool->workers[i];
    worker->pool = pool;
    worker->index = i + 1;
    if (pthread_create(&worker->thread, NULL, worker_main, worker) != 0) {
      tear_down(pool, i);
      return NULL;
    }
  }
  return pool;
}

void o2m_pool_destroy(o2m_pool *pool) {
  if (pool) tear_down(pool, pool->threads - 1);
}

#endif
