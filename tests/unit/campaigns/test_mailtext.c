/* The two parts of a mail say the same, word for word and in the same order: for every kind of
 * campaign, promise, language, mail, and what may or may not be there. So whoever reads plain text,
 * or has it read aloud, is told no less.
 *
 * The HTML's words are what a reader sees: text between the tags, without what is hidden. */
#include "campaigns/mailtext.h"

#include "base/clock.h"
#include "mailer/letter.h"

#include <string.h>

static const uint8_t key[KEYRING_KEY_BYTES] = {7};

/* `html` without everything from `from` to the `to` after it. */
static char *cut(const char *html, const char *from, const char *to) {
    g_autoptr(GString) rest = g_string_new(NULL);
    const char *at = html;
    for (const char *start; (start = strstr(at, from)) != NULL;) {
        const char *end = strstr(start, to);
        g_assert_nonnull(end);
        g_string_append_len(rest, at, start - at);
        g_string_append_c(rest, ' ');
        at = end + strlen(to);
    }
    g_string_append(rest, at);
    return g_string_free(g_steal_pointer(&rest), FALSE);
}

static char *visible(const char *html) {
    g_autofree char *body = cut(html, "<head>", "</head>");
    g_autofree char *shown = cut(body, "<div style=\"display:none", "</div>");
    g_autofree char *quiet = cut(shown, "<!--", "-->");
    g_autofree char *text = cut(quiet, "<", ">");
    g_autoptr(GString) words = g_string_new(text);
    g_string_replace(words, "&lt;", "<", 0);
    g_string_replace(words, "&gt;", ">", 0);
    g_string_replace(words, "&quot;", "\"", 0);
    g_string_replace(words, "&#39;", "'", 0);
    g_string_replace(words, "&amp;", "&", 0);
    return g_string_free(g_steal_pointer(&words), FALSE);
}

/* Words in lower case, without the signs that each part sets in its own way, joined by blanks. */
static char *words_of(const char *text) {
    g_autoptr(GString) words = g_string_new(NULL);
    g_auto(GStrv) parts = g_strsplit_set(text, " \t\r\n", -1);
    for (guint i = 0; parts[i] != NULL; i++) {
        g_autofree char *word = g_utf8_strdown(parts[i], -1);
        while (*word != '\0' && strchr(".,:!?", word[strlen(word) - 1]) != NULL) {
            word[strlen(word) - 1] = '\0';
        }
        if (*word != '\0') {
            g_string_append_printf(words, "%s ", word);
        }
    }
    return g_string_free(g_steal_pointer(&words), FALSE);
}

static guint count(const char *text, const char *part) {
    guint found = 0;
    for (const char *at = text; (at = strstr(at, part)) != NULL; at += strlen(part)) {
        found++;
    }
    return found;
}

typedef struct {
    CampaignKind kind;
    Promise promise;
    bool reminder;
    bool contact;
    bool greeting;
    bool logo;
} Case;

static void check(const Catalog *catalog, const Keyring *keyring, const Case *c) {
    static const guchar gif[] = {'G', 'I', 'F', '8', '9', 'a', 40, 0, 20, 0, 0, 0, 0};
    g_autoptr(Logo) logo = c->logo ? logo_parse("logo.gif", gif, sizeof gif, NULL) : NULL;
    char title_sv[] = "Öva på <riktigt> & \"säkert\"";
    char title_en[] = "Practise";
    char phrase[] = "lugn tall";
    char list[] = "prov";
    char invitation[] = "mail/invitation";
    char reminder[] = "mail/reminder";
    Campaign campaign = {.title = {title_sv, title_en},
                         .kind = c->kind,
                         .promise = c->promise,
                         .control_phrase = phrase};
    Definition definition = {.minutes = 8};
    MailSource source = {.organisation = {"Ekbacka & Söner", "Ekbacka & Sons"},
                         .contact = c->contact ? "säkerhet@ekbacka.example" : "",
                         .base_url = "https://vetkoll.example"};
    SenderSettings settings = {.from_address = "vetkoll@ekbacka.example",
                               .from_name = "Ekbacka",
                               .reply_to = "",
                               .base_url = source.base_url,
                               .logo = logo};
    MailingText text = {.template_name = c->reminder ? reminder : invitation, .list_id = list};
    for (int lang = 0; lang < LANG_OWN_COUNT; lang++) {
        text.values[lang] = mailtext_values(&campaign, &definition, &source, (Lang)lang,
                                            INT64_C(1795500000) * CLOCK_SECOND_US, c->reminder);
    }
    g_autoptr(Letter) letter = letter_new(&text, &settings, catalog, keyring);
    for (int lang = 0; lang < LANG_OWN_COUNT; lang++) {
        LetterTo to = {.link_id = 9,
                       .locale = (Lang)lang,
                       .to_address = "asa@ekbacka.example",
                       .to_name = "Åsa Öberg",
                       .greeting_name = c->greeting ? "Åsa <b>" : "",
                       .message_id = "x@ekbacka.example",
                       .subject_mark = ""};
        g_autoptr(GError) error = NULL;
        LetterWords words;
        letter_render(letter, &to, &words, &error);
        g_assert_no_error(error);
        g_autofree char *shown = visible(words.html);
        g_autofree char *html = words_of(shown);
        g_autofree char *plain = words_of(words.text);
        g_assert_cmpstr(html, ==, plain);
        /* Nothing is fetched from anywhere: the only picture is the logo, and it is carried along.
         */
        g_assert_cmpuint(count(words.html, "<img "), ==, c->logo ? 1 : 0);
        g_assert_cmpuint(count(words.html, "src=\"cid:"), ==, count(words.html, "src="));
        g_assert_null(strstr(words.html, "url("));
        g_assert_null(strstr(words.html, "<link"));
        g_assert_null(strstr(words.html, "<script"));
        /* The button's link, and the same as text. */
        g_assert_cmpuint(count(words.html, "https://vetkoll.example/k/"), ==, 3);
        g_assert_cmpuint(count(words.text, "https://vetkoll.example/k/"), ==, 1);
        g_assert_cmpuint(count(words.html, "{{"), ==, 0);
    }
    g_free(text.values[LANG_SV]);
    g_free(text.values[LANG_EN]);
}

static void test_parts_agree(void) {
    g_autoptr(GError) error = NULL;
    g_autoptr(Catalog) catalog = catalog_open(NULL, &error);
    g_assert_no_error(error);
    g_autoptr(Keyring) keyring = keyring_new(key);
    for (int kind = CAMPAIGN_TRAINING; kind <= CAMPAIGN_OBSTACLES; kind++) {
        for (int promise = PROMISE_IDENTIFIED; promise <= PROMISE_ANONYMOUS; promise++) {
            for (guint more = 0; more < 16; more++) {
                Case c = {.kind = (CampaignKind)kind,
                          .promise = (Promise)promise,
                          .reminder = (more & 1) != 0,
                          .contact = (more & 2) != 0,
                          .greeting = (more & 4) != 0,
                          .logo = (more & 8) != 0};
                check(catalog, keyring, &c);
            }
        }
    }
}

int main(int argc, char **argv) {
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/mailtext/parts-agree", test_parts_agree);
    return g_test_run();
}
