#include "web/rate_limit.h"

#include <pthread.h>
#include <string.h>

/* Networks that are remembered: so many sets, one of which is a network's by its hash. */
enum { SET_COUNT = 4096, SET_SIZE = 4 };

typedef struct {
    Network network;
    int64_t full_at_us; /* when it has all of its burst again; 0: a free place */
} Bucket;

struct RateLimit {
    int64_t step_us; /* one more */
    int64_t span_us; /* the whole burst */
    guint64 seed;    /* so that nobody can choose to share a set with others */
    pthread_mutex_t lock;
    Bucket buckets[SET_COUNT][SET_SIZE];
};

RateLimit *rate_limit_new(guint burst, guint per_minute) {
    RateLimit *limit = g_new0(RateLimit, 1);
    limit->step_us = 60 * G_USEC_PER_SEC / per_minute;
    limit->span_us = limit->step_us * burst;
    limit->seed = (guint64)g_random_int() << 32 | g_random_int();
    pthread_mutex_init(&limit->lock, NULL);
    return limit;
}

void rate_limit_free(RateLimit *limit) {
    if (limit) {
        pthread_mutex_destroy(&limit->lock);
        g_free(limit);
    }
}

static guint set_of(const RateLimit *limit, const Network *network) {
    guint64 hash = limit->seed;
    for (guint i = 0; i < sizeof network->bytes; i++) {
        hash = (hash ^ network->bytes[i]) * G_GUINT64_CONSTANT(0x9e3779b97f4a7c15);
        hash ^= hash >> 29;
    }
    return (guint)(hash % SET_COUNT);
}

/* The network's place, or the one that has been quiet for longest, made its. */
static Bucket *bucket_of(RateLimit *limit, const Network *network) {
    Bucket *set = limit->buckets[set_of(limit, network)];
    Bucket *oldest = &set[0];
    for (guint i = 0; i < SET_SIZE; i++) {
        if (set[i].full_at_us != 0 && memcmp(&set[i].network, network, sizeof *network) == 0) {
            return &set[i];
        }
        oldest = set[i].full_at_us < oldest->full_at_us ? &set[i] : oldest;
    }
    *oldest = (Bucket){.network = *network};
    return oldest;
}

bool rate_limit_take(RateLimit *limit, const Network *network, int64_t now_us) {
    Network site = network_site(network);
    pthread_mutex_lock(&limit->lock);
    Bucket *bucket = bucket_of(limit, &site);
    int64_t full_at_us = MAX(bucket->full_at_us, now_us) + limit->step_us;
    /* A clock that was set back leaves nobody shut out for longer than a burst takes. */
    bool left =
        full_at_us - now_us <= limit->span_us || bucket->full_at_us > now_us + 2 * limit->span_us;
    bucket->full_at_us = left ? MIN(full_at_us, now_us + limit->span_us) : bucket->full_at_us;
    pthread_mutex_unlock(&limit->lock);
    return left;
}
