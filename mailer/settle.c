#include "mailer/settle.h"

#include "base/error.h"
#include "base/id.h"
#include "base/lang.h"
#include "mailer/notice.h"
#include "mailer/pacing.h"
#include "mailer/queries.h"

#include <inttypes.h>
#include <string.h>

static const DbQuery q_note = {
    "mail_journal.insert",
    "INSERT INTO mail_journal (lease_id, outbox_id, at_us, class, smtp_code, enhanced, reply) "
    "SELECT $1, $2, $3, $4, $5, $6, $7 WHERE EXISTS (SELECT 1 FROM mail_lease WHERE id = $1)"};
static const DbQuery q_attempts = {
    "mail_attempt.fold",
    "INSERT INTO mail_attempt (outbox_id, at_us, relay, class, smtp_code, enhanced, reply) "
    "SELECT j.outbox_id, j.at_us, l.relay, j.class, j.smtp_code, j.enhanced, j.reply "
    "FROM mail_journal j JOIN mail_lease l ON l.id = j.lease_id WHERE j.lease_id = $1 "
    "ORDER BY j.id"};
static const DbQuery q_sent = {
    "outbox.sent",
    "UPDATE outbox SET state = 'sent', settled_at_us = j.at_us, lease_id = NULL, "
    "lease_position = NULL, attempts = attempts + 1, tried_at_us = coalesce(tried_at_us, j.at_us) "
    "FROM mail_journal j WHERE j.lease_id = $1 AND j.class = 'sent' AND outbox.id = j.outbox_id "
    "AND outbox.state = 'leased' AND outbox.lease_id = j.lease_id"};
static const DbQuery q_unsent = {
    "mail_journal.unsent", "SELECT outbox_id, at_us, class, enhanced, reply FROM mail_journal "
                           "WHERE lease_id = $1 AND class <> 'sent' ORDER BY id"};
static const DbQuery q_leased = {
    "outbox.leased", "SELECT link_id, expires_at_us, cancel, attempts, unanswered, "
                     "coalesce(tried_at_us, $1) AS tried_at_us "
                     "FROM outbox WHERE id = $2 AND state = 'leased' AND lease_id = $3"};
static const DbQuery q_settle = {
    "outbox.settle",
    "UPDATE outbox SET state = $1, settled_at_us = $2, due_at_us = coalesce($3, due_at_us), "
    "lease_id = NULL, lease_position = NULL, attempts = attempts + 1, tried_at_us = $4, "
    "in_doubt = in_doubt + $5, unanswered = unanswered + $5 WHERE id = $6"};
static const DbQuery q_forget = {"mail_journal.delete",
                                 "DELETE FROM mail_journal WHERE lease_id = $1"};

const DbQuery *const settle_queries[] = {&q_note,   &q_attempts, &q_sent,   &q_unsent,
                                         &q_leased, &q_settle,   &q_forget, NULL};

bool settle_note(DbTx *tx, const LeasedMail *mail, const Delivery *delivery, int64_t now_us,
                 GError **error) {
    g_autoptr(DbStmt) note = db_tx_query(tx, &q_note, error);
    if (note == NULL) {
        return false;
    }
    db_bind_int(note, 1, mail->lease_id);
    db_bind_int(note, 2, mail->outbox_id);
    db_bind_int(note, 3, now_us);
    db_bind_text(note, 4, delivery_class_name(delivery->outcome));
    db_bind_int(note, 5, delivery->smtp_code);
    db_bind_text(note, 6, delivery->enhanced);
    db_bind_text(note, 7, delivery->text);
    int64_t changed;
    return db_run(note, &changed, error) &&
           (changed == 1 ||
            error_set(error, VK_ERROR_CONFLICT,
                      tr("Brev %" PRId64 " i utkorgen hör inte längre till den här leveransen.",
                         "Mail %" PRId64 " in the outbox no longer belongs to this delivery."),
                      mail->outbox_id));
}

/* --- folding -------------------------------------------------------------------------------------
 */

/* Of a message that was not sent. */
typedef struct {
    int64_t outbox_id;
    int64_t at_us;
    DeliveryClass outcome;
    char enhanced[DELIVERY_ENHANCED_MAX];
    char reply[DELIVERY_TEXT_MAX];
} Note;

typedef struct {
    int64_t link_id;
    int64_t expires_at_us;
    int64_t tried_at_us;
    int64_t attempts;
    int64_t unanswered;
    bool cancel;
} LeasedRow;

typedef struct {
    const char *state;
    int64_t next_at_us; /* deferred only */
    const char *why;    /* failed only: what the notice says */
} NextState;

