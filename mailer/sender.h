/* Sends what is due: threads that lease messages, render them, hand them to the relay and settle
 * them.
 *
 * Only one process at a time sends for a database: a lock beside the database file holds it, and
 * dies with the process. That is why the leases of a sender that was killed can be taken up at
 * once. */
#pragma once

#include "base/keyring.h"
#include "mailer/dkim.h"
#include "mailer/logo.h"
#include "mailer/relay_list.h"
#include "store/writer.h"
#include "templates/catalog.h"

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

enum { SENDER_BATCH_MAX = 1000, SENDER_RAMP_UP_MAX = 24 * 60 };

/* Texts are copied; what is pointed to otherwise must outlive the sender. */
typedef struct {
    const GPtrArray *relays; /* of Relay, at least one, by priority: relay_list_parse */
    const char *from_address;
    const char *from_name;
    const char *reply_to;          /* "" for none */
    const char *return_path;       /* "" for from_address */
    bool verp;                     /* a return path of its own for each message (verp.h) */
    const char *base_url;          /* "https://vetkoll.example.se", without a final slash */
    const Logo *logo;              /* NULL for none */
    const Signer *dkim;            /* NULL: unsigned */
    guint messages_per_connection; /* 1..SENDER_BATCH_MAX */
    guint ramp_up_minutes;         /* 0..SENDER_RAMP_UP_MAX: relay_pool.h */
    const char *domain_rates;      /* relay_pool.h; "" for none */
    bool quiet;                    /* faults are told by sender_drain, not logged */
} SenderSettings;

typedef struct Sender Sender;

/* Starts the threads. BUSY if another process is sending; INPUT for bad settings. */
Sender *sender_start(const SenderSettings *settings, const char *db_path, Writer *writer,
                     const Catalog *catalog, const Keyring *keyring, GError **error);

/* There may be something due now. Cheap; from any thread. */
void sender_wake(Sender *sender);

/* What was settled since the start. */
DeliveryCounts sender_counts(Sender *sender);

/* Begins no further message, settles those in flight, ends the threads. Call before the writer
 * closes. */
void sender_stop(Sender *sender);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Sender, sender_stop)

/* Sends all that is due now, with a sender that has been started, and ends it: what is deferred
 * stays for the next time. Fails with the relay's error if it could not be reached. */
bool sender_drain(Sender *take_sender, DeliveryCounts *out, GError **error);
