#include "campaigns/invitation.h"

#include "base/error.h"
#include "base/id.h"
#include "campaigns/queries.h"
#include "mailer/outbox.h"

static const DbQuery q_planned = {
    "invitation.planned",
    "SELECT f.person_id, f.position, coalesce(p.locale, 'sv') AS locale, s.id AS stratum_id,"
    " coalesce(s.pool_id, s.id) AS pool_id, coalesce(p.active, 0) AS active, p.email,"
    " p.given_name, p.family_name"
    " FROM frame_person f JOIN stratum s ON s.round_id = $1 AND s.path = f.department_path"
    " LEFT JOIN v_person p ON p.id = f.person_id"
    " WHERE f.frame_id = $2 AND f.position >= $3 AND f.position < $4 ORDER BY f.position"};
static const DbQuery q_filled = {"invitation.filled", "UPDATE round SET filled = $1 WHERE id = $2"};
static const DbQuery q_completed = {
    "invitation.completed",
    "SELECT c.person_id, c.completed_at_us, f.position, coalesce(p.locale, 'sv') AS locale,"
    " s.id AS stratum_id, coalesce(s.pool_id, s.id) AS pool_id"
    " FROM completion c LEFT JOIN frame_person f ON f.frame_id = $1 AND f.person_id = c.person_id"
    " LEFT JOIN stratum s ON s.round_id = $2 AND s.path = f.department_path"
    " LEFT JOIN v_person p ON p.id = c.person_id"
    " WHERE c.campaign_id = $3 AND c.completed_at_us >= $4"
    " AND (c.completed_at_us > $4 OR c.person_id > $5)"
    " ORDER BY c.completed_at_us, c.person_id LIMIT $6"};
static const DbQuery q_followed = {
    "invitation.followed",
    "UPDATE round SET follow_at_us = $1, follow_person_id = $2 WHERE id = $3"};
static const DbQuery q_insert = {
    "invitation.insert",
    "INSERT INTO invitation (id, round_id, person_id, stratum_id, locale, due_at_us, queued_at_us,"
    " remind_at_us, anonymous) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)"
    " ON CONFLICT (round_id, person_id) DO NOTHING"};
static const DbQuery q_unsendable = {"invitation.unsendable",
                                     "UPDATE invitation SET remind_at_us = NULL WHERE id = $1"};
static const DbQuery q_count = {"invitation.count",
                                "UPDATE stratum SET invited = invited + $1 WHERE id = $2"};
static const DbQuery q_find = {
    "invitation.find", "SELECT c.promise, i.revoked_at_us FROM invitation i"
                       " JOIN round r ON r.id = i.round_id JOIN campaign c ON c.id = r.campaign_id"
                       " WHERE i.id = $1"};
static const DbQuery q_revoke = {
    "invitation.revoke",
    "UPDATE invitation SET revoked_at_us = $1, remind_at_us = NULL WHERE id = $2"};

const DbQuery *const invitation_queries[] = {&q_planned, &q_filled,     &q_completed, &q_followed,
                                             &q_insert,  &q_unsendable, &q_count,     &q_find,
                                             &q_revoke,  NULL};

/* A batch of insertions with what they add to each stratum. */
typedef struct {
    DbTx *tx;
    int64_t round_id;
    bool anonymous;
    const InvitationMail *mail; /* NULL: none goes now */
    DbStmt *insert;
    GHashTable *added; /* stratum id (int64_t *) -> count */
    InvitationCounts counts;
} Batch;

static bool batch_begin(Batch *batch, DbTx *tx, const Round *round, const Definition *definition,
                        GError **error) {
    bool anonymous = definition->promise == PROMISE_ANONYMOUS;
    *batch = (Batch){.tx = tx, .round_id = round->id, .anonymous = anonymous};
    batch->insert = db_tx_query(tx, &q_insert, error);
    batch->added = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);
    return batch->insert != NULL;
}

