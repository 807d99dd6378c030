// Memory aligned for the widest vector and for a cache line.
#include "o2m_platform.h"

#include <stdlib.h>

enum { ALIGNMENT = 64 };

void *o2m_allocate(size_t size) {
  // Whole lines: a kernel may read to the end of the line that holds the last byte.
  if (size > SIZE_MAX - ALIGNMENT) return NULL;
  const size_t lines = size ? (size + ALIGNMENT - 1) / ALIGNMENT : 1;
  void *memory = NULL;
  return posix_memalign(&memory, ALIGNMENT, lines * ALIGNMENT) == 0 ? memory : NULL;
}

void o2m_free(void *memory) { free(memory); }
