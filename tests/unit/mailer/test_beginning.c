/* What is foretold is what the library writes, and nothing is foretold that it has not shown. */
#include "mailer/beginning.h"

#include <string.h>

static const Envelope first = {"studs@a.example", "a@b.example", "0123abcd"};
static const Envelope next = {"studs@a.example", "c@d.example", "4567ef"};

static void learn(Beginning *beginning, const char *const written[]) {
    for (guint i = 0; written[i] != NULL; i++) {
        beginning_learn(beginning, &first, written[i], strlen(written[i]));
    }
}

static const struct {
    const char *name;
    const char *written[5];
    const char *foretold; /* NULL: nothing */
} cases[] = {
    {"plain",
     {"EHLO x\r\n", "MAIL FROM:<studs@a.example>\r\n", "RCPT TO:<a@b.example>\r\nDATA\r\n"},
     "MAIL FROM:<studs@a.example>\r\nRCPT TO:<c@d.example>\r\nDATA\r\n"},
    {"dsn",
     {"MAIL FROM:<studs@a.example> RET=HDRS ENVID=0123abcd\r\n",
      "RCPT TO:<a@b.example> NOTIFY=FAILURE\r\nDATA\r\n"},
     "MAIL FROM:<studs@a.example> RET=HDRS ENVID=4567ef\r\n"
     "RCPT TO:<c@d.example> NOTIFY=FAILURE\r\nDATA\r\n"},
    {"one-by-one",
     {"MAIL FROM:<studs@a.example>\r\n", "RCPT TO:<a@b.example>\r\n", "DATA\r\n"},
     NULL},
    {"size",
     {"MAIL FROM:<studs@a.example> SIZE=100\r\n", "RCPT TO:<a@b.example>\r\nDATA\r\n"},
     NULL},
    {"half-dsn",
     {"MAIL FROM:<studs@a.example> RET=HDRS ENVID=0123abcd\r\n",
      "RCPT TO:<a@b.example>\r\nDATA\r\n"},
     NULL},
    {"only-mail", {"MAIL FROM:<studs@a.example> RET=FULL\r\n"}, NULL},
    {"nothing", {"EHLO x\r\n"}, NULL},
};

static void test_case(gconstpointer data) {
    guint index = GPOINTER_TO_UINT(data);
    Beginning beginning = {0};
    learn(&beginning, cases[index].written);
    g_autofree char *foretold = beginning_foretell(&beginning, &next);
    g_assert_cmpstr(foretold, ==, cases[index].foretold);
}

/* An identifier that the library would write in another way. */
static void test_xtext(void) {
    Beginning beginning = {0};
    Envelope odd = next;
    odd.envid = "a+b";
    learn(&beginning, cases[1].written);
    g_assert_null(beginning_foretell(&beginning, &odd));
}

int main(int argc, char **argv) {
    g_test_init(&argc, &argv, NULL);
    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *path = g_strdup_printf("/beginning/%s", cases[i].name);
        g_test_add_data_func(path, GUINT_TO_POINTER(i), test_case);
    }
    g_test_add_func("/beginning/xtext", test_xtext);
    return g_test_run();
}
