/* Proves that every kind of personal data goes when its period is over and not before, that the
 * reports' figures stay, that the log says so and names nobody, and that links die. The clock is
 * moved; nothing waits. */
#include "tests/unit/reports/civic.h"

static void start_runner(Town *town, guint batch) {
    g_autoptr(GError) error = NULL;
    RunnerSettings settings = {.k_anonymous = 10,
                               .batch = batch,
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

/* Ticks on that day; how much was erased. */
static guint day_at(Town *town, const char *when) {
    town->now_us = town_at(when);
    return town_tick(town).erased;
}

#define COUNT(town, what) TOWN_NUMBER((town), "SELECT count(*) AS n FROM " what)

#define ADDRESSES(town)  COUNT((town), "outbox WHERE to_address <> ''")
#define REPLIES(town)    COUNT((town), "mail_attempt WHERE reply <> ''")
#define WORDS(town)      COUNT((town), "mail_notice WHERE text <> '' OR until_us IS NOT NULL")
#define CHOICES(town)    COUNT((town), "answer WHERE choices <> 0 OR answered_at_us <> 0")
#define FREE_TEXTS(town) COUNT((town), "answer WHERE free_text IS NOT NULL")
#define BALLOTS(town)    COUNT((town), "ballot WHERE answers <> '[]'")
#define NAMED(town)      COUNT((town), "invitation WHERE person_id > 0")
#define SCORES(town)     COUNT((town), "score")

static int64_t done(Town *town) {
    return TOWN_NUMBER(town,
                       "SELECT count(*) AS n FROM retention_log WHERE done_at_us IS NOT NULL");
}

/* The training closed 2026-03-20, the others 2026-06-01. */
static void test_periods(void) {
    g_auto(Town) town = {0};
    guint erased = 0;
    civic_open(&town);
    start_runner(&town, 7); /* many steps */
    g_autofree char *figures = civic_figures(&town);
    erased = day_at(&town, "2026-06-02 03:00");
    g_assert_cmpuint(erased, ==, 0);
    int64_t named = NAMED(&town);
    int64_t anonymous = TOWN_NUMBER(&town, "SELECT count(*) AS n FROM invitation i JOIN round r ON"
                                           " r.id = i.round_id JOIN campaign c ON c.id ="
                                           " r.campaign_id WHERE c.promise = 'anonymous'");
    g_assert_cmpint(anonymous, >=, 30);

    day_at(&town, "2026-07-01 03:00");
    g_assert_cmpint(NAMED(&town), ==, named);
    day_at(&town, "2026-07-02 03:00"); /* a month: who was invited to the anonymous round */
    g_assert_cmpint(NAMED(&town), ==, named - anonymous);
    g_assert_cmpint(done(&town), ==, 1);

    int64_t addresses = ADDRESSES(&town);
    day_at(&town, "2026-09-19 03:00");
    g_assert_cmpint(ADDRESSES(&town), ==, addresses);
    day_at(&town, "2026-09-21 03:00"); /* six months after the training */
    g_assert_cmpint(ADDRESSES(&town), <, addresses);
    g_assert_cmpint(ADDRESSES(&town), >, 0);
    g_assert_cmpint(WORDS(&town), >, 0);
    day_at(&town, "2026-12-02 03:00"); /* six months after all */
    g_assert_cmpint(ADDRESSES(&town), ==, 0);
    g_assert_cmpint(REPLIES(&town), ==, 0);
    g_assert_cmpint(WORDS(&town), ==, 0);
    g_assert_cmpint(FREE_TEXTS(&town), >, 0);

    int64_t choices = CHOICES(&town);
    g_assert_cmpint(BALLOTS(&town), >, 0);
    day_at(&town, "2027-03-21 03:00"); /* a year after the training */
    g_assert_cmpint(CHOICES(&town), <, choices);
    g_assert_cmpint(CHOICES(&town), >, 0);
    day_at(&town, "2027-06-02 03:00");
    g_assert_cmpint(CHOICES(&town), ==, 0);
    g_assert_cmpint(FREE_TEXTS(&town), ==, 0);
    g_assert_cmpint(BALLOTS(&town), ==, 0);
    civic_tallies_hold(&town);

    /* Until here nothing has changed in any report. */
    g_autofree char *later = civic_figures(&town);
    g_assert_cmpstr(later, ==, figures);
    g_assert_cmpint(SCORES(&town), >, 0);
    g_assert_cmpint(COUNT(&town, "completion"), >, 0);
    day_at(&town, "2028-08-02 03:00"); /* 26 months after all */
    g_assert_cmpint(SCORES(&town), ==, 0);
    g_assert_cmpint(COUNT(&town, "response"), ==, 0);
    g_assert_cmpint(COUNT(&town, "answer"), ==, 0);
    g_assert_cmpint(COUNT(&town, "frame_person"), ==, 0);
    g_assert_cmpint(COUNT(&town, "completion"), ==, 0);
    g_assert_cmpint(NAMED(&town), ==, 0);
    erased = day_at(&town, "2028-08-03 03:00"); /* nothing is left to do */
    g_assert_cmpuint(erased, ==, 0);
}

/* Participation and the counts of answers outlive everything. */
static void test_aggregates_stay(void) {
    g_auto(Town) town = {0};
    civic_open(&town);
    start_runner(&town, 1000);
    civic_interrupt(&town);
    int64_t partial = civic_partial(&town);
    g_autoptr(GString) before = g_string_new(NULL);
    g_autoptr(GString) after = g_string_new(NULL);
    civic_report(&town, "utbildning", before);
    civic_report(&town, "kunskap", before);
    civic_report(&town, "uppfoljning", before);
    day_at(&town, "2031-01-01 03:00");
    civic_report(&town, "utbildning", after);
    civic_report(&town, "kunskap", after);
    civic_report(&town, "uppfoljning", after);
    g_assert_cmpstr(after->str, ==, before->str);
    g_assert_cmpint(partial, >, 0);
    g_assert_cmpint(civic_partial(&town), ==, partial);
    g_assert_cmpint(NAMED(&town), ==, 0);
}

static void test_left(void) {
    g_auto(Town) town = {0};
    civic_open(&town);
    start_runner(&town, 1000);
    g_autofree char *sql = g_strdup_printf(
        "UPDATE person SET active = 0, changed_at_us = %" G_GINT64_FORMAT " WHERE id = 101",
        town_at("2026-05-20 10:00"));
    town_sql(&town, sql);
    g_autofree char *figures = civic_figures(&town);
    day_at(&town, "2026-11-20 03:00");
    g_assert_cmpint(COUNT(&town, "person WHERE id = 101"), ==, 1);
    day_at(&town, "2026-11-21 03:00");
    g_assert_cmpint(COUNT(&town, "person WHERE id = 101"), ==, 0);
    g_assert_cmpint(COUNT(&town, "invitation WHERE person_id = 101"), ==, 0);
    g_assert_cmpint(COUNT(&town, "person"), ==, 59);
    g_assert_cmpint(COUNT(&town, "retention_log WHERE kind = 'left' AND rows_erased = 1"), ==, 1);
    g_autofree char *later = civic_figures(&town);
    g_assert_cmpstr(later, ==, figures);
}

static VisitState state_of(Town *town, int64_t id) {
    g_autoptr(GError) error = NULL;
    g_autoptr(Visit) visit = NULL;
    answering_visit(town->db, id, town->now_us, &visit, &error);
    g_assert_no_error(error);
    return visit->state;
}

/* Whoever was through can read the result for a month; the others' links die at closing. */
static void test_links_die(void) {
    g_auto(Town) town = {0};
    civic_open(&town);
    start_runner(&town, 1000);
    int64_t done_id = TOWN_NUMBER(&town, "SELECT i.id AS n FROM invitation i JOIN round r ON r.id ="
                                         " i.round_id JOIN campaign c ON c.id = r.campaign_id"
                                         " WHERE c.name = 'kunskap' AND i.person_id = 101");
    int64_t open_id = TOWN_NUMBER(&town, "SELECT min(i.id) AS n FROM invitation i JOIN round r ON"
                                         " r.id = i.round_id JOIN campaign c ON c.id ="
                                         " r.campaign_id WHERE c.name = 'kunskap'"
                                         " AND i.status = 'none'");
    g_assert_cmpint(state_of(&town, open_id), ==, VISIT_CLOSED);
    day_at(&town, "2026-06-02 03:00");
    g_assert_cmpint(state_of(&town, done_id), ==, VISIT_COMPLETE);
    town.now_us = town_at("2026-07-01 11:59");
    g_assert_cmpint(state_of(&town, done_id), ==, VISIT_COMPLETE);
    town.now_us = town_at("2026-07-01 12:00");
    g_assert_cmpint(state_of(&town, done_id), ==, VISIT_CLOSED);
    g_assert_cmpint(state_of(&town, open_id), ==, VISIT_CLOSED);
}

/* A mail that is with a relay just now: erasure waits, and the scheduler goes on. */
static void test_mail_under_way(void) {
    g_auto(Town) town = {0};
    guint erased = 0;
    civic_open(&town);
    start_runner(&town, 1000);
    town_sql(&town,
             "UPDATE outbox SET state = 'leased', lease_id = 1, lease_position = 0,"
             " settled_at_us = NULL WHERE id = (SELECT max(o.id) FROM outbox o JOIN mailing m"
             " ON m.id = o.mailing_id JOIN round r ON r.id = m.group_id JOIN campaign c"
             " ON c.id = r.campaign_id WHERE c.name = 'uppfoljning')");
    erased = day_at(&town, "2026-07-02 03:00");
    g_assert_cmpuint(erased, ==, 0);
    int64_t named = NAMED(&town);
    town_sql(&town, "UPDATE outbox SET state = 'sent', lease_id = NULL, lease_position = NULL,"
                    " settled_at_us = 1 WHERE state = 'leased'");
    erased = day_at(&town, "2026-07-02 03:10");
    g_assert_cmpuint(erased, >, 0);
    g_assert_cmpint(NAMED(&town), <, named);
}

/* The log's bytes are numbers, days, kinds and campaigns. */
static void test_log_names_nobody(void) {
    g_auto(Town) town = {0};
    civic_open(&town);
    start_runner(&town, 1000);
    CivicErase job = {WHO, town.now_us};
    town_run(&town, civic_erase_fn, &job);
    day_at(&town, "2028-08-02 03:00");
    g_assert_cmpint(COUNT(&town, "retention_log"), ==,
                    3 * 4 + 1 + 1 + 1 + 1); /* the last: practices */
    static const DbQuery q_log = {"test.log", "SELECT group_concat(kind || ' ' || rows_erased) AS n"
                                              " FROM retention_log"};
    g_autoptr(GError) error = NULL;
    g_autoptr(DbStmt) row = db_query(town.db, &q_log, &error);
    g_assert_cmpint(db_step(row, &error), ==, DB_ROW);
    g_test_message("%s", db_text(row, "n"));
    for (guint i = 0; who_traces[i] != NULL; i++) {
        g_assert_null(strstr(db_text(row, "n"), who_traces[i]));
    }
    g_assert_null(strstr(db_text(row, "n"), "@"));
}

int main(int argc, char **argv) {
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/retention/periods", test_periods);
    g_test_add_func("/retention/aggregates-stay", test_aggregates_stay);
    g_test_add_func("/retention/left", test_left);
    g_test_add_func("/retention/links-die", test_links_die);
    g_test_add_func("/retention/mail-under-way", test_mail_under_way);
    g_test_add_func("/retention/log-names-nobody", test_log_names_nobody);
    return g_test_run();
}
