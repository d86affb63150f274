#include "mailer/relay_pool.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/lang.h"
#include "mailer/pacing.h"

#include <string.h>

enum {
    RAMP_BATCH = 5,     /* messages over a connection, times the connections allowed so far */
    THROTTLED_MIN = 20, /* put off with none taken between: it is the relay, not the people */
    DOMAINS_KEPT = 4096,
    RATE_MAX = 1000 * 1000, /* messages a minute */
};

/* One batch should not take longer: what comes due meanwhile waits for its end. */
#define BATCH_US (10 * CLOCK_SECOND_US)

/* A relay that was not used for so long is ramped up anew. */
#define IDLE_US (1 * CLOCK_HOUR_US)

/* So much of a domain's rate may go at once. */
#define DOMAIN_BURST_US (10 * CLOCK_SECOND_US)

typedef enum { BREAKER_CLOSED, BREAKER_OPEN, BREAKER_PROBE } Breaker;

typedef struct {
    RelayLimits limits;
    Breaker breaker;
    int64_t open_until_us;
    guint failures;     /* in a row */
    guint throttles;    /* in a row, since it took a message */
    guint put_off;      /* messages, likewise */
    guint active;       /* connections in use */
    guint allowed;      /* connections */
    int64_t message_us; /* what a message takes on one connection; 0: not known */
    int64_t begun_us;   /* when this use of it began: the ramp of its rate */
    int64_t used_us;    /* last */
    int64_t next_us;    /* the next place in time */
} RelayState;

typedef struct {
    guint per_minute;
    int64_t next_us; /* theoretical arrival time of the next message (GCRA) */
} DomainState;

struct RelayPool {
    guint messages_per_connection;
    guint ramp_up_minutes;
    GHashTable *rates;   /* domain -> GUINT_TO_POINTER(messages a minute) */
    guint other_rate;    /* of every other domain; 0: none */
    GHashTable *domains; /* domain -> DomainState */
    guint count;
    RelayState relays[];
};

/* --- settings ------------------------------------------------------------------------------------
 */

static bool parse_rate(RelayPool *pool, const char *entry, GError **error) {
    const char *equals = strchr(entry, '=');
    guint64 rate = 0;
    if (equals == NULL || equals == entry ||
        !g_ascii_string_to_unsigned(equals + 1, 10, 1, RATE_MAX, &rate, NULL)) {
        return error_set(error, VK_ERROR_INPUT,
                         tr("mail.domain_per_minute: ”%s” ska vara domän=antal, t.ex. "
                            "gmail.com=60, eller *=300 för alla andra.",
                            "mail.domain_per_minute: “%s” must be domain=number, for example "
                            "gmail.com=60, or *=300 for all others."),
                         entry);
    }
    g_autofree char *domain = g_ascii_strdown(entry, equals - entry);
    if (strcmp(domain, "*") == 0) {
        pool->other_rate = (guint)rate;
    } else {
        g_hash_table_insert(pool->rates, g_steal_pointer(&domain), GUINT_TO_POINTER((guint)rate));
    }
    return true;
}

RelayPool *relay_pool_new(const RelayPoolSettings *settings, const RelayLimits *relays, guint count,
                          GError **error) {
    g_assert(count > 0 && settings->messages_per_connection > 0);
    g_autoptr(RelayPool) pool = g_malloc0(sizeof *pool + count * sizeof pool->relays[0]);
    pool->messages_per_connection = settings->messages_per_connection;
    pool->ramp_up_minutes = settings->ramp_up_minutes;
    pool->rates = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    pool->domains = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    pool->count = count;
    for (guint i = 0; i < count; i++) {
        g_assert(relays[i].connections > 0);
        pool->relays[i] = (RelayState){.limits = relays[i], .allowed = 1, .used_us = INT64_MIN / 2};
    }
    g_auto(GStrv) entries = g_strsplit_set(settings->domain_rates, " ,\t", -1);
    for (guint i = 0; entries[i] != NULL; i++) {
        if (entries[i][0] != '\0' && !parse_rate(pool, entries[i], error)) {
            return NULL;
        }
    }
    return g_steal_pointer(&pool);
}

