#include "tensors.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int blob_read(const char *path, struct blob *blob) {
  *blob = (struct blob){NULL, 0};
  FILE *file = fopen(path, "rb");
  if (!file) return -1;
  long size = -1;
  if (fseek(file, 0, SEEK_END) == 0) size = ftell(file);
  if (size >= 0 && fseek(file, 0, SEEK_SET) == 0) blob->bytes = malloc((size_t)size + 1);
  if (blob->bytes) blob->size = fread(blob->bytes, 1, (size_t)size, file);
  fclose(file);
  return blob->bytes && blob->size == (size_t)size ? 0 : -1;
}

// Keeps only [begin, begin + size) of the blob.
static int cut(struct blob *blob, size_t begin, size_t size) {
  if (begin > blob->size || size > blob->size - begin) return -1;
  memmove(blob->bytes, blob->bytes + begin, size);
  blob->size = size;
  return 0;
}

// A base 128 number at *at, which moves behind it; 0 past the end.
static uint64_t varint(const struct blob *blob, size_t *at) {
  uint64_t value = 0;
  for (int shift = 0; shift < 64 && *at < blob->size; shift += 7) {
    const uint8_t byte = blob->bytes[(*at)++];
    value |= (uint64_t)(byte & 0x7f) << shift;
    if (!(byte & 0x80)) break;
  }
  return value;
}

static int cut_tensor_proto(struct blob *blob) {
  enum { VARINT = 0, BYTES = 2, FLOAT_DATA = 4, RAW_DATA = 9 };
  size_t at = 0;
  while (at < blob->size) {
    const uint64_t key = varint(blob, &at), field = key >> 3;
    if ((key & 7) != VARINT && (key & 7) != BYTES) return -1;
    const uint64_t value = varint(blob, &at);
    if ((key & 7) == VARINT) continue;
    if (value > blob->size - at) return -1;
    if (field == FLOAT_DATA || field == RAW_DATA) return cut(blob, at, value);
    at += value;
  }
  return -1;
}

static int cut_npy(struct blob *blob) {
  if (blob->size < 10 || memcmp(blob->bytes, "\x93NUMPY\x01", 7) != 0) return -1;
  const size_t begin = 10 + (blob->bytes[8] | (size_t)blob->bytes[9] << 8);
  return begin > blob->size ? -1 : cut(blob, begin, blob->size - begin);
}

int tensor_read(const char *stem, struct blob *elements) {
  char path[4096];
  snprintf(path, sizeof path, "%s.pb", stem);
  if (blob_read(path, elements) == 0) return cut_tensor_proto(elements);
  snprintf(path, sizeof path, "%s.npy", stem);
  if (blob_read(path, elements) == 0) return cut_npy(elements);
  snprintf(path, sizeof path, "%s.raw", stem);
  return blob_read(path, elements);
}

int expected_read(const char *folder, const char *name, uint32_t index, struct blob *elements) {
  char stem[4096];
  const int begin = snprintf(stem, sizeof stem, "%s/", folder);
  snprintf(stem + begin, sizeof stem - (size_t)begin, "%s", name);
  for (char *c = stem + begin; *c; c++) *c = *c == '/' ? '_' : *c;
  if (tensor_read(stem, elements) == 0) return 0;
  snprintf(stem, sizeof stem, "%s/output_%u", folder, (unsigned)index);
  return tensor_read(stem, elements);
}

static int floats_agree(const char *name, size_t count, const float *found, const float *expected) {
  double largest = 0, signal = 0, noise = 0, worst = -1;
  size_t at = 0, lost = 0;
  for (size_t i = 0; i < count; i++) {
    if (isfinite(expected[i])) largest = fmax(largest, fabs((double)expected[i]));
  }
  for (size_t i = 0; i < count; i++) {
    if (!isfinite(found[i]) || !isfinite(expected[i])) {
      const int same = found[i] == expected[i] || (isnan(found[i]) && isnan(expected[i]));
      lost += !same;
      continue;
    }
    const double difference = fabs((double)found[i] - expected[i]);
    const double excess = difference - (1e-4 * largest + 1e-3 * fabs((double)expected[i]));
    signal += (double)expected[i] * expected[i];
    noise += difference * difference;
    if (worst < 0 || difference > worst) worst = difference, at = i;
    lost += excess > 0;
  }
  printf("  %s: %zu elements, max |d| %.3g at %zu, SQNR %.1f dB", name, count, worst < 0 ? 0 : worst, at,
         noise > 0 ? 10 * log10(signal / noise) : INFINITY);
  if (lost) printf(", %zu OUT OF TOLERANCE, worst %.9g for %.9g", lost, (double)found[at], (double)expected[at]);
  printf("\n");
  return lost == 0;
}

int agrees(const char *name, const o2m_tensor *tensor, const void *found, const struct blob *expected) {
  if (expected->size != tensor->size_bytes) {
    printf("  %s: %zu bytes expected, the bundle has %zu\n", name, expected->size, (size_t)tensor->size_bytes);
    return 0;
  }
  if (tensor->type == O2M_FLOAT32) return floats_agree(name, tensor->elements, found, (const float *)expected->bytes);
  const int same = memcmp(found, expected->bytes, expected->size) == 0;
  printf("  %s: %zu elements, %s\n", name, (size_t)tensor->elements, same ? "equal" : "DIFFERENT");
  return same;
}
