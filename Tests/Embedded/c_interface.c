// c_interface BUNDLE [DATA [EXPECTED]]: holds libo2m.so to what o2m.h says, on an installed bundle and the ONNX test data in DATA. Without
// data it describes and resizes the bundle.
#include "o2m.h"
#include "tensors.h"

#include <fcntl.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

_Static_assert(sizeof(o2m_error) == 40 && offsetof(o2m_error, offset) == 8, "o2m_error is part of the interface");
_Static_assert(sizeof(o2m_self_test) == 40 && offsetof(o2m_self_test, max_error) == 16, "o2m_self_test is part of the interface");
_Static_assert(sizeof(void *) != 8 || (sizeof(o2m_image) == 96 && offsetof(o2m_image, planes) == 48), "o2m_image is part of the interface");
_Static_assert(sizeof(o2m_class) == 8, "o2m_class is part of the interface");
_Static_assert(sizeof(o2m_box) == 24 && offsetof(o2m_box, x) == 8, "o2m_box is part of the interface");
_Static_assert(sizeof(o2m_range) == 24 && offsetof(o2m_range, step) == 16, "o2m_range is part of the interface");
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

// Shapes that the bundle takes are run; what it does not take leaves the session as it was, with an error that names the axis.
static void resizes(const o2m_model *model) {
  o2m_error error;
  o2m_session *session = o2m_session_create(model, 1, &error);
  const uint32_t inputs = o2m_model_input_count(model);
  o2m_tensor *shapes = calloc(inputs, sizeof *shapes), output;
  uint32_t open = 0;
  for (uint32_t i = 0; i < inputs; i++) {
    o2m_session_input_shape(session, i, &shapes[i]);
    for (uint32_t axis = 0; axis < shapes[i].rank; axis++) {
      o2m_range range;
      expect(o2m_model_input_range(model, i, axis, &range) == O2M_OK, "an axis has a range");
      expect(range.minimum <= shapes[i].dims[axis] && shapes[i].dims[axis] <= range.maximum && range.step > 0, "its extent lies in it");
      open += range.minimum < range.maximum;
    }
    expect(o2m_model_input_range(model, i, shapes[i].rank, &(o2m_range){0}) == O2M_ERROR_ARGUMENT, "an axis is checked");
  }
  expect(o2m_model_input_range(model, inputs, 0, &(o2m_range){0}) == O2M_ERROR_ARGUMENT, "an input is checked");
  expect(o2m_session_resize(session, shapes, inputs, &error) == O2M_OK, "a session takes the shapes that it has");
  expect(o2m_session_resize(session, shapes, inputs + 1, &error) == O2M_ERROR_ARGUMENT, "every input has a shape");

  // The least and the largest extents of all axes.
  for (int largest = 0; largest < 2; largest++) {
    for (uint32_t i = 0; i < inputs; i++) {
      for (uint32_t axis = 0; axis < shapes[i].rank; axis++) {
        o2m_range range;
        o2m_model_input_range(model, i, axis, &range);
        shapes[i].dims[axis] = largest ? range.maximum : range.minimum;
      }
    }
    expect(o2m_session_resize(session, shapes, inputs, &error) == O2M_OK, "a session takes the ends of its ranges");
    for (uint32_t i = 0; i < inputs; i++) {
      o2m_session_input_shape(session, i, &shapes[i]);
      memset(o2m_session_input(session, i), 0, shapes[i].size_bytes);
    }
    expect(o2m_session_run(session, &error) == O2M_OK, "and runs");
    expect(o2m_session_output_shape(session, 0, &output) == O2M_OK && o2m_session_output(session, 0), "outputs have a shape");
    printf("  %u open extents, at %s: input 0 has %zu elements, output 0 %zu\n", (unsigned)open, largest ? "most" : "least",
           (size_t)shapes[0].elements, (size_t)output.elements);
  }

  o2m_range range;
  char text[200] = "", name[64];
  o2m_model_input_range(model, 0, 0, &range);
  const uint64_t before = shapes[0].dims[0];
  shapes[0].dims[0] = range.maximum + 1;
  expect(o2m_session_resize(session, shapes, inputs, &error) == O2M_ERROR_SHAPE, "an extent is checked");
  expect(error.detail == 0 && error.found == range.maximum + 1 && error.expected == range.maximum, "the error has its numbers");
  expect(o2m_model_error_text(model, &error, text, sizeof text) == strlen(text), "and a text");
  o2m_model_input_name(model, 0, name, sizeof name);
  expect(strstr(text, name) && strstr(text, "axis 0"), "which names the input and the axis");
  printf("  %s\n", text);
  expect(o2m_model_error_text(NULL, &error, text, sizeof text) == o2m_error_text(&error, NULL, 0), "without a model it is the plain one");
  shapes[0].dims[0] = before;
  o2m_session_input_shape(session, 0, &output);
  expect(output.dims[0] == before && o2m_session_run(session, &error) == O2M_OK, "the session has the shapes that it had");
  o2m_session_destroy(session);
  free(shapes);
}

