/* A real database with a small organisation, campaigns over it, and answers given through survey/'s
 * own functions. Rows of people/ and campaigns/ are written here directly: the reports read them by
 * views. */
#pragma once

#include "base/clock.h"
#include "store/migrate.h"
#include "store/writer.h"
#include "survey/ballot.h"
#include "survey/form.h"
#include "survey/pack.h"
#include "survey/response.h"

#include <glib/gstdio.h>
#include <inttypes.h>
#include <sqlite3.h>
#include <string.h>

/* Org{A{A1 22,A2 14,A3 3}, B{B1 9,B2 31}, C 4}: 83 people. */
enum { PEOPLE = 83, DEPARTMENTS = 9 };

typedef struct {
    char *dir, *path;
    Writer *writer;
    Db *db; /* opened by fixture_read, after the writing */
} Fixture;

static const struct {
    const char *path, *name;
    int parent, people;
} departments[DEPARTMENTS] = {
    {"", "", -1, 0},       {"A", "A", 0, 0},      {"A/A1", "A1", 1, 22},
    {"A/A2", "A2", 1, 14}, {"A/A3", "A3", 1, 3},  {"B", "B", 0, 0},
    {"B/B1", "B1", 5, 9},  {"B/B2", "B2", 5, 31}, {"C", "=C", 0, 4},
};

/* The department (index) of person 1..PEOPLE. */
static inline int department_of(int person) {
    int d = 0;
    for (int left = person; left > departments[d].people; d++) {
        left -= departments[d].people;
    }
    return d;
}

static inline int64_t day(int year, int month, int date) {
    return clock_from_local(year, month, date, 12, 0);
}

G_GNUC_PRINTF(2, 3) static inline void fixture_sql(Fixture *f, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    g_autofree char *sql = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    sqlite3 *raw = NULL;
    g_assert_cmpint(sqlite3_open(f->path, &raw), ==, SQLITE_OK);
    sqlite3_busy_timeout(raw, 5000);
    char *fault = NULL;
    if (sqlite3_exec(raw, sql, NULL, NULL, &fault) != SQLITE_OK) {
        g_error("%s: %.300s", fault, sql);
    }
    sqlite3_close(raw);
}

typedef bool (*FixtureJob)(DbTx *tx, gpointer data, GError **error);

static inline void fixture_run(Fixture *f, FixtureJob job, gpointer data) {
    g_autoptr(GError) error = NULL;
    writer_run(f->writer, job, data, &error);
    g_assert_no_error(error);
}

static inline bool store_pack_job(DbTx *tx, gpointer data, GError **error) {
    PackStored stored = {0};
    return pack_store(tx, data, NULL, day(2026, 1, 1), &stored, error);
}

static inline Fixture *fixture_new(void) {
    g_autoptr(GError) error = NULL;
    Fixture *f = g_new0(Fixture, 1);
    f->dir = g_dir_make_tmp("vetkoll-reports-XXXXXX", &error);
    g_assert_no_error(error);
    f->path = g_build_filename(f->dir, "vetkoll.db", NULL);
    migrate_create(f->path, &error);
    g_assert_no_error(error);
    f->writer = writer_open(f->path, &error);
    g_assert_no_error(error);
    const char *root = g_getenv("VETKOLL_SOURCE_DIR");
    g_autofree char *dir =
        g_build_filename(root ? root : ".", "templates", "content", "starter", NULL);
    g_autoptr(Pack) pack = pack_load(dir, NULL, &error);
    g_assert_no_error(error);
    fixture_run(f, store_pack_job, pack);
    g_autoptr(GString) sql = g_string_new("BEGIN; INSERT INTO frame VALUES (1, 0);");
    for (int p = 1; p <= PEOPLE; p++) {
        g_string_append_printf(sql,
                               "INSERT INTO person (id, person_key, email, email_folded, "
                               "created_at_us, changed_at_us) VALUES (%d, 'p%d', 'p%d@x.example', "
                               "'p%d@x.example', 0, 0);",
                               p, p, p, p);
    }
    fixture_sql(f, "%s COMMIT;", sql->str);
    return f;
}

static inline void fixture_free(Fixture *f) {
    db_close(f->db);
    writer_close(f->writer);
    g_autoptr(GDir) dir = g_dir_open(f->dir, 0, NULL);
    const char *name;
    while ((name = g_dir_read_name(dir))) {
        g_autofree char *path = g_build_filename(f->dir, name, NULL);
        g_unlink(path);
    }
    g_rmdir(f->dir);
    g_free(f->dir);
    g_free(f->path);
    g_free(f);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Fixture, fixture_free)

static inline Db *fixture_read(Fixture *f) {
    g_autoptr(GError) error = NULL;
    if (!f->db) {
        f->db = db_open(f->path, &error);
        g_assert_no_error(error);
    }
    return f->db;
}

/* A campaign with one round over everybody; its number is campaign, round and form id base alike.
 */
typedef struct {
    int number;
    const char *name, *kind, *promise, *state;
    int64_t opens_at_us, closed_at_us;
    int follows; /* 0: none */
    FormSpec form;
    int64_t form_id; /* out */
} Campaigning;

static inline bool create_form_job(DbTx *tx, gpointer data, GError **error) {
    Campaigning *c = data;
    return form_create(tx, &c->form, 7, c->opens_at_us, &c->form_id, error);
}

static inline int64_t stratum_id(int number, int department) {
    return number * 100 + department + 1;
}

static inline int64_t invitation_id(int number, int person) {
    return number * 1000 + person;
}

