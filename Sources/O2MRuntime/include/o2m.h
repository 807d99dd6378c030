// onnx2mobile's runtime: runs a bundle that `onnx2mobile convert` wrote.
//
//   o2m_error error;
//   o2m_model *model = o2m_model_open("digits.o2m", 0, &error);
//   o2m_session *session = o2m_session_create(model, 2, &error);
//   memcpy(o2m_session_input(session, 0), pixels, sizeof pixels);
//   if (o2m_session_run(session, &error) == O2M_OK) use(o2m_session_output(session, 0));
//   o2m_session_destroy(session);
//   o2m_model_close(model);
//
// Threads: a model never changes; any number of threads and sessions may use one at the same time. A session belongs to one
// thread at a time, but for o2m_session_cancel; it may move to another between calls. Functions on different sessions never wait for each
// other.
//
// Errors: a function that can fail takes an o2m_error, which may be NULL, and clears it when it succeeds. Nothing here prints,
// aborts on a damaged file, or sets a handler. A model or session that is NULL makes getters return 0 or NULL.
//
// Memory: arena and inputs are allocated by o2m_session_create; o2m_session_run allocates nothing.
#ifndef O2M_H
#define O2M_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// The version of this header, major << 16 | minor << 8 | patch, and of the library.
#define O2M_VERSION 0x000200
uint32_t o2m_version(void);

typedef struct o2m_model o2m_model;
typedef struct o2m_session o2m_session;

// Errors

// The numbers are kept for ever; new ones may be added.
enum {
  O2M_OK = 0,
  O2M_ERROR_OPEN = 1,             // the file cannot be opened or mapped: `system` is the errno value
  O2M_ERROR_MEMORY = 2,           // `expected` bytes are not to be had
  O2M_ERROR_DAMAGED = 3,          // the bundle contradicts itself at `offset`; `found` and `expected` where there are numbers
  O2M_ERROR_TRUNCATED = 4,        // the bundle says `expected` bytes, there are `found`
  O2M_ERROR_HASH = 5,             // the section at `offset` does not have its hash
  O2M_ERROR_NOT_A_BUNDLE = 6,     // the first bytes are not a bundle's
  O2M_ERROR_VERSION = 7,          // format `found` is newer than `expected`, the newest known; major << 16 | minor
  O2M_ERROR_COMPRESSED = 8,       // the download form: `onnx2mobile unpack` makes the installed form, or link O2MUnpack
  O2M_ERROR_UNSUPPORTED = 9,      // a required section, operator or kernel, number `found`, is not in this build;
                                  // `detail` is 1 for an operator's number, 2 for that of a node whose kernel was left out
  O2M_ERROR_ARGUMENT = 10,        // a NULL, misaligned or out-of-range argument; `found` is its value, `expected` the limit; where
                                  // `detail` is below 2³² and not 0, the bundle does not begin at a multiple of it; detail >> 32 is what
                                  // of a picture it is: 1 a side, 2 its rotation, 3 its crop, 4 a stride, which `expected` bytes do not
                                  // fit into, 5 a plane, 6 format, matrix or range, 7 a side of a map of classes
  O2M_ERROR_THREADS = 11,         // `expected` threads cannot be had
  O2M_ERROR_RUN = 12,             // node number `found` refused its inputs: o2m_model_node_operator and o2m_model_node_output name it; for
                                  // an index outside its axis `detail` is the index (signed) and `expected` where the axis ends, else 0;
                                  // a loop that wants to go on after `expected` turns has the `detail` 2⁶³
  O2M_ERROR_SELF_TEST = 13,       // `found` of `expected` outputs are not what the original model gave; both 0 where the bundle
                                  // failed when it was made
  O2M_ERROR_NO_CERTIFICATE = 14,  // there is nothing to test the bundle with
  O2M_ERROR_UNPREPARED = 15,      // the bundle does not say how a picture becomes its input: convert it again, with --preprocess
  O2M_ERROR_PICTURE = 16,         // a picture of `found`, width << 32 | height, is smaller than the crop, `expected`; or, prepared, does
                                  // not fill the input with `detail` channels, where `expected` is 0
  O2M_ERROR_CANCELLED = 17,       // o2m_session_cancel ended the run
  O2M_ERROR_NO_CLASSES = 18,      // no output is a row of class scores
  O2M_ERROR_NO_TASK = 19,  // the bundle does not say how its outputs are boxes, where `expected` is 1, or a map of classes: convert it
                           // again, with --task
  O2M_ERROR_SHAPE = 20,    // the bundle does not take a shape: `detail` is input << 32 | axis, `found` the extent and `expected` the
                           // most it may be, or what it was before where the file gives two axes one name; an axis of 2^32 - 1
                           // stands for the rank. Where `detail` is UINT64_MAX, node `found` refuses what follows from the shapes
  O2M_ERROR_STATE = 21,    // bytes are no saved state, or damaged, where `detail` is 0; 1: of another model; 2: of other extents of input
                           // `found`; 3: of a resize, after which input `found` would not have the extents of output `expected`
  O2M_ERROR_BUSY = 22,     // another thread uses the session
};

