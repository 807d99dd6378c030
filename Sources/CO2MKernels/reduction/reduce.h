// Reduce plans as walks: one over the kept dims, one over the reduced.
#ifndef O2M_REDUCE_WALKS_H
#define O2M_REDUCE_WALKS_H

#include "elementwise/broadcast.h"
#include "o2m_reduce.h"

void o2m_reduce_walks(const struct o2m_reduce_plan *plan, struct o2m_broadcast_plan *kept, struct o2m_broadcast_plan *reduced);

#endif
