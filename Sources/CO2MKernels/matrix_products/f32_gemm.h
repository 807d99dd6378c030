// The micro-kernels under convolution and matrix product.
#ifndef O2M_F32_GEMM_H
#define O2M_F32_GEMM_H

#include "o2m_activation.h"
#include "o2m_platform.h"
#include "o2m_weights.h"
#include "simd/families.h"

enum {
  O2M_GEMM_ROWS = 6,    // the highest tile of all sets
  O2M_DOT_COLUMNS = 4,  // most columns of a dot product
  O2M_DOT_ROWS = 8,     // its rows, as whole vectors of every set
};

// What happens to a sum before it is stored: act(sum * scale + bias + residual).
struct o2m_f32_epilogue {
  const float *scale, *bias;  // 16 each
  const float *residual;      // of the tile's first row, or NULL
  size_t residual_pitch, y_pitch;
  uint32_t kind;  // the activations up to O2M_ACT_HARD_SWISH; O2M_ACT_CLIP stands for none and relu too
  float a, b;
};

// y[r][0..<16] for r < rows: a[tap * tile_rows + r] points at `depth` dense elements, w at [taps * depth][16]. Where
// a[tap * tile_rows] is NULL the tap is nothing but zeros.
// `rows` is 1...tile_rows. The sum over k runs in an order that depends on `rows` only.
typedef void o2m_f32_gemm_tile(size_t rows, size_t taps, size_t depth, const float *const *a, const void *w,
                               const struct o2m_f32_epilogue *epilogue, float *y);

// y[0..<16 * panels] of a single row, for 1...4 panels of weights that follow each other. scale and bias are 16 per panel, or
// NULL for 1 and 0; the residual, where there is one, is as wide as y. The order of the sum over k depends on `panels` only.
typedef void o2m_f32_gemv_row(size_t panels, size_t depth, const float *x, const void *w, const struct o2m_f32_epilogue *epilogue,
                              float *y);

// y[r][0..<columns] for r < rows and at most O2M_DOT_COLUMNS columns: `a` as a tile has it, w as [column][pitch] with the taps * depth
// weights of each column side by side, float32. A sum is formed in the same order whatever the rows and columns beside it.
typedef void o2m_f32_gemm_dot(size_t rows, size_t columns, size_t taps, size_t depth, const float *const *a, const float *w, size_t pitch,
                              const struct o2m_f32_epilogue *epilogue, float *y);

struct o2m_f32_gemm_kernels {
  size_t rows;                 // of a full tile
  o2m_f32_gemm_tile *tile[3];  // by type of weights
  o2m_f32_gemm_tile *half[3];  // columns 0..<8 of a full tile
  o2m_f32_gemv_row *row[3];
  o2m_f32_gemm_dot *dot;
  void (*widen[3])(size_t n, const void *w, float *wide);  // n is a multiple of 16; no entry for float32
  // In place, for kinds above O2M_ACT_HARD_SWISH; nothing for the others.
  void (*activate)(uint32_t kind, size_t rows, size_t columns, size_t pitch, float *y);
  // In place; f32_softmax_body.inc.
  void (*softmax)(size_t rows, size_t columns, float *scores, size_t pitch);
};

// The activation as the micro-kernels take it: a kind they know (clip with infinite bounds when it is applied afterwards).
void o2m_f32_epilogue_set(struct o2m_f32_epilogue *epilogue, const struct o2m_activation *activation);

// A tile of the first `columns` of a panel: nothing behind them is stored, and of the residual nothing is read.
void o2m_f32_gemm_part(const struct o2m_f32_gemm_kernels *isa, uint32_t type, size_t rows, size_t columns, size_t taps, size_t depth,
                       const float *const *a, const void *w, const struct o2m_f32_epilogue *epilogue, float *y);

static inline void o2m_f32_gemm_columns(const struct o2m_f32_gemm_kernels *isa, uint32_t type, size_t rows, size_t columns, size_t taps,
                                        size_t depth, const float *const *a, const void *w, const struct o2m_f32_epilogue *epilogue,
                                        float *y) {
  if (columns == O2M_PANEL)
    isa->tile[type](rows, taps, depth, a, w, epilogue, y);
  else
    o2m_f32_gemm_part(isa, type, rows, columns, taps, depth, a, w, epilogue, y);
}

// Whether all outputs of a product of `k` terms are formed as dot products: equal weights then give equal bits.
static inline int o2m_takes_dot(size_t outputs, size_t k) { return outputs <= O2M_DOT_COLUMNS && k >= 16 * outputs; }

// `columns` of the rows of a panel side by side, each of k weights, for dot products.
void o2m_f32_gemm_unpack(size_t columns, size_t k, const float *panel, float *w);

static inline size_t o2m_weights_size(uint32_t type) { return type == O2M_WEIGHTS_F32 ? 4 : type == O2M_WEIGHTS_F16 ? 2 : 1; }

extern const float o2m_f32_ones[O2M_PANEL], o2m_f32_zeros[O2M_PANEL];

#endif
