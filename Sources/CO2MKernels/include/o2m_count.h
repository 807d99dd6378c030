// Kernels that find as many results as the data say: their outputs have room for the most there can be, and they tell how many there are.
// What lies behind the last result is left as it was.
#ifndef O2M_COUNT_H
#define O2M_COUNT_H

#include "o2m_element.h"
#include "o2m_platform.h"

#ifdef __cplusplus
extern "C" {
#endif

// The index along every axis of each element that is not zero, row-major: places[found][rank], room for all elements of x, which is dense
// with `rank` (<= 8) extents. Returns how many there are; -1 for an element type without a kernel. NaN is not zero. ONNX NonZero-13,
// transposed.
int64_t o2m_non_zero(uint32_t rank, const size_t *extents, enum o2m_element element, const void *x, int64_t *places);

// What ONNX NonMaxSuppression-11 is asked for: boxes[batches][count][4], scores[batches][classes][count].
struct o2m_suppression {
  size_t batches, classes, count;
  size_t most;        // boxes of each class of each batch
  int centered;       // boxes are (x, y, width, height), else two corners (y, x, y, x)
  int has_threshold;  // whether scores must be above `threshold`
  float threshold, overlap;
};

// Bytes of scratch memory that a suppression of at most `most` boxes needs with so many threads; SIZE_MAX where they cannot be counted.
size_t o2m_f32_suppress_scratch_bytes(const struct o2m_suppression *what, size_t most, uint32_t threads);

// Writes batch, class and index of the boxes that are kept, those of each class from the best on, to found[][3], which has room for
// batches * classes * min(most, count) rows; returns how many they are. A NaN is no score. The results do not depend on the threads.
size_t o2m_f32_suppress(const struct o2m_suppression *what, const float *boxes, const float *scores, void *scratch, int64_t *found,
                        o2m_pool *pool);

// Bytes of scratch memory for the k best of lines.
size_t o2m_top_k_scratch_bytes(size_t k, uint32_t threads);

// The k (<= n, n < 2^32) largest or smallest along the middle of [outer][n][inner] in order, equal ones by their index, and their indices,
// both [outer][k][inner]; either output may be NULL. F32 or S32: NaN is the largest, both zeros are one. -1 for other types. ONNX TopK-24.
int o2m_top_k(enum o2m_element element, int largest, size_t outer, size_t n, size_t inner, size_t k, const void *x, void *values,
              int64_t *indices, void *scratch, o2m_pool *pool);

#ifdef __cplusplus
}
#endif
#endif