// What went wrong, as numbers. 40 bytes.
typedef struct o2m_error {
  int32_t code;
  int32_t system;   // errno value, else 0
  uint64_t offset;  // byte in the bundle; UINT64_MAX where there is none
  uint64_t found;
  uint64_t expected;
  uint64_t detail;  // as the code says, else for a report to the runtime's authors
} o2m_error;

// Writes the error as one English line: lower case, the numbers, no final period. See o2m_model_input_name for `capacity`.
size_t o2m_error_text(const o2m_error *error, char *text, size_t capacity);

// Models

enum {
  O2M_TRUSTED = 1u << 0,  // do not hash the sections: the file is one that `unpack` verified and nobody else can write
};

// Maps an installed bundle. The file must not be truncated or written while the model or a session of it lives. `flags` is 0 or
// O2M_TRUSTED. NULL on error.
o2m_model *o2m_model_open(const char *path, uint32_t flags, o2m_error *error);

// Uses an installed bundle that lies in memory at a multiple of 64. It is not copied: the bytes must stay as they are until the
// model and its sessions are gone. NULL on error.
o2m_model *o2m_model_from_memory(const void *bytes, size_t size, uint32_t flags, o2m_error *error);

// Maps an installed bundle that lies in an open file, as an uncompressed asset in an app's package does: `size` bytes from `offset` on; a
// size of 0 takes all that follow. Nothing is copied. The offset is a multiple of 64, of no page; the file may be closed afterwards.
o2m_model *o2m_model_open_descriptor(int file, uint64_t offset, uint64_t size, uint32_t flags, o2m_error *error);

// Gives the model up; NULL is allowed. Its sessions go on, and the mapping ends with the last of them.
void o2m_model_close(o2m_model *model);

uint32_t o2m_model_input_count(const o2m_model *model);
uint32_t o2m_model_output_count(const o2m_model *model);

// Copies the name, UTF-8, ended by NUL, cut to `capacity` bytes with the NUL. Returns the length of the whole name without NUL, so
// that a capacity of 0 (then `name` may be NULL) asks for it; 0 when there is no such input.
size_t o2m_model_input_name(const o2m_model *model, uint32_t index, char *name, size_t capacity);
size_t o2m_model_output_name(const o2m_model *model, uint32_t index, char *name, size_t capacity);

// The node that an o2m_error numbers: its ONNX operator, such as "Gather", and the first tensor of the original model that it gives. They
// read the bundle and allocate. 0 when there is no such node, and for the tensor when the bundle was stripped of names.
size_t o2m_model_node_operator(const o2m_model *model, uint64_t node, char *name, size_t capacity);
size_t o2m_model_node_output(const o2m_model *model, uint64_t node, char *name, size_t capacity);

// The labels of the classes, in the order of the output's elements; 0 when the bundle has none.
uint32_t o2m_model_label_count(const o2m_model *model);
size_t o2m_model_label(const o2m_model *model, uint32_t index, char *label, size_t capacity);

// Element types, numbered as in ONNX's TensorProto.DataType.
enum {
  O2M_FLOAT32 = 1,
  O2M_UINT8 = 2,
  O2M_INT8 = 3,
  O2M_UINT16 = 4,
  O2M_INT16 = 5,
  O2M_INT32 = 6,
  O2M_INT64 = 7,
  O2M_BOOL = 9,
  O2M_FLOAT16 = 10,
  O2M_FLOAT64 = 11,
  O2M_UINT32 = 12,
  O2M_UINT64 = 13,
};

