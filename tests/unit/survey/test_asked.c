/* Proves what a questionnaire leaves in the database: who was asked what, apart from who answered,
 * in responses and on ballots; that an answer whose question was shut off is gone; that a follow-up
 * draws nothing a person has met, and a new attempt the same; and what an anonymous form may not
 * ask. */
#include "survey/asked.h"
#include "survey/ballot.h"
#include "survey/picture.h"
#include "survey/response.h"
#include "survey/tally.h"
#include "tests/unit/survey/fixture.h"

#include <string.h>

enum { ROUND = 5, STRATUM = 9, FIRST = 1000 };

static const DbQuery q_asked = {"test.asked",
                                "SELECT group_concat(i.item_key, ' ') AS keys FROM response r,"
                                " json_each(r.asked) j JOIN item i ON i.id = j.value"
                                " WHERE r.respondent_id = $1"};
static const DbQuery q_answered = {"test.answered",
                                   "SELECT group_concat(i.item_key, ' ') AS keys FROM answer a"
                                   " JOIN item i ON i.id = a.item_id WHERE a.respondent_id = $1"};
static const DbQuery q_score = {"test.score",
                                "SELECT sum(item_count) * 10 + sum(correct_count) AS n FROM score"};
static const DbQuery q_scored = {"test.scored", "SELECT count(*) AS n FROM v_scored_answer"};
static const DbQuery q_asked_sum = {"test.asked_sum", "SELECT sum(asked) AS n FROM v_tally_item"};
static const DbQuery q_picture = {"test.picture", "SELECT count(*) AS n FROM picture"};

static void open_all_kinds(Fixture *fixture) {
    GError *error = NULL;
    const char *source = g_getenv("VETKOLL_SOURCE_DIR");
    g_autofree char *dir =
        g_build_filename(source == NULL ? "." : source, "tests/content/allt", NULL);
    g_autoptr(Pack) pack = pack_load(dir, NULL, &error);
    g_assert_no_error(error);
    fixture_open(fixture);
    fixture_store(fixture, pack);
    fixture_store_starter(fixture);
}

static Form *form_of(Fixture *fixture, const char *pack, const char *name) {
    return fixture_form(fixture, &(FormSpec){.pack = pack, .questionnaire = name}, 1);
}

/* --- one respondent -------------------------------------------------------------------------- */

typedef struct {
    const Form *form;
    int64_t respondent_id;
    int attempt;
    const char *const *roles;
    int64_t had;
    int64_t like;
    int page;
    Answer answers[3];
    guint count;
    guint next;
} Job;

static bool start_fn(DbTx *tx, gpointer data, GError **error) {
    Job *job = data;
    return response_start(tx, job->respondent_id, ROUND, STRATUM, form_id(job->form), job->attempt,
                          FIXTURE_NOW, error) &&
           asked_draw(tx, job->respondent_id, job->form, job->roles, &job->had, job->had != 0,
                      job->like, error);
}

static bool page_fn(DbTx *tx, gpointer data, GError **error) {
    Job *job = data;
    return response_save(tx, job->respondent_id, job->form, job->answers, job->count, FIXTURE_NOW,
                         error) &&
           asked_settle(tx, job->respondent_id, job->form, job->page, FIXTURE_NOW, &job->next,
                        error);
}

static bool complete_fn(DbTx *tx, gpointer data, GError **error) {
    Job *job = data;
    return response_complete(tx, job->respondent_id, job->form, FIXTURE_NOW, error);
}

static Job start(Fixture *fixture, const Form *form, int64_t respondent_id) {
    Job job = {.form = form, .respondent_id = respondent_id, .attempt = 1};
    fixture_run(fixture, start_fn, &job);
    return job;
}

/* Saves one answer on a page, after which `next` comes. */
static void save(Fixture *fixture, Job *job, int page, const char *key, uint32_t choices,
                 guint next) {
    job->page = page;
    job->count = 1;
    job->answers[0] = (Answer){.item_id = fixture_item(job->form, key)->id, .choices = choices};
    fixture_run(fixture, page_fn, job);
    g_assert_cmpuint(job->next, ==, next);
}

