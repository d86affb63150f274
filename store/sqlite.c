/* The SQLite engine of db.h. Only this file and gather.c know sqlite3.h.
 *
 * Write connections: WAL, synchronous=FULL (a commit is on disk before it is told), foreign keys
 * on, secure_delete (erased data does not linger in free pages). Opening checks before it writes: a
 * file that is not ours, is newer, or may not be written is refused untouched. */
#include "store/db.h"
#include "store/engine_private.h"

#include "base/error.h"
#include "base/lang.h"
#include "store/deferred_private.h"
#include "store/gather_private.h"
#include "store/memo_private.h"

#include <malloc.h>
#include <sqlite3.h>
#include <string.h>

enum { DB_BUSY_TIMEOUT_MS = 15000 };

struct Db {
    sqlite3 *handle;
    GHashTable *statements; /* const DbQuery * -> GPtrArray of idle DbStmt */
    Memo *memo;
    int log_frames;   /* of the log, after the last commit of this connection */
    bool log_pending; /* the log holds what should soon leave it */
};

struct DbTx {
    Db *db;
    Deferred *deferred;
    bool forget_order;
};

struct DbStmt {
    Db *db;
    const DbQuery *query;
    sqlite3_stmt *handle;
    char **columns; /* their names */
    int column_count;
    int column_last; /* that was asked for: rows are read in order, some columns twice */
};

static VkErrorCode sqlite_code(int status) {
    switch (status & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return VK_ERROR_BUSY;
    case SQLITE_CONSTRAINT:
        return VK_ERROR_CONFLICT;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        return VK_ERROR_INPUT;
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_AUTH:
        return VK_ERROR_DENIED;
    case SQLITE_FULL:
        return VK_ERROR_BUSY;
    default:
        return VK_ERROR_INTERNAL;
    }
}

/* What whoever runs the program can do about it; "" where that is nothing. */
static const char *sqlite_remedy(int status) {
    switch (status & 0xff) {
    case SQLITE_FULL:
        return tr(". Disken är full: frigör utrymme och försök igen. Ingenting har ändrats",
                  ". The disk is full: free some space and try again. Nothing was changed");
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        return tr(". Databasen är skadad: återställ en säkerhetskopia",
                  ". The database is damaged: restore a backup");
    case SQLITE_READONLY:
    case SQLITE_PERM:
        return tr(". Ändra rättigheterna på databasen, dess mapp och filerna bredvid den (-wal, "
                  "-shm)",
                  ". Change the permissions of the database, its folder and the files beside it "
                  "(-wal, -shm)");
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return tr(". Ett annat program skriver; försök igen",
                  ". Another program writes; try again");
    default:
        return "";
    }
}

static bool sqlite_fail(Db *db, const char *what, GError **error) {
    int status = sqlite3_extended_errcode(db->handle);
    return error_set(error, sqlite_code(status),
                     tr("databasen, %s: %s (SQLite %d)%s", "the database, %s: %s (SQLite %d)%s"),
                     what, sqlite3_errmsg(db->handle), status, sqlite_remedy(status));
}

/* SQLITE_ROW or what went wrong; whether the application id is ours. */
static int header_read(const char *uri, bool *out_ours) {
    sqlite3 *handle = NULL;
    sqlite3_stmt *stmt = NULL;
    int status = sqlite3_open_v2(uri, &handle, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, NULL);
    if (status == SQLITE_OK) {
        status = sqlite3_prepare_v2(handle, "PRAGMA application_id", -1, &stmt, NULL);
    }
    if (status == SQLITE_OK) {
        status = sqlite3_step(stmt);
    }
    *out_ours = status == SQLITE_ROW && sqlite3_column_int(stmt, 0) == STORE_APPLICATION_ID;
    sqlite3_finalize(stmt);
    sqlite3_close(handle);
    return status;
}

