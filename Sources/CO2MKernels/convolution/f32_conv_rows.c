// Where the rows of the implicit matrix lie: pointers into x, or copies where a run of channels is too short.
#include "f32_conv_plan.h"
#include "matrix_products/f32_gemm_copy.h"

// Copies the taps of one pixel side by side, zeros where they leave x. `image` is the group's first channel of the image.
O2M_NO_CALLS static void gather(const struct o2m_f32_conv *c, size_t inputs, const float *image, ptrdiff_t top, ptrdiff_t left, float *to) {
  const int dense = inputs == c->x_pitch && c->dilation_x == 1;
  const ptrdiff_t width = (ptrdiff_t)c->x_width, taps = (ptrdiff_t)c->kernel_width;
  const ptrdiff_t last = top + (ptrdiff_t)((c->kernel_height - 1) * c->dilation_y);
  if (dense && top >= 0 && last < (ptrdiff_t)c->x_height && left >= 0 && left + taps <= width) {
    const float *from = image + ((size_t)top * c->x_width + (size_t)left) * c->x_pitch;
    const size_t run = c->kernel_width * inputs, step = c->dilation_y * c->x_width * c->x_pitch;
    for (size_t ky = 0; ky < c->kernel_height; ky++, from += step) to = o2m_copy(to, from, run);
    return;
  }
  for (size_t ky = 0; ky < c->kernel_height; ky++) {
    const ptrdiff_t iy = top + (ptrdiff_t)(ky * c->dilation_y);
    if (iy < 0 || iy >= (ptrdiff_t)c->x_height) {
      for (size_t i = 0; i < c->kernel_width * inputs; i++) *to++ = 0;
      continue;
    }
    const float *line = image + (size_t)iy * c->x_width * c->x_pitch;
    if (dense && left >= 0 && left + taps <= width) {
      to = o2m_copy(to, line + (size_t)left * c->x_pitch, c->kernel_width * inputs);
      continue;
    }
    for (size_t kx = 0; kx < c->kernel_width; kx++) {
      const ptrdiff_t ix = left + (ptrdiff_t)(kx * c->dilation_x);
      if (ix < 0 || ix >= width)
        for (size_t i = 0; i < inputs; i++) *to++ = 0;
      else
        to = o2m_copy(to, line + (size_t)ix * c->x_pitch, inputs);
    }
  }
}

// Pointers to the taps of one pixel, `step` apart; whether one of them is `zero`.
static int point(const struct o2m_f32_conv *c, const float *image, ptrdiff_t top, ptrdiff_t left, const float *zero, size_t step,
                 const float **to) {
  int leaves = 0;
  for (size_t ky = 0; ky < c->kernel_height; ky++) {
    const size_t iy = (size_t)(top + (ptrdiff_t)(ky * c->dilation_y));  // wraps far above x_height when negative
    for (size_t kx = 0; kx < c->kernel_width; kx++, to += step) {
      const size_t ix = (size_t)(left + (ptrdiff_t)(kx * c->dilation_x));
      const int lies_inside = iy < c->x_height && ix < c->x_width;
      *to = lies_inside ? image + (iy * c->x_width + ix) * c->x_pitch : zero;
      leaves |= !lies_inside;
    }
  }
  return leaves;
}

// Marks the taps that are `zero` for all `height` pixels of a tile.
static void mark_empty(size_t taps, size_t step, size_t height, const float *zero, const float **rows) {
  for (size_t tap = 0; tap < taps; tap++, rows += step) {
    size_t row = 0;
    while (row < height && rows[row] == zero) row++;
    if (row == height) rows[0] = NULL;
  }
}

// A line of a window that leaves x to the left or right, with zeros around.
O2M_NO_CALLS static const float *copy_line(const struct o2m_f32_conv *c, size_t inputs, const float *line, ptrdiff_t left, float *copy) {
  float *to = copy;
  for (ptrdiff_t ix = left; ix < left + (ptrdiff_t)c->kernel_width; ix++) {
    if (ix < 0 || ix >= (ptrdiff_t)c->x_width)
      for (size_t i = 0; i < inputs; i++) *to++ = 0;
    else
      to = o2m_copy(to, line + (size_t)ix * c->x_pitch, inputs);
  }
  return copy;
}

