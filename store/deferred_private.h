/* What a transaction has put off (db_tx_deferred), and how far of it a failed job takes back. */
#pragma once

#include "store/db.h"

typedef struct Deferred Deferred;

Deferred *deferred_new(void);
void deferred_free(Deferred *deferred);

/* The entries of a kind, to append to. */
GArray *deferred_entries(Deferred *deferred, const DbDeferred *kind);

/* A job begins; deferred_undo goes back to here. */
void deferred_mark(Deferred *deferred);
void deferred_undo(Deferred *deferred);

/* Writes what is not yet written; of one kind, or of all where it is NULL. */
bool deferred_flush(Deferred *deferred, DbTx *tx, const DbDeferred *kind, GError **error);
