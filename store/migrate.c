#include "store/migrate.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/lang.h"
#include "store/engine_private.h"
#include "store/store_resource.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <unistd.h>

/* Append only: neither reorder nor remove. Version n is the n-th. */
static const char *const migrations[] = {
    "0001-people", "0002-survey",   "0003-mailer",        "0004-campaigns",      "0005-evidence",
    "0006-pacing", "0007-notices",  "0008-undeliverable", "0009-languages",      "0010-frozen",
    "0011-rights", "0012-sealed",   "0013-spacing",       "0014-questionnaires", "0015-noted",
    "0016-texts",  "0017-promised", "0018-answers",       "0019-progress",
};

static const char version_table[] =
    "CREATE TABLE schema_version (version INTEGER PRIMARY KEY, name TEXT NOT NULL,"
    " applied_at_us INTEGER NOT NULL) STRICT";

static const DbQuery q_applied = {"schema_version.insert",
                                  "INSERT INTO schema_version (version, name, applied_at_us)"
                                  " VALUES ($1, $2, $3)"};

int migrate_latest(void) {
    return (int)G_N_ELEMENTS(migrations);
}

static GBytes *migrate_text(const char *name) {
    g_autofree char *path = g_strdup_printf("/vetkoll/store/migrations/%s.sql", name);
    GBytes *bytes =
        g_resource_lookup_data(vk_store_get_resource(), path, G_RESOURCE_LOOKUP_FLAGS_NONE, NULL);
    g_assert(bytes != NULL);
    return bytes;
}

static bool migrate_apply(DbTx *tx, int version, GError **error) {
    const char *name = migrations[version - 1];
    g_autoptr(GBytes) bytes = migrate_text(name);
    gsize size = 0;
    const char *data = g_bytes_get_data(bytes, &size);
    g_autofree char *sql = g_strndup(data, size);
    if (!engine_exec(db_tx_db(tx), sql, error)) {
        g_prefix_error(error, "%s: ", name);
        return false;
    }
    g_autoptr(DbStmt) stmt = db_tx_query(tx, &q_applied, error);
    if (stmt == NULL) {
        return false;
    }
    db_bind_int(stmt, 1, version);
    db_bind_text(stmt, 2, name);
    db_bind_int(stmt, 3, clock_now_us());
    return db_run(stmt, NULL, error);
}

static bool migrate_from(Db *db, int version, GError **error) {
    DbTx *tx = engine_begin(db, error);
    if (tx == NULL) {
        return false;
    }
    bool ok = version > 0 || engine_exec(db, version_table, error);
    while (ok && version < migrate_latest()) {
        ok = migrate_apply(tx, ++version, error);
    }
    g_autofree char *mark = g_strdup_printf("PRAGMA user_version=%d", version);
    if (!ok || !engine_exec(db, mark, error)) {
        engine_rollback(tx);
        return false;
    }
    return engine_commit(tx, error);
}

/* What a creation that failed has left. */
static void migrate_remove(const char *path) {
    static const char *const suffixes[] = {"", "-wal", "-shm", "-journal"};
    for (guint i = 0; i < G_N_ELEMENTS(suffixes); i++) {
        g_autofree char *file = g_strconcat(path, suffixes[i], NULL);
        unlink(file);
    }
}

bool migrate_create(const char *path, GError **error) {
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0) {
        return error_set(
            error, errno == EEXIST ? VK_ERROR_CONFLICT : VK_ERROR_DENIED,
            tr("databasen %s kunde inte skapas: %s", "the database %s could not be created: %s"),
            path, error_reason(errno));
    }
    close(fd);
    g_autoptr(Db) db = engine_open(path, ENGINE_CREATE, error);
    g_autofree char *mark = g_strdup_printf("PRAGMA application_id=%d; PRAGMA journal_mode=WAL;",
                                            (int)STORE_APPLICATION_ID);
    if (db == NULL || !engine_exec(db, mark, error) || !migrate_from(db, 0, error)) {
        g_clear_pointer(&db, db_close);
        migrate_remove(path);
        return false;
    }
    return true;
}

static bool migrate_newer(const char *path, int64_t version, GError **error) {
    return error_set(error, VK_ERROR_INPUT,
                     tr("databasen %s har schemaversion %d men programmet känner bara till %d; "
                        "installera en nyare Vetkoll. Ingenting har ändrats",
                        "the database %s has schema version %d but this program knows only %d; "
                        "install a newer Vetkoll. Nothing was changed"),
                     path, (int)version, migrate_latest());
}

bool migrate_check(Db *db, const char *path, GError **error) {
    int64_t version = 0;
    if (!engine_pragma(db, "user_version", &version, error)) {
        return false;
    }
    if (version > migrate_latest()) {
        return migrate_newer(path, version, error);
    }
    if (version < migrate_latest()) {
        return error_set(error, VK_ERROR_CONFLICT,
                         tr("databasen %s har schemaversion %d och programmet %d; "
                            "kör `vetkoll init` för att uppgradera den",
                            "the database %s has schema version %d and this program %d; "
                            "run `vetkoll init` to upgrade it"),
                         path, (int)version, migrate_latest());
    }
    return true;
}

bool migrate_upgrade(const char *path, GError **error) {
    int64_t version = 0;
    {
        g_autoptr(Db) reader = engine_open(path, ENGINE_READ, error);
        if (reader == NULL || !engine_pragma(reader, "user_version", &version, error)) {
            return false;
        }
        if (version > migrate_latest()) {
            return migrate_newer(path, version, error);
        }
        if (!engine_check_pages(reader, path, error)) {
            return false;
        }
    }
    if (version == migrate_latest()) {
        return true;
    }
    g_autoptr(Db) db = engine_open(path, ENGINE_WRITE, error);
    return db != NULL && migrate_from(db, (int)version, error);
}
