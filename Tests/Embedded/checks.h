// The checks that run where there is no swift-testing: under qemu-aarch64, in Node, and natively beside them.
#ifndef O2M_EMBEDDED_CHECKS_H
#define O2M_EMBEDDED_CHECKS_H

#include <stdint.h>

// A check runs its cases, adds their number to *ran, and returns how many failed.

// CPU features, the thread pool, aligned memory.
uint32_t o2m_check_platform(uint32_t *ran);

// The kernels on every instruction set of this machine.
uint32_t o2m_check_kernels(uint32_t *ran);

// What failed first in o2m_check_kernels; empty when nothing did.
const char *o2m_checks_note(void);

#endif