enum { O2M_MAX_RANK = 8 };

// The type and shape of an input or output. 88 bytes. Elements lie row-major, without gaps, in the byte order of the machine.
typedef struct o2m_tensor {
  int32_t type;
  uint32_t rank;
  uint64_t dims[O2M_MAX_RANK];  // the first `rank` count, the others are 0
  uint64_t size_bytes;
  uint64_t elements;
} o2m_tensor;

// O2M_OK or O2M_ERROR_ARGUMENT.
int32_t o2m_model_input(const o2m_model *model, uint32_t index, o2m_tensor *tensor);
int32_t o2m_model_output(const o2m_model *model, uint32_t index, o2m_tensor *tensor);

// What an extent may be: `minimum`, or a number of `step`s above it, up to `maximum`. 24 bytes.
typedef struct o2m_range {
  uint64_t minimum;
  uint64_t maximum;
  uint64_t step;
} o2m_range;

// What o2m_session_resize takes for an axis of an input; minimum and maximum are one number where the extent is fixed. O2M_OK or
// O2M_ERROR_ARGUMENT.
int32_t o2m_model_input_range(const o2m_model *model, uint32_t index, uint32_t axis, o2m_range *range);

// Writes the error as o2m_error_text does, with the names that its numbers have in the model: of a node, or of an input and what its axis
// may be. It reads the bundle and allocates.
size_t o2m_model_error_text(const o2m_model *model, const o2m_error *error, char *text, size_t capacity);

// The output that becomes the contents of an input when a run has ended well, where the bundle was made with `--state`; UINT32_MAX where
// the caller gives the input, or there is none.
uint32_t o2m_model_input_state(const o2m_model *model, uint32_t index);

// Bytes that each session allocates for its arena; its inputs take theirs beside it.
size_t o2m_model_arena_bytes(const o2m_model *model);

// Sessions

// A session with `threads` threads, the calling one among them; 1 makes no thread, 0 takes one per CPU. The results do not depend
// on the number. NULL on error.
//
// On Linux a run may narrow the CPUs of the session's own threads while it wakes them, so that they do not share one; they take
// back all that they had once they are awake. The calling thread's CPUs are never changed.
o2m_session *o2m_session_create(const o2m_model *model, uint32_t threads, o2m_error *error);

// The same with flags.
enum {
  // Inputs lie in the arena, where a run may use their memory for something else: a session takes fewer bytes, and every input but state is
  // written before every run.
  O2M_SHARED_INPUTS = 1,
};
o2m_session *o2m_session_create_with(const o2m_model *model, uint32_t threads, uint32_t flags, o2m_error *error);

// Ends the run that is going on before its next step, or else the next one before its first, with O2M_ERROR_CANCELLED. Any thread may call
// it while another runs the session; nobody while the session is destroyed.
void o2m_session_cancel(o2m_session *session);

// What came of a self-test. 40 bytes.
typedef struct o2m_self_test {
  uint32_t cases;     // inputs that the model was run on
  uint32_t failures;  // outputs that differ by more than they may
  uint64_t values;    // numbers that were compared
  double max_error;   // the largest difference of an element
  double sqnr_db;     // the least signal-to-noise ratio of an output of floats, 200 at most
  double share;       // the largest share of what an output may differ by that one does; above 1 it fails
} o2m_self_test;

// Runs the bundle's certificate on a session of its own: its inputs, which the bundle holds or makes from a seed, and beside the outputs
// what the original model gave. Integers must be equal; floats may differ as far as the bundle's threshold and the arithmetic of float32
// allow. O2M_OK, or the code that `error` holds. `result` may be NULL; it holds zeros where nothing was run. It allocates the session and
// copies of inputs and outputs, and gives all of it up.
int32_t o2m_model_self_test(const o2m_model *model, uint32_t threads, o2m_self_test *result, o2m_error *error);

// Stops the session's threads and frees its arena; NULL is allowed.
void o2m_session_destroy(o2m_session *session);