static NextState next_state(const LeasedRow *row, const Note *note) {
    if (note->outcome == DELIVERY_PERMANENT) {
        return (NextState){.state = "failed", .why = note->reply};
    }
    if (row->cancel) {
        return (NextState){.state = "cancelled"};
    }
    if (note->outcome == DELIVERY_IN_DOUBT && row->unanswered + 1 >= PACING_UNANSWERED_MAX) {
        return (NextState){.state = "failed", .why = note->reply};
    }
    int64_t delay_us = pacing_retry_us((guint)row->attempts + 1, (uint32_t)id_new());
    int64_t next_at_us = note->at_us + MAX(delay_us, pacing_hint_us(note->reply));
    if (next_at_us >= row->expires_at_us || next_at_us > row->tried_at_us + PACING_GIVE_UP_US) {
        return (NextState){.state = "failed", .why = note->reply};
    }
    return (NextState){.state = "deferred", .next_at_us = next_at_us};
}

static bool read_unsent(DbTx *tx, int64_t lease_id, GArray *notes, GError **error) {
    g_autoptr(DbStmt) row = db_tx_query(tx, &q_unsent, error);
    if (row == NULL) {
        return false;
    }
    db_bind_int(row, 1, lease_id);
    DbStep step;
    while ((step = db_step(row, error)) == DB_ROW) {
        Note note = {.outbox_id = db_int(row, "outbox_id"), .at_us = db_int(row, "at_us")};
        note.outcome = delivery_class_read(db_text(row, "class"));
        g_strlcpy(note.enhanced, db_text(row, "enhanced"), sizeof note.enhanced);
        g_strlcpy(note.reply, db_text(row, "reply"), sizeof note.reply);
        g_array_append_val(notes, note);
    }
    return step == DB_DONE;
}

static DbStep read_leased(DbTx *tx, int64_t lease_id, const Note *note, LeasedRow *out,
                          GError **error) {
    g_autoptr(DbStmt) leased = db_tx_query(tx, &q_leased, error);
    if (leased == NULL) {
        return DB_ERROR;
    }
    db_bind_int(leased, 1, note->at_us);
    db_bind_int(leased, 2, note->outbox_id);
    db_bind_int(leased, 3, lease_id);
    DbStep step = db_step(leased, error);
    if (step == DB_ROW) {
        *out = (LeasedRow){.link_id = db_int(leased, "link_id"),
                           .expires_at_us = db_int(leased, "expires_at_us"),
                           .tried_at_us = db_int(leased, "tried_at_us"),
                           .attempts = db_int(leased, "attempts"),
                           .unanswered = db_int(leased, "unanswered"),
                           .cancel = db_bool(leased, "cancel")};
    }
    return step;
}

static bool fold_unsent(DbTx *tx, int64_t lease_id, const Note *note, DeliveryCounts *counts,
                        GError **error) {
    LeasedRow row;
    DbStep step = read_leased(tx, lease_id, note, &row, error);
    if (step != DB_ROW) {
        return step == DB_DONE;
    }
    g_autoptr(DbStmt) settle = db_tx_query(tx, &q_settle, error);
    if (settle == NULL) {
        return false;
    }
    NextState next = next_state(&row, note);
    db_bind_text(settle, 1, next.state);
    if (next.next_at_us != 0) {
        db_bind_null(settle, 2);
        db_bind_int(settle, 3, next.next_at_us);
    } else {
        db_bind_int(settle, 2, note->at_us);
        db_bind_null(settle, 3);
    }
    db_bind_int(settle, 4, row.tried_at_us);
    db_bind_int(settle, 5, note->outcome == DELIVERY_IN_DOUBT);
    db_bind_int(settle, 6, note->outbox_id);
    counts->deferred += next.next_at_us != 0;
    counts->failed += next.next_at_us == 0;
    Notice notice = {.outbox_id = note->outbox_id,
                     .link_id = row.link_id,
                     .kind = NOTICE_UNDELIVERABLE,
                     .at_us = note->at_us,
                     .enhanced = note->enhanced,
                     .text = next.why,
                     .source = "relay"};
    return db_run(settle, NULL, error) && (next.why == NULL || notice_add(tx, &notice, error));
}

bool settle_fold(DbTx *tx, int64_t lease_id, DeliveryCounts *counts, GError **error) {
    g_autoptr(GArray) unsent = g_array_new(FALSE, FALSE, sizeof(Note));
    int64_t sent = 0;
    if (!db_tx_run(tx, &q_attempts, lease_id, NULL, error) ||
        !db_tx_run(tx, &q_sent, lease_id, &sent, error) ||
        !read_unsent(tx, lease_id, unsent, error)) {
        return false;
    }
    counts->sent += sent;
    for (guint i = 0; i < unsent->len; i++) {
        if (!fold_unsent(tx, lease_id, &g_array_index(unsent, Note, i), counts, error)) {
            return false;
        }
    }
    return db_tx_run(tx, &q_forget, lease_id, NULL, error);
}
