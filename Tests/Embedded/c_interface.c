// c_interface BUNDLE DATA [EXPECTED]: holds libo2m.so to what o2m.h says, on an installed bundle and the ONNX test data in DATA.
#include "o2m.h"
#include "tensors.h"

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

_Static_assert(sizeof(o2m_error) == 40 && offsetof(o2m_error, offset) == 8, "o2m_error is part of the interface");
_Static_assert(sizeof(o2m_self_test) == 40 && offsetof(o2m_self_test, max_error) == 16, "o2m_self_test is part of the interface");
_Static_assert(sizeof(o2m_tensor) == 88 && offsetof(o2m_tensor, size_bytes) == 72, "o2m_tensor is part of the interface");

static int failures, cases;

static void expect(int holds, const char *what) {
  cases++;
  if (holds) return;
  failures++;
  printf("  FAILED: %s\n", what);
}

static void expect_error(const o2m_model *model, const o2m_error *error, int32_t code, const char *what) {
  char text[200] = "";
  const size_t length = o2m_error_text(error, text, sizeof text);
  printf("  %s: %s\n", what, text);
  expect(model == NULL && error->code == code, what);
  expect(length > 0 && length == strlen(text), "an error has a text");
  expect(o2m_error_text(error, text, 4) == length && strlen(text) == 3, "a text is cut to the capacity");
}

// Memory aligned as o2m_model_from_memory wants it.
static uint8_t *aligned_copy(const uint8_t *bytes, size_t size) {
  uint8_t *copy = aligned_alloc(64, (size + 127) / 64 * 64);
  if (copy && size) memcpy(copy, bytes, size);
  return copy;
}

static void refuses_what_is_no_bundle(const char *path) {
  o2m_error error;
  expect_error(o2m_model_open("no/such/file.o2m", 0, &error), &error, O2M_ERROR_OPEN, "missing file");
  expect(error.system != 0, "a missing file has an errno value");
  expect(o2m_model_open("no/such/file.o2m", 0, NULL) == NULL, "an error may be NULL");
  o2m_model_close(NULL);
  o2m_session_destroy(NULL);

  struct blob file;
  expect(blob_read(path, &file) == 0, "the bundle can be read");
  uint8_t *copy = aligned_copy(file.bytes, file.size);
  expect_error(o2m_model_from_memory(copy, file.size / 2, 0, &error), &error, O2M_ERROR_TRUNCATED, "half a bundle");
  expect_error(o2m_model_from_memory(copy + 1, file.size - 1, 0, &error), &error, O2M_ERROR_ARGUMENT, "misaligned bytes");
  expect_error(o2m_model_from_memory(NULL, 0, 0, &error), &error, O2M_ERROR_ARGUMENT, "no bytes");
  for (size_t size = 0; size < file.size; size += 1 + size / 7) {
    expect(o2m_model_from_memory(copy, size, 0, &error) == NULL && error.code != O2M_OK, "a bundle cut anywhere is refused");
  }
  copy[0] ^= 1;
  expect_error(o2m_model_from_memory(copy, file.size, 0, &error), &error, O2M_ERROR_NOT_A_BUNDLE, "other magic");
  copy[0] ^= 1;
  copy[file.size - 1] ^= 0x80;
  o2m_model *model = o2m_model_from_memory(copy, file.size, 0, &error);
  expect(model == NULL && error.code != O2M_OK, "a flipped last byte is refused");
  o2m_model_close(model);
  free(copy);
  free(file.bytes);
}

