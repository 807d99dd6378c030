// A regular file as read-only memory.
#include "o2m_platform.h"

#include <errno.h>

#if O2M_ARCH_WASM

int o2m_map_file(const char *path, struct o2m_mapping *mapping) {
  (void)path;
  *mapping = (struct o2m_mapping){NULL, 0};
  return ENOSYS;
}

int o2m_map_descriptor(int file, uint64_t offset, uint64_t size, struct o2m_mapping *mapping) {
  (void)file, (void)offset, (void)size;
  *mapping = (struct o2m_mapping){NULL, 0};
  return ENOSYS;
}

void o2m_unmap(struct o2m_mapping *mapping) { *mapping = (struct o2m_mapping){NULL, 0}; }

#else

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

// How far `place` lies behind the begin of its page.
static size_t in_page(uint64_t place) { return (size_t)(place & ((uint64_t)sysconf(_SC_PAGESIZE) - 1)); }

int o2m_map_descriptor(int file, uint64_t offset, uint64_t size, struct o2m_mapping *mapping) {
  *mapping = (struct o2m_mapping){NULL, 0};
  struct stat status;
  if (fstat(file, &status) != 0) return errno;
  if (S_ISDIR(status.st_mode)) return EISDIR;
  if (!S_ISREG(status.st_mode)) return ENODEV;
  if (status.st_size == 0 && offset == 0 && size == 0) return 0;
  if (offset >= (uint64_t)status.st_size) return EINVAL;
  const uint64_t rest = (uint64_t)status.st_size - offset;
  if (size > rest) return EINVAL;
  if (size == 0) size = rest;
  if (size > SIZE_MAX / 2) return EFBIG;

  const size_t ahead = in_page(offset);
  uint8_t *bytes = mmap(NULL, ahead + (size_t)size, PROT_READ, MAP_PRIVATE, file, (off_t)(offset - ahead));
  if (bytes == MAP_FAILED) return errno;
  *mapping = (struct o2m_mapping){bytes + ahead, (size_t)size};
  return 0;
}

int o2m_map_file(const char *path, struct o2m_mapping *mapping) {
  *mapping = (struct o2m_mapping){NULL, 0};
  // O_NONBLOCK: opening a pipe that nobody writes would wait for ever.
  const int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (file < 0) return errno;
  const int failure = o2m_map_descriptor(file, 0, 0, mapping);
  close(file);
  return failure;
}

void o2m_unmap(struct o2m_mapping *mapping) {
  const size_t ahead = mapping->bytes ? in_page((uintptr_t)mapping->bytes) : 0;
  if (mapping->bytes) munmap((void *)(mapping->bytes - ahead), ahead + mapping->size);
  *mapping = (struct o2m_mapping){NULL, 0};
}

#endif
