/* Proves the evidence on a real database: the window to the day, one year of campaigns that
 * supports every box, what each lack does to it, the same bytes for the same database and date, and
 * the append-only record. */
#include "reports/evidence.h"

#include "base/error.h"
#include "tests/unit/reports/fixture.h"

#include <cjson/cJSON.h>

static const ItemMeasure scored_measures[] = {MEASURE_KNOWLEDGE, MEASURE_SCENARIO};
static const ItemMeasure obstacle_measures[] = {MEASURE_OBSTACLE};
static const ItemMeasure application_measures[] = {MEASURE_APPLICATION, MEASURE_SCENARIO};
static const ItemBank measurement_bank = BANK_MEASUREMENT;

static void test_window(void) {
    static const struct {
        const char *as_of, *from, *to, *month; /* from NULL: refused */
    } cases[] = {
        {"2026-11-24", "2024-12-01", "2026-11-30", "2026-11"},
        {"2024-08-31", "2022-09-01", "2024-08-31", "2024-08"}, /* AF24's own period */
        {"2026-12-01", "2025-01-01", "2026-12-31", "2026-12"},
        {"2026-01-31", "2024-02-01", "2026-01-31", "2026-01"},
        {"2028-02-29", "2026-03-01", "2028-02-29", "2028-02"},
        {"2027-02-29", NULL, NULL, NULL},
        {"2026-13-01", NULL, NULL, NULL},
        {"2026-00-10", NULL, NULL, NULL},
        {"26-11-24", NULL, NULL, NULL},
        {"2026-11-24 ", NULL, NULL, NULL},
        {"2026/11/24", NULL, NULL, NULL},
        {"0001-01-01", NULL, NULL, NULL},
        {"", NULL, NULL, NULL},
    };
    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GError) error = NULL;
        EvidenceWindow window = {0};
        bool made = evidence_window(cases[i].as_of, &window, &error);
        g_assert_true(made == (cases[i].from != NULL));
        if (!made) {
            g_assert_error(error, VK_ERROR, VK_ERROR_INPUT);
            continue;
        }
        g_assert_cmpstr(window.from, ==, cases[i].from);
        g_assert_cmpstr(window.to, ==, cases[i].to);
        g_assert_cmpstr(window.month, ==, cases[i].month);
        g_autofree char *first = clock_format(window.from_us);
        g_autofree char *last = clock_format_date(window.to_us - 1);
        g_assert_true(g_str_has_prefix(first, cases[i].from) && g_str_has_suffix(first, "00:00"));
        g_assert_cmpstr(last, ==, cases[i].to);
    }
}

/* Some people know much, some little: the scores spread and every item goes with the rest. */
static bool answer_scored(int person, const Item *item, guint position, Answer *out) {
    bool right = (guint)person % 15 + 4 > position;
    out->choices = right ? item->key_mask : item->key_mask == 1 ? 2 : 1;
    return true;
}

static bool answer_obstacles(int person, const Item *item, guint position, Answer *out) {
    if (item->kind == ITEM_TEXT) {
        out->text = g_strdup("Tiden.");
        return true;
    }
    out->choices = 1u << (((guint)person + position) % 4);
    return true;
}

static bool answer_application(int person, const Item *item, guint position, Answer *out) {
    if (item_is_scored(item)) {
        return answer_scored(person, item, position, out);
    }
    out->choices = 1u << ((guint)person % 4);
    return true;
}

typedef struct {
    Campaigning training, knowledge, application, obstacles;
} Year;

static Year year_of_campaigns(void) {
    return (Year){
        .training = {1,
                     "utbildning",
                     "training",
                     "identified",
                     "closed",
                     day(2026, 1, 12),
                     day(2026, 2, 2),
                     0,
                     {.measures = scored_measures, .measure_count = 2, .per_area = 1},
                     0},
        .knowledge = {2,
                      "kunskap",
                      "knowledge",
                      "confidential",
                      "closed",
                      day(2026, 3, 16),
                      day(2026, 4, 15),
                      0,
                      {.measures = scored_measures,
                       .measure_count = 2,
                       .bank = &measurement_bank,
                       .per_area = 3},
                      0},
        .application = {3,
                        "tillampning",
                        "application",
                        "anonymous",
                        "closed",
                        day(2026, 3, 16),
                        day(2026, 4, 15),
                        1,
                        {.measures = application_measures,
                         .measure_count = 2,
                         .bank = &measurement_bank},
                        0},
        .obstacles = {4,
                      "hinder",
                      "obstacles",
                      "anonymous",
                      "closed",
                      day(2026, 3, 16),
                      day(2026, 4, 15),
                      0,
                      {.measures = obstacle_measures, .measure_count = 1},
                      0},
    };
}

