// The seed of Swift's hash functions on wasm, where libc's own would bring in WASI imports.
#include "o2m_platform.h"

#if O2M_ARCH_WASM

void arc4random_buf(void *memory, size_t size);

// Nothing on the device side hashes; a constant seed also keeps every run the same.
void arc4random_buf(void *memory, size_t size) {
  for (uint8_t *byte = memory; size > 0; size--) *byte++ = 0x5a;
}

#endif