// A bundle in the middle of a file, as an app's package has it, wherever its page begins.
static void opens_a_part_of_a_file(const char *path) {
  struct blob file;
  expect(blob_read(path, &file) == 0, "the bundle can be read");
  char name[] = "/tmp/o2m-package-XXXXXX";
  const int package = mkstemp(name);
  const size_t offset = 4096 * 3 + 64;
  expect(pwrite(package, file.bytes, file.size, (off_t)offset) == (ssize_t)file.size, "the package can be written");
  expect(pwrite(package, "behind", 6, (off_t)(offset + file.size)) == 6, "the package can be written");
  o2m_error error;
  o2m_model *model = o2m_model_open_descriptor(package, offset, file.size, 0, &error);
  expect(model && error.code == O2M_OK && o2m_model_input_count(model) > 0, "a part of a file opens");
  expect_error(o2m_model_open_descriptor(package, offset + 1, file.size, 0, &error), &error, O2M_ERROR_ARGUMENT, "an offset of no 64");
  expect_error(o2m_model_open_descriptor(package, offset, file.size + 7, 0, &error), &error, O2M_ERROR_OPEN, "a part that is not there");
  expect_error(o2m_model_open_descriptor(package, offset, 0, 0, &error), &error, O2M_ERROR_DAMAGED, "bytes behind the bundle");
  expect_error(o2m_model_open_descriptor(-1, 0, 0, 0, &error), &error, O2M_ERROR_OPEN, "no file");
  close(package);
  unlink(name);
  o2m_session *session = o2m_session_create(model, 1, &error);
  expect(o2m_session_run(session, &error) == O2M_OK, "the model runs without its file's descriptor");
  o2m_session_destroy(session);
  o2m_model_close(model);
  free(file.bytes);
}

// What stands in the inputs stays, so a run again gives the same; a cancelled run does not run.
static void keeps_its_inputs(const o2m_model *model, o2m_session *session) {
  o2m_error error;
  o2m_tensor tensor;
  o2m_model_output(model, 0, &tensor);
  uint8_t *first = malloc(tensor.size_bytes);
  memcpy(first, o2m_session_output(session, 0), tensor.size_bytes);
  for (int i = 0; i < 3; i++) {
    expect(o2m_session_run(session, &error) == O2M_OK, "the model runs again");
    expect(memcmp(first, o2m_session_output(session, 0), tensor.size_bytes) == 0, "the same inputs give the same outputs");
  }
  o2m_session_cancel(session);
  expect(o2m_session_run(session, &error) == O2M_ERROR_CANCELLED && error.code == O2M_ERROR_CANCELLED, "a run is cancelled");
  expect(o2m_session_run(session, &error) == O2M_OK, "the run after it is not");
  expect(memcmp(first, o2m_session_output(session, 0), tensor.size_bytes) == 0, "nor are its inputs gone");
  o2m_session_cancel(NULL);
  free(first);

  o2m_session *shared = o2m_session_create_with(model, 1, O2M_SHARED_INPUTS, &error);
  expect(shared && error.code == O2M_OK, "a session may share its inputs");
  o2m_session_destroy(shared);
  expect(o2m_session_create_with(model, 1, 6, &error) == NULL && error.code == O2M_ERROR_ARGUMENT, "flags are checked");
}