/* Reads the application id before SQLite may touch anything, through an immutable connection, which
 * makes no side files. Never by open() and close() of our own: closing any descriptor of the file
 * drops the locks that this process's connections hold (fcntl(2)), and another process would then
 * take the log away from under them. A log that comes and goes while the header is read shows at
 * the next look. */
static bool engine_check_header(const char *path, GError **error) {
    enum { LOOKS = 3 };
    g_autofree char *absolute = g_canonicalize_filename(path, NULL);
    g_autofree char *file = g_filename_to_uri(absolute, NULL, NULL);
    g_autofree char *uri = g_strconcat(file, "?immutable=1", NULL);
    bool ours = false;
    bool again = true;
    for (int look = 0; look < LOOKS && again; look++) {
        bool log = engine_has_log(path);
        int status = header_read(uri, &ours);
        again = status == SQLITE_CORRUPT && !log && !engine_has_log(path);
        ours = ours || (status == SQLITE_CORRUPT && !again);
    }
    return ours ||
           error_set(
               error, VK_ERROR_INPUT,
               tr("%s är ingen Vetkoll-databas, eller är skadad; återställ en säkerhetskopia. "
                  "Ingenting har ändrats",
                  "%s is not a Vetkoll database, or is damaged; restore a backup. "
                  "Nothing was changed"),
               path);
}

/* The pages that a connection has room for at once; it asks for memory for each that is more. To
 * read one person's progress takes some 25, and SQLite's own number is 20. */
enum { FIRST_PAGES = 64 };

/* Nobody reads SQLite's count of its memory, and keeping it takes one lock around every
 * allocation of every connection. What does not fit in memory meanwhile lies where the database
 * does: not on another disk, which others may read. */
static gpointer engine_start(gpointer data) {
    sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
    sqlite3_config(SQLITE_CONFIG_PAGECACHE, NULL, 0, FIRST_PAGES);
    g_autofree char *dir = g_path_get_dirname(data);
    sqlite3_temp_directory = sqlite3_mprintf("%s", dir); /* starts SQLite */
    return GINT_TO_POINTER(sqlite3_temp_directory != NULL);
}

static int on_commit(void *data, sqlite3 *handle, const char *name, int frames) {
    (void)handle;
    (void)name;
    Db *db = data;
    db->log_frames = frames;
    return SQLITE_OK;
}

static void on_rollback(void *data) {
    const Db *db = data;
    gather_forget(db->handle);
}

Db *engine_open(const char *path, EngineMode mode, GError **error) {
    static GOnce started = G_ONCE_INIT;
    if (g_once(&started, engine_start, (gpointer)(guintptr)path) == NULL) {
        error_set(error, VK_ERROR_INTERNAL, "SQLite: not started");
        return NULL;
    }
    if (mode != ENGINE_CREATE &&
        (!engine_check_file(path, error) || !engine_check_header(path, error))) {
        return NULL;
    }
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
    if (mode == ENGINE_CREATE) {
        flags |= SQLITE_OPEN_CREATE;
    }
    g_autoptr(Db) db = g_new0(Db, 1);
    db->memo = memo_new();
    db->statements = g_hash_table_new_full(NULL, NULL, NULL, (GDestroyNotify)g_ptr_array_unref);
    int status = sqlite3_open_v2(path, &db->handle, flags, gather_vfs());
    if (status != SQLITE_OK) {
        error_set(error, sqlite_code(status),
                  tr("databasen %s kan inte öppnas: %s", "the database %s cannot be opened: %s"),
                  path, sqlite3_errmsg(db->handle));
        return NULL;
    }
    sqlite3_busy_timeout(db->handle, DB_BUSY_TIMEOUT_MS);
    const char *settings = mode == ENGINE_READ
                               ? "PRAGMA query_only=ON; PRAGMA cache_size=-1000;"
                               : "PRAGMA foreign_keys=ON; PRAGMA secure_delete=ON;"
                                 "PRAGMA synchronous=FULL; PRAGMA temp_store=MEMORY;"
                                 "PRAGMA cache_size=-8000;";
    if (!engine_exec(db, settings, error)) {
        return NULL;
    }
    sqlite3_wal_hook(db->handle, on_commit, db); /* and so nothing is copied unasked */
    sqlite3_rollback_hook(db->handle, on_rollback, db);
    db->log_pending = mode == ENGINE_WRITE; /* a process that was killed may have left its log */
    return g_steal_pointer(&db);
}

