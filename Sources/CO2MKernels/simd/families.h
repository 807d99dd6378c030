// The kernels of the set that this thread uses, family by family: const struct o2m_<name>_kernels *o2m_<name>_kernels(void). Work that a
// pool shares asks before it begins, so that all workers use one set.
#ifndef O2M_FAMILIES_H
#define O2M_FAMILIES_H

#define O2M_FAMILY(name)       \
  struct o2m_##name##_kernels; \
  const struct o2m_##name##_kernels *o2m_##name##_kernels(void);
#include "families.inc"

#endif