/* The training was completed by all on 1 February; the rest was answered in March by 80 of 83. */
static void fill(Fixture *f, Year *y) {
    campaign_add(f, &y->training);
    campaign_add(f, &y->knowledge);
    campaign_add(f, &y->application);
    campaign_add(f, &y->obstacles);
    int64_t trained = day(2026, 2, 1), answered = day(2026, 3, 20);
    answer_all(f, (Answering){&y->training, 1, 83, trained, true, answer_scored});
    fixture_sql(f,
                "INSERT INTO completion SELECT person_id, 1, %" PRId64
                " FROM invitation WHERE round_id = 1",
                trained);
    answer_all(f, (Answering){&y->knowledge, 1, 80, answered, true, answer_scored});
    answer_all(f, (Answering){&y->application, 1, 80, answered, true, answer_application});
    answer_all(f, (Answering){&y->obstacles, 1, 80, answered, true, answer_obstacles});
}

static GHashTable *confirmed(void) {
    GHashTable *table = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    g_hash_table_insert(table, g_strdup("G30-d"), g_strdup("avstämt i styrgruppen"));
    g_hash_table_insert(table, g_strdup("G39-g"), g_strdup("kodade av två"));
    g_hash_table_insert(table, g_strdup("G39-h"), g_strdup("ledningsgruppen 2026-05-04"));
    return table;
}

static Evidence *load(Db *db, const char *as_of, GHashTable *confirmations) {
    g_autoptr(GError) error = NULL;
    EvidenceSpec spec = {.as_of = as_of,
                         .organisation = {"Sjöstads kommun", "Sjöstad municipality"},
                         .report = report_settings_default(),
                         .confirmations = confirmations};
    Evidence *evidence = NULL;
    evidence_load(db, &spec, &evidence, &error);
    g_assert_no_error(error);
    return evidence;
}

/* "17 ja, 18 ja, 30:area1 ja..." from the JSON that users get. */
static char *statuses(const Evidence *evidence) {
    g_autofree char *text = evidence_json(evidence);
    cJSON *root = cJSON_Parse(text);
    g_assert_nonnull(root);
    GString *out = g_string_new(NULL);
    const cJSON *question;
    cJSON_ArrayForEach(question, cJSON_GetObjectItem(root, "questions")) {
        const char *part = cJSON_GetObjectItem(question, "part")->valuestring;
        const char *status = cJSON_GetObjectItem(question, "status")->valuestring;
        g_string_append_printf(out, "%s%d%s%s %s", out->len ? ", " : "",
                               cJSON_GetObjectItem(question, "question")->valueint,
                               *part ? ":" : "", part, status);
        bool supports = cJSON_IsTrue(cJSON_GetObjectItem(question, "supports_box"));
        g_assert_true(supports == (strcmp(status, "ja") == 0));
        const cJSON *missing = cJSON_GetObjectItem(cJSON_GetObjectItem(question, "missing"), "sv");
        g_assert_true(supports == (cJSON_GetArraySize(missing) == 0));
    }
    cJSON_Delete(root);
    return g_string_free(out, FALSE);
}

static void assert_statuses(Fixture *f, const char *as_of, GHashTable *confirmations,
                            const char *want) {
    g_autoptr(Evidence) evidence = load(fixture_read(f), as_of, confirmations);
    g_autofree char *got = statuses(evidence);
    if (strcmp(got, want) != 0) {
        g_autofree char *summary = evidence_summary(evidence, LANG_SV);
        g_test_message("%s", summary);
    }
    g_assert_cmpstr(got, ==, want);
}

#define ALL_YES                                                                                    \
    "17 ja, 18 ja, 30:area1 ja, 30:area2 ja, 30:area3 ja, 30:area4 ja, 30:area5 ja, 39 ja"
#define ALL_NO                                                                                     \
    "17 nej, 18 nej, 30:area1 nej, 30:area2 nej, 30:area3 nej, 30:area4 nej, 30:area5 nej, 39 nej"

