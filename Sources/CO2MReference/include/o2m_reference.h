// The references' sums at the speed of vectors, for the host.
//
// A product of two float32 is exact in float64, so a sum of such products depends on its order alone, whether it is made with fused
// multiply-adds or without. Here every sum has an accumulator of its own that takes the terms in the reference's order: vectors run across
// sums, never along one. All instruction sets give the bits of the plain loops, as long as what is added for padding is zero, which it is
// for finite weights.
//
// Operands may be float64 as well. Their products are not exact, so each is rounded before it is added, on every set.
//
// Sizes, offsets and steps are in elements. Nothing is allocated here, and no argument is changed but `y` and the scratch memory.
#ifndef O2M_REFERENCE_H
#define O2M_REFERENCE_H

#include <stddef.h>
#include <stdint.h>

// What is applied to a sum before it is stored, or to an element; the equations are those of O2MOps's Activation and operators.
enum o2m_reference_activation {
  O2M_REFERENCE_NONE,
  O2M_REFERENCE_RELU,
  O2M_REFERENCE_CLIP,          // a: low, b: high
  O2M_REFERENCE_BOUNDS,        // a: low, b: high, which wins; what equals a bound becomes it
  O2M_REFERENCE_LEAKY_RELU,    // a: alpha
  O2M_REFERENCE_HARD_SIGMOID,  // a: alpha, b: beta
  O2M_REFERENCE_HARD_SWISH,    // a: alpha, b: beta
  O2M_REFERENCE_HARD_SWISH_SIXTH,
  O2M_REFERENCE_SIGMOID,
  O2M_REFERENCE_SILU,
  O2M_REFERENCE_EXP,
  O2M_REFERENCE_TANH,
  O2M_REFERENCE_ERF,
  O2M_REFERENCE_SQRT,
  O2M_REFERENCE_GELU,
  O2M_REFERENCE_GELU_TANH
};

// y[m, p] = act(alpha · Σ_k w(m, k) · x(k, p) + beta · bias(m, p) + residual[m, p])
//
// Positions p are numbers along which x moves in one step. Those that count are a box [planes, lines, columns] among them, with `pitch`
// positions from one plane and one line to the next; what lies between is computed and dropped.
struct o2m_reference_product {
  int wide;      // whether w, x, bias and residual are float64; else they are float32
  size_t rows;   // m
  size_t depth;  // k
  // w(m, k) = w[m · w_row + w_offsets[k]]        x(k, p) = x[x_offsets[k] + p · x_step]
  const void *w;
  size_t w_row;
  const size_t *w_offsets;
  const void *x;
  size_t x_step;
  const size_t *x_offsets;

  size_t extents[3];
  size_t pitch[2];

  double alpha;  // 1 multiplies nothing
  // bias(m, p) = bias[m · bias_row + column · bias_step]; NULL for none
  double beta;
  const void *bias;
  size_t bias_row, bias_step;
  const void *residual;  // where y is; NULL for none
  enum o2m_reference_activation activation;
  double a, b;

  // Where row m, plane, line and column go: m · y_row + plane · y_steps[0] + line · y_steps[1] + column · y_steps[2].
  // Rounded to float32, or as float64: one of the two is NULL.
  float *y;
  double *y_wide;
  size_t y_row, y_steps[3];
};

// The positions of a product, from the first to the last that counts.
size_t o2m_reference_positions(const struct o2m_reference_product *product);

// The instruction sets, best first; the last one runs on every CPU that this was compiled for.
size_t o2m_reference_sets(void);
const char *o2m_reference_set_name(size_t set);
int o2m_reference_set_runs(size_t set);  // on this CPU

// Works out rows [row, row + rows) at positions [position, position + count). Scratch memory is aligned to 64 and has room for
// o2m_reference_scratch(rows, count) doubles.
void o2m_reference_multiply(size_t set, const struct o2m_reference_product *product, size_t row, size_t rows, size_t position, size_t count,
                            double *scratch);
size_t o2m_reference_scratch(size_t rows, size_t count);

// y[i] = act(x[i])
void o2m_reference_map(size_t set, enum o2m_reference_activation activation, double a, double b, size_t n, const float *x, float *y);
// s[i] = act(s[i])
void o2m_reference_map_wide(size_t set, enum o2m_reference_activation activation, double a, double b, size_t n, double *s);

enum o2m_reference_arithmetic { O2M_REFERENCE_ADD, O2M_REFERENCE_SUB, O2M_REFERENCE_MUL, O2M_REFERENCE_DIV };
// y[i] = a[i · a_step] op b[i · b_step]
void o2m_reference_combine(size_t set, enum o2m_reference_arithmetic arithmetic, size_t n, const float *a, size_t a_step, const float *b,
                           size_t b_step, float *y);
void o2m_reference_combine_wide(size_t set, enum o2m_reference_arithmetic arithmetic, size_t n, const double *a, size_t a_step,
                                const double *b, size_t b_step, double *y);

// y[i] = (x[i] - mean) · slope + bias
void o2m_reference_normalize(size_t set, double mean, double slope, double bias, size_t n, const float *x, float *y);
void o2m_reference_normalize_wide(size_t set, double mean, double slope, double bias, size_t n, const double *x, double *y);

// y[i] = max(y[i], x[i · x_step]); NaN wins
void o2m_reference_raise(size_t set, size_t n, const float *x, size_t x_step, float *y);

// sums[i] += weight · x[i · x_step], and y[i] = sums[i]
void o2m_reference_add(size_t set, double weight, size_t n, const float *x, size_t x_step, double *sums);
void o2m_reference_round(size_t set, size_t n, const double *sums, float *y);

// sums[row] = Σ_i x[row · n + i]
void o2m_reference_total(size_t rows, size_t n, const float *x, double *sums);

#endif
