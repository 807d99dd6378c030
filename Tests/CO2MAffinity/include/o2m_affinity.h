// Linux's calls about threads and CPUs, which Swift's Glibc module leaves out.
#ifndef O2M_AFFINITY_H
#define O2M_AFFINITY_H

#include <stdint.h>

int32_t o2m_thread(void);
int32_t o2m_current_cpu(void);

// Of the CPUs 0 to 63, a bit each: those that a thread may use, 0 for the calling one.
uint64_t o2m_allowed_cpus(int32_t thread);
void o2m_allow_cpus(uint64_t cpus);

#endif
