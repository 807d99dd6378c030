// The kernel checks of Tests/KernelChecks on every ISA of this build, for the wasm module; elsewhere its own program says more.
#include "checks.h"
#include "o2m_kernel_checks.h"

enum { SEEDS = 100 };

uint32_t o2m_check_kernels(uint32_t *ran) {
  uint32_t failed = 0, needs, above = 0;
  int runs_here;
  for (size_t isa = 0; o2m_check_isa(isa, &needs, &runs_here); above |= needs, isa++) {
    for (int family = 0; runs_here && family < O2M_CHECK_FAMILIES; family++) {
      for (uint32_t seed = 0; seed < SEEDS; seed++) {
        failed += o2m_check_failed(o2m_check_product(family, seed, above)) != 0;
        ++*ran;
      }
    }
  }
  return failed;
}
