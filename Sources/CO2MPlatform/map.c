// A regular file as read-only memory.
#include "o2m_platform.h"

#include <errno.h>

#if O2M_ARCH_WASM

int o2m_map_file(const char *path, struct o2m_mapping *mapping) {
  (void)path;
  *mapping = (struct o2m_mapping){NULL, 0};
  return ENOSYS;
}

void o2m_unmap(struct o2m_mapping *mapping) { *mapping = (struct o2m_mapping){NULL, 0}; }

#else

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static int map(int file, struct o2m_mapping *mapping) {
  struct stat status;
  if (fstat(file, &status) != 0) return errno;
  if (S_ISDIR(status.st_mode)) return EISDIR;
  if (!S_ISREG(status.st_mode)) return ENODEV;
  if (status.st_size <= 0) return EINVAL;
  if ((uint64_t)status.st_size > SIZE_MAX) return EFBIG;

  const size_t size = (size_t)status.st_size;
  void *bytes = mmap(NULL, size, PROT_READ, MAP_PRIVATE, file, 0);
  if (bytes == MAP_FAILED) return errno;
  *mapping = (struct o2m_mapping){bytes, size};
  return 0;
}

int o2m_map_file(const char *path, struct o2m_mapping *mapping) {
  *mapping = (struct o2m_mapping){NULL, 0};
  // O_NONBLOCK: opening a pipe that nobody writes would wait for ever.
  const int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (file < 0) return errno;
  const int failure = map(file, mapping);
  close(file);
  return failure;
}

void o2m_unmap(struct o2m_mapping *mapping) {
  if (mapping->bytes) munmap((void *)mapping->bytes, mapping->size);
  *mapping = (struct o2m_mapping){NULL, 0};
}

#endif