bool engine_exec(Db *db, const char *sql, GError **error) {
    if (sqlite3_exec(db->handle, sql, NULL, NULL, NULL) == SQLITE_OK) {
        return true;
    }
    sqlite_fail(db, "exec", error);
    if (sqlite3_get_autocommit(db->handle) != 0) {
        gather_forget(db->handle); /* VACUUM rolls back without the hook */
    }
    return false;
}

bool engine_check_pages(Db *db, const char *path, GError **error) {
    sqlite3_stmt *handle = NULL;
    /* Two thirds of the time would go to asking each row again what was asked when it was written.
     */
    bool sound =
        sqlite3_exec(db->handle, "PRAGMA ignore_check_constraints=1", NULL, NULL, NULL) ==
            SQLITE_OK &&
        sqlite3_prepare_v2(db->handle, "PRAGMA quick_check(1)", -1, &handle, NULL) == SQLITE_OK &&
        sqlite3_step(handle) == SQLITE_ROW &&
        g_strcmp0((const char *)sqlite3_column_text(handle, 0), "ok") == 0;
    sqlite3_db_release_memory(db->handle); /* as much of the database as it may keep */
    malloc_trim(0);
    g_autofree char *fault =
        handle != NULL && !sound ? g_strdup((const char *)sqlite3_column_text(handle, 0)) : NULL;
    if (fault != NULL) {
        g_strdelimit(fault, "\n", ' ');
    }
    sqlite3_finalize(handle);
    sound = sqlite3_exec(db->handle, "PRAGMA ignore_check_constraints=0", NULL, NULL, NULL) ==
                SQLITE_OK &&
            sound;
    return sound ||
           error_set(
               error, VK_ERROR_INPUT,
               tr("databasen %s är skadad (%s); återställ en säkerhetskopia. Ingenting har ändrats",
                  "the database %s is damaged (%s); restore a backup. Nothing was changed"),
               path, fault != NULL ? fault : sqlite3_errmsg(db->handle));
}

bool engine_pragma(Db *db, const char *name, int64_t *out_value, GError **error) {
    g_autofree char *sql = g_strconcat("PRAGMA ", name, NULL);
    sqlite3_stmt *handle = NULL;
    if (sqlite3_prepare_v2(db->handle, sql, -1, &handle, NULL) != SQLITE_OK ||
        sqlite3_step(handle) != SQLITE_ROW) {
        sqlite3_finalize(handle);
        return sqlite_fail(db, name, error);
    }
    *out_value = sqlite3_column_int64(handle, 0);
    sqlite3_finalize(handle);
    return true;
}

Db *db_open(const char *path, GError **error) {
    g_autoptr(Db) db = engine_open(path, ENGINE_READ, error);
    return db != NULL && migrate_check(db, path, error) ? g_steal_pointer(&db) : NULL;
}

bool db_check(Db *db, const char *path, GError **error) {
    return engine_check_pages(db, path, error);
}

static void stmt_destroy(gpointer data) {
    DbStmt *stmt = data;
    sqlite3_finalize(stmt->handle);
    for (int i = 0; i < stmt->column_count; i++) {
        g_free(stmt->columns[i]);
    }
    g_free(stmt->columns);
    g_free(stmt);
}

void db_close(Db *db) {
    if (db == NULL) {
        return;
    }
    g_hash_table_unref(db->statements);
    memo_free(db->memo);
    int status = sqlite3_close(db->handle);
    g_assert(status == SQLITE_OK); /* a statement is still in use: our bug */
    g_free(db);
}

