#include "campaigns/dispatch.h"

#include "base/error.h"
#include "campaigns/queries.h"
#include "mailer/outbox.h"

static const DbQuery q_gate = {"dispatch.gate", "UPDATE round SET mail_open = $1 WHERE id = $2"};
static const DbQuery q_due = {
    "dispatch.due", "SELECT i.id, i.locale, p.email, p.given_name, p.family_name, p.active"
                    " FROM invitation i LEFT JOIN v_person p ON p.id = i.person_id"
                    " WHERE i.round_id = $1 AND i.queued_at_us IS NULL AND i.revoked_at_us IS NULL"
                    " AND i.due_at_us <= $2 ORDER BY i.due_at_us, i.id LIMIT $3"};
static const DbQuery q_queued = {
    "dispatch.queued", "UPDATE invitation SET queued_at_us = $1, remind_at_us = $2 WHERE id = $3"};
static const DbQuery q_remind = {
    "dispatch.remind",
    "SELECT i.id, i.locale, i.reminders, i.status, p.email, p.given_name, p.family_name, p.active,"
    " i.undeliverable_at_us, i.absent_until_us, m.state, m.settled_at_us FROM invitation i LEFT "
    "JOIN v_person p ON p.id = i.person_id"
    " LEFT JOIN v_mail_outcome m ON m.link_id = i.id AND m.purpose ="
    " CASE i.reminders WHEN 0 THEN 'invitation' ELSE 'reminder-' || i.reminders END"
    " WHERE i.round_id = $1 AND i.remind_at_us <= $2 ORDER BY i.remind_at_us, i.id LIMIT $3"};
static const DbQuery q_reminded = {
    "dispatch.reminded", "UPDATE invitation SET remind_at_us = $1, reminders = $2 WHERE id = $3"};
static const DbQuery q_waiting = {"dispatch.waiting",
                                  "SELECT DISTINCT link_id FROM v_mail_outcome WHERE group_id = $1"
                                  " AND state IN ('ready', 'deferred') LIMIT $2"};
static const DbQuery q_leased = {
    "dispatch.leased",
    "SELECT DISTINCT link_id FROM v_mail_outcome WHERE group_id = $1 AND state = 'leased'"};
static const DbQuery q_forget = {"dispatch.forget",
                                 "UPDATE invitation SET remind_at_us = NULL WHERE id IN"
                                 " (SELECT id FROM invitation WHERE round_id = $1"
                                 " AND remind_at_us IS NOT NULL LIMIT $2)"};
static const DbQuery q_swept = {"dispatch.swept", "UPDATE round SET swept = 1 WHERE id = $1"};
static const DbQuery q_next_due = {
    "dispatch.next_due", "SELECT min(due_at_us) AS at_us FROM invitation WHERE round_id = $1"
                         " AND queued_at_us IS NULL AND revoked_at_us IS NULL"};
static const DbQuery q_next_remind = {
    "dispatch.next_remind", "SELECT min(remind_at_us) AS at_us FROM invitation WHERE round_id = $1"
                            " AND remind_at_us IS NOT NULL"};

const DbQuery *const dispatch_queries[] = {&q_gate,     &q_due,      &q_queued,      &q_remind,
                                           &q_reminded, &q_waiting,  &q_leased,      &q_forget,
                                           &q_swept,    &q_next_due, &q_next_remind, NULL};

bool dispatch_gate(DbTx *tx, const Dispatch *dispatch, bool *out_open, GError **error) {
    const Round *round = dispatch->round;
    bool open = dispatch->campaign->state == CAMPAIGN_RUNNING &&
                dispatch->now_us < round->closes_at_us &&
                schedule_is_open(&dispatch->definition->window, dispatch->now_us);
    *out_open = open;
    if (open == round->mail_open) {
        return true;
    }
    g_autoptr(DbStmt) update = db_tx_query(tx, &q_gate, error);
    if (update == NULL) {
        return false;
    }
    db_bind_bool(update, 1, open);
    db_bind_int(update, 2, round->id);
    return db_run(update, NULL, error) && mailing_hold(tx, round->id, !open, error);
}

