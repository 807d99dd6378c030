// Memory aligned for the widest vector and for a cache line.
#if defined(__linux__)
#define _DEFAULT_SOURCE  // madvise
#endif
#include "o2m_platform.h"

#include <stdlib.h>
#include <string.h>

enum { ALIGNMENT = 64 };

void *o2m_allocate(size_t size) {
  // Whole lines: a kernel may read to the end of the line that holds the last byte.
  if (size > SIZE_MAX - ALIGNMENT) return NULL;
  const size_t lines = size ? (size + ALIGNMENT - 1) / ALIGNMENT : 1;
  void *memory = NULL;
  return posix_memalign(&memory, ALIGNMENT, lines * ALIGNMENT) == 0 ? memory : NULL;
}

void o2m_free(void *memory) { free(memory); }

static void *cleared(size_t size) {
  void *memory = o2m_allocate(size);
  return memory ? memset(memory, 0, size) : NULL;
}

#if O2M_ARCH_WASM

void *o2m_allocate_zeros(size_t size) { return cleared(size); }

void o2m_free_zeros(void *memory, size_t size) {
  (void)size;
  free(memory);
}

#else

#include <sys/mman.h>

enum { MAPPED_FROM = 1 << 20, HUGE_PAGE = 2 << 20 };

// The size of a mapping: whole huge pages, unless most of the last one would be waste.
static size_t mapped_bytes(size_t size) {
  const size_t page = size % HUGE_PAGE > HUGE_PAGE / 4 ? HUGE_PAGE : 1 << 16;
  return (size + page - 1) / page * page;
}

void *o2m_allocate_zeros(size_t size) {
  if (size < MAPPED_FROM) return cleared(size);
  if (size > SIZE_MAX - 2 * (size_t)HUGE_PAGE) return NULL;
  // A huge page more than is needed; what lies before the first one's start and behind the end is given back.
  const size_t bytes = mapped_bytes(size);
  char *all = mmap(NULL, bytes + HUGE_PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (all == MAP_FAILED) return NULL;
  const size_t before = (HUGE_PAGE - (uintptr_t)all % HUGE_PAGE) % HUGE_PAGE;
  if (before) munmap(all, before);
  munmap(all + before + bytes, HUGE_PAGE - before);
#ifdef MADV_HUGEPAGE
  madvise(all + before, bytes, MADV_HUGEPAGE);
#endif
  return all + before;
}

void o2m_free_zeros(void *memory, size_t size) {
  if (size < MAPPED_FROM)
    free(memory);
  else if (memory)
    munmap(memory, mapped_bytes(size));
}

#endif
