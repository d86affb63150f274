/* One respondent's answering of a form, for identified and confidential rounds.
 *
 * started -> (pages saved, in any order, again and again) -> complete. Tallies are kept right in
 * the same transaction; only attempt 1 is measured, so later attempts touch neither tally nor
 * score. respondent_id, round_id and stratum_id are opaque here. */
#pragma once

#include "store/db.h"
#include "survey/answer.h"
#include "survey/form.h"

/* CONFLICT if the respondent has one already. `attempt` counts from 1. */
bool response_start(DbTx *tx, int64_t respondent_id, int64_t round_id, int64_t stratum_id,
                    int64_t form_id, int attempt, int64_t now_us, GError **error);

/* Saves what is given and leaves other items' answers alone; a former answer to the same item is
 * replaced, and removed by a blank one. Saving the same twice changes nothing. INPUT for what
 * answer_validate refuses and for an item outside the form (nothing is saved then if the caller
 * undoes the transaction, as the writer does); DENIED for an item that may only be asked
 * anonymously; NOT_FOUND before response_start; CONFLICT once complete. */
bool response_save(DbTx *tx, int64_t respondent_id, const Form *form, const Answer *answers,
                   guint count, int64_t now_us, GError **error);

/* The page to show next is `page`; `saved`: a page of items was saved. */
bool response_advance(DbTx *tx, int64_t respondent_id, guint page, bool saved, GError **error);

/* Ends it and, for attempt 1, writes one score row an area that has scored items: unanswered and
 * "vet inte" count as wrong, what was not asked (asked.h) does not count. Of a form that varies
 * what was asked is noted and counted. Completing twice changes nothing. NOT_FOUND before
 * response_start. */
bool response_complete(DbTx *tx, int64_t respondent_id, const Form *form, int64_t now_us,
                       GError **error);

/* The saved answers, as Answer * in a new array that frees them; empty where there are none. */
GPtrArray *response_answers(Db *db, int64_t respondent_id, GError **error);
