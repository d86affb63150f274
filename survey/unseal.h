/* A batch of sealed ballots on their way to being counted.
 *
 * Filled and opened by a reading connection, which costs about 100 microseconds a ballot; then
 * written in one transaction: every sealed row deleted, every ballot stored under a new random key
 * and counted, in a secret order. Either all of a batch are sealed or all are counted, whenever the
 * process is stopped. Afterwards the log is emptied (db_tx_forget_order).
 *
 * The ballots of one batch and one stratum are each other's cover: who knows which of them are new
 * knows no more than that. The caller sees to it that they are at least BALLOT_BATCH_MIN. */
#pragma once

#include "survey/ballot.h"

typedef struct BallotBatch BallotBatch;

/* Borrows key and form. */
BallotBatch *ballot_batch_new(int64_t round_id, const Form *form, const BoxKey *key);
void ballot_batch_free(BallotBatch *batch);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(BallotBatch, ballot_batch_free)

/* Opens `count` of the stratum's sealed ballots, drawn at random; all if there are fewer. They are
 * to be counted as `counted_as`: the stratum itself or one above it. */
bool ballot_batch_add(BallotBatch *batch, Db *db, int64_t stratum_id, int64_t counted_as,
                      guint count, GError **error);

guint ballot_batch_size(const BallotBatch *batch);

/* CONFLICT if one of them has been opened already: nothing is changed then. */
bool ballot_batch_count(DbTx *tx, BallotBatch *batch, GError **error);
