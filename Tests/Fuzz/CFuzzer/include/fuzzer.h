// What libFuzzer offers its targets.
#ifndef O2M_FUZZER_H
#define O2M_FUZZER_H

#include <stddef.h>
#include <stdint.h>

// Changes data[0, size) in place to at most `capacity` bytes; returns the new size.
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t capacity);

#endif
