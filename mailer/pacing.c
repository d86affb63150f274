#include "mailer/pacing.h"

#include <stdbool.h>
#include <string.h>

#define RETRY_FIRST_US     (5 * CLOCK_MINUTE_US)
#define RETRY_MAX_US       (4 * CLOCK_HOUR_US)
#define RECONNECT_FIRST_US (1 * CLOCK_SECOND_US)
#define THROTTLE_FIRST_US  (1 * CLOCK_MINUTE_US)
#define THROTTLE_MAX_US    (15 * CLOCK_MINUTE_US)
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

int64_t pacing_throttle_us(guint times, uint32_t random) {
    return backoff(times, THROTTLE_FIRST_US, THROTTLE_MAX_US, random);
}

/* "00:05:00" or "05:00" after the number that has been read; 0 if it is not one. */
static int64_t clock_time(int64_t first, const char *rest) {
    int64_t parts[3] = {first, 0, 0};
    guint count = 1;
    while (*rest == ':' && g_ascii_isdigit(rest[1]) && count < G_N_ELEMENTS(parts)) {
        char *end = NULL;
        parts[count++] = (int64_t)g_ascii_strtoull(rest + 1, &end, 10);
        rest = end;
    }
    switch (count) {
    case 2:
        return (parts[0] * 60 + parts[1]) * CLOCK_SECOND_US;
    case 3:
        return ((parts[0] * 60 + parts[1]) * 60 + parts[2]) * CLOCK_SECOND_US;
    default:
        return 0;
    }
}

static int64_t unit_us(const char *word) {
    while (*word == ' ') {
        word++;
    }
    switch (g_ascii_tolower(*word)) {
    case 's':
        return CLOCK_SECOND_US;
    case 'm':
        return CLOCK_MINUTE_US;
    case 'h':
        return CLOCK_HOUR_US;
    default:
        return 0;
    }
}

/* The first duration after a word that speaks of waiting. */
int64_t pacing_hint_us(const char *reply) {
    static const char *const words[] = {"greylist",  "graylist",  "retry",       "try again",
                                        "try later", "come back", "deferred for"};
    g_autofree char *text = g_ascii_strdown(reply, -1);
    const char *from = NULL;
    for (guint i = 0; i < G_N_ELEMENTS(words); i++) {
        const char *found = strstr(text, words[i]);
        from = found != NULL && (from == NULL || found < from) ? found : from;
    }
    for (const char *p = from; p != NULL && *p != '\0'; p++) {
        bool starts = g_ascii_isdigit(*p) && (p[-1] == ' ' || p[-1] == '(');
        if (!starts) {
            continue;
        }
        char *end = NULL;
        int64_t number = (int64_t)MIN(g_ascii_strtoull(p, &end, 10), 100000);
        int64_t asked_us = *end == ':' ? clock_time(number, end) : number * unit_us(end);
        if (asked_us > 0) {
            return MIN(asked_us, RETRY_MAX_US);
        }
        p = end - 1;
    }
    return 0;
}