/* The mailing of the given number of reminders; 0 is the invitation itself. */
static bool dispatch_mailing(DbTx *tx, const Dispatch *dispatch, guint reminders, int64_t *out_id,
                             GError **error) {
    bool remind = reminders > 0;
    g_autofree char *purpose =
        remind ? g_strdup_printf("reminder-%u", reminders) : g_strdup("invitation");
    char *values[LANG_MAX] = {NULL};
    for (guint lang = 0; lang < lang_count(); lang++) {
        values[lang] = mailtext_values(dispatch->campaign, dispatch->definition, dispatch->source,
                                       (Lang)lang, dispatch->round->closes_at_us, remind);
    }
    g_autofree char *added = mailing_values_added(values);
    MailingSpec spec = {.group_id = dispatch->round->id,
                        .purpose = purpose,
                        .template_name = remind ? "mail/reminder" : "mail/invitation",
                        .list_id = dispatch->campaign->name,
                        .values_sv = values[LANG_SV],
                        .values_en = values[LANG_EN],
                        .values_added = added};
    bool good = mailing_ensure(tx, &spec, dispatch->now_us, out_id, error);
    lang_clear(values);
    return good;
}

/* Queues a mail to the person of the row for their invitation. An address that cannot be one is
 * nobody's fault here: `out_queued` false, and the row counts as done. */
static bool dispatch_mail(DbTx *tx, const Dispatch *dispatch, DbStmt *row, int64_t invitation_id,
                          int64_t mailing_id, bool *out_queued, GError **error) {
    g_autofree char *name =
        g_strdup_printf("%s %s", db_text(row, "given_name"), db_text(row, "family_name"));
    OutboxItem item = {.mailing_id = mailing_id,
                       .link_id = invitation_id,
                       .to_address = db_text(row, "email"),
                       .to_name = g_strstrip(name),
                       .greeting_name = db_text(row, "given_name"),
                       .locale = lang_stored(db_text(row, "locale")),
                       .due_at_us = dispatch->now_us,
                       .expires_at_us = dispatch->round->closes_at_us};
    g_autoptr(GError) fault = NULL;
    *out_queued = outbox_add(tx, &item, dispatch->now_us, &fault);
    if (!*out_queued && !g_error_matches(fault, VK_ERROR, VK_ERROR_INPUT)) {
        g_propagate_error(error, g_steal_pointer(&fault));
        return false;
    }
    return true;
}

/* The next reminder after a mail at `sent_at_us`; 0 when none is to come. */
static int64_t next_reminder(const Dispatch *dispatch, int64_t sent_at_us, guint reminders) {
    const Definition *definition = dispatch->definition;
    if (reminders >= definition->remind_max) {
        return 0;
    }
    int64_t at_us = schedule_reminder(&definition->window, sent_at_us, definition->remind_after);
    return at_us < dispatch->round->closes_at_us ? at_us : 0;
}

/* The same, put off for somebody who is away: 0 when they are back too late. */
static int64_t after_absence(const Dispatch *dispatch, DbStmt *row, int64_t at_us) {
    if (at_us == 0 || db_is_null(row, "absent_until_us")) {
        return at_us;
    }
    int64_t back_at_us =
        schedule_next_open(&dispatch->definition->window, db_int(row, "absent_until_us"));
    int64_t put_off_us = MAX(at_us, back_at_us);
    return put_off_us < dispatch->round->closes_at_us ? put_off_us : 0;
}

/* The instants of what is not mail are days in an anonymous round; so is this one, for good
 * measure. */
static int64_t queued_instant(const Dispatch *dispatch) {
    bool anonymous = dispatch->campaign->promise == PROMISE_ANONYMOUS;
    return anonymous ? schedule_day(dispatch->now_us) : dispatch->now_us;
}

static bool queue_invitation(DbTx *tx, gpointer data, DbStmt *person, int64_t invitation_id,
                             bool *out_queued, GError **error) {
    Dispatch *dispatch = data;
    return (dispatch->mailing_id != 0 ||
            dispatch_mailing(tx, dispatch, 0, &dispatch->mailing_id, error)) &&
           dispatch_mail(tx, dispatch, person, invitation_id, dispatch->mailing_id, out_queued,
                         error);
}

InvitationMail dispatch_at_once(Dispatch *dispatch) {
    return (InvitationMail){.now_us = dispatch->now_us,
                            .queued_at_us = queued_instant(dispatch),
                            .remind_at_us = next_reminder(dispatch, dispatch->now_us, 0),
                            .queue = queue_invitation,
                            .data = dispatch};
}

