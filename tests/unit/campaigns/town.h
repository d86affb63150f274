/* A small town for the tests of campaigns/: a fresh database with people, the starter pack, a clock
 * that the test moves, a runner, and a mailer that takes everything. An unexpected error ends the
 * test. */
#pragma once

#include "base/clock.h"
#include "base/error.h"
#include "campaigns/answering.h"
#include "campaigns/invitation.h"
#include "campaigns/launch.h"
#include "mailer/lease.h"
#include "mailer/settle.h"
#include "store/migrate.h"
#include "survey/pack.h"
#include "tests/unit/campaigns/drain.h"

#include <glib/gstdio.h>
#include <string.h>

typedef struct {
    char *dir;
    char *path;
    Writer *writer;
    Db *db;
    Runner *runner;
    Keyring *keyring;
    int64_t now_us;
} Town;

static inline int64_t town_at(const char *text) {
    int64_t at_us = 0;
    g_autoptr(GError) error = NULL;
    clock_parse(text, &at_us, &error);
    g_assert_no_error(error);
    return at_us;
}

static inline void town_run(Town *town, WriterFn fn, gpointer data) {
    g_autoptr(GError) error = NULL;
    writer_run(town->writer, fn, data, &error);
    g_assert_no_error(error);
}

static inline void town_fails(Town *town, WriterFn fn, gpointer data, VkErrorCode code) {
    g_autoptr(GError) error = NULL;
    g_assert_false(writer_run(town->writer, fn, data, &error));
    g_assert_error(error, VK_ERROR, (int)code);
    g_test_message("%s", error->message);
}

/* A statement without parameters that writes. */
static inline bool town_sql_fn(DbTx *tx, gpointer data, GError **error) {
    g_autoptr(DbStmt) stmt = db_tx_query(tx, data, error);
    return stmt != NULL && db_run(stmt, NULL, error);
}

static inline void town_sql(Town *town, const char *sql) {
    DbQuery *query = g_new(DbQuery, 1); /* lives on: its address is a cache's key */
    *query = (DbQuery){"town.sql", g_intern_string(sql)};
    static GPtrArray *kept;
    if (kept == NULL) {
        kept = g_ptr_array_new();
    }
    g_ptr_array_add(kept, query);
    town_run(town, town_sql_fn, query);
}

/* The first column, named n, of the query's only row. */
static inline int64_t town_number(Town *town, const DbQuery *query) {
    g_autoptr(GError) error = NULL;
    g_autoptr(DbStmt) row = db_query(town->db, query, &error);
    g_assert_no_error(error);
    g_assert_cmpint(db_step(row, &error), ==, DB_ROW);
    return db_int(row, "n");
}

#define TOWN_NUMBER(town, text)                                                                    \
    (__extension__({                                                                               \
        static const DbQuery q_number_ = {"town.number", text};                                    \
        town_number(town, &q_number_);                                                             \
    }))

static inline void town_start_runner(Town *town, guint batch) {
    g_autoptr(GError) error = NULL;
    RunnerSettings settings = {.k_anonymous = 10,
                               .batch = batch,
                               .organisation = {"Exempelstad", "Example Town"},
                               .contact = "Informationssäkerhet, info@example.se",
                               .base_url = "http://127.0.0.1:8080",
                               .keyring = town->keyring};
    runner_free(town->runner);
    town->runner = runner_new(town->writer, town->path, &settings, &error);
    g_assert_no_error(error);
}

static inline bool town_pack_fn(DbTx *tx, gpointer data, GError **error) {
    PackStored stored = {0};
    return pack_store(tx, data, NULL, 1, &stored, error);
}

static inline void town_store_pack(Town *town) {
    g_autoptr(GError) error = NULL;
    const char *source = g_getenv("VETKOLL_SOURCE_DIR");
    g_autofree char *dir =
        g_build_filename(source != NULL ? source : ".", "templates/content/starter", NULL);
    g_autoptr(Pack) pack = pack_load(dir, NULL, &error);
    g_assert_no_error(error);
    town_run(town, town_pack_fn, pack);
}

static inline void town_open(Town *town, const char *now) {
    g_autoptr(GError) error = NULL;
    static const uint8_t key[KEYRING_KEY_BYTES] = {1, 2, 3};
    *town = (Town){.now_us = town_at(now), .keyring = keyring_new(key)};
    town->dir = g_dir_make_tmp("vetkoll-campaigns-XXXXXX", &error);
    g_assert_no_error(error);
    town->path = g_build_filename(town->dir, "test.db", NULL);
    migrate_create(town->path, &error);
    g_assert_no_error(error);
    town->writer = writer_open(town->path, &error);
    g_assert_no_error(error);
    town->db = db_open(town->path, &error);
    g_assert_no_error(error);
    town_store_pack(town);
    town_start_runner(town, 1000);
}

