/* The database: connections, statements, rows. SQL is written once, with $1, $2... numbered in
 * order of first appearance, so that another engine can run it too.
 *
 * A `Db *` reads; only a `DbTx *` (one open transaction, made by writer.h or migrate.h) can write,
 * so a signature says which a function does. A connection belongs to one thread at a time.
 *
 * Errors: BUSY (locked for longer than the timeout, a full disk), CONFLICT (a constraint),
 * NOT_FOUND, DENIED (file permissions), INPUT (not a Vetkoll database, newer than this program,
 * corrupt), INTERNAL.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct Db Db;
typedef struct DbTx DbTx;
typedef struct DbStmt DbStmt;

/* A statement with a name for error messages. Declare as `static const`: its address is the key of
 * the connection's cache of prepared statements. A file lists its own in NOUN_queries, an array of
 * pointers that ends in NULL, declared in its folder's queries.h: the lint prepares every one of
 * them against the migrated schema. */
typedef struct {
    const char *name;
    const char *sql;
} DbQuery;

typedef enum { DB_ERROR = -1, DB_DONE = 0, DB_ROW = 1 } DbStep;

/* A read-only connection to an existing database of this program's schema version. */
Db *db_open(const char *path, GError **error);
void db_close(Db *db);

/* Reads every page: INPUT if the file is damaged. About a second for each gigabyte. A writer has
 * done it (writer.h); for those who only read, and would rather say nothing than what is wrong. */
bool db_check(Db *db, const char *path, GError **error);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Db, db_close)

/* How something is made of a text that the database holds: always the same of the same text. */
typedef struct {
    gpointer (*make)(const char *text, GError **error);
    GDestroyNotify free;
} DbMemo;

/* What `kind` makes of the text, made once and kept with the connection; valid until the next call
 * for that kind. NULL with make's error. */
gconstpointer db_memo(Db *db, const DbMemo *kind, const char *text, GError **error);

/* A statement ready to bind; INTERNAL if it would write. Freeing it returns it to the cache. */
DbStmt *db_query(Db *db, const DbQuery *query, GError **error);

/* The same in a transaction, where it may write. */
DbStmt *db_tx_query(DbTx *tx, const DbQuery *query, GError **error);

/* The transaction's connection, for functions that only read. Valid while the transaction is. */
Db *db_tx_db(DbTx *tx);

/* For what must not tell when or in which order it came: soon after the commit the log, which would
 * tell both, is copied into the database and emptied. */
void db_tx_forget_order(DbTx *tx);

/* Small changes that the jobs of a transaction make to the same few rows, such as counters: each
 * notes an entry, and they are written together right before the commit. */
typedef struct {
    gsize entry_size;
    /* Writes `count` entries; must not note any. A failure undoes the whole transaction. */
    bool (*flush)(DbTx *tx, gconstpointer entries, guint count, GError **error);
} DbDeferred;

/* The array to append entries to; a job that fails takes back its own. `kind` is static. */
GArray *db_tx_deferred(DbTx *tx, const DbDeferred *kind);

/* Writes now what was noted, for a job that must read the rows. */
bool db_tx_flush(DbTx *tx, const DbDeferred *kind, GError **error);

void db_stmt_free(DbStmt *stmt);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(DbStmt, db_stmt_free)

/* Parameters count from 1; every one must be bound before the first step. Text and blobs are
 * copied; NULL text binds NULL. */
void db_bind_int(DbStmt *stmt, int parameter, int64_t value);
void db_bind_bool(DbStmt *stmt, int parameter, bool value);
void db_bind_text(DbStmt *stmt, int parameter, const char *text);
void db_bind_blob(DbStmt *stmt, int parameter, const void *data, size_t size);
void db_bind_null(DbStmt *stmt, int parameter);

/* NULL for 0: an instant that there is not. */
void db_bind_instant(DbStmt *stmt, int parameter, int64_t at_us);

/* The next row, the end, or an error: three different things. */
DbStep db_step(DbStmt *stmt, GError **error);

/* Steps to the end, ignoring rows, and leaves the statement ready to bind again. `out_changed` (may
 * be NULL) receives the number of rows inserted, updated or deleted. */
bool db_run(DbStmt *stmt, int64_t *out_changed, GError **error);

/* Runs a statement whose only parameter is a number, such as the id of what it is about. */
bool db_tx_run(DbTx *tx, const DbQuery *query, int64_t id, int64_t *out_changed, GError **error);

/* The same where $2 is the most rows that it may change. */
bool db_tx_run_some(DbTx *tx, const DbQuery *query, int64_t id, guint max, guint *out_changed,
                    GError **error);

/* Forgets the bindings' results so that the statement can be bound and stepped once more. */
void db_reset(DbStmt *stmt);

/* Columns of the current row, by name. Text and blobs live until the next step. */
int64_t db_int(DbStmt *stmt, const char *column);
bool db_bool(DbStmt *stmt, const char *column);
const char *db_text(DbStmt *stmt, const char *column);
const void *db_blob(DbStmt *stmt, const char *column, size_t *out_size);
bool db_is_null(DbStmt *stmt, const char *column);
bool db_is_number(DbStmt *stmt, const char *column);

/* The columns of the statement, for what passes on rows as they are. Names live as it does. */
guint db_columns(DbStmt *stmt);
const char *db_column_name(DbStmt *stmt, guint index);
