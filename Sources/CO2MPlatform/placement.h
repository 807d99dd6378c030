// Keeps the threads of a pool on CPUs of their own.
//
// Linux may wake a thread on the CPU of the thread that wakes it, though another is idle; then it waits for the end of a time slice,
// some milliseconds, and a short inference is over before it begins. So whoever is about to wake sleepers narrows the CPUs of those
// that would collide; a thread that wakes takes all of its CPUs back, and the system may move it as before. Elsewhere: nothing.
#ifndef O2M_PLACEMENT_H
#define O2M_PLACEMENT_H

#include <stdatomic.h>
#include <stdint.h>

#if defined(__linux__)
#include <sched.h>
#include <sys/types.h>

struct placement {
  _Atomic int32_t cpu;  // where the thread last noted itself, counted from 1; 0 before
  _Atomic pid_t thread;
  _Atomic int state;  // of `allowed`: free, being written, or what the thread takes back
  cpu_set_t allowed;
};

#else

struct placement {
  char nothing;
};

#endif

// By the thread `index` of `count`, before it sleeps: notes where it runs.
void o2m_placement_note(struct placement *placements, uint32_t index);

// By the thread `index`, when it begins and once it is awake: takes back the CPUs that o2m_placement_spread kept it from, and leaves the
// CPU on which it finds itself if another has noted that.
void o2m_placement_settle(struct placement *placements, uint32_t count, uint32_t index);

// By the thread 0, before it wakes the others: sends those that noted the CPU of one before them to CPUs that none of them noted. Does
// nothing where there are none left.
void o2m_placement_spread(struct placement *placements, uint32_t count);

#endif