static void test_a_year_that_supports_everything(void) {
    g_autoptr(Fixture) f = fixture_new();
    Year y = year_of_campaigns();
    fill(f, &y);
    g_autoptr(GHashTable) confirmations = confirmed();
    assert_statuses(f, "2026-11-24", confirmations, ALL_YES);
    /* January 2028 reaches back to 1 February 2026, the day of the training; March 2028 to April,
     * which leaves the training out; April 2028 to May, after all closed. */
    assert_statuses(f, "2028-01-15", confirmations, ALL_YES);
    assert_statuses(f, "2028-03-01", confirmations,
                    "17 påbörjat, 18 påbörjat, 30:area1 ja, 30:area2 ja, 30:area3 ja, 30:area4 ja, "
                    "30:area5 ja, 39 ja");
    assert_statuses(f, "2028-04-01", confirmations, ALL_NO);
    assert_statuses(f, "2026-03-31", confirmations, ALL_NO);
    assert_statuses(f, "2026-11-24", NULL,
                    "17 ja, 18 ja, 30:area1 ja, 30:area2 påbörjat, 30:area3 påbörjat, 30:area4 ja, "
                    "30:area5 påbörjat, 39 påbörjat");
}

/* What closes at the midnight that ends April was answered in April, and is dated so. */
static void test_closed_at_midnight(void) {
    g_autoptr(Fixture) f = fixture_new();
    Year y = year_of_campaigns();
    int64_t midnight_us = clock_from_local(2026, 5, 1, 0, 0);
    y.knowledge.closed_at_us = y.application.closed_at_us = y.obstacles.closed_at_us = midnight_us;
    fill(f, &y);
    g_autoptr(GHashTable) confirmations = confirmed();
    assert_statuses(f, "2026-04-30", confirmations, ALL_YES);
    assert_statuses(f, "2028-04-30", confirmations, ALL_NO); /* from 1 May 2026 */
    g_autoptr(Evidence) evidence = load(fixture_read(f), "2026-04-30", confirmations);
    g_autofree char *text = evidence_json(evidence);
    g_assert_nonnull(strstr(text, "\"evidence_date\":\t\"2026-04-30\""));
    g_assert_null(strstr(text, "\"evidence_date\":\t\"2026-05-01\""));
}

static void test_empty_database(void) {
    g_autoptr(Fixture) f = fixture_new();
    assert_statuses(f, "2026-11-24", NULL, ALL_NO);
}

static void test_what_is_open_does_not_count(void) {
    g_autoptr(Fixture) f = fixture_new();
    Year y = year_of_campaigns();
    y.knowledge.state = y.application.state = y.obstacles.state = "running";
    fill(f, &y);
    g_autoptr(GHashTable) confirmations = confirmed();
    assert_statuses(f, "2026-11-24", confirmations,
                    "17 påbörjat, 18 påbörjat, 30:area1 påbörjat, 30:area2 påbörjat, 30:area3 "
                    "påbörjat, 30:area4 påbörjat, 30:area5 påbörjat, 39 påbörjat");
}

static void test_training_the_same_day_does_not_count(void) {
    g_autoptr(Fixture) f = fixture_new();
    Year y = year_of_campaigns();
    fill(f, &y);
    fixture_sql(f, "UPDATE completion SET completed_at_us = %" PRId64,
                day(2026, 3, 20) - CLOCK_DAY_US + 1);
    g_autoptr(GHashTable) confirmations = confirmed();
    assert_statuses(f, "2026-11-24", confirmations,
                    "17 påbörjat, 18 påbörjat, 30:area1 ja, 30:area2 ja, 30:area3 ja, 30:area4 ja, "
                    "30:area5 ja, 39 ja");
}

