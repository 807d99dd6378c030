#include "o2m_gather.h"

#include <string.h>

#include "elementwise/broadcast.h"
#include "pieces.h"

static int64_t index_at(enum o2m_element type, const void *indices, size_t i) {
  return type == O2M_ELEMENT_S32 ? ((const int32_t *)indices)[i] : ((const int64_t *)indices)[i];
}

// Whether every index lies in [-axis, axis).
static int all_inside(enum o2m_element type, size_t count, const void *indices, size_t axis) {
  if (type != O2M_ELEMENT_S32 && type != O2M_ELEMENT_S64) return 0;
  for (size_t i = 0; i < count; i++) {
    const int64_t at = index_at(type, indices, i);
    if (at < -(int64_t)axis || at >= (int64_t)axis) return 0;
  }
  return 1;
}

struct job {
  enum o2m_element type;
  size_t axis, inner_bytes, count;
  const void *indices;
  const uint8_t *x;
  uint8_t *y;
};

static void gather_task(void *context, size_t begin, size_t end, uint32_t worker) {
  const struct job *job = context;
  (void)worker;
  for (size_t item = begin; item < end; item++) {
    const int64_t at = index_at(job->type, job->indices, item % job->count);
    const size_t position = (size_t)(at < 0 ? at + (int64_t)job->axis : at);
    memcpy(job->y + item * job->inner_bytes, job->x + (item / job->count * job->axis + position) * job->inner_bytes, job->inner_bytes);
  }
}

int o2m_gather(size_t outer, size_t axis, size_t inner_bytes, enum o2m_element index_type, size_t count, const void *indices, const void *x,
               void *y, o2m_pool *pool) {
  if (!all_inside(index_type, count, indices, axis)) return -1;
  if (inner_bytes == 0) return 0;
  const struct job job = {index_type, axis, inner_bytes, count, indices, x, y};
  o2m_pool_run(pool, outer * count, o2m_grain(inner_bytes / 4), gather_task, (void *)&job);
  return 0;
}

struct tuples {
  enum o2m_element type;
  uint32_t depth;
  const size_t *extents;
  size_t slices, count, inner_bytes;  // slices: of one batch of x
  const void *indices;
  const uint8_t *x;
  uint8_t *y;
};

static void gather_nd_task(void *context, size_t begin, size_t end, uint32_t worker) {
  const struct tuples *job = context;
  (void)worker;
  for (size_t item = begin; item < end; item++) {
    size_t slice = 0;
    for (uint32_t k = 0; k < job->depth; k++) {
      const int64_t at = index_at(job->type, job->indices, item * job->depth + k);
      slice = slice * job->extents[k] + (size_t)(at < 0 ? at + (int64_t)job->extents[k] : at);
    }
    const uint8_t *from = job->x + (item / job->count * job->slices + slice) * job->inner_bytes;
    memcpy(job->y + item * job->inner_bytes, from, job->inner_bytes);
  }
}

int o2m_gather_nd(size_t batch, size_t count, uint32_t depth, const size_t *extents, size_t inner_bytes, enum o2m_element index_type,
                  const void *indices, const void *x, void *y, o2m_pool *pool) {
  if (index_type != O2M_ELEMENT_S32 && index_type != O2M_ELEMENT_S64) return -1;
  size_t slices = 1;
  for (uint32_t k = 0; k < depth; k++) slices *= extents[k];
  for (size_t i = 0; i < batch * count; i++) {
    for (uint32_t k = 0; k < depth; k++) {
      const int64_t at = index_at(index_type, indices, i * depth + k);
      if (at < -(int64_t)extents[k] || at >= (int64_t)extents[k]) return -1;
    }
  }
  if (inner_bytes == 0) return 0;
  struct tuples job = {index_type, depth, extents, slices, count, inner_bytes, indices, x, y};
  o2m_pool_run(pool, batch * count, o2m_grain(inner_bytes / 4 + depth), gather_nd_task, &job);
  return 0;
}

int o2m_gather_elements(size_t outer, size_t axis, size_t inner, size_t n, size_t element_bytes, enum o2m_element index_type,
                        const void *indices, const void *x, void *y) {
  if (element_bytes != 1 && element_bytes != 2 && element_bytes != 4 && element_bytes != 8) return -1;
  if (!all_inside(index_type, outer * n * inner, indices, axis)) return -1;
  for (size_t i = 0, at = 0; i < outer; i++) {
    for (size_t k = 0; k < n * inner; k++, at++) {
      const int64_t index = index_at(index_type, indices, at);
      const size_t position = (i * axis + (size_t)(index < 0 ? index + (int64_t)axis : index)) * inner + k % inner;
      const uint8_t *from = (const uint8_t *)x + position * element_bytes;
      uint8_t *to = (uint8_t *)y + at * element_bytes;
      for (size_t b = 0; b < element_bytes; b++) to[b] = from[b];
    }
  }
  return 0;
}

static void put(size_t bytes, void *y, size_t to, const void *updates, size_t from) {
  switch (bytes) {
    case 1: ((uint8_t *)y)[to] = ((const uint8_t *)updates)[from]; break;
    case 2: ((uint16_t *)y)[to] = ((const uint16_t *)updates)[from]; break;
    case 4: ((uint32_t *)y)[to] = ((const uint32_t *)updates)[from]; break;
    default: ((uint64_t *)y)[to] = ((const uint64_t *)updates)[from]; break;
  }
}

int o2m_scatter_elements(uint32_t rank, uint32_t axis, const size_t *x_extents, const size_t *extents, size_t element_bytes,
                         enum o2m_element index_type, const void *indices, const void *updates, const void *x, void *y) {
  if (element_bytes != 1 && element_bytes != 2 && element_bytes != 4 && element_bytes != 8) return -1;
  if (rank == 0 || rank > O2M_MAX_DIMS) return -1;
  struct o2m_broadcast_plan walked = {.operands = 1, .rank = rank, .count = 1};
  size_t step = 0, count = 1;
  for (uint32_t i = rank; i-- > 0; count *= x_extents[i]) {
    walked.dims[i] = extents[i], walked.count *= extents[i];
    if (i == axis)
      step = count;
    else
      walked.strides[0][i] = (ptrdiff_t)count;
  }
  if (!all_inside(index_type, walked.count, indices, x_extents[axis])) return -1;
  if (x != y && count > 0) memcpy(y, x, count * element_bytes);
  struct o2m_walk walk;
  o2m_walk_start(&walk, &walked, 0, 0);
  for (size_t i = 0; i < walked.count; i++, o2m_walk_next(&walk)) {
    const int64_t index = index_at(index_type, indices, i);
    const size_t position = (size_t)(index < 0 ? index + (int64_t)x_extents[axis] : index);
    put(element_bytes, y, (size_t)walk.offset[0] + position * step, updates, i);
  }
  return 0;
}
