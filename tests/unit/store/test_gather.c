/* The writes of the log are gathered: what was rolled back must never reach the place that another
 * connection has written to since, and what a transaction wrote early must be read as written. */
#include "store/engine_private.h"
#include "tests/unit/store/place.h"

#include <signal.h>
#include <sys/resource.h>

static const DbQuery q_insert = {"test.insert",
                                 "INSERT INTO department (name, path) VALUES ($1, $2)"};
static const DbQuery q_rows = {
    "test.rows",
    "SELECT count(*) AS rows, sum(length(name)) AS bytes, count(DISTINCT path) AS paths, "
    "count(*) FILTER (WHERE path LIKE 'gone%') AS gone FROM department"};

enum { NAME_BYTES = 3000 }; /* little more than one fits into a page */

static Db *open_writing(const Place *place) {
    g_autoptr(GError) error = NULL;
    Db *db = engine_open(place->path, ENGINE_WRITE, &error);
    g_assert_no_error(error);
    /* So little that pages go to the log before the commit. */
    g_assert_true(engine_exec(db, "PRAGMA cache_size=10", &error));
    g_assert_no_error(error);
    return db;
}

static void insert(DbTx *tx, const char *who, int count) {
    g_autoptr(GError) error = NULL;
    g_autofree char *name = g_strnfill(NAME_BYTES, who[0]);
    for (int i = 0; i < count; i++) {
        g_autofree char *path = g_strdup_printf("%s %d", who, i);
        g_autoptr(DbStmt) stmt = db_tx_query(tx, &q_insert, &error);
        g_assert_no_error(error);
        db_bind_text(stmt, 1, name);
        db_bind_text(stmt, 2, path);
        g_assert_true(db_run(stmt, NULL, &error));
        g_assert_no_error(error);
    }
}

static void assert_rows(Db *db, int rows) {
    g_autoptr(GError) error = NULL;
    g_autoptr(DbStmt) row = db_query(db, &q_rows, &error);
    g_assert_no_error(error);
    g_assert_cmpint(db_step(row, &error), ==, DB_ROW);
    g_assert_cmpint(db_int(row, "rows"), ==, rows);
    g_assert_cmpint(db_int(row, "bytes"), ==, rows * NAME_BYTES);
    g_assert_cmpint(db_int(row, "paths"), ==, rows);
    g_assert_cmpint(db_int(row, "gone"), ==, 0);
}

static void assert_sound(const Place *place, int rows) {
    g_autoptr(GError) error = NULL;
    g_autoptr(Db) db = db_open(place->path, &error);
    g_assert_no_error(error);
    assert_rows(db, rows);
    g_assert_true(engine_check_pages(db, place->path, &error));
    g_assert_no_error(error);
}

static DbTx *begin(Db *db) {
    g_autoptr(GError) error = NULL;
    DbTx *tx = engine_begin(db, &error);
    g_assert_no_error(error);
    return tx;
}

static void commit(DbTx *take_tx) {
    g_autoptr(GError) error = NULL;
    g_assert_true(engine_commit(take_tx, &error));
    g_assert_no_error(error);
}

static void store(Db *db, const char *who, int count) {
    DbTx *tx = begin(db);
    insert(tx, who, count);
    commit(tx);
}

/* Another connection writes where `a` had been, and then `a` goes on: so many rows more. */
static int go_on(Db *a, Db *b, guint turn) {
    enum { OTHER = 20, OWN = 3 };
    g_autofree char *other = g_strdup_printf("other %u", turn);
    g_autofree char *own = g_strdup_printf("own %u", turn);
    store(b, other, OTHER);
    store(a, own, OWN);
    return OTHER + OWN;
}

/* One leaves more in the log, or less, than the other then writes there. */
static void test_rolled_back(Place *place, gconstpointer data) {
    (void)data;
    static const int left[] = {15, 25, 40, 200};
    g_autoptr(Db) a = open_writing(place);
    g_autoptr(Db) b = open_writing(place);
    int rows = 0;
    for (guint i = 0; i < G_N_ELEMENTS(left); i++) {
        g_autofree char *gone = g_strdup_printf("gone %u", i);
        DbTx *tx = begin(a);
        insert(tx, gone, left[i]);
        engine_rollback(tx);
        rows += go_on(a, b, i);
        assert_sound(place, rows);
    }
}

