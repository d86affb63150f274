/* Storing a pack: what changed becomes a new version if it has been asked or shown. */
#include "survey/pack.h"

#include "survey/item_private.h"
#include "survey/pack_private.h"
#include "survey/picture.h"
#include "survey/queries.h"

#include "base/error.h"

#include <string.h>

static const DbQuery q_item_newest = {
    "pack.item_newest", "SELECT id, version, body_sha256, state, asked_at_us FROM item "
                        "WHERE pack = $1 AND item_key = $2 ORDER BY version DESC LIMIT 1"};
static const DbQuery q_item_insert = {
    "pack.item_insert",
    "INSERT INTO item (pack, item_key, version, kind, measure, area, polarity, topic, bank, "
    "referent, state, body, body_sha256, created_at_us) "
    "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)"};
static const DbQuery q_item_replace = {
    "pack.item_replace",
    "UPDATE item SET kind = $1, measure = $2, area = $3, polarity = $4, topic = $5, bank = $6, "
    "referent = $7, state = $8, body = $9, body_sha256 = $10, created_at_us = $11 WHERE id = $12"};
static const DbQuery q_item_state = {"pack.item_state", "UPDATE item SET state = $1 WHERE id = $2"};
static const DbQuery q_item_keys = {
    "pack.item_keys",
    "SELECT i.id AS id, i.item_key AS item_key FROM item i WHERE i.pack = $1 AND "
    "i.state <> 'retired' AND i.version = "
    "(SELECT max(v.version) FROM item v WHERE v.pack = i.pack AND v.item_key = i.item_key)"};
static const DbQuery q_lesson_newest = {
    "pack.lesson_newest", "SELECT id, version, body_sha256, shown_at_us FROM lesson "
                          "WHERE pack = $1 AND lesson_key = $2 ORDER BY version DESC LIMIT 1"};
static const DbQuery q_lesson_insert = {
    "pack.lesson_insert",
    "INSERT INTO lesson (pack, lesson_key, version, area, topic, body, body_sha256, created_at_us) "
    "VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"};
static const DbQuery q_lesson_replace = {
    "pack.lesson_replace", "UPDATE lesson SET area = $1, topic = $2, body = $3, body_sha256 = $4, "
                           "created_at_us = $5 WHERE id = $6"};
static const DbQuery q_list = {
    "pack.list",
    "SELECT i.pack AS name, count(*) AS items, "
    "sum(CASE WHEN i.measure IN ('knowledge', 'scenario') THEN 1 ELSE 0 END) AS scored, "
    "(SELECT count(DISTINCT l.lesson_key) FROM lesson l WHERE l.pack = i.pack) AS lessons, "
    "coalesce((SELECT group_concat(q.name, ', ') FROM questionnaire q WHERE q.pack = i.pack), '') "
    "AS questionnaires "
    "FROM item i WHERE i.state = 'live' AND i.version = "
    "(SELECT max(v.version) FROM item v WHERE v.pack = i.pack AND v.item_key = i.item_key) "
    "GROUP BY i.pack ORDER BY i.pack"};

const DbQuery *const pack_queries[] = {
    &q_item_newest,   &q_item_insert,   &q_item_replace,   &q_item_state, &q_item_keys,
    &q_lesson_newest, &q_lesson_insert, &q_lesson_replace, &q_list,       NULL};

/* The newest stored version of a key; id 0 where there is none. */
typedef struct {
    int64_t id;
    int64_t version;
    bool frozen; /* asked or shown */
    bool same;   /* as what is to be stored */
    bool state_same;
} Newest;

static bool item_newest(DbTx *tx, const char *pack, const Item *item, const char *digest,
                        Newest *out, GError **error) {
    g_autoptr(DbStmt) row = db_tx_query(tx, &q_item_newest, error);
    if (row == NULL) {
        return false;
    }
    db_bind_text(row, 1, pack);
    db_bind_text(row, 2, item->key);
    DbStep step = db_step(row, error);
    *out = (Newest){0};
    if (step == DB_ROW) {
        *out = (Newest){.id = db_int(row, "id"),
                        .version = db_int(row, "version"),
                        .frozen = !db_is_null(row, "asked_at_us"),
                        .same = strcmp(db_text(row, "body_sha256"), digest) == 0,
                        .state_same =
                            strcmp(db_text(row, "state"), item_state_text(item->state)) == 0};
    }
    return step != DB_ERROR;
}

/* Kind to digest, from parameter `first` on. */
static void item_bind(DbStmt *stmt, int first, const Item *item, const char *body,
                      const char *digest) {
    const char *const values[] = {item_kind_text(item->kind),
                                  item_measure_text(item->measure),
                                  item->area,
                                  item_polarity_text(item->polarity),
                                  item->topic,
                                  item_bank_text(item->bank),
                                  item_referent_text(item->referent),
                                  item_state_text(item->state),
                                  body,
                                  digest};
    for (guint i = 0; i < G_N_ELEMENTS(values); i++) {
        db_bind_text(stmt, first + (int)i, values[i]);
    }
}

