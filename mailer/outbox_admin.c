#include "mailer/outbox_admin.h"

#include "base/clock.h"
#include "base/error.h"
#include "mailer/notice.h"
#include "mailer/queries.h"

#include <inttypes.h>
#include <string.h>

static const DbQuery q_find = {
    "outbox_admin.find",
    "SELECT o.id, m.group_id, m.list_id, m.purpose, o.to_address, o.to_name, o.locale, o.state, "
    "o.held, m.held AS group_held, o.cancel, o.created_at_us, o.due_at_us, o.expires_at_us, "
    "o.settled_at_us, o.attempts, o.in_doubt FROM outbox o JOIN mailing m ON m.id = o.mailing_id "
    "WHERE ($1 = 0 OR o.id = $1) AND ($2 = 0 OR m.group_id = $2) AND ($3 = '' OR o.state = $3) "
    "AND ($4 = '' OR lower(o.to_address) = lower($4)) "
    "AND ($5 = 0 OR o.in_doubt > 0) ORDER BY o.id LIMIT $6"};
static const DbQuery q_tried = {
    "outbox_admin.tried",
    "SELECT at_us, relay, class, smtp_code, enhanced, reply FROM mail_attempt "
    "WHERE outbox_id = $1 ORDER BY at_us, id"};
static const DbQuery q_state = {
    "outbox_admin.state",
    "SELECT state, link_id, held, expires_at_us, settled_at_us FROM outbox WHERE id = $1"};
static const DbQuery q_retry = {
    "outbox_admin.retry",
    "UPDATE outbox SET state = 'ready', due_at_us = $1, settled_at_us = NULL, attempts = 0, "
    "tried_at_us = NULL, unanswered = 0, cancel = 0, held = 0 "
    "WHERE id = $2 AND state <> 'leased'"};
static const DbQuery q_held = {
    "outbox_admin.held",
    "UPDATE outbox SET held = $1 WHERE id = $2 AND state IN ('ready', 'deferred')"};
static const DbQuery q_cancel = {
    "outbox_admin.cancel", "UPDATE outbox SET state = 'cancelled', settled_at_us = $1, held = 0 "
                           "WHERE id = $2 AND state IN ('ready', 'deferred')"};
static const DbQuery q_cancel_later = {
    "outbox_admin.cancel_later", "UPDATE outbox SET cancel = 1 WHERE id = $1 AND state = 'leased'"};
static const DbQuery q_notices = {
    "outbox_admin.notices",
    "SELECT id, kind, at_us, until_us, enhanced, text, source FROM mail_notice "
    "WHERE outbox_id = $1 ORDER BY id DESC"};

const DbQuery *const outbox_admin_queries[] = {
    &q_find, &q_tried, &q_state, &q_retry, &q_held, &q_cancel, &q_cancel_later, &q_notices, NULL};

/* --- states -------------------------------------------------------------------------------------
 */

static const struct {
    const char *code;
    const char *sv;
    const char *en;
} states[OUTBOX_STATES] = {
    [OUTBOX_READY] = {"ready", "väntar", "waiting"},
    [OUTBOX_LEASED] = {"leased", "skickas nu", "being sent"},
    [OUTBOX_SENT] = {"sent", "skickat", "sent"},
    [OUTBOX_DEFERRED] = {"deferred", "försöks igen", "to be retried"},
    [OUTBOX_FAILED] = {"failed", "misslyckat", "failed"},
    [OUTBOX_CANCELLED] = {"cancelled", "inställt", "cancelled"},
};

const char *outbox_state_code(OutboxState state) {
    return states[state].code;
}

const char *outbox_state_words(OutboxState state) {
    return lang_current() == LANG_SV ? states[state].sv : states[state].en;
}

bool outbox_state_parse(const char *text, OutboxState *out, GError **error) {
    g_autofree char *wanted = g_utf8_casefold(text, -1);
    g_autoptr(GString) known = g_string_new(NULL);
    for (int state = 0; state < OUTBOX_STATES; state++) {
        g_autofree char *sv = g_utf8_casefold(states[state].sv, -1);
        if (strcmp(wanted, states[state].code) == 0 || strcmp(wanted, sv) == 0 ||
            strcmp(wanted, states[state].en) == 0) {
            *out = (OutboxState)state;
            return true;
        }
        g_string_append_printf(known, "%s%s (%s)", state > 0 ? ", " : "", states[state].code,
                               outbox_state_words((OutboxState)state));
    }
    return error_set(
        error, VK_ERROR_INPUT,
        tr("läget ”%s” finns inte; det finns %s", "there is no state “%s”; there are %s"), text,
        known->str);
}

