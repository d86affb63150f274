/* Proves that saving replaces and never doubles, that what is handed in is final, and that scores
 * and tallies are those of the first attempt. */
#include "survey/response.h"
#include "survey/score.h"
#include "survey/tally.h"
#include "tests/unit/survey/fixture.h"

enum { ROUND = 5, STRATUM = 9 };

typedef struct {
    int64_t respondent_id;
    const Form *form;
    const Answer *answers;
    guint count;
    int attempt;
    int64_t now_us;
} Job;

static bool start_fn(DbTx *tx, gpointer data, GError **error) {
    const Job *job = data;
    return response_start(tx, job->respondent_id, ROUND, STRATUM, form_id(job->form), job->attempt,
                          FIXTURE_NOW, error);
}

static bool save_fn(DbTx *tx, gpointer data, GError **error) {
    const Job *job = data;
    return response_save(tx, job->respondent_id, job->form, job->answers, job->count, job->now_us,
                         error);
}

static bool complete_fn(DbTx *tx, gpointer data, GError **error) {
    const Job *job = data;
    return response_complete(tx, job->respondent_id, job->form, FIXTURE_NOW + 9, error);
}

/* Two of area 1, one of area 2, a scale and an open question. */
static Form *sample_form(Fixture *fixture) {
    fixture_open(fixture);
    fixture_store_starter(fixture);
    const FormSpec spec = {
        .pack = "starter",
        .item_keys = (const char *const[]){"k1-01", "k1-02", "k2-01", "a-01", "h-11", NULL}};
    return fixture_form(fixture, &spec, 1);
}

static Answer answer_to(const Form *form, const char *key, guint option) {
    return (Answer){.item_id = fixture_item(form, key)->id, .choices = UINT32_C(1) << option};
}

static void tally(Fixture *fixture, const Form *form, const char *key, int64_t out[3]) {
    static const DbQuery query = {
        "test.tally",
        "SELECT coalesce(sum(answered), 0) AS a, coalesce(sum(not_applicable), 0) AS n, "
        "coalesce(sum(correct), 0) AS c FROM v_tally_item "
        "WHERE item_id = $1 AND round_id = 5 AND stratum_id = 9"};
    GError *error = NULL;
    g_autoptr(DbStmt) row = db_query(fixture->db, &query, &error);
    g_assert_no_error(error);
    db_bind_int(row, 1, fixture_item(form, key)->id);
    g_assert_cmpint(db_step(row, &error), ==, DB_ROW);
    out[0] = db_int(row, "a");
    out[1] = db_int(row, "n");
    out[2] = db_int(row, "c");
}

#define ASSERT_TALLY(key, a, n, c)                                                                 \
    do {                                                                                           \
        int64_t counts[3];                                                                         \
        tally(&fixture, form, key, counts);                                                        \
        g_assert_cmpint(counts[0], ==, a);                                                         \
        g_assert_cmpint(counts[1], ==, n);                                                         \
        g_assert_cmpint(counts[2], ==, c);                                                         \
    } while (0)

static void test_save_replaces(void) {
    g_auto(Fixture) fixture = {0};
    g_autoptr(Form) form = sample_form(&fixture);
    Job job = {.respondent_id = 77, .form = form, .attempt = 1, .now_us = 1, .count = 1};
    fixture_fails(&fixture, save_fn, &job, VK_ERROR_NOT_FOUND);
    fixture_run(&fixture, start_fn, &job);
    fixture_fails(&fixture, start_fn, &job, VK_ERROR_CONFLICT);

    Answer answer = answer_to(form, "k1-01", 0);
    job.answers = &answer;
    fixture_run(&fixture, save_fn, &job);
    ASSERT_TALLY("k1-01", 1, 0, 0);
    fixture_run(&fixture, save_fn, &job); /* a page sent twice */
    ASSERT_TALLY("k1-01", 1, 0, 0);
    answer.choices = 1u << 2; /* the right one */
    fixture_run(&fixture, save_fn, &job);
    ASSERT_TALLY("k1-01", 1, 0, 1);
    answer = (Answer){.item_id = answer.item_id, .not_applicable = true};
    fixture_run(&fixture, save_fn, &job);
    ASSERT_TALLY("k1-01", 0, 1, 0);
    answer.not_applicable = false; /* blank */
    fixture_run(&fixture, save_fn, &job);
    ASSERT_TALLY("k1-01", 0, 0, 0);
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) answers = response_answers(fixture.db, 77, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(answers->len, ==, 0);
}

