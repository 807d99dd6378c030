#ifndef O2M_BIONIC_STDLIB_H
#define O2M_BIONIC_STDLIB_H

#include <stddef.h>

void *malloc(size_t size);
void *calloc(size_t count, size_t size);
void free(void *memory);
int posix_memalign(void **memory, size_t alignment, size_t size);
char *getenv(const char *name);
unsigned long strtoul(const char *text, char **end, int base);

#endif
