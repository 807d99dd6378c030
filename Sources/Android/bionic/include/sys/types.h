#ifndef O2M_BIONIC_SYS_TYPES_H
#define O2M_BIONIC_SYS_TYPES_H

#include <stddef.h>
#include <stdint.h>

typedef int pid_t;
typedef int clockid_t;
typedef unsigned int mode_t, nlink_t, uid_t, gid_t;
typedef uint64_t dev_t;
typedef unsigned long ino_t;
typedef int64_t off_t;
typedef long time_t;

struct timespec {
  time_t tv_sec;
  long tv_nsec;
};

#endif
