/* What came of each message, taken over into the outbox: its state, its attempt, and a notice of
 * what failed. Notes are gathered a while (journal.h): that is done for many at once. */
#pragma once

#include "mailer/delivery.h"
#include "store/db.h"

#include <stdbool.h>
#include <stdint.h>

typedef struct {
    int64_t lease_id;
    int64_t outbox_id;
    int64_t at_us;
    Delivery delivery;
} Note;

/* Takes over an array of Note, in their order, and adds to `counts`. A note whose lease no longer
 * holds the message changes nothing: it was settled before. */
bool settle_notes(DbTx *tx, const GArray *notes, DeliveryCounts *counts, GError **error);

/* Records the attempt alone. Its lease must be there. */
bool settle_attempt(DbTx *tx, const Note *note, GError **error);
