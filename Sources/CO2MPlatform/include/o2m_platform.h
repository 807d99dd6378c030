// What the device side asks of the platform: CPU features, a thread pool, file mapping, aligned memory.
//
// Everything here exists on Linux, Android, macOS and iOS; wasm has the same functions with one thread and no files.
// Only stddef and stdint are included, so that the header also serves Embedded Swift.
#ifndef O2M_PLATFORM_H
#define O2M_PLATFORM_H

#include <stddef.h>
#include <stdint.h>

#include "o2m_math.h"

#if defined(__x86_64__)
#define O2M_ARCH_X86_64 1
#elif defined(__aarch64__)
#define O2M_ARCH_ARM64 1
#elif defined(__wasm__)
#define O2M_ARCH_WASM 1
#endif

// Whether the tables of kernels end with scalar ones. Where every CPU has the vectors, the library that ships (O2M_SHIPPED) goes without.
#if defined(O2M_SHIPPED) && (O2M_ARCH_ARM64 || defined(__wasm_simd128__))
#define O2M_WITH_SCALAR 0
#else
#define O2M_WITH_SCALAR 1
#endif

#ifdef __cplusplus
extern "C" {
#endif

// CPU features

enum {
  O2M_CPU_AVX2 = 1u << 0,    // AVX2, FMA and F16C together, and the OS saves the ymm registers
  O2M_CPU_AVX512 = 1u << 1,  // AVX-512 F, BW, VL, DQ
  O2M_CPU_AVX512VNNI = 1u << 2,
  O2M_CPU_NEON = 1u << 8,      // always present on arm64
  O2M_CPU_DOTPROD = 1u << 9,   // sdot, udot
  O2M_CPU_FP16 = 1u << 10,     // float16 arithmetic
  O2M_CPU_SIMD128 = 1u << 16,  // wasm
};

// The features of this CPU, less those that the environment variable O2M_CPU_MASK (a number: the bits to keep) takes away; NEON stays
// where there are no scalar kernels.
uint32_t o2m_cpu_features(void);

// How many CPUs are online: at least 1, and a fair default for the threads of a pool.
uint32_t o2m_cpu_count(void);

// Threads

typedef struct o2m_pool o2m_pool;

// Works on the items [begin, end). `worker` is below o2m_pool_threads and picks this worker's scratch memory.
typedef void (*o2m_task)(void *context, size_t begin, size_t end, uint32_t worker);

// A pool of `threads` workers (1...1024), the calling thread among them; NULL when the threads cannot be had. 1 makes no thread.
// On wasm every pool has one worker, unless the module was built for shared memory: then threads are the workers of o2m_workers_set.
o2m_pool *o2m_pool_create(uint32_t threads);
void o2m_pool_destroy(o2m_pool *pool);
uint32_t o2m_pool_threads(const o2m_pool *pool);  // 1 for NULL

#ifdef __wasm_atomics__
// By a worker of the page, on an instance and a stack of its own: runs what pools ask of it, and never returns. `worker` counts from 0.
void o2m_worker_run(uint32_t worker);
// By the page: how many workers do, or will very soon. Those that a pool has are free again when it is destroyed.
void o2m_workers_set(uint32_t workers);
// By a worker whose run ended in a trap: then the page's own thread traps too instead of waiting for it.
void o2m_worker_failed(void);
#endif

// Runs `task` over [0, count) and returns when all of it is done. Each piece begins at a multiple of `grain` (0 means 1) and holds
// at least `grain` items, except the last. The worker i of n begins with the i-th n-th of the items, and takes pieces from others
// when it is done with that: who works on what differs from run to run. A NULL pool runs it here, as worker 0, in one piece. Not
// reentrant: one run at a time per pool. Allocates nothing.
void o2m_pool_run(o2m_pool *pool, size_t count, size_t grain, o2m_task task, void *context);

// The start and the end of a series of runs that follow each other closely, such as the steps of an inference. In a series the
// workers wait for the next run awake, some tens of microseconds; outside of one they sleep, and a run begins by waking them.
void o2m_pool_begin(o2m_pool *pool);  // nothing for NULL
void o2m_pool_end(o2m_pool *pool);

// Memory

// `size` bytes (0 is allowed) rounded up to, and aligned to, 64; or NULL. Contents are undefined.
void *o2m_allocate(size_t size);
void o2m_free(void *memory);

// `size` bytes (0 is allowed) of zeros, aligned to 64, for a working memory that is used as a whole: above a megabyte it comes straight
// from the system, in huge pages where there are any, so that its first use waits for few page faults. NULL when there is none.
void *o2m_allocate_zeros(size_t size);
void o2m_free_zeros(void *memory, size_t size);  // nothing for NULL

// Files

struct o2m_mapping {
  const uint8_t *bytes;
  size_t size;
};

// Maps the whole file read-only: 0, or an errno value. EISDIR for a folder, ENODEV for anything else that is not a regular
// file, ENOSYS on wasm. Of an empty file there are no bytes, at NULL. The file must not be truncated while it is mapped.
int o2m_map_file(const char *path, struct o2m_mapping *mapping);

// Maps `size` bytes of an open regular file from `offset` on, which need be no multiple of a page; 0 takes all that follow. The file may be
// closed afterwards. EINVAL where the file has no such bytes. Otherwise as o2m_map_file.
int o2m_map_descriptor(int file, uint64_t offset, uint64_t size, struct o2m_mapping *mapping);

// Ends the mapping and clears it; clearing twice is harmless.
void o2m_unmap(struct o2m_mapping *mapping);

// Flags

// A flag that any thread may raise while another looks at it.
void o2m_flag_raise(int32_t *flag);
int o2m_flag_is_up(const int32_t *flag);
int o2m_flag_take(int32_t *flag);  // lowers it; whether it was up

// Time

// Nanoseconds of a clock that never goes back; 0 on wasm.
uint64_t o2m_nanoseconds(void);

#ifdef __cplusplus
}
#endif
#endif
