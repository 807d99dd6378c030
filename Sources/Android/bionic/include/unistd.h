#ifndef O2M_BIONIC_UNISTD_H
#define O2M_BIONIC_UNISTD_H

#include <sys/types.h>

#define _SC_PAGESIZE 0x27
#define _SC_NPROCESSORS_ONLN 0x61

long sysconf(int name);
int close(int file);
pid_t gettid(void);

#endif
