// Copies of a few floats.
#ifndef O2M_F32_GEMM_COPY_H
#define O2M_F32_GEMM_COPY_H

// For functions that copy short runs: a loop stays a loop.
#define O2M_NO_CALLS __attribute__((no_builtin("memcpy", "memset")))

// Short runs, without a call: whole vectors, the last one over the end of the one before.
O2M_NO_CALLS static inline float *o2m_copy(float *to, const float *from, size_t n) {
  size_t i = 0;
  if (n >= 8) {
    for (; i + 8 <= n; i += 8) __builtin_memcpy_inline(to + i, from + i, 8 * sizeof(float));
    __builtin_memcpy_inline(to + n - 8, from + n - 8, 8 * sizeof(float));
  } else if (n >= 4) {
    __builtin_memcpy_inline(to, from, 4 * sizeof(float));
    __builtin_memcpy_inline(to + n - 4, from + n - 4, 4 * sizeof(float));
  } else {
    for (; i < n; i++) to[i] = from[i];
  }
  return to + n;
}

#endif
