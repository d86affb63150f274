/* What the outbox holds about the one whom a link was sent to (store/personal.h), and its erasure.
 *
 * Rows stay, emptied of address, name and words: how much mail was sent and what came of it is
 * still counted. */
#pragma once

#include "store/personal.h"

/* The key is the id inside the link. */
extern const PersonalTable mailer_personal[];

/* BUSY while a message to the link is with a relay. */
bool mailer_check_idle(Db *db, int64_t link_id, GError **error);

/* Empties what was sent to the link, which is `successor` from now on. What waits must have been
 * cancelled. BUSY while one of its messages is with a relay. */
bool mailer_erase(DbTx *tx, int64_t link_id, int64_t successor, GError **error);

/* Empties at most `max` messages of a group whose addresses are still there; `out_changed` says how
 * many were, 0 when none is left. Those with a relay just now are passed over. */
bool mailer_erase_addresses(DbTx *tx, int64_t group_id, guint max, guint *out_changed,
                            GError **error);

/* The same for what came back: the words of notices. */
bool mailer_erase_notices(DbTx *tx, int64_t group_id, guint max, guint *out_changed,
                          GError **error);
