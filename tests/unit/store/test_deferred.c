/* What jobs put off until the commit: it is written once, with what the jobs that held noted and
 * nothing of those that failed, whether or not a job had it written earlier; and that the log is
 * copied away beside the writer, so that it stays small however much is written. */
#include "base/error.h"
#include "store/engine_private.h"
#include "tests/unit/store/place.h"

static void writer_set_up(Place *place, gconstpointer data) {
    g_autoptr(GError) error = NULL;
    place_set_up(place, data);
    place->writer = writer_open(place->path, &error);
    g_assert_no_error(error);
}

static const DbQuery q_insert = {"test.insert",
                                 "INSERT INTO department (name, path) VALUES ($1, $2)"};
static const DbQuery q_flushes = {"test.flushes", "SELECT count(*) AS n FROM department"};
static const DbQuery q_sum = {
    "test.sum", "SELECT coalesce(sum(CAST(name AS INTEGER)), 0) AS n FROM department"};

static int64_t number(const Place *place, const DbQuery *query) {
    g_autoptr(GError) error = NULL;
    g_autoptr(Db) db = db_open(place->path, &error);
    g_assert_no_error(error);
    g_autoptr(DbStmt) row = db_query(db, query, &error);
    g_assert_cmpint(db_step(row, &error), ==, DB_ROW);
    return db_int(row, "n");
}

/* One row a flush: the sum of what it was given. */
static bool sum_flush(DbTx *tx, gconstpointer entries, guint count, GError **error) {
    const int *numbers = entries;
    int64_t sum = 0;
    for (guint i = 0; i < count; i++) {
        sum += numbers[i];
    }
    if (sum < 0) {
        return error_set(error, VK_ERROR_INTERNAL, "a sum below zero");
    }
    static int serial; /* the writer's thread only */
    g_autofree char *name = g_strdup_printf("%" G_GINT64_FORMAT, sum);
    g_autofree char *path = g_strdup_printf("%d", ++serial);
    g_autoptr(DbStmt) stmt = db_tx_query(tx, &q_insert, error);
    db_bind_text(stmt, 1, name);
    db_bind_text(stmt, 2, path);
    return db_run(stmt, NULL, error);
}

static const DbDeferred sums = {sizeof(int), sum_flush};

typedef struct {
    const Place *place;
    int number;
    bool flush;
    bool fail;
    bool done;
} Job;

static bool job_note(DbTx *tx, gpointer data, GError **error) {
    const Job *job = data;
    g_array_append_val(db_tx_deferred(tx, &sums), job->number);
    return (!job->flush || db_tx_flush(tx, &sums, error)) &&
           (!job->fail || error_set(error, VK_ERROR_INPUT, "no"));
}

static void job_done(gpointer data, const GError *error) {
    Job *job = data;
    g_assert_true(job->fail == (error != NULL));
    job->done = true;
}

/* Keeps the writer busy, so that what is posted meanwhile is one group. */
static bool job_wait(DbTx *tx, gpointer data, GError **error) {
    (void)tx;
    (void)data;
    (void)error;
    g_usleep(50000);
    return true;
}

static void ignore(gpointer data, const GError *error) {
    (void)data;
    g_assert_no_error((GError *)(uintptr_t)error);
}

static void test_group(Place *place, gconstpointer data) {
    (void)data;
    Job jobs[] = {
        {.number = 1},
        {.number = 10, .fail = true},
        {.number = 100},
        {.number = 1000, .flush = true, .fail = true},
        {.number = 10000, .flush = true},
        {.number = 5, .flush = true, .fail = true},
        {.number = 100000},
    };
    g_assert_true(writer_post(place->writer, job_wait, ignore, NULL));
    g_usleep(10000);
    for (guint i = 0; i < G_N_ELEMENTS(jobs); i++) {
        g_assert_true(writer_post(place->writer, job_note, job_done, &jobs[i]));
    }
    Job last = {.number = 0};
    g_autoptr(GError) error = NULL;
    g_assert_true(writer_run(place->writer, job_note, &last, &error));
    for (guint i = 0; i < G_N_ELEMENTS(jobs); i++) {
        g_assert_true(jobs[i].done);
    }
    g_assert_cmpint(number(place, &q_sum), ==, 110101);
    g_assert_cmpint(number(place, &q_flushes), <=, 3); /* one asked for, one or two commits */
}

/* What cannot be written at the commit is told as a failure, and nothing of it stays. */
static void test_failure(Place *place, gconstpointer data) {
    (void)data;
    Job job = {.number = -1};
    g_autoptr(GError) error = NULL;
    g_assert_false(writer_run(place->writer, job_note, &job, &error));
    g_assert_error(error, VK_ERROR, VK_ERROR_INTERNAL);
    g_clear_error(&error);
    job.number = 7;
    g_assert_true(writer_run(place->writer, job_note, &job, &error));
    g_assert_cmpint(number(place, &q_sum), ==, 7);
}

static bool job_large(DbTx *tx, gpointer data, GError **error) {
    int *serial = data;
    g_autofree char *name = g_strnfill(400000, 'x');
    g_autofree char *path = g_strdup_printf("large %d", ++*serial);
    g_autoptr(DbStmt) stmt = db_tx_query(tx, &q_insert, error);
    db_bind_text(stmt, 1, name);
    db_bind_text(stmt, 2, path);
    return db_run(stmt, NULL, error);
}

/* Copied beside the writer (`data`) or by the writer alone. */
static void test_log_stays_small(Place *place, gconstpointer data) {
    /* 280 MB in all; of the log no more than the writer lets it have, what comes while the thread
     * copies, and a job. */
    enum { JOBS = 700, LIMIT = 160 * 1024 * 1024 };
    writer_copy_beside(place->writer, data != NULL);
    g_autofree char *log = g_strconcat(place->path, "-wal", NULL);
    int serial = 0;
    for (int i = 0; i < JOBS; i++) {
        g_autoptr(GError) error = NULL;
        g_assert_true(writer_run(place->writer, job_large, &serial, &error));
    }
    GStatBuf status = {0};
    g_assert_cmpint(g_stat(log, &status), ==, 0);
    g_assert_cmpint(status.st_size, >, 0);
    g_assert_cmpint(status.st_size, <, LIMIT);
    g_assert_cmpint(number(place, &q_flushes), ==, JOBS);
}

int main(int argc, char **argv) {
    g_test_init(&argc, &argv, NULL);
#define ADD(name, function)                                                                        \
    g_test_add("/deferred/" name, Place, NULL, writer_set_up, function, place_tear_down)
    ADD("group", test_group);
    ADD("failure", test_failure);
    ADD("log stays small", test_log_stays_small);
    g_test_add("/deferred/log stays small, copied beside", Place, &sums, writer_set_up,
               test_log_stays_small, place_tear_down);
    return g_test_run();
}
