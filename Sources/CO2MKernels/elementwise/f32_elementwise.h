// The elementwise kernels of one instruction set. Sizes and strides are in elements; kernels work on one thread and never allocate.
#ifndef O2M_F32_ELEMENTWISE_H
#define O2M_F32_ELEMENTWISE_H

#include "o2m_binary.h"
#include "o2m_unary.h"
#include "simd/families.h"

typedef void o2m_f32_unary_kernel(size_t rows, size_t n, const float *x, size_t x_pitch, float *y, size_t y_pitch,
                                  const struct o2m_f32_unary_params *params);

struct o2m_f32_unary_kernels {
  o2m_f32_unary_kernel *unary[O2M_F32_UNARY_COUNT];
  void (*affine)(size_t rows, size_t n, const float *x, size_t x_pitch, const float *scale, const float *bias, float *y, size_t y_pitch);
};

enum o2m_f32_vector_binary {
#define O2M_BINARY(op, OP) O2M_F32_BINARY_##OP,
#define O2M_BINARY_GENERIC(op, OP)
#include "o2m_binary.inc"
#undef O2M_BINARY
  O2M_F32_BINARY_COUNT
};

// Which operand of the inner loop is one value: none, y, or x.
enum o2m_form { O2M_FORM_VV, O2M_FORM_VS, O2M_FORM_SV, O2M_FORM_COUNT };

typedef void o2m_f32_binary_kernel(size_t rows, size_t n, const float *x, ptrdiff_t x_row, const float *y, ptrdiff_t y_row, float *z,
                                   ptrdiff_t z_row);

struct o2m_f32_binary_kernels {
  o2m_f32_binary_kernel *binary[O2M_F32_BINARY_COUNT][O2M_FORM_COUNT];
};

struct o2m_cast_kernels {
  void (*f16_to_f32)(size_t n, const uint16_t *x, float *y);
  void (*f32_to_f16)(size_t n, const float *x, uint16_t *y);
  void (*u8_to_f32)(size_t n, const uint8_t *x, float *y);
  void (*s8_to_f32)(size_t n, const int8_t *x, float *y);
  void (*s32_to_f32)(size_t n, const int32_t *x, float *y);
};

#endif
