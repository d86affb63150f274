#include "mailer/notice.h"

#include "mailer/queries.h"

#include <string.h>

static const DbQuery q_insert = {
    "notice.insert",
    "INSERT INTO mail_notice (outbox_id, link_id, kind, at_us, until_us, enhanced, "
    "text, source) VALUES ($1, $2, $3, $4, $5, $6, CASE WHEN EXISTS "
    "(SELECT 1 FROM outbox WHERE id = $1 AND to_address = '') THEN '' ELSE $7 END, $8)"};
static const DbQuery q_list = {
    "notice.list",
    "SELECT n.id, n.outbox_id, n.kind, o.to_address, m.list_id, m.purpose, n.at_us, n.until_us, "
    "n.enhanced, n.text, n.source FROM mail_notice n JOIN outbox o ON o.id = n.outbox_id "
    "JOIN mailing m ON m.id = o.mailing_id WHERE n.id > $1 AND coalesce($2, n.kind) = n.kind "
    "AND coalesce($3, m.list_id) = m.list_id ORDER BY n.id DESC LIMIT $4"};

const DbQuery *const notice_queries[] = {&q_insert, &q_list, NULL};

const char *notice_kind_name(NoticeKind kind) {
    switch (kind) {
    case NOTICE_UNDELIVERABLE:
        return "undeliverable";
    case NOTICE_SOFT:
        return "soft";
    case NOTICE_ABSENT:
        return "absent";
    case NOTICE_COMPLAINT:
        return "complaint";
    case NOTICE_CHALLENGE:
        return "challenge";
    case NOTICE_RETRIED:
        return "retried";
    }
    g_assert_not_reached();
}

/* Valid UTF-8 on one line, at most `max` bytes. */
static char *text_cut(const char *text, size_t max) {
    g_autofree char *valid = g_utf8_make_valid(text != NULL ? text : "", -1);
    size_t size = 0;
    for (char *p = valid; *p != '\0';) {
        char *next = g_utf8_next_char(p);
        if ((size_t)(next - valid) > max) {
            break;
        }
        if (g_unichar_iscntrl(g_utf8_get_char(p))) {
            memset(p, ' ', (size_t)(next - p));
        }
        p = next;
        size = (size_t)(p - valid);
    }
    return g_strndup(valid, size);
}

bool notice_add(DbTx *tx, const Notice *notice, GError **error) {
    g_autofree char *enhanced = text_cut(notice->enhanced, NOTICE_ENHANCED_MAX);
    g_autofree char *text = text_cut(notice->text, NOTICE_TEXT_MAX);
    g_autoptr(DbStmt) insert = db_tx_query(tx, &q_insert, error);
    if (insert == NULL) {
        return false;
    }
    g_assert(notice->source != NULL);
    db_bind_int(insert, 1, notice->outbox_id);
    db_bind_int(insert, 2, notice->link_id);
    db_bind_text(insert, 3, notice_kind_name(notice->kind));
    db_bind_int(insert, 4, notice->at_us);
    if (notice->until_us != 0) {
        db_bind_int(insert, 5, notice->until_us);
    } else {
        db_bind_null(insert, 5);
    }
    db_bind_text(insert, 6, enhanced);
    db_bind_text(insert, 7, text);
    db_bind_text(insert, 8, notice->source);
    return db_run(insert, NULL, error);
}

void notice_row_free(NoticeRow *row) {
    if (row != NULL) {
        g_free(row->kind);
        g_free(row->to_address);
        g_free(row->list_id);
        g_free(row->purpose);
        g_free(row->enhanced);
        g_free(row->text);
        g_free(row->source);
        g_free(row);
    }
}

static NoticeRow *row_read(DbStmt *stmt) {
    NoticeRow *row = g_new0(NoticeRow, 1);
    row->id = db_int(stmt, "id");
    row->outbox_id = db_int(stmt, "outbox_id");
    row->kind = g_strdup(db_text(stmt, "kind"));
    row->to_address = g_strdup(db_text(stmt, "to_address"));
    row->list_id = g_strdup(db_text(stmt, "list_id"));
    row->purpose = g_strdup(db_text(stmt, "purpose"));
    row->at_us = db_int(stmt, "at_us");
    row->until_us = db_is_null(stmt, "until_us") ? 0 : db_int(stmt, "until_us");
    row->enhanced = g_strdup(db_text(stmt, "enhanced"));
    row->text = g_strdup(db_text(stmt, "text"));
    row->source = g_strdup(db_text(stmt, "source"));
    return row;
}

GPtrArray *notice_list(Db *db, const NoticeFilter *filter, GError **error) {
    g_autoptr(DbStmt) list = db_query(db, &q_list, error);
    if (list == NULL) {
        return NULL;
    }
    g_autoptr(GPtrArray) rows = g_ptr_array_new_with_free_func((GDestroyNotify)notice_row_free);
    db_bind_int(list, 1, filter->after_id);
    db_bind_text(list, 2, filter->kind);
    db_bind_text(list, 3, filter->list_id);
    db_bind_int(list, 4, filter->max);
    DbStep step = DB_DONE;
    while ((step = db_step(list, error)) == DB_ROW) {
        g_ptr_array_add(rows, row_read(list));
    }
    return step == DB_ERROR ? NULL : g_steal_pointer(&rows);
}
