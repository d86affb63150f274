/* Invitations: one person's place in one round. */
#pragma once

#include "store/db.h"

/* The link says "revoked" from now on, and what is queued for it is cancelled. NOT_FOUND if there
 * is none; harmless when repeated. In an anonymous round the instant is the day. */
bool invitation_revoke(DbTx *tx, int64_t invitation_id, int64_t now_us, GError **error);
