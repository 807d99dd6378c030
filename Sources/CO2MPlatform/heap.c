// malloc and its kin for WebAssembly, where a library brings its own: a third of wasi-libc's, for one thread.
//
// Memory is blocks without gaps, each behind a head that says how long it and the block in front are. A block that is given back becomes
// one with its free neighbours, and stands in the list of its power of two. A head with size 0 ends what the memory has grown to.
#include "o2m_platform.h"

#if O2M_ARCH_WASM

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { UNIT = 16, HEAD = 8, PAGE = 1 << 16, IN_USE = 1 };

struct block {
  size_t front, size;         // bytes with the head; `front` is 0 for the first block, and the last bit of `size` says whether it is used
  struct block *next, *last;  // in its list; only of a free block
};

static struct block *lists[32];
static uint32_t filled;      // a bit for each list that has a block
static struct block *final;  // the head that ends the memory

static size_t size_of(const struct block *b) { return b->size & ~(size_t)IN_USE; }
static struct block *behind(struct block *b) { return (struct block *)((char *)b + size_of(b)); }
static struct block *of_memory(void *memory) { return (struct block *)((char *)memory - HEAD); }
static void *memory_of(struct block *b) { return (char *)b + HEAD; }
static uint32_t list_of(size_t size) { return 31 - (uint32_t)__builtin_clz((uint32_t)size); }

// Bytes of a block for so many of the caller's; 0 where no memory has as many.
static size_t needed(size_t size) { return size > PTRDIFF_MAX - 4 * PAGE ? 0 : (size + HEAD + UNIT - 1) / UNIT * UNIT; }

static void take_out(struct block *b) {
  const uint32_t list = list_of(b->size);
  if (b->next) b->next->last = b->last;
  if (b->last) {
    b->last->next = b->next;
    return;
  }
  lists[list] = b->next;
  if (!b->next) filled &= ~(1u << list);
}

// Gives back `size` bytes from `b` on, of which the head says no more than `front`.
static void give_back(struct block *b, size_t size) {
  struct block *after = (struct block *)((char *)b + size);
  if (!(after->size & IN_USE)) {
    take_out(after);
    size += after->size;
  }
  if (b->front) {
    struct block *before = (struct block *)((char *)b - b->front);
    if (!(before->size & IN_USE)) {
      take_out(before);
      size += before->size;
      b = before;
    }
  }
  b->size = size;
  behind(b)->front = size;
  const uint32_t list = list_of(size);
  b->last = NULL;
  b->next = lists[list];
  if (b->next) b->next->last = b;
  lists[list] = b;
  filled |= 1u << list;
}

// Leaves a used block `size` bytes and gives back the rest.
static void cut(struct block *b, size_t size) {
  const size_t rest = size_of(b) - size;
  if (!rest) return;
  b->size = size | IN_USE;
  struct block *tail = behind(b);
  tail->front = size;
  give_back(tail, rest);
}

// A free block of at least `size` bytes; NULL where memory does not grow so far.
static struct block *grow(size_t size) {
  const size_t pages = (size + 2 * UNIT + PAGE - 1) / PAGE, end = __builtin_wasm_memory_size(0) * PAGE;
  extern char __heap_base;
  // The rest of the memory that the program began with is the heap's as well.
  char *start = final ? (char *)end : &__heap_base;
  if (__builtin_wasm_memory_grow(0, pages) == SIZE_MAX) return NULL;
  struct block *b = final;
  if (!b || (char *)b + HEAD != start) {
    b = (struct block *)(((uintptr_t)start + HEAD + UNIT - 1) / UNIT * UNIT - HEAD);
    b->front = 0;
  }
  final = (struct block *)((char *)(end + pages * PAGE) - HEAD);
  final->size = IN_USE;
  give_back(b, (size_t)((char *) final - (char *)b));
  return (struct block *)((char *) final - final->front);
}

static void *allocate(size_t size) {
  size = needed(size);
  struct block *b = NULL;
  if (size) {
    const uint32_t list = list_of(size), longer = filled & ~((2u << list) - 1);
    for (b = lists[list]; b && b->size < size;) b = b->next;
    if (!b) b = longer ? lists[__builtin_ctz(longer)] : grow(size);
  }
  if (!b) {
    errno = ENOMEM;
    return NULL;
  }
  take_out(b);
  b->size |= IN_USE;
  cut(b, size);
  return memory_of(b);
}

static void release(void *memory) {
  if (memory) give_back(of_memory(memory), size_of(of_memory(memory)));
}

static void *allocate_aligned(size_t alignment, size_t size) {
  if (alignment <= UNIT || !needed(size)) return allocate(size);
  char *all = allocate(size + alignment);
  if (!all) return NULL;
  char *memory = (char *)(((uintptr_t)all + alignment - 1) / alignment * alignment);
  struct block *whole = of_memory(all), *b = of_memory(memory);
  if (b != whole) {
    const size_t before = (size_t)(memory - all);
    b->front = before;
    b->size = (size_of(whole) - before) | IN_USE;
    behind(b)->front = size_of(b);
    give_back(whole, before);
  }
  cut(b, needed(size));
  return memory;
}

void *malloc(size_t size) { return allocate(size); }
void free(void *memory) { release(memory); }

void *calloc(size_t count, size_t size) {
  size_t bytes;
  if (__builtin_mul_overflow(count, size, &bytes)) bytes = SIZE_MAX;
  void *memory = allocate(bytes);
  return memory ? memset(memory, 0, bytes) : NULL;
}

void *realloc(void *memory, size_t size) {
  void *other = allocate(size);
  if (!other || !memory) return other;
  const size_t held = size_of(of_memory(memory)) - HEAD;
  memcpy(other, memory, held < size ? held : size);
  release(memory);
  return other;
}

void *aligned_alloc(size_t alignment, size_t size) { return allocate_aligned(alignment, size); }

int posix_memalign(void **memory, size_t alignment, size_t size) {
  void *found = allocate_aligned(alignment, size);
  if (!found) return ENOMEM;
  *memory = found;
  return 0;
}

#endif
