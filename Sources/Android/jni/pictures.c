// Pictures of Java's memory, which are not copied: buffers outside its heap, or an array that stays in place meanwhile.
#include "o2m_jni.h"
#include "o2m_platform.h"

#include <stdbool.h>

enum { ANY_420 = 0 };  // no format of o2m.h: luma, and U and V whose elements are `pixel_stride` bytes apart

// U and V beside each other in a picture of their own.
static bool gather_chroma(struct holdings *of, o2m_image *image, size_t pixel_stride) {
  const size_t width = (image->width + 1) / 2, height = (image->height + 1) / 2;
  if (of->chroma_bytes < 2 * width * height) {
    o2m_free(of->chroma);
    of->chroma_bytes = 0;
    of->chroma = o2m_allocate(2 * width * height);
    if (!of->chroma) return false;
    of->chroma_bytes = 2 * width * height;
  }
  for (int plane = 1; plane < 3; plane++) {
    const uint8_t *const from = image->planes[plane];
    uint8_t *const to = of->chroma + (size_t)(plane - 1) * width * height;
    for (size_t y = 0; y < height; y++) {
      for (size_t x = 0; x < width; x++) to[y * width + x] = from[y * image->strides[plane] + x * pixel_stride];
    }
    image->planes[plane] = to;
  }
  image->strides[1] = image->strides[2] = width;
  return true;
}

// Says in o2m.h's terms how the chroma of an Android picture lies. Two planes of which one begins a byte after the other are one; the last
// byte of it lies in the one that begins later.
static bool name_format(struct holdings *of, o2m_image *image, size_t pixel_stride) {
  const uintptr_t u = (uintptr_t)image->planes[1], v = (uintptr_t)image->planes[2];
  image->format = O2M_IMAGE_I420;
  if (pixel_stride == 1) return true;
  const bool joined = pixel_stride == 2 && image->strides[1] == image->strides[2];
  if (!joined || (u + 1 != v && v + 1 != u)) return gather_chroma(of, image, pixel_stride);
  image->format = u < v ? O2M_IMAGE_NV12 : O2M_IMAGE_NV21;
  if (v < u) image->planes[1] = image->planes[2];
  image->planes[2] = NULL;
  return true;
}

// Prepares the picture for the first input that it fills.
static void prepare(struct holdings *of, const o2m_image *image, o2m_error *error) {
  o2m_error first = {.code = O2M_OK};
  for (uint32_t input = 0; input < o2m_model_input_count(of->model); input++) {
    const int32_t code = o2m_session_set_image(of->session, input, image, error);
    if (code != O2M_ERROR_PICTURE || error->expected != 0) return;
    if (first.code == O2M_OK) first = *error;
  }
  *error = first;
}

void o2m_set_picture(JNIEnv *env, jclass self, jobject owner, jlong address, jintArray numbers, jarray array, jobject first, jobject second,
                     jobject third, jlongArray places, jint pixel_stride) {
  (void)self, (void)owner;
  struct holdings *const of = holdings_of(address);
  o2m_image image = {0};
  jlong place[6];
  _Static_assert(offsetof(o2m_image, planes) == 12 * sizeof(jint), "the numbers of a picture come first");
  (*env)->GetIntArrayRegion(env, numbers, 0, 12, (jint *)(void *)&image);
  (*env)->GetLongArrayRegion(env, places, 0, 6, place);
  const jobject buffers[3] = {first, second, third};
  uint8_t *starts[3] = {NULL, NULL, NULL};
  for (int i = 0; i < 3; i++) {
    if (!array && buffers[i]) starts[i] = (*env)->GetDirectBufferAddress(env, buffers[i]);
  }
  // Until it is released no function of Java's is called.
  uint8_t *const all = array ? (*env)->GetPrimitiveArrayCritical(env, array, NULL) : NULL;
  if (array && !all) return;
  for (int i = 0; i < 3; i++) {
    uint8_t *const start = all ? all : starts[i];
    image.planes[i] = start && place[3 + i] ? start + place[i] : NULL;
    image.strides[i] = (size_t)place[3 + i];
  }
  o2m_error error = {.code = O2M_OK};
  const bool named = image.format != ANY_420 || name_format(of, &image, (size_t)pixel_stride);
  if (named)
    prepare(of, &image, &error);
  else
    error = (o2m_error){.code = O2M_ERROR_MEMORY, .offset = UINT64_MAX, .expected = (uint64_t)image.width * image.height / 2};
  if (all) (*env)->ReleasePrimitiveArrayCritical(env, array, all, JNI_ABORT);
  if (error.code != O2M_OK) o2m_throw(env, &error, of->model);
}