bool dispatch_invitations(DbTx *tx, Dispatch *dispatch, guint max, DispatchResult *out,
                          GError **error) {
    *out = (DispatchResult){0};
    g_autoptr(DbStmt) due = db_tx_query(tx, &q_due, error);
    g_autoptr(DbStmt) update = due != NULL ? db_tx_query(tx, &q_queued, error) : NULL;
    if (update == NULL) {
        return false;
    }
    db_bind_int(due, 1, dispatch->round->id);
    db_bind_int(due, 2, dispatch->now_us);
    db_bind_int(due, 3, max);
    int64_t remind_at_us = next_reminder(dispatch, dispatch->now_us, 0);
    g_autoptr(GArray) gone = g_array_new(FALSE, FALSE, sizeof(int64_t));
    DbStep step = DB_DONE;
    while ((step = db_step(due, error)) == DB_ROW) {
        int64_t id = db_int(due, "id");
        bool queued = false;
        out->seen++;
        if (!db_bool(due, "active")) {
            g_array_append_val(gone, id);
            continue;
        }
        if (!queue_invitation(tx, dispatch, due, id, &queued, error)) {
            return false;
        }
        db_bind_int(update, 1, queued_instant(dispatch));
        db_bind_instant(update, 2, queued ? remind_at_us : 0);
        db_bind_int(update, 3, id);
        if (!db_run(update, NULL, error)) {
            return false;
        }
        out->queued += queued ? 1 : 0;
    }
    for (guint i = 0; i < gone->len && step != DB_ERROR; i++) {
        int64_t id = g_array_index(gone, int64_t, i);
        step = invitation_revoke(tx, id, dispatch->now_us, error) ? step : DB_ERROR;
    }
    out->revoked = gone->len;
    return step != DB_ERROR;
}

typedef enum { REMIND_NEVER, REMIND_LATER, REMIND_NOW } RemindVerdict;

/* Whether the person of the current row of q_remind is to be reminded; later: at `out_at_us`. */
static RemindVerdict remind_verdict(const Dispatch *dispatch, DbStmt *row, int64_t *out_at_us) {
    guint reminders = (guint)db_int(row, "reminders");
    const char *state = db_text(row, "state");
    *out_at_us = 0;
    if (!db_bool(row, "active") || g_strcmp0(db_text(row, "status"), "complete") == 0 ||
        reminders >= dispatch->definition->remind_max || state == NULL ||
        !db_is_null(row, "undeliverable_at_us") || g_str_equal(state, "failed") ||
        g_str_equal(state, "cancelled")) {
        return REMIND_NEVER;
    }
    bool sent = g_str_equal(state, "sent");
    int64_t sent_at_us = sent ? db_int(row, "settled_at_us") : dispatch->now_us;
    *out_at_us = after_absence(dispatch, row, next_reminder(dispatch, sent_at_us, reminders));
    if (*out_at_us == 0) {
        return REMIND_NEVER;
    }
    return *out_at_us > dispatch->now_us ? REMIND_LATER : REMIND_NOW;
}

/* Does with the current row what is to be done, and says when it comes up next. */
static bool remind_row(DbTx *tx, const Dispatch *dispatch, DbStmt *row, int64_t *out_at_us,
                       bool *out_queued, GError **error) {
    guint number = (guint)db_int(row, "reminders") + 1;
    int64_t mailing_id = 0;
    *out_queued = false;
    RemindVerdict verdict = remind_verdict(dispatch, row, out_at_us);
    if (verdict != REMIND_NOW) {
        return true;
    }
    if (!dispatch_mailing(tx, dispatch, number, &mailing_id, error) ||
        !dispatch_mail(tx, dispatch, row, db_int(row, "id"), mailing_id, out_queued, error)) {
        return false;
    }
    int64_t next_at_us = next_reminder(dispatch, dispatch->now_us, number);
    *out_at_us = *out_queued ? after_absence(dispatch, row, next_at_us) : 0;
    return true;
}

