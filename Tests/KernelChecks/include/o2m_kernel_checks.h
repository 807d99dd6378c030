// Checks of the kernels against plain loops in double precision, callable from Swift and from a C program alike.
#ifndef O2M_KERNEL_CHECKS_H
#define O2M_KERNEL_CHECKS_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// The worst element of a run: its error as a share of the bound that holds for it, so that above 1 is a failure.
struct o2m_check {
  double share;
  size_t index;
  double expected, got;
  size_t stray;             // elements written outside of the output
  size_t thread_dependent;  // elements that differ between 1, 2 and 3 threads
};

static inline int o2m_check_failed(struct o2m_check c) { return !(c.share <= 1) || c.stray || c.thread_dependent; }

enum {
  O2M_CHECK_CONV,
  O2M_CHECK_DWCONV,
  O2M_CHECK_CONV_TRANSPOSE,
  O2M_CHECK_GEMM,
  O2M_CHECK_MATMUL,
  O2M_CHECK_WINOGRAD,
  O2M_CHECK_CONV_PLANAR,
  O2M_CHECK_EXPAND_DWCONV,
  O2M_CHECK_ATTENTION,
  O2M_CHECK_FAMILIES
};

// The `seed`-th case of a family: sizes, weight type and activation follow from it. `without` takes CPU features away.
struct o2m_check o2m_check_product(int family, uint32_t seed, uint32_t without);

// One of the activations that follow a product: O2M_ACT_SIGMOID...O2M_ACT_TANH.
struct o2m_check o2m_check_activation(uint32_t kind, uint32_t without);
enum { O2M_CHECK_ACTIVATION_FIRST = 6, O2M_CHECK_ACTIVATION_LAST = 10 };

// The CPU features that the i-th ISA of the products needs, its name, and whether it runs here; NULL after the last.
const char *o2m_check_isa(size_t i, uint32_t *needs, int *runs_here);

#ifdef __cplusplus
}
#endif
#endif
