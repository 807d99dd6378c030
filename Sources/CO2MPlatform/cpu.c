// Which instruction sets this CPU has, and how many CPUs this process may use.
#include "o2m_platform.h"

#if O2M_ARCH_WASM

// A wasm module that holds SIMD instructions does not load without them, so the build decides.
uint32_t o2m_cpu_features(void) {
#if defined(__wasm_simd128__)
  return O2M_CPU_SIMD128;
#else
  return 0;
#endif
}

uint32_t o2m_cpu_count(void) { return 1; }

#else

#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

#if O2M_ARCH_X86_64
#include <cpuid.h>

// XCR0: which registers the operating system saves on a context switch. Needs OSXSAVE.
static uint64_t saved_registers(void) {
  uint32_t low, high;
  __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return (uint64_t)high << 32 | low;
}

static uint32_t detect(void) {
  enum { XMM_YMM = 0x6, MASK_ZMM = 0xe0 };
  const uint32_t fma = 1u << 12, osxsave = 1u << 27, f16c = 1u << 29;                        // leaf 1, ecx
  const uint32_t avx2 = 1u << 5, f = 1u << 16, dq = 1u << 17, bw = 1u << 30, vl = 1u << 31;  // leaf 7, ebx
  const uint32_t vnni = 1u << 11;                                                            // leaf 7, ecx

  uint32_t eax, ebx, ecx, edx;
  if (!__get_cpuid(1, &eax, &ebx, &ecx, &edx)) return 0;
  const uint32_t basic = fma | osxsave | f16c;
  if ((ecx & basic) != basic) return 0;
  const uint64_t saved = saved_registers();
  if ((saved & XMM_YMM) != XMM_YMM) return 0;
  if (!__get_cpuid_count(7, 0, &eax, &ebx, &ecx, &edx) || !(ebx & avx2)) return 0;

  uint32_t features = O2M_CPU_AVX2;
  const uint32_t avx512 = f | dq | bw | vl;
  if ((saved & MASK_ZMM) == MASK_ZMM && (ebx & avx512) == avx512) {
    features |= O2M_CPU_AVX512;
    if (ecx & vnni) features |= O2M_CPU_AVX512VNNI;
  }
  return features;
}

#elif O2M_ARCH_ARM64 && defined(__APPLE__)
#include <sys/sysctl.h>

static int has(const char *name) {
  int value = 0;
  size_t size = sizeof value;
  return sysctlbyname(name, &value, &size, NULL, 0) == 0 && value != 0;
}

static uint32_t detect(void) {
  uint32_t features = O2M_CPU_NEON;
  if (has("hw.optional.arm.FEAT_DotProd")) features |= O2M_CPU_DOTPROD;
  if (has("hw.optional.arm.FEAT_FP16")) features |= O2M_CPU_FP16;
  return features;
}

#elif O2M_ARCH_ARM64
#include <sys/auxv.h>

static uint32_t detect(void) {
  const unsigned long fphp = 1ul << 9, asimdhp = 1ul << 10, asimddp = 1ul << 20;  // Linux: arm64 ELF hwcaps
  const unsigned long capabilities = getauxval(AT_HWCAP);
  uint32_t features = O2M_CPU_NEON;
  if (capabilities & asimddp) features |= O2M_CPU_DOTPROD;
  if ((capabilities & fphp) && (capabilities & asimdhp)) features |= O2M_CPU_FP16;
  return features;
}

#else
static uint32_t detect(void) { return 0; }
#endif

// The bits that O2M_CPU_MASK keeps; all of them when it is unset or not a number.
static uint32_t mask(void) {
  const char *text = getenv("O2M_CPU_MASK");
  if (!text || !*text) return UINT32_MAX;
  char *end;
  const unsigned long bits = strtoul(text, &end, 0);
  return *end ? UINT32_MAX : (uint32_t)bits;
}

uint32_t o2m_cpu_features(void) {
  // Bit 31 marks a known value. Threads that race here find the same one.
  static _Atomic uint32_t known;
  const uint32_t valid = 1u << 31;
  uint32_t features = atomic_load_explicit(&known, memory_order_relaxed);
  if (!features) {
    const uint32_t needed = O2M_WITH_SCALAR ? 0 : O2M_CPU_NEON;
    features = (detect() & (mask() | needed)) | valid;
    atomic_store_explicit(&known, features, memory_order_relaxed);
  }
  return features & ~valid;
}

uint32_t o2m_cpu_count(void) {
  const long count = sysconf(_SC_NPROCESSORS_ONLN);
  return count < 1 ? 1 : (uint32_t)count;
}

#endif
