/* Proves that a ballot keeps nothing that leads back: sealed, it has one size and is read with the
 * key only; opened, nothing is left of its sealed form; there is no order of arrival, neither in
 * the tables nor in the bytes of the file or its log; no order of answering, no tie between a text
 * and a ballot; and a bad one leaves no trace. */
#include "survey/ballot.h"
#include "survey/unseal.h"
#include "tests/unit/survey/fixture.h"

#include <cjson/cJSON.h>
#include <string.h>

enum { ROUND = 3, STRATUM = 8 };

typedef struct {
    const Form *form;
    const Answer *answers;
    guint count;
} Job;

static bool store_fn(DbTx *tx, gpointer data, GError **error) {
    const Job *job = data;
    return ballot_store(tx, ROUND, STRATUM, job->form, job->answers, job->count, error);
}

static void key_of(uint8_t seed, BoxKey *out) {
    const uint8_t bytes[BOX_KEY_BYTES] = {seed};
    box_key_make(bytes, out);
}

static GBytes *seal(const BoxKey *key, const Job *job) {
    g_autoptr(GError) error = NULL;
    GBytes *sealed = NULL;
    ballot_seal(key->public_key, job->form, job->answers, job->count, &sealed, &error);
    g_assert_no_error(error);
    return sealed;
}

static bool cast_fn(DbTx *tx, gpointer data, GError **error) {
    return ballot_cast(tx, ROUND, STRATUM, data, error);
}

static void cast(Fixture *fixture, const BoxKey *key, const Job *job) {
    g_autoptr(GBytes) sealed = seal(key, job);
    fixture_run(fixture, cast_fn, sealed);
}

static bool count_fn(DbTx *tx, gpointer data, GError **error) {
    return ballot_batch_count(tx, data, error);
}

/* A batch of `count` of the stratum's ballots, opened and not yet counted. */
static BallotBatch *batch_of(Fixture *fixture, const Form *form, const BoxKey *key, guint count) {
    g_autoptr(GError) error = NULL;
    BallotBatch *batch = ballot_batch_new(ROUND, form, key);
    ballot_batch_add(batch, fixture->db, STRATUM, STRATUM, count, &error);
    g_assert_no_error(error);
    return batch;
}

static void open_all(Fixture *fixture, const Form *form, const BoxKey *key) {
    g_autoptr(BallotBatch) batch = batch_of(fixture, form, key, G_MAXUINT);
    fixture_run(fixture, count_fn, batch);
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
    fixture_run(&fixture, store_fn, &job);
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
    g_auto(BoxKey) key = {0};
    key_of(1, &key);
    cast(&fixture, &key, &with);
    cast(&fixture, &key, &without);
    open_all(&fixture, form, &key);
    g_autoptr(GPtrArray) rows = ballots(&fixture);
    g_assert_cmpuint(rows->len, ==, 2);
    g_assert_cmpstr(rows->pdata[0], ==, rows->pdata[1]);
    static const DbQuery q_tallied = {
        "test.tallied", "SELECT count(*) AS n FROM tally_item t JOIN item i ON i.id = t.item_id "
                        "WHERE i.kind = 'text'"};
    g_assert_cmpint(fixture_number(&fixture, &q_tallied), ==, 0);
}

static void assert_opens_to(const BoxKey *key, GBytes *sealed, const Job *job) {
    g_autoptr(GError) error = NULL;
    g_autoptr(GArray) opened = ballot_open(key, job->form, sealed, &error);
    g_assert_no_error(error);
    guint at = 0;
    for (guint i = 0; i < job->count; i++) {
        if (answer_is_blank(&job->answers[i])) {
            continue;
        }
        g_assert_cmpuint(at, <, opened->len);
        const Answer *answer = &g_array_index(opened, Answer, at++);
        g_assert_cmpint(answer->item_id, ==, job->answers[i].item_id);
        g_assert_cmpuint(answer->choices, ==, job->answers[i].choices);
        g_assert_true(answer->not_applicable == job->answers[i].not_applicable);
        g_assert_cmpstr(answer->text, ==, job->answers[i].text);
    }
    g_assert_cmpuint(at, ==, opened->len);
}

static void assert_stays_shut(const BoxKey *key, const Form *form, GBytes *sealed) {
    g_autoptr(GError) error = NULL;
    g_assert_null(ballot_open(key, form, sealed, &error));
    g_assert_error(error, VK_ERROR, VK_ERROR_INTERNAL);
}

