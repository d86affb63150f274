/* The one writer: a thread that owns the write connection and commits what waits in groups.
 *
 * Jobs queue up; the thread runs all that wait (at most WRITER_GROUP_MAX) in one transaction, so
 * that a job that fails undoes only itself (by a savepoint where it must), commits with a sync to
 * disk, and only then tells anyone. What a caller was told is done survives kill -9 and power loss.
 * Other processes may write too: the transaction begins IMMEDIATE and waits for its turn. */
#pragma once

#include "store/db.h"

typedef struct Writer Writer;

enum { WRITER_GROUP_MAX = 64, WRITER_QUEUE_MAX = 8192 };

/* Runs on the writer's thread. False with `error` set undoes what it did. */
typedef bool (*WriterFn)(DbTx *tx, gpointer data, GError **error);

/* Called on the writer's thread once the outcome is durable; `error` is NULL if it was committed.
 * Must be short, and must not call writer_run. */
typedef void (*WriterDone)(gpointer data, const GError *error);

/* Opens the database, which must have this program's schema version, and starts the thread. */
Writer *writer_open(const char *path, GError **error);

/* Pages of the database that the writer may keep in memory; 8 MB if never said. */
bool writer_set_cache(Writer *writer, guint megabytes, GError **error);

/* Whether the log is copied into the database beside the writer, who otherwise stops for it, but
 * only when it has grown large. Only one process may: the one that holds the sender's lock. */
void writer_copy_beside(Writer *writer, bool allowed);

/* Finishes what is queued, stops the thread, closes the connection. */
void writer_close(Writer *writer);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Writer, writer_close)

/* Runs the job and waits until it is durable. */
bool writer_run(Writer *writer, WriterFn fn, gpointer data, GError **error);

/* The same in a transaction of its own: for a job that changes thousands of pages, of which a
 * savepoint would keep copies in memory. */
bool writer_run_alone(Writer *writer, WriterFn fn, gpointer data, GError **error);

/* Queues the job; `done` follows exactly once. False (and no `done`) if the queue is full or
 * closed. If a job beside it fails, `fn` is run again after what it did has been undone: nothing
 * that it leaves in `data` may add up. */
bool writer_post(Writer *writer, WriterFn fn, WriterDone done, gpointer data);