static bool item_insert(DbTx *tx, const char *pack, const Item *item, int64_t version,
                        const char *body, const char *digest, int64_t now_us, GError **error) {
    g_autoptr(DbStmt) stmt = db_tx_query(tx, &q_item_insert, error);
    if (stmt == NULL) {
        return false;
    }
    db_bind_text(stmt, 1, pack);
    db_bind_text(stmt, 2, item->key);
    db_bind_int(stmt, 3, version);
    item_bind(stmt, 4, item, body, digest);
    db_bind_int(stmt, 14, now_us);
    return db_run(stmt, NULL, error);
}

static bool item_replace(DbTx *tx, int64_t id, const Item *item, const char *body,
                         const char *digest, int64_t now_us, GError **error) {
    g_autoptr(DbStmt) stmt = db_tx_query(tx, &q_item_replace, error);
    if (stmt == NULL) {
        return false;
    }
    item_bind(stmt, 1, item, body, digest);
    db_bind_int(stmt, 11, now_us);
    db_bind_int(stmt, 12, id);
    return db_run(stmt, NULL, error);
}

static bool item_set_state(DbTx *tx, int64_t id, ItemState state, GError **error) {
    g_autoptr(DbStmt) stmt = db_tx_query(tx, &q_item_state, error);
    if (stmt == NULL) {
        return false;
    }
    db_bind_text(stmt, 1, item_state_text(state));
    db_bind_int(stmt, 2, id);
    return db_run(stmt, NULL, error);
}

static bool item_store(DbTx *tx, const char *pack, const Item *item, int64_t now_us,
                       PackStored *stored, GError **error) {
    g_autofree char *body = item_body_format(item);
    g_autofree char *digest = item_digest(item, body);
    Newest newest;
    if (!item_newest(tx, pack, item, digest, &newest, error)) {
        return false;
    }
    if (newest.id == 0) {
        stored->items_added++;
        return item_insert(tx, pack, item, 1, body, digest, now_us, error);
    }
    if (newest.same) {
        stored->items_unchanged++;
        return newest.state_same || item_set_state(tx, newest.id, item->state, error);
    }
    if (!newest.frozen) {
        stored->items_replaced++;
        return item_replace(tx, newest.id, item, body, digest, now_us, error);
    }
    stored->items_versioned++;
    return item_insert(tx, pack, item, newest.version + 1, body, digest, now_us, error);
}

static bool items_retire(DbTx *tx, const char *name, const Pack *pack, PackStored *stored,
                         GError **error) {
    g_autoptr(GHashTable) keys = g_hash_table_new(g_str_hash, g_str_equal);
    for (guint i = 0; i < pack->items->len; i++) {
        g_hash_table_add(keys, ((Item *)pack->items->pdata[i])->key);
    }
    g_autoptr(GArray) gone = g_array_new(FALSE, FALSE, sizeof(int64_t));
    g_autoptr(DbStmt) row = db_tx_query(tx, &q_item_keys, error);
    if (row == NULL) {
        return false;
    }
    db_bind_text(row, 1, name);
    DbStep step;
    while ((step = db_step(row, error)) == DB_ROW) {
        int64_t id = db_int(row, "id");
        if (!g_hash_table_contains(keys, db_text(row, "item_key"))) {
            g_array_append_val(gone, id);
        }
    }
    for (guint i = 0; step == DB_DONE && i < gone->len; i++) {
        if (!item_set_state(tx, g_array_index(gone, int64_t, i), ITEM_RETIRED, error)) {
            return false;
        }
        stored->items_retired++;
    }
    return step == DB_DONE;
}

static bool lesson_newest(DbTx *tx, const char *pack, const Lesson *lesson, const char *digest,
                          Newest *out, GError **error) {
    g_autoptr(DbStmt) row = db_tx_query(tx, &q_lesson_newest, error);
    if (row == NULL) {
        return false;
    }
    db_bind_text(row, 1, pack);
    db_bind_text(row, 2, lesson->key);
    DbStep step = db_step(row, error);
    *out = (Newest){0};
    if (step == DB_ROW) {
        *out = (Newest){.id = db_int(row, "id"),
                        .version = db_int(row, "version"),
                        .frozen = !db_is_null(row, "shown_at_us"),
                        .same = strcmp(db_text(row, "body_sha256"), digest) == 0};
    }
    return step != DB_ERROR;
}

