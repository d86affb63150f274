#include "mailer/lease.h"

#include "base/error.h"
#include "base/id.h"
#include "mailer/pacing.h"
#include "mailer/queries.h"

#include <inttypes.h>

static const DbQuery q_lapse = {"outbox.lapse",
                                "UPDATE outbox SET state = 'failed', settled_at_us = $1 "
                                "WHERE state IN ('ready', 'deferred') AND expires_at_us <= $1"};
static const DbQuery q_due = {
    "outbox.due",
    "SELECT o.id, o.mailing_id, o.link_id, o.to_address, o.to_name, o.greeting_name, o.locale "
    "FROM outbox o JOIN mailing m ON m.id = o.mailing_id "
    "WHERE o.state IN ('ready', 'deferred') AND o.due_at_us <= $1 AND m.held = 0 "
    "ORDER BY o.due_at_us, o.id LIMIT $2"};
static const DbQuery q_lease_insert = {
    "lease.insert", "INSERT INTO mail_lease (id, owner, relay, taken_at_us, until_us) "
                    "VALUES ($1, $2, $3, $4, $5)"};
static const DbQuery q_lease_row = {
    "lease.row", "UPDATE outbox SET state = 'leased', lease_id = $1, lease_position = $2 "
                 "WHERE id = $3 AND state IN ('ready', 'deferred')"};
static const DbQuery q_lease_renew = {"lease.renew",
                                      "UPDATE mail_lease SET until_us = $1 WHERE id = $2"};
static const DbQuery q_lease_delete = {"lease.delete", "DELETE FROM mail_lease WHERE id = $1"};
static const DbQuery q_lease_ended = {
    "lease.ended",
    "SELECT id, relay FROM mail_lease WHERE until_us <= $1 OR ($2 <> 0 AND owner <> $2)"};
static const DbQuery q_doubt = {
    "lease.doubt",
    "UPDATE outbox SET in_doubt = in_doubt + 1 WHERE id = (SELECT id FROM outbox "
    "WHERE state = 'leased' AND lease_id = $1 ORDER BY lease_position LIMIT 1) RETURNING id"};
static const DbQuery q_release = {
    "lease.release",
    "UPDATE outbox SET state = CASE WHEN cancel = 1 THEN 'cancelled' ELSE 'ready' END, "
    "settled_at_us = CASE WHEN cancel = 1 THEN $1 END, lease_id = NULL, lease_position = NULL "
    "WHERE state = 'leased' AND lease_id = $2"};
static const DbQuery q_leased = {
    "lease.leased",
    "SELECT expires_at_us, cancel, attempts, coalesce(tried_at_us, $1) AS tried_at_us, unanswered "
    "FROM outbox WHERE id = $2 AND state = 'leased' AND lease_id = $3"};
static const DbQuery q_sent = {
    "outbox.sent",
    "UPDATE outbox SET state = 'sent', settled_at_us = $1, lease_id = NULL, lease_position = NULL, "
    "attempts = attempts + 1, tried_at_us = coalesce(tried_at_us, $1) "
    "WHERE id = $2 AND state = 'leased' AND lease_id = $3"};
static const DbQuery q_settle = {
    "outbox.settle",
    "UPDATE outbox SET state = $1, settled_at_us = $2, due_at_us = coalesce($3, due_at_us), "
    "lease_id = NULL, lease_position = NULL, attempts = attempts + 1, tried_at_us = $4, "
    "in_doubt = in_doubt + $5, unanswered = unanswered + $5 WHERE id = $6"};
static const DbQuery q_attempt = {
    "mail_attempt.insert",
    "INSERT INTO mail_attempt (outbox_id, at_us, relay, class, smtp_code, enhanced, reply) "
    "VALUES ($1, $2, $3, $4, $5, $6, $7)"};
static const DbQuery q_next_due = {
    "outbox.next_due",
    "SELECT o.due_at_us FROM outbox o JOIN mailing m ON m.id = o.mailing_id "
    "WHERE o.state IN ('ready', 'deferred') AND m.held = 0 ORDER BY o.due_at_us, o.id LIMIT 1"};

const DbQuery *const lease_queries[] = {
    &q_lapse,        &q_due,         &q_lease_insert, &q_lease_row, &q_lease_renew,
    &q_lease_delete, &q_lease_ended, &q_doubt,        &q_release,   &q_leased,
    &q_sent,         &q_settle,      &q_attempt,      &q_next_due,  NULL};

