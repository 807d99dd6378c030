// What Android's libc names or numbers otherwise than glibc, so that Android's libo2m.so runs on this machine. Everything else that it
// takes has one name, and structures of one size, in both; pthread_mutex_t and pthread_cond_t among them.
#define _GNU_SOURCE  // RTLD_DEEPBIND
#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

int *__errno(void);
long __sysconf(int name);

int *__errno(void) { return &errno; }

long sysconf(int name) {
  switch (name) {
    case 0x27: return __sysconf(_SC_PAGESIZE);
    case 0x61: return __sysconf(_SC_NPROCESSORS_ONLN);
    default: abort();
  }
}

// Opens the library that O2M_ON_GLIBC names so that it finds these functions before those of glibc.
__attribute__((constructor)) static void open_library(void) {
  const char *path = getenv("O2M_ON_GLIBC");
  if (path && !dlopen(path, RTLD_NOW | RTLD_DEEPBIND)) abort();
}
