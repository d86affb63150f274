/* The store: what a commit promises, that readers cannot write, and that a database that is newer,
 * damaged, foreign or not permitted is refused with every byte as it was. */
#include "base/error.h"
#include "store/engine_private.h"
#include "store/writer.h"
#include "tests/unit/store/place.h"

#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static const DbQuery q_insert = {"test.insert",
                                 "INSERT INTO department (name, path) VALUES ($1, $2)"};
static const DbQuery q_count = {"test.count", "SELECT count(*) AS n FROM department"};
static const DbQuery q_find = {"test.find",
                               "SELECT id, name, parent_id FROM department WHERE path = $1"};
static const DbQuery q_orphan = {
    "test.orphan", "INSERT INTO department (name, path, parent_id) VALUES ('x', 'x', 999)"};
static const DbQuery q_activate = {"test.update",
                                   "UPDATE department SET active = 1 WHERE path = $1"};

static char name_vard[] = "Vård";
static char name_skola[] = "Skola";

static bool job_insert(DbTx *tx, gpointer name, GError **error) {
    g_autoptr(DbStmt) stmt = db_tx_query(tx, &q_insert, error);
    if (stmt == NULL) {
        return false;
    }
    db_bind_text(stmt, 1, name);
    db_bind_text(stmt, 2, name);
    return db_run(stmt, NULL, error);
}

static bool job_insert_then_fail(DbTx *tx, gpointer name, GError **error) {
    return job_insert(tx, name, error) && error_set(error, VK_ERROR_INPUT, "no");
}

static bool job_orphan(DbTx *tx, gpointer data, GError **error) {
    (void)data;
    g_autoptr(DbStmt) stmt = db_tx_query(tx, &q_orphan, error);
    return stmt != NULL && db_run(stmt, NULL, error);
}

static int64_t count(const char *path) {
    g_autoptr(GError) error = NULL;
    g_autoptr(Db) db = db_open(path, &error);
    g_assert_no_error(error);
    g_autoptr(DbStmt) stmt = db_query(db, &q_count, &error);
    g_assert_no_error(error);
    g_assert_cmpint(db_step(stmt, &error), ==, DB_ROW);
    return db_int(stmt, "n");
}

static void test_commit(Place *place, gconstpointer data) {
    (void)data;
    g_autoptr(GError) error = NULL;
    g_autoptr(Writer) writer = writer_open(place->path, &error);
    g_assert_no_error(error);
    g_assert_true(writer_run(writer, job_insert, name_vard, &error));
    g_assert_cmpint(count(place->path), ==, 1);
    g_assert_false(writer_run(writer, job_insert, name_vard, &error));
    g_assert_error(error, VK_ERROR, VK_ERROR_CONFLICT);
    g_clear_error(&error);
    g_assert_false(writer_run(writer, job_insert_then_fail, name_skola, &error));
    g_assert_error(error, VK_ERROR, VK_ERROR_INPUT);
    g_clear_error(&error);
    g_assert_false(writer_run(writer, job_orphan, NULL, &error));
    g_assert_error(error, VK_ERROR, VK_ERROR_CONFLICT); /* foreign keys are on */
    g_assert_cmpint(count(place->path), ==, 1);
}

typedef struct {
    GMutex lock;
    GCond changed;
    guint done;
    guint failed;
} Tally;

typedef struct {
    Tally *tally;
    int number;
} Numbered;

static void numbered_done(gpointer data, const GError *error) {
    const Numbered *job = data;
    Tally *tally = job->tally;
    g_assert_true((error != NULL) == (job->number % 3 == 0));
    g_mutex_lock(&tally->lock);
    tally->done++;
    tally->failed += error != NULL;
    g_cond_signal(&tally->changed);
    g_mutex_unlock(&tally->lock);
}

