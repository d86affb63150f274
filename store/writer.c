#include "store/writer.h"

#include "base/error.h"
#include "base/handoff.h"
#include "base/lang.h"
#include "store/checkpoint_private.h"
#include "store/engine_private.h"

#include <pthread.h>

/* How long the log that must be emptied may stay: while nothing is to be done, and at the most; and
 * how long the end waits for whoever is in the way. */
enum { WRITER_FORGET_IDLE_MS = 100, WRITER_FORGET_BUSY_MS = 1000, WRITER_FORGET_END_MS = 100 };

/* As many as are always taken at once, so that the sync is shared. */
enum { WRITER_GROUP_WHOLE = 16 };

typedef struct {
    WriterFn fn;
    WriterDone done;
    gpointer data;
    bool alone;
    bool repeatable;
    GError *error; /* the job's own failure */
} WriterJob;

struct Writer {
    Db *db;
    Checkpoint *checkpoint;
    Handoff *queue;
    WriterJob *next; /* taken, and left for the next group */
    pthread_t thread;
    int64_t emptied_at_us; /* monotonic: when the log was last tried */
};

static void job_finish(WriterJob *job, const GError *group_error) {
    job->done(job->data, job->error != NULL ? job->error : group_error);
    g_clear_error(&job->error);
    g_free(job);
}

/* Runs one job in its savepoint. False only if the transaction as a whole is lost. */
static bool job_run(WriterJob *job, DbTx *tx, GError **error) {
    if (!engine_savepoint(tx, error)) {
        return false;
    }
    if (job->fn(tx, job->data, &job->error)) {
        return engine_release(tx, error);
    }
    g_assert(job->error != NULL);
    return engine_rollback_savepoint(tx, error);
}

static bool group_is_repeatable(const GPtrArray *group) {
    bool repeatable = true;
    for (guint i = 0; i < group->len; i++) {
        const WriterJob *job = g_ptr_array_index(group, i);
        repeatable = repeatable && job->repeatable;
    }
    return repeatable;
}

/* Runs the jobs without savepoints, each of which would keep a copy of every page that its job
 * changes. `out_over` is false if one failed and thereby undid the others. */
static bool group_try(Db *db, GPtrArray *group, bool *out_over, GError **error) {
    DbTx *tx = engine_begin(db, error);
    *out_over = true;
    for (guint i = 0; i < group->len && tx != NULL; i++) {
        WriterJob *job = g_ptr_array_index(group, i);
        if (!job->fn(tx, job->data, &job->error)) {
            g_assert(job->error != NULL);
            engine_rollback(tx);
            *out_over = group->len == 1;
            return true;
        }
    }
    return tx != NULL && engine_commit(tx, error);
}

static bool group_run_each(Db *db, GPtrArray *group, GError **error) {
    DbTx *tx = engine_begin(db, error);
    for (guint i = 0; i < group->len && tx != NULL; i++) {
        WriterJob *job = g_ptr_array_index(group, i);
        g_clear_error(&job->error); /* of group_try */
        if (!job_run(job, tx, error)) {
            engine_rollback(tx);
            return false;
        }
    }
    return tx != NULL && engine_commit(tx, error);
}

static bool group_commit(Db *db, GPtrArray *group, GError **error) {
    if (group->len == 1 || group_is_repeatable(group)) {
        bool over = false;
        bool good = group_try(db, group, &over, error);
        if (over) {
            return good;
        }
    }
    return group_run_each(db, group, error);
}

/* Of many that wait, two thirds: while the rest are written, those who were told come back with
 * their next, and neither side waits for the other. */
static guint group_size(Writer *writer) {
    guint all = 1 + handoff_length(writer->queue);
    return all <= WRITER_GROUP_WHOLE ? all
                                     : CLAMP(all * 2 / 3, WRITER_GROUP_WHOLE, WRITER_GROUP_MAX);
}

static void group_take(Writer *writer, WriterJob *first, GPtrArray *group) {
    guint size = first->alone ? 1 : group_size(writer);
    g_ptr_array_add(group, first);
    while (group->len < size && writer->next == NULL) {
        WriterJob *job = handoff_pop(writer->queue, 0);
        if (job == NULL) {
            break;
        }
        if (job->alone) {
            writer->next = job;
        } else {
            g_ptr_array_add(group, job);
        }
    }
}

static void writer_empty_log(Writer *writer) {
    engine_empty_log(writer->db, 0); /* a reader in the way: next time */
    writer->emptied_at_us = g_get_monotonic_time();
}

/* The next job, NULL at the end. Empties a pending log where there is nothing to wait for, or where
 * it has waited long enough. */
static WriterJob *writer_next(Writer *writer) {
    if (writer->next != NULL) {
        return g_steal_pointer(&writer->next);
    }
    while (engine_log_pending(writer->db)) {
        int64_t age_us = g_get_monotonic_time() - writer->emptied_at_us;
        WriterJob *job = age_us > WRITER_FORGET_BUSY_MS * INT64_C(1000)
                             ? NULL
                             : handoff_pop(writer->queue, WRITER_FORGET_IDLE_MS);
        if (job != NULL) {
            return job;
        }
        writer_empty_log(writer);
        if (handoff_is_closed(writer->queue)) {
            break;
        }
    }
    return handoff_pop(writer->queue, -1);
}

