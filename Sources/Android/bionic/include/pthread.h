#ifndef O2M_BIONIC_PTHREAD_H
#define O2M_BIONIC_PTHREAD_H

#include <stdint.h>

typedef long pthread_t;
typedef struct pthread_attr_t pthread_attr_t;
typedef long pthread_condattr_t;
typedef long pthread_mutexattr_t;

// Zeros are what the initializers of a plain mutex and condition are.
typedef struct {
  int32_t parts[10];
} pthread_mutex_t;
typedef struct {
  int32_t parts[12];
} pthread_cond_t;

int pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*body)(void *), void *argument);
int pthread_join(pthread_t thread, void **result);
int pthread_mutex_init(pthread_mutex_t *mutex, const pthread_mutexattr_t *attributes);
int pthread_mutex_destroy(pthread_mutex_t *mutex);
int pthread_mutex_lock(pthread_mutex_t *mutex);
int pthread_mutex_unlock(pthread_mutex_t *mutex);
int pthread_cond_init(pthread_cond_t *condition, const pthread_condattr_t *attributes);
int pthread_cond_destroy(pthread_cond_t *condition);
int pthread_cond_wait(pthread_cond_t *condition, pthread_mutex_t *mutex);
int pthread_cond_signal(pthread_cond_t *condition);
int pthread_cond_broadcast(pthread_cond_t *condition);

#endif
