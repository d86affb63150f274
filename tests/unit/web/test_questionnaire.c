/* Proves what people meet of a questionnaire, over HTTP and without scripts: branches that open and
 * shut, required items, an order typed wrong, a picture, a page that ends it, and different items
 * for different people. */
#include "tests/unit/web/client.h"
#include "tests/unit/web/town.h"

#define CAMPAIGN(name, promise, questionnaire)                                                     \
    "{'name': '" name "', 'title': {'sv': 'Fråga', 'en': 'Ask'}, 'kind': 'knowledge', "           \
    "'promise': '" promise "', 'content': {'pack': 'allt', 'questionnaire': '" questionnaire       \
    "'}, " TOWN_SCHEDULE "}"

static Town *open_town(void) {
    Town *town = town_new();
    g_autofree char *dir =
        g_build_filename(g_getenv("VETKOLL_SOURCE_DIR"), "tests/content/allt", NULL);
    TownJob content = {.text = dir};
    town_do(town, town_content, &content);
    return town;
}

static void expect(const ClientReply *reply, unsigned status, const char *text) {
    if (reply->status != status || (text != NULL && strstr(reply->body, text) == NULL)) {
        g_test_message("%u, wanted %u \"%s\":\n%s\n%s", reply->status, status, text, reply->head,
                       reply->body);
    }
    g_assert_cmpuint(reply->status, ==, status);
    g_assert_true(text == NULL || strstr(reply->body, text) != NULL);
}

static void get(const Town *town, const char *target, const char *text) {
    g_autoptr(ClientReply) reply = client_get(town->port, target);
    expect(reply, 200, text);
}

/* Sends a page; a redirect leads to the page named by `suffix`, where `text` stands. */
static void send(const Town *town, const char *link, const char *form, const char *suffix,
                 const char *text) {
    g_autofree char *to = g_strconcat(link, suffix, NULL);
    g_autoptr(ClientReply) reply = client_post(town->port, link, form);
    expect(reply, 303, NULL);
    g_autofree char *location = client_header(reply, "Location");
    g_assert_cmpstr(location, ==, to);
    get(town, to, text);
}

static void refused(const Town *town, const char *link, const char *form, const char *text) {
    g_autoptr(ClientReply) reply = client_post(town->port, link, form);
    expect(reply, 422, text);
}

#define ITEMS(name, promise, items)                                                                \
    "{'name': '" name "', 'title': {'sv': 'Fråga', 'en': 'Ask'}, 'kind': 'knowledge', "           \
    "'promise': '" promise "', 'content': {'pack': 'starter', 'items': [" items                    \
    "]}, " TOWN_SCHEDULE "}"

/* Before anybody answers, each promise says who will read what they write, and when; where nothing
 * can be written it says nothing of it. */
static void test_who_reads(void) {
    static const struct {
        const char *name, *json;
        bool asks_text;
        const char *promise; /* NULL: says that only sums are shown */
    } cases[] = {
        {"a", ITEMS("a", "identified", "'k1-01', 'h-11'"), true, "Bara du själv ser"},
        {"b", ITEMS("b", "confidential", "'k1-01', 'h-11'"), true, NULL},
        {"c", ITEMS("c", "anonymous", "'k1-01', 'h-11'"), true, NULL},
        {"d", ITEMS("d", "identified", "'k1-01'"), false, "Bara du själv ser"},
        {"e", ITEMS("e", "anonymous", "'k1-01'"), false, NULL},
    };
    static const char *const readers[] = {
        "läses ord för ord av den som ansvarar för informationssäkerheten",
        "först när svarstiden är slut, och bara om minst 20 personer har svarat på samma fråga",
        ", utom det du skriver med egna ord (se nedan)", "Skriv inget som pekar ut dig själv"};
    g_autoptr(Town) town = open_town();
    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        town_campaign(town, cases[i].name, cases[i].json);
        g_autofree char *link = town_link(town, cases[i].name, 0);
        g_autoptr(ClientReply) page = client_get(town->port, link);
        expect(page, 200, cases[i].promise != NULL ? cases[i].promise : "bara sammanräknade");
        for (guint j = 0; j < G_N_ELEMENTS(readers); j++) {
            g_assert_true((strstr(page->body, readers[j]) != NULL) == cases[i].asks_text);
        }
        g_autofree char *english = g_strconcat(link, "?lang=en", NULL);
        g_autoptr(ClientReply) other = client_get(town->port, english);
        bool says = strstr(other->body, "is read word for word by the person responsible for "
                                        "information security") != NULL;
        g_assert_true(says == cases[i].asks_text);
    }
}

