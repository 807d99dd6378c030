#ifndef O2M_BIONIC_ERRNO_H
#define O2M_BIONIC_ERRNO_H

int *__errno(void) __attribute__((const));
#define errno (*__errno())

#define ENOMEM 12
#define ENODEV 19
#define EISDIR 21
#define EINVAL 22
#define EFBIG 27
#define ENOSYS 38

#endif
