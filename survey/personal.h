/* What survey/ holds about one respondent (store/personal.h), and its erasure.
 *
 * Tallies are the aggregates: they stay as they are, and from the first erasure in a round on they
 * are frozen, which means that they can no longer be counted anew from the answers (tally.h). */
#pragma once

#include "store/personal.h"

/* The key is the respondent_id. */
extern const PersonalTable survey_personal[];

/* As personal_find over survey_personal, with every answer in words besides: "question" and
 * "answer". */
bool survey_find(Db *db, int64_t respondent_id, GPtrArray *rows, GError **error);

/* Forgets one respondent. Of a completed, measured one there stays, unless `successor` is 0, the
 * sum of right answers by area and right or wrong by question: for the figures of the round that
 * were made from them. It stays as another respondent, `successor`, without department and with
 * `day_us` as its only instant. Nothing else stays. Harmless where there is none. */
bool survey_erase(DbTx *tx, int64_t respondent_id, int64_t successor, int64_t day_us,
                  GError **error);

/* Of at most `max` respondents of a round, what was chosen and written and when; right or wrong
 * stays. Of ballots likewise, answers and texts: only their number
 * stays, and those that are still sealed go altogether. `out_changed` counts
 * respondents and ballots; 0 when nothing is left. */
bool survey_erase_answers(DbTx *tx, int64_t round_id, guint max, guint *out_changed,
                          GError **error);

/* At most `max` respondents of a round altogether, their scores too. */
bool survey_erase_scores(DbTx *tx, int64_t round_id, guint max, guint *out_changed, GError **error);
