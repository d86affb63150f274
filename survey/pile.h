/* A pile: rows that must not tell in which order they came.
 *
 * A random key hides the order from SQL, not from who reads the file: a page keeps its rows where
 * they fell, the newest in front. So each row that comes is laid down together with its neighbours
 * on either side, at least all that can share its page, in a new random order; and the log, where
 * the steps would stand, is emptied soon after (db_tx_forget_order).
 *
 * What remains: a copy of the database and its log within about a second of the row, or two copies
 * a few rows apart, show which rows are new. Copies are for the operator to keep. */
#pragma once

#include "store/db.h"

/* One table. Columns round_id, group_id, row_key (16 bytes), content, primary key the first three.
 */
typedef struct {
    const DbQuery *before; /* rows below ($1, $2, $3), nearest first, at most $4 */
    const DbQuery *after;  /* rows above, likewise */
    const DbQuery *remove; /* the row ($1, $2, $3) */
    const DbQuery *insert; /* $1, $2, $3, content $4 */
} Pile;

bool pile_add(DbTx *tx, const Pile *pile, int64_t round_id, int64_t group_id, const char *content,
              GError **error);