static void test_answers_round_trip(void) {
    g_auto(Fixture) fixture = {0};
    g_autoptr(Form) form = sample_form(&fixture);
    char text[] = "Tid saknas; 'citat' \"två\"\nÅsa 李";
    Answer given[] = {answer_to(form, "k1-02", 1),
                      {.item_id = fixture_item(form, "a-01")->id, .not_applicable = true},
                      {.item_id = fixture_item(form, "h-11")->id, .text = text}};
    Job job = {
        .respondent_id = INT64_MAX, .form = form, .attempt = 1, .answers = given, .count = 3};
    fixture_run(&fixture, start_fn, &job);
    fixture_run(&fixture, save_fn, &job);
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) answers = response_answers(fixture.db, INT64_MAX, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(answers->len, ==, 3);
    for (guint i = 0; i < 3; i++) {
        const Answer *saved = answers->pdata[i];
        guint g = 0;
        while (given[g].item_id != saved->item_id) {
            g++;
            g_assert_cmpuint(g, <, 3);
        }
        g_assert_cmpuint(saved->choices, ==, given[g].choices);
        g_assert_cmpint(saved->not_applicable, ==, given[g].not_applicable);
        g_assert_cmpstr(saved->text, ==, given[g].text);
    }
}

/* Even if a form with such an item were given to a respondent, no answer to it is stored by person.
 */
static void test_anonymous_only(void) {
    g_auto(Fixture) fixture = {0};
    fixture_open(&fixture);
    fixture_store_starter(&fixture);
    const FormSpec spec = {.pack = "starter",
                           .item_keys = (const char *const[]){"a-01", "a-04", NULL},
                           .anonymous = true};
    g_autoptr(Form) form = fixture_form(&fixture, &spec, 1);
    Answer answers[] = {answer_to(form, "a-01", 1), answer_to(form, "a-04", 3)};
    Job job = {.respondent_id = 77, .form = form, .attempt = 1, .answers = answers, .count = 2};
    fixture_run(&fixture, start_fn, &job);
    fixture_fails(&fixture, save_fn, &job, VK_ERROR_DENIED);
    ASSERT_TALLY("a-01", 0, 0, 0);
    ASSERT_TALLY("a-04", 0, 0, 0);
    job.count = 1;
    fixture_run(&fixture, save_fn, &job);
    ASSERT_TALLY("a-01", 1, 0, 0);
}

/* One bad answer refuses the whole page. */
static void test_save_refused(void) {
    g_auto(Fixture) fixture = {0};
    g_autoptr(Form) form = sample_form(&fixture);
    Answer answers[] = {answer_to(form, "k1-01", 1), answer_to(form, "k1-02", 7)};
    Job job = {.respondent_id = 77, .form = form, .attempt = 1, .answers = answers, .count = 2};
    fixture_run(&fixture, start_fn, &job);
    fixture_fails(&fixture, save_fn, &job, VK_ERROR_INPUT);
    answers[1] = (Answer){.item_id = 424242, .choices = 1};
    fixture_fails(&fixture, save_fn, &job, VK_ERROR_INPUT);
    ASSERT_TALLY("k1-01", 0, 0, 0);
}

static bool query_fn(DbTx *tx, gpointer data, GError **error) {
    g_autoptr(DbStmt) stmt = db_tx_query(tx, data, error);
    return stmt != NULL && db_run(stmt, NULL, error);
}

/* Answers have no foreign keys: what they belong to stays by other means. */
static void test_parents_stay(void) {
    static DbQuery goes[] = {
        {"test.response", "DELETE FROM response WHERE respondent_id = 77"},
        {"test.response_number", "UPDATE response SET respondent_id = 78"},
        {"test.item", "DELETE FROM item WHERE id IN (SELECT item_id FROM answer)"},
        {"test.item_number", "UPDATE item SET id = -id"},
    };
    static DbQuery answers_go = {"test.answers", "DELETE FROM answer"};
    g_auto(Fixture) fixture = {0};
    g_autoptr(Form) form = sample_form(&fixture);
    Answer answer = answer_to(form, "k1-01", 1);
    Job job = {.respondent_id = 77, .form = form, .attempt = 1, .answers = &answer, .count = 1};
    fixture_run(&fixture, start_fn, &job);
    fixture_run(&fixture, save_fn, &job);
    for (guint i = 0; i < G_N_ELEMENTS(goes); i++) {
        fixture_fails(&fixture, query_fn, &goes[i], VK_ERROR_CONFLICT);
    }
    fixture_run(&fixture, query_fn, &answers_go);
    fixture_run(&fixture, query_fn, &goes[0]);
}

