/* Proves that free text under a name is that person's: it is in their copy, goes with their erasure
 * and with the period of answers, out of the list and out of the database; and that the list of an
 * anonymous campaign is empty after that period. All through the program's own use cases. */
#include "tests/unit/reports/civic.h"

#define NAMED                                                                                      \
    "{\"name\":\"namngiven\",\"title\":{\"sv\":\"N\"},\"kind\":\"knowledge\","                     \
    "\"promise\":\"confidential\",\"content\":{\"pack\":\"starter\",\"items\":[\"k1-01\","         \
    "\"h-11\"]}}"
#define ANONYMOUS                                                                                  \
    "{\"name\":\"anonym\",\"title\":{\"sv\":\"A\"},\"kind\":\"obstacles\","                        \
    "\"content\":{\"pack\":\"starter\",\"items\":[\"h-01\",\"h-11\"]}}"

static int64_t link_of(Town *town, int64_t person, const char *campaign) {
    static const DbQuery q_link = {"test.link",
                                   "SELECT i.id FROM invitation i JOIN round r ON r.id = i.round_id"
                                   " JOIN campaign c ON c.id = r.campaign_id WHERE i.person_id = $1"
                                   " AND c.name = $2"};
    g_autoptr(GError) error = NULL;
    g_autoptr(DbStmt) row = db_query(town->db, &q_link, &error);
    db_bind_int(row, 1, person);
    db_bind_text(row, 2, campaign);
    g_assert_cmpint(db_step(row, &error), ==, DB_ROW);
    return db_int(row, "id");
}

static void write_one(Town *town, const Form *form, const char *campaign, int64_t person) {
    g_autofree char *text =
        person == WHO ? g_strdup(WHO_TEXT) : g_strdup_printf("Svar %" G_GINT64_FORMAT, person);
    Answer answers[] = {{.item_id = form_item(form, 0)->id, .choices = 1},
                        {.item_id = form_item(form, 1)->id, .text = text}};
    TownDeed deed = {.verb = TOWN_START,
                     .id = link_of(town, person, campaign),
                     .form = form,
                     .now_us = town->now_us,
                     .answers = answers,
                     .count = 2};
    bool anonymous = strcmp(campaign, "anonym") == 0;
    town_run(town, town_deed_fn, &deed);
    deed.verb = anonymous ? TOWN_BALLOT : TOWN_PAGE;
    town_run(town, town_deed_fn, &deed);
}

/* 21 people of Skola write, WHO among them. */
static void campaign_written(Town *town, const char *json, const char *name) {
    civic_run(town, json, name, "2026-03-02 09:00");
    Form *form = civic_form(town, name);
    for (int64_t person = WHO; person <= WHO + 20; person++) {
        write_one(town, form, name, person);
    }
    form_free(form);
}

static void scene(Town *town) {
    town_open(town, "2026-03-02 09:00");
    town_settle(town);
    civic_name_person(town);
    campaign_written(town, NAMED, "namngiven");
    campaign_written(town, ANONYMOUS, "anonym");
    civic_close(town, "namngiven", "2026-03-20 12:00");
    civic_close(town, "anonym", "2026-03-20 12:00");
}

/* The texts of the campaign's only open question, and in which state it is. */
static guint listed(Town *town, const char *name, const char *text, QuestionState wanted) {
    g_autoptr(GError) error = NULL;
    g_autoptr(Texts) texts = NULL;
    g_autoptr(GString) out = g_string_new(NULL);
    ReportSettings settings = report_settings_default();
    texts_load(town->db, name, &settings, &texts, &error);
    g_assert_no_error(error);
    g_assert_cmpint(texts->state, ==, TEXTS_SHOWN);
    const OpenQuestion *question = g_ptr_array_index(texts->questions, 0);
    g_assert_cmpint(question->state, ==, wanted);
    g_assert_true(export_texts(texts, EXPORT_TEXT, LANG_SV, out, &error));
    guint found = 0;
    for (guint i = 0; i < question->texts->len; i++) {
        found += strcmp(g_ptr_array_index(question->texts, i), text) == 0;
    }
    g_assert_cmpuint(found, ==, strstr(out->str, text) ? 1 : 0);
    return question->texts->len * 100 + found;
}

static bool copy_has(Town *town, const char *text) {
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) rows = rights_copy(town->db, WHO, &error);
    g_assert_no_error(error);
    guint found = 0;
    for (guint i = 0; i < rows->len; i++) {
        const PersonalRow *row = g_ptr_array_index(rows, i);
        found += g_strcmp0(personal_row_get(row, "free_text"), text) == 0;
    }
    return found == 1;
}

static void test_copy_and_erasure(void) {
    g_auto(Town) town = {0};
    scene(&town);
    g_assert_cmpuint(listed(&town, "namngiven", WHO_TEXT, QUESTION_SHOWN), ==, 2101);
    g_assert_true(copy_has(&town, WHO_TEXT));
    g_assert_cmpint(TOWN_NUMBER(&town, "SELECT count(*) AS n FROM v_campaign WHERE method_text LIKE"
                                       " '%öppna frågor läses ordagrant, men utan namn%'"),
                    ==, 2);
    CivicErase erase = {WHO, town.now_us};
    town_run(&town, civic_erase_fn, &erase);
    g_assert_cmpuint(listed(&town, "namngiven", WHO_TEXT, QUESTION_SHOWN), ==, 2000);
    /* One more is one too few; and they had been enough. */
    erase.person_id = WHO + 1;
    town_run(&town, civic_erase_fn, &erase);
    g_assert_cmpuint(listed(&town, "namngiven", "Svar 103", QUESTION_ERASED), ==, 0);
    /* Nobody can find theirs in an anonymous one, so all stand. */
    g_assert_cmpuint(listed(&town, "anonym", WHO_TEXT, QUESTION_SHOWN), ==, 2101);
}

static void start_runner(Town *town) {
    g_autoptr(GError) error = NULL;
    RunnerSettings settings = {.k_anonymous = 10,
                               .batch = 1000,
                               .organisation = {"Exempelstad", "Example Town"},
                               .contact = "info@example.se",
                               .base_url = "http://127.0.0.1:8080",
                               .keyring = town->keyring,
                               .retain = true,
                               .retention = retention_settings_default()};
    runner_free(town->runner);
    town->runner = runner_new(town->writer, town->path, &settings, &error);
    g_assert_no_error(error);
}

static void test_period(void) {
    static const char *const names[] = {"namngiven", "anonym"};
    g_auto(Town) town = {0};
    scene(&town);
    start_runner(&town);
    town.now_us = town_at("2027-03-20 03:00");
    town_tick(&town);
    for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
        g_assert_cmpuint(listed(&town, names[i], "Svar 103", QUESTION_SHOWN), ==, 2101);
    }
    town.now_us = town_at("2027-03-21 03:00"); /* twelve months after the close */
    town_tick(&town);
    for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
        g_assert_cmpuint(listed(&town, names[i], "Svar 103", QUESTION_ERASED), ==, 0);
    }
    g_assert_cmpint(TOWN_NUMBER(&town, "SELECT count(*) AS n FROM v_free_text"), ==, 0);
}

int main(int argc, char **argv) {
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/text-rights/copy-and-erasure", test_copy_and_erasure);
    g_test_add_func("/text-rights/period", test_period);
    return g_test_run();
}
