#include "survey/pile.h"

#include "base/id.h"

#include <string.h>

/* Rows on either side: as many as fit on a page of 4,096 bytes at 64 bytes a row, which a ballot of
 * two answers takes. */
enum { PILE_KEY_BYTES = 16, PILE_NEIGHBOURS = 64 };

typedef struct {
    int64_t round_id;
    int64_t group_id;
    uint8_t key[PILE_KEY_BYTES];
    char *content;
} PileRow;

static void row_free(gpointer data) {
    PileRow *row = data;
    g_free(row->content);
    g_free(row);
}

static PileRow *row_new(int64_t round_id, int64_t group_id, const char *content) {
    PileRow *row = g_new0(PileRow, 1);
    row->round_id = round_id;
    row->group_id = group_id;
    id_random(row->key, sizeof row->key);
    row->content = g_strdup(content);
    return row;
}

static void row_bind(DbStmt *stmt, const PileRow *row) {
    db_bind_int(stmt, 1, row->round_id);
    db_bind_int(stmt, 2, row->group_id);
    db_bind_blob(stmt, 3, row->key, sizeof row->key);
}

static PileRow *row_read(DbStmt *stmt) {
    PileRow *row = g_new0(PileRow, 1);
    size_t size = 0;
    const void *key = db_blob(stmt, "row_key", &size);
    g_assert(size == sizeof row->key);
    memcpy(row->key, key, size);
    row->round_id = db_int(stmt, "round_id");
    row->group_id = db_int(stmt, "group_id");
    row->content = g_strdup(db_text(stmt, "content"));
    return row;
}

static bool rows_collect(DbTx *tx, const DbQuery *query, const PileRow *from, GPtrArray *rows,
                         GError **error) {
    g_autoptr(DbStmt) stmt = db_tx_query(tx, query, error);
    if (stmt == NULL) {
        return false;
    }
    row_bind(stmt, from);
    db_bind_int(stmt, 4, PILE_NEIGHBOURS);
    DbStep step;
    while ((step = db_step(stmt, error)) == DB_ROW) {
        g_ptr_array_add(rows, row_read(stmt));
    }
    return step == DB_DONE;
}

static bool rows_remove(DbTx *tx, const DbQuery *query, const GPtrArray *rows, GError **error) {
    g_autoptr(DbStmt) stmt = db_tx_query(tx, query, error);
    for (guint i = 0; stmt != NULL && i < rows->len; i++) {
        row_bind(stmt, g_ptr_array_index(rows, i));
        if (!db_run(stmt, NULL, error)) {
            return false;
        }
    }
    return stmt != NULL;
}

static bool rows_insert(DbTx *tx, const DbQuery *query, const GPtrArray *rows, GError **error) {
    g_autoptr(DbStmt) stmt = db_tx_query(tx, query, error);
    for (guint i = 0; stmt != NULL && i < rows->len; i++) {
        const PileRow *row = g_ptr_array_index(rows, i);
        row_bind(stmt, row);
        db_bind_text(stmt, 4, row->content);
        if (!db_run(stmt, NULL, error)) {
            return false;
        }
    }
    return stmt != NULL;
}

/* Fisher and Yates; the remainder's bias is below 2^-55. */
static void rows_shuffle(GPtrArray *rows) {
    for (guint i = rows->len; i > 1; i--) {
        guint j = (guint)(id_new() % (int64_t)i);
        gpointer moved = rows->pdata[i - 1];
        rows->pdata[i - 1] = rows->pdata[j];
        rows->pdata[j] = moved;
    }
}

bool pile_add(DbTx *tx, const Pile *pile, int64_t round_id, int64_t group_id, const char *content,
              GError **error) {
    g_autoptr(GPtrArray) rows = g_ptr_array_new_with_free_func(row_free);
    PileRow *row = row_new(round_id, group_id, content);
    g_ptr_array_add(rows, row);
    db_tx_forget_order(tx);
    g_autoptr(GPtrArray) old = g_ptr_array_new_with_free_func(row_free);
    if (!rows_collect(tx, pile->before, row, old, error) ||
        !rows_collect(tx, pile->after, row, old, error) ||
        !rows_remove(tx, pile->remove, old, error)) {
        return false;
    }
    g_ptr_array_extend_and_steal(rows, g_steal_pointer(&old));
    rows_shuffle(rows);
    return rows_insert(tx, pile->insert, rows, error);
}