static void test_branches(void) {
    g_autoptr(Town) town = open_town();
    town_campaign(town, "namn", CAMPAIGN("namn", "confidential", "grenar"));
    g_autofree char *link = town_link(town, "namn", 0);
    get(town, link, "Frågor märkta ”måste besvaras” behöver ett svar");
    get(town, link, "högst 9 frågor");
    send(town, link, "action=start", "?page=0", "Tänk på de senaste 30 dagarna.");
    get(town, link, "Fråga 1 av 7");
    refused(town, link, "action=next&page=0", "Frågan måste besvaras.");
    refused(town, link, "action=next&page=0&lang=en", "This question must be answered.");
    send(town, link, "action=next&page=0&q0=0", "?page=1", "Fråga 2 av 8");
    get(town, link, "På annat sätt</span></label>\n</div>"); /* fixed last */
    send(town, link, "action=next&page=1&q1=2&q1=0", "?page=2", "maxlength=\"300\"");
    send(town, link, "action=next&page=2&t2=Snabbt", "?page=3", "Fråga 4–6 av 9");
    /* Going back passes by nothing; another answer shuts both off, and page 3 comes at once. */
    g_autoptr(ClientReply) back = client_post(town->port, link, "action=back&page=3");
    expect(back, 200, "Fråga 3 av 9");
    send(town, link, "action=next&page=0&q0=1", "?page=3", "Fråga 2–4 av 7");
    g_assert_cmpint(town_number(town, "SELECT count(*) AS n FROM answer"), ==, 1);
    refused(town, link, "action=next&page=3&q3=0&o4.0=1&o4.1=1&o4.2=3&w4=0.0",
            "Ge varje alternativ ett eget nummer från 1 till 3.");
    refused(town, link, "action=next&page=3&q3=0&o4.0=x&w4=0.0", "name=\"o4.0\" value=\"99\"");
    refused(town, link, "action=next&page=3&o4.0=3&o4.1=1&o4.2=2", "Frågan måste besvaras.");
    g_autoptr(ClientReply) odd = client_post(town->port, link, "action=next&page=3&o3.0=1");
    expect(odd, 400, NULL);
    send(town, link, "action=next&page=3&q3=0&o4.0=3&o4.1=1&o4.2=2", "?page=4", "Hur väl stämmer");
    send(town, link, "action=next&page=4&q6=3", "", "Tack");
    g_assert_cmpint(town_number(town, "SELECT sum(item_count * 10 + correct_count) AS n FROM"
                                      " v_score"),
                    ==, 2 * 10 + 2);
    g_assert_cmpint(town_number(town, "SELECT sum(asked) AS n FROM v_tally_item"), ==, 7);
}

static void test_picture(void) {
    g_autoptr(Town) town = open_town();
    town_campaign(town, "namn", CAMPAIGN("namn", "confidential", "roller"));
    g_autofree char *link = town_link(town, "namn", 0);
    get(town, link, "högst 2 frågor"); /* of three: one is for those who are managers */
    send(town, link, "action=start", "?page=0", "Ett mejl där chefen ber dig köpa");
    g_autoptr(ClientReply) page = client_get(town->port, link);
    const char *source = strstr(page->body, "/picture/");
    g_autofree char *target = g_strndup(source, strcspn(source, "\""));
    g_autoptr(ClientReply) picture = client_get(town->port, target);
    g_assert_cmpuint(picture->status, ==, 200);
    g_autofree char *type = client_header(picture, "Content-Type");
    g_assert_cmpstr(type, ==, "image/png");
    static const char *const others[] = {"/picture/", "/picture/../town.db", "/picture/0.png",
                                         "/picture/%00.png"};
    for (guint i = 0; i < G_N_ELEMENTS(others); i++) {
        g_autoptr(ClientReply) reply = client_get(town->port, others[i]);
        g_assert_cmpuint(reply->status, >=, 400);
        g_assert_cmpuint(reply->status, <, 500);
    }
}

/* Which of the form's three scales the person is asked: its field. */
static int scale_of(const Town *town, const char *campaign, int person) {
    g_autofree char *link = town_link(town, campaign, person);
    g_autoptr(ClientReply) start = client_post(town->port, link, "action=start");
    g_assert_cmpuint(start->status, ==, 303);
    g_autoptr(ClientReply) page = client_get(town->port, link);
    const char *scale = strstr(page->body, "class=\"item scale\" id=\"f");
    g_assert_nonnull(scale);
    return (int)g_ascii_strtoull(scale + strlen("class=\"item scale\" id=\"f"), NULL, 10);
}