/* Far more than is gathered at once, read back before the commit and, by others, only after it. */
static void test_read_early(Place *place, gconstpointer data) {
    (void)data;
    enum { ROWS = 300 };
    g_autoptr(Db) db = open_writing(place);
    DbTx *tx = begin(db);
    for (int i = 0; i < 10; i++) {
        g_autofree char *who = g_strdup_printf("part %d", i);
        insert(tx, who, ROWS / 10);
        assert_rows(db, ROWS / 10 * (i + 1));
    }
    g_autoptr(GError) error = NULL;
    g_autoptr(Db) reader = db_open(place->path, &error);
    g_autoptr(DbStmt) row = db_query(reader, &q_rows, &error);
    g_assert_cmpint(db_step(row, &error), ==, DB_ROW);
    g_assert_cmpint(db_int(row, "rows"), ==, 0);
    db_reset(row);
    commit(tx);
    assert_sound(place, ROWS);
}

/* A savepoint that is rolled back leaves its pages in the log, and the rest goes over them. */
static void test_savepoint(Place *place, gconstpointer data) {
    (void)data;
    g_autoptr(GError) error = NULL;
    g_autoptr(Db) db = open_writing(place);
    store(db, "first", 30);
    DbTx *tx = begin(db);
    g_assert_true(engine_savepoint(tx, &error));
    insert(tx, "gone", 25);
    g_assert_true(engine_rollback_savepoint(tx, &error));
    g_assert_no_error(error);
    insert(tx, "last", 10);
    commit(tx);
    assert_sound(place, 40);
}

/* As if the disk were full at so many bytes of a file; 0: no longer. */
static void limit_files(rlim_t bytes) {
    struct rlimit limit;
    g_assert_cmpint(getrlimit(RLIMIT_FSIZE, &limit), ==, 0);
    limit.rlim_cur = bytes > 0 ? bytes : limit.rlim_max;
    g_assert_cmpint(setrlimit(RLIMIT_FSIZE, &limit), ==, 0);
}

static rlim_t log_bytes(const Place *place) {
    g_autofree char *log = g_strconcat(place->path, "-wal", NULL);
    GStatBuf status = {0};
    g_assert_cmpint(g_stat(log, &status), ==, 0);
    return (rlim_t)status.st_size;
}

/* A VACUUM and a transaction that fail, the disk being full, leave nothing behind that is written
 * when there is room again: another connection has its commits there by then. */
static void test_no_room(Place *place, gconstpointer data) {
    (void)data;
    enum { ROOM = 20 * 1024 };
    static const char *const large[] = {
        "VACUUM",
        "INSERT INTO department (name, path) SELECT name, 'gone ' || path FROM department"};
    g_autoptr(GError) error = NULL;
    g_autoptr(Db) a = open_writing(place);
    g_autoptr(Db) b = open_writing(place);
    store(a, "first", 100);
    /* So that the log is larger than the database, and a VACUUM's copy has room. */
    g_assert_true(engine_exec(a, "UPDATE department SET name = upper(name)", &error));
    g_assert_true(engine_exec(a, "UPDATE department SET name = lower(name)", &error));
    signal(SIGXFSZ, SIG_IGN);
    int rows = 100;
    for (guint i = 0; i < G_N_ELEMENTS(large); i++) {
        limit_files(log_bytes(place) + ROOM);
        g_assert_false(engine_exec(a, large[i], &error));
        g_assert_nonnull(error);
        g_clear_error(&error);
        limit_files(0);
        rows += go_on(a, b, i);
        assert_sound(place, rows);
    }
}

int main(int argc, char **argv) {
    g_test_init(&argc, &argv, NULL);
    g_test_add("/gather/rolled-back", Place, NULL, place_set_up, test_rolled_back, place_tear_down);
    g_test_add("/gather/read-early", Place, NULL, place_set_up, test_read_early, place_tear_down);
    g_test_add("/gather/savepoint", Place, NULL, place_set_up, test_savepoint, place_tear_down);
    g_test_add("/gather/no-room", Place, NULL, place_set_up, test_no_room, place_tear_down);
    return g_test_run();
}