static bool job_numbered(DbTx *tx, gpointer data, GError **error) {
    const Numbered *job = data;
    g_autofree char *name = g_strdup_printf("%d", job->number);
    return job->number % 3 == 0 ? job_insert_then_fail(tx, name, error)
                                : job_insert(tx, name, error);
}

/* One that stays and one that does not, among the others. */
static void run_alone(Writer *writer, int number) {
    g_autoptr(GError) error = NULL;
    g_autofree char *name = g_strdup_printf("alone %d", number);
    g_assert_false(writer_run_alone(writer, job_insert_then_fail, name, &error));
    g_assert_error(error, VK_ERROR, VK_ERROR_INPUT);
    g_clear_error(&error);
    g_assert_true(writer_run_alone(writer, job_insert, name, &error));
    g_assert_no_error(error);
}

/* Jobs of one group succeed and fail each on its own, and each is told exactly once. */
static void test_group(Place *place, gconstpointer data) {
    (void)data;
    enum { JOBS = 3000, ALONE = 6 };
    Tally tally = {0};
    g_autofree Numbered *jobs = g_new0(Numbered, JOBS);
    g_mutex_init(&tally.lock);
    g_cond_init(&tally.changed);
    g_autoptr(GError) error = NULL;
    Writer *writer = writer_open(place->path, &error);
    g_assert_no_error(error);
    for (int i = 0; i < JOBS; i++) {
        jobs[i] = (Numbered){.tally = &tally, .number = i};
        g_assert_true(writer_post(writer, job_numbered, numbered_done, &jobs[i]));
        if (i % (JOBS / ALONE) == 100) {
            run_alone(writer, i);
        }
    }
    writer_close(writer);
    g_assert_cmpuint(tally.done, ==, JOBS);
    g_assert_cmpuint(tally.failed, ==, JOBS / 3);
    g_assert_cmpint(count(place->path), ==, JOBS - JOBS / 3 + ALONE);
    g_mutex_clear(&tally.lock);
    g_cond_clear(&tally.changed);
}

static void test_reader_cannot_write(Place *place, gconstpointer data) {
    (void)data;
    g_autoptr(GError) error = NULL;
    g_autoptr(Db) db = db_open(place->path, &error);
    g_assert_no_error(error);
    g_assert_null(db_query(db, &q_insert, &error));
    g_assert_error(error, VK_ERROR, VK_ERROR_INTERNAL);
}

static bool job_rows(DbTx *tx, gpointer data, GError **error) {
    (void)data;
    int64_t changed = -1;
    g_autoptr(DbStmt) update = db_tx_query(tx, &q_activate, error);
    db_bind_text(update, 1, "Vård");
    g_assert_true(db_run(update, &changed, error));
    g_assert_cmpint(changed, ==, 1);
    db_bind_text(update, 1, "ingen");
    g_assert_true(db_run(update, &changed, error));
    g_assert_cmpint(changed, ==, 0);
    g_autoptr(DbStmt) a = db_query(db_tx_db(tx), &q_find, error);
    g_autoptr(DbStmt) b = db_query(db_tx_db(tx), &q_find, error); /* the same query twice at once */
    db_bind_text(a, 1, "Vård");
    db_bind_text(b, 1, "ingen");
    g_assert_cmpint(db_step(a, error), ==, DB_ROW);
    g_assert_cmpint(db_step(b, error), ==, DB_DONE);
    g_assert_cmpstr(db_text(a, "name"), ==, "Vård");
    g_assert_true(db_is_null(a, "parent_id"));
    g_assert_cmpint(db_step(a, error), ==, DB_DONE);
    return true;
}

static void test_rows(Place *place, gconstpointer data) {
    (void)data;
    g_autoptr(GError) error = NULL;
    g_autoptr(Writer) writer = writer_open(place->path, &error);
    g_assert_true(writer_run(writer, job_insert, name_vard, &error));
    g_assert_true(writer_run(writer, job_rows, NULL, &error));
    g_assert_no_error(error);
}

