/* Proves that requests are read within their limits, that every reply carries the headers that keep
 * a page private, and that dates are said as people say them. */
#include "base/clock.h"
#include "base/error.h"
#include "web/dates.h"
#include "web/reply.h"
#include "web/request.h"

#include <string.h>

static void test_target(void) {
    static const struct {
        const char *method, *target, *path, *lang;
        Method expected;
        int fault;
    } cases[] = {
        {"GET", "/", "/", NULL, METHOD_GET, -1},
        {"HEAD", "/verify?lang=en", "/verify", "en", METHOD_HEAD, -1},
        {"POST", "/k/abc?page=2&lang=sv", "/k/abc", "sv", METHOD_POST, -1},
        {"get", "/", "/", NULL, METHOD_OTHER, -1},
        {"DELETE", "/a%2Fb", "/a%2Fb", NULL, METHOD_OTHER, -1},
        {"GET", "/x?a?b", "/x", NULL, METHOD_GET, -1},
        {"GET", "http://example.org/", NULL, NULL, METHOD_GET, VK_ERROR_INPUT},
        {"OPTIONS", "*", NULL, NULL, METHOD_OTHER, VK_ERROR_INPUT},
        {"GET", "/?a=%", NULL, NULL, METHOD_GET, VK_ERROR_INPUT},
    };
    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(Request) request = request_new(cases[i].method, cases[i].target, 7, &error);
        g_test_message("%s %s", cases[i].method, cases[i].target);
        if (cases[i].fault >= 0) {
            g_assert_null(request);
            g_assert_error(error, VK_ERROR, cases[i].fault);
            continue;
        }
        g_assert_no_error(error);
        g_assert_cmpint(request->method, ==, cases[i].expected);
        g_assert_cmpstr(request->path, ==, cases[i].path);
        Lang lang;
        g_assert_cmpint(request_lang(request, &lang), ==, cases[i].lang != NULL);
        if (cases[i].lang) {
            g_assert_cmpstr(lang_code(lang), ==, cases[i].lang);
        }
    }
}

static void test_limits(void) {
    g_autoptr(GError) error = NULL;
    g_autofree char *longest = g_strnfill(REQUEST_TARGET_MAX, '/');
    g_autofree char *longer = g_strnfill(REQUEST_TARGET_MAX + 1, '/');
    g_autoptr(Request) request = request_new("POST", longest, 0, &error);
    g_assert_no_error(error);
    g_assert_null(request_new("GET", longer, 0, &error));
    g_assert_error(error, VK_ERROR, VK_ERROR_LIMIT);
    g_clear_error(&error);
    g_autofree char *body = g_strnfill(REQUEST_BODY_MAX + 1, '&');
    g_assert_true(request_read_form(request, body, REQUEST_BODY_MAX, &error));
    g_assert_false(request_read_form(request, body, REQUEST_BODY_MAX + 1, &error));
    g_assert_error(error, VK_ERROR, VK_ERROR_LIMIT);
}

static void test_lang_order(void) {
    static const char form[] = "lang=sv&switch=en";
    g_autoptr(Request) request = request_new("POST", "/k/x?lang=sv", 0, NULL);
    g_assert_true(request_read_form(request, form, sizeof form - 1, NULL));
    Lang lang = LANG_SV;
    g_assert_true(request_lang(request, &lang));
    g_assert_cmpint(lang, ==, LANG_EN);
    g_autoptr(Request) unknown = request_new("GET", "/verify?lang=de", 0, NULL);
    g_assert_false(request_lang(unknown, &lang));
}

static void test_types(void) {
    static const struct {
        const char *type;
        bool form;
    } cases[] = {
        {"application/x-www-form-urlencoded", true},
        {"Application/X-WWW-Form-Urlencoded; charset=UTF-8", true},
        {"application/x-www-form-urlencodedish", false},
        {"multipart/form-data; boundary=x", false},
        {"text/plain", false},
        {"", false},
        {NULL, false},
    };
    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_assert_cmpint(request_type_is_form(cases[i].type), ==, cases[i].form);
    }
}

