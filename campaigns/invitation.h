/* Invitations: one person's place in one round.
 *
 * They are made from the round's positions in order, or, in a follow-up, as people come due after
 * the training; an invitation is made once for a person, however often this is repeated. */
#pragma once

#include "campaigns/round.h"

/* What becomes of an invitation that is due as soon as it is made: its mail is queued there and
 * then, for one write less. */
typedef struct {
    int64_t now_us;
    int64_t queued_at_us; /* what the invitation keeps of it */
    int64_t remind_at_us; /* 0: never */
    /* `person` is a row with email, given_name, family_name and locale. `out_queued` false: they
     * have no address that mail could go to. */
    bool (*queue)(DbTx *tx, gpointer data, DbStmt *person, int64_t invitation_id, bool *out_queued,
                  GError **error);
    gpointer data;
} InvitationMail;

typedef struct {
    guint made;
    guint queued; /* of them */
} InvitationCounts;

/* At most `max` of what is still to be made; the round's cursor has moved past what was looked at.
 * `mail` is NULL while no mail may go. */
bool invitation_fill(DbTx *tx, const Round *round, const Definition *definition, guint max,
                     const InvitationMail *mail, InvitationCounts *out, GError **error);

/* The same for those who completed training `follows_id` at least the definition's days before
 * `now_us`. `out_seen` counts completions gone through. */
bool invitation_follow(DbTx *tx, const Round *round, const Definition *definition,
                       int64_t follows_id, int64_t now_us, guint max, guint *out_made,
                       guint *out_seen, GError **error);

/* The link says "revoked" from now on, and what is queued for it is cancelled. NOT_FOUND if there
 * is none; harmless when repeated. In an anonymous round the instant is the day. */
bool invitation_revoke(DbTx *tx, int64_t invitation_id, int64_t now_us, GError **error);
