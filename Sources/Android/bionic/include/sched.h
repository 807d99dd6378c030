#ifndef O2M_BIONIC_SCHED_H
#define O2M_BIONIC_SCHED_H

#include <sys/types.h>

#if defined(_GNU_SOURCE)

#define CPU_SETSIZE 1024

typedef struct {
  unsigned long words[CPU_SETSIZE / 64];
} cpu_set_t;

int sched_getaffinity(pid_t thread, size_t size, cpu_set_t *set);
int sched_setaffinity(pid_t thread, size_t size, const cpu_set_t *set);
int sched_getcpu(void);
int __sched_cpucount(size_t size, const cpu_set_t *set);

// `cpu` is below CPU_SETSIZE.
static inline void CPU_ZERO(cpu_set_t *set) { *set = (cpu_set_t){{0}}; }
static inline void CPU_SET(size_t cpu, cpu_set_t *set) { set->words[cpu / 64] |= 1ul << cpu % 64; }
static inline int CPU_ISSET(size_t cpu, const cpu_set_t *set) { return set->words[cpu / 64] >> cpu % 64 & 1; }
static inline int CPU_COUNT(const cpu_set_t *set) { return __sched_cpucount(sizeof *set, set); }
static inline void CPU_AND(cpu_set_t *result, const cpu_set_t *a, const cpu_set_t *b) {
  for (size_t i = 0; i < CPU_SETSIZE / 64; i++) result->words[i] = a->words[i] & b->words[i];
}
static inline void CPU_XOR(cpu_set_t *result, const cpu_set_t *a, const cpu_set_t *b) {
  for (size_t i = 0; i < CPU_SETSIZE / 64; i++) result->words[i] = a->words[i] ^ b->words[i];
}

#endif

#endif
