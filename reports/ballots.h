/* How far the sealed ballots of an anonymous round have come when it is closed (survey/unseal.h).
 */
#pragma once

#include "reports/study.h"

typedef enum {
    BALLOTS_DONE,    /* all are opened; or the round is open, or not anonymous */
    BALLOTS_WAITING, /* closed, and the scheduler has not opened all of them yet */
    BALLOTS_SHUT,    /* closed, and fewer than BALLOT_BATCH_MIN came: they stay sealed for good */
} BallotsState;

bool ballots_load(Db *db, const Study *study, BallotsState *out_state, GError **error);

/* What a report says of the state, a sentence or two; NULL for BALLOTS_DONE. Free with g_free. */
char *ballots_text(BallotsState state, Lang lang);
