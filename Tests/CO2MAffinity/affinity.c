#define _GNU_SOURCE
#include "o2m_affinity.h"

#if defined(__linux__)
#include <sched.h>
#include <unistd.h>

int32_t o2m_thread(void) { return gettid(); }
int32_t o2m_current_cpu(void) { return sched_getcpu(); }

uint64_t o2m_allowed_cpus(int32_t thread) {
  cpu_set_t set;
  if (sched_getaffinity(thread, sizeof set, &set) != 0) return 0;
  uint64_t cpus = 0;
  for (int cpu = 0; cpu < 64; cpu++) cpus |= (uint64_t)(CPU_ISSET(cpu, &set) != 0) << cpu;
  return cpus;
}

void o2m_allow_cpus(uint64_t cpus) {
  cpu_set_t set;
  CPU_ZERO(&set);
  for (int cpu = 0; cpu < 64; cpu++) {
    if (cpus >> cpu & 1) CPU_SET(cpu, &set);
  }
  sched_setaffinity(0, sizeof set, &set);
}

#else

int32_t o2m_thread(void) { return 0; }
int32_t o2m_current_cpu(void) { return -1; }
uint64_t o2m_allowed_cpus(int32_t thread) { return (void)thread, 0; }
void o2m_allow_cpus(uint64_t cpus) { (void)cpus; }

#endif
