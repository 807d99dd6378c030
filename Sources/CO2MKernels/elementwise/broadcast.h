// Stepping through the outer dims of a broadcast plan.
#ifndef O2M_BROADCAST_H
#define O2M_BROADCAST_H

#include "o2m_binary.h"

struct o2m_walk {
  const struct o2m_broadcast_plan *plan;
  uint32_t outer;  // dims that are walked
  size_t index[O2M_MAX_DIMS];
  ptrdiff_t offset[O2M_MAX_OPERANDS];  // of the current position, per operand
};

// Starts at `position` in the row-major order of all but the innermost `inner_dims` dims.
void o2m_walk_start(struct o2m_walk *walk, const struct o2m_broadcast_plan *plan, uint32_t inner_dims, size_t position);
void o2m_walk_next(struct o2m_walk *walk);

#endif
