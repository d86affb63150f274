/* One sender thread's work: a batch of messages over one connection. Only sender.c uses it.
 *
 * Order of events for message n, the lease being committed before any of them:
 *   the relay's reply to n-1 is noted and n is rendered; before the final dot of n that note is
 *   durable. The database takes the notes over now and then, and when the batch is over. */
#pragma once

#include "base/keyring.h"
#include "mailer/journal.h"
#include "mailer/lease.h"
#include "mailer/sender.h"
#include "mailer/transport.h"
#include "store/writer.h"
#include "templates/catalog.h"

#include <glib.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/* Who may go when: the sender's, called from any lane. */
typedef struct {
    gpointer data;
    void (*taken)(gpointer data, guint relay); /* by the relay: a message */
    /* Waits for the next message's place in time; false if the lanes are to stop. */
    bool (*wait_slot)(gpointer data, guint relay);
    LeaseGrant grant;
    DomainReady ready;
} LanePacing;

/* What all lanes share; they only read it. */
typedef struct {
    const SenderSettings *settings;
    const char *db_path;
    Writer *writer;
    Journal *journal;
    const Catalog *catalog;
    const Keyring *keyring;
    int64_t owner;
    atomic_bool *stopping; /* begin no further message */
    LanePacing pacing;
} LaneShared;

typedef struct Lane Lane;

/* A lane to the relay of that number. */
Lane *lane_open(const LaneShared *shared, Transport *transport, guint relay, GError **error);
void lane_close(Lane *lane);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Lane, lane_close)

typedef enum {
    LANE_IDLE,         /* nothing may go now */
    LANE_SENT,         /* a batch was worked off, or the relay at least answered for some of it */
    LANE_RELAY_FAILED, /* the relay answered for none of it */
    LANE_STORE_FAILED, /* the database did not do its part: lane_end, until it succeeds */
} LaneResult;

typedef struct {
    guint sent; /* as the relay answered */
    guint transient;
    guint permanent;
    DeliveryCounts settled; /* what the messages came to */
} LaneBatch;

/* Leases a batch of up to `max` and sends it. `error` is set for the last two, and for LANE_SENT
 * may be. */
LaneResult lane_run(Lane *lane, guint max, LaneBatch *out, GError **error);

/* Gives the database what it lacks of the latest batch, adding to `settled`; true if it lacks
 * nothing. Before the next lane_run, and before lane_close. What could not be settled is in the
 * journal. */
bool lane_end(Lane *lane, DeliveryCounts *settled, GError **error);

/* When the next row may go, as outbox_next_due. */
bool lane_next_due(Lane *lane, int64_t *out_at_us, GError **error);
