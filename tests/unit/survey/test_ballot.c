/* Proves that a ballot keeps nothing that leads back: no order of arrival, neither in the table nor
 * in the bytes of the file or its log; no order of answering, no tie between a text and a ballot;
 * and that a bad one leaves no trace. */
#include "survey/ballot.h"
#include "tests/unit/survey/fixture.h"

#include <cjson/cJSON.h>
#include <string.h>

enum { ROUND = 3, STRATUM = 8 };

typedef struct {
    const Form *form;
    const Answer *answers;
    guint count;
} Job;

static bool cast_fn(DbTx *tx, gpointer data, GError **error) {
    const Job *job = data;
    return ballot_cast(tx, ROUND, STRATUM, job->form, job->answers, job->count, error);
}

static Form *obstacle_form(Fixture *fixture) {
    fixture_open(fixture);
    fixture_store_starter(fixture);
    const FormSpec spec = {
        .pack = "starter",
        .item_keys = (const char *const[]){"h-01", "h-02", "h-04", "h-10", "h-11", "h-12", NULL}};
    return fixture_form(fixture, &spec, 1);
}

static int64_t id_of(const Form *form, const char *key) {
    return fixture_item(form, key)->id;
}

/* All ballots' answers, in the table's own order. */
static GPtrArray *ballots(Fixture *fixture) {
    static const DbQuery query = {"test.ballots", "SELECT answers FROM ballot"};
    GPtrArray *rows = g_ptr_array_new_with_free_func(g_free);
    GError *error = NULL;
    g_autoptr(DbStmt) row = db_query(fixture->db, &query, &error);
    g_assert_no_error(error);
    while (db_step(row, &error) == DB_ROW) {
        g_ptr_array_add(rows, g_strdup(db_text(row, "answers")));
    }
    g_assert_no_error(error);
    return rows;
}

static void test_stored(void) {
    static const DbQuery q_texts = {
        "test.texts", "SELECT count(*) AS n FROM ballot_text WHERE free_text = 'Bra verktyg'"};
    g_auto(Fixture) fixture = {0};
    g_autoptr(Form) form = obstacle_form(&fixture);
    char text[] = "Bra verktyg";
    /* Given backwards, with a blank and a text. */
    const Answer answers[] = {{.item_id = id_of(form, "h-12"), .text = text},
                              {.item_id = id_of(form, "h-10"), .not_applicable = true},
                              {.item_id = id_of(form, "h-02")},
                              {.item_id = id_of(form, "h-01"), .choices = 4}};
    Job job = {.form = form, .answers = answers, .count = G_N_ELEMENTS(answers)};
    fixture_run(&fixture, cast_fn, &job);
    g_autoptr(GPtrArray) rows = ballots(&fixture);
    g_assert_cmpuint(rows->len, ==, 1);
    g_autofree char *expected =
        g_strdup_printf("[[%" G_GINT64_FORMAT ",4,0],[%" G_GINT64_FORMAT ",0,1]]",
                        id_of(form, "h-01"), id_of(form, "h-10"));
    g_assert_cmpstr(rows->pdata[0], ==, expected);
    g_assert_cmpint(fixture_number(&fixture, &q_texts), ==, 1);
}

/* The ballot of one who wrote is the same bytes as that of one who did not. */
static void test_text_leaves_no_mark(void) {
    g_auto(Fixture) fixture = {0};
    g_autoptr(Form) form = obstacle_form(&fixture);
    char text[] = "Jag vet vem som skrev det här";
    const Answer answers[] = {{.item_id = id_of(form, "h-01"), .choices = 1},
                              {.item_id = id_of(form, "h-11"), .text = text}};
    Job with = {.form = form, .answers = answers, .count = 2};
    Job without = {.form = form, .answers = answers, .count = 1};
    fixture_run(&fixture, cast_fn, &with);
    fixture_run(&fixture, cast_fn, &without);
    g_autoptr(GPtrArray) rows = ballots(&fixture);
    g_assert_cmpuint(rows->len, ==, 2);
    g_assert_cmpstr(rows->pdata[0], ==, rows->pdata[1]);
    static const DbQuery q_tallied = {
        "test.tallied", "SELECT count(*) AS n FROM tally_item t JOIN item i ON i.id = t.item_id "
                        "WHERE i.kind = 'text'"};
    g_assert_cmpint(fixture_number(&fixture, &q_tallied), ==, 0);
}

