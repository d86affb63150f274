/* An anonymous ballot: all of one person's answers, stored with no way back to the person.
 *
 *   cast   -> sealed   in the transaction that marks the invitation answered: ballot_cast
 *   sealed -> counted  ten or more of one stratum at once, in a secret order: unseal.h
 *
 * Sealed, nobody can read it who has the database alone: the key's secret half is elsewhere. All
 * sealed ballots of a form have one size, so that no size tells what was answered or written.
 *
 * A counted ballot has another random key, no instant and no respondent. Free text goes to rows of
 * its own that name neither ballot nor stratum, and the ballot does not tell whether text was
 * written: that alone would tie the two together where few write. */
#pragma once

#include "base/box.h"
#include "store/db.h"
#include "survey/answer.h"
#include "survey/form.h"

/* Fewer are never opened together. */
enum { BALLOT_BATCH_MIN = 10 };

/* Closes the answers in a box to `public_key`. Errors as response_save; an item named twice is
 * INPUT. Takes no database: to be done by the thread that has the answers. */
bool ballot_seal(const uint8_t public_key[BOX_KEY_BYTES], const Form *form, const Answer *answers,
                 guint count, GBytes **out_sealed, GError **error);

/* Opens one: a GArray of Answer. INTERNAL if it is not one of the form's, sealed to `key`. */
GArray *ballot_open(const BoxKey *key, const Form *form, GBytes *sealed, GError **error);

/* Stores a sealed ballot. It is not counted yet. The caller sees to it that a person casts one
 * only. */
bool ballot_cast(DbTx *tx, int64_t round_id, int64_t stratum_id, GBytes *sealed, GError **error);

/* Stores an opened ballot and counts it. Errors as ballot_seal. The caller sees to it that it does
 * not come alone. */
bool ballot_store(DbTx *tx, int64_t round_id, int64_t stratum_id, const Form *form,
                  const Answer *answers, guint count, GError **error);
