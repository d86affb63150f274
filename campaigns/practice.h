/* Practice: what a person missed in a training comes back to them in a later mail.
 *
 *   training completed --learn--> topics with a gap and a day --practice_mail.h, when due--> a mail
 *   with a link --practice_visit.h--> answered --> new gaps and days, and so on
 *
 * spacing.h says when and what. Only trainings under a person's own name come in here, and only
 * items of the training bank go out: what is measured is neither known nor shown here. */
#pragma once

#include "survey/form.h"

/* In the transaction that completes a training's first attempt: a topic with any miss (unanswered
 * and "vet inte" are misses) comes back in three days. One that was all right rests if it is new;
 * an earlier gap goes on from today, for a right answer just after the lesson shows little. */
bool practice_learn(DbTx *tx, int64_t person_id, const Form *form, int64_t respondent_id,
                    int64_t now_us, GError **error);

/* In the transaction that completes a practice: the gap of each topic grows, or falls to three
 * days. */
bool practice_answered(DbTx *tx, int64_t person_id, const Form *form, int64_t respondent_id,
                       int64_t now_us, GError **error);

/* The person wants no more practice, or wants it again. What was due goes on from where it was.
 * Harmless when repeated, and for a person who has no topics. */
bool practice_stop(DbTx *tx, int64_t person_id, bool stop, int64_t now_us, GError **error);

/* What the mailer came to know of the mail with this link (reach.h): nobody there, or away
 * (`until_us`, 0 if not said): nothing is sent for a quarter, or until then. A complaint stops.
 * Nothing if it is no practice. */
bool practice_reached(DbTx *tx, int64_t practice_id, const char *kind, int64_t until_us,
                      int64_t now_us, GError **error);

bool practice_is_stopped(Db *db, int64_t person_id, bool *out_stopped, GError **error);

/* Erases a practice's mail and answers, and its link with them; harmless if it is none. That there
 * was one on that day stays, for the limits. */
bool practice_forget(DbTx *tx, int64_t practice_id, int64_t now_us, GError **error);

/* The same for at most `max` that closed before `before_us`; `out_forgotten` is 0 when none is
 * left. What no limit counts any more goes altogether. */
bool practice_forget_old(DbTx *tx, int64_t before_us, guint max, int64_t now_us,
                         guint *out_forgotten, GError **error);
