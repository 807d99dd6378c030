// Runs every check on every ISA that this machine has: for CPUs and emulators that no Swift test reaches.
#include <stdio.h>
#include <stdlib.h>

#include "o2m_kernel_checks.h"

int main(int argc, char **argv) {
  static const char *const families[O2M_CHECK_FAMILIES] = {"conv",     "dwconv",      "conv_transpose", "gemm",     "matmul",
                                                           "winograd", "conv_planar", "expand_dwconv",  "attention"};
  const uint32_t cases = argc > 1 ? (uint32_t)atoi(argv[1]) : 200;
  int failures = 0, runs_here;
  uint32_t needs, above = 0;  // the features of the ISAs before this one, which would be chosen instead
  const char *name;
  for (size_t i = 0; (name = o2m_check_isa(i, &needs, &runs_here)); above |= needs, i++) {
    if (!runs_here) {
      printf("%s: not on this machine\n", name);
      continue;
    }
    for (uint32_t kind = O2M_CHECK_ACTIVATION_FIRST; kind <= O2M_CHECK_ACTIVATION_LAST; kind++) {
      const struct o2m_check c = o2m_check_activation(kind, above);
      failures += o2m_check_failed(c);
      printf("%s activation %u: worst error %.3f of the bound, element %g, not %g; %zu stray\n", name, kind, c.share, c.got, c.expected,
             c.stray);
    }
    for (int family = 0; family < O2M_CHECK_FAMILIES; family++) {
      double worst = 0;
      for (uint32_t seed = 0; seed < cases; seed++) {
        const struct o2m_check c = o2m_check_product(family, seed, above);
        if (c.share > worst) worst = c.share;
        if (!o2m_check_failed(c)) continue;
        if (failures++ < 20)
          printf("%s %s seed %u: element %zu is %g, not %g: %g of the bound; %zu stray, %zu differ between threads\n", name,
                 families[family], seed, c.index, c.got, c.expected, c.share, c.stray, c.thread_dependent);
      }
      printf("%s %s: %u cases, worst error %.3f of the bound\n", name, families[family], cases, worst);
    }
  }
  return failures != 0;
}