/* People have been invited by `campaign_add`; everybody of the organisation. */
static inline void campaign_add(Fixture *f, Campaigning *c) {
    c->form.pack = "starter";
    c->form.anonymous = strcmp(c->promise, "anonymous") == 0;
    fixture_run(f, create_form_job, c);
    g_autofree char *follows = c->follows ? g_strdup_printf("%d", c->follows) : g_strdup("NULL");
    g_autofree char *closed = strcmp(c->state, "closed") == 0
                                  ? g_strdup_printf("%" PRId64, c->closed_at_us)
                                  : g_strdup("NULL");
    g_autoptr(GString) sql = g_string_new("BEGIN;");
    g_string_append_printf(
        sql,
        "INSERT INTO frame (id, taken_at_us) VALUES (%d, %" PRId64 ");"
        "INSERT INTO campaign (id, name, title_sv, title_en, kind, promise, state, definition, "
        "control_phrase, follows_id, created_at_us, closed_at_us) VALUES (%d, '%s', 'Titel %s', "
        "'Title %s', '%s', '%s', '%s', '{}', 'blå älg', %s, 0, %s);"
        "INSERT INTO round (id, campaign_id, sequence, frame_id, form_id, design, seed, "
        "method_text, "
        "opens_at_us, closes_at_us, lesson_count, page_count, planned) VALUES (%d, %d, 1, %d, "
        "%" PRId64 ", 'census', 0, 'Totalundersökning.', %" PRId64 ", %" PRId64 ", 0, 1, 83);",
        c->number + 1, c->opens_at_us - CLOCK_DAY_US, c->number, c->name, c->name, c->name, c->kind,
        c->promise, c->state, follows, closed, c->number, c->number, c->number + 1, c->form_id,
        c->opens_at_us, c->opens_at_us + 30 * CLOCK_DAY_US);
    for (int d = 0; d < DEPARTMENTS; d++) {
        g_autofree char *parent =
            d ? g_strdup_printf("%" PRId64, stratum_id(c->number, departments[d].parent))
              : g_strdup("NULL");
        g_string_append_printf(sql,
                               "INSERT INTO stratum (id, round_id, parent_id, path, name, "
                               "population, invited) VALUES (%" PRId64 ", %d, %s, '%s', '%s', %d, "
                               "%d);",
                               stratum_id(c->number, d), c->number, parent, departments[d].path,
                               departments[d].name, departments[d].people, departments[d].people);
    }
    for (int p = 1; p <= PEOPLE; p++) {
        g_string_append_printf(
            sql,
            "INSERT INTO invitation (id, round_id, person_id, stratum_id, locale, "
            "due_at_us) VALUES (%" PRId64 ", %d, %d, %" PRId64 ", 'sv', %" PRId64 ");",
            invitation_id(c->number, p), c->number, p, stratum_id(c->number, department_of(p)),
            c->opens_at_us);
    }
    fixture_sql(f, "%s COMMIT;", sql->str);
}

/* What a person answers to a question; false: passes it over. */
typedef bool (*AnswerFn)(int person, const Item *item, guint position, Answer *out_answer);

typedef struct {
    Campaigning *campaign;
    int first, last; /* persons */
    int64_t at_us;
    bool complete;
    AnswerFn answer;
} Answering;

static inline void clear_answer(gpointer data) {
    answer_clear(data);
}

static inline GArray *answers_of(const Answering *a, const Form *form, int person) {
    GArray *answers = g_array_new(FALSE, TRUE, sizeof(Answer));
    g_array_set_clear_func(answers, clear_answer);
    for (guint i = 0; i < form_item_count(form); i++) {
        Answer answer = {.item_id = form_item(form, i)->id};
        if (a->answer(person, form_item(form, i), i, &answer)) {
            g_array_append_val(answers, answer);
        }
    }
    return answers;
}

static inline bool answer_person(DbTx *tx, const Answering *a, const Form *form, int person,
                                 GError **error) {
    const Campaigning *c = a->campaign;
    int64_t respondent = invitation_id(c->number, person) + 500000;
    int64_t stratum = stratum_id(c->number, department_of(person));
    g_autoptr(GArray) answers = answers_of(a, form, person);
    const Answer *list = (const Answer *)(const void *)answers->data;
    if (strcmp(c->promise, "anonymous") == 0) {
        return ballot_store(tx, c->number, stratum, form, list, answers->len, error);
    }
    return response_start(tx, respondent, c->number, stratum, c->form_id, 1, a->at_us, error) &&
           response_save(tx, respondent, form, list, answers->len, a->at_us, error) &&
           (!a->complete || response_complete(tx, respondent, form, a->at_us, error));
}

static inline bool answer_job(DbTx *tx, gpointer data, GError **error) {
    const Answering *a = data;
    g_autoptr(Form) form = form_load(db_tx_db(tx), a->campaign->form_id, error);
    for (int p = a->first; form && p <= a->last; p++) {
        if (!answer_person(tx, a, form, p, error)) {
            return false;
        }
    }
    return form != NULL;
}

static inline void answer_all(Fixture *f, Answering a) {
    fixture_run(f, answer_job, &a);
    bool anonymous = strcmp(a.campaign->promise, "anonymous") == 0;
    fixture_sql(f,
                "UPDATE invitation SET status = '%s', completed_at_us = %s%" PRId64 "%s, "
                "respondent_id = %s, measured_id = %s WHERE round_id = %d AND person_id BETWEEN %d "
                "AND %d",
                a.complete ? "complete" : "partial", a.complete ? "" : "NULLIF(0, ",
                a.complete ? a.at_us : 0, a.complete ? "" : ")", anonymous ? "NULL" : "id + 500000",
                anonymous ? "NULL" : "id + 500000", a.campaign->number, a.first, a.last);
}