/* A process that commits one department and is killed as soon as it is told. */
static void commit_and_die(const char *path, WriterFn job) {
    pid_t child = fork();
    g_assert_cmpint(child, >=, 0);
    if (child == 0) {
        Writer *writer = writer_open(path, NULL);
        bool told = writer_run(writer, job, name_vard, NULL);
        kill(getpid(), told ? SIGKILL : SIGTERM);
    }
    int status = 0;
    g_assert_cmpint(waitpid(child, &status, 0), ==, child);
    g_assert_cmpint(WTERMSIG(status), ==, SIGKILL);
}

/* A told commit survives SIGKILL of the process that made it. */
static void test_kill(Place *place, gconstpointer data) {
    (void)data;
    commit_and_die(place->path, job_insert);
    g_assert_cmpint(count(place->path), ==, 1);
}

/* Another process that opens and closes the database must not take the log away from under us,
 * whatever this process has opened and closed before. */
static void test_other_process(Place *place, gconstpointer data) {
    (void)data;
    g_autoptr(GError) error = NULL;
    g_autofree char *self = g_file_read_link("/proc/self/exe", NULL);
    const char *const line[] = {self, "--count", place->path, NULL};
    g_autoptr(Writer) writer = writer_open(place->path, &error);
    g_autoptr(Db) early = db_open(place->path, &error);
    g_assert_true(writer_run(writer, job_insert, name_vard, &error));
    g_assert_cmpint(count(place->path), ==, 1); /* opens and closes a reader */
    int status = -1;
    g_assert_true(g_spawn_sync(NULL, (char **)(uintptr_t)line, NULL, 0, NULL, NULL, NULL, NULL,
                               &status, &error));
    g_assert_cmpint(status, ==, 0);
    g_autofree char *log = g_strconcat(place->path, "-wal", NULL);
    g_assert_true(g_file_test(log, G_FILE_TEST_EXISTS));
    g_assert_true(writer_run(writer, job_insert, name_skola, &error));
    g_autoptr(DbStmt) stmt = db_query(early, &q_count, &error);
    g_assert_cmpint(db_step(stmt, &error), ==, DB_ROW);
    g_assert_cmpint(db_int(stmt, "n"), ==, 2);
    g_clear_pointer(&stmt, db_stmt_free);
}

/* --- refusals ----------------------------------------------------------------------------------
 */

static void assert_refused(const char *path, VkErrorCode code) {
    g_autofree char *before = NULL;
    g_autofree char *after = NULL;
    gsize size_before = 0;
    gsize size_after = 0;
    g_assert_true(g_file_get_contents(path, &before, &size_before, NULL));
    for (int attempt = 0; attempt < 3; attempt++) {
        g_autoptr(GError) error = NULL;
        bool refused = attempt == 0   ? db_open(path, &error) == NULL
                       : attempt == 1 ? writer_open(path, &error) == NULL
                                      : !migrate_upgrade(path, &error);
        g_assert_true(refused);
        g_assert_error(error, VK_ERROR, (int)code);
        g_test_message("%s", error->message);
    }
    g_assert_true(g_file_get_contents(path, &after, &size_after, NULL));
    g_assert_cmpuint(size_before, ==, size_after);
    g_assert_true(memcmp(before, after, size_before) == 0);
}

static void set_version(const char *path, int version) {
    g_autoptr(GError) error = NULL;
    g_autoptr(Db) db = engine_open(path, ENGINE_WRITE, &error);
    g_autofree char *sql = g_strdup_printf("PRAGMA user_version=%d", version);
    g_assert_true(engine_exec(db, sql, &error));
}

static void test_newer(Place *place, gconstpointer data) {
    (void)data;
    set_version(place->path, migrate_latest() + 1);
    assert_refused(place->path, VK_ERROR_INPUT);
}