static char *keys(Fixture *fixture, const DbQuery *query, int64_t respondent_id) {
    g_autoptr(GError) error = NULL;
    g_autoptr(DbStmt) row = db_query(fixture->db, query, &error);
    g_assert_no_error(error);
    db_bind_int(row, 1, respondent_id);
    g_assert_cmpint(db_step(row, &error), ==, DB_ROW);
    return g_strdup(db_text(row, "keys"));
}

static void check_tallies(Fixture *fixture) {
    g_autoptr(GError) error = NULL;
    bool equal = false;
    tally_check(fixture->db, ROUND, &equal, &error);
    g_assert_no_error(error);
    g_assert_true(equal);
}

static void test_branches(void) {
    g_auto(Fixture) fixture = {0};
    open_all_kinds(&fixture);
    g_autoptr(Form) form = form_of(&fixture, "allt", "grenar");
    g_assert_true(form_varies(form) && !form_draws(form));
    g_assert_cmpstr(form_page_section(form, 1)->title[LANG_SV], ==, "Att skicka");
    Job job = start(&fixture, form, FIRST);
    save(&fixture, &job, 0, "filter", 1, 1);
    save(&fixture, &job, 1, "hur", 4 | 1, 2);
    save(&fixture, &job, 2, "varfor", 0, 3);
    /* Another answer to the first shuts both off: the answer goes, and its count with it. */
    save(&fixture, &job, 0, "filter", 2, 3);
    g_autofree char *answered = keys(&fixture, &q_answered, FIRST);
    g_assert_cmpstr(answered, ==, "filter");
    check_tallies(&fixture);
    /* The order is right, the scene is passed over though it must not be. */
    uint32_t order = item_order_put(item_order_put(item_order_put(0, 0, 1), 1, 2), 2, 0);
    save(&fixture, &job, 3, "ordning", order, 4);
    save(&fixture, &job, 4, "s1", 8, 3);
    save(&fixture, &job, 3, "scen", 2, 4);
    save(&fixture, &job, 4, "s1", 8, form_page_count(form));
    fixture_run(&fixture, complete_fn, &job);
    g_autofree char *asked = keys(&fixture, &q_asked, FIRST);
    g_assert_cmpstr(asked, ==, "filter scen ordning rang s1 s2 s3");
    g_assert_cmpint(fixture_number(&fixture, &q_score), ==, 2 * 10 + 1);
    g_assert_cmpint(fixture_number(&fixture, &q_scored), ==, 2);
    g_assert_cmpint(fixture_number(&fixture, &q_asked_sum), ==, 7);
    g_assert_cmpint(fixture_number(&fixture, &q_picture), ==, 1);
    check_tallies(&fixture);
}

/* An item of the scene has its picture, and the picture its bytes. */
static void test_picture(void) {
    g_auto(Fixture) fixture = {0};
    g_autoptr(GError) error = NULL;
    open_all_kinds(&fixture);
    g_autoptr(Form) form = form_of(&fixture, "allt", "grenar");
    const Item *scene = fixture_item(form, "scen");
    g_assert_nonnull(strstr(scene->picture_alt[LANG_EN], "gift cards"));
    g_assert_cmpstr(scene->scene[LANG_SV], ==, "Du får det här meddelandet en fredag eftermiddag.");
    g_autoptr(GBytes) bytes = picture_load(fixture.db, scene->picture, &error);
    g_assert_no_error(error);
    gsize size;
    const void *data = g_bytes_get_data(bytes, &size);
    g_autofree char *name = picture_name(data, size);
    g_assert_cmpstr(name, ==, scene->picture);
}

/* --- draws ----------------------------------------------------------------------------------- */

