#include "mailer/outbox_stats.h"

#include "mailer/queries.h"

#include <string.h>

static const DbQuery q_states = {"outbox_stats.states",
                                 "SELECT state AS name, count(*) AS n, sum(held) AS held, "
                                 "sum(in_doubt) AS in_doubt FROM outbox GROUP BY state"};
static const DbQuery q_oldest = {
    "outbox_stats.oldest",
    "SELECT min(o.due_at_us) AS at_us FROM outbox o JOIN mailing m ON m.id = o.mailing_id "
    "WHERE o.state IN ('ready', 'deferred') AND o.held = 0 AND m.held = 0 AND o.due_at_us <= $1"};
static const DbQuery q_attempts = {
    "outbox_stats.attempts",
    "SELECT class AS name, count(*) AS n FROM mail_attempt GROUP BY class"};
static const DbQuery q_notices = {
    "outbox_stats.notices", "SELECT kind AS name, count(*) AS n FROM mail_notice GROUP BY kind"};

const DbQuery *const outbox_stats_queries[] = {&q_states, &q_oldest, &q_attempts, &q_notices, NULL};

static const char *state_name(int index) {
    return outbox_state_code((OutboxState)index);
}

static const char *class_name(int index) {
    return delivery_class_name((DeliveryClass)index);
}

static const char *kind_name(int index) {
    return notice_kind_name((NoticeKind)index);
}

/* Adds n of the row to the count that has its name. */
static void take(DbStmt *row, const char *(*name_of)(int index), int count, int64_t *counts) {
    const char *name = db_text(row, "name");
    for (int i = 0; i < count; i++) {
        if (strcmp(name, name_of(i)) == 0) {
            counts[i] += db_int(row, "n");
        }
    }
}

static bool take_all(Db *db, const DbQuery *query, const char *(*name_of)(int index), int count,
                     int64_t *counts, GError **error) {
    g_autoptr(DbStmt) stmt = db_query(db, query, error);
    if (stmt == NULL) {
        return false;
    }
    DbStep step;
    while ((step = db_step(stmt, error)) == DB_ROW) {
        take(stmt, name_of, count, counts);
    }
    return step == DB_DONE;
}

static bool take_states(Db *db, OutboxStats *out, GError **error) {
    g_autoptr(DbStmt) stmt = db_query(db, &q_states, error);
    if (stmt == NULL) {
        return false;
    }
    DbStep step;
    while ((step = db_step(stmt, error)) == DB_ROW) {
        const char *state = db_text(stmt, "name");
        bool waits = strcmp(state, "ready") == 0 || strcmp(state, "deferred") == 0;
        out->held += waits ? db_int(stmt, "held") : 0;
        out->in_doubt += db_int(stmt, "in_doubt");
        take(stmt, state_name, OUTBOX_STATES, out->messages);
    }
    return step == DB_DONE;
}

static bool take_oldest(Db *db, int64_t now_us, OutboxStats *out, GError **error) {
    g_autoptr(DbStmt) stmt = db_query(db, &q_oldest, error);
    if (stmt == NULL) {
        return false;
    }
    db_bind_int(stmt, 1, now_us);
    if (db_step(stmt, error) != DB_ROW) {
        return false;
    }
    out->oldest_due_us = db_is_null(stmt, "at_us") ? 0 : now_us - db_int(stmt, "at_us");
    return true;
}

bool outbox_stats(Db *db, int64_t now_us, OutboxStats *out, GError **error) {
    OutboxStats stats = {0};
    if (!take_states(db, &stats, error) || !take_oldest(db, now_us, &stats, error) ||
        !take_all(db, &q_attempts, class_name, DELIVERY_CLASSES, stats.attempts, error) ||
        !take_all(db, &q_notices, kind_name, NOTICE_KINDS, stats.notices, error)) {
        return false;
    }
    *out = stats;
    return true;
}