static void test_foreign(Place *place, gconstpointer data) {
    (void)data;
    g_assert_true(g_file_set_contents(place->path, "Förnamn;Efternamn\n", -1, NULL));
    assert_refused(place->path, VK_ERROR_INPUT);
    g_assert_true(g_file_set_contents(place->path, "", -1, NULL));
    assert_refused(place->path, VK_ERROR_INPUT);
}

static void test_truncated(Place *place, gconstpointer data) {
    (void)data;
    g_assert_cmpint(truncate(place->path, 8192), ==, 0);
    assert_refused(place->path, VK_ERROR_INPUT);
}

static void test_garbled_page(Place *place, gconstpointer data) {
    (void)data;
    g_autofree char *bytes = NULL;
    gsize size = 0;
    g_assert_true(g_file_get_contents(place->path, &bytes, &size, NULL));
    memset(bytes + 4096, 0xA5, 4096);
    g_assert_true(g_file_set_contents(place->path, bytes, (gssize)size, NULL));
    g_autoptr(GError) error = NULL;
    g_assert_null(writer_open(place->path, &error));
    g_assert_error(error, VK_ERROR, VK_ERROR_INPUT);
    g_clear_error(&error);
    g_assert_false(migrate_upgrade(place->path, &error));
    g_assert_error(error, VK_ERROR, VK_ERROR_INPUT);
    g_clear_error(&error);
    g_autoptr(Db) reader = db_open(place->path, &error);
    g_assert_no_error(error);
    g_assert_false(db_check(reader, place->path, &error));
    g_assert_error(error, VK_ERROR, VK_ERROR_INPUT);
    g_assert_null(strchr(error->message, '\n'));
    g_clear_pointer(&reader, db_close);
    g_autofree char *after = NULL;
    gsize size_after = 0;
    g_assert_true(g_file_get_contents(place->path, &after, &size_after, NULL));
    g_assert_cmpuint(size, ==, size_after);
    g_assert_true(memcmp(bytes, after, size) == 0);
}

static guint files_in(const char *folder) {
    g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
    guint files = 0;
    while (g_dir_read_name(dir) != NULL) {
        files++;
    }
    return files;
}

/* A full disk says so, and takes nothing with it. */
static void test_full(Place *place, gconstpointer data) {
    (void)data;
    g_autoptr(GError) error = NULL;
    g_autoptr(Db) db = engine_open(place->path, ENGINE_WRITE, &error);
    g_assert_true(engine_exec(db, "PRAGMA max_page_count=1", &error)); /* as many as there are */
    DbTx *tx = engine_begin(db, &error);
    bool room = engine_exec(
        db, "CREATE TABLE more (x TEXT); INSERT INTO more VALUES (hex(zeroblob(900000)))", &error);
    engine_rollback(tx);
    g_assert_false(room);
    g_assert_error(error, VK_ERROR, VK_ERROR_BUSY);
    g_assert_nonnull(strstr(error->message, "Disken är full"));
    g_assert_cmpint(count(place->path), ==, 0);
}

/* A database that could not be made leaves no file that the next attempt would stumble over. */
static void test_create_on_full_disk(Place *place, gconstpointer data) {
    (void)data;
    g_autofree char *folder = g_build_filename(place->folder, "new", NULL);
    g_autofree char *path = g_build_filename(folder, "new.db", NULL);
    g_assert_cmpint(g_mkdir(folder, 0700), ==, 0);
    pid_t child = fork();
    if (child == 0) {
        const struct rlimit few = {40000, 40000};
        signal(SIGXFSZ, SIG_IGN);
        _exit(setrlimit(RLIMIT_FSIZE, &few) == 0 && !migrate_create(path, NULL) ? 0 : 1);
    }
    int status = 0;
    g_assert_cmpint(waitpid(child, &status, 0), ==, child);
    g_assert_cmpint(status, ==, 0);
    g_assert_cmpuint(files_in(folder), ==, 0);
    g_rmdir(folder);
}

