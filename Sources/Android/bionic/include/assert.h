#ifndef O2M_BIONIC_ASSERT_H
#define O2M_BIONIC_ASSERT_H

#define static_assert _Static_assert
#define assert(condition) ((void)0)

#endif
