/* Erasing in its time: how long each kind of personal data is kept, and that it then goes.
 *
 * Periods count from the day a campaign closed; the aggregates stay. Runs once a day, in bounded
 * steps, and may be stopped after any of them. Every kind and round leaves a line in the log
 * (retention_log.h). What erasure leaves of each table, store/personal.h's lists say.
 *
 *   answers    what was chosen and written; right or wrong stays until `scores`. Ballots and free
 *              text of anonymous rounds too: their number stays
 *   scores     results by person, who was invited and answered, which training who completed
 *   anonymous  who was invited to an anonymous round, and that they answered
 *   mail       address, name and the relays' words
 *   bounces    what came back
 *   practice   a practice's mail and answers: the shorter of `answers` and `mail`, from its own
 * close left       people who left: all of it, as by rights_erase
 *
 * Links show nothing more some days after closing: until then a result, and the right answers, can
 * be read. A link that was not used to the end dies when the campaign closes. */
#pragma once

#include "store/writer.h"

typedef struct {
    guint answers_months;
    guint scores_months; /* at least 25 for evidence: its window is 24 months */
    guint anonymous_months;
    guint mail_months;
    guint bounces_months;
    guint left_months;
    guint result_days;
} RetentionSettings;

/* The periods if nothing is configured. */
RetentionSettings retention_settings_default(void);

typedef struct {
    guint rows; /* erased: respondents, invitations, mails, notices, people */
    bool more;  /* call again */
} RetentionResult;

/* Whether a step has anything to look at: once a day, and for each campaign that closes. */
bool retention_is_due(Db *db, int64_t now_us, bool *out_due, GError **error);

/* One step of at most about `max` rows. */
bool retention_step(DbTx *tx, const RetentionSettings *settings, int64_t now_us, guint max,
                    RetentionResult *out, GError **error);
