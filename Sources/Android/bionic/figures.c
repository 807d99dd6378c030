// Holds the headers that the runtime is compiled with, those of this folder or an NDK's, to the figures of bionic.
#define _GNU_SOURCE  // cpu_set_t
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdalign.h>
#include <stddef.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>

#define O2M_FIGURE(value, figure, source) _Static_assert((value) == (figure), #value " is not that of bionic's libc/" source);
#if defined(__aarch64__)
#define O2M_FIGURE_OF_ARM64 O2M_FIGURE
#define O2M_FIGURE_OF_X86_64(value, figure, source)
#else
#define O2M_FIGURE_OF_ARM64(value, figure, source)
#define O2M_FIGURE_OF_X86_64 O2M_FIGURE
#endif

#include "figures.inc"

#if !defined(__LP64__)
#error "the figures are those of 64-bit bionic"
#endif
