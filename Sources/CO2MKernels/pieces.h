// How work is cut for the pool: pieces of about this many elements, so that handing one out costs little beside it.
#ifndef O2M_PIECES_H
#define O2M_PIECES_H

#include <stddef.h>

enum { O2M_PIECE = 4096 };

// Items of `elements` elements each that make one piece; at least 1.
static inline size_t o2m_grain(size_t elements) { return elements >= O2M_PIECE ? 1 : O2M_PIECE / (elements > 0 ? elements : 1); }

#endif
