/* Waiting for a condition no longer than until an instant of the monotonic clock, in microseconds
 * as g_get_monotonic_time() has it. */
#pragma once

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

/* A condition for patience_wait; pthread_cond_destroy ends it. */
void patience_init(pthread_cond_t *condition);

/* As pthread_cond_timedwait; false once the time is over. */
bool patience_wait(pthread_cond_t *condition, pthread_mutex_t *mutex, int64_t until_us);
