/* Proves what an employee meets at a personal link: opening it counts for nothing; pages are saved
 * one by one and go on where they stopped; the result comes at the end and again; an anonymous
 * ballot leaves nothing on the server until it is cast; and every state of a link has its page and
 * status code. */
#include "campaigns/invitation.h"
#include "survey/form.h"
#include "tests/unit/web/client.h"
#include "tests/unit/web/town.h"

static const char training[] =
    "{'name': 'utb', 'title': {'sv': 'Säker <vardag>', 'en': 'Safe days'}, 'kind': 'training', "
    "'content': {'pack': 'starter', 'lessons': ['grunder', 'losenord'], 'areas': ['area1', "
    "'area4'], "
    "'per_area': 2, 'items_per_page': 2}, 'minutes': 3, 'allow_retry': true, " TOWN_SCHEDULE "}";
static const char obstacles[] =
    "{'name': 'hinder', 'title': {'sv': 'Hinder', 'en': 'Obstacles'}, 'kind': 'obstacles', "
    "'content': {'pack': 'starter', 'items': ['h-01', 'h-02', 'h-11'], 'items_per_page': "
    "2}, " TOWN_SCHEDULE "}";
static const char quiz[] =
    "{'name': 'quiz', 'title': {'sv': 'Anonymt', 'en': 'Anonymous'}, 'kind': 'knowledge', "
    "'promise': 'anonymous', 'content': {'pack': 'starter', 'areas': ['area1'], 'per_area': 2, "
    "'items_per_page': 1}, " TOWN_SCHEDULE "}";

static const char secret_training[] =
    "{'name': 'hemlig', 'title': {'sv': 'Hemlig', 'en': 'Secret'}, 'kind': 'training', 'promise': "
    "'anonymous', 'content': {'pack': 'starter', 'lessons': ['grunder'], 'areas': ['area1'], "
    "'per_area': 2, 'items_per_page': 2}, " TOWN_SCHEDULE "}";

#define assert_has(reply, text)   g_assert_nonnull(strstr((reply)->body, (text)))
#define assert_lacks(reply, text) g_assert_null(strstr((reply)->body, (text)))

static void assert_redirect(const ClientReply *reply, const char *to) {
    g_autofree char *location = client_header(reply, "Location");
    g_assert_cmpuint(reply->status, ==, 303);
    g_assert_cmpstr(location, ==, to);
}

static void get_expect(const Town *town, const char *target, unsigned status, const char *text) {
    g_autoptr(ClientReply) reply = client_get(town->port, target);
    if (reply->status != status || !strstr(reply->body, text)) {
        g_test_message("%s: %u\n%s", target, reply->status, reply->body);
    }
    g_assert_cmpuint(reply->status, ==, status);
    assert_has(reply, text);
}

static void post_redirects(const Town *town, const char *link, const char *form,
                           const char *suffix) {
    g_autoptr(ClientReply) reply = client_post(town->port, link, form);
    g_autofree char *to = g_strconcat(link, suffix, NULL);
    assert_redirect(reply, to);
}

static Form *town_form(const Town *town, const char *campaign) {
    g_autoptr(GError) error = NULL;
    g_autofree char *sql =
        g_strdup_printf("SELECT form_id AS n FROM v_campaign WHERE name = '%s'", campaign);
    g_autoptr(Db) db = db_open(town->db_path, &error);
    Form *form = form_load(db, town_number(town, sql), &error);
    g_assert_no_error(error);
    return form;
}

/* The fields of an item page, answered right, or wrong. */
static char *page_fields(const Form *form, guint page, guint item_page, bool right) {
    const Item *const *items;
    guint count = form_page_items(form, item_page, &items);
    g_autoptr(GString) fields = g_string_new(NULL);
    g_string_printf(fields, "lang=sv&action=next&page=%u", page);
    for (guint i = 0; i < count; i++) {
        for (guint option = 0; option < items[i]->option_count; option++) {
            bool key = (items[i]->key_mask >> option) & 1;
            if (key == right) {
                g_string_append_printf(fields, "&q%u=%u", item_page * 2 + i, option);
                if (items[i]->kind != ITEM_MULTIPLE) {
                    break;
                }
            }
        }
    }
    return g_string_free(g_steal_pointer(&fields), FALSE);
}