static bool job_forget(DbTx *tx, gpointer name, GError **error) {
    db_tx_forget_order(tx);
    return job_insert(tx, name, error);
}

/* The log of a process that was killed, which may tell in which order ballots came, does not stay
 * until it happens to be full: the next writer empties it. */
static void test_log_left_behind(Place *place, gconstpointer data) {
    (void)data;
    g_autofree char *log = g_strconcat(place->path, "-wal", NULL);
    commit_and_die(place->path, job_forget);
    GStatBuf left = {0};
    g_assert_cmpint(g_stat(log, &left), ==, 0);
    g_assert_cmpint(left.st_size, >, 0);
    g_autoptr(GError) error = NULL;
    g_autoptr(Writer) writer = writer_open(place->path, &error);
    g_assert_no_error(error);
    for (int wait = 0; wait < 100 && left.st_size > 0; wait++) {
        g_usleep(50000);
        g_assert_cmpint(g_stat(log, &left), ==, 0);
    }
    g_assert_cmpint(left.st_size, ==, 0);
    g_assert_cmpint(count(place->path), ==, 1);
}

static void test_missing(Place *place, gconstpointer data) {
    (void)data;
    g_autoptr(GError) error = NULL;
    g_autofree char *other = g_build_filename(place->folder, "other.db", NULL);
    g_assert_null(db_open(other, &error));
    g_assert_error(error, VK_ERROR, VK_ERROR_NOT_FOUND);
    g_assert_false(g_file_test(other, G_FILE_TEST_EXISTS));
    g_clear_error(&error);
    g_assert_false(migrate_create(place->path, &error));
    g_assert_error(error, VK_ERROR, VK_ERROR_CONFLICT);
}

/* root may write anything, so the attempt is made as nobody. */
static void test_no_permission(Place *place, gconstpointer data) {
    (void)data;
    g_assert_cmpint(g_chmod(place->folder, 0755), ==, 0);
    g_assert_cmpint(g_chmod(place->path, 0444), ==, 0);
    pid_t child = fork();
    if (child == 0) {
        g_autoptr(GError) error = NULL;
        bool dropped = getuid() != 0 || setuid(65534) == 0;
        bool refused = writer_open(place->path, &error) == NULL &&
                       g_error_matches(error, VK_ERROR, VK_ERROR_DENIED);
        /* Nor to read: its side files, made by one who may not write, would outlast it. */
        bool unread = db_open(place->path, NULL) == NULL;
        _exit(dropped && refused && unread ? 0 : 1);
    }
    int status = 0;
    g_assert_cmpint(waitpid(child, &status, 0), ==, child);
    g_assert_cmpint(status, ==, 0);
    g_assert_cmpuint(files_in(place->folder), ==, 1);
    g_assert_cmpint(g_chmod(place->path, 0644), ==, 0);
    g_assert_cmpint(count(place->path), ==, 0);
}

int main(int argc, char **argv) {
    if (argc == 3 && strcmp(argv[1], "--count") == 0) {
        return count(argv[2]) == 1 ? 0 : 1;
    }
    g_test_init(&argc, &argv, NULL);
#define ADD(name, function)                                                                        \
    g_test_add("/store/" name, Place, NULL, place_set_up, function, place_tear_down)
    ADD("commit", test_commit);
    ADD("group", test_group);
    ADD("reader-cannot-write", test_reader_cannot_write);
    ADD("rows", test_rows);
    ADD("kill", test_kill);
    ADD("other-process", test_other_process);
    ADD("newer", test_newer);
    ADD("foreign", test_foreign);
    ADD("truncated", test_truncated);
    ADD("garbled-page", test_garbled_page);
    ADD("full", test_full);
    ADD("create-on-full-disk", test_create_on_full_disk);
    ADD("log-left-behind", test_log_left_behind);
    ADD("missing", test_missing);
    ADD("no-permission", test_no_permission);
    return g_test_run();
}
