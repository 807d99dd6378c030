#ifndef O2M_BIONIC_SYS_AUXV_H
#define O2M_BIONIC_SYS_AUXV_H

#define AT_HWCAP 16

unsigned long getauxval(unsigned long type);

#endif
