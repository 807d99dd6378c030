#ifndef O2M_BIONIC_TIME_H
#define O2M_BIONIC_TIME_H

#include <sys/types.h>

#define CLOCK_MONOTONIC 1

int clock_gettime(clockid_t clock, struct timespec *time);

#endif