static void *writer_loop(void *data) {
    Writer *writer = data;
    g_autoptr(GPtrArray) group = g_ptr_array_new();
    for (WriterJob *job; (job = writer_next(writer)) != NULL;) {
        g_autoptr(GError) error = NULL;
        group_take(writer, job, group);
        group_commit(writer->db, group, &error);
        for (guint i = 0; i < group->len; i++) {
            job_finish(g_ptr_array_index(group, i), error);
        }
        g_ptr_array_set_size(group, 0);
        checkpoint_tend(writer->checkpoint, writer->db);
    }
    if (engine_log_pending(writer->db)) {
        engine_empty_log(writer->db, WRITER_FORGET_END_MS);
    }
    return NULL;
}

Writer *writer_open(const char *path, GError **error) {
    g_autoptr(Db) db = engine_open(path, ENGINE_WRITE, error);
    if (db == NULL || !migrate_check(db, path, error) || !engine_check_pages(db, path, error)) {
        return NULL;
    }
    Writer *writer = g_new0(Writer, 1);
    writer->db = g_steal_pointer(&db);
    writer->checkpoint = checkpoint_new(path);
    writer->queue = handoff_new(WRITER_QUEUE_MAX);
    int status = pthread_create(&writer->thread, NULL, writer_loop, writer);
    g_assert(status == 0);
    pthread_setname_np(writer->thread, "writer");
    return writer;
}

void writer_close(Writer *writer) {
    if (writer == NULL) {
        return;
    }
    handoff_close(writer->queue);
    pthread_join(writer->thread, NULL);
    handoff_free(writer->queue);
    checkpoint_free(writer->checkpoint);
    db_close(writer->db);
    g_free(writer);
}

void writer_copy_beside(Writer *writer, bool allowed) {
    checkpoint_allow(writer->checkpoint, allowed);
}

static WriterJob *job_new(WriterFn fn, WriterDone done, gpointer data) {
    WriterJob *job = g_new0(WriterJob, 1);
    job->fn = fn;
    job->done = done;
    job->data = data;
    return job;
}

bool writer_post(Writer *writer, WriterFn fn, WriterDone done, gpointer data) {
    WriterJob *job = job_new(fn, done, data);
    job->repeatable = true;
    if (!handoff_try_push(writer->queue, job)) {
        g_free(job);
        return false;
    }
    return true;
}

/* Where a caller of writer_run waits for its outcome. */
typedef struct {
    pthread_mutex_t lock;
    pthread_cond_t settled;
    bool done;
    WriterFn fn;
    gpointer data;
    GError *error;
} Waiter;

static bool waiter_fn(DbTx *tx, gpointer data, GError **error) {
    const Waiter *waiter = data;
    return waiter->fn(tx, waiter->data, error);
}

static void waiter_done(gpointer data, const GError *error) {
    Waiter *waiter = data;
    pthread_mutex_lock(&waiter->lock);
    waiter->error = error != NULL ? g_error_copy(error) : NULL;
    waiter->done = true;
    pthread_cond_signal(&waiter->settled);
    pthread_mutex_unlock(&waiter->lock);
}

static bool run(Writer *writer, WriterFn fn, gpointer data, bool alone, GError **error) {
    Waiter waiter = {.fn = fn, .data = data};
    WriterJob *job = job_new(waiter_fn, waiter_done, &waiter);
    job->alone = alone;
    pthread_mutex_init(&waiter.lock, NULL);
    pthread_cond_init(&waiter.settled, NULL);
    if (!handoff_push(writer->queue, job)) {
        g_free(job);
        waiter.done = true;
        waiter.error = g_error_new_literal(VK_ERROR, VK_ERROR_BUSY,
                                           tr("programmet avslutas", "the program is stopping"));
    }
    pthread_mutex_lock(&waiter.lock);
    while (!waiter.done) {
        pthread_cond_wait(&waiter.settled, &waiter.lock);
    }
    pthread_mutex_unlock(&waiter.lock);
    pthread_cond_destroy(&waiter.settled);
    pthread_mutex_destroy(&waiter.lock);
    if (waiter.error != NULL) {
        g_propagate_error(error, waiter.error);
        return false;
    }
    return true;
}

bool writer_run(Writer *writer, WriterFn fn, gpointer data, GError **error) {
    return run(writer, fn, data, false, error);
}

bool writer_run_alone(Writer *writer, WriterFn fn, gpointer data, GError **error) {
    return run(writer, fn, data, true, error);
}

static bool cache_set(DbTx *tx, gpointer data, GError **error) {
    const guint *megabytes = data;
    g_autofree char *sql = g_strdup_printf("PRAGMA cache_size=-%u", *megabytes * 1000); /* KB */
    return engine_exec(db_tx_db(tx), sql, error);
}

bool writer_set_cache(Writer *writer, guint megabytes, GError **error) {
    return writer_run(writer, cache_set, &megabytes, error);
}
