// Bundles of either form, for builds of onnx2mobile's runtime that have zstd's decoder inside. o2m.h has everything else.
#ifndef O2M_UNPACK_H
#define O2M_UNPACK_H

// Whoever includes o2m.h first need not say where it lies.
#ifndef O2M_H
#include "o2m.h"
#endif

#ifdef __cplusplus
extern "C" {
#endif

// Unpacks a bundle of the download form into memory of the model's own, with all hashes checked; the installed form is copied. The bytes
// may lie anywhere and are not needed afterwards. NULL on error.
o2m_model *o2m_model_unpacking(const void *bytes, size_t size, o2m_error *error);

#ifdef __cplusplus
}
#endif

#endif
