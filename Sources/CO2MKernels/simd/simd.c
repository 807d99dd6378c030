#include "o2m_simd.h"

#include "families.h"
#include "sets.h"

static const struct {
  const char *name;
  uint32_t needs;
} sets[] = {
#define O2M_SET(isa, needs, ...) {#isa, needs},
    O2M_SETS(O2M_SET, )};

size_t o2m_simd_count(void) { return sizeof sets / sizeof sets[0]; }
const char *o2m_simd_name(size_t set) { return sets[set].name; }
uint32_t o2m_simd_needs(size_t set) { return sets[set].needs; }

// The last set runs on every CPU that this was compiled for.
size_t o2m_simd_best(void) {
  const uint32_t features = o2m_cpu_features();
  size_t set = 0;
  while (sets[set].needs & ~features) set++;
  return set;
}

#ifdef O2M_SHIPPED
size_t o2m_simd(void) { return o2m_simd_best(); }
void o2m_simd_use(size_t set) { (void)set; }
#else
static _Thread_local size_t asked;  // the set, counted from 1

size_t o2m_simd(void) { return asked > 0 ? asked - 1 : o2m_simd_best(); }
void o2m_simd_use(size_t set) { asked = set + 1; }
#endif

#define O2M_DECLARED(isa, needs, family) extern const struct o2m_##family##_kernels o2m_##family##_kernels__##isa;
#define O2M_ADDRESS(isa, needs, family) &o2m_##family##_kernels__##isa,
#define O2M_FAMILY(family)                                                                         \
  O2M_SETS(O2M_DECLARED, family)                                                                   \
  const struct o2m_##family##_kernels *o2m_##family##_kernels(void) {                              \
    static const struct o2m_##family##_kernels *const kernels[] = {O2M_SETS(O2M_ADDRESS, family)}; \
    return kernels[o2m_simd()];                                                                    \
  }
#include "families.inc"