/* What a person met in one round is not drawn for them in the next. */
static void test_follow_up(void) {
    g_autoptr(Town) town = open_town();
    town_campaign(town, "ett", CAMPAIGN("ett", "confidential", "roller"));
    town_campaign(town, "igen", CAMPAIGN("igen", "identified", "roller"));
    for (int person = 0; person < TOWN_PEOPLE; person++) {
        int first = scale_of(town, "ett", person);
        g_assert_cmpint(scale_of(town, "igen", person), !=, first);
        g_assert_cmpint(scale_of(town, "ett", person), ==, first);
    }
    g_assert_cmpint(town_number(town, "SELECT count(*) AS n FROM v_campaign WHERE method_text LIKE"
                                      " '%slumpmässigt urval av en del av frågorna%'"),
                    ==, 2);
}

/* Nobody is asked more than one of the three scales, and all three are asked alike. */
static void test_draws(void) {
    g_autoptr(Town) town = open_town();
    town_campaign(town, "namn", CAMPAIGN("namn", "identified", "roller"));
    for (int person = 0; person < TOWN_PEOPLE; person++) {
        g_autofree char *link = town_link(town, "namn", person);
        for (int twice = 0; twice < 2; twice++) { /* the second press changes nothing */
            g_autoptr(ClientReply) start = client_post(town->port, link, "lang=sv&action=start");
            g_assert_cmpuint(start->status, ==, 303);
        }
        g_autofree char *swedish = g_strconcat(link, "?lang=sv", NULL);
        g_autoptr(ClientReply) page = client_get(town->port, swedish);
        expect(page, 200, "Fråga 1–2 av 2");
        guint scales = 0;
        for (const char *at = page->body; (at = strstr(at, "class=\"item scale\"")); at++) {
            scales++;
        }
        g_assert_cmpuint(scales, ==, 1);
        g_autoptr(ClientReply) done = client_post(town->port, link, "lang=sv&action=next&page=0");
        g_assert_cmpuint(done->status, ==, 303);
    }
    /* Two departments of six: each item twice in each. */
    g_assert_cmpint(town_number(town, "SELECT count(*) AS n FROM v_tally_item t JOIN v_item i ON"
                                      " i.id = t.item_id WHERE i.kind = 'scale' AND t.asked = 2"),
                    ==, 6);
}

/* An anonymous person's answers travel along: what a later change shuts off is not on the ballot.
 */
static void test_anonymous(void) {
    g_autoptr(Town) town = open_town();
    town_campaign(town, "utan", CAMPAIGN("utan", "anonymous", "anonym"));
    g_autofree char *link = town_link(town, "utan", 0);
    g_autoptr(ClientReply) start = client_post(town->port, link, "action=start");
    g_assert_cmpuint(start->status, ==, 303);
    refused(town, link, "action=next&page=0", "Frågan måste besvaras.");
    g_autoptr(ClientReply) opened = client_post(town->port, link, "action=next&page=0&q0=0");
    expect(opened, 200, "Hur skickade du?");
    g_assert_nonnull(strstr(opened->body, "type=\"hidden\" name=\"q0\" value=\"0\""));
    /* The page after hangs on this one's answer, which does not open it: an empty one ends it. */
    g_autoptr(ClientReply) empty = client_post(town->port, link, "action=next&page=1&q0=0&q1=0");
    expect(empty, 200, "Inga fler frågor");
    g_autoptr(ClientReply) last = client_post(town->port, link, "action=next&page=1&q0=0&q1=2");
    expect(last, 200, "Jag låser skärmen");
    /* Sent with an answer to the first that shuts the rest off, by hand or by way of back. */
    g_autoptr(ClientReply) cast =
        client_post(town->port, link, "action=next&page=2&q0=1&q1=2&q2=3");
    g_assert_cmpuint(cast->status, ==, 303);
    g_assert_cmpint(town_number(town, "SELECT count(*) AS n FROM response"), ==, 0);
}

int main(int argc, char **argv) {
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/questionnaire/who-reads", test_who_reads);
    g_test_add_func("/questionnaire/branches", test_branches);
    g_test_add_func("/questionnaire/picture", test_picture);
    g_test_add_func("/questionnaire/draws", test_draws);
    g_test_add_func("/questionnaire/follow-up", test_follow_up);
    g_test_add_func("/questionnaire/anonymous", test_anonymous);
    return g_test_run();
}