static bool lesson_insert(DbTx *tx, const char *pack, const Lesson *lesson, int64_t version,
                          const char *body, const char *digest, int64_t now_us, GError **error) {
    g_autoptr(DbStmt) stmt = db_tx_query(tx, &q_lesson_insert, error);
    if (stmt == NULL) {
        return false;
    }
    db_bind_text(stmt, 1, pack);
    db_bind_text(stmt, 2, lesson->key);
    db_bind_int(stmt, 3, version);
    db_bind_text(stmt, 4, lesson->area);
    db_bind_text(stmt, 5, lesson->topic);
    db_bind_text(stmt, 6, body);
    db_bind_text(stmt, 7, digest);
    db_bind_int(stmt, 8, now_us);
    return db_run(stmt, NULL, error);
}

static bool lesson_replace(DbTx *tx, int64_t id, const Lesson *lesson, const char *body,
                           const char *digest, int64_t now_us, GError **error) {
    g_autoptr(DbStmt) stmt = db_tx_query(tx, &q_lesson_replace, error);
    if (stmt == NULL) {
        return false;
    }
    db_bind_text(stmt, 1, lesson->area);
    db_bind_text(stmt, 2, lesson->topic);
    db_bind_text(stmt, 3, body);
    db_bind_text(stmt, 4, digest);
    db_bind_int(stmt, 5, now_us);
    db_bind_int(stmt, 6, id);
    return db_run(stmt, NULL, error);
}

static bool lesson_store(DbTx *tx, const char *pack, const Lesson *lesson, int64_t now_us,
                         PackStored *stored, GError **error) {
    g_autofree char *body = lesson_body_format(lesson);
    g_autofree char *digest = lesson_digest(lesson, body);
    Newest newest;
    if (!lesson_newest(tx, pack, lesson, digest, &newest, error)) {
        return false;
    }
    if (newest.id == 0) {
        stored->lessons_added++;
        return lesson_insert(tx, pack, lesson, 1, body, digest, now_us, error);
    }
    if (newest.same) {
        stored->lessons_unchanged++;
        return true;
    }
    if (!newest.frozen) {
        stored->lessons_replaced++;
        return lesson_replace(tx, newest.id, lesson, body, digest, now_us, error);
    }
    stored->lessons_versioned++;
    return lesson_insert(tx, pack, lesson, newest.version + 1, body, digest, now_us, error);
}

static bool pictures_store(DbTx *tx, const Pack *pack, GError **error) {
    GHashTableIter iter;
    gpointer name, bytes;
    g_hash_table_iter_init(&iter, pack->pictures);
    while (g_hash_table_iter_next(&iter, &name, &bytes)) {
        if (!picture_store(tx, name, bytes, error)) {
            return false;
        }
    }
    return true;
}

bool pack_store(DbTx *tx, const Pack *pack, const char *name, int64_t now_us,
                PackStored *out_stored, GError **error) {
    PackStored stored = {0};
    name = name == NULL ? pack->name : name;
    if (!pack_name_is_valid(name)) {
        return error_set(
            error, VK_ERROR_INPUT,
            tr("\"%s\" duger inte som paketnamn: använd högst %d tecken av a–z, 0–9, "
               "- _ och punkt.",
               "\"%s\" will not do as a pack's name: use at most %d characters of a-z, "
               "0-9, - _ and dot."),
            name, PACK_KEY_MAX);
    }
    for (guint i = 0; i < pack->items->len; i++) {
        if (!item_store(tx, name, pack->items->pdata[i], now_us, &stored, error)) {
            return false;
        }
    }
    for (guint i = 0; i < pack->lessons->len; i++) {
        if (!lesson_store(tx, name, pack->lessons->pdata[i], now_us, &stored, error)) {
            return false;
        }
    }
    if (!items_retire(tx, name, pack, &stored, error) || !pictures_store(tx, pack, error) ||
        !questionnaires_store(tx, pack, name, error)) {
        return false;
    }
    stored.questionnaires = pack->questionnaires->len;
    *out_stored = stored;
    return true;
}

void pack_summary_free(PackSummary *summary) {
    if (summary != NULL) {
        g_free(summary->name);
        g_free(summary->questionnaires);
        g_free(summary);
    }
}

GPtrArray *pack_list(Db *db, GError **error) {
    g_autoptr(GPtrArray) packs = g_ptr_array_new_with_free_func((GDestroyNotify)pack_summary_free);
    g_autoptr(DbStmt) row = db_query(db, &q_list, error);
    if (row == NULL) {
        return NULL;
    }
    DbStep step;
    while ((step = db_step(row, error)) == DB_ROW) {
        PackSummary *summary = g_new0(PackSummary, 1);
        summary->name = g_strdup(db_text(row, "name"));
        summary->items = db_int(row, "items");
        summary->scored = db_int(row, "scored");
        summary->lessons = db_int(row, "lessons");
        summary->questionnaires = g_strdup(db_text(row, "questionnaires"));
        g_ptr_array_add(packs, summary);
    }
    return step == DB_DONE ? g_steal_pointer(&packs) : NULL;
}
