#include "survey/pile.h"

#include "base/error.h"
#include "base/id.h"
#include "base/lang.h"
#include "survey/queries.h"

#include <string.h>

/* What a page holds, what a row takes beside the sealed bytes at the least, and what of a long row
 * stands on the page at the least (https://www.sqlite.org/fileformat2.html, section 1.6, index
 * b-trees); the rest lies on pages of its own, which are laid down anew with it. */
enum { PAGE_BYTES = 4096, ROW_OVERHEAD = 24, ROW_LEAST = (PAGE_BYTES - 12) * 32 / 255 - 23 };

#define PILE_COLUMNS "round_id, stratum_id, sealed_id, sealed"

static const DbQuery q_before = {"pile.before",
                                 "SELECT " PILE_COLUMNS " FROM ballot_sealed"
                                 " WHERE (round_id, stratum_id, sealed_id) < ($1, $2, $3)"
                                 " ORDER BY round_id DESC, stratum_id DESC, sealed_id DESC"
                                 " LIMIT $4"};
static const DbQuery q_after = {"pile.after",
                                "SELECT " PILE_COLUMNS " FROM ballot_sealed"
                                " WHERE (round_id, stratum_id, sealed_id) > ($1, $2, $3)"
                                " ORDER BY round_id, stratum_id, sealed_id LIMIT $4"};
static const DbQuery q_remove = {
    "pile.remove",
    "DELETE FROM ballot_sealed WHERE round_id = $1 AND stratum_id = $2 AND sealed_id = $3"};
static const DbQuery q_insert = {
    "pile.insert", "INSERT INTO ballot_sealed (round_id, stratum_id, sealed_id, sealed)"
                   " VALUES ($1, $2, $3, $4)"};
static const DbQuery q_read = {"pile.read",
                               "SELECT " PILE_COLUMNS " FROM ballot_sealed"
                               " WHERE round_id = $1 AND stratum_id = $2 ORDER BY sealed_id"};

const DbQuery *const pile_queries[] = {&q_before, &q_after, &q_remove, &q_insert, &q_read, NULL};

/* A row with where it belongs: neighbours may be of another group. */
typedef struct {
    int64_t round_id;
    int64_t stratum_id;
    PileRow row;
} PilePlace;

static void place_free(gpointer data) {
    PilePlace *place = data;
    g_bytes_unref(place->row.sealed);
    g_free(place);
}

void pile_row_free(PileRow *row) {
    if (row != NULL) {
        g_bytes_unref(row->sealed);
        g_free(row);
    }
}

static void key_bind(DbStmt *stmt, int64_t round_id, int64_t stratum_id, const PileRow *row) {
    db_bind_int(stmt, 1, round_id);
    db_bind_int(stmt, 2, stratum_id);
    db_bind_blob(stmt, 3, row->key, sizeof row->key);
}

static PileRow row_read(DbStmt *stmt) {
    PileRow row;
    size_t size = 0;
    const void *key = db_blob(stmt, "sealed_id", &size);
    g_assert(size == sizeof row.key);
    memcpy(row.key, key, size);
    const void *sealed = db_blob(stmt, "sealed", &size);
    row.sealed = g_bytes_new(sealed, size);
    return row;
}

static bool places_collect(DbTx *tx, const DbQuery *query, const PilePlace *from, guint limit,
                           GPtrArray *places, GError **error) {
    g_autoptr(DbStmt) stmt = db_tx_query(tx, query, error);
    if (stmt == NULL) {
        return false;
    }
    key_bind(stmt, from->round_id, from->stratum_id, &from->row);
    db_bind_int(stmt, 4, limit);
    DbStep step;
    while ((step = db_step(stmt, error)) == DB_ROW) {
        PilePlace *place = g_new0(PilePlace, 1);
        place->round_id = db_int(stmt, "round_id");
        place->stratum_id = db_int(stmt, "stratum_id");
        place->row = row_read(stmt);
        g_ptr_array_add(places, place);
    }
    return step == DB_DONE;
}

