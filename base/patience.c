#include "base/patience.h"

#include "base/clock.h"

#include <errno.h>
#include <time.h>

void patience_init(pthread_cond_t *condition) {
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(condition, &monotonic);
    pthread_condattr_destroy(&monotonic);
}

bool patience_wait(pthread_cond_t *condition, pthread_mutex_t *mutex, int64_t until_us) {
    const struct timespec until = {.tv_sec = until_us / CLOCK_SECOND_US,
                                   .tv_nsec = until_us % CLOCK_SECOND_US * 1000};
    return pthread_cond_timedwait(condition, mutex, &until) != ETIMEDOUT;
}