// Where the input's elements belong: `size_bytes` of its o2m_tensor, aligned to 64. They stay over runs, and are 0 before they are written.
// NULL when there is no such input.
void *o2m_session_input(o2m_session *session, uint32_t index);

// Gives the inputs other shapes, one o2m_tensor for each, of which `rank` and `dims` count: types, places in memory and kernels follow,
// weights stay as they are. What inputs and outputs held is lost, and pointers to them are to be asked for again. A bundle says which
// extents it takes; one whose extents are all fixed takes its own. A rank of UINT32_MAX for an input that is state is the shape that
// follows from those of the other inputs. O2M_OK, or the code that `error` holds: then the session keeps the shapes it had.
int32_t o2m_session_resize(o2m_session *session, const o2m_tensor *shapes, uint32_t count, o2m_error *error);

// The type and shape that an input or output of the session has now. O2M_OK or O2M_ERROR_ARGUMENT. An output whose length depends on data
// has the shape that the last run found, which may have no elements; before the first run, and in o2m_model_output, it is the largest there
// can be.
int32_t o2m_session_input_shape(const o2m_session *session, uint32_t index, o2m_tensor *tensor);
int32_t o2m_session_output_shape(const o2m_session *session, uint32_t index, o2m_tensor *tensor);

// State
//
// An input for which o2m_model_input_state names an output is state: the session keeps it. It is zeros before the first run, or what the
// bundle says; a run that ends well makes it what the output is, one that fails or is cancelled leaves it. The caller need not write it and
// may, at o2m_session_input. o2m_session_resize leaves it where its own extents stay, and resets it elsewhere.

// Makes all state what it is before the first run: a new stream begins.
void o2m_session_reset_state(o2m_session *session);

// Bytes that o2m_session_save_state writes at the session's shapes.
size_t o2m_session_state_size(const o2m_session *session);

// Writes the state to `bytes`, of which there are `size`, so that another session of this model, in another process too, can go on with it.
// O2M_OK, or the code that `error` holds.
int32_t o2m_session_save_state(const o2m_session *session, void *bytes, size_t size, o2m_error *error);

// Makes the state what o2m_session_save_state wrote; `size` is what it was there. Bytes of another model, of other extents, or damaged ones
// are O2M_ERROR_STATE: then the session keeps the state it had. Nothing in them is trusted.
int32_t o2m_session_restore_state(o2m_session *session, const void *bytes, size_t size, o2m_error *error);

// Pictures

// How pixels lie in memory.
enum {
  O2M_IMAGE_GRAY = 1,  // one byte
  O2M_IMAGE_RGB = 2,
  O2M_IMAGE_RGBA = 3,  // the fourth byte is not read
  O2M_IMAGE_BGRA = 4,
  O2M_IMAGE_NV12 = 5,  // luma; and for each 2 x 2 pixels U and V beside each other, in a second plane
  O2M_IMAGE_NV21 = 6,  // V before U
  O2M_IMAGE_I420 = 7,  // luma, U, V: three planes
};

// How luma and chroma are made of red, green and blue: ITU-R BT.601 (Android's cameras, JPEG) or BT.709.
enum { O2M_BT601 = 0, O2M_BT709 = 1 };

// Luma in 16 to 235 and chroma in 16 to 240, or both in 0 to 255.
enum { O2M_VIDEO_RANGE = 0, O2M_FULL_RANGE = 1 };

// A picture in the caller's memory. Zeros stand for what is usual, but for format, width, height and planes.
typedef struct o2m_image {
  uint32_t format;
  uint32_t matrix, range;  // of NV12, NV21 and I420
  uint32_t rotation;       // degrees to turn what is stored to the right until it stands upright: 0, 90, 180 or 270
  uint32_t mirror;         // not 0: the upright picture is mirrored, left to right
  uint32_t width, height;  // of what is stored
  uint32_t crop_left, crop_top, crop_width, crop_height;  // what of it counts, in stored pixels; no width and height mean all
  uint32_t reserved;                                      // 0
  const void *planes[3];                                  // the first row of each; rows from the top
  size_t strides[3];  // bytes from a row of a plane to the next; 0 where rows have no gaps. Nothing of the gaps is read
} o2m_image;

