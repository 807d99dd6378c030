// What one instruction set does to sums and elements, one by one.
#ifndef O2M_ELEMENTWISE_H
#define O2M_ELEMENTWISE_H

#include "o2m_reference.h"

struct o2m_elementwise {
  // Row `row` of the product from its sums at [position, position + count), which are overwritten.
  void (*finish)(const struct o2m_reference_product *product, size_t row, size_t position, size_t count, double *sums);
  // The others are the functions of o2m_reference.h.
  void (*map)(enum o2m_reference_activation activation, double a, double b, size_t n, const float *x, float *y);
  void (*map_wide)(enum o2m_reference_activation activation, double a, double b, size_t n, double *s);
  void (*combine)(enum o2m_reference_arithmetic arithmetic, size_t n, const float *a, size_t a_step, const float *b, size_t b_step,
                  float *y);
  void (*combine_wide)(enum o2m_reference_arithmetic arithmetic, size_t n, const double *a, size_t a_step, const double *b, size_t b_step,
                       double *y);
  void (*normalize)(double mean, double slope, double bias, size_t n, const float *x, float *y);
  void (*normalize_wide)(double mean, double slope, double bias, size_t n, const double *x, double *y);
  void (*raise)(size_t n, const float *x, size_t x_step, float *y);
  void (*add)(double weight, size_t n, const float *x, size_t x_step, double *sums);
  void (*round)(size_t n, const double *sums, float *y);
};

extern const struct o2m_elementwise o2m_elementwise__avx2, o2m_elementwise__base;

#endif