static void test_numbers(void) {
    g_autoptr(Fixture) f = fixture_new();
    Year y = year_of_campaigns();
    fill(f, &y);
    g_autoptr(Evidence) evidence = load(fixture_read(f), "2026-11-24", NULL);
    g_autofree char *text = evidence_json(evidence);
    cJSON *root = cJSON_Parse(text);
    g_assert_cmpint(cJSON_GetObjectItem(root, "employed")->valueint, ==, 83);
    int64_t want = 0; /* right: min(15, person % 15 + 4) of 15; 80 % is 12 */
    for (int p = 1; p <= 80; p++) {
        want += p % 15 + 4 >= 12;
    }
    const cJSON *campaign;
    guint found = 0;
    cJSON_ArrayForEach(campaign, cJSON_GetObjectItem(root, "campaigns")) {
        if (strcmp(cJSON_GetObjectItem(campaign, "name")->valuestring, "kunskap") != 0) {
            continue;
        }
        found++;
        const cJSON *after = cJSON_GetObjectItem(campaign, "after_training");
        const cJSON *mark = cJSON_GetObjectItem(after, "at_least_80_percent_right");
        g_assert_cmpint(cJSON_GetObjectItem(after, "counted")->valueint, ==, 80);
        g_assert_cmpint(cJSON_GetObjectItem(after, "trained_in_window")->valueint, ==, 83);
        g_assert_cmpint(cJSON_GetObjectItem(mark, "x")->valueint, ==, want);
        g_assert_cmpint(cJSON_GetObjectItem(mark, "n")->valueint, ==, 80);
        g_assert_cmpint(cJSON_GetObjectItem(mark, "population")->valueint, ==, 83);
        g_assert_cmpfloat(cJSON_GetObjectItem(after, "kr20")->valuedouble, >, 0.8);
        g_assert_cmpstr(cJSON_GetObjectItem(campaign, "evidence_date")->valuestring, ==,
                        "2026-04-15");
    }
    g_assert_cmpuint(found, ==, 1);
    cJSON_Delete(root);
}

static void test_same_bytes(void) {
    g_autoptr(Fixture) f = fixture_new();
    Year y = year_of_campaigns();
    fill(f, &y);
    g_autoptr(GError) error = NULL;
    g_autoptr(Catalog) catalog = catalog_open(NULL, &error);
    g_assert_no_error(error);
    g_autofree char *copy = g_strconcat(f->path, ".copy", NULL);
    fixture_sql(f, "VACUUM INTO '%s'", copy);
    g_autoptr(Db) other = db_open(copy, &error);
    g_assert_no_error(error);
    g_autoptr(Evidence) first = load(fixture_read(f), "2026-11-24", NULL);
    g_usleep(1100 * 1000); /* a clock inside would tick */
    g_autoptr(Evidence) second = load(other, "2026-11-24", NULL);
    g_autofree char *one = evidence_json(first);
    g_autofree char *two = evidence_json(second);
    g_assert_cmpstr(one, ==, two);
    for (Lang lang = LANG_SV; lang <= LANG_EN; lang++) {
        g_autoptr(GString) page = g_string_new(NULL);
        g_autoptr(GString) again = g_string_new(NULL);
        g_assert_true(evidence_html(first, catalog, lang, page, NULL));
        g_assert_true(evidence_html(second, catalog, lang, again, NULL));
        g_assert_cmpstr(page->str, ==, again->str);
        g_assert_nonnull(strstr(page->str, lang == LANG_SV ? "ej verifierad" : "not verified"));
        g_assert_null(strstr(page->str, "{{"));
        const char *dump = g_getenv("VETKOLL_DUMP");
        if (dump) {
            g_autofree char *path = g_strdup_printf("%s/evidence.%s.html", dump, lang_code(lang));
            g_file_set_contents(path, page->str, -1, NULL);
        }
    }
    g_autofree char *summary = evidence_summary(first, LANG_SV);
    g_assert_nonnull(strstr(summary, "Fråga 17: ja"));
}

typedef struct {
    const Evidence *evidence;
} Recording;

static bool record_job(DbTx *tx, gpointer data, GError **error) {
    const Recording *recording = data;
    return evidence_record(tx, recording->evidence, "abc", day(2026, 11, 24), error);
}

static const DbQuery q_count = {"test.count", "SELECT count(*) AS n, sum(gate_pass) AS passed "
                                              "FROM evidence WHERE file_sha256 = 'abc' "
                                              "AND window_from = '2024-12-01' "
                                              "AND verified_by IS NULL"};

