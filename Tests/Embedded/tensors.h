// Tensors in files, and how far two of them are apart.
#ifndef O2M_TENSORS_H
#define O2M_TENSORS_H

#include "o2m.h"

struct blob {
  uint8_t *bytes;  // malloc
  size_t size;
};

// The whole file; 0, or -1 when it cannot be read.
int blob_read(const char *path, struct blob *blob);

// The elements of a tensor: of `STEM.pb` (a TensorProto with raw_data or float_data), else of `STEM.npy` (version 1, row-major),
// else of `STEM.raw`. 0, or -1 when none of them can be read.
int tensor_read(const char *stem, struct blob *elements);

// What an output must equal: FOLDER/NAME.npy as `onnx2mobile run --output-dir` writes it, else FOLDER/output_INDEX.
int expected_read(const char *folder, const char *name, uint32_t index, struct blob *elements);

// Whether `found` agrees with `expected`: float32 within 1e-4 of the largest magnitude and 1e-3 of its own, all else bit by bit.
// A NaN or infinity must stand on both sides. Prints one line.
int agrees(const char *name, const o2m_tensor *tensor, const void *found, const struct blob *expected);

#endif