static const DbQuery q_score = {
    "test.score",
    "SELECT sum(CASE area WHEN 'area1' THEN 100 * item_count + 10 * correct_count ELSE "
    "item_count * 1000 + correct_count * 10000 END) AS n FROM v_score WHERE round_id = 5"};
static const DbQuery q_scored = {"test.scored", "SELECT 10 * count(*) + sum(correct) AS n "
                                                "FROM v_scored_answer WHERE round_id = 5"};

static void test_complete(void) {
    g_auto(Fixture) fixture = {0};
    g_autoptr(Form) form = sample_form(&fixture);
    Answer answers[] = {answer_to(form, "k1-01", 2),
                        answer_to(form, "a-01", 3),
                        {.item_id = fixture_item(form, "k2-01")->id, .not_applicable = true}};
    Job job = {.respondent_id = 77, .form = form, .attempt = 1, .answers = answers, .count = 3};
    fixture_fails(&fixture, complete_fn, &job, VK_ERROR_NOT_FOUND);
    fixture_run(&fixture, start_fn, &job);
    fixture_run(&fixture, save_fn, &job);
    fixture_run(&fixture, complete_fn, &job);
    fixture_run(&fixture, complete_fn, &job); /* twice is harmless */
    fixture_fails(&fixture, save_fn, &job, VK_ERROR_CONFLICT);
    /* area1: 2 asked, 1 right (k1-02 unanswered is wrong); area2: 1 asked, "vet inte" is wrong */
    g_assert_cmpint(fixture_number(&fixture, &q_score), ==, 210 + 1000);
    g_assert_cmpint(fixture_number(&fixture, &q_scored), ==, 31);
    ASSERT_TALLY("a-01", 1, 0, 0);
    ASSERT_TALLY("k2-01", 0, 1, 0);
}

static void test_second_attempt(void) {
    g_auto(Fixture) fixture = {0};
    g_autoptr(Form) form = sample_form(&fixture);
    Answer answer = answer_to(form, "k1-01", 2);
    Job job = {.respondent_id = 78, .form = form, .attempt = 2, .answers = &answer, .count = 1};
    static const DbQuery q_rows = {"test.rows",
                                   "SELECT count(*) AS n FROM score WHERE respondent_id = 78"};
    fixture_run(&fixture, start_fn, &job);
    fixture_run(&fixture, save_fn, &job);
    fixture_run(&fixture, complete_fn, &job);
    ASSERT_TALLY("k1-01", 0, 0, 0);
    g_assert_cmpint(fixture_number(&fixture, &q_rows), ==, 0);
}

static void test_score_areas(void) {
    g_auto(Fixture) fixture = {0};
    g_autoptr(Form) form = sample_form(&fixture);
    const Answer right = answer_to(form, "k2-01", 3);
    const Answer wrong = answer_to(form, "k1-02", 0);
    const Answer *const answers[] = {&wrong, &right};
    g_autoptr(GArray) scores = score_areas(form, NULL, answers, 2);
    g_assert_cmpuint(scores->len, ==, 2);
    const AreaScore *first = &g_array_index(scores, AreaScore, 0);
    const AreaScore *second = &g_array_index(scores, AreaScore, 1);
    g_assert_cmpstr(first->area, ==, "area1");
    g_assert_cmpuint(first->item_count, ==, 2);
    g_assert_cmpuint(first->correct_count, ==, 0);
    g_assert_cmpstr(second->area, ==, "area2");
    g_assert_cmpuint(second->item_count, ==, 1);
    g_assert_cmpuint(second->correct_count, ==, 1);
}

int main(int argc, char **argv) {
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/response/parents-stay", test_parents_stay);
    g_test_add_func("/response/save-replaces", test_save_replaces);
    g_test_add_func("/response/answers-round-trip", test_answers_round_trip);
    g_test_add_func("/response/save-refused", test_save_refused);
    g_test_add_func("/response/anonymous-only", test_anonymous_only);
    g_test_add_func("/response/complete", test_complete);
    g_test_add_func("/response/second-attempt", test_second_attempt);
    g_test_add_func("/response/score-areas", test_score_areas);
    return g_test_run();
}
