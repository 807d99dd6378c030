// What the benchmarks share. A family's benchmarks build their operands, ask for a measurement, and so on; the memory of one measurement is
// freed after it.
#ifndef O2M_BENCH_PRIVATE_H
#define O2M_BENCH_PRIVATE_H

#include "checks.h"

// Runs a kernel once.
typedef void o2m_bench_run(const void *operands, o2m_pool *pool);

void *o2m_bench_memory(struct o2m_bench *bench, size_t bytes);
float *o2m_bench_floats(struct o2m_bench *bench, size_t n, float range);  // noise

// The most bytes that a set of this machine asks for.
void *o2m_bench_scratch(struct o2m_bench *bench, size_t (*bytes)(const void *operands, uint32_t threads), const void *operands);

// Has the run measured, where its name holds what the user asked for. Operations: a multiply-add counts as two.
void o2m_bench_measure(struct o2m_bench *bench, double operations, o2m_bench_run *run, const void *operands, const char *format, ...)
    __attribute__((format(printf, 5, 6)));

#endif
