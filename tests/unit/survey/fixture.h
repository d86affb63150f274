/* A fresh database with the starter pack, for the tests of survey/. Any unexpected error ends the
 * test. */
#pragma once

#include "base/error.h"
#include "store/migrate.h"
#include "store/writer.h"
#include "survey/answer.h"
#include "survey/form.h"
#include "survey/pack.h"

#include <glib/gstdio.h>
#include <stdarg.h>

enum { FIXTURE_NOW = 1000 };

typedef struct {
    char *dir;
    char *path;
    Writer *writer;
    Db *db;
} Fixture;

static inline void fixture_open(Fixture *fixture) {
    GError *error = NULL;
    fixture->dir = g_dir_make_tmp("vetkoll-survey-XXXXXX", &error);
    g_assert_no_error(error);
    fixture->path = g_build_filename(fixture->dir, "test.db", NULL);
    migrate_create(fixture->path, &error);
    g_assert_no_error(error);
    fixture->writer = writer_open(fixture->path, &error);
    g_assert_no_error(error);
    fixture->db = db_open(fixture->path, &error);
    g_assert_no_error(error);
}

static inline void fixture_close(Fixture *fixture) {
    db_close(fixture->db);
    writer_close(fixture->writer);
    g_autoptr(GDir) dir = g_dir_open(fixture->dir, 0, NULL);
    const char *name;
    while ((name = g_dir_read_name(dir)) != NULL) {
        g_autofree char *path = g_build_filename(fixture->dir, name, NULL);
        g_remove(path);
    }
    g_rmdir(fixture->dir);
    g_free(fixture->path);
    g_free(fixture->dir);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Fixture, fixture_close)

static inline void fixture_run(Fixture *fixture, WriterFn fn, gpointer data) {
    GError *error = NULL;
    bool ok = writer_run(fixture->writer, fn, data, &error);
    g_assert_no_error(error);
    g_assert_true(ok);
}

static inline void fixture_fails(Fixture *fixture, WriterFn fn, gpointer data, VkErrorCode code) {
    g_autoptr(GError) error = NULL;
    g_assert_false(writer_run(fixture->writer, fn, data, &error));
    g_assert_error(error, VK_ERROR, (int)code);
}

static inline char *fixture_starter_dir(void) {
    const char *source = g_getenv("VETKOLL_SOURCE_DIR");
    return g_build_filename(source == NULL ? "." : source, "templates/content/starter", NULL);
}

typedef struct {
    const Pack *pack;
    const char *name;
    PackStored stored;
} FixtureStore;

static inline bool fixture_store_fn(DbTx *tx, gpointer data, GError **error) {
    FixtureStore *store = data;
    return pack_store(tx, store->pack, store->name, FIXTURE_NOW, &store->stored, error);
}

static inline PackStored fixture_store(Fixture *fixture, const Pack *pack) {
    FixtureStore store = {.pack = pack};
    fixture_run(fixture, fixture_store_fn, &store);
    return store.stored;
}

static inline void fixture_store_starter(Fixture *fixture) {
    GError *error = NULL;
    g_autofree char *dir = fixture_starter_dir();
    g_autoptr(Pack) pack = pack_load(dir, NULL, &error);
    g_assert_no_error(error);
    fixture_store(fixture, pack);
}

typedef struct {
    const FormSpec *spec;
    int64_t seed;
    int64_t form_id;
} FixtureForm;

static inline bool fixture_form_fn(DbTx *tx, gpointer data, GError **error) {
    FixtureForm *form = data;
    return form_create(tx, form->spec, form->seed, FIXTURE_NOW, &form->form_id, error);
}

static inline Form *fixture_form(Fixture *fixture, const FormSpec *spec, int64_t seed) {
    GError *error = NULL;
    FixtureForm form = {.spec = spec, .seed = seed};
    fixture_run(fixture, fixture_form_fn, &form);
    Form *loaded = form_load(fixture->db, form.form_id, &error);
    g_assert_no_error(error);
    return loaded;
}

/* The first column, named n, of a statement without parameters. */
static inline int64_t fixture_number(Fixture *fixture, const DbQuery *query) {
    GError *error = NULL;
    g_autoptr(DbStmt) row = db_query(fixture->db, query, &error);
    g_assert_no_error(error);
    g_assert_cmpint(db_step(row, &error), ==, DB_ROW);
    return db_int(row, "n");
}

/* Index of the form's item with that key. */
static inline const Item *fixture_item(const Form *form, const char *key) {
    for (guint i = 0; i < form_item_count(form); i++) {
        if (g_str_equal(form_item(form, i)->key, key)) {
            return form_item(form, i);
        }
    }
    g_error("no item %s", key);
}