static void test_training(void) {
    g_autoptr(Town) town = town_new();
    town_campaign(town, "utb", training);
    g_autofree char *link = town_link(town, "utb", 0);
    g_autofree char *other = g_strconcat(link, "?lang=en", NULL);
    g_autoptr(Form) form = town_form(town, "utb");
    static const char touched[] = "SELECT count(*) AS n FROM invitation WHERE status <> 'none'";
    for (int i = 0; i < 3; i++) {
        get_expect(town, link, 200, "Säker &lt;vardag&gt;");
        g_autoptr(ClientReply) head = client_ask(town->port, "HEAD", link);
        g_assert_cmpuint(head->status, ==, 200);
        g_assert_cmpstr(head->body, ==, "");
    }
    get_expect(town, other, 200, "<html lang=\"en\" dir=\"ltr\">");
    g_assert_cmpint(town_number(town, touched), ==, 0);
    post_redirects(town, link, "lang=sv&action=next&page=0", ""); /* has not begun */
    post_redirects(town, link, "lang=sv&action=start", "?page=0");
    g_assert_cmpint(town_number(town, touched), ==, 1);
    get_expect(town, link, 200, "Sida 1 av 4");
    get_expect(town, link, 200, form_lesson(form, 0)->title[LANG_SV]);
    post_redirects(town, link, "lang=sv&action=next&page=0", "?page=1");
    post_redirects(town, link, "lang=sv&action=next&page=0", "?page=1"); /* sent twice */
    post_redirects(town, link, "lang=sv&action=next&page=3", "");        /* ahead of its turn */
    get_expect(town, link, 200, "Välkommen tillbaka");
    post_redirects(town, link, "lang=sv&action=next&page=1", "?page=2");
    get_expect(town, link, 200, "Fråga 1–2 av 4");
    g_autofree char *first = page_fields(form, 2, 0, true);
    post_redirects(town, link, first, "?page=3");
    get_expect(town, link, 200, "Fråga 3–4 av 4");
    g_autofree char *saved = g_strconcat(link, "?page=2", NULL);
    get_expect(town, saved, 200, " checked>");
    g_autofree char *last = page_fields(form, 3, 1, false);
    post_redirects(town, link, last, "");
    get_expect(town, link, 200, "Du svarade rätt på 2 av 4 frågor.");
    get_expect(town, link, 200, "Gör om frågorna");
    get_expect(town, other, 200, "You answered 2 of 4 questions correctly.");
    post_redirects(town, link, first, "?unsaved=1"); /* complete: nothing more is taken */
    g_autofree char *told = g_strconcat(link, "?unsaved=1", NULL);
    get_expect(town, told, 200, "Du har redan lämnat in dina svar.");
    get_expect(town, link, 200, "Du svarade rätt på 2 av 4 frågor.");
    post_redirects(town, link, "lang=en&action=retry", "?lang=en&page=0");
    get_expect(town, link, 200, "Sida 1 av 4");
    g_assert_cmpint(town_number(town, "SELECT count(*) AS n FROM response"), ==, 2);
}

static bool raise_fn(DbTx *tx, gpointer data, GError **error) {
    static const DbQuery q_raise = {"test.raise", "UPDATE round SET promised_k = $1"};
    g_autoptr(DbStmt) raise = db_tx_query(tx, &q_raise, error);
    const TownJob *job = data;
    if (raise == NULL) {
        return false;
    }
    db_bind_int(raise, 1, g_ascii_strtoll(job->text, NULL, 10));
    return db_run(raise, NULL, error);
}

