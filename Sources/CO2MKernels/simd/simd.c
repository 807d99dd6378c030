#include "o2m_simd.h"

#include "o2m_simd_kernels.h"

#define O2M_SIMD_SET(name, needs) extern const struct o2m_simd o2m_simd__##name;
#include "o2m_simd.inc"
#undef O2M_SIMD_SET

static const struct o2m_simd *const sets[] = {
#define O2M_SIMD_SET(name, needs) &o2m_simd__##name,
#include "o2m_simd.inc"
#undef O2M_SIMD_SET
};

// Written by any thread that asks first, always with the same value; o2m_simd_use is for one thread.
static const struct o2m_simd *chosen;

size_t o2m_simd_count(void) { return sizeof sets / sizeof sets[0]; }
const struct o2m_simd *o2m_simd_at(size_t index) { return index < o2m_simd_count() ? sets[index] : NULL; }
const char *o2m_simd_name(const struct o2m_simd *set) { return set->name; }
uint32_t o2m_simd_needs(const struct o2m_simd *set) { return set->needs; }

const struct o2m_simd *o2m_simd(void) {
  const struct o2m_simd *set = __atomic_load_n(&chosen, __ATOMIC_RELAXED);
  if (set) return set;
  const uint32_t features = o2m_cpu_features();
  size_t i = 0;
  while (i + 1 < o2m_simd_count() && (sets[i]->needs & ~features)) i++;
  __atomic_store_n(&chosen, sets[i], __ATOMIC_RELAXED);
  return sets[i];
}

void o2m_simd_use(const struct o2m_simd *set) { __atomic_store_n(&chosen, set, __ATOMIC_RELAXED); }
