/* Proves that a file written anew holds only its rows: what was deleted may linger in the free
 * space of pages although deletion overwrites (the test says whether it did), and is gone
 * afterwards; and that others who write meanwhile lose nothing. */
#include "store/compact.h"

#include "base/error.h"
#include "store/writer.h"
#include "tests/unit/store/place.h"

#include <string.h>

enum { ROWS = 4000 };

static const DbQuery q_insert = {"test.insert",
                                 "INSERT INTO department (name, path) VALUES ($1, $2)"};
static const DbQuery q_delete = {"test.delete", "DELETE FROM department WHERE path LIKE $1"};
static const DbQuery q_count = {"test.count", "SELECT count(*) AS n FROM department"};

/* Rows of all lengths in no order, so that pages are split and filled again. */
static bool insert_job(DbTx *tx, gpointer data, GError **error) {
    const Place *place = data;
    g_autoptr(DbStmt) stmt = db_tx_query(tx, &q_insert, error);
    for (int i = 0; stmt != NULL && i < ROWS; i++) {
        int number = place->from + i * 1237 % ROWS;
        g_autofree char *pad = g_strnfill((gsize)number % 90, '.');
        g_autofree char *path =
            g_strdup_printf("%05d %s%s", number, number % 3 == 0 ? "hemligast" : "vanligast", pad);
        db_bind_text(stmt, 1, pad);
        db_bind_text(stmt, 2, path);
        if (!db_run(stmt, NULL, error)) {
            return false;
        }
    }
    return stmt != NULL;
}

static bool delete_job(DbTx *tx, gpointer data, GError **error) {
    (void)data;
    g_autoptr(DbStmt) stmt = db_tx_query(tx, &q_delete, error);
    if (stmt == NULL) {
        return false;
    }
    db_bind_text(stmt, 1, "%hemligast%");
    return db_run(stmt, NULL, error);
}

static bool one_job(DbTx *tx, gpointer data, GError **error) {
    g_autoptr(DbStmt) stmt = db_tx_query(tx, &q_insert, error);
    if (stmt == NULL) {
        return false;
    }
    db_bind_text(stmt, 1, data);
    db_bind_text(stmt, 2, data);
    return db_run(stmt, NULL, error);
}

static void run(Writer *writer, WriterFn fn, gpointer data) {
    g_autoptr(GError) error = NULL;
    writer_run(writer, fn, data, &error);
    g_assert_no_error(error);
}

static bool stands(const Place *place, const char *text) {
    const char *const needles[] = {"stands nowhere", text, NULL};
    g_autoptr(GError) error = NULL;
    bool found = false;
    compact_search(place->path, needles, &found, &error);
    g_assert_no_error(error);
    return found;
}

static Writer *writer_for(const Place *place) {
    g_autoptr(GError) error = NULL;
    Writer *writer = writer_open(place->path, &error);
    g_assert_no_error(error);
    return writer;
}

static void test_no_trace(Place *place, gconstpointer data) {
    (void)data;
    g_autoptr(GError) error = NULL;
    Writer *writer = writer_for(place);
    run(writer, insert_job, place);
    writer_close(writer);
    g_assert_true(stands(place, "hemligast"));
    g_assert_true(stands(place, "HEMLIGAST"));
    writer = writer_for(place);
    run(writer, delete_job, place);
    run(writer, one_job, (gpointer)(guintptr) "kvar");
    writer_close(writer);
    g_test_message("deleted, and still in the file: %s", stands(place, "hemligast") ? "yes" : "no");
    compact_file(place->path, &error);
    g_assert_no_error(error);
    g_assert_false(stands(place, "hemligast"));
    g_assert_true(stands(place, "vanligast"));
    g_assert_true(stands(place, "kvar"));
}

/* Found across the edge of two chunks, too. */
static void test_search_edges(Place *place, gconstpointer data) {
    (void)data;
    static const gsize at[] = {0, 1024 * 1024 - 4, 1024 * 1024, 3 * 1024 * 1024 - 9};
    for (guint i = 0; i < G_N_ELEMENTS(at); i++) {
        g_autoptr(GError) error = NULL;
        gsize size = at[i] + strlen("nålen");
        g_autofree char *before = g_strnfill(at[i], 'n');
        g_autofree char *bytes = g_strconcat(before, "nålen", NULL);
        g_autofree char *log = g_strconcat(place->path, "-wal", NULL);
        g_assert_true(g_file_set_contents(log, bytes, (gssize)size, &error));
        g_assert_true(stands(place, "nålen"));
        g_assert_false(stands(place, "nålens"));
        g_remove(log);
    }
}

typedef struct {
    const Place *place;
    int written;
    gint stop; /* atomic */
} Busy;

static gpointer busy_loop(gpointer data) {
    Busy *busy = data;
    Writer *writer = writer_for(busy->place);
    while (g_atomic_int_get(&busy->stop) == 0) {
        g_autofree char *name = g_strdup_printf("rad %d", busy->written);
        run(writer, one_job, name);
        busy->written++;
    }
    writer_close(writer);
    return NULL;
}

static void test_others_write(Place *place, gconstpointer data) {
    (void)data;
    g_autoptr(GError) error = NULL;
    Busy busy = {.place = place};
    Writer *writer = writer_for(place);
    run(writer, insert_job, place);
    writer_close(writer);
    GThread *thread = g_thread_new("busy", busy_loop, &busy);
    for (int i = 0; i < 3; i++) {
        g_usleep(50000);
        compact_file(place->path, &error);
        g_assert_no_error(error);
    }
    g_atomic_int_set(&busy.stop, 1);
    g_thread_join(thread);
    g_autoptr(Db) db = db_open(place->path, &error);
    g_assert_no_error(error);
    g_autoptr(DbStmt) row = db_query(db, &q_count, &error);
    g_assert_cmpint(db_step(row, &error), ==, DB_ROW);
    g_test_message("%d written meanwhile", busy.written);
    g_assert_cmpint(busy.written, >, 0);
    g_assert_cmpint(db_int(row, "n"), ==, ROWS + busy.written);
}

int main(int argc, char **argv) {
    g_test_init(&argc, &argv, NULL);
    g_test_add("/compact/no-trace", Place, NULL, place_set_up, test_no_trace, place_tear_down);
    g_test_add("/compact/search-edges", Place, NULL, place_set_up, test_search_edges,
               place_tear_down);
    g_test_add("/compact/others-write", Place, NULL, place_set_up, test_others_write,
               place_tear_down);
    return g_test_run();
}
