// Checks of the kernels, as functions over the tables: the tests call them, and a C program does under qemu or in Node.
//
// A check compares the kernels of one instruction set with plain loops in f64, and with the scalar kernels to the bit where the
// family's header says so.
#ifndef O2M_CHECKS_H
#define O2M_CHECKS_H

#include "o2m_simd.h"

#ifdef __cplusplus
extern "C" {
#endif

struct o2m_check_report {
  uint32_t seeds;  // cases of the families whose sizes are drawn at random
  size_t cases, failures;
  double worst;     // the largest error that was seen, in the unit of the check
  char first[240];  // what failed first, or the notes of the check
};

size_t o2m_check_count(void);
const char *o2m_check_name(size_t index);

// Runs check `index` with the kernels of `set`.
void o2m_check_run(size_t index, size_t set, uint32_t seeds, struct o2m_check_report *report);

#ifdef __cplusplus
}
#endif
#endif