/* --- transactions ------------------------------------------------------------ */

static const DbQuery q_begin = {"begin", "BEGIN IMMEDIATE"};
static const DbQuery q_commit = {"commit", "COMMIT"};
static const DbQuery q_savepoint = {"savepoint", "SAVEPOINT job"};
static const DbQuery q_release = {"release", "RELEASE job"};

static DbStmt *stmt_take(Db *db, const DbQuery *query, GError **error);

/* One that is run for every group or job: kept prepared. */
static bool engine_step(Db *db, const DbQuery *query, GError **error) {
    g_autoptr(DbStmt) stmt = stmt_take(db, query, error);
    if (stmt == NULL) {
        return false;
    }
    return sqlite3_step(stmt->handle) == SQLITE_DONE || sqlite_fail(db, query->name, error);
}

DbTx *engine_begin(Db *db, GError **error) {
    if (!engine_step(db, &q_begin, error)) {
        return NULL;
    }
    DbTx *tx = g_new0(DbTx, 1);
    tx->db = db;
    tx->deferred = deferred_new();
    return tx;
}

static void tx_free(DbTx *tx) {
    deferred_free(tx->deferred);
    g_free(tx);
}

bool engine_commit(DbTx *take_tx, GError **error) {
    Db *db = take_tx->db;
    bool done = deferred_flush(take_tx->deferred, take_tx, NULL, error) &&
                engine_step(db, &q_commit, error);
    if (done) {
        db->log_pending = db->log_pending || take_tx->forget_order;
    } else if (sqlite3_get_autocommit(db->handle) == 0) {
        sqlite3_exec(db->handle, "ROLLBACK", NULL, NULL, NULL);
    }
    tx_free(take_tx);
    return done;
}

void engine_rollback(DbTx *take_tx) {
    if (take_tx != NULL) {
        sqlite3_exec(take_tx->db->handle, "ROLLBACK", NULL, NULL, NULL);
        tx_free(take_tx);
    }
}

void db_tx_forget_order(DbTx *tx) {
    tx->forget_order = true;
}

bool engine_log_pending(const Db *db) {
    return db->log_pending;
}

static bool log_checkpoint(Db *db, int mode, int wait_ms, int *out_frames) {
    sqlite3_busy_timeout(db->handle, wait_ms);
    int status = sqlite3_wal_checkpoint_v2(db->handle, NULL, mode, out_frames, NULL);
    sqlite3_busy_timeout(db->handle, DB_BUSY_TIMEOUT_MS);
    return status == SQLITE_OK;
}

bool engine_empty_log(Db *db, int wait_ms) {
    bool emptied = log_checkpoint(db, SQLITE_CHECKPOINT_TRUNCATE, wait_ms, NULL);
    db->log_pending = db->log_pending && !emptied;
    return emptied;
}

int engine_log_frames(const Db *db) {
    return db->log_frames;
}

bool engine_copy_log(Db *db, int *out_frames) {
    return log_checkpoint(db, SQLITE_CHECKPOINT_PASSIVE, 0, out_frames);
}

bool engine_copy_rest(Db *db) {
    return log_checkpoint(db, SQLITE_CHECKPOINT_RESTART, 0, NULL);
}

void engine_sync(Db *db) {
    sqlite3_file *file = NULL;
    int status = sqlite3_file_control(db->handle, "main", SQLITE_FCNTL_FILE_POINTER, &file);
    if (status == SQLITE_OK && file != NULL && file->pMethods != NULL) {
        file->pMethods->xSync(file, SQLITE_SYNC_NORMAL | SQLITE_SYNC_DATAONLY);
    }
}

bool engine_savepoint(DbTx *tx, GError **error) {
    deferred_mark(tx->deferred);
    return engine_step(tx->db, &q_savepoint, error);
}

