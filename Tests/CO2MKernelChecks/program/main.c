// Runs every check with every instruction set that this machine has, and prints one line each. 0 when all hold.
//
//   kernel_checks [SEEDS]
#include <stdio.h>
#include <stdlib.h>

#include "o2m_checks.h"

int main(int argc, char **argv) {
  const uint32_t seeds = argc > 1 ? (uint32_t)atoi(argv[1]) : 200;
  int failed = 0;
  for (size_t set = 0; set < o2m_simd_count(); set++) {
    if (o2m_simd_needs(set) & ~o2m_cpu_features()) {
      printf("%s: not on this machine\n", o2m_simd_name(set));
      continue;
    }
    for (size_t i = 0; i < o2m_check_count(); i++) {
      struct o2m_check_report report;
      o2m_check_run(i, set, seeds, &report);
      printf("%-8s %-16s %8lu cases, %lu failures, worst %.3g  %s\n", o2m_simd_name(set), o2m_check_name(i), (unsigned long)report.cases,
             (unsigned long)report.failures, report.worst, report.first);
      if (report.failures || report.cases == 0) failed = 1;
    }
  }
  return failed;
}