static OutboxState state_read(DbStmt *row) {
    const char *code = db_text(row, "state");
    for (int state = 0; state < OUTBOX_STATES; state++) {
        if (strcmp(code, states[state].code) == 0) {
            return (OutboxState)state;
        }
    }
    g_assert_not_reached(); /* the schema has no other */
}

/* --- looking ------------------------------------------------------------------------------------
 */

static void attempt_free(gpointer data) {
    OutboxAttempt *attempt = data;
    if (attempt != NULL) {
        g_free(attempt->relay);
        g_free(attempt->outcome);
        g_free(attempt->enhanced);
        g_free(attempt->reply);
        g_free(attempt);
    }
}

static void free_notice(gpointer notice) {
    notice_row_free(notice);
}

void outbox_row_free(OutboxRow *row) {
    if (row == NULL) {
        return;
    }
    g_free(row->list_id);
    g_free(row->purpose);
    g_free(row->to_address);
    g_free(row->to_name);
    attempt_free(row->last);
    g_clear_pointer(&row->tried, g_ptr_array_unref);
    g_clear_pointer(&row->notices, g_ptr_array_unref);
    g_free(row);
}

static void free_row(gpointer row) {
    outbox_row_free(row);
}

static OutboxRow *row_read(DbStmt *stmt) {
    OutboxRow *row = g_new0(OutboxRow, 1);
    row->id = db_int(stmt, "id");
    row->group_id = db_int(stmt, "group_id");
    row->list_id = g_strdup(db_text(stmt, "list_id"));
    row->purpose = g_strdup(db_text(stmt, "purpose"));
    row->to_address = g_strdup(db_text(stmt, "to_address"));
    row->to_name = g_strdup(db_text(stmt, "to_name"));
    row->locale = lang_stored(db_text(stmt, "locale"));
    row->state = state_read(stmt);
    row->held = db_bool(stmt, "held");
    row->group_held = db_bool(stmt, "group_held");
    row->cancel = db_bool(stmt, "cancel");
    row->created_at_us = db_int(stmt, "created_at_us");
    row->due_at_us = db_int(stmt, "due_at_us");
    row->expires_at_us = db_int(stmt, "expires_at_us");
    row->settled_at_us = db_is_null(stmt, "settled_at_us") ? 0 : db_int(stmt, "settled_at_us");
    row->attempts = db_int(stmt, "attempts");
    row->in_doubt = db_int(stmt, "in_doubt");
    return row;
}

/* Oldest first. */
static GPtrArray *load_attempts(Db *db, int64_t id, GError **error) {
    g_autoptr(DbStmt) stmt = db_query(db, &q_tried, error);
    if (stmt == NULL) {
        return NULL;
    }
    g_autoptr(GPtrArray) tried = g_ptr_array_new_with_free_func(attempt_free);
    db_bind_int(stmt, 1, id);
    DbStep step;
    while ((step = db_step(stmt, error)) == DB_ROW) {
        OutboxAttempt *attempt = g_new0(OutboxAttempt, 1);
        attempt->at_us = db_int(stmt, "at_us");
        attempt->relay = g_strdup(db_text(stmt, "relay"));
        attempt->outcome = g_strdup(db_text(stmt, "class"));
        attempt->smtp_code = (int)db_int(stmt, "smtp_code");
        attempt->enhanced = g_strdup(db_text(stmt, "enhanced"));
        attempt->reply = g_strdup(db_text(stmt, "reply"));
        g_ptr_array_add(tried, attempt);
    }
    return step == DB_DONE ? g_steal_pointer(&tried) : NULL;
}

static bool take_last(Db *db, OutboxRow *row, GError **error) {
    g_autoptr(GPtrArray) tried = load_attempts(db, row->id, error);
    if (tried != NULL && tried->len > 0) {
        row->last = g_ptr_array_steal_index(tried, tried->len - 1);
    }
    return tried != NULL;
}