/* Which of 64 people gave these answers: 4 x 4 x 4 of them, "[[item,choices,0],...]". */
static guint voter_of(const char *ballot) {
    cJSON *answers = cJSON_Parse(ballot);
    g_assert_cmpint(cJSON_GetArraySize(answers), ==, 3);
    guint person = 0;
    for (int i = 2; i >= 0; i--) {
        const cJSON *answer = cJSON_GetArrayItem(answers, i);
        gulong choices = (gulong)cJSON_GetArrayItem(answer, 1)->valueint;
        person = 4 * person + (guint)g_bit_nth_lsf(choices, -1);
    }
    cJSON_Delete(answers);
    return person;
}

/* An attacker who knows in which order 200 people voted, and reads the table in its own order,
 * finds his man no more often than by chance: about once, hardly ever eight times. */
static void test_no_order(void) {
    g_auto(Fixture) fixture = {0};
    g_autoptr(Form) form = obstacle_form(&fixture);
    enum { PEOPLE = 64 };
    for (guint person = 0; person < PEOPLE; person++) {
        /* 4 x 4 x 4 answers: every ballot is one of a kind */
        const Answer answers[] = {
            {.item_id = id_of(form, "h-01"), .choices = 1u << (person % 4)},
            {.item_id = id_of(form, "h-02"), .choices = 1u << (person / 4 % 4)},
            {.item_id = id_of(form, "h-10"), .choices = 1u << (person / 16)}};
        Job job = {.form = form, .answers = answers, .count = 3};
        fixture_run(&fixture, cast_fn, &job);
    }
    g_autoptr(GPtrArray) rows = ballots(&fixture);
    g_assert_cmpuint(rows->len, ==, PEOPLE);
    guint found = 0;
    guint rising = 0;
    guint last = 0;
    for (guint place = 0; place < PEOPLE; place++) {
        guint person = voter_of(rows->pdata[place]);
        found += person == place;
        rising += person > last;
        last = person;
    }
    g_assert_cmpuint(found, <, 9);   /* P < 1e-5 where the order is random */
    g_assert_cmpuint(rising, >, 15); /* expected 32, standard deviation 2.3 */
    g_assert_cmpuint(rising, <, 49);
}

/* The log of the steps is gone soon after the vote, with the database still open. */
static void assert_log_emptied(const Fixture *fixture) {
    g_autofree char *log = g_strconcat(fixture->path, "-wal", NULL);
    GStatBuf status = {.st_size = 1};
    for (guint tries = 0; tries < 500 && status.st_size > 0; tries++) {
        g_usleep(10000);
        g_assert_cmpint(g_stat(log, &status), ==, 0);
    }
    g_assert_cmpint(status.st_size, ==, 0);
}

/* Where in the file each of `values` stands; it must stand there once. */
static gsize *places_find(const Fixture *fixture, char *const *values, guint count) {
    g_autofree char *bytes = NULL;
    gsize size = 0;
    g_assert_true(g_file_get_contents(fixture->path, &bytes, &size, NULL));
    gsize *places = g_new0(gsize, count);
    for (guint i = 0; i < count; i++) {
        const char *found = memmem(bytes, size, values[i], strlen(values[i]));
        g_assert_nonnull(found);
        places[i] = (gsize)(found - bytes);
        gsize rest = size - places[i] - 1;
        g_assert_null(memmem(found + 1, rest, values[i], strlen(values[i])));
    }
    return places;
}

/* Of the pairs on one page, the share that lie as they came, in per cent: 0 or 100 is an order. */
static guint pairs_in_order(const gsize *places, guint count) {
    enum { PAGE_BYTES = 4096 };
    guint pairs = 0;
    guint rising = 0;
    for (guint i = 0; i < count; i++) {
        for (guint j = i + 1; j < count; j++) {
            if (places[i] / PAGE_BYTES == places[j] / PAGE_BYTES) {
                pairs++;
                rising += places[i] < places[j];
            }
        }
    }
    g_assert_cmpuint(pairs, >, 400);
    return rising * 100 / pairs;
}