// Every way in which a model or a session does not come about, again and again: the memory in use stays what it is, but for what the
// allocator keeps at hand. That is less than the smallest object of the runtime for each round.
static void keeps_nothing_of_failures(const char *path) {
  struct blob file;
  expect(blob_read(path, &file) == 0, "the bundle can be read");
  uint8_t *copy = aligned_copy(file.bytes, file.size);
  o2m_model *model = o2m_model_open(path, 0, NULL);
  struct rlimit limit;
  getrlimit(RLIMIT_AS, &limit);
  size_t used = 0;
  for (int round = 0; round < 100; round++) {
    // What is made once and kept is made by then.
    if (round == 10) used = mallinfo2().uordblks;
    o2m_model_close(o2m_model_open("no/such/file.o2m", 0, NULL));
    o2m_model_close(o2m_model_open(path, 0, NULL));
    o2m_model_close(o2m_model_from_memory(copy + 1, file.size - 1, 0, NULL));
    for (size_t size = 0; size < file.size; size += 1 + size / 3) o2m_model_close(o2m_model_from_memory(copy, size, 0, NULL));
    for (size_t at = 64; at < file.size; at += 1 + at / 3) {
      copy[at] ^= 0x55;
      o2m_model_close(o2m_model_from_memory(copy, file.size, 0, NULL));
      o2m_model_close(o2m_model_from_memory(copy, file.size, O2M_TRUSTED, NULL));
      copy[at] ^= 0x55;
    }
    o2m_session_destroy(o2m_session_create(model, 1, NULL));
    // No memory for stacks. Where the limit is not obeyed, a session is made and goes.
    const struct rlimit none = {1, limit.rlim_max};
    setrlimit(RLIMIT_AS, &none);
    o2m_session *session = o2m_session_create(model, 2, NULL);
    setrlimit(RLIMIT_AS, &limit);
    o2m_session_destroy(session);
  }
  const long more = (long)(mallinfo2().uordblks - used);
  printf("  90 rounds of failed opens and sessions keep %ld bytes\n", more);
  expect(more < 90 * 100, "failed opens and sessions keep no memory");
  o2m_model_close(model);
  free(copy);
  free(file.bytes);
}

static void describes_itself(const o2m_model *model) {
  o2m_tensor tensor;
  char name[512];
  const uint32_t inputs = o2m_model_input_count(model), outputs = o2m_model_output_count(model);
  expect(inputs > 0 && outputs > 0, "there are inputs and outputs");
  expect(o2m_model_input(model, inputs, &tensor) == O2M_ERROR_ARGUMENT, "an input index is checked");
  expect(o2m_model_output(model, outputs, &tensor) == O2M_ERROR_ARGUMENT, "an output index is checked");
  expect(o2m_model_input_name(model, inputs, name, sizeof name) == 0, "a name index is checked");
  expect(o2m_model_node_operator(model, UINT64_MAX, name, sizeof name) == 0, "a node's number is checked");
  expect(o2m_model_node_output(model, UINT64_MAX, name, sizeof name) == 0, "a node's number is checked");
  const size_t type = o2m_model_node_operator(model, 0, name, sizeof name);
  expect(type > 0 && type == strlen(name), "a node has an operator");
  printf("  node 0 is %s", name);
  const size_t output = o2m_model_node_output(model, 0, name, sizeof name);
  expect(output > 0 && output == strlen(name), "a node gives a tensor of the original model");
  printf(" and gives '%s'\n", name);
  for (uint32_t i = 0; i < inputs; i++) {
    const size_t length = o2m_model_input_name(model, i, name, sizeof name);
    expect(length > 0 && length == strlen(name), "an input has a name");
    expect(o2m_model_input_name(model, i, NULL, 0) == length, "the length of a name can be asked for");
    expect(o2m_model_input(model, i, &tensor) == O2M_OK, "an input has a type");
    uint64_t elements = 1;
    for (uint32_t axis = 0; axis < tensor.rank; axis++) elements *= tensor.dims[axis];
    expect(elements == tensor.elements, "the elements are the product of the dims");
    if (tensor.type == O2M_FLOAT32) expect(tensor.size_bytes == 4 * elements, "a float32 has 4 bytes");
    printf("  input '%s' of rank %u, %zu elements\n", name, (unsigned)tensor.rank, (size_t)elements);
  }
}

// Feeds the data, runs, and compares every output.
static void runs(const o2m_model *model, o2m_session *session, const char *data, const char *expected) {
  o2m_error error;
  for (uint32_t i = 0; i < o2m_model_input_count(model); i++) {
    char stem[4096];
    snprintf(stem, sizeof stem, "%s/input_%u", data, (unsigned)i);
    struct blob elements;
    o2m_tensor tensor;
    o2m_model_input(model, i, &tensor);
    const int fits = tensor_read(stem, &elements) == 0 && elements.size == tensor.size_bytes;
    void *input = o2m_session_input(session, i);
    expect(fits && input && (uintptr_t)input % 64 == 0, "an input fits, and its memory is aligned");
    if (fits && input) memcpy(input, elements.bytes, elements.size);
    free(elements.bytes);
  }
  expect(o2m_session_run(session, &error) == O2M_OK && error.code == O2M_OK, "the model runs");
  for (uint32_t i = 0; i < o2m_model_output_count(model); i++) {
    char name[512];
    o2m_tensor tensor;
    struct blob elements;
    o2m_model_output(model, i, &tensor);
    o2m_model_output_name(model, i, name, sizeof name);
    const void *output = o2m_session_output(session, i);
    const int known = expected_read(expected, name, i, &elements) == 0;
    expect(known && output && agrees(name, &tensor, output, &elements), "an output agrees");
    free(elements.bytes);
  }
}