static GPtrArray *find_rows(Db *db, int64_t id, const OutboxFilter *filter, GError **error) {
    g_autoptr(DbStmt) stmt = db_query(db, &q_find, error);
    if (stmt == NULL) {
        return NULL;
    }
    db_bind_int(stmt, 1, id);
    db_bind_int(stmt, 2, filter->group_id);
    db_bind_text(stmt, 3, filter->by_state ? outbox_state_code(filter->state) : "");
    db_bind_text(stmt, 4, filter->to_address != NULL ? filter->to_address : "");
    db_bind_bool(stmt, 5, filter->in_doubt);
    db_bind_int(stmt, 6, filter->max != 0 ? filter->max : OUTBOX_LIST_MAX);
    g_autoptr(GPtrArray) rows = g_ptr_array_new_with_free_func(free_row);
    DbStep step;
    while ((step = db_step(stmt, error)) == DB_ROW) {
        g_ptr_array_add(rows, row_read(stmt));
    }
    return step == DB_DONE ? g_steal_pointer(&rows) : NULL;
}

GPtrArray *outbox_find(Db *db, const OutboxFilter *filter, GError **error) {
    g_autoptr(GPtrArray) rows = find_rows(db, 0, filter, error);
    for (guint i = 0; rows != NULL && i < rows->len; i++) {
        OutboxRow *row = g_ptr_array_index(rows, i);
        bool tried = row->attempts > 0 || row->in_doubt > 0 || row->state == OUTBOX_LEASED ||
                     row->state == OUTBOX_SENT || row->state == OUTBOX_FAILED;
        if (tried && !take_last(db, row, error)) {
            return NULL;
        }
    }
    return g_steal_pointer(&rows);
}

static bool not_there(int64_t id, GError **error) {
    return error_set(error, VK_ERROR_NOT_FOUND,
                     tr("brev %" PRId64 " finns inte i utkorgen; `vetkoll outbox list` visar vilka "
                        "som finns",
                        "there is no mail %" PRId64 " in the outbox; `vetkoll outbox list` shows "
                        "those there are"),
                     id);
}

static GPtrArray *load_notices(Db *db, const OutboxRow *row, GError **error) {
    g_autoptr(DbStmt) stmt = db_query(db, &q_notices, error);
    if (stmt == NULL) {
        return NULL;
    }
    db_bind_int(stmt, 1, row->id);
    g_autoptr(GPtrArray) notices = g_ptr_array_new_with_free_func(free_notice);
    DbStep step;
    while ((step = db_step(stmt, error)) == DB_ROW) {
        NoticeRow *notice = g_new0(NoticeRow, 1);
        notice->id = db_int(stmt, "id");
        notice->outbox_id = row->id;
        notice->kind = g_strdup(db_text(stmt, "kind"));
        notice->to_address = g_strdup(row->to_address);
        notice->list_id = g_strdup(row->list_id);
        notice->purpose = g_strdup(row->purpose);
        notice->at_us = db_int(stmt, "at_us");
        notice->until_us = db_is_null(stmt, "until_us") ? 0 : db_int(stmt, "until_us");
        notice->enhanced = g_strdup(db_text(stmt, "enhanced"));
        notice->text = g_strdup(db_text(stmt, "text"));
        notice->source = g_strdup(db_text(stmt, "source"));
        g_ptr_array_add(notices, notice);
    }
    return step == DB_DONE ? g_steal_pointer(&notices) : NULL;
}

OutboxRow *outbox_show(Db *db, int64_t id, GError **error) {
    const OutboxFilter all = {.max = 1};
    g_autoptr(GPtrArray) rows = id > 0 ? find_rows(db, id, &all, error) : g_ptr_array_new();
    if (rows == NULL) {
        return NULL;
    }
    if (rows->len == 0) {
        not_there(id, error);
        return NULL;
    }
    g_autoptr(OutboxRow) row = g_ptr_array_steal_index(rows, 0);
    if (!take_last(db, row, error) || (row->tried = load_attempts(db, row->id, error)) == NULL ||
        (row->notices = load_notices(db, row, error)) == NULL) {
        return NULL;
    }
    return g_steal_pointer(&row);
}

