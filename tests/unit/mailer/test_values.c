/* The mailer's small pure parts, by tables: addresses, relay lines, replies, delays,
 * quoted-printable. */
#include "base/error.h"
#include "mailer/address.h"
#include "mailer/delivery.h"
#include "mailer/pacing.h"
#include "mailer/quoted.h"
#include "mailer/relay_url.h"

#include <string.h>

typedef struct {
    const char *address;
    const char *made; /* NULL: refused */
    bool needs_utf8;
} AddressCase;

static void test_address(void) {
    static const AddressCase cases[] = {
        {"asa@ekbacka.example", "asa@ekbacka.example", false},
        {"O'Brien+test@x.example", "O'Brien+test@x.example", false},
        {"info@räksmörgås.example", "info@xn--rksmrgs-5wao1o.example", false},
        {"åsa@räksmörgås.example", "åsa@xn--rksmrgs-5wao1o.example", true},
        {"root@localhost", "root@localhost", false},
        {"", NULL, false},
        {"asa", NULL, false},
        {"@x.example", NULL, false},
        {"a@", NULL, false},
        {".a@x.example", NULL, false},
        {"a.@x.example", NULL, false},
        {"a b@x.example", NULL, false},
        {"a@x.example ", NULL, false},
        {"a@x.example\n", NULL, false},
        {"a@x.example>\r\nRCPT TO:<b@x.example", NULL, false},
        {"\"a b\"@x.example", NULL, false},
        {"a@b@x.example", NULL, false},
        {"a@x-.example", NULL, false},
        {"a@.example", NULL, false},
        {"a\xff@x.example", NULL, false},
        {"a\xc2\x85@x.example", NULL, false},
        {"0123456789012345678901234567890123456789012345678901234567890123@x.example",
         "0123456789012345678901234567890123456789012345678901234567890123@x.example", false},
        {"01234567890123456789012345678901234567890123456789012345678901234@x.example", NULL,
         false},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GError) error = NULL;
        bool needs_utf8 = false;
        g_autofree char *made = address_for_smtp(cases[i].address, &needs_utf8, &error);
        g_assert_cmpstr(made, ==, cases[i].made);
        if (made == NULL) {
            g_assert_error(error, VK_ERROR, VK_ERROR_INPUT);
        } else {
            g_assert_cmpint(needs_utf8, ==, cases[i].needs_utf8);
        }
    }
}

typedef struct {
    const char *text;
    bool good;
    RelayKind kind;
    const char *place; /* host or folder */
    guint port;
} RelayCase;

static void test_relay_url(void) {
    static const RelayCase cases[] = {
        {"smtp://mx.example", true, RELAY_SMTP, "mx.example", 587},
        {"smtp://mx.example/", true, RELAY_SMTP, "mx.example", 587},
        {"smtp://127.0.0.1:2525", true, RELAY_SMTP, "127.0.0.1", 2525},
        {"smtp://räk.example:25", true, RELAY_SMTP, "xn--rk-via.example", 25},
        {"smtps://mx.example", true, RELAY_SMTPS, "mx.example", 465},
        {"maildir:/var/mail/x", true, RELAY_MAILDIR, "/var/mail/x", 0},
        {.text = ""},
        {.text = "maildir:"},
        {.text = "smtp://"},
        {.text = "smtp://user:secret@mx.example"},
        {.text = "smtp://mx.example:port"},
        {.text = "smtp://mx.example:99999"},
        {.text = "smtp://mx.example/path"},
        {.text = "smtp://[::1]:25"},
        {.text = "mx.example"},
        {.text = "http://mx.example"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GError) error = NULL;
        g_auto(RelayUrl) url = {0};
        g_test_message("%s", cases[i].text);
        g_assert_cmpint(relay_url_parse(cases[i].text, &url, &error), ==, cases[i].good);
        if (!cases[i].good) {
            g_assert_error(error, VK_ERROR, VK_ERROR_INPUT);
            continue;
        }
        g_assert_cmpint(url.kind, ==, cases[i].kind);
        g_assert_cmpstr(url.kind == RELAY_MAILDIR ? url.folder : url.host, ==, cases[i].place);
        g_assert_cmpuint(url.port, ==, cases[i].port);
    }
}