void leased_mail_free(LeasedMail *mail) {
    if (mail != NULL) {
        g_free(mail->to_address);
        g_free(mail->to_name);
        g_free(mail->greeting_name);
        g_free(mail);
    }
}

static void free_mail(gpointer mail) {
    leased_mail_free(mail);
}

static bool fail_lapsed(DbTx *tx, int64_t now_us, GError **error) {
    g_autoptr(DbStmt) lapse = db_tx_query(tx, &q_lapse, error);
    if (lapse == NULL) {
        return false;
    }
    db_bind_int(lapse, 1, now_us);
    return db_run(lapse, NULL, error);
}

static LeasedMail *read_mail(DbStmt *row, int64_t lease_id) {
    LeasedMail *mail = g_new0(LeasedMail, 1);
    mail->outbox_id = db_int(row, "id");
    mail->mailing_id = db_int(row, "mailing_id");
    mail->link_id = db_int(row, "link_id");
    mail->lease_id = lease_id;
    mail->to_address = g_strdup(db_text(row, "to_address"));
    mail->to_name = g_strdup(db_text(row, "to_name"));
    mail->greeting_name = g_strdup(db_text(row, "greeting_name"));
    bool known = lang_parse(db_text(row, "locale"), &mail->locale);
    g_assert(known);
    return mail;
}

static bool find_due(DbTx *tx, int64_t lease_id, int64_t now_us, guint max, GPtrArray *found,
                     GError **error) {
    g_autoptr(DbStmt) due = db_tx_query(tx, &q_due, error);
    if (due == NULL) {
        return false;
    }
    db_bind_int(due, 1, now_us);
    db_bind_int(due, 2, max);
    DbStep step;
    while ((step = db_step(due, error)) == DB_ROW) {
        g_ptr_array_add(found, read_mail(due, lease_id));
    }
    return step == DB_DONE;
}

static bool insert_lease(DbTx *tx, int64_t lease_id, const LeaseRequest *request, int64_t now_us,
                         GError **error) {
    g_autoptr(DbStmt) insert = db_tx_query(tx, &q_lease_insert, error);
    if (insert == NULL) {
        return false;
    }
    db_bind_int(insert, 1, lease_id);
    db_bind_int(insert, 2, request->owner);
    db_bind_text(insert, 3, request->relay);
    db_bind_int(insert, 4, now_us);
    db_bind_int(insert, 5, now_us + request->lease_us);
    return db_run(insert, NULL, error);
}

static bool mark_leased(DbTx *tx, int64_t lease_id, const GPtrArray *found, GError **error) {
    g_autoptr(DbStmt) mark = db_tx_query(tx, &q_lease_row, error);
    if (mark == NULL) {
        return false;
    }
    for (guint i = 0; i < found->len; i++) {
        const LeasedMail *mail = g_ptr_array_index(found, i);
        int64_t changed;
        db_bind_int(mark, 1, lease_id);
        db_bind_int(mark, 2, i);
        db_bind_int(mark, 3, mail->outbox_id);
        if (!db_run(mark, &changed, error)) {
            return false;
        }
        g_assert(changed == 1);
    }
    return true;
}

bool outbox_lease(DbTx *tx, const LeaseRequest *request, int64_t now_us, GPtrArray **out_leased,
                  GError **error) {
    g_assert(request->owner != 0 && request->max > 0 && request->lease_us > 0);
    int64_t lease_id = id_new();
    g_autoptr(GPtrArray) found = g_ptr_array_new_with_free_func(free_mail);
    if (!fail_lapsed(tx, now_us, error) ||
        !find_due(tx, lease_id, now_us, request->max, found, error)) {
        return false;
    }
    if (found->len > 0 && (!insert_lease(tx, lease_id, request, now_us, error) ||
                           !mark_leased(tx, lease_id, found, error))) {
        return false;
    }
    *out_leased = g_steal_pointer(&found);
    return true;
}

