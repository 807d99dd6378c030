// The native half of io.github.onnx2mobile.Native, which documents its methods.
//
// Texts are bytes of UTF-8, because JNI's own strings have another encoding beyond the first 65,536 characters. A method that uses a model
// takes its Java object as `owner`, which so lives until the method returns.
#include "o2m_jni.h"
#include "o2m_platform.h"
#if O2M_UNPACKING
#include "o2m_unpack.h"
#endif

#include <stdatomic.h>
#include <string.h>

static _Atomic int32_t living;
static jclass exception;
static jmethodID make_exception;

static jbyteArray bytes_of(JNIEnv *env, const char *text, size_t length) {
  const jbyteArray bytes = (*env)->NewByteArray(env, (jsize)length);
  if (bytes) (*env)->SetByteArrayRegion(env, bytes, 0, (jsize)length, (const jbyte *)text);
  return bytes;
}

// As long as the longest sentence and the longest name that an exception shows.
typedef char line[1024];

static jbyteArray bytes_of_line(JNIEnv *env, line text, size_t length) {
  return bytes_of(env, text, length < sizeof(line) ? length : sizeof(line) - 1);
}

void o2m_throw(JNIEnv *env, const o2m_error *error, const o2m_model *model) {
  line text;
  const jbyteArray sentence = bytes_of_line(env, text, o2m_model_error_text(model, error, text, sizeof text));
  jbyteArray node = NULL, output = NULL;
  if (sentence && model && error->code == O2M_ERROR_RUN) {
    node = bytes_of_line(env, text, o2m_model_node_operator(model, error->found, text, sizeof text));
    if (node) output = bytes_of_line(env, text, o2m_model_node_output(model, error->found, text, sizeof text));
  }
  if ((*env)->ExceptionCheck(env)) return;
  const jobject problem = (*env)->NewObject(env, exception, make_exception, error->code, sentence, error->system, (jlong)error->offset,
                                            (jlong)error->found, (jlong)error->expected, (jlong)error->detail, node, output);
  if (problem) (*env)->Throw(env, problem);
}

// Opening and closing

static void give_up(struct holdings *of) {
  o2m_session_destroy(of->session);
  o2m_model_close(of->model);
  o2m_free(of->bundle);
  o2m_free(of->chroma);
  o2m_free(of);
}

// A bundle of any form whose bytes lie anywhere and are not there later.
static void open_copy(struct holdings *of, const void *bytes, size_t size, uint32_t flags, o2m_error *error) {
#if O2M_UNPACKING
  (void)flags;
  of->model = o2m_model_unpacking(bytes, size, error);
#else
  of->bundle = o2m_allocate(size);
  if (of->bundle)
    of->model = o2m_model_from_memory(memcpy(of->bundle, bytes, size), size, flags, error);
  else
    *error = (o2m_error){.code = O2M_ERROR_MEMORY, .offset = UINT64_MAX, .expected = size};
#endif
}

static void open_mapping(struct holdings *of, int failure, struct o2m_mapping *mapping, uint32_t flags, o2m_error *error) {
  if (failure)
    *error = (o2m_error){.code = O2M_ERROR_OPEN, .system = failure, .offset = UINT64_MAX};
  else
    open_copy(of, mapping->bytes, mapping->size, flags, error);
  o2m_unmap(mapping);
}

static int must_unpack(const struct holdings *of, const o2m_error *error) {
  return O2M_UNPACKING && !of->model && error->code == O2M_ERROR_COMPRESSED;
}

static struct holdings *new_holdings(JNIEnv *env) {
  struct holdings *of = o2m_allocate(sizeof *of);
  if (of) return memset(of, 0, sizeof *of);
  const o2m_error error = {.code = O2M_ERROR_MEMORY, .offset = UINT64_MAX, .expected = sizeof *of};
  o2m_throw(env, &error, NULL);
  return NULL;
}

// Makes the session of a model that was opened, or throws `error`.
static jlong finished(JNIEnv *env, struct holdings *of, jint threads, o2m_error *error) {
  if (of->model) of->session = o2m_session_create(of->model, (uint32_t)threads, error);
  if (!of->session) {
    o2m_throw(env, error, NULL);
    give_up(of);
    return 0;
  }
  atomic_fetch_add(&living, 1);
  return (jlong)(intptr_t)of;
}