bool dispatch_reminders(DbTx *tx, const Dispatch *dispatch, guint max, DispatchResult *out,
                        GError **error) {
    *out = (DispatchResult){0};
    g_autoptr(DbStmt) remind = db_tx_query(tx, &q_remind, error);
    g_autoptr(DbStmt) update = remind != NULL ? db_tx_query(tx, &q_reminded, error) : NULL;
    if (update == NULL) {
        return false;
    }
    db_bind_int(remind, 1, dispatch->round->id);
    db_bind_int(remind, 2, dispatch->now_us);
    db_bind_int(remind, 3, max);
    DbStep step = DB_DONE;
    while ((step = db_step(remind, error)) == DB_ROW) {
        int64_t next_at_us = 0;
        bool queued = false;
        if (!remind_row(tx, dispatch, remind, &next_at_us, &queued, error)) {
            return false;
        }
        db_bind_instant(update, 1, next_at_us);
        db_bind_int(update, 2, db_int(remind, "reminders") + (queued ? 1 : 0));
        db_bind_int(update, 3, db_int(remind, "id"));
        if (!db_run(update, NULL, error)) {
            return false;
        }
        out->seen++;
        out->queued += queued ? 1 : 0;
    }
    return step == DB_DONE;
}

/* The links that `query`, already bound, lists. */
static GArray *sweep_links(DbStmt *query, GError **error) {
    g_autoptr(GArray) links = g_array_new(FALSE, FALSE, sizeof(int64_t));
    DbStep step = DB_DONE;
    while ((step = db_step(query, error)) == DB_ROW) {
        int64_t id = db_int(query, "link_id");
        g_array_append_val(links, id);
    }
    return step == DB_ERROR ? NULL : g_steal_pointer(&links);
}

static bool sweep_cancel(DbTx *tx, const GArray *links, int64_t now_us, GError **error) {
    for (guint i = 0; i < links->len; i++) {
        if (!outbox_cancel_link(tx, g_array_index(links, int64_t, i), "", now_us, error)) {
            return false;
        }
    }
    return true;
}

/* Mail that is with a relay just now is told not to come back. */
static bool sweep_end(DbTx *tx, const Round *round, int64_t now_us, GError **error) {
    g_autoptr(DbStmt) leased = db_tx_query(tx, &q_leased, error);
    g_autoptr(DbStmt) swept = leased != NULL ? db_tx_query(tx, &q_swept, error) : NULL;
    if (swept == NULL) {
        return false;
    }
    db_bind_int(leased, 1, round->id);
    db_bind_int(swept, 1, round->id);
    g_autoptr(GArray) links = sweep_links(leased, error);
    return links != NULL && sweep_cancel(tx, links, now_us, error) && db_run(swept, NULL, error);
}

bool dispatch_sweep(DbTx *tx, const Round *round, int64_t now_us, guint max, guint *out_cancelled,
                    guint *out_seen, bool *out_done, GError **error) {
    g_autoptr(DbStmt) waiting = db_tx_query(tx, &q_waiting, error);
    g_autoptr(DbStmt) forget = waiting != NULL ? db_tx_query(tx, &q_forget, error) : NULL;
    if (forget == NULL) {
        return false;
    }
    int64_t forgotten = 0;
    db_bind_int(waiting, 1, round->id);
    db_bind_int(waiting, 2, max);
    db_bind_int(forget, 1, round->id);
    db_bind_int(forget, 2, max);
    g_autoptr(GArray) links = sweep_links(waiting, error);
    if (links == NULL || !sweep_cancel(tx, links, now_us, error) ||
        !db_run(forget, &forgotten, error)) {
        return false;
    }
    *out_cancelled = links->len;
    *out_seen = MAX(links->len, (guint)forgotten);
    *out_done = *out_seen < max;
    return !*out_done || sweep_end(tx, round, now_us, error);
}

static bool next_of(Db *db, const DbQuery *which, int64_t round_id, int64_t *out_at_us,
                    GError **error) {
    g_autoptr(DbStmt) query = db_query(db, which, error);
    if (query == NULL) {
        return false;
    }
    db_bind_int(query, 1, round_id);
    if (db_step(query, error) != DB_ROW) {
        return false;
    }
    *out_at_us = db_is_null(query, "at_us") ? INT64_MAX : db_int(query, "at_us");
    return true;
}

bool dispatch_next(Db *db, int64_t round_id, int64_t *out_at_us, GError **error) {
    int64_t due_at_us = 0;
    int64_t remind_at_us = 0;
    if (!next_of(db, &q_next_due, round_id, &due_at_us, error) ||
        !next_of(db, &q_next_remind, round_id, &remind_at_us, error)) {
        return false;
    }
    *out_at_us = MIN(due_at_us, remind_at_us);
    return true;
}