/* The page says what is stored with the round, not what a setting has become. */
static void test_promised_group(void) {
    g_autoptr(Town) town = town_new();
    TownJob job = {.text = "8"};
    town_campaign(town, "utb", training);
    g_autofree char *link = town_link(town, "utb", 0);
    get_expect(town, link, 200, "bara för grupper med minst 5 svar");
    town_do(town, raise_fn, &job);
    get_expect(town, link, 200, "bara för grupper med minst 8 svar");
    town_campaign(town, "hinder", obstacles);
    g_autofree char *open = town_link(town, "hinder", 0);
    get_expect(town, open, 200, "bara om minst 20 personer har svarat");
    TownJob more = {.text = "21"};
    town_do(town, raise_fn, &more);
    get_expect(town, open, 200, "bara om minst 21 personer har svarat");
}

/* Back from the last page must not hand anything in, and not lose what was chosen there. */
static void test_back(void) {
    g_autoptr(Town) town = town_new();
    town_campaign(town, "utb", training);
    g_autofree char *link = town_link(town, "utb", 1);
    static const char *const steps[] = {"action=start", "action=next&page=0", "action=next&page=1",
                                        "action=next&page=2&q0=1"};
    for (guint i = 0; i < G_N_ELEMENTS(steps); i++) {
        g_autoptr(ClientReply) reply = client_post(town->port, link, steps[i]);
        g_assert_cmpuint(reply->status, ==, 303);
    }
    g_autoptr(ClientReply) back = client_post(town->port, link, "action=back&page=3&q2=0");
    g_assert_cmpuint(back->status, ==, 200);
    assert_has(back, "Fråga 1–2 av 4");
    assert_has(back, "name=\"q0\" value=\"1\" checked");
    assert_has(back, "type=\"hidden\" name=\"q2\" value=\"0\"");
    g_autoptr(ClientReply) on = client_post(town->port, link, "action=next&page=2&q0=0&q2=0");
    g_assert_cmpuint(on->status, ==, 200);
    assert_has(on, "name=\"q2\" value=\"0\" checked");
    g_autoptr(ClientReply) english =
        client_post(town->port, link, "switch=en&action=next&lang=sv&page=3&q2=1");
    g_assert_cmpuint(english->status, ==, 200);
    assert_has(english, "Questions 3–4 of 4");
    assert_has(english, "name=\"q2\" value=\"1\" checked");
    g_assert_cmpint(town_number(town, "SELECT count(*) AS n FROM answer"), ==, 1);
    g_assert_cmpint(town_number(town, "SELECT choices AS n FROM answer"), ==, 1);
    /* An answer taken away is gone. */
    g_autoptr(ClientReply) cleared = client_post(town->port, link, "action=next&page=2");
    g_assert_cmpuint(cleared->status, ==, 303);
    g_assert_cmpint(town_number(town, "SELECT count(*) AS n FROM answer"), ==, 0);
}

/* The value of the hidden field in the page, or NULL. */
static char *hidden_value(const ClientReply *page, const char *name) {
    g_autofree char *before = g_strdup_printf("name=\"%s\" value=\"", name);
    const char *found = strstr(page->body, before);
    return found ? g_strndup(found + strlen(before), strcspn(found + strlen(before), "\"")) : NULL;
}

static int64_t saved_choices(const Town *town, guint count) {
    g_assert_cmpint(town_number(town, "SELECT count(*) AS n FROM answer"), ==, count);
    return town_number(town, "SELECT coalesce(sum(choices), 0) AS n FROM answer");
}