static void test_record_is_appended_and_kept(void) {
    g_autoptr(Fixture) f = fixture_new();
    Year y = year_of_campaigns();
    fill(f, &y);
    g_autoptr(Evidence) evidence = load(fixture_read(f), "2026-11-24", NULL);
    Recording recording = {evidence};
    fixture_run(f, record_job, &recording);
    fixture_run(f, record_job, &recording);
    g_autoptr(DbStmt) row = db_query(fixture_read(f), &q_count, NULL);
    g_assert_cmpint(db_step(row, NULL), ==, DB_ROW);
    g_assert_cmpint(db_int(row, "n"), ==, 16);
    g_assert_cmpint(db_int(row, "passed"), ==, 8); /* 17, 18, areas 1 and 4, twice */
    sqlite3 *raw = NULL;
    g_assert_cmpint(sqlite3_open(f->path, &raw), ==, SQLITE_OK);
    g_assert_cmpint(sqlite3_exec(raw, "DELETE FROM evidence", NULL, NULL, NULL), !=, SQLITE_OK);
    g_assert_cmpint(sqlite3_exec(raw, "UPDATE evidence SET gate_pass = 1", NULL, NULL, NULL), !=,
                    SQLITE_OK);
    g_assert_cmpint(sqlite3_exec(raw, "UPDATE evidence SET verified_by = 'B'", NULL, NULL, NULL),
                    ==, SQLITE_OK);
    sqlite3_close(raw);
}

/* 80 answered each: where 81 were promised, neither a result nor a box can rest on them, whatever
 * the settings have become. */
static void test_promise_outlives_setting(void) {
    g_autoptr(Fixture) f = fixture_new();
    Year y = year_of_campaigns();
    fill(f, &y);
    fixture_sql(f, "UPDATE round SET promised_k = 81 WHERE id = 2 OR id = 3");
    fixture_sql(f, "UPDATE round SET promised_k = 84 WHERE id = 4"); /* more than there are */
    g_autoptr(Evidence) evidence = load(fixture_read(f), "2026-11-24", NULL);
    g_autofree char *json = evidence_json(evidence);
    g_autofree char *got = statuses(evidence);
    g_assert_nonnull(strstr(json, "\"promised_k\":\t81"));
    g_assert_nonnull(strstr(json, "\"k\":\t81"));
    g_assert_nonnull(strstr(json, "Minsta grupp är 81"));
    g_assert_nonnull(strstr(json, "Inget resultat redovisas"));
    g_assert_nonnull(strstr(json, "(hinder): för få bjöds in"));
    g_assert_null(strstr(json, "av 0 inbjudna har 0"));
    g_assert_nonnull(strstr(json, "\"at_least_80_percent_right\":\tnull"));
    if (strstr(got, "17 ja") || strstr(got, "18 ja") || strstr(got, "30:area1 ja")) {
        g_error("%s", got);
    }
}

static void test_unknown_confirmation(void) {
    g_autoptr(Fixture) f = fixture_new();
    static const char *const keys[] = {"G17-a",       "G99",         "", "G-e",
                                       "G30-d:area1", "G39-h:area2", ":"};
    for (guint i = 0; i < G_N_ELEMENTS(keys); i++) {
        g_autoptr(GHashTable) table =
            g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
        g_hash_table_insert(table, g_strdup(keys[i]), g_strdup("x"));
        EvidenceSpec spec = {.as_of = "2026-11-24",
                             .organisation = {"S", "S"},
                             .report = report_settings_default(),
                             .confirmations = table};
        g_autoptr(GError) error = NULL;
        Evidence *evidence = NULL;
        g_assert_false(evidence_load(fixture_read(f), &spec, &evidence, &error));
        g_assert_error(error, VK_ERROR, VK_ERROR_INPUT);
    }
}

int main(int argc, char **argv) {
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/evidence/window", test_window);
    g_test_add_func("/evidence/closed-at-midnight", test_closed_at_midnight);
    g_test_add_func("/evidence/a-year-that-supports-everything",
                    test_a_year_that_supports_everything);
    g_test_add_func("/evidence/empty-database", test_empty_database);
    g_test_add_func("/evidence/what-is-open-does-not-count", test_what_is_open_does_not_count);
    g_test_add_func("/evidence/training-the-same-day-does-not-count",
                    test_training_the_same_day_does_not_count);
    g_test_add_func("/evidence/numbers", test_numbers);
    g_test_add_func("/evidence/same-bytes", test_same_bytes);
    g_test_add_func("/evidence/record-is-appended-and-kept", test_record_is_appended_and_kept);
    g_test_add_func("/evidence/promise-outlives-setting", test_promise_outlives_setting);
    g_test_add_func("/evidence/unknown-confirmation", test_unknown_confirmation);
    return g_test_run();
}