static GHashTable *drawn_keys(Fixture *fixture, const Form *form, int64_t respondent_id) {
    g_autoptr(GError) error = NULL;
    g_autoptr(Sheet) sheet = asked_sheet(fixture->db, respondent_id, form, &error);
    g_assert_no_error(error);
    GHashTable *drawn = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    for (guint i = 5; i < sheet_count(sheet); i++) { /* the first five are everybody's */
        g_hash_table_add(drawn, g_strdup(form_item(form, sheet_position(sheet, i))->key));
    }
    return drawn;
}

static void test_draws(void) {
    g_auto(Fixture) fixture = {0};
    open_all_kinds(&fixture);
    g_autoptr(Form) form = form_of(&fixture, "starter", "matning");
    g_autoptr(GHashTable) before = NULL;
    g_assert_true(form_draws(form));
    for (guint i = 0; i < 8; i++) {
        Job job = start(&fixture, form, FIRST + i);
        GHashTable *drawn = drawn_keys(&fixture, form, FIRST + i);
        g_assert_cmpuint(g_hash_table_size(drawn), ==, 10);
        GHashTableIter iter;
        gpointer key;
        guint same = 0;
        g_hash_table_iter_init(&iter, drawn);
        while (before != NULL && g_hash_table_iter_next(&iter, &key, NULL)) {
            same += g_hash_table_contains(before, key) ? 1 : 0;
        }
        g_assert_cmpuint(same, <, 5);
        g_clear_pointer(&before, g_hash_table_unref);
        before = drawn;
        fixture_run(&fixture, complete_fn, &job);
    }
    g_assert_cmpint(fixture_number(&fixture, &q_score), ==, 8 * 15 * 10);
    check_tallies(&fixture);
}

/* A later round draws the others; the anchors come again; an exhausted pool asks fewer. */
static void test_follow_up(void) {
    g_auto(Fixture) fixture = {0};
    open_all_kinds(&fixture);
    g_autoptr(Form) form = form_of(&fixture, "starter", "matning");
    start(&fixture, form, FIRST);
    Job second = {.form = form, .respondent_id = FIRST + 1, .attempt = 1, .had = FIRST};
    fixture_run(&fixture, start_fn, &second);
    g_autoptr(GHashTable) first_keys = drawn_keys(&fixture, form, FIRST);
    g_autoptr(GHashTable) second_keys = drawn_keys(&fixture, form, FIRST + 1);
    g_assert_cmpuint(g_hash_table_size(second_keys), ==, 10);
    GHashTableIter iter;
    gpointer key;
    g_hash_table_iter_init(&iter, first_keys);
    while (g_hash_table_iter_next(&iter, &key, NULL)) {
        g_assert_false(g_hash_table_contains(second_keys, key));
    }
    Job again = {.form = form, .respondent_id = FIRST + 2, .attempt = 2, .like = FIRST};
    fixture_run(&fixture, start_fn, &again);
    g_autoptr(GHashTable) same_keys = drawn_keys(&fixture, form, FIRST + 2);
    g_hash_table_iter_init(&iter, same_keys);
    while (g_hash_table_iter_next(&iter, &key, NULL)) {
        g_assert_true(g_hash_table_contains(first_keys, key));
    }
}

static void test_roles(void) {
    g_auto(Fixture) fixture = {0};
    g_autoptr(GError) error = NULL;
    static const char *const roles[] = {"chef", NULL};
    open_all_kinds(&fixture);
    g_autoptr(Form) form = form_of(&fixture, "allt", "roller");
    Job chief = {.form = form, .respondent_id = FIRST, .attempt = 1, .roles = roles};
    fixture_run(&fixture, start_fn, &chief);
    start(&fixture, form, FIRST + 1);
    g_autoptr(Sheet) with = asked_sheet(fixture.db, FIRST, form, &error);
    g_autoptr(Sheet) without = asked_sheet(fixture.db, FIRST + 1, form, &error);
    g_assert_cmpuint(sheet_count(with), ==, 3);
    g_assert_cmpstr(form_item(form, sheet_position(with, 2))->key, ==, "chef");
    g_assert_cmpuint(sheet_count(without), ==, 2);
}