/* Two windows with the same page: what is not changed in the one does not undo the other. */
static void test_two_windows(void) {
    g_autoptr(Town) town = town_new();
    town_campaign(town, "utb", training);
    g_autofree char *link = town_link(town, "utb", 2);
    g_autofree char *page = g_strconcat(link, "?page=2", NULL);
    post_redirects(town, link, "action=start", "?page=0");
    post_redirects(town, link, "action=next&page=0", "?page=1");
    post_redirects(town, link, "action=next&page=1", "?page=2");
    g_autoptr(ClientReply) stale = client_get(town->port, page);
    g_autofree char *blank0 = hidden_value(stale, "w0");
    g_autofree char *blank1 = hidden_value(stale, "w1");
    g_autofree char *both =
        g_strdup_printf("action=next&page=2&q0=0&q1=1&w0=%s&w1=%s", blank0, blank1);
    post_redirects(town, link, both, "?page=3");
    g_assert_cmpint(saved_choices(town, 2), ==, 1 + 2);
    /* Sent at last as it was: blank. Then with one answer of its own. */
    g_autofree char *untouched = g_strdup_printf("action=next&page=2&w0=%s&w1=%s", blank0, blank1);
    post_redirects(town, link, untouched, "?page=3");
    g_assert_cmpint(saved_choices(town, 2), ==, 1 + 2);
    g_autofree char *one = g_strdup_printf("action=next&page=2&q0=1&w0=%s&w1=%s", blank0, blank1);
    post_redirects(town, link, one, "?page=3");
    g_assert_cmpint(saved_choices(town, 2), ==, 2 + 2);
    /* A page made with answers: unchanged ones say nothing, changed ones hold, one taken away goes.
     */
    g_autoptr(ClientReply) answered = client_get(town->port, page);
    g_autofree char *had0 = hidden_value(answered, "w0");
    g_autofree char *had1 = hidden_value(answered, "w1");
    g_assert_cmpstr(had0, !=, blank0);
    post_redirects(town, link, "action=next&page=2&q0=0&q1=0", "?page=3");
    g_autofree char *old = g_strdup_printf("action=next&page=2&q0=1&q1=1&w0=%s&w1=%s", had0, had1);
    post_redirects(town, link, old, "?page=3");
    g_assert_cmpint(saved_choices(town, 2), ==, 1 + 1);
    g_autofree char *cleared = g_strdup_printf("action=next&page=2&w0=%s&w1=%s", had0, blank1);
    post_redirects(town, link, cleared, "?page=3");
    g_assert_cmpint(saved_choices(town, 1), ==, 1);
    /* A page that came back with what was chosen and not saved says nothing of how it was. */
    g_autoptr(ClientReply) english =
        client_post(town->port, link, "switch=en&page=2&q0=1&q1=1&w0=1.0&w1=0.0");
    g_assert_null(hidden_value(english, "w0"));
    assert_has(english, " checked>");
}

/* Saved as one goes: on disk, and still on the page; nothing of an anonymous person. */
static void test_save(void) {
    g_autoptr(Town) town = town_new();
    town_campaign(town, "utb", training);
    town_campaign(town, "hinder", obstacles);
    g_autofree char *link = town_link(town, "utb", 3);
    static const char early[] = "action=save&page=2&q0=0";
    post_redirects(town, link, early, ""); /* has not begun */
    post_redirects(town, link, "action=start", "?page=0");
    post_redirects(town, link, early, ""); /* ahead of its turn */
    post_redirects(town, link, "action=next&page=0", "?page=1");
    post_redirects(town, link, "action=next&page=1", "?page=2");
    for (int i = 0; i < 2; i++) {
        g_autoptr(ClientReply) saved = client_post(town->port, link, early);
        g_assert_cmpuint(saved->status, ==, 204);
        g_assert_cmpstr(saved->body, ==, "");
        g_assert_cmpint(saved_choices(town, 1), ==, 1);
    }
    get_expect(town, link, 200, "Fråga 1–2 av 4");
    get_expect(town, link, 200, " checked>");
    post_redirects(town, link, "action=next&page=2&q0=1", "?page=3");
    post_redirects(town, link, "action=next&page=3", "");
    post_redirects(town, link, early, "?unsaved=1");
    g_assert_cmpint(saved_choices(town, 1), ==, 2);
    g_assert_cmpint(town_number(town, "SELECT sum(chosen) AS n FROM tally_option"), ==, 1);
    g_autofree char *secret = town_link(town, "hinder", 3);
    post_redirects(town, secret, "action=start", "?page=0");
    g_autoptr(ClientReply) page = client_post(town->port, secret, "action=save&page=0&q0=1");
    g_assert_cmpuint(page->status, ==, 200);
    g_assert_cmpint(saved_choices(town, 1), ==, 2);
    g_assert_cmpint(town_number(town, "SELECT count(*) AS n FROM ballot"), ==, 0);
}