static inline void town_close(Town *town) {
    runner_free(town->runner);
    db_close(town->db);
    writer_close(town->writer);
    keyring_free(town->keyring);
    g_autoptr(GDir) dir = g_dir_open(town->dir, 0, NULL);
    const char *name = NULL;
    while ((name = g_dir_read_name(dir)) != NULL) {
        g_autofree char *path = g_build_filename(town->dir, name, NULL);
        g_remove(path);
    }
    g_rmdir(town->dir);
    g_free(town->path);
    g_free(town->dir);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Town, town_close)

/* --- people -------------------------------------------------------------------------- */

typedef struct {
    const char *path;
    int64_t department_id; /* its parent must be there already; 0: none */
    int64_t parent_id;
    guint count;
    int64_t first_id; /* people get ids from here */
} TownDepartment;

static inline bool town_people_fn(DbTx *tx, gpointer data, GError **error) {
    static const DbQuery q_department = {
        "town.department", "INSERT INTO department (id, parent_id, name, path) VALUES "
                           "($1, CASE WHEN $2 = 0 THEN NULL ELSE $2 END, $3, $4)"};
    static const DbQuery q_person = {
        "town.person",
        "INSERT INTO person (id, person_key, email, email_folded, given_name, family_name, locale,"
        " department_id, created_at_us, changed_at_us) VALUES ($1, $2, $3, $3, 'Åsa', $2, $4,"
        " CASE WHEN $5 = 0 THEN NULL ELSE $5 END, 1, 1)"};
    const TownDepartment *row = data;
    g_autoptr(DbStmt) department = db_tx_query(tx, &q_department, error);
    g_autoptr(DbStmt) person = db_tx_query(tx, &q_person, error);
    g_assert_no_error(*error);
    if (row->department_id != 0) {
        const char *slash = strrchr(row->path, '/');
        db_bind_int(department, 1, row->department_id);
        db_bind_int(department, 2, row->parent_id);
        db_bind_text(department, 3, slash != NULL ? slash + 1 : row->path);
        db_bind_text(department, 4, row->path);
        db_run(department, NULL, error);
        g_assert_no_error(*error);
    }
    for (guint i = 0; i < row->count; i++) {
        int64_t id = row->first_id + i;
        g_autofree char *key = g_strdup_printf("p%" G_GINT64_FORMAT, id);
        g_autofree char *email = g_strconcat(key, "@example.se", NULL);
        db_bind_int(person, 1, id);
        db_bind_text(person, 2, key);
        db_bind_text(person, 3, email);
        db_bind_text(person, 4, id % 5 == 0 ? "en" : "sv");
        db_bind_int(person, 5, row->department_id);
        if (!db_run(person, NULL, error)) {
            return false;
        }
    }
    return true;
}

/* 60 people: 3 without a department, 25 in Skola, 12 in Vård, of Vård's parts 16 and 4. */
static inline void town_settle(Town *town) {
    static const TownDepartment departments[] = {
        {"", 0, 0, 3, 1},
        {"Skola", 1, 0, 25, 101},
        {"Vård", 2, 0, 12, 201},
        {"Vård/Norr", 3, 2, 16, 301},
        {"Vård/Söder", 4, 2, 4, 401},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(departments); i++) {
        TownDepartment row = departments[i];
        town_run(town, town_people_fn, &row);
    }
}

/* --- campaigns ----------------------------------------------------------------------- */

typedef enum {
    TOWN_CREATE,
    TOWN_LAUNCH,
    TOWN_PAUSE,
    TOWN_RESUME,
    TOWN_CLOSE,
    TOWN_START,
    TOWN_PAGE,
    TOWN_SAVE,
    TOWN_BALLOT,
    TOWN_RETRY,
    TOWN_REVOKE,
} TownVerb;

typedef struct {
    TownVerb verb;
    const char *text; /* name, or the JSON */
    int64_t now_us;
    int64_t id; /* invitation; out: campaign */
    const Form *form;
    guint page;
    const Answer *answers;
    guint count;
    guint k; /* launch: the smallest group by the settings; 0: 5 */
} TownDeed;

