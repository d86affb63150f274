/* What came of each message: noted at once, taken over into the outbox a little later.
 *
 * A note is one row appended to mail_journal: all that a commit must write before the next message
 * may be given over. Folding a lease's notes brings outbox and mail_attempt up to date; it is done
 * every few seconds, and when the lease ends. */
#pragma once

#include "mailer/delivery.h"
#include "mailer/lease.h"
#include "store/db.h"

#include <stdbool.h>
#include <stdint.h>

/* CONFLICT if the lease is no longer there: the row may already be somebody else's. */
bool settle_note(DbTx *tx, const LeasedMail *mail, const Delivery *delivery, int64_t now_us,
                 GError **error);

/* Takes the lease's notes over: states, attempts, notices of what failed. Adds to `counts`. */
bool settle_fold(DbTx *tx, int64_t lease_id, DeliveryCounts *counts, GError **error);
