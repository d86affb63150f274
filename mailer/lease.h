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

typedef struct {
    int64_t owner;
    const char *relay; /* recorded with the attempts */
    int64_t lease_us;  /* longer than one message can take */
    guint max;
} LeaseRequest;

/* Leases up to `max` rows that are due, unexpired and not held, oldest first; fails those that
 * expired. `out_leased` receives LeasedMail in sending order, empty if there is nothing to do. */
bool outbox_lease(DbTx *tx, const LeaseRequest *request, int64_t now_us, GPtrArray **out_leased,
                  GError **error);

/* Records the attempt and the row's new state. `out_next_at_us` receives when it is tried again, 0
 * if never. CONFLICT if the row is no longer of that lease. */
bool outbox_settle(DbTx *tx, const LeasedMail *mail, const char *relay, const Delivery *delivery,
                   int64_t now_us, int64_t *out_next_at_us, GError **error);

/* Pushes the end of a lease to `until_us`. */
bool outbox_renew(DbTx *tx, int64_t lease_id, int64_t until_us, GError **error);

/* Ends a lease whose connection is over: what was never begun is given back, with no attempt
 * recorded. */
bool outbox_release(DbTx *tx, int64_t lease_id, int64_t now_us, GError **error);

/* Ends the leases that ran out, and with `owner` (the only sender there is) those of every other
 * owner. The first unsettled row of each is in doubt: an attempt says so; all of them can be leased
 * again at once. `owner` 0: by time only. `out_in_doubt` (may be NULL) receives how many were in
 * doubt. */
bool outbox_expire_leases(DbTx *tx, int64_t owner, int64_t now_us, int64_t *out_in_doubt,
                          GError **error);

/* When the next row that is not held comes due: <= now_us if one is; INT64_MAX if there is none. */
bool outbox_next_due(Db *db, int64_t *out_at_us, GError **error);
