/* Taking messages from the outbox to send them, and saying what came of it.
 *
 * A lease is a batch of rows that one sender thread sends over one connection, in their order;
 * `owner` is a random number of the process. Every function is one step of the protocol on top of
 * outbox.c. */
#pragma once

#include "base/lang.h"
#include "mailer/delivery.h"
#include "store/db.h"

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct {
    int64_t outbox_id;
    int64_t mailing_id;
    int64_t link_id;
    int64_t lease_id;
    char *to_address;
    char *to_name;
    char *greeting_name;
    Lang locale;
} LeasedMail;

void leased_mail_free(LeasedMail *mail);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LeasedMail, leased_mail_free)

/* How many of `want` messages to the domain may go now; what it grants is leased. */
typedef guint (*LeaseGrant)(gpointer data, const char *domain, guint want);

typedef struct {
    int64_t owner;
    const char *relay; /* recorded with the attempts */
    guint max;
    LeaseGrant grant; /* NULL: all may go */
    gpointer grant_data;
} LeaseRequest;

/* Leases up to `max` rows that are due, unexpired and not held, and fails those that expired. Every
 * mailing and domain with something due gets an equal share, and their messages take turns: none
 * waits for the end of another. `out_leased` receives LeasedMail in sending order, empty if there
 * is nothing to do. */
bool outbox_lease(DbTx *tx, const LeaseRequest *request, int64_t now_us, GPtrArray **out_leased,
                  GError **error);

/* Ends a lease whose connection is over: takes its notes over (settle.h), adding to `counts`, and
 * gives back what was never begun, with no attempt recorded. */
bool outbox_release(DbTx *tx, int64_t lease_id, const GArray *notes, int64_t now_us,
                    DeliveryCounts *counts, GError **error);

/* Ends the leases of all but `owner`, who is the only sender there is. What the dead have noted is
 * taken over; the first rows that then are left of each lease, `doubtful` at most, are in doubt: an
 * attempt says so; all the rest can be leased again at once. `out_in_doubt` receives how many were
 * in doubt. */
bool outbox_end_leases(DbTx *tx, int64_t owner, const GArray *notes, guint doubtful, int64_t now_us,
                       int64_t *out_in_doubt, GError **error);

/* When a domain may be written to again; for outbox_next_due. */
typedef int64_t (*DomainReady)(gpointer data, const char *domain);

/* When the next row that is not held comes due, and its domain is `ready` (NULL: at once): <=
 * now_us if one is; INT64_MAX if there is none. */
bool outbox_next_due(Db *db, DomainReady ready, gpointer ready_data, int64_t *out_at_us,
                     GError **error);
