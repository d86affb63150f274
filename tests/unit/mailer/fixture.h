/* A database of its own in a temporary folder, with a writer and a reader, for the mailer's tests.
 */
#pragma once

#include "mailer/lease.h"
#include "mailer/outbox.h"
#include "store/migrate.h"
#include "store/writer.h"

#include <glib.h>
#include <glib/gstdio.h>

typedef struct {
    char *folder;
    char *db_path;
    Writer *writer;
    Db *db;
} Fixture;

static inline void fixture_set_up(Fixture *fixture, gconstpointer data) {
    (void)data;
    g_autoptr(GError) error = NULL;
    fixture->folder = g_dir_make_tmp("vetkoll-mailer-XXXXXX", &error);
    g_assert_no_error(error);
    fixture->db_path = g_build_filename(fixture->folder, "vetkoll.db", NULL);
    migrate_create(fixture->db_path, &error);
    g_assert_no_error(error);
    fixture->writer = writer_open(fixture->db_path, &error);
    g_assert_no_error(error);
    fixture->db = db_open(fixture->db_path, &error);
    g_assert_no_error(error);
}

static inline void remove_tree(const char *path) {
    GDir *dir = g_dir_open(path, 0, NULL);
    if (dir != NULL) {
        for (const char *name; (name = g_dir_read_name(dir)) != NULL;) {
            g_autofree char *inner = g_build_filename(path, name, NULL);
            remove_tree(inner);
        }
        g_dir_close(dir);
    }
    g_remove(path);
}

static inline void fixture_tear_down(Fixture *fixture, gconstpointer data) {
    (void)data;
    db_close(fixture->db);
    writer_close(fixture->writer);
    remove_tree(fixture->folder);
    g_free(fixture->db_path);
    g_free(fixture->folder);
}

/* A number from the database. */
static inline int64_t query_int(const Fixture *fixture, const DbQuery *query) {
    g_autoptr(GError) error = NULL;
    g_autoptr(DbStmt) stmt = db_query(fixture->db, query, &error);
    g_assert_no_error(error);
    DbStep step = db_step(stmt, &error);
    g_assert_no_error(error);
    g_assert_cmpint(step, ==, DB_ROW);
    return db_int(stmt, "n");
}

static const char sample_values[] =
    "{\"title\": \"Mejl som lurar\", \"kind_training\": true, \"kind_knowledge\": false, "
    "\"kind_application\": false, \"kind_obstacles\": false, \"organisation\": \"Ekbacka kommun\", "
    "\"minutes\": 8, \"closes\": \"fredag 27 november\", \"control_phrase\": \"lugn tall\", "
    "\"verify_url\": \"https://vetkoll.example/verify\", \"contact\": "
    "\"säkerhet@ekbacka.example\", "
    "\"promise_identified\": true, \"promise_confidential\": false, \"promise_anonymous\": false, "
    "\"reminder\": false}";

typedef struct {
    const char *purpose;       /* NULL: invitation */
    const char *template_name; /* NULL: mail/invitation */
    int64_t group_id;
    guint count;
    int64_t first_link; /* links first_link, first_link + 1... to person<link>@ekbacka.example */
    int64_t due_at_us;
    int64_t expires_at_us;
    int64_t mailing_id; /* out */
} Fill;

static inline bool fill_write(DbTx *tx, gpointer data, GError **error) {
    Fill *fill = data;
    const MailingSpec spec = {.group_id = fill->group_id,
                              .purpose = fill->purpose != NULL ? fill->purpose : "invitation",
                              .template_name = fill->template_name != NULL ? fill->template_name
                                                                           : "mail/invitation",
                              .list_id = "prov-2026",
                              .values_sv = sample_values,
                              .values_en = sample_values};
    if (!mailing_ensure(tx, &spec, 1, &fill->mailing_id, error)) {
        return false;
    }
    for (guint i = 0; i < fill->count; i++) {
        g_autofree char *address =
            g_strdup_printf("person%u@ekbacka.example", (guint)fill->first_link + i);
        const OutboxItem item = {.mailing_id = fill->mailing_id,
                                 .link_id = fill->first_link + i,
                                 .to_address = address,
                                 .to_name = "Åsa Öberg",
                                 .greeting_name = "Åsa",
                                 .locale = i % 2 == 0 ? LANG_SV : LANG_EN,
                                 .due_at_us = fill->due_at_us,
                                 .expires_at_us = fill->expires_at_us};
        if (!outbox_add(tx, &item, 1, error)) {
            return false;
        }
    }
    return true;
}

/* Runs a job that must succeed. */
static inline void must_run(const Fixture *fixture, WriterFn fn, gpointer data) {
    g_autoptr(GError) error = NULL;
    bool done = writer_run(fixture->writer, fn, data, &error);
    g_assert_no_error(error);
    g_assert_true(done);
}

typedef void (*FixtureTest)(Fixture *, gconstpointer);

static inline void fixture_add(const char *path, FixtureTest test, gconstpointer data) {
    g_test_add(path, Fixture, data, fixture_set_up, test, fixture_tear_down);
}
