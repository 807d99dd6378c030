#ifndef O2M_BIONIC_SYS_STAT_H
#define O2M_BIONIC_SYS_STAT_H

#include <sys/types.h>

struct stat {
  dev_t st_dev;
  ino_t st_ino;
#if defined(__aarch64__)
  mode_t st_mode;
  nlink_t st_nlink;
  uid_t st_uid;
  gid_t st_gid;
  dev_t st_rdev;
  unsigned long gap1;
  off_t st_size;
  int st_blksize;
  int gap2;
  long st_blocks;
  struct timespec st_atim, st_mtim, st_ctim;
  unsigned int gap3[2];
#else
  unsigned long st_nlink;
  mode_t st_mode;
  uid_t st_uid;
  gid_t st_gid;
  unsigned int gap1;
  dev_t st_rdev;
  off_t st_size;
  long st_blksize;
  long st_blocks;
  struct timespec st_atim, st_mtim, st_ctim;
  long gap2[3];
#endif
};

#define S_IFMT 0170000
#define S_ISDIR(mode) (((mode)&S_IFMT) == 0040000)
#define S_ISREG(mode) (((mode)&S_IFMT) == 0100000)

int fstat(int file, struct stat *status);

#endif