static void batch_clear(Batch *batch) {
    db_stmt_free(batch->insert);
    g_clear_pointer(&batch->added, g_hash_table_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Batch, batch_clear)

static bool batch_queue(Batch *batch, DbStmt *row, int64_t invitation_id, GError **error) {
    bool queued = false;
    const InvitationMail *mail = batch->mail;
    if (!mail->queue(batch->tx, mail->data, row, invitation_id, &queued, error)) {
        return false;
    }
    batch->counts.queued += queued;
    return queued || db_tx_run(batch->tx, &q_unsendable, invitation_id, NULL, error);
}

static void batch_count(Batch *batch, int64_t stratum_id) {
    guint count = GPOINTER_TO_UINT(g_hash_table_lookup(batch->added, &stratum_id));
    g_hash_table_insert(batch->added, g_memdup2(&stratum_id, sizeof stratum_id),
                        GUINT_TO_POINTER(count + 1));
    batch->counts.made++;
}

/* One person, from the current row of q_planned or q_completed; mail goes only to the former. */
static bool batch_add(Batch *batch, DbStmt *row, int64_t due_at_us, GError **error) {
    const InvitationMail *mail = batch->mail;
    bool at_once = mail != NULL && due_at_us <= mail->now_us && db_bool(row, "active");
    int64_t id = id_new();
    int64_t changed = 0;
    db_bind_int(batch->insert, 1, id);
    db_bind_int(batch->insert, 2, batch->round_id);
    db_bind_int(batch->insert, 3, db_int(row, "person_id"));
    db_bind_int(batch->insert, 4, db_int(row, "pool_id"));
    db_bind_text(batch->insert, 5, db_text(row, "locale"));
    db_bind_int(batch->insert, 6, due_at_us);
    db_bind_instant(batch->insert, 7, at_once ? mail->queued_at_us : 0);
    db_bind_instant(batch->insert, 8, at_once ? mail->remind_at_us : 0);
    db_bind_bool(batch->insert, 9, batch->anonymous);
    if (!db_run(batch->insert, &changed, error)) {
        return false;
    }
    if (changed == 0) {
        return true;
    }
    batch_count(batch, db_int(row, "pool_id"));
    return !at_once || batch_queue(batch, row, id, error);
}

static bool batch_end(Batch *batch, GError **error) {
    g_autoptr(DbStmt) update = db_tx_query(batch->tx, &q_count, error);
    if (update == NULL) {
        return false;
    }
    GHashTableIter iter;
    gpointer stratum_id = NULL;
    gpointer count = NULL;
    g_hash_table_iter_init(&iter, batch->added);
    while (g_hash_table_iter_next(&iter, &stratum_id, &count)) {
        db_bind_int(update, 1, GPOINTER_TO_UINT(count));
        db_bind_int(update, 2, *(const int64_t *)stratum_id);
        if (!db_run(update, NULL, error)) {
            return false;
        }
    }
    return true;
}

/* The stretches over which the round's mails are spread. */
static GArray *round_stretches(const Round *round, const Definition *definition) {
    int64_t end_at_us = definition->end_at_us != 0 ? definition->end_at_us : round->opens_at_us;
    return schedule_stretches(&definition->window, round->opens_at_us, end_at_us);
}

bool invitation_fill(DbTx *tx, const Round *round, const Definition *definition, guint max,
                     const InvitationMail *mail, InvitationCounts *out, GError **error) {
    guint upto = MIN(round->filled + max, round->planned);
    g_auto(Batch) batch = {0};
    g_autoptr(DbStmt) planned = db_tx_query(tx, &q_planned, error);
    g_autoptr(DbStmt) filled = planned != NULL ? db_tx_query(tx, &q_filled, error) : NULL;
    if (filled == NULL || !batch_begin(&batch, tx, round, definition, error)) {
        return false;
    }
    batch.mail = mail;
    db_bind_int(planned, 1, round->id);
    db_bind_int(planned, 2, round->frame_id);
    db_bind_int(planned, 3, round->filled);
    db_bind_int(planned, 4, upto);
    g_autoptr(GArray) stretches = round_stretches(round, definition);
    DbStep step = DB_DONE;
    while ((step = db_step(planned, error)) == DB_ROW) {
        guint position = (guint)db_int(planned, "position");
        int64_t due_at_us = schedule_instant(stretches, position, round->planned);
        if (!batch_add(&batch, planned, due_at_us, error)) {
            return false;
        }
    }
    db_bind_int(filled, 1, upto);
    db_bind_int(filled, 2, round->id);
    *out = batch.counts;
    return step == DB_DONE && batch_end(&batch, error) && db_run(filled, NULL, error);
}

bool invitation_follow(DbTx *tx, const Round *round, const Definition *definition,
                       int64_t follows_id, int64_t now_us, guint max, guint *out_made,
                       guint *out_seen, GError **error) {
    g_auto(Batch) batch = {0};
    g_autoptr(DbStmt) query = db_tx_query(tx, &q_completed, error);
    g_autoptr(DbStmt) followed = query != NULL ? db_tx_query(tx, &q_followed, error) : NULL;
    if (followed == NULL || !batch_begin(&batch, tx, round, definition, error)) {
        return false;
    }
    db_bind_int(query, 1, round->frame_id);
    db_bind_int(query, 2, round->id);
    db_bind_int(query, 3, follows_id);
    db_bind_int(query, 4, round->follow_at_us);
    db_bind_int(query, 5, round->follow_person_id);
    db_bind_int(query, 6, max);
    int64_t at_us = round->follow_at_us;
    int64_t person_id = round->follow_person_id;
    guint seen = 0;
    DbStep step = DB_DONE;
    while ((step = db_step(query, error)) == DB_ROW) {
        int64_t completed_at_us = db_int(query, "completed_at_us");
        int64_t due_at_us = schedule_add_days(completed_at_us, (int)definition->after_days);
        if (due_at_us > now_us) {
            break;
        }
        if (!db_is_null(query, "position") &&
            !batch_add(&batch, query, schedule_next_open(&definition->window, due_at_us), error)) {
            return false;
        }
        at_us = completed_at_us;
        person_id = db_int(query, "person_id");
        seen++;
    }
    db_bind_int(followed, 1, at_us);
    db_bind_int(followed, 2, person_id);
    db_bind_int(followed, 3, round->id);
    *out_made = batch.counts.made;
    *out_seen = seen;
    return step != DB_ERROR && batch_end(&batch, error) &&
           (seen == 0 || db_run(followed, NULL, error));
}

bool invitation_revoke(DbTx *tx, int64_t invitation_id, int64_t now_us, GError **error) {
    g_autoptr(DbStmt) find = db_tx_query(tx, &q_find, error);
    g_autoptr(DbStmt) revoke = find != NULL ? db_tx_query(tx, &q_revoke, error) : NULL;
    if (revoke == NULL) {
        return false;
    }
    db_bind_int(find, 1, invitation_id);
    DbStep step = db_step(find, error);
    if (step != DB_ROW) {
        return step == DB_DONE && error_set(error, VK_ERROR_NOT_FOUND,
                                            tr("länken finns inte", "there is no such link"));
    }
    bool anonymous = promise_parse(db_text(find, "promise")) == PROMISE_ANONYMOUS;
    int64_t at_us = anonymous ? schedule_day(now_us) : now_us;
    if (!db_is_null(find, "revoked_at_us")) {
        return true;
    }
    db_bind_int(revoke, 1, at_us);
    db_bind_int(revoke, 2, invitation_id);
    return db_run(revoke, NULL, error) && outbox_cancel_link(tx, invitation_id, "", at_us, error);
}
