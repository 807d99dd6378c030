// Gather and its kin, for elements of any size. Indices are S32 or S64 and may be negative (counted from the end); every index is
// checked before anything is written, and one outside the axis gives -1 with nothing written.
#ifndef O2M_GATHER_H
#define O2M_GATHER_H

#include "o2m_binary.h"
#include "o2m_element.h"
#include "o2m_platform.h"

#ifdef __cplusplus
extern "C" {
#endif

// y[o][i][:] = x[o][indices[i]][:] for x [outer][axis][inner_bytes], i over `count` indices. ONNX Gather-13.
int o2m_gather(size_t outer, size_t axis, size_t inner_bytes, enum o2m_element index_type, size_t count, const void *indices, const void *x,
               void *y, o2m_pool *pool);

// y[b][i][:] = x[b][indices[b][i][0]]…[indices[b][i][depth - 1]][:] for dense x [batch][extents…][inner_bytes] and indices
// [batch][count][depth]. depth is 1 to 8. ONNX GatherND-13.
int o2m_gather_nd(size_t batch, size_t count, uint32_t depth, const size_t *extents, size_t inner_bytes, enum o2m_element index_type,
                  const void *indices, const void *x, void *y, o2m_pool *pool);

// y[o][k][i] = x[o][indices[o][k][i]][i] for dense x [outer][axis][inner] and indices [outer][n][inner]. ONNX GatherElements-13
// where all other dims agree. Elements of 1, 2, 4 or 8 bytes.
int o2m_gather_elements(size_t outer, size_t axis, size_t inner, size_t n, size_t element_bytes, enum o2m_element index_type,
                        const void *indices, const void *x, void *y);

// y = x, and then y[where indices say along `axis`, the same place else] = updates, in row-major order of the indices. x is dense with
// `rank` (<= O2M_MAX_DIMS) extents, indices and updates are dense with `extents`, no larger than those of x but along the axis. x may be
// y. Elements of 1, 2, 4 or 8 bytes. ONNX ScatterElements-18 without a reduction.
int o2m_scatter_elements(uint32_t rank, uint32_t axis, const size_t *x_extents, const size_t *extents, size_t element_bytes,
                         enum o2m_element index_type, const void *indices, const void *updates, const void *x, void *y);

#ifdef __cplusplus
}
#endif
#endif
