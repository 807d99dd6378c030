// Threads of a WebAssembly module with shared memory: workers of the page that wait inside the module for something to run.
#include "o2m_platform.h"

#if O2M_ARCH_WASM && defined(__wasm_atomics__)

#include "threads.h"

enum { MOST_WORKERS = 64, IDLE = 0, BUSY = 1 };

static struct slot {
  _Atomic uint32_t state;
  void *(*main)(void *);
  void *argument;
} slots[MOST_WORKERS];
static uint32_t count;  // of workers; the page's thread alone reads and writes it
static atomic_bool failed;

// Alone in a function each: V8 as of Node 20 forgets the locals of one that has waited.
__attribute__((noinline)) static void wait_while_idle(struct slot *slot) {
  __builtin_wasm_memory_atomic_wait32((int32_t *)&slot->state, IDLE, FOREVER);
}

__attribute__((noinline)) void worker_sleeps(struct beds *b, _Atomic uint64_t *state, uint64_t seen) {
  (void)b;
  __builtin_wasm_memory_atomic_wait64((int64_t *)state, (int64_t)seen, FOREVER);
}

void o2m_workers_set(uint32_t workers) { count = workers < MOST_WORKERS ? workers : MOST_WORKERS; }

void o2m_worker_run(uint32_t worker) {
  struct slot *slot = &slots[worker % MOST_WORKERS];
  for (;;) {
    while (atomic_load(&slot->state) == IDLE) wait_while_idle(slot);
    slot->main(slot->argument);
    atomic_store(&slot->state, IDLE);
  }
}

void o2m_worker_failed(void) { atomic_store(&failed, true); }

bool start_thread(struct thread *t, void *(*main)(void *), void *argument) {
  for (t->worker = 0; t->worker < count; t->worker++) {
    struct slot *slot = &slots[t->worker];
    if (atomic_load(&slot->state) != IDLE) continue;
    slot->main = main;
    slot->argument = argument;
    atomic_store(&slot->state, BUSY);
    __builtin_wasm_memory_atomic_notify((int32_t *)&slot->state, 1);
    return true;
  }
  return false;
}

void join_thread(const struct thread *t) {
  while (atomic_load(&slots[t->worker].state) != IDLE) caller_sleeps(NULL);
}

void caller_sleeps(struct beds *b) {
  (void)b;
  if (atomic_load(&failed)) __builtin_trap();
}

#endif
