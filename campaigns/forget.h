/* An invitation without its person: the row stays for participation, and is nobody's.
 *
 * It gets a new random number, so that the old link is not valid, and a negative one for the
 * person, its own in each round, so that rounds cannot be tied together. Day, not instant, is all
 * that is left of time. What the evidence for questions 17 and 18 needs is put aside first
 * (erased_training, erased_follow_up), so that no figure changes. */
#pragma once

#include "store/db.h"

#include <glib.h>

/* Of a practice's link, the practice (practice_forget). Also empties the mail that was sent to it
 * and the answers that were given by it; of these the score stays if `keep_score`. BUSY while a
 * mail to it is being sent. */
bool forget_invitation(DbTx *tx, int64_t invitation_id, bool keep_score, int64_t now_us,
                       GError **error);

/* To be done before a round's responses are erased: the invitations keep who had saved something.
 */
bool forget_progress(DbTx *tx, int64_t round_id, GError **error);

/* At most `max` invitations of a round. `out_forgotten` is 0 when all are nobody's. */
bool forget_round(DbTx *tx, int64_t round_id, bool keep_score, guint max, int64_t now_us,
                  guint *out_forgotten, GError **error);