static jlong open_path(JNIEnv *env, jclass self, jbyteArray path, jint flags, jint threads) {
  (void)self;
  struct holdings *const of = new_holdings(env);
  if (!of) return 0;
  o2m_error error;
  jbyte *const text = (*env)->GetByteArrayElements(env, path, NULL);
  if (!text) {
    give_up(of);
    return 0;
  }
  of->model = o2m_model_open((const char *)text, (uint32_t)flags, &error);
  if (must_unpack(of, &error)) {
    struct o2m_mapping mapping;
    const int failure = o2m_map_file((const char *)text, &mapping);
    open_mapping(of, failure, &mapping, (uint32_t)flags, &error);
  }
  (*env)->ReleaseByteArrayElements(env, path, text, JNI_ABORT);
  return finished(env, of, threads, &error);
}

static jlong open_descriptor(JNIEnv *env, jclass self, jint file, jlong offset, jlong size, jint flags, jint threads) {
  (void)self;
  struct holdings *const of = new_holdings(env);
  if (!of) return 0;
  o2m_error error;
  const int aligned = offset % 64 == 0;
  if (aligned) of->model = o2m_model_open_descriptor(file, (uint64_t)offset, (uint64_t)size, (uint32_t)flags, &error);
  if (!aligned || must_unpack(of, &error)) {
    struct o2m_mapping mapping;
    const int failure = o2m_map_descriptor(file, (uint64_t)offset, (uint64_t)size, &mapping);
    open_mapping(of, failure, &mapping, (uint32_t)flags, &error);
  }
  return finished(env, of, threads, &error);
}

static jlong open_buffer(JNIEnv *env, jclass self, jobject buffer, jlong offset, jlong size, jint flags, jint threads) {
  (void)self;
  struct holdings *const of = new_holdings(env);
  if (!of) return 0;
  o2m_error error;
  const char *const bytes = (const char *)(*env)->GetDirectBufferAddress(env, buffer) + offset;
  const int aligned = (uintptr_t)bytes % 64 == 0;
  if (aligned) of->model = o2m_model_from_memory(bytes, (size_t)size, (uint32_t)flags, &error);
  of->borrows = of->model != NULL;
  if (!aligned || must_unpack(of, &error)) open_copy(of, bytes, (size_t)size, (uint32_t)flags, &error);
  return finished(env, of, threads, &error);
}

static jboolean borrows(JNIEnv *env, jclass self, jlong address) {
  (void)env, (void)self;
  return holdings_of(address)->borrows != 0;
}

static jint gap(JNIEnv *env, jclass self, jobject buffer) {
  (void)self;
  return (jint)(-(uintptr_t)(*env)->GetDirectBufferAddress(env, buffer) % 64);
}

static void free_holdings(JNIEnv *env, jclass self, jlong address) {
  (void)env, (void)self;
  give_up(holdings_of(address));
  atomic_fetch_sub(&living, 1);
}

static jint count_living(JNIEnv *env, jclass self) {
  (void)env, (void)self;
  return atomic_load(&living);
}

static jint version(JNIEnv *env, jclass self) {
  (void)env, (void)self;
  return (jint)o2m_version();
}

// What a model says of itself

enum what { INPUT, OUTPUT, LABEL };

static jint count(JNIEnv *env, jclass self, jlong address, jint what) {
  (void)env, (void)self;
  const o2m_model *const model = holdings_of(address)->model;
  switch (what) {
    case INPUT: return (jint)o2m_model_input_count(model);
    case OUTPUT: return (jint)o2m_model_output_count(model);
    default: return (jint)o2m_model_label_count(model);
  }
}

static jbyteArray name(JNIEnv *env, jclass self, jlong address, jint what, jint index) {
  (void)self;
  size_t (*const ask)(const o2m_model *, uint32_t, char *, size_t) = what == INPUT    ? o2m_model_input_name
                                                                     : what == OUTPUT ? o2m_model_output_name
                                                                                      : o2m_model_label;
  const o2m_model *const model = holdings_of(address)->model;
  line text;
  const size_t length = ask(model, (uint32_t)index, text, sizeof text);
  if (length < sizeof text) return bytes_of(env, text, length);
  char *const longer = o2m_allocate(length + 1);
  if (!longer) return bytes_of(env, text, sizeof text - 1);
  ask(model, (uint32_t)index, longer, length + 1);
  const jbyteArray bytes = bytes_of(env, longer, length);
  o2m_free(longer);
  return bytes;
}

