// run BUNDLE: prints the names of the inputs, one per line.
// run BUNDLE DATA [EXPECTED] [THREADS]: feeds DATA/input_0, input_1, ... to an installed bundle, prints the time, and compares the
// outputs with those in EXPECTED (DATA when absent). The exit code is 1 when they disagree or cannot be made.
// run BUNDLE --self-test [THREADS]: runs the bundle's certificate. The exit code is 1 when it does not hold.
#include "o2m.h"
#include "o2m_platform.h"
#include "tensors.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int fail(const char *what, const o2m_error *error) {
  char text[200];
  o2m_error_text(error, text, sizeof text);
  fprintf(stderr, "error: %s: %s\n", what, text);
  return 1;
}

static int list_inputs(const o2m_model *model) {
  for (uint32_t i = 0; i < o2m_model_input_count(model); i++) {
    char name[512];
    o2m_model_input_name(model, i, name, sizeof name);
    puts(name);
  }
  return 0;
}

static int feed(const o2m_model *model, o2m_session *session, const char *data) {
  for (uint32_t i = 0; i < o2m_model_input_count(model); i++) {
    char stem[4096];
    snprintf(stem, sizeof stem, "%s/input_%u", data, (unsigned)i);
    struct blob elements;
    o2m_tensor tensor;
    const int fits =
        tensor_read(stem, &elements) == 0 && o2m_model_input(model, i, &tensor) == O2M_OK && elements.size == tensor.size_bytes;
    if (fits) memcpy(o2m_session_input(session, i), elements.bytes, elements.size);
    free(elements.bytes);
    if (!fits) {
      fprintf(stderr, "error: %s: no tensor of the size that the bundle's input has\n", stem);
      return 0;
    }
  }
  return 1;
}

static int compare(const o2m_model *model, const o2m_session *session, const char *expected) {
  int holds = 1;
  for (uint32_t i = 0; i < o2m_model_output_count(model); i++) {
    char name[512];
    o2m_tensor tensor;
    o2m_model_output_name(model, i, name, sizeof name);
    struct blob elements;
    if (expected_read(expected, name, i, &elements) == 0 && o2m_model_output(model, i, &tensor) == O2M_OK) {
      holds &= agrees(name, &tensor, o2m_session_output(session, i), &elements);
    } else {
      fprintf(stderr, "error: %s: nothing to compare output '%s' with\n", expected, name);
      holds = 0;
    }
    free(elements.bytes);
  }
  return holds;
}

static int self_test(const o2m_model *model, const char *bundle, uint32_t threads) {
  o2m_error error;
  o2m_self_test test;
  const int32_t status = o2m_model_self_test(model, threads, &test, &error);
  printf("  %s: %zu numbers of %u cases, SQNR %.1f dB, max |d| %.3g, %.3g of what is allowed\n", bundle, (size_t)test.values,
         (unsigned)test.cases, test.sqnr_db, test.max_error, test.share);
  return status == O2M_OK ? 0 : fail(bundle, &error);
}

int main(int count, char **arguments) {
  if (count < 2) {
    fprintf(stderr, "usage: run BUNDLE [DATA [EXPECTED [THREADS]]]\n");
    return 64;
  }
  const char *data = count > 2 ? arguments[2] : NULL, *expected = count > 3 ? arguments[3] : data;
  const uint32_t threads = count > 4 ? (uint32_t)strtoul(arguments[4], NULL, 10) : 1;

  o2m_error error;
  const uint64_t start = o2m_nanoseconds();
  o2m_model *model = o2m_model_open(arguments[1], 0, &error);
  if (!model) return fail(arguments[1], &error);
  if (!data) return list_inputs(model);
  if (strcmp(data, "--self-test") == 0) return self_test(model, arguments[1], count > 3 ? (uint32_t)strtoul(expected, NULL, 10) : 1);
  o2m_session *session = o2m_session_create(model, threads, &error);
  if (!session) return fail(arguments[1], &error);
  const uint64_t loaded = o2m_nanoseconds();
  if (!feed(model, session, data)) return 1;
  const uint64_t fed = o2m_nanoseconds();
  if (o2m_session_run(session, &error) != O2M_OK) return fail(arguments[1], &error);
  const uint64_t ran = o2m_nanoseconds();

  printf("  %s: arena %zu bytes, load %.1f ms, run %.1f ms, threads %u\n", arguments[1], o2m_model_arena_bytes(model),
         (double)(loaded - start) / 1e6, (double)(ran - fed) / 1e6, (unsigned)threads);
  const int holds = compare(model, session, expected);
  o2m_session_destroy(session);
  o2m_model_close(model);
  return !holds;
}
