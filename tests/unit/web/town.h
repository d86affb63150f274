/* A small town with a database, a catalog, a writer and a server, for tests of what people see:
 * twelve people, and the campaigns that a test asks for, opened and invited. */
#pragma once

#include "base/clock.h"
#include "base/error.h"
#include "base/id.h"
#include "base/keyring.h"
#include "base/token.h"
#include "campaigns/campaign.h"
#include "campaigns/launch.h"
#include "people/import.h"
#include "store/migrate.h"
#include "store/writer.h"
#include "survey/pack.h"
#include "templates/catalog.h"
#include "tests/unit/campaigns/drain.h"
#include "web/server.h"

#include <glib/gstdio.h>
#include <string.h>

enum { TOWN_PEOPLE = 12 };

/* Mail at all hours of all days, for a campaign's JSON: tests run on Sundays too. */
#define TOWN_SCHEDULE                                                                              \
    "'schedule': {'window': {'days': ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'], 'from': "  \
    "'00:00', 'to': '24:00', 'holidays': true}}"

typedef struct {
    char *dir;
    char *db_path;
    Catalog *catalog;
    Keyring *keyring;
    Writer *writer;
    Server *server;
    guint16 port;
} Town;

typedef struct {
    const char *text; /* JSON, a staff file, a campaign's name... */
    int64_t id;
    int64_t now_us;
} TownJob;

static inline bool town_people(DbTx *tx, gpointer data, GError **error) {
    const TownJob *job = data;
    g_autoptr(StaffFile) file =
        staff_file_read(job->text, strlen(job->text), NULL, NULL, NULL, error);
    g_autoptr(ImportDiff) diff = NULL;
    ImportOptions options = {0};
    return file && import_apply(tx, file, "town.csv", &options, job->now_us, &diff, error) &&
           import_applied(diff, error);
}

static inline bool town_content(DbTx *tx, gpointer data, GError **error) {
    const TownJob *job = data;
    g_autoptr(Pack) pack = pack_load(job->text, NULL, error);
    PackStored stored;
    return pack && pack_store(tx, pack, NULL, job->now_us, &stored, error);
}

static inline bool town_create(DbTx *tx, gpointer data, GError **error) {
    TownJob *job = data;
    return campaign_create(tx, job->text, strlen(job->text), job->now_us, &job->id, error);
}

static inline bool town_launch(DbTx *tx, gpointer data, GError **error) {
    const TownJob *job = data;
    return campaign_launch(tx, job->text, 5, 5, job->now_us, error);
}

static inline void town_do(Town *town, WriterFn fn, TownJob *job) {
    g_autoptr(GError) error = NULL;
    job->now_us = clock_now_us();
    writer_run(town->writer, fn, job, &error);
    g_assert_no_error(error);
}

static inline void town_fill(Town *town) {
    g_autoptr(GString) csv = g_string_new("email;first_name;last_name;department;language\n");
    for (int i = 0; i < TOWN_PEOPLE; i++) {
        g_string_append_printf(csv, "p%d@sjostad.example;Åsa;Ö%d;%s;%s\n", i, i,
                               i % 2 ? "Skola" : "Vård", i >= 8 ? "en" : "sv");
    }
    TownJob people = {.text = csv->str};
    town_do(town, town_people, &people);
    g_autofree char *dir =
        g_build_filename(g_getenv("VETKOLL_SOURCE_DIR"), "templates", "content", "starter", NULL);
    TownJob content = {.text = dir};
    town_do(town, town_content, &content);
}

static inline void town_serve(Town *town, const char *demo_dir) {
    g_autoptr(GError) error = NULL;
    ServerSettings settings = {.listen_host = "127.0.0.1",
                               .threads = 3,
                               .base_url = "http://127.0.0.1:8080",
                               .db_path = town->db_path,
                               .demo_dir = demo_dir,
                               .organisation = {"Sjöstads kommun", "The town of Sjöstad"},
                               .contact = "ciso@sjostad.example",
                               .from_address = "utbildning@sjostad.example"};
    town->server = server_start(&settings, town->writer, town->catalog, town->keyring, &error);
    g_assert_no_error(error);
    town->port = server_port(town->server);
    g_assert_cmpuint(town->port, >, 0);
}