// The bundle says that a gray level becomes (level / 255 - 0.3051) / 0.3757, in 16 x 16 pixels; it has ten labels.
static void reads_pictures(const o2m_model *model, o2m_session *session) {
  o2m_error error;
  uint8_t pixels[16][20];
  for (int y = 0; y < 16; y++)
    for (int x = 0; x < 20; x++) pixels[y][x] = (uint8_t)(x * 37 + y * 91 + x * y % 7 * 11);
  o2m_image image = {.format = O2M_IMAGE_GRAY, .width = 16, .height = 16, .planes = {pixels}, .strides = {20}};
  const float *input = o2m_session_input(session, 0);
  for (image.rotation = 0; image.rotation < 360; image.rotation += 90) {
    for (image.mirror = 0; image.mirror < 2; image.mirror++) {
      expect(o2m_session_set_image(session, 0, &image, &error) == O2M_OK && error.code == O2M_OK, "a picture is taken");
      int wrong = 0;
      for (int y = 0; y < 16; y++) {
        for (int x = 0; x < 16; x++) {
          const int across = image.mirror ? 15 - x : x;
          const int column = image.rotation == 0 ? across : image.rotation == 90 ? y : image.rotation == 180 ? 15 - across : 15 - y;
          const int row = image.rotation == 0 ? y : image.rotation == 90 ? 15 - across : image.rotation == 180 ? 15 - y : across;
          const double scaled = pixels[row][column] * 0.00392156862745098;
          wrong += input[16 * y + x] != (float)((scaled - 0.3051) / 0.3757);
        }
      }
      expect(wrong == 0, "a picture is prepared as the bundle says");
    }
  }
  image.rotation = image.mirror = 0;
  // Of many forms a session keeps the last ones.
  o2m_session_set_image(session, 0, &image, &error);
  const size_t used = mallinfo2().uordblks;
  for (int i = 0; i < 10; i++) o2m_session_set_image(session, 0, &image, &error);
  expect(mallinfo2().uordblks == used, "a picture of a known form allocates nothing");

  o2m_class classes[12], again[12];
  uint32_t count = 99, same = 99;
  expect(o2m_session_classify(session, &image, 12, classes, &count, &error) == O2M_OK && count == 10, "there are ten classes");
  float sum = 0;
  for (uint32_t i = 0; i < count; i++) {
    sum += classes[i].probability;
    expect(i == 0 || classes[i].probability <= classes[i - 1].probability, "the best class comes first");
    expect(classes[i].label < o2m_model_label_count(model), "a class has a label");
  }
  expect(sum > 0.999f && sum < 1.001f, "probabilities sum to 1");
  expect(o2m_session_classify(session, NULL, 3, again, &same, &error) == O2M_OK && same == 3, "the inputs can be used again");
  expect(memcmp(classes, again, 3 * sizeof *classes) == 0, "the best three are those of all");
  printf("  best class %u, %.3f\n", (unsigned)classes[0].label, (double)classes[0].probability);

  o2m_box box;
  uint8_t map;
  char sentence[200] = "";
  expect(o2m_model_task(model) == O2M_TASK_CLASSIFY && o2m_model_task(NULL) == O2M_TASK_NONE, "a bundle of classes says so");
  expect(o2m_session_detect(session, &image, 1, &box, &count, &error) == O2M_ERROR_NO_TASK && count == 0, "it has no boxes");
  expect(error.expected == O2M_TASK_DETECT && o2m_error_text(&error, sentence, sizeof sentence) > 0, "the error says what is missing");
  expect(strstr(sentence, "--task detect") != NULL, "and what to do");
  expect(o2m_session_segment(session, &image, &map, 1, 1, &error) == O2M_ERROR_NO_TASK && error.expected == O2M_TASK_SEGMENT, "nor a map");
  expect(o2m_session_detect(session, &image, 1, NULL, &count, &error) == O2M_ERROR_ARGUMENT, "boxes need a place");
  expect(o2m_session_segment(session, &image, NULL, 1, 1, &error) == O2M_ERROR_ARGUMENT, "a map needs a place");
  expect(o2m_session_set_box_limits(session, 0.5f, -1, &error) == O2M_OK, "limits can be replaced");
  expect(o2m_session_set_box_limits(session, 1.5f, 0, &error) == O2M_ERROR_ARGUMENT, "they are shares");
  expect(o2m_session_set_box_limits(NULL, 0, 0, NULL) == O2M_ERROR_ARGUMENT, "a session is needed");
  expect(o2m_session_set_image(session, 1, &image, &error) == O2M_ERROR_ARGUMENT, "an input index is checked");
  expect(o2m_session_set_image(session, 0, NULL, &error) == O2M_ERROR_ARGUMENT, "an image is needed");
  expect(o2m_session_set_image(NULL, 0, &image, NULL) == O2M_ERROR_ARGUMENT, "a session is needed");
  const o2m_image wrongs[] = {
      {.format = 0, .width = 16, .height = 16, .planes = {pixels}},
      {.format = O2M_IMAGE_I420 + 1, .width = 16, .height = 16, .planes = {pixels}},
      {.format = O2M_IMAGE_GRAY, .width = 16, .height = 16, .planes = {NULL}},
      {.format = O2M_IMAGE_GRAY, .width = 0, .height = 16, .planes = {pixels}},
      {.format = O2M_IMAGE_GRAY, .width = UINT32_MAX, .height = UINT32_MAX, .planes = {pixels}},
      {.format = O2M_IMAGE_GRAY, .width = 16, .height = 16, .planes = {pixels}, .strides = {15}},
      {.format = O2M_IMAGE_GRAY, .width = 16, .height = 16, .rotation = 1, .planes = {pixels}},
      {.format = O2M_IMAGE_GRAY, .width = 16, .height = 16, .crop_left = 9, .crop_width = 8, .crop_height = 16, .planes = {pixels}},
      {.format = O2M_IMAGE_NV12, .matrix = 2, .width = 16, .height = 16, .planes = {pixels, pixels}},
      {.format = O2M_IMAGE_NV12, .range = 2, .width = 16, .height = 16, .planes = {pixels, pixels}},
  };
  for (size_t i = 0; i < sizeof wrongs / sizeof *wrongs; i++) {
    char text[200] = "";
    expect(o2m_session_set_image(session, 0, &wrongs[i], &error) == O2M_ERROR_ARGUMENT, "a picture is checked");
    expect(o2m_error_text(&error, text, sizeof text) > 0 && strlen(text) > 0, "an error has a text");
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

// State goes from run to run; what is saved goes on in another session, and nothing else is taken for it.
static void carries_state(const o2m_model *model) {
  o2m_error error;
  o2m_session *one = o2m_session_create(model, 1, &error), *two = o2m_session_create_with(model, 2, O2M_SHARED_INPUTS, &error);
  const uint32_t inputs = o2m_model_input_count(model);
  uint32_t states = 0;
  expect(o2m_model_input_state(model, inputs) == UINT32_MAX, "an input is checked");
  for (int chunk = 0; chunk < 4; chunk++) {
    for (uint32_t i = 0; i < inputs; i++) {
      o2m_tensor tensor;
      o2m_session_input_shape(one, i, &tensor);
      if (o2m_model_input_state(model, i) != UINT32_MAX) {
        states += chunk == 0;
        continue;
      }
      memset(o2m_session_input(one, i), 0x3C + chunk, tensor.size_bytes);
      memset(o2m_session_input(two, i), 0x3C + chunk, tensor.size_bytes);
    }
    expect(o2m_session_run(one, &error) == O2M_OK && o2m_session_run(two, &error) == O2M_OK, "a chunk runs");
    for (uint32_t i = 0; i < inputs; i++) {
      const uint32_t output = o2m_model_input_state(model, i);
      if (output == UINT32_MAX) continue;
      o2m_tensor tensor;
      o2m_session_input_shape(one, i, &tensor);
      expect(memcmp(o2m_session_input(one, i), o2m_session_output(one, output), tensor.size_bytes) == 0, "state is what its output is");
      expect(memcmp(o2m_session_input(one, i), o2m_session_input(two, i), tensor.size_bytes) == 0, "whatever is shared");
    }
  }
  const size_t size = o2m_session_state_size(one);
  char *bytes = malloc(size), *others = malloc(size);
  expect(o2m_session_save_state(one, bytes, size - 1, &error) == O2M_ERROR_ARGUMENT && error.expected == size, "a state needs its bytes");
  expect(o2m_session_save_state(one, bytes, size, &error) == O2M_OK, "a state is saved");
  o2m_session_reset_state(two);
  expect(o2m_session_save_state(two, others, size, &error) == O2M_OK, "a state that was reset is saved");
  expect((memcmp(bytes, others, size) == 0) == (states == 0), "it is another");
  o2m_session_cancel(two);
  expect(o2m_session_run(two, &error) == O2M_ERROR_CANCELLED, "a run is cancelled");
  o2m_session_save_state(two, others, size, &error);
  o2m_session_reset_state(two);
  char *again = malloc(size);
  o2m_session_save_state(two, again, size, &error);
  expect(memcmp(again, others, size) == 0, "which leaves the state");
  for (size_t at = 0; at < size; at += 7) {
    bytes[at] ^= 0x10;
    expect(o2m_session_restore_state(two, bytes, size, &error) == O2M_ERROR_STATE, "a changed byte is found");
    bytes[at] ^= 0x10;
  }
  expect(o2m_session_restore_state(two, bytes, size - 1, &error) == O2M_ERROR_STATE, "a missing byte is found");
  expect(o2m_session_restore_state(two, NULL, 0, &error) == O2M_ERROR_STATE, "no bytes are no state");
  expect(o2m_error_text(&error, NULL, 0) > 0, "the error has a text");
  expect(o2m_session_restore_state(two, bytes, size, &error) == O2M_OK, "a state is restored");
  o2m_session_save_state(two, others, size, &error);
  expect(memcmp(bytes, others, size) == 0, "it is the one that was saved");
  printf("  %u states, %zu bytes saved\n", (unsigned)states, size);
  free(bytes);
  free(others);
  free(again);
  o2m_session_destroy(one);
  o2m_session_destroy(two);
}

int main(int count, char **arguments) {
  if (count < 2) {
    fprintf(stderr, "usage: c_interface BUNDLE [DATA [EXPECTED]]\n");
    return 64;
  }
  expect(o2m_version() == O2M_VERSION, "header and library are of one version");
  if (count == 2) {
    o2m_model *bundle = o2m_model_open(arguments[1], 0, NULL);
    describes_itself(bundle);
    resizes(bundle);
    carries_state(bundle);
    o2m_model_close(bundle);
    printf("  c interface: %d cases, %d failed\n", cases, failures);
    return failures != 0;
  }
  const char *data = arguments[2], *expected = count > 3 ? arguments[3] : data;
  refuses_what_is_no_bundle(arguments[1]);
  opens_a_part_of_a_file(arguments[1]);
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
    keeps_its_inputs(model, one);
    resizes(model);
    if (o2m_model_label_count(model) > 0) reads_pictures(model, one);
    o2m_session_destroy(two);
    o2m_model_close(model);
    expect(o2m_session_run(one, &error) == O2M_OK, "a session outlives its model");
    o2m_session_destroy(one);
  }
  printf("  c interface: %d cases, %d failed\n", cases, failures);
  return failures != 0;
}