static void test_anonymous(void) {
    g_autoptr(Town) town = town_new();
    town_campaign(town, "hinder", obstacles);
    g_autofree char *link = town_link(town, "hinder", 2);
    static const char stored[] =
        "SELECT (SELECT count(*) FROM ballot) + (SELECT count(*) FROM ballot_text)"
        " + (SELECT count(*) FROM ballot_sealed) + (SELECT count(*) FROM answer) + (SELECT "
        "count(*) FROM response) AS n";
    get_expect(town, link, 200, "Du svarar anonymt");
    post_redirects(town, link, "action=start", "?page=0");
    get_expect(town, link, 200, "Du svarar anonymt"); /* opened again: from the beginning */
    g_autoptr(ClientReply) next = client_post(town->port, link, "action=next&page=0&q0=3&q1=0");
    g_assert_cmpuint(next->status, ==, 200);
    assert_has(next, "type=\"hidden\" name=\"q0\" value=\"3\"");
    assert_has(next, "<textarea id=\"t2\"");
    assert_has(next, "Skicka in");
    g_autoptr(ClientReply) back = client_post(
        town->port, link, "action=back&page=1&q0=3&q1=0&t2=Tiden+%3Cr%C3%A4cker%3E+inte");
    assert_has(back, "name=\"q0\" value=\"3\" checked");
    assert_has(back, "name=\"t2\" value=\"Tiden &lt;räcker&gt; inte\"");
    g_assert_cmpint(town_number(town, stored), ==, 0);
    static const char ballot[] = "action=next&page=1&q0=3&q1=0&t2=Tiden";
    post_redirects(town, link, ballot, "");
    g_assert_cmpint(town_number(town, stored), ==, 1); /* one, sealed: text and all */
    get_expect(town, link, 200, "Tack för dina svar!");
    post_redirects(town, link, ballot, "?unsaved=1"); /* a reload: not a second ballot */
    g_autofree char *told = g_strconcat(link, "?unsaved=1", NULL);
    get_expect(town, told, 200, "De räknas en gång");
    g_assert_cmpint(town_number(town, stored), ==, 1);
    g_assert_cmpint(town_number(town, "SELECT count(*) AS n FROM ballot_sealed"), ==, 1);
    g_assert_cmpint(town_number(town, "SELECT count(respondent_id) AS n FROM invitation"), ==, 0);
}

/* While others can answer the same questions, an anonymous measurement shows nothing of its key
 * (test_practice.c has what comes after). */
static void test_anonymous_result(void) {
    g_autoptr(Town) town = town_new();
    town_campaign(town, "quiz", quiz);
    g_autofree char *link = town_link(town, "quiz", 3);
    post_redirects(town, link, "action=start", "?page=0");
    post_redirects(town, link, "action=next&page=1", "");
    g_autoptr(ClientReply) done = client_get(town->port, link);
    assert_has(done, "Tack för dina svar!");
    assert_has(done, "när svarstiden är slut");
    assert_lacks(done, "Du svarade rätt");
}

/* Where the result is in the reply that casts the ballot: whoever pressed twice, or never got the
 * reply, sees it again, and nothing more is counted. */
static void test_anonymous_twice(void) {
    g_autoptr(Town) town = town_new();
    town_campaign(town, "hemlig", secret_training);
    g_autofree char *link = town_link(town, "hemlig", 3);
    post_redirects(town, link, "action=start", "?page=0");
    for (int i = 0; i < 2; i++) {
        g_autoptr(ClientReply) done = client_post(town->port, link, "action=next&page=1&q0=0");
        g_assert_cmpuint(done->status, ==, 200);
        assert_has(done, "Du svarade");
        assert_has(done, " av 2 frågor.");
        g_assert_cmpint(strstr(done->body, "De räknas en gång") != NULL, ==, i == 1);
    }
    g_assert_cmpint(town_number(town, "SELECT count(*) AS n FROM ballot_sealed"), ==, 1);
    post_redirects(town, link, "action=next&page=0", "?unsaved=1");
}

