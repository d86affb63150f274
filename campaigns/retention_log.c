#include "campaigns/retention_log.h"

#include "campaigns/queries.h"
#include "campaigns/schedule.h"

static const DbQuery q_round = {
    "retention_log.round",
    "INSERT INTO retention_log (kind, round_id, months, started_at_us, done_at_us, rows_erased)"
    " VALUES ($1, $2, $3, $4, CASE WHEN $5 = 1 THEN $4 END, $6) ON CONFLICT (kind, round_id)"
    " DO UPDATE SET done_at_us = excluded.done_at_us,"
    " rows_erased = retention_log.rows_erased + excluded.rows_erased"};
static const DbQuery q_today = {
    "retention_log.today",
    "UPDATE retention_log SET rows_erased = rows_erased + $1 WHERE kind = $2 AND round_id IS NULL"
    " AND started_at_us = $3"};
static const DbQuery q_day = {
    "retention_log.day",
    "INSERT INTO retention_log (kind, round_id, months, started_at_us, done_at_us, rows_erased)"
    " VALUES ($1, NULL, $2, $3, $3, $4)"};
static const DbQuery q_list = {
    "retention_log.list",
    "SELECT l.kind, l.months, l.started_at_us, coalesce(l.done_at_us, 0) AS done_at_us,"
    " l.rows_erased, coalesce(c.name, '') AS campaign FROM retention_log l"
    " LEFT JOIN round r ON r.id = l.round_id LEFT JOIN campaign c ON c.id = r.campaign_id"
    " WHERE l.rows_erased > 0"
    " ORDER BY l.started_at_us DESC, l.id DESC LIMIT $1"};

const DbQuery *const retention_log_queries[] = {&q_round, &q_today, &q_day, &q_list, NULL};

static bool note_round(DbTx *tx, const RetentionNote *note, int64_t now_us, GError **error) {
    g_autoptr(DbStmt) insert = db_tx_query(tx, &q_round, error);
    if (insert == NULL) {
        return false;
    }
    db_bind_text(insert, 1, note->kind);
    db_bind_int(insert, 2, note->round_id);
    db_bind_int(insert, 3, note->months);
    db_bind_int(insert, 4, now_us);
    db_bind_bool(insert, 5, note->done);
    db_bind_int(insert, 6, note->rows);
    return db_run(insert, NULL, error);
}

/* About people: the day, and not when in it. */
static bool note_day(DbTx *tx, const RetentionNote *note, int64_t day_us, GError **error) {
    int64_t changed = 0;
    g_autoptr(DbStmt) today = db_tx_query(tx, &q_today, error);
    g_autoptr(DbStmt) insert = today != NULL ? db_tx_query(tx, &q_day, error) : NULL;
    if (insert == NULL) {
        return false;
    }
    db_bind_int(today, 1, note->rows);
    db_bind_text(today, 2, note->kind);
    db_bind_int(today, 3, day_us);
    if (!db_run(today, &changed, error) || changed > 0) {
        return changed > 0;
    }
    db_bind_text(insert, 1, note->kind);
    db_bind_int(insert, 2, note->months);
    db_bind_int(insert, 3, day_us);
    db_bind_int(insert, 4, note->rows);
    return db_run(insert, NULL, error);
}

bool retention_note(DbTx *tx, const RetentionNote *note, int64_t now_us, GError **error) {
    return note->round_id != 0 ? note_round(tx, note, now_us, error)
                               : note_day(tx, note, schedule_day(now_us), error);
}

void retention_line_free(RetentionLine *line) {
    if (line != NULL) {
        g_free(line->kind);
        g_free(line->campaign);
        g_free(line);
    }
}

GPtrArray *retention_log(Db *db, guint max, GError **error) {
    g_autoptr(GPtrArray) lines =
        g_ptr_array_new_with_free_func((GDestroyNotify)retention_line_free);
    g_autoptr(DbStmt) row = db_query(db, &q_list, error);
    if (row == NULL) {
        return NULL;
    }
    db_bind_int(row, 1, max);
    DbStep step = DB_DONE;
    while ((step = db_step(row, error)) == DB_ROW) {
        RetentionLine *line = g_new0(RetentionLine, 1);
        line->kind = g_strdup(db_text(row, "kind"));
        line->campaign = g_strdup(db_text(row, "campaign"));
        line->months = (guint)db_int(row, "months");
        line->started_at_us = db_int(row, "started_at_us");
        line->done_at_us = db_int(row, "done_at_us");
        line->rows = db_int(row, "rows_erased");
        g_ptr_array_add(lines, line);
    }
    return step == DB_DONE ? g_steal_pointer(&lines) : NULL;
}
