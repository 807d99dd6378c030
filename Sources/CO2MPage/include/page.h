// The parts of the page that `dump --format html` writes: readable files of this folder, taken in by the compiler.
#ifndef O2M_PAGE_H
#define O2M_PAGE_H

#include <stddef.h>

struct o2m_page_part {
  const char *name;
  const unsigned char *bytes;
  size_t count;
};

// The parts in their order: the frame with its places for the others, the style, then the scripts.
size_t o2m_page_parts(const struct o2m_page_part **parts);

#endif
