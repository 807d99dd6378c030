// GridSample of NHWC f32 pictures: positions are computed, so their taps are found when the model runs, once for all channels.
#ifndef O2M_GRID_H
#define O2M_GRID_H

#include "o2m_platform.h"

#ifdef __cplusplus
extern "C" {
#endif

enum o2m_grid_mode { O2M_GRID_NEAREST, O2M_GRID_LINEAR, O2M_GRID_CUBIC };
enum o2m_grid_padding { O2M_GRID_ZEROS, O2M_GRID_BORDER, O2M_GRID_REFLECTION };

struct o2m_f32_grid_params {
  uint32_t mode, padding, aligns_corners;
  size_t batch, height, width, channels, x_pitch;
  size_t positions, y_pitch;  // of a picture of y
};

// y[n][p][c] = x[n] at grid[n][p], which is (x, y) with -1 and 1 for the ends: the sum over rows of weight · (the sum over columns of
// weight · x). Positions and weights are formed in f64, weights rounded once. A position that is not finite gives 0, as does one without
// a tap inside of x where the padding is zeros. ONNX GridSample-22 with two spatial axes.
void o2m_f32_grid_sample(const struct o2m_f32_grid_params *params, const float *x, const float *grid, float *y, o2m_pool *pool);

#ifdef __cplusplus
}
#endif
#endif