/* One size whatever was answered; the same answers twice look different; nothing but the key opens
 * one, and none opens what was altered. */
static void test_sealed(void) {
    g_auto(Fixture) fixture = {0};
    g_autoptr(Form) form = obstacle_form(&fixture);
    g_auto(BoxKey) key = {0};
    g_auto(BoxKey) other = {0};
    key_of(1, &key);
    key_of(2, &other);
    g_autoptr(GString) longest = g_string_new(NULL);
    for (guint i = 0; i < ITEM_TEXT_DEFAULT; i++) {
        g_string_append(longest, "\U0001f512");
    }
    const Answer full[] = {{.item_id = id_of(form, "h-01"), .choices = 8},
                           {.item_id = id_of(form, "h-02")},
                           {.item_id = id_of(form, "h-10"), .not_applicable = true},
                           {.item_id = id_of(form, "h-11"), .text = longest->str},
                           {.item_id = id_of(form, "h-12"), .text = longest->str}};
    const Job jobs[] = {{form, full, 5}, {form, full, 1}, {form, NULL, 0}};
    gsize size = 0;
    for (guint i = 0; i < G_N_ELEMENTS(jobs); i++) {
        g_autoptr(GBytes) sealed = seal(&key, &jobs[i]);
        g_autoptr(GBytes) again = seal(&key, &jobs[i]);
        g_assert_cmpint(g_bytes_compare(sealed, again), !=, 0);
        size = i == 0 ? g_bytes_get_size(sealed) : size;
        g_assert_cmpuint(g_bytes_get_size(sealed), ==, size);
        assert_opens_to(&key, sealed, &jobs[i]);
        assert_stays_shut(&other, form, sealed);
        g_autoptr(GByteArray) altered =
            g_bytes_unref_to_array(g_bytes_new(g_bytes_get_data(sealed, NULL), size));
        altered->data[size / 2] ^= 1;
        g_autoptr(GBytes) forged = g_bytes_new(altered->data, size);
        assert_stays_shut(&key, form, forged);
        g_autoptr(GBytes) cut = g_bytes_new(altered->data, BOX_OVERHEAD - 1);
        assert_stays_shut(&key, form, cut);
    }
}

