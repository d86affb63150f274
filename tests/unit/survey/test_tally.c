/* Proves, with random answering of every kind, that the running tallies equal a recount at every
 * moment, that a rebuild changes nothing then, and that a wrong tally is found and mended. */
#include "survey/ballot.h"
#include "survey/response.h"
#include "survey/tally.h"
#include "tests/unit/survey/fixture.h"

enum { ROUNDS = 2, STRATA = 3, RESPONDENTS = 30, STEPS = 1500 };

typedef struct {
    const Form *form;
    GRand *random;
} World;

static Answer random_answer(World *world) {
    guint index = (guint)g_rand_int_range(world->random, 0, (gint32)form_item_count(world->form));
    const Item *item = form_item(world->form, index);
    Answer answer = {.item_id = item->id};
    guint what = (guint)g_rand_int_range(world->random, 0, 6);
    if (what == 0) {
        return answer; /* blank */
    }
    if (what == 1 && item->offers_not_applicable) {
        answer.not_applicable = true;
    } else if (item->kind == ITEM_TEXT) {
        answer.text = g_strdup("fri text");
    } else if (item->kind == ITEM_MULTIPLE) {
        answer.choices = (uint32_t)g_rand_int_range(world->random, 0, 1 << item->option_count);
    } else {
        answer.choices = 1u << g_rand_int_range(world->random, 0, (gint32)item->option_count);
    }
    return answer;
}

/* One random act: a save (also on complete responses, refused), a completion, or a ballot. */
static bool step_fn(DbTx *tx, gpointer data, GError **error) {
    World *world = data;
    int64_t respondent = g_rand_int_range(world->random, 1, RESPONDENTS + 1);
    g_auto(Answer) answer = random_answer(world);
    guint what = (guint)g_rand_int_range(world->random, 0, 20);
    if (what == 0) {
        return response_complete(tx, respondent, world->form, 2, error);
    }
    if (what < 5) {
        return ballot_store(tx, respondent % ROUNDS, respondent % STRATA, world->form, &answer, 1,
                            error);
    }
    g_autoptr(GError) refused = NULL;
    bool saved = response_save(tx, respondent, world->form, &answer, 1, 2, &refused);
    g_assert_true(saved || g_error_matches(refused, VK_ERROR, VK_ERROR_CONFLICT));
    return true;
}

static bool start_fn(DbTx *tx, gpointer data, GError **error) {
    World *world = data;
    for (int64_t respondent = 1; respondent <= RESPONDENTS; respondent++) {
        if (!response_start(tx, respondent, respondent % ROUNDS, respondent % STRATA,
                            form_id(world->form), respondent % 7 == 0 ? 2 : 1, 1, error)) {
            return false;
        }
    }
    return true;
}

static bool rebuild_fn(DbTx *tx, gpointer data, GError **error) {
    (void)data;
    for (int64_t round = 0; round < ROUNDS; round++) {
        if (!tally_rebuild(tx, round, error)) {
            return false;
        }
    }
    return true;
}

static bool spoil_fn(DbTx *tx, gpointer data, GError **error) {
    const DbQuery *query = data;
    g_autoptr(DbStmt) stmt = db_tx_query(tx, query, error);
    return stmt != NULL && db_run(stmt, NULL, error);
}

static bool all_equal(Fixture *fixture) {
    bool all = true;
    for (int64_t round = 0; round < ROUNDS; round++) {
        GError *error = NULL;
        bool equal;
        g_assert_true(tally_check(fixture->db, round, &equal, &error));
        g_assert_no_error(error);
        all = all && equal;
    }
    return all;
}

static const DbQuery q_sum = {
    "test.sum",
    "SELECT (SELECT sum(answered * 7 + not_applicable * 3 + correct) FROM tally_item) + "
    "(SELECT sum(chosen * (option + 1)) FROM tally_option) AS n"};

static void test_recount(void) {
    static DbQuery spoilers[] = {
        {"test.spoil1", "UPDATE tally_item SET answered = answered + 1 WHERE round_id = 1"},
        {"test.spoil2", "UPDATE tally_item SET correct = correct + 1 WHERE round_id = 0"},
        {"test.spoil3", "DELETE FROM tally_option WHERE round_id = 1 AND chosen > 0"},
        {"test.spoil4", "INSERT INTO tally_option VALUES (0, 99, 1, 0, 1)"},
    };
    g_auto(Fixture) fixture = {0};
    fixture_open(&fixture);
    fixture_store_starter(&fixture);
    const FormSpec spec = {.pack = "starter",
                           .item_keys =
                               (const char *const[]){"k1-01", "t1-01", "t1-02", "t5-02", "a-05",
                                                     "h-02", "h-10", "h-11", NULL}};
    g_autoptr(Form) form = fixture_form(&fixture, &spec, 1);
    guint32 seed = g_random_int();
    g_test_message("seed %u", seed);
    World world = {.form = form, .random = g_rand_new_with_seed(seed)};
    fixture_run(&fixture, start_fn, &world);
    for (guint step = 0; step < STEPS; step++) {
        fixture_run(&fixture, step_fn, &world);
        if (step % 100 == 0) {
            g_assert_true(all_equal(&fixture));
        }
    }
    g_assert_true(all_equal(&fixture));
    int64_t before = fixture_number(&fixture, &q_sum);
    g_assert_cmpint(before, >, 0);
    fixture_run(&fixture, rebuild_fn, NULL);
    g_assert_cmpint(fixture_number(&fixture, &q_sum), ==, before);
    for (guint i = 0; i < G_N_ELEMENTS(spoilers); i++) {
        fixture_run(&fixture, spoil_fn, &spoilers[i]);
        g_assert_false(all_equal(&fixture));
        fixture_run(&fixture, rebuild_fn, NULL);
        g_assert_true(all_equal(&fixture));
        g_assert_cmpint(fixture_number(&fixture, &q_sum), ==, before);
    }
    g_rand_free(world.random);
}

int main(int argc, char **argv) {
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/tally/recount", test_recount);
    return g_test_run();
}