static void test_delivery(void) {
    Delivery sent = delivery_from_reply(250, 2, 0, 0, "queued as 4F\r\n");
    g_assert_cmpint(sent.outcome, ==, DELIVERY_SENT);
    g_assert_cmpstr(sent.enhanced, ==, "2.0.0");
    g_assert_cmpstr(sent.text, ==, "queued as 4F");
    g_assert_cmpint(delivery_from_reply(550, 5, 1, 1, "no").outcome, ==, DELIVERY_PERMANENT);
    g_assert_cmpint(delivery_from_reply(451, 0, 0, 0, "later").outcome, ==, DELIVERY_TRANSIENT);
    g_assert_cmpint(delivery_from_reply(354, 0, 0, 0, "?").outcome, ==, DELIVERY_TRANSIENT);
    g_assert_cmpint(delivery_from_reply(0, 0, 0, 0, NULL).outcome, ==, DELIVERY_TRANSIENT);
    g_assert_cmpstr(delivery_from_reply(451, 0, 0, 0, "later").enhanced, ==, "");
    g_assert_cmpstr(delivery_from_reply(550, 5, 123456789, 987654321, "").enhanced, ==,
                    "5.999.999");
    g_autofree char *endless = g_strnfill(5000, 'x');
    g_assert_cmpuint(strlen(delivery_make(DELIVERY_TRANSIENT, endless).text), ==,
                     DELIVERY_TEXT_MAX - 1);
    Delivery hostile = delivery_make(DELIVERY_TRANSIENT, "a\r\n\x1b[31mb\xff\xe2\x80\xa8 c\t");
    g_assert_true(g_utf8_validate(hostile.text, -1, NULL));
    g_assert_null(strpbrk(hostile.text, "\r\n\t\x1b"));
}

static void test_delays(void) {
    static const struct {
        guint attempts;
        int64_t middle_us;
    } cases[] = {{1, 5 * CLOCK_MINUTE_US},  {2, 10 * CLOCK_MINUTE_US},
                 {3, 20 * CLOCK_MINUTE_US}, {6, 160 * CLOCK_MINUTE_US},
                 {7, 4 * CLOCK_HOUR_US},    {1000000, 4 * CLOCK_HOUR_US}};
    static const uint32_t randoms[] = {0, 1, 500, 1000, UINT32_MAX};
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        for (size_t r = 0; r < G_N_ELEMENTS(randoms); r++) {
            int64_t delay_us = pacing_retry_us(cases[i].attempts, randoms[r]);
            g_assert_cmpint(delay_us, >=, cases[i].middle_us / 5 * 4);
            g_assert_cmpint(delay_us, <=, cases[i].middle_us / 5 * 6);
        }
    }
    g_assert_cmpint(pacing_retry_us(1, 0), <, pacing_retry_us(1, 1000));
    g_assert_cmpint(pacing_reconnect_us(1, 500), ==, CLOCK_SECOND_US);
    g_assert_cmpint(pacing_reconnect_us(50, 1000), <=, 6 * CLOCK_MINUTE_US);
}

typedef struct {
    const char *text;
    const char *encoded;
} QuotedCase;

static void test_quoted(void) {
    static const QuotedCase cases[] = {
        {"", ""},
        {"x", "x\r\n"},
        {"x\ny\r\n", "x\r\ny\r\n"},
        {"\n\n", "\r\n\r\n"},
        {"a=b", "a=3Db\r\n"},
        {"å", "=C3=A5\r\n"},
        {"end \nend\t\n", "end=20\r\nend=09\r\n"},
        {"end ", "end=20\r\n"},
        {".\n.x\na.b\n", "=2E\r\n=2Ex\r\na.b\r\n"},
        {"From x\nFred\n", "=46rom x\r\nFred\r\n"},
        {"a\rb", "a=0Db\r\n"},
        {"end \r\n", "end=20\r\n"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GString) out = g_string_new("-");
        quoted_printable_append(out, cases[i].text, strlen(cases[i].text));
        g_assert_cmpstr(out->str + 1, ==, cases[i].encoded);
    }
}

/* The longest that any text can become, and every length around a line's. */
static void test_quoted_lines(void) {
    static const char *const units[] = {"x", "å", ".", " ", "李"};
    for (size_t unit = 0; unit < G_N_ELEMENTS(units); unit++) {
        for (guint count = 0; count < 400; count++) {
            g_autoptr(GString) text = g_string_new(NULL);
            for (guint i = 0; i < count; i++) {
                g_string_append(text, units[unit]);
            }
            g_autoptr(GString) out = g_string_new(NULL);
            quoted_printable_append(out, text->str, text->len);
            const char *line = out->str;
            for (const char *end; (end = strstr(line, "\r\n")) != NULL; line = end + 2) {
                g_assert_cmpint(end - line, <=, 76);
                g_assert_true(end == line || (end[-1] != ' ' && end[-1] != '\t'));
            }
            g_assert_cmpstr(line, ==, "");
        }
    }
}

int main(int argc, char **argv) {
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/values/address", test_address);
    g_test_add_func("/values/relay-url", test_relay_url);
    g_test_add_func("/values/delivery", test_delivery);
    g_test_add_func("/values/delays", test_delays);
    g_test_add_func("/values/quoted", test_quoted);
    g_test_add_func("/values/quoted-lines", test_quoted_lines);
    return g_test_run();
}
