/* Replies in pieces: whatever the pieces, the same is said of them; what is no SMTP is found at the
 * first byte that shows it, and a reply in part is never a whole one. */
#include "mailer/reply_watch.h"

#include <string.h>

typedef struct {
    const char *bytes;
    bool sound;
    bool whole;
    bool more; /* than one reply */
    int code;
} Case;

static const Case cases[] = {
    {"250 ok\r\n", true, true, false, 250},
    {"250\r\n", true, true, false, 250},
    {"250-a\r\n250 b\r\n", true, true, false, 250},
    {"250-a\r\n", true, false, false, 250},
    {"250 o", true, false, false, 250},
    {"25", true, false, false, 25},
    {"220 go\r\n2", true, false, true, 2},
    {"220-a\r\n220 b\r\n250 c\r\n", true, true, true, 250},
    {"250-a\r\n550 b\r\n", false, false, false, 550},
    {"000 a\r\n", false, false, false, 0},
    {"999 a\r\n", false, false, false, 999},
    {"hello\r\n", false, false, false, -1},
    {"25\r\n", false, false, false, -1},
    {"2500 a\r\n", false, false, false, 250},
};

static void test_cases(void) {
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        const Case *expected = &cases[i];
        size_t size = strlen(expected->bytes);
        for (size_t cut = 0; cut <= size; cut++) {
            ReplyWatch watch = {0};
            bool first = reply_watch_add(&watch, expected->bytes, cut) == NULL;
            bool rest = reply_watch_add(&watch, expected->bytes + cut, size - cut) == NULL;
            g_test_message("%s cut at %u", expected->bytes, (guint)cut);
            g_assert_cmpint(first && rest, ==, expected->sound);
            g_assert_cmpint(reply_watch_is_whole(&watch), ==, expected->whole);
            g_assert_cmpint(expected->sound && reply_watch_has_more(&watch), ==, expected->more);
            if (expected->code >= 0) {
                g_assert_cmpint(watch.code, ==, expected->code);
            }
        }
    }
}

static void test_endless(void) {
    ReplyWatch line = {0};
    ReplyWatch lines = {0};
    g_assert_null(reply_watch_add(&line, "250 ", 4));
    for (guint i = 4; i < REPLY_WATCH_LINE_MAX; i++) {
        g_assert_null(reply_watch_add(&line, "x", 1));
    }
    g_assert_nonnull(reply_watch_add(&line, "x", 1));
    for (guint i = 0; i < REPLY_WATCH_BYTES_MAX / 8; i++) {
        g_assert_null(reply_watch_add(&lines, "250-ab\r\n", 8));
    }
    g_assert_nonnull(reply_watch_add(&lines, "250-ab\r\n", 8));
}

static void test_hidden(void) {
    static const char *const hidden[REPLY_HIDDEN_MAX] = {"CHUNKING", "NTLM"};
    guint matched[REPLY_HIDDEN_MAX] = {0};
    char first[] = "250-SIZE\r\n250-chun";
    char rest[] = "king\r\n250 AUTH NTLM PLAIN\r\n";
    reply_hide_words(first, strlen(first), hidden, matched);
    reply_hide_words(rest, strlen(rest), hidden, matched);
    g_assert_cmpstr(first, ==, "250-SIZE\r\n250-chun");
    g_assert_cmpstr(rest, ==, "kinX\r\n250 AUTH NTLX PLAIN\r\n");
}

int main(int argc, char **argv) {
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/reply-watch/cases", test_cases);
    g_test_add_func("/reply-watch/endless", test_endless);
    g_test_add_func("/reply-watch/hidden", test_hidden);
    return g_test_run();
}