static bool insert_attempt(DbTx *tx, int64_t outbox_id, const char *relay, const Delivery *delivery,
                           int64_t now_us, GError **error) {
    g_autoptr(DbStmt) insert = db_tx_query(tx, &q_attempt, error);
    if (insert == NULL) {
        return false;
    }
    db_bind_int(insert, 1, outbox_id);
    db_bind_int(insert, 2, now_us);
    db_bind_text(insert, 3, relay);
    db_bind_text(insert, 4, delivery_class_name(delivery->outcome));
    db_bind_int(insert, 5, delivery->smtp_code);
    db_bind_text(insert, 6, delivery->enhanced);
    db_bind_text(insert, 7, delivery->text);
    return db_run(insert, NULL, error);
}

static bool not_leased(int64_t outbox_id, GError **error) {
    return error_set(error, VK_ERROR_CONFLICT,
                     tr("Brev %" PRId64 " i utkorgen hör inte längre till den här leveransen.",
                        "Mail %" PRId64 " in the outbox no longer belongs to this delivery."),
                     outbox_id);
}

static bool settle_sent(DbTx *tx, const LeasedMail *mail, int64_t now_us, GError **error) {
    g_autoptr(DbStmt) sent = db_tx_query(tx, &q_sent, error);
    if (sent == NULL) {
        return false;
    }
    db_bind_int(sent, 1, now_us);
    db_bind_int(sent, 2, mail->outbox_id);
    db_bind_int(sent, 3, mail->lease_id);
    int64_t changed;
    if (!db_run(sent, &changed, error)) {
        return false;
    }
    return changed == 1 || not_leased(mail->outbox_id, error);
}

typedef struct {
    int64_t expires_at_us;
    int64_t tried_at_us;
    int64_t attempts;
    int64_t unanswered;
    bool cancel;
} LeasedRow;

typedef struct {
    const char *state;
    int64_t next_at_us; /* deferred only */
} NextState;

static NextState next_state(const LeasedRow *row, DeliveryClass outcome, int64_t now_us,
                            uint32_t random) {
    if (outcome == DELIVERY_PERMANENT) {
        return (NextState){.state = "failed"};
    }
    if (row->cancel) {
        return (NextState){.state = "cancelled"};
    }
    if (outcome == DELIVERY_IN_DOUBT && row->unanswered + 1 >= PACING_UNANSWERED_MAX) {
        return (NextState){.state = "failed"};
    }
    int64_t next_at_us = now_us + pacing_retry_us((guint)row->attempts + 1, random);
    if (next_at_us >= row->expires_at_us || next_at_us > row->tried_at_us + PACING_GIVE_UP_US) {
        return (NextState){.state = "failed"};
    }
    return (NextState){.state = "deferred", .next_at_us = next_at_us};
}

static bool read_leased(DbTx *tx, const LeasedMail *mail, int64_t now_us, LeasedRow *out,
                        GError **error) {
    g_autoptr(DbStmt) leased = db_tx_query(tx, &q_leased, error);
    if (leased == NULL) {
        return false;
    }
    db_bind_int(leased, 1, now_us);
    db_bind_int(leased, 2, mail->outbox_id);
    db_bind_int(leased, 3, mail->lease_id);
    DbStep step = db_step(leased, error);
    if (step != DB_ROW) {
        return step == DB_DONE && not_leased(mail->outbox_id, error);
    }
    *out = (LeasedRow){.expires_at_us = db_int(leased, "expires_at_us"),
                       .tried_at_us = db_int(leased, "tried_at_us"),
                       .attempts = db_int(leased, "attempts"),
                       .unanswered = db_int(leased, "unanswered"),
                       .cancel = db_bool(leased, "cancel")};
    return true;
}

static bool settle_unsent(DbTx *tx, const LeasedMail *mail, DeliveryClass outcome, int64_t now_us,
                          int64_t *out_next_at_us, GError **error) {
    LeasedRow row;
    if (!read_leased(tx, mail, now_us, &row, error)) {
        return false;
    }
    g_autoptr(DbStmt) settle = db_tx_query(tx, &q_settle, error);
    if (settle == NULL) {
        return false;
    }
    NextState next = next_state(&row, outcome, now_us, (uint32_t)id_new());
    db_bind_text(settle, 1, next.state);
    if (next.next_at_us != 0) {
        db_bind_null(settle, 2);
        db_bind_int(settle, 3, next.next_at_us);
    } else {
        db_bind_int(settle, 2, now_us);
        db_bind_null(settle, 3);
    }
    db_bind_int(settle, 4, row.tried_at_us);
    db_bind_int(settle, 5, outcome == DELIVERY_IN_DOUBT);
    db_bind_int(settle, 6, mail->outbox_id);
    *out_next_at_us = next.next_at_us;
    return db_run(settle, NULL, error);
}

