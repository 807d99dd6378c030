// What a pool asks of the system: threads, and where they sleep. By POSIX, or by the workers of a web page.
#ifndef O2M_THREADS_H
#define O2M_THREADS_H

#include <stdatomic.h>
#include <stdbool.h>

#include "o2m_platform.h"

#if O2M_ARCH_WASM

// The page's own thread must not sleep, and cannot make threads: the module's caller has workers call o2m_worker_run before it makes a pool
// with threads. There is no clock either: patience is counted in rounds of about as many nanoseconds.
enum { PATIENCE = 1000, FOREVER = -1 };

struct patience {
  uint32_t rounds;
};

static inline struct patience patience_now(void) { return (struct patience){PATIENCE}; }
static inline bool has_patience(struct patience *p) { return p->rounds-- > 0; }

struct beds {
  char none;
};

static inline void set_up_beds(struct beds *b) { (void)b; }
static inline void take_down_beds(struct beds *b) { (void)b; }
static inline void lock_beds(struct beds *b) { (void)b; }
static inline void unlock_beds(struct beds *b) { (void)b; }

// A worker sleeps while the state is what it saw.
void worker_sleeps(struct beds *b, _Atomic uint64_t *state, uint64_t seen);

static inline void wake_workers(struct beds *b, _Atomic uint64_t *state) {
  (void)b;
  __builtin_wasm_memory_atomic_notify((int32_t *)state, UINT32_MAX);
}

struct thread {
  uint32_t worker;
};

bool start_thread(struct thread *t, void *(*main)(void *), void *argument);
void join_thread(const struct thread *t);

// The caller only looks again: a run is short, and a worker that died in it ends the module.
void caller_sleeps(struct beds *b);
static inline void wake_caller(struct beds *b) { (void)b; }

#else

#include <pthread.h>

enum { PATIENCE = 50000 };  // nanoseconds

struct patience {
  uint64_t end;
};

static inline struct patience patience_now(void) { return (struct patience){o2m_nanoseconds() + PATIENCE}; }
static inline bool has_patience(struct patience *p) { return o2m_nanoseconds() < p->end; }

struct beds {
  pthread_mutex_t mutex;
  pthread_cond_t opened, emptied;
};

static inline void set_up_beds(struct beds *b) {
  pthread_mutex_init(&b->mutex, NULL);
  pthread_cond_init(&b->opened, NULL);
  pthread_cond_init(&b->emptied, NULL);
}

static inline void take_down_beds(struct beds *b) {
  pthread_cond_destroy(&b->emptied);
  pthread_cond_destroy(&b->opened);
  pthread_mutex_destroy(&b->mutex);
}

static inline void lock_beds(struct beds *b) { pthread_mutex_lock(&b->mutex); }
static inline void unlock_beds(struct beds *b) { pthread_mutex_unlock(&b->mutex); }

// With the lock; so the state cannot change between the look at it and the sleep.
static inline void worker_sleeps(struct beds *b, _Atomic uint64_t *state, uint64_t seen) {
  (void)state;
  (void)seen;
  pthread_cond_wait(&b->opened, &b->mutex);
}

static inline void wake_workers(struct beds *b, _Atomic uint64_t *state) {
  (void)state;
  pthread_cond_broadcast(&b->opened);
}

static inline void caller_sleeps(struct beds *b) { pthread_cond_wait(&b->emptied, &b->mutex); }

static inline void wake_caller(struct beds *b) {
  pthread_mutex_lock(&b->mutex);
  pthread_cond_signal(&b->emptied);
  pthread_mutex_unlock(&b->mutex);
}

struct thread {
  pthread_t handle;
};

static inline bool start_thread(struct thread *t, void *(*main)(void *), void *argument) {
  return pthread_create(&t->handle, NULL, main, argument) == 0;
}

static inline void join_thread(const struct thread *t) { pthread_join(t->handle, NULL); }

#endif
#endif
