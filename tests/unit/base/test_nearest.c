/* A mistyped word finds the one that was meant, and a word that is none of them finds nothing. */
#include "base/nearest.h"

#include <glib.h>

static const char *const words[] = {"import", "list", "export", "hösten-2026", "höst-2025", NULL};

static void test_table(void) {
    static const struct {
        const char *word, *nearest;
    } cases[] = {
        {"impor", "import"},
        {"imoprt", "import"},
        {"ipmrot", "import"},
        {"LIST", "list"},
        {"lsit", "list"},
        {"exprot", "export"},
        {"serve", NULL},
        {"", NULL},
        {"x", NULL},
        {"hosten-2026", "hösten-2026"},
        {"HÖST-2026", "höst-2025"},
        {"\xff\xfe", NULL},
    };
    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_test_message("%s", cases[i].nearest != NULL ? cases[i].nearest : "none");
        g_assert_cmpstr(nearest_word(cases[i].word, words), ==, cases[i].nearest);
    }
}

static void test_long(void) {
    g_autofree char *text = g_strnfill(100000, 'a');
    const char *const other[] = {text, "list", NULL};
    g_assert_null(nearest_word(text, words));
    g_assert_cmpstr(nearest_word("lits", other), ==, "list");
}

int main(int argc, char **argv) {
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/nearest/table", test_table);
    g_test_add_func("/nearest/long", test_long);
    return g_test_run();
}