/* An attacker who has the files looks at where the rows lie on their pages. */
static void test_no_order_in_file(void) {
    enum { PEOPLE = 30 }; /* as many as a page takes before it is first split */
    g_auto(Fixture) fixture = {0};
    g_autoptr(Form) form = obstacle_form(&fixture);
    char *cast[2 * PEOPLE + 1] = {NULL};
    for (guint person = 0; person < PEOPLE; person++) {
        guint number = person * 37 % 256; /* no order of its own */
        char *text = g_strdup_printf("Det som hindrar mig är nummer %03u.", number);
        g_autoptr(GString) stored = g_string_new("[");
        Answer answers[] = {{.item_id = id_of(form, "h-01")},
                            {.item_id = id_of(form, "h-02")},
                            {.item_id = id_of(form, "h-04")},
                            {.item_id = id_of(form, "h-10")},
                            {.item_id = id_of(form, "h-11"), .text = text}};
        for (guint i = 0; i < 4; i++) {
            answers[i].choices = 1u << (number >> (2 * i) & 3);
            g_string_append_printf(stored, "%s[%" G_GINT64_FORMAT ",%u,0]", i == 0 ? "" : ",",
                                   answers[i].item_id, answers[i].choices);
        }
        g_string_append_c(stored, ']');
        Job job = {.form = form, .answers = answers, .count = G_N_ELEMENTS(answers)};
        fixture_run(&fixture, cast_fn, &job);
        cast[person] = g_string_free(g_steal_pointer(&stored), FALSE);
        cast[PEOPLE + person] = text;
    }
    assert_log_emptied(&fixture);
    for (guint kind = 0; kind < 2; kind++) {
        g_autofree gsize *places = places_find(&fixture, cast + kind * PEOPLE, PEOPLE);
        guint share = pairs_in_order(places, PEOPLE);
        g_test_message("pairs in order: %u %%", share);
        g_assert_cmpuint(share, >, 15); /* expected 50, standard deviation 6.4 */
        g_assert_cmpuint(share, <, 85);
    }
    for (guint i = 0; i < 2 * PEOPLE; i++) {
        g_free(cast[i]);
    }
}

static void test_refused(void) {
    static const DbQuery q_left = {
        "test.left",
        "SELECT (SELECT count(*) FROM ballot) + (SELECT count(*) FROM ballot_text) + "
        "(SELECT count(*) FROM tally_item) + (SELECT count(*) FROM tally_option) AS n"};
    g_auto(Fixture) fixture = {0};
    g_autoptr(Form) form = obstacle_form(&fixture);
    char text[] = "text";
    const Answer good = {.item_id = id_of(form, "h-11"), .text = text};
    const Answer bad[] = {
        {.item_id = id_of(form, "h-01"), .choices = 16},
        {.item_id = 424242, .choices = 1},
        {.item_id = id_of(form, "h-02"), .not_applicable = true}, /* not offered */
        {.item_id = id_of(form, "h-11"), .text = text},           /* given twice */
    };
    for (guint i = 0; i < G_N_ELEMENTS(bad); i++) {
        const Answer answers[] = {good, bad[i]};
        Job job = {.form = form, .answers = answers, .count = 2};
        fixture_fails(&fixture, cast_fn, &job, VK_ERROR_INPUT);
    }
    g_assert_cmpint(fixture_number(&fixture, &q_left), ==, 0);
}

int main(int argc, char **argv) {
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/ballot/stored", test_stored);
    g_test_add_func("/ballot/text-leaves-no-mark", test_text_leaves_no_mark);
    g_test_add_func("/ballot/no-order", test_no_order);
    g_test_add_func("/ballot/no-order-in-file", test_no_order_in_file);
    g_test_add_func("/ballot/refused", test_refused);
    return g_test_run();
}
