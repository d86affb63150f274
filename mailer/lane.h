/* One sender thread's work: a batch of messages over one connection. Only sender.c uses it.
 *
 * Order of events for message n, the lease being committed before any of them:
 *   n is rendered while n-1 is being settled; before the final dot of n the settling of n-1 is
 * durable; the relay's reply to n is queued to the writer at once. */
#pragma once

#include "base/keyring.h"
#include "mailer/sender.h"
#include "mailer/transport.h"
#include "store/writer.h"
#include "templates/catalog.h"

#include <glib.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/* What all lanes share; they only read it. */
typedef struct {
    const SenderSettings *settings;
    const char *db_path;
    Transport *transport;
    Writer *writer;
    const Catalog *catalog;
    const Keyring *keyring;
    int64_t owner;
    atomic_bool *stopping; /* begin no further message */
} LaneShared;

typedef struct Lane Lane;

Lane *lane_open(const LaneShared *shared, GError **error);
void lane_close(Lane *lane);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Lane, lane_close)

typedef enum {
    LANE_IDLE,         /* nothing is due */
    LANE_SENT,         /* a batch was worked off, or the relay at least answered for some of it */
    LANE_RELAY_FAILED, /* the relay answered for none of it */
    LANE_STORE_FAILED, /* the database did not do its part; the lease stays, and runs out */
} LaneResult;

/* Leases a batch and sends it. `error` is set for the last two, and for LANE_SENT may be. */
LaneResult lane_run(Lane *lane, SenderCounts *out_counts, GError **error);

/* When the next row comes due, as outbox_next_due. */
bool lane_next_due(Lane *lane, int64_t *out_at_us, GError **error);
