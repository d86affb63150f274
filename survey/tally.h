/* Running counts by round, stratum, item and option, so that a report's cost does not grow with the
 * answers. They are derived: rebuilding them from responses and ballots must give the same.
 *
 * Of order items an option counts as chosen by those who put it first. Of a form that
 * varies (form_varies) `asked` counts how many were asked and have handed in, answered or not; of
 * others it is 0: all were.
 *
 * Of an answer: not_applicable counts "vet inte" / "ej aktuellt", answered everything else that is
 * not blank. Free text in anonymous rounds is not tallied (ballot.h says why); v_ballot_text_count
 * has it. */
#pragma once

#include "store/db.h"
#include "survey/answer.h"
#include "survey/item.h"

/* Counts the answer in (`by` = 1) or out again (-1). A blank one counts for nothing. The rows move
 * when the transaction commits: what it reads of them before does not have it. */
void tally_add(DbTx *tx, int64_t round_id, int64_t stratum_id, const Item *item,
               const Answer *answer, int by);

/* Counts one who was asked the item and has handed in. */
void tally_ask(DbTx *tx, int64_t round_id, int64_t stratum_id, int64_t item_id);

/* Replaces the round's tallies by a recount of its rows. CONFLICT if they are frozen: answers in
 * the round were erased, and the tallies are all that is left of them. */
bool tally_rebuild(DbTx *tx, int64_t round_id, GError **error);

/* Recounts and compares; of frozen ones, whether nothing is left over that was not counted. */
bool tally_check(Db *db, int64_t round_id, bool *out_equal, GError **error);