bool outbox_settle(DbTx *tx, const LeasedMail *mail, const char *relay, const Delivery *delivery,
                   int64_t now_us, int64_t *out_next_at_us, GError **error) {
    int64_t next_at_us = 0;
    bool settled = delivery->outcome == DELIVERY_SENT
                       ? settle_sent(tx, mail, now_us, error)
                       : settle_unsent(tx, mail, delivery->outcome, now_us, &next_at_us, error);
    if (!settled || !insert_attempt(tx, mail->outbox_id, relay, delivery, now_us, error)) {
        return false;
    }
    *out_next_at_us = next_at_us;
    return true;
}

bool outbox_renew(DbTx *tx, int64_t lease_id, int64_t until_us, GError **error) {
    g_autoptr(DbStmt) renew = db_tx_query(tx, &q_lease_renew, error);
    if (renew == NULL) {
        return false;
    }
    db_bind_int(renew, 1, until_us);
    db_bind_int(renew, 2, lease_id);
    return db_run(renew, NULL, error);
}

bool outbox_release(DbTx *tx, int64_t lease_id, int64_t now_us, GError **error) {
    g_autoptr(DbStmt) release = db_tx_query(tx, &q_release, error);
    g_autoptr(DbStmt) forget = release != NULL ? db_tx_query(tx, &q_lease_delete, error) : NULL;
    if (forget == NULL) {
        return false;
    }
    db_bind_int(release, 1, now_us);
    db_bind_int(release, 2, lease_id);
    db_bind_int(forget, 1, lease_id);
    return db_run(release, NULL, error) && db_run(forget, NULL, error);
}

/* The first unsettled row of the lease, if it has any, is in doubt. */
static bool record_doubt(DbTx *tx, int64_t lease_id, const char *relay, int64_t now_us,
                         int64_t *in_doubt, GError **error) {
    g_autoptr(DbStmt) doubt = db_tx_query(tx, &q_doubt, error);
    if (doubt == NULL) {
        return false;
    }
    db_bind_int(doubt, 1, lease_id);
    DbStep step = db_step(doubt, error);
    if (step != DB_ROW) {
        return step == DB_DONE;
    }
    *in_doubt += 1;
    Delivery delivery =
        delivery_make(DELIVERY_IN_DOUBT, "the sender ended before the outcome was known");
    return insert_attempt(tx, db_int(doubt, "id"), relay, &delivery, now_us, error);
}

bool outbox_expire_leases(DbTx *tx, int64_t owner, int64_t now_us, int64_t *out_in_doubt,
                          GError **error) {
    g_autoptr(DbStmt) ended = db_tx_query(tx, &q_lease_ended, error);
    if (ended == NULL) {
        return false;
    }
    g_autoptr(GArray) ids = g_array_new(FALSE, FALSE, sizeof(int64_t));
    g_autoptr(GPtrArray) relays = g_ptr_array_new_with_free_func(g_free);
    db_bind_int(ended, 1, now_us);
    db_bind_int(ended, 2, owner);
    DbStep step;
    while ((step = db_step(ended, error)) == DB_ROW) {
        int64_t id = db_int(ended, "id");
        g_array_append_val(ids, id);
        g_ptr_array_add(relays, g_strdup(db_text(ended, "relay")));
    }
    if (step == DB_ERROR) {
        return false;
    }
    int64_t in_doubt = 0;
    for (guint i = 0; i < ids->len; i++) {
        int64_t id = g_array_index(ids, int64_t, i);
        if (!record_doubt(tx, id, g_ptr_array_index(relays, i), now_us, &in_doubt, error) ||
            !outbox_release(tx, id, now_us, error)) {
            return false;
        }
    }
    if (out_in_doubt != NULL) {
        *out_in_doubt = in_doubt;
    }
    return true;
}

bool outbox_next_due(Db *db, int64_t *out_at_us, GError **error) {
    g_autoptr(DbStmt) next = db_query(db, &q_next_due, error);
    if (next == NULL) {
        return false;
    }
    DbStep step = db_step(next, error);
    if (step == DB_ERROR) {
        return false;
    }
    *out_at_us = step == DB_ROW ? db_int(next, "due_at_us") : INT64_MAX;
    return true;
}
