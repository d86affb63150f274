/* Who could not be reached, and who is away: what the mailer came to know, done to invitations.
 *
 *   undeliverable  undeliverable_at_us is set, no more reminders, those in the queue are cancelled
 *   absent         with a date: the next reminder not before the first moment for mail on that day
 *   complaint      no more reminders
 *   retried        undeliverable no more; reminders go on
 *
 * Of a practice's mail: practice_reached.
 *
 * Of a complete invitation nothing changes, whatever comes back later. Notices are taken in order
 * after a cursor that moves in the same transaction, so that each is done once. What is not proven
 * (notice.h) does nothing. */
#pragma once

#include "store/db.h"

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct {
    guint seen;          /* notices gone through */
    guint undeliverable; /* invitations newly marked so */
    guint absent;        /* invitations whose reminders wait */
    guint silenced;      /* that get no more reminders, having complained */
} ReachResult;

/* At most `max` notices. */
bool reach_step(DbTx *tx, guint max, ReachResult *out, GError **error);

/* Whether there is a notice that was not gone through. */
bool reach_is_pending(Db *db, bool *out_pending, GError **error);
