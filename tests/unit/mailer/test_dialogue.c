/* Replies as servers send them, in pieces of every size, and what is no reply: without an end, of
 * two minds, or not SMTP at all. */
#include "mailer/dialogue.h"

#include "base/lang.h"

#include <string.h>

typedef struct {
    const char *text;
    size_t left;
    size_t piece; /* bytes at a time */
    bool endless;
} Source;

static gssize source_read(gpointer data, char *bytes, size_t size, int64_t deadline_us) {
    Source *source = data;
    size_t count = MIN(MIN(source->piece, size), source->left);
    (void)deadline_us;
    memcpy(bytes, source->text + strlen(source->text) - source->left, count);
    source->left -= source->endless && count == source->left ? 0 : count;
    return (gssize)count;
}

/* Takes three bytes at a time. */
static gssize sink_write(gpointer data, const char *bytes, size_t size, int64_t deadline_us) {
    GString *sink = data;
    size_t count = MIN(size, 3);
    (void)deadline_us;
    g_string_append_len(sink, bytes, (gssize)count);
    return sink->len > 12 ? -1 : (gssize)count;
}

static const struct {
    const char *text;
    int code; /* 0: not a reply */
    const char *enhanced;
    const char *words;
    const char *rest; /* left for the next */
} cases[] = {
    {"250 2.0.0 Ok: queued as 4F\r\n", 250, "2.0.0", "Ok: queued as 4F", ""},
    {"250\r\n", 250, "", "", ""},
    {"250 \r\n", 250, "", "", ""},
    {"250 ok\n", 250, "", "ok", ""},
    {"550-5.1.1 no such\r\n550 5.1.1 person\r\n", 550, "5.1.1", "no such person", ""},
    {"550-line\r\n550-5.7.1 two\r\n550 three\r\n250 next\r\n", 550, "5.7.1", "line two three",
     "250 next\r\n"},
    {"451 4.7.1234 x\r\n", 451, "", "4.7.1234 x", ""},
    {"250 9.0.0 x\r\n", 250, "", "9.0.0 x", ""},
    {"250 2.1 x\r\n", 250, "", "2.1 x", ""},
    {"354 go \001\002on\r\n", 354, "", "go on", ""},
    {"550 sl\xf6jd\r\n", 550, "", "sl\xef\xbf\xbdjd", ""},
    {"250-a\r\n550 b\r\n", 0, "", "", ""},
    {"250-a\r\nb\r\n", 0, "", "", ""},
    {"25\r\n", 0, "", "", ""},
    {"\r\n", 0, "", "", ""},
    {"HTTP/1.1 400 Bad\r\n", 0, "", "", ""},
    {"150 early\r\n", 0, "", "", ""},
    {"999 late\r\n", 0, "", "", ""},
    {"2500 long\r\n", 0, "", "", ""},
    {"250 without an end", 0, "", "", ""},
    {"", 0, "", "", ""},
};

static void test_replies(void) {
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        for (size_t piece = 1; piece < 40; piece += 3) {
            Source source = {cases[i].text, strlen(cases[i].text), piece, false};
            const DialogueStream stream = {&source, source_read, NULL};
            g_auto(Dialogue) dialogue = {0};
            dialogue_init(&dialogue, &stream);
            Reply reply;
            const char *why = NULL;
            bool heard = dialogue_hear(&dialogue, 1000, &reply, &why);
            g_assert_cmpint(heard ? reply.code : 0, ==, cases[i].code);
            if (heard) {
                Delivery delivery = reply_delivery(&reply);
                g_assert_cmpstr(delivery.enhanced, ==, cases[i].enhanced);
                g_assert_cmpstr(delivery.text, ==, cases[i].words);
                g_autofree char *rest = g_strconcat(
                    dialogue.pending->str, source.text + strlen(source.text) - source.left, NULL);
                g_assert_cmpstr(rest, ==, cases[i].rest);
                g_assert_cmpint(dialogue_has_more(&dialogue), ==, dialogue.pending->len > 0);
            } else {
                g_assert_nonnull(why);
            }
        }
    }
}

static void test_endless(void) {
    static const char *const texts[] = {"250-again\r\n", "250 no line end ever "};
    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++) {
        Source source = {texts[i], strlen(texts[i]), 4096, true};
        const DialogueStream stream = {&source, source_read, NULL};
        g_auto(Dialogue) dialogue = {0};
        dialogue_init(&dialogue, &stream);
        Reply reply;
        const char *why = NULL;
        g_assert_false(dialogue_hear(&dialogue, 10000, &reply, &why));
        g_assert_cmpstr(why, ==, "the relay's reply has no end");
    }
}

static void test_say(void) {
    g_autoptr(GString) sink = g_string_new(NULL);
    const DialogueStream stream = {sink, NULL, sink_write};
    g_auto(Dialogue) dialogue = {0};
    dialogue_init(&dialogue, &stream);
    size_t written = 0;
    g_assert_true(dialogue_say(&dialogue, "RSET\r\n", 6, 1000, &written));
    g_assert_cmpuint(written, ==, 6);
    g_assert_cmpstr(sink->str, ==, "RSET\r\n");
    g_assert_false(dialogue_say(&dialogue, "0123456789", 10, 1000, &written));
    g_assert_cmpuint(written, ==, 6);
}

static void test_offer(void) {
    static const char *const lines[] = {"250-mx.example\r\n",
                                        "250-PIPELINING\r\n",
                                        "250-SIZE 35882577\r\n",
                                        "250-AUTH LOGIN PLAIN\r",
                                        "250-AUTH=LOGIN XOAUTH2\r\n",
                                        "250-SMTPUTF8X\r\n",
                                        "250-starttls\r\n",
                                        "250-8BITMIME\r\n",
                                        "250-\r\n",
                                        "250",
                                        "250 DSN"};
    RelayOffer offer = {0};
    for (size_t i = 0; i < G_N_ELEMENTS(lines); i++) {
        relay_offer_add(&offer, lines[i]);
    }
    g_assert_true(offer.pipelining && offer.starttls && offer.eightbitmime && offer.dsn);
    g_assert_false(offer.smtputf8);
    g_assert_true(offer.size);
    g_assert_cmpuint(offer.size_max, ==, 35882577);
    g_assert_cmpstr(offer.login, ==, "LOGIN PLAIN LOGIN XOAUTH2");
}

int main(int argc, char **argv) {
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/dialogue/replies", test_replies);
    g_test_add_func("/dialogue/endless", test_endless);
    g_test_add_func("/dialogue/say", test_say);
    g_test_add_func("/dialogue/offer", test_offer);
    return g_test_run();
}