/* A batch is drawn at random, is counted whole, and only once. */
static void test_batch(void) {
    static const DbQuery q_sealed = {"test.sealed", "SELECT count(*) AS n FROM ballot_sealed"};
    static const DbQuery q_tallied = {"test.tally_sum",
                                      "SELECT coalesce(sum(answered), 0) AS n FROM tally_item"};
    enum { PEOPLE = 40, BATCH = 15 };
    g_auto(Fixture) fixture = {0};
    g_autoptr(Form) form = obstacle_form(&fixture);
    g_auto(BoxKey) key = {0};
    key_of(1, &key);
    for (guint person = 0; person < PEOPLE; person++) {
        const Answer answer = {.item_id = id_of(form, "h-01"), .choices = 1u << person % 4};
        cast(&fixture, &key, &(Job){form, &answer, 1});
    }
    g_assert_cmpint(fixture_number(&fixture, &q_tallied), ==, 0); /* nothing moves yet */
    g_autoptr(BallotBatch) first = batch_of(&fixture, form, &key, BATCH);
    g_autoptr(BallotBatch) second = batch_of(&fixture, form, &key, PEOPLE);
    g_assert_cmpuint(ballot_batch_size(first), ==, BATCH);
    g_assert_cmpuint(ballot_batch_size(second), ==, PEOPLE);
    fixture_run(&fixture, count_fn, first);
    fixture_fails(&fixture, count_fn, second, VK_ERROR_CONFLICT);
    fixture_fails(&fixture, count_fn, first, VK_ERROR_CONFLICT);
    g_assert_cmpint(fixture_number(&fixture, &q_sealed), ==, PEOPLE - BATCH);
    g_assert_cmpint(fixture_number(&fixture, &q_tallied), ==, BATCH);
    open_all(&fixture, form, &key);
    g_assert_cmpint(fixture_number(&fixture, &q_sealed), ==, 0);
    g_assert_cmpint(fixture_number(&fixture, &q_tallied), ==, PEOPLE);
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
    g_auto(BoxKey) key = {0};
    key_of(1, &key);
    for (guint person = 0; person < PEOPLE; person++) {
        /* 4 x 4 x 4 answers: every ballot is one of a kind */
        const Answer answers[] = {
            {.item_id = id_of(form, "h-01"), .choices = 1u << (person % 4)},
            {.item_id = id_of(form, "h-02"), .choices = 1u << (person / 4 % 4)},
            {.item_id = id_of(form, "h-10"), .choices = 1u << (person / 16)}};
        Job job = {.form = form, .answers = answers, .count = 3};
        cast(&fixture, &key, &job);
    }
    open_all(&fixture, form, &key);
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

static gpointer database_read(const Fixture *fixture, gsize *out_size) {
    char *bytes = NULL;
    g_assert_true(g_file_get_contents(fixture->path, &bytes, out_size, NULL));
    return bytes;
}

/* Where in the file each of `values` stands; it must stand there once. */
static gsize *places_find(const Fixture *fixture, const GPtrArray *values) {
    gsize size = 0;
    g_autofree char *bytes = database_read(fixture, &size);
    gsize *places = g_new0(gsize, values->len);
    for (guint i = 0; i < values->len; i++) {
        gsize length = 0;
        const void *value = g_bytes_get_data(values->pdata[i], &length);
        const char *found = memmem(bytes, size, value, length);
        g_assert_nonnull(found);
        places[i] = (gsize)(found - bytes);
        g_assert_null(memmem(found + 1, size - places[i] - 1, value, length));
    }
    return places;
}

/* Of the pairs that lie within `reach` bytes as the file is cut up, the share that lie as they
 * came, in per cent: 0 or 100 is an order. */
static guint pairs_in_order(const gsize *places, guint count, gsize reach) {
    guint pairs = 0;
    guint rising = 0;
    for (guint i = 0; i < count; i++) {
        for (guint j = i + 1; j < count; j++) {
            if (places[i] / reach == places[j] / reach) {
                pairs++;
                rising += places[i] < places[j];
            }
        }
    }
    g_assert_cmpuint(pairs, >, 30);
    return rising * 100 / pairs;
}

enum { ON_A_PAGE = 4096, ANYWHERE = G_MAXINT };

static void assert_no_order(const Fixture *fixture, const GPtrArray *values, gsize reach) {
    g_autofree gsize *places = places_find(fixture, values);
    guint share = pairs_in_order(places, values->len, reach);
    g_test_message("pairs in order: %u %%", share);
    g_assert_cmpuint(share, >, 8); /* expected 50, standard deviation at most 8.6 */
    g_assert_cmpuint(share, <, 92);
}

static void bytes_free(gpointer data) {
    g_bytes_unref(data);
}

/* Casts one; notes its bytes sealed (their first half: the rest may lie on a page of its own),
 * counted, and of its text. */
static void cast_noted(Fixture *fixture, const BoxKey *key, const Form *form, guint number,
                       GPtrArray *const noted[3]) {
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
    GBytes *sealed = seal(key, &job);
    fixture_run(fixture, cast_fn, sealed);
    g_ptr_array_add(noted[0], g_bytes_new_from_bytes(sealed, 0, 32));
    g_ptr_array_add(noted[1], g_bytes_new(stored->str, stored->len));
    g_ptr_array_add(noted[2], g_bytes_new_take(text, strlen(text)));
    g_bytes_unref(sealed);
}

/* An attacker who has the files looks at where the rows lie on their pages; and for what was there
 * before. */
static void test_no_order_in_file(void) {
    enum { PEOPLE = 30 }; /* as many as a page takes before it is first split */
    g_auto(Fixture) fixture = {0};
    g_autoptr(Form) form = obstacle_form(&fixture);
    g_auto(BoxKey) key = {0};
    key_of(1, &key);
    GPtrArray *noted[3];
    for (guint i = 0; i < 3; i++) {
        noted[i] = g_ptr_array_new_with_free_func(bytes_free);
    }
    for (guint person = 0; person < PEOPLE; person++) {
        cast_noted(&fixture, &key, form, person * 37 % 256 /* no order of its own */, noted);
    }
    assert_log_emptied(&fixture);
    gsize size = 0;
    g_autofree char *before = database_read(&fixture, &size);
    for (guint i = 0; i < PEOPLE; i++) {
        gsize length = 0;
        const void *text = g_bytes_get_data(noted[2]->pdata[i], &length);
        g_assert_null(memmem(before, size, text, length));
    }
    open_all(&fixture, form, &key);
    assert_log_emptied(&fixture);
    assert_no_order(&fixture, noted[1], ON_A_PAGE);
    assert_no_order(&fixture, noted[2], ON_A_PAGE);
    g_autofree char *after = database_read(&fixture, &size);
    for (guint i = 0; i < PEOPLE; i++) {
        g_assert_null(memmem(after, size, g_bytes_get_data(noted[0]->pdata[i], NULL), 32));
    }
    for (guint i = 0; i < 3; i++) {
        g_ptr_array_unref(noted[i]);
    }
}

/* As before, of sealed ballots that are small enough to share a page: who has the key, too, finds
 * them in no order. */
static void test_no_order_in_pile(void) {
    enum { PEOPLE = 40 };
    g_auto(Fixture) fixture = {0};
    fixture_open(&fixture);
    fixture_store_starter(&fixture);
    const FormSpec spec = {.pack = "starter", .item_keys = (const char *const[]){"h-01", NULL}};
    g_autoptr(Form) form = fixture_form(&fixture, &spec, 1);
    g_auto(BoxKey) key = {0};
    key_of(1, &key);
    g_autoptr(GPtrArray) noted = g_ptr_array_new_with_free_func(bytes_free);
    for (guint person = 0; person < PEOPLE; person++) {
        const Answer answer = {.item_id = id_of(form, "h-01"), .choices = 1};
        g_ptr_array_add(noted, seal(&key, &(Job){form, &answer, 1}));
        fixture_run(&fixture, cast_fn, noted->pdata[person]);
    }
    assert_log_emptied(&fixture);
    assert_no_order(&fixture, noted, ON_A_PAGE);
}

/* And of such as take pages of their own, as many as a pile has when the scheduler keeps up. */
static void test_no_order_in_long_pile(void) {
    enum { PEOPLE = 18, PIECE = 48 };
    g_auto(Fixture) fixture = {0};
    g_autoptr(Form) form = obstacle_form(&fixture);
    g_auto(BoxKey) key = {0};
    key_of(1, &key);
    g_autoptr(GPtrArray) heads = g_ptr_array_new_with_free_func(bytes_free);
    g_autoptr(GPtrArray) tails = g_ptr_array_new_with_free_func(bytes_free);
    for (guint person = 0; person < PEOPLE; person++) {
        const Answer answer = {.item_id = id_of(form, "h-01"), .choices = 1};
        g_autoptr(GBytes) sealed = seal(&key, &(Job){form, &answer, 1});
        gsize size = g_bytes_get_size(sealed);
        g_assert_cmpuint(size, >, ON_A_PAGE);
        fixture_run(&fixture, cast_fn, sealed);
        g_ptr_array_add(heads, g_bytes_new_from_bytes(sealed, 0, PIECE));
        g_ptr_array_add(tails, g_bytes_new_from_bytes(sealed, size - PIECE, PIECE));
    }
    assert_log_emptied(&fixture);
    assert_no_order(&fixture, heads, ANYWHERE);
    assert_no_order(&fixture, tails, ANYWHERE);
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
        fixture_fails(&fixture, store_fn, &job, VK_ERROR_INPUT);
        g_auto(BoxKey) key = {0};
        g_autoptr(GBytes) sealed = NULL;
        g_autoptr(GError) error = NULL;
        key_of(1, &key);
        g_assert_false(ballot_seal(key.public_key, form, answers, 2, &sealed, &error));
        g_assert_error(error, VK_ERROR, VK_ERROR_INPUT);
        g_assert_null(sealed);
    }
    g_assert_cmpint(fixture_number(&fixture, &q_left), ==, 0);
}

int main(int argc, char **argv) {
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/ballot/stored", test_stored);
    g_test_add_func("/ballot/text-leaves-no-mark", test_text_leaves_no_mark);
    g_test_add_func("/ballot/sealed", test_sealed);
    g_test_add_func("/ballot/batch", test_batch);
    g_test_add_func("/ballot/no-order", test_no_order);
    g_test_add_func("/ballot/no-order-in-pile", test_no_order_in_pile);
    g_test_add_func("/ballot/no-order-in-long-pile", test_no_order_in_long_pile);
    g_test_add_func("/ballot/no-order-in-file", test_no_order_in_file);
    g_test_add_func("/ballot/refused", test_refused);
    return g_test_run();
}
