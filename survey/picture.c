#include "survey/picture.h"

#include "survey/queries.h"

#include "base/error.h"
#include "base/lang.h"

#include <string.h>

static const DbQuery q_store = {
    "picture.store", "INSERT INTO picture (name, bytes) VALUES ($1, $2) ON CONFLICT DO NOTHING"};
static const DbQuery q_load = {"picture.load", "SELECT bytes FROM picture WHERE name = $1"};

const DbQuery *const picture_queries[] = {&q_store, &q_load, NULL};

enum { DIGEST_CHARS = 64 };

typedef struct {
    const char *suffix;
    const char *media_type;
    const char *magic;
    size_t magic_size;
    size_t magic_at;
} Kind;

static const Kind kinds[] = {
    {".png", "image/png", "\x89PNG\r\n\x1a\n", 8, 0},
    {".jpg", "image/jpeg", "\xff\xd8\xff", 3, 0},
    {".webp", "image/webp", "WEBP", 4, 8},
};

char *picture_name(const void *bytes, size_t size) {
    for (guint i = 0; i < G_N_ELEMENTS(kinds); i++) {
        const Kind *kind = &kinds[i];
        if (size > kind->magic_at + kind->magic_size &&
            memcmp((const char *)bytes + kind->magic_at, kind->magic, kind->magic_size) == 0) {
            g_autofree char *digest = g_compute_checksum_for_data(G_CHECKSUM_SHA256, bytes, size);
            return g_strconcat(digest, kind->suffix, NULL);
        }
    }
    return NULL;
}

const char *picture_media_type(const char *name) {
    size_t digest = strspn(name, "0123456789abcdef");
    for (guint i = 0; digest == DIGEST_CHARS && i < G_N_ELEMENTS(kinds); i++) {
        if (strcmp(name + digest, kinds[i].suffix) == 0) {
            return kinds[i].media_type;
        }
    }
    return NULL;
}

bool picture_name_is_valid(const char *name) {
    return picture_media_type(name) != NULL;
}

bool picture_store(DbTx *tx, const char *name, GBytes *bytes, GError **error) {
    g_assert(picture_name_is_valid(name));
    g_autoptr(DbStmt) stmt = db_tx_query(tx, &q_store, error);
    if (stmt == NULL) {
        return false;
    }
    gsize size;
    const void *data = g_bytes_get_data(bytes, &size);
    db_bind_text(stmt, 1, name);
    db_bind_blob(stmt, 2, data, size);
    return db_run(stmt, NULL, error);
}

GBytes *picture_load(Db *db, const char *name, GError **error) {
    g_autoptr(DbStmt) row = db_query(db, &q_load, error);
    if (row == NULL) {
        return NULL;
    }
    db_bind_text(row, 1, name);
    DbStep step = db_step(row, error);
    if (step == DB_DONE) {
        error_set(error, VK_ERROR_NOT_FOUND, tr("Bilden finns inte.", "There is no such picture."));
    }
    if (step != DB_ROW) {
        return NULL;
    }
    size_t size;
    const void *data = db_blob(row, "bytes", &size);
    return g_bytes_new(data, size);
}