bool engine_release(DbTx *tx, GError **error) {
    return engine_step(tx->db, &q_release, error);
}

bool engine_rollback_savepoint(DbTx *tx, GError **error) {
    deferred_undo(tx->deferred);
    return engine_exec(tx->db, "ROLLBACK TO job; RELEASE job", error);
}

Db *db_tx_db(DbTx *tx) {
    return tx->db;
}

GArray *db_tx_deferred(DbTx *tx, const DbDeferred *kind) {
    return deferred_entries(tx->deferred, kind);
}

bool db_tx_flush(DbTx *tx, const DbDeferred *kind, GError **error) {
    return deferred_flush(tx->deferred, tx, kind, error);
}

/* --- statements ------------------------------------------------------------ */

static DbStmt *stmt_prepare(Db *db, const DbQuery *query, GError **error) {
    sqlite3_stmt *handle = NULL;
    const char *rest = NULL;
    if (sqlite3_prepare_v3(db->handle, query->sql, -1, SQLITE_PREPARE_PERSISTENT, &handle, &rest) !=
        SQLITE_OK) {
        sqlite_fail(db, query->name, error);
        return NULL;
    }
    g_assert(handle != NULL && *rest == '\0'); /* one statement a query */
    DbStmt *stmt = g_new0(DbStmt, 1);
    stmt->db = db;
    stmt->query = query;
    stmt->handle = handle;
    stmt->column_count = sqlite3_column_count(handle);
    stmt->columns = g_new0(char *, (gsize)stmt->column_count + 1);
    for (int i = 0; i < stmt->column_count; i++) {
        stmt->columns[i] = g_strdup(sqlite3_column_name(handle, i));
    }
    return stmt;
}

static DbStmt *stmt_take(Db *db, const DbQuery *query, GError **error) {
    GPtrArray *idle = g_hash_table_lookup(db->statements, query);
    if (idle != NULL && idle->len > 0) {
        return g_ptr_array_steal_index_fast(idle, idle->len - 1);
    }
    return stmt_prepare(db, query, error);
}

DbStmt *db_query(Db *db, const DbQuery *query, GError **error) {
    DbStmt *stmt = stmt_take(db, query, error);
    if (stmt != NULL && sqlite3_stmt_readonly(stmt->handle) == 0) {
        error_set(error, VK_ERROR_INTERNAL, "%s: a write without a transaction", query->name);
        db_stmt_free(stmt);
        return NULL;
    }
    return stmt;
}

DbStmt *db_tx_query(DbTx *tx, const DbQuery *query, GError **error) {
    return stmt_take(tx->db, query, error);
}

gconstpointer db_memo(Db *db, const DbMemo *kind, const char *text, GError **error) {
    return memo_get(db->memo, kind, text, error);
}

void db_stmt_free(DbStmt *stmt) {
    if (stmt == NULL) {
        return;
    }
    sqlite3_reset(stmt->handle);
    sqlite3_clear_bindings(stmt->handle);
    GPtrArray *idle = g_hash_table_lookup(stmt->db->statements, stmt->query);
    if (idle == NULL) {
        idle = g_ptr_array_new_with_free_func(stmt_destroy);
        g_hash_table_insert(stmt->db->statements, (gpointer)(uintptr_t)stmt->query, idle);
    }
    g_ptr_array_add(idle, stmt);
}

void db_bind_int(DbStmt *stmt, int parameter, int64_t value) {
    int status = sqlite3_bind_int64(stmt->handle, parameter, value);
    g_assert(status == SQLITE_OK);
}

void db_bind_bool(DbStmt *stmt, int parameter, bool value) {
    db_bind_int(stmt, parameter, value ? 1 : 0);
}

void db_bind_text(DbStmt *stmt, int parameter, const char *text) {
    int status = sqlite3_bind_text(stmt->handle, parameter, text, -1, SQLITE_TRANSIENT);
    g_assert(status == SQLITE_OK);
}

