#include "mailer/pacing.h"

#define RETRY_FIRST_US     (5 * CLOCK_MINUTE_US)
#define RETRY_MAX_US       (4 * CLOCK_HOUR_US)
#define RECONNECT_FIRST_US (1 * CLOCK_SECOND_US)
#define RECONNECT_MAX_US   (5 * CLOCK_MINUTE_US)

/* first * 2^(n-1), at most `max`, then 80..120 % of it. */
static int64_t backoff(guint n, int64_t first_us, int64_t max_us, uint32_t random) {
    g_assert(n >= 1);
    int64_t delay_us = first_us;
    for (guint i = 1; i < n && delay_us < max_us; i++) {
        delay_us *= 2;
    }
    delay_us = MIN(delay_us, max_us);
    return delay_us - delay_us / 5 + (delay_us / 5 * 2 / 1000) * (int64_t)(random % 1001);
}

int64_t pacing_retry_us(guint attempts, uint32_t random) {
    return backoff(attempts, RETRY_FIRST_US, RETRY_MAX_US, random);
}

int64_t pacing_reconnect_us(guint failures, uint32_t random) {
    return backoff(failures, RECONNECT_FIRST_US, RECONNECT_MAX_US, random);
}
