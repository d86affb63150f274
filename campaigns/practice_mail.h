/* The runner's part of practice: whoever has something due gets one mail with one to three
 * questions, within the limits of spacing.h and in office hours.
 *
 * One practice at a time: while one is open and not answered, no other is sent. Who has left, wants
 * none, is away or cannot be reached gets none. After three unanswered ones there is a pause. */
#pragma once

#include "campaigns/mailtext.h"

/* Practice mails are a group of mailings of their own: no round has this id. */
enum { PRACTICE_GROUP = 0 };

typedef struct {
    guint seen;         /* people gone through: `max` means that there may be more */
    guint queued;       /* mails handed to the mailer */
    int64_t next_at_us; /* as practice_mail_next has it afterwards */
} PracticeResult;

/* At most `max` people; outside office hours none, and what waits in the queue is held. */
bool practice_mail_step(DbTx *tx, const MailSource *source, int64_t now_us, guint max,
                        PracticeResult *out, GError **error);

/* When there is something to do for practice_mail_step: `now_us` or later, INT64_MAX for never. */
bool practice_mail_next(Db *db, int64_t now_us, int64_t *out_at_us, GError **error);
