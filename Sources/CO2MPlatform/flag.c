// A flag between threads.
#include "o2m_platform.h"

void o2m_flag_raise(int32_t *flag) { __atomic_store_n(flag, 1, __ATOMIC_RELEASE); }
int o2m_flag_is_up(const int32_t *flag) { return __atomic_load_n(flag, __ATOMIC_RELAXED) != 0; }
int o2m_flag_take(int32_t *flag) { return __atomic_exchange_n(flag, 0, __ATOMIC_ACQUIRE) != 0; }