static void header_keep(const char *name, const char *value, gpointer table) {
    g_assert_true(g_hash_table_insert(table, g_strdup(name), g_strdup(value)));
}

static GHashTable *headers(const Reply *reply, bool https) {
    GHashTable *table = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    reply_headers(reply, https, header_keep, table);
    return table;
}

static void test_headers(void) {
    static const struct {
        ReplyKind kind;
        const char *cache, *policy;
    } cases[] = {
        {REPLY_PAGE, "no-store", "default-src 'none'; style-src 'self'; script-src 'self'; "},
        {REPLY_STATIC, "public, max-age=31536000, immutable",
         "default-src 'none'; style-src 'self'; "},
        {REPLY_FOLDER, "no-store", "default-src 'none'; style-src 'self' 'unsafe-inline'; "},
    };
    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(Reply) reply = reply_new(200, cases[i].kind, "text/html", NULL);
        g_autoptr(GHashTable) table = headers(reply, false);
        const char *policy = g_hash_table_lookup(table, "Content-Security-Policy");
        g_assert_cmpstr(g_hash_table_lookup(table, "Cache-Control"), ==, cases[i].cache);
        g_assert_true(g_str_has_prefix(policy, cases[i].policy));
        g_assert_nonnull(strstr(policy, "frame-ancestors 'none'"));
        g_assert_nonnull(strstr(policy, "base-uri 'none'"));
        g_assert_null(strstr(policy, cases[i].kind == REPLY_FOLDER ? "script-src" : "unsafe"));
        g_assert_cmpstr(g_hash_table_lookup(table, "Referrer-Policy"), ==, "no-referrer");
        g_assert_cmpstr(g_hash_table_lookup(table, "X-Content-Type-Options"), ==, "nosniff");
        g_assert_false(g_hash_table_contains(table, "Set-Cookie"));
        g_assert_false(g_hash_table_contains(table, "Retry-After"));
        g_assert_false(g_hash_table_contains(table, "Strict-Transport-Security"));
    }
    g_autoptr(Reply) other = reply_see_other("/k/x");
    other->retry_after_s = 5;
    g_autoptr(GHashTable) table = headers(other, true);
    g_assert_cmpuint(other->status, ==, 303);
    g_assert_cmpstr(g_hash_table_lookup(table, "Location"), ==, "/k/x");
    g_assert_cmpstr(g_hash_table_lookup(table, "Retry-After"), ==, "5");
    g_assert_nonnull(g_hash_table_lookup(table, "Strict-Transport-Security"));
}

static void test_dates(void) {
    static const struct {
        int month, day, hour, minute;
        const char *end[LANG_OWN_COUNT];
    } cases[] = {
        {12, 16, 0, 0, {"tisdag 15 december 2026", "Tuesday 15 December 2026"}},
        {12, 15, 14, 5, {"tisdag 15 december 2026 kl. 14.05", "Tuesday 15 December 2026 at 14:05"}},
        {10,
         26,
         0,
         0,
         {"söndag 25 oktober 2026", "Sunday 25 October 2026"}}, /* the day of 25 hours */
        {3, 1, 0, 0, {"lördag 28 februari 2026", "Saturday 28 February 2026"}},
    };
    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        int64_t at_us =
            clock_from_local(2026, cases[i].month, cases[i].day, cases[i].hour, cases[i].minute);
        for (int lang = 0; lang < LANG_OWN_COUNT; lang++) {
            g_autofree char *text = dates_end(at_us, (Lang)lang);
            g_assert_cmpstr(text, ==, cases[i].end[lang]);
        }
    }
    g_autofree char *day = dates_day(clock_from_local(2026, 11, 23, 23, 59), LANG_SV);
    g_assert_cmpstr(day, ==, "måndag 23 november 2026");
}

int main(int argc, char **argv) {
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/request/target", test_target);
    g_test_add_func("/request/limits", test_limits);
    g_test_add_func("/request/lang-order", test_lang_order);
    g_test_add_func("/request/types", test_types);
    g_test_add_func("/reply/headers", test_headers);
    g_test_add_func("/dates", test_dates);
    return g_test_run();
}