// Prepares a picture as `onnx2mobile convert --preprocess` said (resize, crop, scale, mean, std, layout, element type) and writes it to an
// input, bit by bit as `onnx2mobile run` does. A pixel's chroma is that of its 2 x 2 pixels; luma and chroma become 8-bit red, green and
// blue first, in whole numbers, within 0.504 of a level of the standard's formula. The first picture of a form (format, size, rotation,
// mirror, crop) allocates tables, which the session keeps for the last 4 of them; after that nothing is allocated. O2M_OK, or the code
// that `error` holds.
int32_t o2m_session_set_image(o2m_session *session, uint32_t input, const o2m_image *image, o2m_error *error);

// Runs the model on what stands in the inputs. O2M_OK, or the code that `error` holds.
int32_t o2m_session_run(o2m_session *session, o2m_error *error);

// A class and its share. 8 bytes.
typedef struct o2m_class {
  uint32_t label;     // the index of its label
  float probability;  // in 0 to 1; NaN where a score is not finite
} o2m_class;

// Prepares `image` for the input that takes it, runs the model, and writes the `top` best classes to `classes`, best first, and how many
// they are to `count`: the softmax or sigmoid that the bundle says, or softmax where scores are no shares yet. An image of NULL runs the
// model on what stands in the inputs. `count` may be NULL. O2M_OK, or the code that `error` holds.
int32_t o2m_session_classify(o2m_session *session, const o2m_image *image, uint32_t top, o2m_class *classes, uint32_t *count,
                             o2m_error *error);

// What a bundle says that its outputs are, from `onnx2mobile convert --task` and --labels.
enum {
  O2M_TASK_NONE = 0,
  O2M_TASK_DETECT = 1,    // o2m_session_detect
  O2M_TASK_SEGMENT = 2,   // o2m_session_segment
  O2M_TASK_CLASSIFY = 3,  // o2m_session_classify
};
uint32_t o2m_model_task(const o2m_model *model);

// A box around an object, in pixels of the picture as it is stored, from the left and top edges of its first pixel. 24 bytes.
typedef struct o2m_box {
  uint32_t label;             // the index of its label
  float score;                // in 0 to 1
  float x, y, width, height;  // within the picture, or within its crop
} o2m_box;

// Prepares `image` for the input that the bundle names, runs the model, and writes at most `most` boxes to `boxes`, best first, and how
// many they are to `count`, which may be NULL. The bundle says which boxes count: a least score, how many at most, and how far two of one
// class may overlap until the better one suppresses the other; equal scores keep the model's order. An image of NULL runs the model on what
// stands in the inputs; the boxes then lie in the picture that o2m_session_set_image took last, else in the input. The first call allocates
// memory to work in; after that nothing is allocated. O2M_OK, or the code that `error` holds.
int32_t o2m_session_detect(o2m_session *session, const o2m_image *image, uint32_t most, o2m_box *boxes, uint32_t *count, o2m_error *error);

// Replaces the least score of a box and the greatest share of their union in which two boxes may overlap, for the runs that follow. What is
// negative is as the bundle says; above 1 is O2M_ERROR_ARGUMENT.
int32_t o2m_session_set_box_limits(o2m_session *session, float score, float overlap, o2m_error *error);

// Prepares `image` for the input that the bundle names, runs the model, and writes `width` x `height` bytes to `map`, row by row: the class
// of each pixel of the picture as it is stored, scaled to that size, or 255 for what the model did not see, beside a crop. The model's
// scores are resized to the map, then the best counts. Sides are 1 to 8192. An image of NULL is one as for o2m_session_detect. The first
// map of a size and a form allocates tables; after that nothing is allocated. O2M_OK, or the code that `error` holds.
int32_t o2m_session_segment(o2m_session *session, const o2m_image *image, uint8_t *map, uint32_t width, uint32_t height, o2m_error *error);

// The elements of an output of the last run, aligned to 64. They are there until the next run begins or the session ends; where the output
// is an input, or inputs are shared, until one is written. NULL when there is no such output.
const void *o2m_session_output(const o2m_session *session, uint32_t index);

#ifdef __cplusplus
}
#endif
#endif