static void describe(JNIEnv *env, jclass self, jlong address, jint what, jint index, jlongArray numbers) {
  (void)self;
  o2m_tensor tensor;
  (what == INPUT ? o2m_session_input_shape : o2m_session_output_shape)(holdings_of(address)->session, (uint32_t)index, &tensor);
  jlong values[2 + O2M_MAX_RANK] = {tensor.type, tensor.rank};
  for (uint32_t axis = 0; axis < O2M_MAX_RANK; axis++) values[2 + axis] = (jlong)tensor.dims[axis];
  (*env)->SetLongArrayRegion(env, numbers, 0, 2 + O2M_MAX_RANK, values);
}

static void extent(JNIEnv *env, jclass self, jlong address, jint input, jint axis, jlongArray numbers) {
  (void)self;
  o2m_range range = {0};
  o2m_model_input_range(holdings_of(address)->model, (uint32_t)input, (uint32_t)axis, &range);
  const jlong values[] = {(jlong)range.minimum, (jlong)range.maximum, (jlong)range.step};
  (*env)->SetLongArrayRegion(env, numbers, 0, 3, values);
}

static jint task(JNIEnv *env, jclass self, jlong address) {
  (void)env, (void)self;
  return (jint)o2m_model_task(holdings_of(address)->model);
}

static jlong arena_bytes(JNIEnv *env, jclass self, jlong address) {
  (void)env, (void)self;
  return (jlong)o2m_model_arena_bytes(holdings_of(address)->model);
}

static void self_test(JNIEnv *env, jclass self, jobject owner, jlong address, jint threads, jdoubleArray numbers) {
  (void)self, (void)owner;
  const struct holdings *const of = holdings_of(address);
  o2m_self_test test;
  o2m_error error;
  if (o2m_model_self_test(of->model, (uint32_t)threads, &test, &error) != O2M_OK) return o2m_throw(env, &error, of->model);
  const jdouble values[] = {test.cases, (double)test.values, test.max_error, test.sqnr_db, test.share};
  (*env)->SetDoubleArrayRegion(env, numbers, 0, 5, values);
}

// Running

static void resize(JNIEnv *env, jclass self, jobject owner, jlong address, jlongArray shapes) {
  (void)self, (void)owner;
  const struct holdings *const of = holdings_of(address);
  const uint32_t count = o2m_model_input_count(of->model);
  o2m_error error = {.code = O2M_ERROR_MEMORY, .offset = UINT64_MAX, .expected = count * sizeof(o2m_tensor)};
  o2m_tensor *const tensors = o2m_allocate(count * sizeof *tensors + 1);
  for (uint32_t i = 0; tensors && i < count; i++) {
    jlong numbers[1 + O2M_MAX_RANK];
    (*env)->GetLongArrayRegion(env, shapes, (jsize)(i * (1 + O2M_MAX_RANK)), 1 + O2M_MAX_RANK, numbers);
    tensors[i].rank = (uint32_t)numbers[0];
    for (int axis = 0; axis < O2M_MAX_RANK; axis++) tensors[i].dims[axis] = (uint64_t)numbers[1 + axis];
  }
  if (!tensors || o2m_session_resize(of->session, tensors, count, &error) != O2M_OK) o2m_throw(env, &error, of->model);
  o2m_free(tensors);
}

static jint input_state(JNIEnv *env, jclass self, jlong address, jint input) {
  (void)env, (void)self;
  return (jint)o2m_model_input_state(holdings_of(address)->model, (uint32_t)input);
}

static void reset_state(JNIEnv *env, jclass self, jobject owner, jlong address) {
  (void)env, (void)self, (void)owner;
  o2m_session_reset_state(holdings_of(address)->session);
}

static jbyteArray save_state(JNIEnv *env, jclass self, jobject owner, jlong address) {
  (void)self, (void)owner;
  const struct holdings *const of = holdings_of(address);
  const size_t size = o2m_session_state_size(of->session);
  o2m_error error = {.code = O2M_ERROR_MEMORY, .offset = UINT64_MAX, .expected = size};
  char *const bytes = o2m_allocate(size);
  jbyteArray state = NULL;
  if (!bytes || o2m_session_save_state(of->session, bytes, size, &error) != O2M_OK)
    o2m_throw(env, &error, of->model);
  else
    state = bytes_of(env, bytes, size);
  o2m_free(bytes);
  return state;
}

