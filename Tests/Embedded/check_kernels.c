// The kernels on every instruction set that this machine has, for the wasm module; elsewhere the checks' own programs say more.
#include "checks.h"
#include "o2m_checks.h"

#include <stdio.h>

enum { SEEDS = 100 };

static char note[400];

const char *o2m_checks_note(void) { return note; }

uint32_t o2m_check_kernels(uint32_t *ran) {
  uint32_t failed = 0;
  for (size_t set = 0; set < o2m_simd_count(); set++) {
    if (o2m_simd_needs(set) & ~o2m_cpu_features()) continue;
    for (size_t i = 0; i < o2m_check_count(); i++) {
      struct o2m_check_report report;
      o2m_check_run(i, set, SEEDS, &report);
      const uint32_t fails = (uint32_t)report.failures + (report.cases == 0);
      if (fails && !*note) {
        snprintf(note, sizeof note, "%s %s: %u failed, the first: %s", o2m_simd_name(set), o2m_check_name(i), (unsigned)fails,
                 report.first);
      }
      failed += fails;
      *ran += (uint32_t)report.cases;
    }
  }
  return failed;
}
