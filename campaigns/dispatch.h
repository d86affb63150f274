/* From invitations to mail: hands what is due to the mailer's outbox, while the window is open.
 *
 * Outside the window, and while a campaign is paused, the round's mailings are held, so that
 * neither a retry nor a backlog goes out then. Every function does at most `max` rows and can be
 * repeated. */
#pragma once

#include "campaigns/invitation.h"
#include "campaigns/mailtext.h"
#include "campaigns/round.h"

typedef struct {
    const Campaign *campaign;
    const Definition *definition;
    const Round *round;
    const MailSource *source;
    int64_t now_us;
    int64_t mailing_id; /* of the invitations; 0 until the first is queued */
} Dispatch;

typedef struct {
    guint seen;    /* rows gone through: `max` means that there may be more */
    guint queued;  /* handed to the mailer */
    guint revoked; /* of people who have left */
} DispatchResult;

/* Opens or holds the round's mailings as the window and the campaign's state have it; `out_open`
 * says which. */
bool dispatch_gate(DbTx *tx, const Dispatch *dispatch, bool *out_open, GError **error);

/* Invitations that are due. */
bool dispatch_invitations(DbTx *tx, Dispatch *dispatch, guint max, DispatchResult *out,
                          GError **error);

/* The same for those that are made and due at once, while the mailings are open; borrows
 * `dispatch`. */
InvitationMail dispatch_at_once(Dispatch *dispatch);

/* Reminders that are due: so many working days after the mail before was sent, as the mailer says;
 * none after a mail that failed. */
bool dispatch_reminders(DbTx *tx, const Dispatch *dispatch, guint max, DispatchResult *out,
                        GError **error);

/* Cancels what a closed round has waiting, reminders to come too. `out_seen` counts rows gone
 * through; `out_done` when nothing is left. */
bool dispatch_sweep(DbTx *tx, const Round *round, int64_t now_us, guint max, guint *out_cancelled,
                    guint *out_seen, bool *out_done, GError **error);

/* When the next invitation and the next reminder come due; INT64_MAX for never. */
bool dispatch_next(Db *db, int64_t round_id, int64_t *out_at_us, GError **error);