void relay_pool_free(RelayPool *pool) {
    if (pool != NULL) {
        g_hash_table_unref(pool->rates);
        g_hash_table_unref(pool->domains);
        g_free(pool);
    }
}

/* --- relays --------------------------------------------------------------------------------------
 */

static bool is_in_turn(const RelayPool *pool, guint relay) {
    for (guint i = 0; i < pool->count; i++) {
        if (pool->relays[i].limits.priority < pool->relays[relay].limits.priority &&
            pool->relays[i].breaker == BREAKER_CLOSED) {
            return false;
        }
    }
    return true;
}

/* Microseconds between two messages to the relay; 0 without a rate. */
static int64_t message_interval(const RelayPool *pool, const RelayState *state, int64_t now_us) {
    if (state->limits.per_minute == 0) {
        return 0;
    }
    int64_t whole_us = CLOCK_MINUTE_US / state->limits.per_minute;
    int64_t ramp_us = (int64_t)pool->ramp_up_minutes * CLOCK_MINUTE_US;
    int64_t into_us = now_us - state->begun_us;
    if (into_us >= ramp_us) {
        return whole_us;
    }
    return (int64_t)((double)whole_us / (0.1 + 0.9 * (double)into_us / (double)ramp_us));
}

static guint batch_max(const RelayPool *pool, const RelayState *state, int64_t now_us) {
    int64_t max = pool->messages_per_connection;
    int64_t interval_us = message_interval(pool, state, now_us) * state->allowed;
    int64_t message_us = MAX(state->message_us, interval_us);
    if (message_us > 0) {
        max = MIN(max, BATCH_US / message_us);
    }
    if (state->allowed < state->limits.connections) {
        max = MIN(max, (int64_t)RAMP_BATCH * state->allowed);
    }
    return (guint)MAX(max, 1);
}

static RelayTurn not_before(int64_t until_us) {
    return (RelayTurn){.until_us = until_us};
}

static RelayTurn begin_closed(const RelayPool *pool, RelayState *state, int64_t now_us) {
    if (state->active >= state->allowed) {
        return not_before(INT64_MAX);
    }
    if (state->limits.per_minute > 0 && state->next_us > now_us) {
        return not_before(state->next_us);
    }
    if (now_us - state->used_us > IDLE_US) {
        state->begun_us = now_us;
    }
    state->used_us = now_us;
    state->active++;
    return (RelayTurn){.max = batch_max(pool, state, now_us), .until_us = now_us};
}

RelayTurn relay_pool_begin(RelayPool *pool, guint relay, int64_t now_us) {
    RelayState *state = &pool->relays[relay];
    switch (state->breaker) {
    case BREAKER_CLOSED:
        return is_in_turn(pool, relay) ? begin_closed(pool, state, now_us) : not_before(INT64_MAX);
    case BREAKER_OPEN:
        if (now_us < state->open_until_us) {
            return not_before(state->open_until_us);
        }
        state->breaker = BREAKER_PROBE;
        state->active++;
        return (RelayTurn){.max = 1, .until_us = now_us};
    case BREAKER_PROBE:
        return not_before(INT64_MAX);
    }
    g_assert_not_reached();
}

static void breaker_open(RelayState *state, int64_t pause_us, int64_t now_us) {
    state->breaker = BREAKER_OPEN;
    state->open_until_us = now_us + pause_us;
    state->allowed = 1;
}

bool relay_pool_taken(RelayPool *pool, guint relay) {
    RelayState *state = &pool->relays[relay];
    bool more = state->breaker == BREAKER_CLOSED && state->allowed < state->limits.connections;
    state->allowed += more;
    return more;
}

static void note_good(RelayState *state, const RelayUse *use) {
    guint answered = use->sent + use->transient + use->other;
    state->failures = 0;
    if (state->breaker != BREAKER_CLOSED) {
        state->allowed = CLAMP(state->active, 1, state->limits.connections);
    } else if (use->sent > 0) {
        state->allowed = MIN(state->allowed + 1, state->limits.connections);
    }
    state->breaker = BREAKER_CLOSED;
    if (answered > 0) {
        int64_t message_us = use->elapsed_us / answered;
        state->message_us =
            state->message_us == 0 ? message_us : (3 * state->message_us + message_us) / 4;
    }
}