/* `templates_dir`: the directory that overrides templates, or NULL. */
static inline Town *town_new_with(const char *templates_dir) {
    static const uint8_t key[KEYRING_KEY_BYTES] = {1, 2, 3};
    g_autoptr(GError) error = NULL;
    Town *town = g_new0(Town, 1);
    town->dir = g_dir_make_tmp("town-XXXXXX", &error);
    town->db_path = g_build_filename(town->dir, "town.db", NULL);
    g_assert_true(migrate_create(town->db_path, &error));
    town->catalog = catalog_open(templates_dir, &error);
    g_assert_no_error(error);
    town->keyring = keyring_new(key);
    town->writer = writer_open(town->db_path, &error);
    g_assert_no_error(error);
    town_fill(town);
    town_serve(town, NULL);
    return town;
}

static inline Town *town_new(void) {
    return town_new_with(NULL);
}

static inline void town_free(Town *town) {
    server_stop(town->server);
    writer_close(town->writer);
    keyring_free(town->keyring);
    catalog_free(town->catalog);
    g_autoptr(GDir) dir = g_dir_open(town->dir, 0, NULL);
    for (const char *name; (name = g_dir_read_name(dir)) != NULL;) {
        g_autofree char *path = g_build_filename(town->dir, name, NULL);
        g_remove(path);
    }
    g_rmdir(town->dir);
    g_free(town->db_path);
    g_free(town->dir);
    g_free(town);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Town, town_free)

/* Creates the campaign from JSON in which ' stands for ", launches it and lets the runner open it.
 */
static inline void town_campaign(Town *town, const char *name, const char *json) {
    g_autoptr(GError) error = NULL;
    g_autofree char *text = g_strdelimit(g_strdup(json), "'", '"');
    TownJob create = {.text = text};
    TownJob launch = {.text = name};
    town_do(town, town_create, &create);
    town_do(town, town_launch, &launch);
    RunnerSettings settings = {.k_anonymous = 5,
                               .organisation = {"Sjöstads kommun", "The town of Sjöstad"},
                               .contact = "ciso@sjostad.example",
                               .base_url = "http://127.0.0.1:8080",
                               .keyring = town->keyring};
    g_autoptr(Runner) runner = runner_new(town->writer, town->db_path, &settings, &error);
    g_assert_no_error(error);
    RunnerResult result;
    bool drained = runner_drain(runner, clock_now_us(), &result, &error);
    g_assert_true(drained);
    g_assert_cmpuint(result.invited, ==, TOWN_PEOPLE);
}

/* One number from the database. */
static inline int64_t town_number(const Town *town, const char *sql) {
    g_autoptr(GError) error = NULL;
    g_autoptr(Db) db = db_open(town->db_path, &error);
    g_assert_no_error(error);
    DbQuery query = {"town.number", sql};
    g_autoptr(DbStmt) stmt = db_query(db, &query, &error);
    g_assert_no_error(error);
    g_assert_cmpint(db_step(stmt, &error), ==, DB_ROW);
    return db_int(stmt, "n");
}

/* The invitation of the person in the campaign. */
static inline int64_t town_invitation(const Town *town, const char *campaign, int person) {
    g_autofree char *sql = g_strdup_printf(
        "SELECT i.id AS n FROM invitation i JOIN v_campaign c ON c.round_id = i.round_id"
        " JOIN v_person p ON p.id = i.person_id WHERE c.name = '%s' AND p.email = "
        "'p%d@sjostad.example'",
        campaign, person);
    return town_number(town, sql);
}

/* "/k/TOKEN" */
static inline char *town_link(const Town *town, const char *campaign, int person) {
    g_autofree char *token =
        token_make(town->keyring, TOKEN_SURVEY, town_invitation(town, campaign, person));
    return g_strconcat("/k/", token, NULL);
}