static void test_faults(void) {
    g_autoptr(Town) town = town_new();
    town_campaign(town, "hinder", obstacles);
    g_autofree char *link = town_link(town, "hinder", 4);
    g_autoptr(GString) text = g_string_new("action=next&page=1&q0=1&t2=");
    post_redirects(town, link, "action=start", "?page=0");
    for (int i = 0; i < 500; i++) {
        g_string_append(text, "%C3%A5");
    }
    g_autofree char *fits = g_strdup(text->str);
    g_string_append_c(text, 'x');
    g_autoptr(ClientReply) too_long = client_post(town->port, link, text->str);
    g_assert_cmpuint(too_long->status, ==, 422);
    assert_has(too_long, "<title>Fel: ");
    assert_has(too_long, "href=\"#f2\"");
    assert_has(too_long, "type=\"hidden\" name=\"q0\" value=\"1\"");
    g_autoptr(ClientReply) two = client_post(town->port, link, "action=next&page=0&q0=1&q0=2");
    g_assert_cmpuint(two->status, ==, 422);
    static const char *const bad[] = {
        "action=next&page=0&q0=4",  "action=next&page=0&q99=0", "action=next&page=0&q0=na",
        "action=next&page=0&t0=x",  "action=next&page=0&q2=0",  "action=next&page=0&q0=%00",
        "action=next&page=0&q0=-1", "action=sideways&page=0",   "page=0&q0=1",
    };
    for (guint i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_autoptr(ClientReply) reply = client_post(town->port, link, bad[i]);
        g_test_message("%s", bad[i]);
        g_assert_cmpuint(reply->status, ==, 400);
        assert_has(reply, "Svaren gick inte att läsa");
    }
    g_assert_cmpint(town_number(town, "SELECT count(*) AS n FROM ballot_sealed"), ==, 0);
    post_redirects(town, link, fits, "");
    g_assert_cmpint(town_number(town, "SELECT count(*) AS n FROM ballot_sealed"), ==, 1);
}

/* --- states ---------------------------------------------------------------------------------- */

static bool run_pause(DbTx *tx, gpointer data, GError **error) {
    const TownJob *job = data;
    return campaign_pause(tx, job->text, error);
}

static bool run_close(DbTx *tx, gpointer data, GError **error) {
    const TownJob *job = data;
    return campaign_close(tx, job->text, job->now_us, error);
}

static bool run_revoke(DbTx *tx, gpointer data, GError **error) {
    const TownJob *job = data;
    return invitation_revoke(tx, job->id, job->now_us, error);
}

static void expect_shut(const Town *town, const char *link, unsigned status, const char *heading,
                        const char *retry_after) {
    g_autoptr(ClientReply) get = client_get(town->port, link);
    g_autoptr(ClientReply) post = client_post(town->port, link, "action=start");
    g_autofree char *retry = client_header(get, "Retry-After");
    g_assert_cmpuint(get->status, ==, status);
    g_assert_cmpuint(post->status, ==, status);
    g_assert_cmpstr(retry, ==, retry_after);
    assert_has(get, heading);
    assert_has(post, heading);
    assert_has(get, "ciso@sjostad.example");
}