static void restore_state(JNIEnv *env, jclass self, jobject owner, jlong address, jbyteArray state) {
  (void)self, (void)owner;
  const struct holdings *const of = holdings_of(address);
  o2m_error error;
  jbyte *const bytes = (*env)->GetByteArrayElements(env, state, NULL);
  if (!bytes) return;
  const int32_t code = o2m_session_restore_state(of->session, bytes, (size_t)(*env)->GetArrayLength(env, state), &error);
  (*env)->ReleaseByteArrayElements(env, state, bytes, JNI_ABORT);
  if (code != O2M_OK) o2m_throw(env, &error, of->model);
}

static void run(JNIEnv *env, jclass self, jobject owner, jlong address) {
  (void)self, (void)owner;
  const struct holdings *const of = holdings_of(address);
  o2m_error error;
  if (o2m_session_run(of->session, &error) != O2M_OK) o2m_throw(env, &error, of->model);
}

static void cancel(JNIEnv *env, jclass self, jlong address) {
  (void)env, (void)self;
  o2m_session_cancel(holdings_of(address)->session);
}

// Copies `size` bytes between Java's elements, an array or a buffer outside its heap, and the session's.
static void copy_elements(JNIEnv *env, jobject elements, jint is_array, jlong offset, void *own, size_t size, int into_own) {
  char *const start = is_array ? (*env)->GetPrimitiveArrayCritical(env, elements, NULL) : (*env)->GetDirectBufferAddress(env, elements);
  if (!start) return;
  memcpy(into_own ? own : start + offset, into_own ? start + offset : own, size);
  if (is_array) (*env)->ReleasePrimitiveArrayCritical(env, elements, start, into_own ? JNI_ABORT : 0);
}

static void write_input(JNIEnv *env, jclass self, jobject owner, jlong address, jint index, jobject elements, jint is_array, jlong offset) {
  (void)self, (void)owner;
  const struct holdings *const of = holdings_of(address);
  o2m_tensor tensor;
  o2m_session_input_shape(of->session, (uint32_t)index, &tensor);
  copy_elements(env, elements, is_array, offset, o2m_session_input(of->session, (uint32_t)index), tensor.size_bytes, 1);
}

static void read_output(JNIEnv *env, jclass self, jobject owner, jlong address, jint index, jobject elements, jint is_array, jlong offset) {
  (void)self, (void)owner;
  const struct holdings *const of = holdings_of(address);
  o2m_tensor tensor;
  o2m_session_output_shape(of->session, (uint32_t)index, &tensor);
  copy_elements(env, elements, is_array, offset, (void *)o2m_session_output(of->session, (uint32_t)index), tensor.size_bytes, 0);
}

static jint classify(JNIEnv *env, jclass self, jobject owner, jlong address, jintArray labels, jfloatArray probabilities) {
  (void)self, (void)owner;
  const struct holdings *const of = holdings_of(address);
  const uint32_t top = (uint32_t)(*env)->GetArrayLength(env, labels);
  o2m_error error = {.code = O2M_ERROR_MEMORY, .offset = UINT64_MAX, .expected = top * sizeof(o2m_class)};
  uint32_t found = 0;
  o2m_class *const classes = o2m_allocate(top * sizeof *classes);
  if (!classes || o2m_session_classify(of->session, NULL, top, classes, &found, &error) != O2M_OK) o2m_throw(env, &error, of->model);
  for (uint32_t i = 0; i < found; i++) {
    const jint label = (jint)classes[i].label;
    const jfloat probability = classes[i].probability;
    (*env)->SetIntArrayRegion(env, labels, (jsize)i, 1, &label);
    (*env)->SetFloatArrayRegion(env, probabilities, (jsize)i, 1, &probability);
  }
  o2m_free(classes);
  return (jint)found;
}

static jint detect(JNIEnv *env, jclass self, jobject owner, jlong address, jfloat score, jfloat overlap, jintArray labels,
                   jfloatArray numbers) {
  (void)self, (void)owner;
  const struct holdings *const of = holdings_of(address);
  const uint32_t most = (uint32_t)(*env)->GetArrayLength(env, labels);
  o2m_error error = {.code = O2M_ERROR_MEMORY, .offset = UINT64_MAX, .expected = most * sizeof(o2m_box)};
  uint32_t found = 0;
  o2m_box *const boxes = o2m_allocate(most * sizeof *boxes);
  if (!boxes || o2m_session_set_box_limits(of->session, score, overlap, &error) != O2M_OK ||
      o2m_session_detect(of->session, NULL, most, boxes, &found, &error) != O2M_OK)
    o2m_throw(env, &error, of->model);
  for (uint32_t i = 0; i < found; i++) {
    const jint label = (jint)boxes[i].label;
    const jfloat values[] = {boxes[i].score, boxes[i].x, boxes[i].y, boxes[i].width, boxes[i].height};
    (*env)->SetIntArrayRegion(env, labels, (jsize)i, 1, &label);
    (*env)->SetFloatArrayRegion(env, numbers, (jsize)(5 * i), 5, values);
  }
  o2m_free(boxes);
  return (jint)found;
}

