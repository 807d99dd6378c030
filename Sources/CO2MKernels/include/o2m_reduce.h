// Reductions.
#ifndef O2M_REDUCE_H
#define O2M_REDUCE_H

#include "o2m_element.h"
#include "o2m_platform.h"

#ifdef __cplusplus
extern "C" {
#endif

enum o2m_reduce_op {
  O2M_REDUCE_SUM,
  O2M_REDUCE_MEAN,
  O2M_REDUCE_MAX,
  O2M_REDUCE_MIN,
  O2M_REDUCE_PROD,
  O2M_REDUCE_L1,           // sum |x|
  O2M_REDUCE_L2,           // sqrt(sum x²)
  O2M_REDUCE_SUM_SQUARE,   // sum x²
  O2M_REDUCE_LOG_SUM,      // log(sum x)
  O2M_REDUCE_LOG_SUM_EXP,  // max + log(sum exp(x - max))
  O2M_REDUCE_COUNT
};

// Which part of an N-d reduction is one call: for `outer_count` positions, y[position] = reduce over [n][inner]'s middle.
// The kept dims (outer, then inner if the innermost dim is kept) and the reduced dims have been merged where they lie end to end.
struct o2m_reduce_plan {
  uint32_t kept_rank, reduced_rank;  // merged dims, outermost first; either may be 0
  size_t kept_count, reduced_count;
  size_t kept[8], reduced[8];
  ptrdiff_t kept_strides[8], reduced_strides[8];  // of x, in elements
};

// Plans a reduction of `rank` (<= 8) dims with strides of x in elements; bit i of `axes` says that dim i is reduced. The output
// is dense, kept dims in their order. 0; -1 when rank is above 8 or a count overflows.
int o2m_plan_reduce(struct o2m_reduce_plan *plan, uint32_t rank, const size_t *dims, const ptrdiff_t *strides, uint32_t axes);

// y[kept_count] from x. Vector kernels where the reduced dims are one run (contiguous, or with kept elements that are contiguous
// along one dim), a plain strided loop else. Sums are made over blocks, in an order that depends on shapes only. Nothing reduced: f of
// one element. An empty reduction gives the neutral element: 0, 1, -infinity, infinity; mean gives NaN.
void o2m_f32_reduce(enum o2m_reduce_op op, const struct o2m_reduce_plan *plan, const float *x, float *y, o2m_pool *pool);

// The same for S32, S64, U32, U64, U8, S8, BOOL (MIN, MAX) and F64, in plain C. Integer sums wrap; MEAN of integers truncates;
// MIN and MAX of nothing are the type's limits. -1 where op is not defined for the type: L2 and the logarithms of integers,
// their MEAN of nothing, LOG_SUM_EXP.
int o2m_reduce(enum o2m_reduce_op op, enum o2m_element element, const struct o2m_reduce_plan *plan, const void *x, void *y, o2m_pool *pool);

// Position of the largest (or smallest) along the middle of [outer][n][inner], contiguous f32: the first one, or with `last`
// the last one. NaN counts as the extreme. n must not be 0. ONNX ArgMax-13, ArgMin-13.
void o2m_f32_arg_extreme(int minimum, int last, size_t outer, size_t n, size_t inner, const float *x, int64_t *y, o2m_pool *pool);

#ifdef __cplusplus
}
#endif
#endif