void relay_pool_end(RelayPool *pool, guint relay, const RelayUse *use, uint32_t random,
                    int64_t now_us) {
    RelayState *state = &pool->relays[relay];
    g_assert(state->active > 0);
    state->active--;
    state->throttles = use->sent > 0 ? 0 : state->throttles;
    state->put_off = use->sent > 0 ? 0 : state->put_off + use->transient;
    switch (use->verdict) {
    case RELAY_UNUSED:
        if (state->breaker == BREAKER_PROBE) {
            breaker_open(state, 0, now_us);
        }
        break;
    case RELAY_FAILED:
        state->failures++;
        breaker_open(state, pacing_reconnect_us(state->failures, random), now_us);
        break;
    case RELAY_GOOD:
        if (state->put_off >= THROTTLED_MIN) {
            state->put_off = 0;
            state->throttles++;
            breaker_open(state, pacing_throttle_us(state->throttles, random), now_us);
        } else {
            note_good(state, use);
        }
        break;
    }
}

int64_t relay_pool_slot(RelayPool *pool, guint relay, int64_t now_us) {
    RelayState *state = &pool->relays[relay];
    int64_t interval_us = message_interval(pool, state, now_us);
    state->used_us = now_us;
    if (interval_us == 0) {
        return now_us;
    }
    int64_t slot_us = MAX(now_us, state->next_us);
    state->next_us = slot_us + interval_us;
    return slot_us;
}

bool relay_pool_exhausted(const RelayPool *pool, int64_t now_us) {
    for (guint i = 0; i < pool->count; i++) {
        const RelayState *state = &pool->relays[i];
        if (state->breaker != BREAKER_OPEN || state->open_until_us <= now_us) {
            return false;
        }
    }
    return true;
}

/* --- domains -------------------------------------------------------------------------------------
 */

static gboolean is_stale(gpointer domain, gpointer state, gpointer now_us) {
    (void)domain;
    return ((const DomainState *)state)->next_us <= *(const int64_t *)now_us;
}

/* NULL if the domain has no rate. */
static DomainState *find_domain(RelayPool *pool, const char *domain, int64_t now_us) {
    DomainState *state = g_hash_table_lookup(pool->domains, domain);
    if (state != NULL) {
        return state;
    }
    guint rate = GPOINTER_TO_UINT(g_hash_table_lookup(pool->rates, domain));
    rate = rate > 0 ? rate : pool->other_rate;
    if (rate == 0) {
        return NULL;
    }
    if (g_hash_table_size(pool->domains) >= DOMAINS_KEPT) {
        g_hash_table_foreach_remove(pool->domains, is_stale, &now_us);
    }
    state = g_new0(DomainState, 1);
    *state = (DomainState){.per_minute = rate, .next_us = now_us};
    g_hash_table_insert(pool->domains, g_strdup(domain), state);
    return state;
}

guint relay_pool_grant(RelayPool *pool, const char *domain, guint want, int64_t now_us) {
    DomainState *state = find_domain(pool, domain, now_us);
    if (state == NULL || want == 0) {
        return want;
    }
    int64_t interval_us = CLOCK_MINUTE_US / state->per_minute;
    int64_t ahead_us = MAX(state->next_us - now_us, 0);
    int64_t room = (MAX(DOMAIN_BURST_US, interval_us) - ahead_us) / interval_us;
    guint granted = (guint)CLAMP(room, 0, (int64_t)want);
    state->next_us = MAX(state->next_us, now_us) + granted * interval_us;
    return granted;
}

int64_t relay_pool_domain_ready(RelayPool *pool, const char *domain, int64_t now_us) {
    const DomainState *state = find_domain(pool, domain, now_us);
    if (state == NULL) {
        return now_us;
    }
    int64_t interval_us = CLOCK_MINUTE_US / state->per_minute;
    return MAX(now_us, state->next_us - MAX(DOMAIN_BURST_US, interval_us) + interval_us);
}
