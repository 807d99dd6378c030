// Choosing from a table of instruction sets.
#ifndef O2M_ISA_H
#define O2M_ISA_H

#include <stddef.h>
#include <stdint.h>

#include "o2m_platform.h"

// The first entry of the array `isas` whose `needs` this CPU, less the features `without`, has. The entries are best first, and the last
// one can run on every CPU that the table was compiled for.
#define O2M_BEST_ISA(isas, without) (&(isas)[o2m_best_isa(&(isas)->needs, sizeof *(isas), without)])

// Its index, given the `needs` of the first entry and the size of one.
static inline size_t o2m_best_isa(const uint32_t *needs, size_t entry_bytes, uint32_t without) {
  const uint32_t features = o2m_cpu_features() & ~without;
  size_t index = 0;
  for (; *needs & ~features; index++) needs = (const uint32_t *)(const void *)((const char *)needs + entry_bytes);
  return index;
}

#endif
