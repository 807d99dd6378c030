// Runs the checks and says which instruction sets they ran on. The exit code is 1 when one failed.
#include "checks.h"
#include "o2m_platform.h"

#include <stdio.h>

static const struct {
  const char *name;
  uint32_t (*run)(uint32_t *ran);
} checks[] = {
    {"platform", o2m_check_platform},
};

static const struct {
  uint32_t bit;
  const char *name;
} features[] = {
    {O2M_CPU_AVX2, "avx2"}, {O2M_CPU_AVX512, "avx512"},   {O2M_CPU_AVX512VNNI, "avx512vnni"},
    {O2M_CPU_NEON, "neon"}, {O2M_CPU_DOTPROD, "dotprod"}, {O2M_CPU_FP16, "fp16"},
};

int main(void) {
  printf("  cpu: scalar");
  for (size_t i = 0; i < sizeof features / sizeof *features; i++) {
    if (o2m_cpu_features() & features[i].bit) printf(" %s", features[i].name);
  }
  printf("\n");

  uint32_t failures = 0;
  for (size_t i = 0; i < sizeof checks / sizeof *checks; i++) {
    uint32_t ran = 0;
    const uint32_t failed = checks[i].run(&ran);
    printf("  check %s: %u cases, %u failed\n", checks[i].name, (unsigned)ran, (unsigned)failed);
    failures += failed + (ran == 0);
  }
  return failures != 0;
}
