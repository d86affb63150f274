/* What the store's own files share: a connection that writes and its transaction. */
#pragma once

#include "store/db.h"

/* "VTKL": the application id in the file's header. */
enum { STORE_APPLICATION_ID = 0x56544b4c };

typedef enum { ENGINE_READ, ENGINE_WRITE, ENGINE_CREATE } EngineMode;

/* Opens the file and checks that it is ours; the schema version is the caller's business. */
Db *engine_open(const char *path, EngineMode mode, GError **error);

/* Whether the file is there and may be read and written, it and its folder; errors that say what to
 * do. */
bool engine_check_file(const char *path, GError **error);

/* True while a log lies beside the file. */
bool engine_has_log(const char *path);

/* Runs several statements of DDL or PRAGMA text. */
bool engine_exec(Db *db, const char *sql, GError **error);

/* Reads every page and says whether the file is sound; takes about a second for each gigabyte. */
bool engine_check_pages(Db *db, const char *path, GError **error);

/* A one-number PRAGMA such as "user_version". */
bool engine_pragma(Db *db, const char *name, int64_t *out_value, GError **error);

/* BEGIN IMMEDIATE; NULL with BUSY when another process holds the lock for too long. */
DbTx *engine_begin(Db *db, GError **error);
bool engine_commit(DbTx *take_tx, GError **error);
void engine_rollback(DbTx *take_tx);

/* Whether a commit since the log was last emptied asked for it (db_tx_forget_order). */
bool engine_log_pending(const Db *db);

/* Copies the log into the database and empties it; false if it is not empty afterwards because a
 * reader or another process still needs it. Waits for them up to `wait_ms`. */
bool engine_empty_log(Db *db, int wait_ms);

/* Pages that the log held after this connection's last commit. */
int engine_log_frames(const Db *db);

/* Copies what it can of the log into the database and waits for nobody; false if another connection
 * is doing so. `out_frames`: pages that the log held when it began. Only of a log of which
 * something is not yet copied, and in one process only: in SQLite before 3.51.3 a writer may begin
 * a log that is copied anew while this looks at it, and its next commits are lost
 * (sqlite.org/wal.html, "the WAL-reset bug"). */
bool engine_copy_log(Db *db, int *out_frames);

/* The same, while nobody can write. The next commit begins the log anew if true; false if a reader
 * is still in it. */
bool engine_copy_rest(Db *db);

/* Syncs the database's file: a copy does that only where nothing was committed meanwhile, and who
 * copies last would wait for all that was written before. */
void engine_sync(Db *db);

bool engine_savepoint(DbTx *tx, GError **error);
bool engine_release(DbTx *tx, GError **error);
bool engine_rollback_savepoint(DbTx *tx, GError **error);

/* True if the open database has this program's schema version; otherwise an error that says what to
 * do. */
bool migrate_check(Db *db, const char *path, GError **error);