static void segment(JNIEnv *env, jclass self, jobject owner, jlong address, jbyteArray classes, jint width, jint height) {
  (void)self, (void)owner;
  const struct holdings *const of = holdings_of(address);
  const size_t size = (size_t)width * (size_t)height;
  o2m_error error = {.code = O2M_ERROR_MEMORY, .offset = UINT64_MAX, .expected = size};
  uint8_t *const map = o2m_allocate(size);
  if (!map || o2m_session_segment(of->session, NULL, map, (uint32_t)width, (uint32_t)height, &error) != O2M_OK)
    o2m_throw(env, &error, of->model);
  else
    (*env)->SetByteArrayRegion(env, classes, 0, (jsize)size, (const jbyte *)map);
  o2m_free(map);
}

JNIEXPORT jint JNICALL JNI_OnLoad(JavaVM *machine, void *reserved) {
  (void)reserved;
  static const JNINativeMethod methods[] = {
      {"openPath", "([BII)J", (void *)open_path},
      {"openDescriptor", "(IJJII)J", (void *)open_descriptor},
      {"openBuffer", "(Ljava/nio/ByteBuffer;JJII)J", (void *)open_buffer},
      {"borrows", "(J)Z", (void *)borrows},
      {"gap", "(Ljava/nio/ByteBuffer;)I", (void *)gap},
      {"free", "(J)V", (void *)free_holdings},
      {"living", "()I", (void *)count_living},
      {"version", "()I", (void *)version},
      {"count", "(JI)I", (void *)count},
      {"name", "(JII)[B", (void *)name},
      {"describe", "(JII[J)V", (void *)describe},
      {"extent", "(JII[J)V", (void *)extent},
      {"task", "(J)I", (void *)task},
      {"arenaBytes", "(J)J", (void *)arena_bytes},
      {"selfTest", "(Ljava/lang/Object;JI[D)V", (void *)self_test},
      {"resize", "(Ljava/lang/Object;J[J)V", (void *)resize},
      {"state", "(JI)I", (void *)input_state},
      {"resetState", "(Ljava/lang/Object;J)V", (void *)reset_state},
      {"saveState", "(Ljava/lang/Object;J)[B", (void *)save_state},
      {"restoreState", "(Ljava/lang/Object;J[B)V", (void *)restore_state},
      {"run", "(Ljava/lang/Object;J)V", (void *)run},
      {"cancel", "(J)V", (void *)cancel},
      {"writeInput", "(Ljava/lang/Object;JILjava/lang/Object;IJ)V", (void *)write_input},
      {"readOutput", "(Ljava/lang/Object;JILjava/lang/Object;IJ)V", (void *)read_output},
      {"classify", "(Ljava/lang/Object;J[I[F)I", (void *)classify},
      {"detect", "(Ljava/lang/Object;JFF[I[F)I", (void *)detect},
      {"segment", "(Ljava/lang/Object;J[BII)V", (void *)segment},
      {"setPicture", "(Ljava/lang/Object;J[ILjava/lang/Object;Ljava/nio/ByteBuffer;Ljava/nio/ByteBuffer;Ljava/nio/ByteBuffer;[JI)V",
       (void *)o2m_set_picture},
  };
  JNIEnv *env;
  if ((*machine)->GetEnv(machine, (void **)&env, JNI_VERSION_1_6) != JNI_OK) return JNI_ERR;
  const jclass found = (*env)->FindClass(env, "io/github/onnx2mobile/ModelException");
  const jclass native = found ? (*env)->FindClass(env, "io/github/onnx2mobile/Native") : NULL;
  if (!native) return JNI_ERR;
  exception = (*env)->NewGlobalRef(env, found);
  make_exception = (*env)->GetMethodID(env, found, "<init>", "(I[BIJJJJ[B[B)V");
  const jint length = sizeof methods / sizeof *methods;
  if (!exception || !make_exception || (*env)->RegisterNatives(env, native, methods, length) != JNI_OK) return JNI_ERR;
  return JNI_VERSION_1_6;
}
