/* Which relay may be used when: priority and failover, circuit breaker, ramp-up, and rates by relay
 * and by the recipient's domain.
 *
 * A state machine over instants that the caller gives, all of one clock in microseconds: it has no
 * clock, no threads and no I/O. The caller locks.
 *
 *   CLOSED --a failure--> OPEN --its time is over--> PROBE --good--> CLOSED
 *                           ^------------ bad ---------'
 *
 * A relay is in turn while no relay with a lower priority number is CLOSED; what is OPEN is tried
 * with one message when its time is over, in turn or not. A relay begins with one connection and
 * small batches; each message that it takes allows one connection more (as TCP's slow start, RFC
 * 5681 3.1, does with segments). */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct {
    guint priority;    /* lower is used first; equal ones share */
    guint connections; /* at most at a time */
    guint per_minute;  /* messages; 0: no limit */
} RelayLimits;

typedef struct {
    guint messages_per_connection;
    guint ramp_up_minutes;    /* in which a relay's rate grows from a tenth to the whole */
    const char *domain_rates; /* messages a minute by domain: "gmail.com=60 *=300"; "" for none */
} RelayPoolSettings;

typedef struct RelayPool RelayPool;

/* INPUT if domain_rates cannot be read. */
RelayPool *relay_pool_new(const RelayPoolSettings *settings, const RelayLimits *relays, guint count,
                          GError **error);
void relay_pool_free(RelayPool *pool);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(RelayPool, relay_pool_free)

typedef struct {
    guint max;        /* messages over this connection; 0: not now */
    int64_t until_us; /* ask again then; INT64_MAX: when something has ended */
} RelayTurn;

/* May a connection to the relay begin? If so, relay_pool_end must follow. */
RelayTurn relay_pool_begin(RelayPool *pool, guint relay, int64_t now_us);

typedef enum {
    RELAY_UNUSED, /* there was nothing to send */
    RELAY_GOOD,   /* it answered */
    RELAY_FAILED, /* no connection, or it answered for nothing */
} RelayVerdict;

typedef struct {
    RelayVerdict verdict;
    guint sent;      /* messages it took, told by relay_pool_taken or not */
    guint transient; /* that it put off */
    guint other;     /* that it refused for good */
    int64_t elapsed_us;
} RelayUse;

/* `random` spreads the next attempt at a relay that failed. */
void relay_pool_end(RelayPool *pool, guint relay, const RelayUse *use, uint32_t random,
                    int64_t now_us);

/* The relay took a message of a batch under way. True if that allows a connection more. */
bool relay_pool_taken(RelayPool *pool, guint relay);

/* Takes the relay's next place in time: when the next message to it may begin, `now_us` if there is
 * no rate. */
int64_t relay_pool_slot(RelayPool *pool, guint relay, int64_t now_us);

/* Is no relay usable: every one OPEN and not yet to be tried? */
bool relay_pool_exhausted(const RelayPool *pool, int64_t now_us);

/* How many of `want` messages to the domain may go now; they are counted as gone. */
guint relay_pool_grant(RelayPool *pool, const char *domain, guint want, int64_t now_us);

/* When at least one message to the domain may go. */
int64_t relay_pool_domain_ready(RelayPool *pool, const char *domain, int64_t now_us);
