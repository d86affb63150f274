/* Proves that the form reader takes what browsers send, names and values whole, and refuses what is
 * not well-formed or over a limit with the right kind of error. */
#include "base/error.h"
#include "web/fields.h"

#include <string.h>

typedef struct {
    const char *what;
    const char *text;
    const char *pairs[9]; /* name, value, ... NULL; when there is no fault */
    int fault;            /* VkErrorCode, or -1 */
} Case;

static const Case cases[] = {
    {"nothing", "", {NULL}, -1},
    {"ampersands only", "&&&", {NULL}, -1},
    {"one", "a=1", {"a", "1"}, -1},
    {"in order, with repeats", "q0=1&q0=2&page=3", {"q0", "1", "q0", "2", "page", "3"}, -1},
    {"no value", "a&b=", {"a", "", "b", ""}, -1},
    {"no name", "=x", {"", "x"}, -1},
    {"equals in the value", "a=b=c", {"a", "b=c"}, -1},
    {"plus is a space", "a+b=c+d", {"a b", "c d"}, -1},
    {"percent", "t1=%C3%85%26%3D%2B", {"t1", "Å&=+"}, -1},
    {"lower and upper digits", "a=%c3%A5", {"a", "å"}, -1},
    {"line breaks of all kinds", "a=1%0D%0A2%0D3%0A4", {"a", "1\n2\n3\n4"}, -1},
    {"two carriage returns", "a=%0D%0D%0A", {"a", "\n\n"}, -1},
    {"tab", "a=1%092", {"a", "1\t2"}, -1},
    {"other scripts", "a=%E6%9D%8E%F0%9F%99%82", {"a", "李🙂"}, -1},
    {"markup is text", "a=%3Cscript%3E", {"a", "<script>"}, -1},
    {"percent at the end", "a=%", {NULL}, VK_ERROR_INPUT},
    {"percent with one digit", "a=%4", {NULL}, VK_ERROR_INPUT},
    {"percent with no digits", "a=%zz", {NULL}, VK_ERROR_INPUT},
    {"percent cut by the next field", "a=%4&b=1", {NULL}, VK_ERROR_INPUT},
    {"percent in the name", "%4=1", {NULL}, VK_ERROR_INPUT},
    {"NUL", "a=1%002", {NULL}, VK_ERROR_INPUT},
    {"escape character", "a=%1B[2J", {NULL}, VK_ERROR_INPUT},
    {"C1 control", "a=%C2%9B", {NULL}, VK_ERROR_INPUT},
    {"not UTF-8", "a=%FF", {NULL}, VK_ERROR_INPUT},
    {"overlong UTF-8", "a=%C0%AF", {NULL}, VK_ERROR_INPUT},
    {"half a surrogate", "a=%ED%A0%80", {NULL}, VK_ERROR_INPUT},
};

static void check_pairs(const Case *c, const Fields *fields) {
    guint count = 0;
    for (; c->pairs[2 * count]; count++) {
        g_assert_cmpuint(count, <, fields_count(fields));
        g_assert_cmpstr(fields_name(fields, count), ==, c->pairs[2 * count]);
        g_assert_cmpstr(fields_value(fields, count), ==, c->pairs[2 * count + 1]);
    }
    g_assert_cmpuint(fields_count(fields), ==, count);
}

static void test_cases(void) {
    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        const Case *c = &cases[i];
        g_autoptr(GError) error = NULL;
        gsize length = strlen(c->text);
        /* A copy without NUL, so that a byte read too far is seen. */
        g_autofree char *bytes = g_memdup2(c->text, MAX(length, 1));
        g_autoptr(Fields) fields = fields_parse(bytes, length, &error);
        g_test_message("%s", c->what);
        if (c->fault >= 0) {
            g_assert_null(fields);
            g_assert_error(error, VK_ERROR, c->fault);
        } else {
            g_assert_no_error(error);
            check_pairs(c, fields);
        }
    }
}

static Fields *parse_repeated(const char *piece, guint times, GError **error) {
    g_autoptr(GString) text = g_string_new(NULL);
    for (guint i = 0; i < times; i++) {
        g_string_append(text, piece);
    }
    return fields_parse(text->str, text->len, error);
}

static void test_limits(void) {
    g_autoptr(GError) error = NULL;
    g_autoptr(Fields) most = parse_repeated("a=1&", FIELDS_MAX, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(fields_count(most), ==, FIELDS_MAX);
    g_assert_null(parse_repeated("a=1&", FIELDS_MAX + 1, &error));
    g_assert_error(error, VK_ERROR, VK_ERROR_LIMIT);
    g_clear_error(&error);
    g_autoptr(Fields) long_name = parse_repeated("a", FIELDS_NAME_MAX, &error);
    g_assert_no_error(error);
    g_assert_null(parse_repeated("a", FIELDS_NAME_MAX + 1, &error));
    g_assert_error(error, VK_ERROR, VK_ERROR_LIMIT);
    g_clear_error(&error);
    g_autoptr(GString) value = g_string_new("t=");
    for (guint i = 0; i < FIELDS_VALUE_MAX; i++) {
        g_string_append(value, "%41");
    }
    g_autoptr(Fields) long_value = fields_parse(value->str, value->len, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(strlen(fields_get(long_value, "t")), ==, FIELDS_VALUE_MAX);
    g_string_append_c(value, 'A');
    g_assert_null(fields_parse(value->str, value->len, &error));
    g_assert_error(error, VK_ERROR, VK_ERROR_LIMIT);
}

static void test_get(void) {
    static const char text[] = "a=1&b=2&a=3&big=4294967296&neg=-1&plus=%2B1&hex=0x1&sp=+1&last=7";
    g_autoptr(Fields) fields = fields_parse(text, sizeof text - 1, NULL);
    guint number = 99;
    g_assert_cmpstr(fields_get(fields, "a"), ==, "1");
    g_assert_null(fields_get(fields, "A"));
    g_assert_true(fields_number(fields, "last", 7, &number));
    g_assert_cmpuint(number, ==, 7);
    static const char *const bad[] = {"big", "neg", "plus", "hex", "sp", "none"};
    for (guint i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_test_message("%s", bad[i]);
        g_assert_false(fields_number(fields, bad[i], G_MAXUINT, &number));
        g_assert_cmpuint(number, ==, 7);
    }
    g_assert_false(fields_number(fields, "last", 6, &number));
}

int main(int argc, char **argv) {
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/fields/cases", test_cases);
    g_test_add_func("/fields/limits", test_limits);
    g_test_add_func("/fields/get", test_get);
    return g_test_run();
}
