// Counts what the calling thread allocates: this target takes the place of malloc and its relatives in the test program.
#ifndef O2M_ALLOCATIONS_H
#define O2M_ALLOCATIONS_H

#include <stddef.h>

// Counts from zero on this thread until o2m_allocations_end, which gives the number of calls that asked for memory.
void o2m_allocations_begin(void);
size_t o2m_allocations_end(void);

// The bytes that were asked for between the last two of these calls.
size_t o2m_allocated_bytes(void);

// Whether this C library lets itself be counted.
int o2m_allocations_are_counted(void);

#endif