// Pointers to the lines of windows, for a run of pixels of the output at a time: within one of its rows they move on by a stride.
static void point_lines(const struct o2m_conv_plan *plan, const struct o2m_f32_conv *c, const float *x, size_t first, size_t count,
                        const float *zero, float *gathered, const float **rows) {
  const size_t step = plan->isa->rows, taps = plan->taps;
  const ptrdiff_t room = (ptrdiff_t)c->x_width - (ptrdiff_t)c->kernel_width;
  int leaves = 0;
  for (size_t i = 0, run; i < count; i += run) {
    const size_t ox = (first + i) % c->y_width, row = (first + i) / c->y_width;
    run = count - i < c->y_width - ox ? count - i : c->y_width - ox;
    const float *image = x + row / c->y_height * c->x_height * c->x_width * c->x_pitch;
    for (size_t ky = 0; ky < taps; ky++) {
      const size_t iy = row % c->y_height * c->stride_y + ky * c->dilation_y - c->pad_top;  // wraps far above x_height when negative
      const int lies_inside = iy < c->x_height;
      const float *line = lies_inside ? image + iy * c->x_width * c->x_pitch : zero;
      leaves |= !lies_inside;
      const float **to = rows + (i / step * taps + ky) * step;
      size_t r = i % step;
      ptrdiff_t left = (ptrdiff_t)(ox * c->stride_x) - (ptrdiff_t)c->pad_left;
      for (size_t p = 0; p < run; p++, left += (ptrdiff_t)c->stride_x) {
        to[r] = !lies_inside                ? zero
                : left >= 0 && left <= room ? line + left * (ptrdiff_t)c->x_pitch
                                            : copy_line(c, plan->inputs, line, left, gathered + (i + p) * plan->k + ky * plan->depth);
        if (++r == step) r = 0, to += step * taps;
      }
    }
  }
  for (size_t i = 0; leaves && i < count; i += step, rows += step * taps)
    mark_empty(taps, step, count - i < step ? count - i : step, zero, rows);
}

void o2m_conv_rows(const struct o2m_conv_plan *plan, const struct o2m_f32_conv *c, const float *x, size_t group, size_t first, size_t count,
                   const float *zero, float *gathered, const float **rows) {
  if (plan->lines) {
    point_lines(plan, c, x, first, count, zero, gathered, rows);
    return;
  }
  const size_t step = plan->isa->rows, image_size = c->x_height * c->x_width * c->x_pitch;
  const int direct = plan->taps == 1 && !plan->gather && c->pad_top == 0 && c->pad_left == 0 &&
                     (c->y_height - 1) * c->stride_y < c->x_height && (c->y_width - 1) * c->stride_x < c->x_width;
  size_t ox = first % c->y_width, oy = first / c->y_width % c->y_height, row = 0;
  int leaves = 0;  // whether a tap of the tile lies outside of x
  const float *image = x + first / c->y_width / c->y_height * image_size + group * plan->inputs;
  for (size_t i = 0; i < count; i++) {
    const float **to = rows + row;
    if (direct) {
      *to = image + (oy * c->stride_y * c->x_width + ox * c->stride_x) * c->x_pitch;
    } else {
      const ptrdiff_t top = (ptrdiff_t)(oy * c->stride_y) - (ptrdiff_t)c->pad_top;
      const ptrdiff_t left = (ptrdiff_t)(ox * c->stride_x) - (ptrdiff_t)c->pad_left;
      if (plan->gather) {
        *to = gathered + i * plan->k;
        gather(c, plan->inputs, image, top, left, gathered + i * plan->k);
      } else {
        leaves |= point(c, image, top, left, zero, step, to);
      }
    }
    if (++row == step || i + 1 == count) {  // the next tile
      if (leaves) mark_empty(plan->taps, step, row, zero, rows);
      leaves = 0;
      row = 0;
      rows += step * plan->taps;
    }
    if (++ox == c->y_width) {
      ox = 0;
      if (++oy == c->y_height) {
        oy = 0;
        image += image_size;
      }
    }
  }
}

void o2m_conv_move_rows(const struct o2m_conv_plan *plan, size_t count, size_t groups, const float **rows) {
  const size_t step = plan->isa->rows, distance = groups * plan->inputs;
  for (size_t first = 0; first < count; first += step) {
    const size_t height = count - first < step ? count - first : step;
    for (size_t tap = 0; tap < plan->taps; tap++, rows += step)
      for (size_t row = 0; row < height && rows[0]; row++) rows[row] += distance;
  }
}