static bool places_remove(DbTx *tx, const GPtrArray *places, GError **error) {
    g_autoptr(DbStmt) stmt = db_tx_query(tx, &q_remove, error);
    for (guint i = 0; stmt != NULL && i < places->len; i++) {
        const PilePlace *place = g_ptr_array_index(places, i);
        key_bind(stmt, place->round_id, place->stratum_id, &place->row);
        if (!db_run(stmt, NULL, error)) {
            return false;
        }
    }
    return stmt != NULL;
}

static bool places_insert(DbTx *tx, const GPtrArray *places, GError **error) {
    g_autoptr(DbStmt) stmt = db_tx_query(tx, &q_insert, error);
    for (guint i = 0; stmt != NULL && i < places->len; i++) {
        const PilePlace *place = g_ptr_array_index(places, i);
        gsize size = 0;
        const void *sealed = g_bytes_get_data(place->row.sealed, &size);
        key_bind(stmt, place->round_id, place->stratum_id, &place->row);
        db_bind_blob(stmt, 4, sealed, size);
        if (!db_run(stmt, NULL, error)) {
            return false;
        }
    }
    return stmt != NULL;
}

bool pile_add(DbTx *tx, int64_t round_id, int64_t stratum_id, GBytes *sealed, GError **error) {
    g_autoptr(GPtrArray) places = g_ptr_array_new_with_free_func(place_free);
    PilePlace *place = g_new0(PilePlace, 1);
    place->round_id = round_id;
    place->stratum_id = stratum_id;
    place->row.sealed = g_bytes_ref(sealed);
    id_random(place->row.key, sizeof place->row.key);
    g_ptr_array_add(places, place);
    db_tx_forget_order(tx);
    guint size = (guint)g_bytes_get_size(sealed) + ROW_OVERHEAD;
    guint limit = PAGE_BYTES / MIN(size, ROW_LEAST) + 1;
    g_autoptr(GPtrArray) old = g_ptr_array_new_with_free_func(place_free);
    if (!places_collect(tx, &q_before, place, limit, old, error) ||
        !places_collect(tx, &q_after, place, limit, old, error) || !places_remove(tx, old, error)) {
        return false;
    }
    g_ptr_array_extend_and_steal(places, g_steal_pointer(&old));
    id_shuffle(places->pdata, places->len);
    return places_insert(tx, places, error);
}

GPtrArray *pile_read(Db *db, int64_t round_id, int64_t stratum_id, GError **error) {
    g_autoptr(DbStmt) stmt = db_query(db, &q_read, error);
    if (stmt == NULL) {
        return NULL;
    }
    db_bind_int(stmt, 1, round_id);
    db_bind_int(stmt, 2, stratum_id);
    g_autoptr(GPtrArray) rows = g_ptr_array_new_with_free_func((GDestroyNotify)pile_row_free);
    DbStep step;
    while ((step = db_step(stmt, error)) == DB_ROW) {
        PileRow *row = g_new(PileRow, 1);
        *row = row_read(stmt);
        g_ptr_array_add(rows, row);
    }
    return step == DB_DONE ? g_steal_pointer(&rows) : NULL;
}

bool pile_remove(DbTx *tx, int64_t round_id, int64_t stratum_id, const PileRow *row,
                 GError **error) {
    g_autoptr(DbStmt) stmt = db_tx_query(tx, &q_remove, error);
    if (stmt == NULL) {
        return false;
    }
    int64_t changed = 0;
    key_bind(stmt, round_id, stratum_id, row);
    return db_run(stmt, &changed, error) &&
           (changed == 1 || error_set(error, VK_ERROR_CONFLICT,
                                      tr("en förseglad röstsedel har redan öppnats",
                                         "a sealed ballot has been opened already")));
}
