/* Proves what an employee sees of practice: a training's result with the lesson on what was missed,
 * the mail's link with its own page, question and result, and the wish for no more; and that a
 * measurement shows its key when the time to answer is over, and not a moment before. */
#include "tests/unit/web/client.h"
#include "tests/unit/web/town.h"

#include "survey/form.h"

static const char training[] =
    "{'name': 'utb', 'title': {'sv': 'Vardag', 'en': 'Days'}, 'kind': 'training', 'content': "
    "{'pack': 'starter', 'lessons': ['grunder'], 'areas': ['area1'], 'per_area': 2}, " TOWN_SCHEDULE
    "}";
static const char measurement[] =
    "{'name': 'test', 'title': {'sv': 'Test', 'en': 'Test'}, 'kind': 'knowledge', 'promise': '%s', "
    "'content': {'pack': 'starter', 'items': ['k1-01']}, " TOWN_SCHEDULE "}";

#define assert_has(reply, text)   g_assert_nonnull(strstr((reply)->body, (text)))
#define assert_lacks(reply, text) g_assert_null(strstr((reply)->body, (text)))

static void post(const Town *town, const char *link, const char *form) {
    g_autoptr(ClientReply) reply = client_post(town->port, link, form);
    if (reply->status != 303) {
        g_test_message("%s\n%s", form, reply->body);
    }
    g_assert_cmpuint(reply->status, ==, 303);
}

static ClientReply *get(const Town *town, const char *link, unsigned status) {
    ClientReply *reply = client_get(town->port, link);
    g_assert_cmpuint(reply->status, ==, status);
    return reply;
}

/* The scheduler at a made-up moment. */
static void tick(const Town *town, int64_t now_us, guint practised) {
    g_autoptr(GError) error = NULL;
    RunnerSettings settings = {.k_anonymous = 5,
                               .organisation = {"Sjöstads kommun", "The town of Sjöstad"},
                               .contact = "ciso@sjostad.example",
                               .base_url = "http://127.0.0.1:8080"};
    RunnerResult result = {0};
    g_autoptr(Runner) runner = runner_new(town->writer, town->db_path, &settings, &error);
    g_assert_no_error(error);
    bool drained = runner_drain(runner, now_us, &result, &error);
    g_assert_true(drained);
    g_assert_cmpuint(result.practised, ==, practised);
}

/* Ten in the morning of the next open day, at least `days` from now. */
static int64_t open_day(int days) {
    Window window = {.days = SCHEDULE_WEEKDAYS, .from_minute = 600, .to_minute = 601};
    return schedule_next_open(&window, schedule_add_days(clock_now_us(), days));
}

static char *practice_link(const Town *town) {
    int64_t id = town_number(town, "SELECT id AS n FROM practice ORDER BY queued_at_us DESC");
    g_autofree char *token = token_make(town->keyring, TOKEN_SURVEY, id);
    return g_strconcat("/k/", token, NULL);
}

/* A wrong answer to the practice's only question, or "don't know". */
static void answer_practice(const Town *town, const char *link) {
    post(town, link, "lang=sv&action=start");
    g_autofree char *page = g_strconcat(link, "?page=0", NULL);
    g_autoptr(ClientReply) question = get(town, page, 200);
    assert_has(question, "Fråga 1");
    post(town, link, "lang=sv&action=next&page=0&q0=na");
}

static bool town_close_practice(DbTx *tx, gpointer data, GError **error) {
    static const DbQuery q_close = {"test.close", "UPDATE practice SET closes_at_us = $1"};
    const TownJob *job = data;
    g_autoptr(DbStmt) close = db_tx_query(tx, &q_close, error);
    if (close == NULL) {
        return false;
    }
    db_bind_int(close, 1, job->now_us);
    return db_run(close, NULL, error);
}

static char *train(const Town *town) {
    char *link = town_link(town, "utb", 0);
    g_autoptr(ClientReply) start = get(town, link, 200);
    assert_has(start, "Det du missar kommer tillbaka om några dagar");
    post(town, link, "lang=sv&action=start");
    post(town, link, "lang=sv&action=next&page=0");
    post(town, link, "lang=sv&action=next&page=1&q0=na&q1=na");
    return link;
}

