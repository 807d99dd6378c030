// Checks and benchmarks of the kernels, as functions over the tables: the tests call them, and a C program does under qemu or in Node.
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

// Benchmarks of every family.
struct o2m_bench {
  o2m_pool *pool;
  const char *filter;  // a part of the names that are wanted
  // Measures a kernel that `run` runs once with these operands; a multiply-add counts as two operations.
  void (*measure)(struct o2m_bench *bench, const char *name, double operations, void (*run)(const void *operands, o2m_pool *pool),
                  const void *operands);
  void *memory[16];  // the operands'
  size_t count;
};

void o2m_bench_all(struct o2m_bench *bench);

#ifdef __cplusplus
}
#endif
#endif