static void test_states(void) {
    g_autoptr(Town) town = town_new();
    town_campaign(town, "utb", training);
    g_autofree char *link = town_link(town, "utb", 5);
    g_autofree char *revoked = town_link(town, "utb", 6);
    TownJob revoke = {.id = town_invitation(town, "utb", 6)};
    town_do(town, run_revoke, &revoke);
    expect_shut(town, revoked, 410, "Din länk gäller inte längre", NULL);
    TownJob job = {.text = "utb"};
    town_do(town, run_pause, &job);
    expect_shut(town, link, 503, "Det är pausat just nu", "3600");
    /* What was sent is in the page, to be sent again: all of it, and as text. */
    g_autoptr(ClientReply) kept =
        client_post(town->port, link, "action=next&page=1&q0=3&t2=%22%3E%3Cb%3E");
    assert_has(kept, "name=\"action\" value=\"next\"");
    assert_has(kept, "name=\"q0\" value=\"3\"");
    assert_has(kept, "name=\"t2\" value=\"&quot;&gt;&lt;b&gt;\"");
    assert_has(kept, "Skicka igen");
    g_autoptr(ClientReply) asked = client_get(town->port, link);
    assert_lacks(asked, "Skicka igen");
    town_do(town, run_close, &job);
    expect_shut(town, link, 410, "Det går inte längre att svara", NULL);
    g_autoptr(ClientReply) late = client_post(town->port, link, "action=next&page=0");
    assert_has(late, "Det du skickade nu sparades inte.");
    g_autofree char *english = g_strconcat(link, "?lang=en", NULL);
    get_expect(town, english, 410, "It is no longer possible to answer");
    g_autofree char *own = town_link(town, "utb", 11); /* this person's mail is in English */
    get_expect(town, own, 410, "It is no longer possible to answer");
}

static void test_bad_links(void) {
    g_autoptr(Town) town = town_new();
    town_campaign(town, "utb", training);
    g_autofree char *good = town_link(town, "utb", 0);
    g_autofree char *unknown_token = token_make(town->keyring, TOKEN_SURVEY, 12345);
    g_autofree char *unknown = g_strconcat("/k/", unknown_token, NULL);
    g_autofree char *changed = g_strdup(good);
    g_autofree char *cut = g_strndup(good, strlen(good) - 1);
    g_autofree char *longer = g_strconcat(good, "A", NULL);
    g_autofree char *below = g_strconcat(good, "/", NULL);
    changed[10] = changed[10] == 'A' ? 'B' : 'A';
    const char *const bad[] = {unknown, changed, cut,      longer,
                               below,   "/k/",   "/k/%00", "/k/../verify"};
    for (guint i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_test_message("%s", bad[i]);
        get_expect(town, bad[i], 404, "Länken fungerar inte");
        g_autoptr(ClientReply) post = client_post(town->port, bad[i], "action=start");
        g_assert_cmpuint(post->status, ==, 404);
    }
}

/* The link of a preview or a test mail: a page that says so, in both languages, and nothing more.
 */
static void test_sample_link(void) {
    g_autoptr(Town) town = town_new();
    town_campaign(town, "utb", training);
    g_autofree char *token = token_make(town->keyring, TOKEN_SURVEY, 0);
    g_autofree char *link = g_strconcat("/k/", token, NULL);
    g_autofree char *english = g_strconcat(link, "?lang=en", NULL);
    get_expect(town, link, 200, "Det här är ett provbrev");
    get_expect(town, english, 200, "This is a test mail");
    g_autoptr(ClientReply) post = client_post(town->port, link, "action=start");
    g_assert_cmpuint(post->status, ==, 200);
    g_assert_nonnull(strstr(post->body, "provbrev"));
}

int main(int argc, char **argv) {
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/answer/training", test_training);
    g_test_add_func("/answer/promised-group", test_promised_group);
    g_test_add_func("/answer/back", test_back);
    g_test_add_func("/answer/two-windows", test_two_windows);
    g_test_add_func("/answer/save", test_save);
    g_test_add_func("/answer/anonymous", test_anonymous);
    g_test_add_func("/answer/anonymous-result", test_anonymous_result);
    g_test_add_func("/answer/anonymous-twice", test_anonymous_twice);
    g_test_add_func("/answer/faults", test_faults);
    g_test_add_func("/answer/states", test_states);
    g_test_add_func("/answer/bad-links", test_bad_links);
    g_test_add_func("/answer/sample-link", test_sample_link);
    return g_test_run();
}
