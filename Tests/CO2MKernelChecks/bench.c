#include "bench.h"

#include <stdarg.h>

void o2m_bench_all(struct o2m_bench *bench) {
#define O2M_KERNELS(name) o2m_bench_##name(bench);
#include "o2m_checks.inc"
}

void *o2m_bench_memory(struct o2m_bench *bench, size_t bytes) {
  void *memory = o2m_allocate(bytes);
  if (!memory || bench->count == sizeof bench->memory / sizeof *bench->memory) abort();
  return bench->memory[bench->count++] = memory;
}

float *o2m_bench_floats(struct o2m_bench *bench, size_t n, float range) {
  float *x = o2m_bench_memory(bench, n * sizeof *x);
  o2m_fill_noise(x, n, (uint32_t)bench->count, range);
  return x;
}

void *o2m_bench_scratch(struct o2m_bench *bench, size_t (*bytes)(const void *operands, uint32_t threads), const void *operands) {
  size_t most = 0;
  for (size_t set = o2m_simd_best(); set < o2m_simd_count(); set++) {
    o2m_simd_use(set);
    const size_t size = bytes(operands, o2m_pool_threads(bench->pool));
    if (size > most) most = size;
  }
  o2m_simd_use(o2m_simd_best());
  return o2m_bench_memory(bench, most);
}

void o2m_bench_measure(struct o2m_bench *bench, double operations, o2m_bench_run *run, const void *operands, const char *format, ...) {
  char name[80];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(name, sizeof name, format, arguments);
  va_end(arguments);
  if (strstr(name, bench->filter)) bench->measure(bench, name, operations, run, operands);
  while (bench->count > 0) o2m_free(bench->memory[--bench->count]);
}
