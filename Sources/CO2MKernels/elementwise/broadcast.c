#include "broadcast.h"

static size_t magnitude(ptrdiff_t a) { return a < 0 ? (size_t)-a : (size_t)a; }

int o2m_plan_broadcast(struct o2m_broadcast_plan *plan, uint32_t operands, uint32_t rank, const size_t *dims, const ptrdiff_t *strides) {
  if (operands == 0 || operands > O2M_MAX_OPERANDS || rank > O2M_MAX_DIMS) return -1;
  *plan = (struct o2m_broadcast_plan){.operands = operands, .count = 1};
  int empty = 0;
  for (uint32_t i = 0; i < rank; i++) {
    if (dims[i] == 0) empty = 1;
  }
  for (uint32_t i = 0; i < rank && !empty; i++) {
    if (__builtin_mul_overflow(plan->count, dims[i], &plan->count) || plan->count > PTRDIFF_MAX / 8) return -1;
  }

  // Insertion by falling stride of the output; dims of 1 go, equal strides keep their order.
  uint32_t kept = 0, order[O2M_MAX_DIMS];
  for (uint32_t i = 0; i < rank && !empty; i++) {
    if (dims[i] == 1) continue;
    uint32_t at = kept++;
    for (; at > 0 && magnitude(strides[order[at - 1]]) < magnitude(strides[i]); at--) order[at] = order[at - 1];
    order[at] = i;
  }

  uint32_t last = 0;  // dims in the plan so far
  for (uint32_t i = 0; i < kept; i++) {
    const size_t dim = dims[order[i]];
    int joins = last > 0;  // one step of the dim outside is `dim` steps of this one, for every operand
    for (uint32_t k = 0; k < operands && joins; k++) {
      joins = plan->strides[k][last - 1] == strides[k * rank + order[i]] * (ptrdiff_t)dim;
    }
    if (!joins) last++;
    plan->dims[last - 1] = joins ? plan->dims[last - 1] * dim : dim;
    for (uint32_t k = 0; k < operands; k++) plan->strides[k][last - 1] = strides[k * rank + order[i]];
  }
  if (last == 0) {
    plan->dims[0] = 1;
    last = 1;
  }
  plan->rank = last;
  if (empty) plan->count = plan->dims[0] = 0;
  return 0;
}

void o2m_walk_start(struct o2m_walk *walk, const struct o2m_broadcast_plan *plan, uint32_t inner_dims, size_t position) {
  *walk = (struct o2m_walk){.plan = plan, .outer = plan->rank > inner_dims ? plan->rank - inner_dims : 0};
  if (plan->count == 0) return;
  // Position 0 needs no division, which an empty axis could not take.
  for (uint32_t i = walk->outer; position > 0 && i-- > 0;) {
    walk->index[i] = position % plan->dims[i];
    position /= plan->dims[i];
    for (uint32_t k = 0; k < plan->operands; k++) walk->offset[k] += (ptrdiff_t)walk->index[i] * plan->strides[k][i];
  }
}

void o2m_walk_next(struct o2m_walk *walk) {
  const struct o2m_broadcast_plan *plan = walk->plan;
  for (uint32_t i = walk->outer; i-- > 0;) {
    if (++walk->index[i] < plan->dims[i]) {
      for (uint32_t k = 0; k < plan->operands; k++) walk->offset[k] += plan->strides[k][i];
      return;
    }
    walk->index[i] = 0;
    for (uint32_t k = 0; k < plan->operands; k++) walk->offset[k] -= plan->strides[k][i] * (ptrdiff_t)(plan->dims[i] - 1);
  }
}
