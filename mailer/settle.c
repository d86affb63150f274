#include "mailer/settle.h"

#include "base/error.h"
#include "base/id.h"
#include "base/lang.h"
#include "mailer/notice.h"
#include "mailer/pacing.h"
#include "mailer/queries.h"

#include <inttypes.h>
#include <string.h>

static const DbQuery q_sent = {
    "settle.sent",
    "UPDATE outbox SET state = 'sent', settled_at_us = $1, lease_id = NULL, lease_position = NULL, "
    "attempts = attempts + 1, tried_at_us = coalesce(tried_at_us, $1) "
    "WHERE id = $2 AND state = 'leased' AND lease_id = $3"};
static const DbQuery q_leased = {
    "settle.leased", "SELECT link_id, expires_at_us, cancel, attempts, unanswered, "
                     "coalesce(tried_at_us, $1) AS tried_at_us "
                     "FROM outbox WHERE id = $2 AND state = 'leased' AND lease_id = $3"};
static const DbQuery q_unsent = {
    "settle.unsent",
    "UPDATE outbox SET state = $1, settled_at_us = $2, due_at_us = coalesce($3, due_at_us), "
    "lease_id = NULL, lease_position = NULL, attempts = attempts + 1, tried_at_us = $4, "
    "in_doubt = in_doubt + $5, unanswered = unanswered + $5 WHERE id = $6"};
static const DbQuery q_attempt = {
    "mail_attempt.insert",
    "INSERT INTO mail_attempt (outbox_id, at_us, relay, class, smtp_code, enhanced, reply) "
    "VALUES ($1, $2, (SELECT relay FROM mail_lease WHERE id = $3), $4, $5, $6, $7)"};

const DbQuery *const settle_queries[] = {&q_sent, &q_leased, &q_unsent, &q_attempt, NULL};

bool settle_attempt(DbTx *tx, const Note *note, GError **error) {
    g_autoptr(DbStmt) insert = db_tx_query(tx, &q_attempt, error);
    if (insert == NULL) {
        return false;
    }
    db_bind_int(insert, 1, note->outbox_id);
    db_bind_int(insert, 2, note->at_us);
    db_bind_int(insert, 3, note->lease_id);
    db_bind_text(insert, 4, delivery_class_name(note->delivery.outcome));
    db_bind_int(insert, 5, note->delivery.smtp_code);
    db_bind_text(insert, 6, note->delivery.enhanced);
    db_bind_text(insert, 7, note->delivery.text);
    return db_run(insert, NULL, error);
}

static bool settle_sent(DbTx *tx, const Note *note, DeliveryCounts *counts, GError **error) {
    g_autoptr(DbStmt) sent = db_tx_query(tx, &q_sent, error);
    if (sent == NULL) {
        return false;
    }
    db_bind_int(sent, 1, note->at_us);
    db_bind_int(sent, 2, note->outbox_id);
    db_bind_int(sent, 3, note->lease_id);
    int64_t changed = 0;
    if (!db_run(sent, &changed, error)) {
        return false;
    }
    counts->sent += changed;
    return changed == 0 || settle_attempt(tx, note, error);
}

/* --- what was not sent ---------------------------------------------------------------------------
 */

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
    if (note->delivery.outcome == DELIVERY_PERMANENT) {
        return (NextState){.state = "failed", .why = note->delivery.text};
    }
    if (row->cancel) {
        return (NextState){.state = "cancelled"};
    }
    if (note->delivery.outcome == DELIVERY_IN_DOUBT &&
        row->unanswered + 1 >= PACING_UNANSWERED_MAX) {
        return (NextState){.state = "failed", .why = note->delivery.text};
    }
    int64_t delay_us = pacing_retry_us((guint)row->attempts + 1, (uint32_t)id_new());
    int64_t next_at_us = note->at_us + MAX(delay_us, pacing_hint_us(note->delivery.text));
    if (next_at_us >= row->expires_at_us || next_at_us > row->tried_at_us + PACING_GIVE_UP_US) {
        return (NextState){.state = "failed", .why = note->delivery.text};
    }
    return (NextState){.state = "deferred", .next_at_us = next_at_us};
}

static DbStep read_leased(DbTx *tx, const Note *note, LeasedRow *out, GError **error) {
    g_autoptr(DbStmt) leased = db_tx_query(tx, &q_leased, error);
    if (leased == NULL) {
        return DB_ERROR;
    }
    db_bind_int(leased, 1, note->at_us);
    db_bind_int(leased, 2, note->outbox_id);
    db_bind_int(leased, 3, note->lease_id);
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

static bool settle_unsent(DbTx *tx, const Note *note, DeliveryCounts *counts, GError **error) {
    LeasedRow row;
    DbStep step = read_leased(tx, note, &row, error);
    if (step != DB_ROW) {
        return step == DB_DONE;
    }
    g_autoptr(DbStmt) unsent = db_tx_query(tx, &q_unsent, error);
    if (unsent == NULL) {
        return false;
    }
    NextState next = next_state(&row, note);
    db_bind_text(unsent, 1, next.state);
    db_bind_instant(unsent, 2, next.next_at_us != 0 ? 0 : note->at_us);
    db_bind_instant(unsent, 3, next.next_at_us);
    db_bind_int(unsent, 4, row.tried_at_us);
    db_bind_int(unsent, 5, note->delivery.outcome == DELIVERY_IN_DOUBT);
    db_bind_int(unsent, 6, note->outbox_id);
    counts->deferred += next.next_at_us != 0;
    counts->failed += next.next_at_us == 0;
    Notice notice = {.outbox_id = note->outbox_id,
                     .link_id = row.link_id,
                     .kind = NOTICE_UNDELIVERABLE,
                     .at_us = note->at_us,
                     .enhanced = note->delivery.enhanced,
                     .text = next.why,
                     .source = "relay"};
    return db_run(unsent, NULL, error) && settle_attempt(tx, note, error) &&
           (next.why == NULL || notice_add(tx, &notice, error));
}

bool settle_notes(DbTx *tx, const GArray *notes, DeliveryCounts *counts, GError **error) {
    for (guint i = 0; i < notes->len; i++) {
        const Note *note = &g_array_index(notes, Note, i);
        bool sent = note->delivery.outcome == DELIVERY_SENT;
        if (!(sent ? settle_sent : settle_unsent)(tx, note, counts, error)) {
            return false;
        }
    }
    return true;
}
