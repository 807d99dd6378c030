#include <string.h>

#include "o2m_copy.h"
#include "pieces.h"

int o2m_plan_pad(struct o2m_pad_params *params, enum o2m_pad_mode mode, uint32_t element_bytes, uint32_t rank, const size_t *dims,
                 const ptrdiff_t *before, const ptrdiff_t *after, uint64_t value) {
  if (rank > O2M_MAX_DIMS || (element_bytes != 1 && element_bytes != 2 && element_bytes != 4 && element_bytes != 8)) return -1;
  *params = (struct o2m_pad_params){.mode = mode, .element_bytes = element_bytes, .rank = rank, .value = value};
  size_t count = 1;
  for (uint32_t i = 0; i < rank; i++) {
    ptrdiff_t out;
    if (dims[i] > PTRDIFF_MAX || __builtin_add_overflow((ptrdiff_t)dims[i], before[i], &out) || __builtin_add_overflow(out, after[i], &out))
      return -1;
    if (out < 0 || (mode != O2M_PAD_CONSTANT && dims[i] == 0 && out > 0)) return -1;
    if (__builtin_mul_overflow(count, (size_t)out, &count) || count > PTRDIFF_MAX / 8) return -1;
    params->dims[i] = dims[i];
    params->before[i] = before[i];
    params->after[i] = after[i];
  }
  return 0;
}

// The source position of coordinate i, or -1 where the constant stands.
static ptrdiff_t source_position(enum o2m_pad_mode mode, ptrdiff_t i, ptrdiff_t n) {
  if (i >= 0 && i < n) return i;
  switch (mode) {
    case O2M_PAD_EDGE: return i < 0 ? 0 : n - 1;
    case O2M_PAD_WRAP: return (i % n + n) % n;
    case O2M_PAD_REFLECT: {
      if (n == 1) return 0;
      const ptrdiff_t period = 2 * (n - 1), at = (i % period + period) % period;
      return at < n ? at : period - at;
    }
    default: return -1;
  }
}

static void fill(uint8_t *destination, size_t bytes, uint32_t element_bytes, uint64_t value) {
  uint8_t element[8];
  for (uint32_t i = 0; i < 8; i++) element[i] = (uint8_t)(value >> 8 * (i % element_bytes));
  size_t at = 0;
  for (; at + 8 <= bytes; at += 8) memcpy(destination + at, element, 8);
  for (; at < bytes; at++) destination[at] = element[at % 8];
}

struct job {
  const struct o2m_pad_params *params;
  uint32_t rank;  // dims up to the last padded one; those after it are one unit
  size_t unit;    // bytes
  const uint8_t *source;
  uint8_t *destination;
};

static size_t out_dim(const struct o2m_pad_params *p, uint32_t i) { return (size_t)((ptrdiff_t)p->dims[i] + p->before[i] + p->after[i]); }

// Items are rows of the last padded dim.
static void pad_task(void *context, size_t begin, size_t end, uint32_t worker) {
  const struct job *job = context;
  const struct o2m_pad_params *p = job->params;
  const uint32_t last = job->rank - 1;
  const ptrdiff_t n = (ptrdiff_t)p->dims[last], before = p->before[last], out = (ptrdiff_t)out_dim(p, last);
  const ptrdiff_t unit = (ptrdiff_t)job->unit;
  (void)worker;
  for (size_t item = begin; item < end; item++) {
    uint8_t *destination = job->destination + (ptrdiff_t)item * out * unit;
    size_t rest = item, stride = 1;
    ptrdiff_t row = 0;
    for (uint32_t i = last; i-- > 0 && row >= 0;) {
      const ptrdiff_t at = source_position(p->mode, (ptrdiff_t)(rest % out_dim(p, i)) - p->before[i], (ptrdiff_t)p->dims[i]);
      row = at < 0 ? -1 : row + at * (ptrdiff_t)stride;
      rest /= out_dim(p, i);
      stride *= p->dims[i];
    }
    if (row < 0) {
      fill(destination, (size_t)(out * unit), p->element_bytes, p->value);
      continue;
    }
    const uint8_t *source = job->source + row * n * unit;
    for (ptrdiff_t j = 0; j < out;) {
      const ptrdiff_t i = j - before;
      if (i >= 0 && i < n) {
        const ptrdiff_t run = n - i < out - j ? n - i : out - j;
        memcpy(destination + j * unit, source + i * unit, (size_t)(run * unit));
        j += run;
        continue;
      }
      const ptrdiff_t at = source_position(p->mode, i, n);
      if (at < 0)
        fill(destination + j * unit, job->unit, p->element_bytes, p->value);
      else
        memcpy(destination + j * unit, source + at * unit, job->unit);
      j++;
    }
  }
}

void o2m_pad(const struct o2m_pad_params *params, const void *source, void *destination, o2m_pool *pool) {
  struct job job = {.params = params, .rank = params->rank, .unit = params->element_bytes, .source = source, .destination = destination};
  while (job.rank > 0 && params->before[job.rank - 1] == 0 && params->after[job.rank - 1] == 0) job.unit *= params->dims[--job.rank];
  size_t count = 1;
  for (uint32_t i = 0; i < job.rank; i++) count *= out_dim(params, i);
  if (count == 0 || job.unit == 0) return;
  if (job.rank == 0) {
    memcpy(destination, source, job.unit);
    return;
  }
  const size_t row = out_dim(params, job.rank - 1);
  o2m_pool_run(pool, count / row, o2m_grain(row * job.unit / params->element_bytes), pad_task, &job);
}
