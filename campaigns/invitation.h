/* Invitations: one person's place in one round.
 *
 * They are made from the round's positions in order, or, in a follow-up, as people come due after
 * the training; an invitation is made once for a person, however often this is repeated. */
#pragma once

#include "campaigns/round.h"

/* At most `max` of what is still to be made. `out_made` is how many were; the round's cursor has
 * moved past what was looked at. */
bool invitation_fill(DbTx *tx, const Round *round, const Definition *definition, guint max,
                     guint *out_made, GError **error);

/* The same for those who completed training `follows_id` at least the definition's days before
 * `now_us`. `out_seen` counts completions gone through. */
bool invitation_follow(DbTx *tx, const Round *round, const Definition *definition,
                       int64_t follows_id, int64_t now_us, guint max, guint *out_made,
                       guint *out_seen, GError **error);

/* The link says "revoked" from now on, and what is queued for it is cancelled. NOT_FOUND if there
 * is none; harmless when repeated. In an anonymous round the instant is the day. */
bool invitation_revoke(DbTx *tx, int64_t invitation_id, int64_t now_us, GError **error);