/* --- anonymous ------------------------------------------------------------------------------- */

static bool form_fn(DbTx *tx, gpointer data, GError **error) {
    int64_t id;
    return form_create(tx, data, 1, FIXTURE_NOW, &id, error);
}

static void test_anonymous_refused(void) {
    g_auto(Fixture) fixture = {0};
    static const struct {
        FormSpec spec;
        const char *said;
    } cases[] = {
        {{.pack = "allt", .questionnaire = "roller", .anonymous = true}, "peka ut personen"},
        {{.pack = "starter", .questionnaire = "matning", .anonymous = true}, "peka ut personen"},
        {{.pack = "allt", .questionnaire = "grenar", .anonymous = true},
         "fritextfråga med villkor"},
        {{.pack = "starter", .questionnaire = "hinder"}, "får bara ställas anonymt"},
        {{.pack = "starter", .questionnaire = "nej"}, "De som finns: hinder, matning"},
    };
    open_all_kinds(&fixture);
    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GError) error = NULL;
        FormSpec spec = cases[i].spec;
        g_assert_false(writer_run(fixture.writer, form_fn, &spec, &error));
        g_assert_error(error, VK_ERROR, VK_ERROR_INPUT);
        g_assert_nonnull(strstr(error->message, cases[i].said));
    }
}

static bool ballot_fn(DbTx *tx, gpointer data, GError **error) {
    const Job *job = data;
    return ballot_store(tx, ROUND, STRATUM, job->form, job->answers, job->count, error);
}

/* A ballot names all that was asked, answered or not, and nothing that an answer shut off. */
static void test_ballot(void) {
    static const DbQuery q_ballots = {
        "test.ballots", "SELECT sum(json_array_length(answers, '$.asked')) AS n FROM ballot"};
    static const DbQuery q_hur = {
        "test.hur", "SELECT sum(t.answered) * 10 + sum(t.asked) AS n FROM v_tally_item t"
                    " JOIN item i ON i.id = t.item_id WHERE i.item_key = 'hur'"};
    g_auto(Fixture) fixture = {0};
    open_all_kinds(&fixture);
    g_autoptr(Form) form = fixture_form(
        &fixture, &(FormSpec){.pack = "allt", .questionnaire = "anonym", .anonymous = true}, 1);
    Job job = {.form = form, .count = 3};
    job.answers[0] = (Answer){.item_id = fixture_item(form, "s1")->id, .choices = 1};
    job.answers[1] = (Answer){.item_id = fixture_item(form, "hur")->id, .choices = 4};
    job.answers[2] = (Answer){.item_id = fixture_item(form, "filter")->id, .choices = 1};
    fixture_run(&fixture, ballot_fn, &job); /* all three asked and answered */
    job.answers[1].choices = 0;
    fixture_run(&fixture, ballot_fn, &job); /* "hur" passed over: s1 not asked */
    job.answers[1].choices = 4;
    job.answers[2].choices = 2;
    fixture_run(&fixture, ballot_fn, &job); /* only the first asked */
    g_assert_cmpint(fixture_number(&fixture, &q_ballots), ==, 3 + 2 + 1);
    g_assert_cmpint(fixture_number(&fixture, &q_hur), ==, 10 + 2);
    g_assert_cmpint(fixture_number(&fixture, &q_asked_sum), ==, 6);
    check_tallies(&fixture);
}

int main(int argc, char **argv) {
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/asked/branches", test_branches);
    g_test_add_func("/asked/picture", test_picture);
    g_test_add_func("/asked/draws", test_draws);
    g_test_add_func("/asked/follow-up", test_follow_up);
    g_test_add_func("/asked/roles", test_roles);
    g_test_add_func("/asked/anonymous-refused", test_anonymous_refused);
    g_test_add_func("/asked/ballot", test_ballot);
    return g_test_run();
}