void db_bind_blob(DbStmt *stmt, int parameter, const void *data, size_t size) {
    int status =
        sqlite3_bind_blob64(stmt->handle, parameter, data, (sqlite3_uint64)size, SQLITE_TRANSIENT);
    g_assert(status == SQLITE_OK);
}

void db_bind_null(DbStmt *stmt, int parameter) {
    int status = sqlite3_bind_null(stmt->handle, parameter);
    g_assert(status == SQLITE_OK);
}

/* A full disk or a failed write may have rolled the whole transaction back; what came after would
 * commit on its own. */
static bool stmt_check_transaction(DbStmt *stmt, GError **error) {
    return sqlite3_stmt_readonly(stmt->handle) != 0 ||
           sqlite3_get_autocommit(stmt->db->handle) == 0 ||
           error_set(error, VK_ERROR_INTERNAL, "%s: the transaction is lost", stmt->query->name);
}

DbStep db_step(DbStmt *stmt, GError **error) {
    if (!stmt_check_transaction(stmt, error)) {
        return DB_ERROR;
    }
    int status = sqlite3_step(stmt->handle);
    if (status == SQLITE_ROW) {
        return DB_ROW;
    }
    if (status == SQLITE_DONE) {
        return DB_DONE;
    }
    sqlite_fail(stmt->db, stmt->query->name, error);
    return DB_ERROR;
}

bool db_run(DbStmt *stmt, int64_t *out_changed, GError **error) {
    DbStep step = DB_ROW;
    int before = sqlite3_total_changes(stmt->db->handle);
    while (step == DB_ROW) {
        step = db_step(stmt, error);
    }
    db_reset(stmt);
    if (step == DB_ERROR) {
        return false;
    }
    if (out_changed != NULL) {
        /* changes() ignores a statement that matched nothing and then reports the one before. */
        *out_changed = sqlite3_total_changes(stmt->db->handle) == before
                           ? 0
                           : sqlite3_changes(stmt->db->handle);
    }
    return true;
}

void db_reset(DbStmt *stmt) {
    sqlite3_reset(stmt->handle);
}

static int stmt_column(DbStmt *stmt, const char *column) {
    for (int turn = 0, i = stmt->column_last; turn < stmt->column_count; turn++, i++) {
        i = i < stmt->column_count ? i : 0;
        if (strcmp(stmt->columns[i], column) == 0) {
            stmt->column_last = i;
            return i;
        }
    }
    g_error("query %s has no column %s", stmt->query->name, column);
}

int64_t db_int(DbStmt *stmt, const char *column) {
    return sqlite3_column_int64(stmt->handle, stmt_column(stmt, column));
}

bool db_bool(DbStmt *stmt, const char *column) {
    return db_int(stmt, column) != 0;
}

const char *db_text(DbStmt *stmt, const char *column) {
    return (const char *)sqlite3_column_text(stmt->handle, stmt_column(stmt, column));
}

const void *db_blob(DbStmt *stmt, const char *column, size_t *out_size) {
    int index = stmt_column(stmt, column);
    const void *data = sqlite3_column_blob(stmt->handle, index);
    *out_size = (size_t)sqlite3_column_bytes(stmt->handle, index);
    return data;
}

bool db_is_null(DbStmt *stmt, const char *column) {
    return sqlite3_column_type(stmt->handle, stmt_column(stmt, column)) == SQLITE_NULL;
}

bool db_is_number(DbStmt *stmt, const char *column) {
    return sqlite3_column_type(stmt->handle, stmt_column(stmt, column)) == SQLITE_INTEGER;
}

guint db_columns(DbStmt *stmt) {
    return (guint)sqlite3_column_count(stmt->handle);
}

const char *db_column_name(DbStmt *stmt, guint index) {
    return sqlite3_column_name(stmt->handle, (int)index);
}
