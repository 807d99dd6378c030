#define _GNU_SOURCE  // sched_getcpu, gettid, cpu_set_t
#include "placement.h"

#if defined(__linux__)
#include <unistd.h>

// CPU_SETSIZE or more where it is not known.
static uint32_t noted(const struct placement *placement) {
  return (uint32_t)atomic_load_explicit(&placement->cpu, memory_order_acquire) - 1;
}

static cpu_set_t all_noted(const struct placement *placements, uint32_t count) {
  cpu_set_t set;
  CPU_ZERO(&set);
  for (uint32_t i = 0; i < count; i++) {
    const uint32_t cpu = noted(&placements[i]);
    if (cpu < CPU_SETSIZE) CPU_SET(cpu, &set);
  }
  return set;
}

enum { FREE, WRITTEN, SENT };

static void restore(struct placement *placement) {
  if (atomic_load_explicit(&placement->state, memory_order_acquire) != SENT) return;
  sched_setaffinity(0, sizeof placement->allowed, &placement->allowed);
  atomic_store_explicit(&placement->state, FREE, memory_order_release);
}

// Leaves the thread the CPUs that it may use and that are not taken; false if there are none.
static int narrow(struct placement *placement, const cpu_set_t *taken) {
  const pid_t thread = atomic_load_explicit(&placement->thread, memory_order_relaxed);
  if (!thread || sched_getaffinity(thread, sizeof placement->allowed, &placement->allowed) != 0) return 0;
  cpu_set_t both, left;
  CPU_AND(&both, &placement->allowed, taken);
  CPU_XOR(&left, &placement->allowed, &both);
  return CPU_COUNT(&left) && sched_setaffinity(thread, sizeof left, &left) == 0;
}

// The thread may be awake at this moment, and miss that it was sent; then it takes its CPUs back when it wakes the next time.
static void send(struct placement *placement, const cpu_set_t *taken) {
  int state = FREE;
  if (!atomic_compare_exchange_strong(&placement->state, &state, WRITTEN)) return;
  atomic_store_explicit(&placement->state, narrow(placement, taken) ? SENT : FREE, memory_order_release);
}

void o2m_placement_note(struct placement *placements, uint32_t index) {
  struct placement *const own = &placements[index];
  if (!atomic_load_explicit(&own->thread, memory_order_relaxed)) atomic_store_explicit(&own->thread, gettid(), memory_order_relaxed);
  atomic_store_explicit(&own->cpu, sched_getcpu() + 1, memory_order_release);
}

void o2m_placement_settle(struct placement *placements, uint32_t count, uint32_t index) {
  struct placement *const own = &placements[index];
  restore(own);
  atomic_store_explicit(&own->cpu, 0, memory_order_relaxed);
  const cpu_set_t others = all_noted(placements, count);
  o2m_placement_note(placements, index);
  const uint32_t cpu = noted(own);
  if (cpu >= CPU_SETSIZE || !CPU_ISSET(cpu, &others)) return;
  send(own, &others);
  restore(own);
  o2m_placement_note(placements, index);
}

void o2m_placement_spread(struct placement *placements, uint32_t count) {
  o2m_placement_note(placements, 0);
  const cpu_set_t taken = all_noted(placements, count);
  cpu_set_t before;
  CPU_ZERO(&before);
  for (uint32_t i = 0; i < count; i++) {
    const uint32_t cpu = noted(&placements[i]);
    if (cpu >= CPU_SETSIZE) continue;
    if (CPU_ISSET(cpu, &before)) send(&placements[i], &taken);
    CPU_SET(cpu, &before);
  }
}

#else

void o2m_placement_note(struct placement *placements, uint32_t index) { (void)placements, (void)index; }
void o2m_placement_settle(struct placement *placements, uint32_t count, uint32_t index) { (void)placements, (void)count, (void)index; }
void o2m_placement_spread(struct placement *placements, uint32_t count) { (void)placements, (void)count; }

#endif