static void test_practice(void) {
    g_autoptr(Town) town = town_new();
    town_campaign(town, "utb", training);
    g_autofree char *first = train(town);
    g_autoptr(ClientReply) result = get(town, first, 200);
    assert_has(result, "Läs igen: <span>Rätt person, rätt uppgift, rätt tid");
    assert_has(result, "kommer tillbaka om några dagar");
    const char *lesson = strstr(result->body, "Läs igen:");
    g_assert_null(strstr(lesson + 1, "Läs igen:")); /* once, not at each question */
    tick(town, open_day(1), 0);
    tick(town, open_day(4), 1);

    g_autofree char *link = practice_link(town);
    g_autoptr(ClientReply) start = get(town, link, 200);
    assert_has(start, "Öva på det du har lärt dig");
    assert_has(start, "en fråga om sådant");
    assert_has(start, "Skicka inga fler övningar");
    g_autofree char *english = g_strconcat(link, "?lang=en", NULL);
    g_autoptr(ClientReply) other = get(town, english, 200);
    assert_has(other, "Practise what you have learned");
    answer_practice(town, link);
    g_autoptr(ClientReply) done = get(town, link, 200);
    assert_has(done, "Du svarade rätt på 0 av 1 fråga.");
    assert_has(done, "Läs igen: <span>Rätt person");
    assert_has(done, "kommer tillbaka om några dagar");
    post(town, link, "lang=sv&action=next&page=0&q0=0"); /* sent again: too late */
    g_autoptr(ClientReply) verify = get(town, "/verify", 200);
    assert_has(verify, "Öva på det du har lärt dig");
}

static void test_wish(void) {
    g_autoptr(Town) town = town_new();
    town_campaign(town, "utb", training);
    g_autofree char *first = train(town);
    g_autoptr(ClientReply) refused = client_post(town->port, first, "lang=sv&action=stop");
    g_assert_cmpuint(refused->status, ==, 303); /* a training's link: nothing happens */
    tick(town, open_day(4), 1);
    g_autofree char *link = practice_link(town);
    post(town, link, "lang=sv&action=stop");
    g_autoptr(ClientReply) stopped = get(town, link, 200);
    assert_has(stopped, "Du har tackat nej till övningar");
    answer_practice(town, link);
    g_autoptr(ClientReply) done = get(town, link, 200);
    assert_lacks(done, "kommer tillbaka om några dagar");
    tick(town, open_day(30), 0);
    post(town, link, "lang=sv&action=resume");
    g_autoptr(ClientReply) resumed = get(town, link, 200);
    assert_has(resumed, "Skicka inga fler övningar");
    tick(town, open_day(30), 1);
}

/* Where the time of a practice is over, the page says so, and takes the wish still. */
static void test_closed(void) {
    g_autoptr(Town) town = town_new();
    town_campaign(town, "utb", training);
    g_autofree char *first = train(town);
    tick(town, open_day(4), 1);
    g_autofree char *link = practice_link(town);
    TownJob close = {.id = 0};
    town_do(town, town_close_practice, &close);
    g_autoptr(ClientReply) closed = get(town, link, 410);
    assert_has(closed, "Tiden för den här övningen är slut");
    assert_lacks(closed, "value=\"start\"");
    post(town, link, "lang=sv&action=stop");
    g_autoptr(ClientReply) stopped = get(town, link, 410);
    assert_has(stopped, "Du har tackat nej till övningar");
}

static bool run_close(DbTx *tx, gpointer data, GError **error) {
    const TownJob *job = data;
    return campaign_close(tx, job->text, job->now_us, error);
}

/* The key's words, which no page may have before the close: the explanation's beginning. */
static void test_key(void) {
    static const char key[] = "Informationssäkerhet handlar om att rätt personer";
    static const char *const promises[] = {"identified", "confidential", "anonymous"};
    for (guint i = 0; i < G_N_ELEMENTS(promises); i++) {
        g_autoptr(Town) town = town_new();
        g_autofree char *json = g_strdup_printf(measurement, promises[i]);
        town_campaign(town, "test", json);
        g_autofree char *link = town_link(town, "test", 0);
        post(town, link, "lang=sv&action=start");
        post(town, link, "lang=sv&action=next&page=0&q0=1");
        g_autoptr(ClientReply) before = get(town, link, 200);
        assert_has(before, "när svarstiden är slut");
        assert_lacks(before, key);
        assert_lacks(before, "Du svarade rätt");
        TownJob job = {.text = "test"};
        town_do(town, run_close, &job);
        g_autoptr(ClientReply) after = get(town, link, 200);
        assert_has(after, key);
        assert_has(after,
                   i == 2 ? "Dina egna svar visas inte" : "Du svarade rätt på 0 av 1 fråga.");
        assert_lacks(after, "Inte besvarad");
    }
}

int main(int argc, char **argv) {
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/practice/practice", test_practice);
    g_test_add_func("/practice/wish", test_wish);
    g_test_add_func("/practice/closed", test_closed);
    g_test_add_func("/practice/key", test_key);
    return g_test_run();
}