/* --- changing -----------------------------------------------------------------------------------
 */

/* A row as a change sees it. */
typedef struct {
    int64_t id;
    int64_t link_id;
    OutboxState state;
    bool held;
    int64_t expires_at_us;
} Row;

static bool load_row(DbTx *tx, int64_t id, Row *out, GError **error) {
    g_autoptr(DbStmt) stmt = db_tx_query(tx, &q_state, error);
    if (stmt == NULL) {
        return false;
    }
    db_bind_int(stmt, 1, id);
    DbStep step = db_step(stmt, error);
    if (step != DB_ROW) {
        return step == DB_DONE && not_there(id, error);
    }
    *out = (Row){.id = id,
                 .link_id = db_int(stmt, "link_id"),
                 .state = state_read(stmt),
                 .held = db_bool(stmt, "held"),
                 .expires_at_us = db_int(stmt, "expires_at_us")};
    return true;
}

/* What is to be done with a row. */
typedef enum { VERDICT_DO, VERDICT_LEASED, VERDICT_EXPIRED, VERDICT_UNFIT } Verdict;

static Verdict judge(OutboxAction action, const Row *row, bool again, int64_t now_us) {
    bool waits = row->state == OUTBOX_READY || row->state == OUTBOX_DEFERRED;
    if (row->state == OUTBOX_LEASED) {
        return VERDICT_LEASED;
    }
    switch (action) {
    case OUTBOX_RETRY:
        if (row->state != OUTBOX_FAILED && row->state != OUTBOX_DEFERRED &&
            (row->state != OUTBOX_SENT || !again)) {
            return VERDICT_UNFIT;
        }
        return row->expires_at_us <= now_us ? VERDICT_EXPIRED : VERDICT_DO;
    case OUTBOX_HOLD:
        return waits && !row->held ? VERDICT_DO : VERDICT_UNFIT;
    case OUTBOX_RELEASE:
        return waits && row->held ? VERDICT_DO : VERDICT_UNFIT;
    case OUTBOX_CANCEL:
        return waits ? VERDICT_DO : VERDICT_UNFIT;
    }
    g_assert_not_reached();
}

/* $1, $2: two numbers for a statement. */
static bool run_with(DbTx *tx, const DbQuery *query, int64_t first, int64_t second,
                     GError **error) {
    g_autoptr(DbStmt) stmt = db_tx_query(tx, query, error);
    if (stmt == NULL) {
        return false;
    }
    db_bind_int(stmt, 1, first);
    db_bind_int(stmt, 2, second);
    return db_run(stmt, NULL, error);
}

/* Those who plan by what failed are told that it no longer has. */
static bool tell_retried(DbTx *tx, const Row *row, int64_t now_us, GError **error) {
    const Notice notice = {.outbox_id = row->id,
                           .link_id = row->link_id,
                           .kind = NOTICE_RETRIED,
                           .at_us = now_us,
                           .source = "person"};
    return row->state != OUTBOX_FAILED || notice_add(tx, &notice, error);
}

static bool change_row(DbTx *tx, OutboxAction action, const Row *row, int64_t now_us,
                       GError **error) {
    switch (action) {
    case OUTBOX_RETRY:
        return run_with(tx, &q_retry, now_us, row->id, error) &&
               tell_retried(tx, row, now_us, error);
    case OUTBOX_HOLD:
        return run_with(tx, &q_held, 1, row->id, error);
    case OUTBOX_RELEASE:
        return run_with(tx, &q_held, 0, row->id, error);
    case OUTBOX_CANCEL:
        return run_with(tx, &q_cancel, now_us, row->id, error);
    }
    g_assert_not_reached();
}

static bool note_cancel(DbTx *tx, int64_t id, GError **error) {
    g_autoptr(DbStmt) stmt = db_tx_query(tx, &q_cancel_later, error);
    if (stmt == NULL) {
        return false;
    }
    db_bind_int(stmt, 1, id);
    return db_run(stmt, NULL, error);
}