/* As the web does it: seals, and casts. */
static inline bool town_ballot(DbTx *tx, const TownDeed *d, GError **error) {
    g_autoptr(Visit) visit = NULL;
    g_autoptr(GBytes) sealed = NULL;
    return answering_visit(db_tx_db(tx), d->id, d->now_us, &visit, error) &&
           answering_seal(visit, d->form, d->answers, d->count, &sealed, error) &&
           answering_ballot(tx, d->id, sealed, d->now_us, error);
}

static inline bool town_deed_fn(DbTx *tx, gpointer data, GError **error) {
    TownDeed *d = data;
    switch (d->verb) {
    case TOWN_CREATE:
        return campaign_create(tx, d->text, strlen(d->text), d->now_us, &d->id, error);
    case TOWN_LAUNCH:
        return campaign_launch(tx, d->text, MAX(d->k, 5), 10, d->now_us, error);
    case TOWN_PAUSE:
        return campaign_pause(tx, d->text, error);
    case TOWN_RESUME:
        return campaign_resume(tx, d->text, d->now_us, error);
    case TOWN_CLOSE:
        return campaign_close(tx, d->text, d->now_us, error);
    case TOWN_START:
        return answering_start(tx, d->id, d->now_us, error);
    case TOWN_PAGE:
        return answering_page(tx, d->id, d->form, d->page, d->answers, d->count, d->now_us, error);
    case TOWN_SAVE:
        return answering_save(tx, d->id, d->form, d->page, d->answers, d->count, d->now_us, error);
    case TOWN_BALLOT:
        return town_ballot(tx, d, error);
    case TOWN_RETRY:
        return answering_retry(tx, d->id, d->now_us, error);
    case TOWN_REVOKE:
        return invitation_revoke(tx, d->id, d->now_us, error);
    }
    g_assert_not_reached();
}

static inline void town_do(Town *town, TownVerb verb, const char *text) {
    TownDeed deed = {.verb = verb, .text = text, .now_us = town->now_us};
    town_run(town, town_deed_fn, &deed);
}

static inline void town_refuses(Town *town, TownVerb verb, const char *text, VkErrorCode code) {
    TownDeed deed = {.verb = verb, .text = text, .now_us = town->now_us};
    town_fails(town, town_deed_fn, &deed, code);
}

static inline Campaign *town_campaign(Town *town, const char *name) {
    g_autoptr(GError) error = NULL;
    Campaign *campaign = campaign_find(town->db, name, &error);
    g_assert_no_error(error);
    return campaign;
}

static inline RunnerResult town_tick(Town *town) {
    RunnerResult result = {0};
    g_autoptr(GError) error = NULL;
    runner_drain(town->runner, town->now_us, &result, &error);
    g_assert_no_error(error);
    return result;
}

/* --- mail ---------------------------------------------------------------------------- */

typedef struct {
    int64_t now_us;
    DeliveryClass outcome;
    guint sent;
    void (*seen)(const LeasedMail *mail, gpointer data);
    gpointer data;
} TownPost;

static inline bool town_post_fn(DbTx *tx, gpointer data, GError **error) {
    TownPost *post = data;
    g_autoptr(GPtrArray) leased = NULL;
    LeaseRequest request = {.owner = 1, .relay = "test", .max = 1000};
    if (!outbox_lease(tx, &request, post->now_us, &leased, error)) {
        return false;
    }
    g_autoptr(GArray) notes = g_array_new(FALSE, FALSE, sizeof(Note));
    for (guint i = 0; i < leased->len; i++) {
        const LeasedMail *mail = g_ptr_array_index(leased, i);
        if (post->seen != NULL) {
            post->seen(mail, post->data);
        }
        Note note = {.lease_id = mail->lease_id,
                     .outbox_id = mail->outbox_id,
                     .at_us = post->now_us,
                     .delivery = delivery_make(post->outcome, "250 ok")};
        g_array_append_val(notes, note);
    }
    post->sent = leased->len;
    if (leased->len == 0) {
        return true;
    }
    const LeasedMail *first = g_ptr_array_index(leased, 0);
    DeliveryCounts counts = {0};
    return outbox_release(tx, first->lease_id, notes, post->now_us, &counts, error);
}

/* Sends all that is due now; how many that was. */
static inline guint town_send(Town *town, DeliveryClass outcome) {
    guint sum = 0;
    TownPost post = {.now_us = town->now_us, .outcome = outcome};
    do {
        town_run(town, town_post_fn, &post);
        sum += post.sent;
    } while (post.sent > 0);
    return sum;
}
