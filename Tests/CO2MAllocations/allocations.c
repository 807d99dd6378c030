#include "o2m_allocations.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>

static _Thread_local int counting;
static _Thread_local size_t count, bytes;

void o2m_allocations_begin(void) {
  count = 0;
  bytes = 0;
  counting = 1;
}

size_t o2m_allocations_end(void) {
  counting = 0;
  return count;
}

size_t o2m_allocated_bytes(void) { return bytes; }

// A sanitizer brings a malloc of its own.
#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define O2M_SANITIZED 1
#endif
#endif

#if defined(__GLIBC__) && !defined(O2M_SANITIZED)

int o2m_allocations_are_counted(void) { return 1; }

// glibc's own entry points, there for programs that replace malloc.
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t number, size_t size);
void *__libc_realloc(void *memory, size_t size);
void *__libc_memalign(size_t alignment, size_t size);

static void note(size_t size) {
  if (!counting) return;
  count++;
  bytes += size;
}

void *malloc(size_t size) {
  note(size);
  return __libc_malloc(size);
}

void *calloc(size_t number, size_t size) {
  note(number * size);
  return __libc_calloc(number, size);
}

void *realloc(void *memory, size_t size) {
  note(size);
  return __libc_realloc(memory, size);
}

void *aligned_alloc(size_t alignment, size_t size) {
  note(size);
  return __libc_memalign(alignment, size);
}

int posix_memalign(void **memory, size_t alignment, size_t size) {
  note(size);
  if (alignment % sizeof(void *) != 0 || (alignment & (alignment - 1)) != 0 || alignment == 0) return EINVAL;
  void *found = __libc_memalign(alignment, size);
  if (!found) return ENOMEM;
  *memory = found;
  return 0;
}

#else

int o2m_allocations_are_counted(void) { return 0; }

#endif