/* Does what is to be done with it and counts. */
static bool apply(DbTx *tx, OutboxAction action, const Row *row, Verdict verdict, int64_t now_us,
                  OutboxChange *sum, GError **error) {
    switch (verdict) {
    case VERDICT_DO:
        sum->changed++;
        return change_row(tx, action, row, now_us, error);
    case VERDICT_LEASED:
        sum->leased++;
        return action != OUTBOX_CANCEL || note_cancel(tx, row->id, error);
    case VERDICT_EXPIRED:
        sum->expired++;
        return true;
    case VERDICT_UNFIT:
        sum->unfit++;
        return true;
    }
    g_assert_not_reached();
}

/* Why the one row that was named cannot have it done. */
static bool refuse(OutboxAction action, const Row *row, GError **error) {
    if (action == OUTBOX_RETRY && row->state == OUTBOX_SENT) {
        return error_set(error, VK_ERROR_CONFLICT,
                         tr("brev %" PRId64 " är redan skickat. Med --again skickas det en gång "
                            "till, och mottagaren kan få två.",
                            "mail %" PRId64 " is already sent. With --again it is sent once more, "
                            "and the recipient may have two."),
                         row->id);
    }
    if (action == OUTBOX_HOLD && row->held) {
        return error_set(error, VK_ERROR_CONFLICT,
                         tr("brev %" PRId64 " hålls redan kvar; `vetkoll outbox release %" PRId64
                            "` släpper det",
                            "mail %" PRId64 " is already held; `vetkoll outbox release %" PRId64
                            "` lets it go"),
                         row->id, row->id);
    }
    if (action == OUTBOX_RELEASE && !row->held) {
        return error_set(error, VK_ERROR_CONFLICT,
                         tr("brev %" PRId64 " hålls inte kvar", "mail %" PRId64 " is not held"),
                         row->id);
    }
    return error_set(error, VK_ERROR_CONFLICT,
                     tr("det går inte med brev %" PRId64 ", som har läget ”%s”",
                        "that cannot be done to mail %" PRId64 ", whose state is “%s”"),
                     row->id, outbox_state_words(row->state));
}

static bool refuse_late(const Row *row, GError **error) {
    g_autofree char *when = clock_format_end(row->expires_at_us);
    return error_set(error, VK_ERROR_CONFLICT,
                     tr("brev %" PRId64 " kan inte skickas: kampanjen tog emot svar till %s",
                        "mail %" PRId64 " cannot be sent: its campaign took answers until %s"),
                     row->id, when);
}

static bool refuse_leased(const Row *row, GError **error) {
    return error_set(error, VK_ERROR_CONFLICT,
                     tr("brev %" PRId64 " skickas just nu; försök igen om en stund",
                        "mail %" PRId64 " is being sent right now; try again in a while"),
                     row->id);
}

bool outbox_change(DbTx *tx, OutboxAction action, int64_t id, bool again, int64_t now_us,
                   OutboxChange *sum, GError **error) {
    Row row;
    if (!load_row(tx, id, &row, error)) {
        return false;
    }
    Verdict verdict = judge(action, &row, again, now_us);
    switch (verdict) {
    case VERDICT_UNFIT:
        return refuse(action, &row, error);
    case VERDICT_EXPIRED:
        return refuse_late(&row, error);
    case VERDICT_LEASED:
        if (action != OUTBOX_CANCEL) {
            return refuse_leased(&row, error);
        }
        break;
    case VERDICT_DO:
        break;
    }
    return apply(tx, action, &row, verdict, now_us, sum, error);
}

bool outbox_change_all(DbTx *tx, OutboxAction action, const OutboxFilter *filter, int64_t now_us,
                       OutboxChange *sum, GError **error) {
    g_autoptr(GPtrArray) rows = find_rows(db_tx_db(tx), 0, filter, error);
    for (guint i = 0; rows != NULL && i < rows->len; i++) {
        const OutboxRow *found = g_ptr_array_index(rows, i);
        Row row;
        if (!load_row(tx, found->id, &row, error)) {
            return false;
        }
        Verdict verdict = judge(action, &row, false, now_us);
        bool kept_back = verdict == VERDICT_DO && action == OUTBOX_RETRY && row.held;
        if (!apply(tx, action, &row, kept_back ? VERDICT_UNFIT : verdict, now_us, sum, error)) {
            return false;
        }
    }
    return rows != NULL;
}
