/* One table from an error's code to the exit code and the HTTP status; languages by their code. */
#include "base/error.h"
#include "base/lang.h"

static void test_outcomes(void) {
    static const struct {
        VkErrorCode code;
        int exit_code;
        unsigned status;
    } cases[] = {
        {VK_ERROR_INPUT, 65, 400},     {VK_ERROR_NOT_FOUND, 66, 404}, {VK_ERROR_DENIED, 77, 403},
        {VK_ERROR_CONFLICT, 73, 409},  {VK_ERROR_LIMIT, 65, 413},     {VK_ERROR_BUSY, 75, 503},
        {VK_ERROR_UNCERTAIN, 75, 500}, {VK_ERROR_INTERNAL, 70, 500},
    };
    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GError) error = NULL;
        g_assert_false(error_set(&error, cases[i].code, "%d", 1));
        g_assert_cmpint(error_exit_code(error), ==, cases[i].exit_code);
        g_assert_cmpuint(error_http_status(error), ==, cases[i].status);
    }
    g_assert_cmpint(error_exit_code(NULL), ==, 0);
    g_assert_cmpuint(error_http_status(NULL), ==, 200);
    g_autoptr(GError) option = g_error_new_literal(G_OPTION_ERROR, G_OPTION_ERROR_FAILED, "");
    g_assert_cmpint(error_exit_code(option), ==, 64);
    g_autoptr(GError) foreign = g_error_new_literal(G_FILE_ERROR, G_FILE_ERROR_IO, "");
    g_assert_cmpint(error_exit_code(foreign), ==, 70);
    g_assert_cmpuint(error_http_status(foreign), ==, 500);
}

static void test_lang(void) {
    Lang lang = LANG_SV;
    g_assert_true(lang_parse("en-GB", &lang));
    g_assert_cmpint(lang, ==, LANG_EN);
    g_assert_true(lang_parse("sv_SE.UTF-8", &lang));
    g_assert_cmpint(lang, ==, LANG_SV);
    g_assert_false(lang_parse("svx", &lang));
    g_assert_false(lang_parse("de", &lang));
    g_assert_false(lang_parse("", &lang));
    g_assert_false(lang_parse(NULL, &lang));
    lang_set(LANG_EN);
    g_assert_cmpstr(tr("ja", "yes"), ==, "yes");
    lang_set(LANG_SV);
    g_assert_cmpstr(tr("ja", "yes"), ==, "ja");
}

int main(int argc, char **argv) {
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/error/outcomes", test_outcomes);
    g_test_add_func("/lang/parse", test_lang);
    return g_test_run();
}
