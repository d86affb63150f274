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

/* All that practice holds of a person. The answers are survey/'s, by respondent_id. */
typedef struct {
    char *pack;
    char *topic;
    guint gap_days;
    int64_t due_at_us;
    int64_t asked_at_us;
    guint right_count;
    guint missed_count;
} PracticeTopic;
void practice_topic_free(PracticeTopic *topic);

GPtrArray *practice_topics(Db *db, int64_t person_id, GError **error);   /* PracticeTopic */
GArray *practice_respondents(Db *db, int64_t person_id, GError **error); /* int64_t */
bool practice_is_stopped(Db *db, int64_t person_id, bool *out_stopped, GError **error);

/* Forgets the person's topics, practices and wishes, and cancels queued mail. The caller has read
 * the respondents before, and erases their answers. */
bool practice_erase(DbTx *tx, int64_t person_id, int64_t now_us, GError **error);
