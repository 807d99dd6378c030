// Element types, numbered as ONNX's TensorProto.DataType.
#ifndef O2M_ELEMENT_H
#define O2M_ELEMENT_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum o2m_element {
  O2M_ELEMENT_F32 = 1,
  O2M_ELEMENT_U8 = 2,
  O2M_ELEMENT_S8 = 3,
  O2M_ELEMENT_U16 = 4,
  O2M_ELEMENT_S16 = 5,
  O2M_ELEMENT_S32 = 6,
  O2M_ELEMENT_S64 = 7,
  O2M_ELEMENT_BOOL = 9,  // one byte, 0 or 1; any other value read counts as 1
  O2M_ELEMENT_F16 = 10,
  O2M_ELEMENT_F64 = 11,
  O2M_ELEMENT_U32 = 12,
  O2M_ELEMENT_U64 = 13,
  O2M_ELEMENT_BF16 = 16,
};

// Bytes of one element; 0 for a number that is not in the list.
size_t o2m_element_bytes(enum o2m_element element);

#ifdef __cplusplus
}
#endif
#endif
