/* The pile of sealed ballots: rows that must not tell in which order they came.
 *
 * A random key hides the order from SQL, not from who reads the file: a page keeps its rows where
 * they fell, the newest in front. So each row that comes is laid down together with its neighbours
 * on either side, at least all that can share its page, in a new random order; and the log, where
 * the steps would stand, is emptied soon after (db_tx_forget_order).
 *
 * Two copies of the database a few rows apart still show which rows are new. That is why they are
 * sealed, and why they are not what is counted (survey/unseal.h). */
#pragma once

#include "store/db.h"

enum { PILE_KEY_BYTES = 16 };

typedef struct {
    uint8_t key[PILE_KEY_BYTES];
    GBytes *sealed;
} PileRow;

void pile_row_free(PileRow *row);

bool pile_add(DbTx *tx, int64_t round_id, int64_t stratum_id, GBytes *sealed, GError **error);

/* All rows of the stratum (PileRow), by key. */
GPtrArray *pile_read(Db *db, int64_t round_id, int64_t stratum_id, GError **error);

/* CONFLICT if the row is no longer there. */
bool pile_remove(DbTx *tx, int64_t round_id, int64_t stratum_id, const PileRow *row,
                 GError **error);
