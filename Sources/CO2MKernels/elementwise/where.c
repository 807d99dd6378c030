#include "broadcast.h"
#include "pieces.h"

struct job {
  const struct o2m_broadcast_plan *plan;
  size_t bytes;
  const uint8_t *condition;
  const void *x, *y;
  void *z;
};

#define WHERE(type)                                                                                      \
  static void where_##type(void *context, size_t begin, size_t end, uint32_t worker) {                   \
    const struct job *job = context;                                                                     \
    const struct o2m_broadcast_plan *plan = job->plan;                                                   \
    const uint32_t last = plan->rank - 1;                                                                \
    (void)worker;                                                                                        \
    struct o2m_walk walk;                                                                                \
    o2m_walk_start(&walk, plan, 1, begin);                                                               \
    for (size_t i = begin; i < end; i++, o2m_walk_next(&walk)) {                                         \
      type *z = (type *)job->z + walk.offset[0];                                                         \
      const uint8_t *condition = job->condition + walk.offset[1];                                        \
      const type *x = (const type *)job->x + walk.offset[2], *y = (const type *)job->y + walk.offset[3]; \
      for (size_t k = 0; k < plan->dims[last]; k++) {                                                    \
        *z = *condition ? *x : *y;                                                                       \
        z += plan->strides[0][last], condition += plan->strides[1][last];                                \
        x += plan->strides[2][last], y += plan->strides[3][last];                                        \
      }                                                                                                  \
    }                                                                                                    \
  }
WHERE(uint8_t)
WHERE(uint16_t)
WHERE(uint32_t)
WHERE(uint64_t)

int o2m_where(size_t element_bytes, const struct o2m_broadcast_plan *plan, const uint8_t *condition, const void *x, const void *y, void *z,
              o2m_pool *pool) {
  const struct job job = {plan, element_bytes, condition, x, y, z};
  o2m_task task;
  switch (element_bytes) {
    case 1: task = where_uint8_t; break;
    case 2: task = where_uint16_t; break;
    case 4: task = where_uint32_t; break;
    case 8: task = where_uint64_t; break;
    default: return -1;
  }
  if (plan->count == 0) return 0;
  const size_t inner = plan->dims[plan->rank - 1];
  o2m_pool_run(pool, plan->count / inner, o2m_grain(inner), task, (void *)&job);
  return 0;
}