// The certificate holds, on any number of threads; it does not where its bytes say something else.
static void tests_itself(const o2m_model *model, const char *path) {
  o2m_error error;
  o2m_self_test test;
  for (uint32_t threads = 0; threads < 3; threads++) {
    expect(o2m_model_self_test(model, threads, &test, &error) == O2M_OK && error.code == O2M_OK, "the certificate holds");
    expect(test.cases > 0 && test.failures == 0 && test.values > 0 && test.share <= 1, "a self-test has figures");
  }
  printf("  self-test: %zu numbers, %.3g of what is allowed\n", (size_t)test.values, test.share);
  expect(o2m_model_self_test(model, 1, NULL, NULL) == O2M_OK, "result and error may be NULL");
  expect(o2m_model_self_test(NULL, 1, &test, &error) == O2M_ERROR_ARGUMENT && test.cases == 0, "a model is needed");
  expect(o2m_model_self_test(model, UINT32_MAX, &test, &error) == O2M_ERROR_ARGUMENT, "threads have a limit");

  // The certificate begins on a page of its own, with its form (3) and its verdict (1), and its threshold. Without hashes what it says
  // counts.
  struct blob file;
  expect(blob_read(path, &file) == 0, "the bundle can be read");
  uint8_t *copy = aligned_copy(file.bytes, file.size);
  int failed = 0, refused = 0;
  for (size_t page = 16384; page + 11 < file.size; page += 16384) {
    if (copy[page] != 3 || copy[page + 1] != 1) continue;
    copy[page + 1] = 0;
    o2m_model *other = o2m_model_from_memory(copy, file.size, O2M_TRUSTED, &error);
    failed += o2m_model_self_test(other, 1, &test, &error) == O2M_ERROR_SELF_TEST && test.cases == 0;
    o2m_model_close(other);
    copy[page + 1] = 2;
    other = o2m_model_from_memory(copy, file.size, O2M_TRUSTED, &error);
    refused += o2m_model_self_test(other, 1, &test, &error) == O2M_ERROR_DAMAGED;
    o2m_model_close(other);
    copy[page + 1] = 1;
  }
  expect(failed > 0, "a certificate that failed does not hold");
  expect(refused > 0, "a damaged certificate is an error");
  free(copy);
  free(file.bytes);
}

int main(int count, char **arguments) {
  if (count < 3) {
    fprintf(stderr, "usage: c_interface BUNDLE DATA [EXPECTED]\n");
    return 64;
  }
  const char *data = arguments[2], *expected = count > 3 ? arguments[3] : data;
  refuses_what_is_no_bundle(arguments[1]);
  keeps_nothing_of_failures(arguments[1]);

  o2m_error error;
  o2m_model *model = o2m_model_open(arguments[1], 0, &error);
  expect(model != NULL && error.code == O2M_OK, "the bundle opens");
  if (model) {
    describes_itself(model);
    tests_itself(model, arguments[1]);
    o2m_session *one = o2m_session_create(model, 1, &error), *two = o2m_session_create(model, 2, &error);
    expect(one && two, "a model has several sessions");
    expect(o2m_session_input(one, o2m_model_input_count(model)) == NULL, "an input index is checked");
    expect(o2m_session_output(one, o2m_model_output_count(model)) == NULL, "an output index is checked");
    runs(model, one, data, expected);
    runs(model, two, data, expected);
    runs(model, one, data, expected);
    o2m_session_destroy(two);
    o2m_model_close(model);
    expect(o2m_session_run(one, &error) == O2M_OK, "a session outlives its model");
    o2m_session_destroy(one);
  }
  printf("  c interface: %d cases, %d failed\n", cases, failures);
  return failures != 0;
}
