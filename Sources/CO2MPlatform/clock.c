// A clock that never goes back.
#include "o2m_platform.h"

#if O2M_ARCH_WASM

// A clock would be an import, and the module has none: who measures it does so from outside.
uint64_t o2m_nanoseconds(void) { return 0; }

#else

#include <time.h>

uint64_t o2m_nanoseconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

#endif
