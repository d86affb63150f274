/* Proves that a language's code is told from text by its longest beginning, that a language can be
 * added and given anew, that there is an end to it, and that dates are in its words or in figures.
 */
#include "base/lang.h"

static LangSpec finnish(void) {
    return (LangSpec){.code = "fi",
                      .name = "suomi",
                      .fallback = LANG_SV,
                      .weekdays = {"maanantai", "tiistai", "keskiviikko", "torstai", "perjantai",
                                   "lauantai", "sunnuntai"},
                      .months = {"tammikuuta", "helmikuuta", "maaliskuuta", "huhtikuuta",
                                 "toukokuuta", "kesäkuuta", "heinäkuuta", "elokuuta", "syyskuuta",
                                 "lokakuuta", "marraskuuta", "joulukuuta"},
                      .dates = {"{day}. {month} {year}", "{weekday} {day}. {month} {year}",
                                "{weekday} {day}. {month} {year} klo {hour}.{minute} {x} {"}};
}

static void test_codes(void) {
    static const struct {
        const char *code;
        bool valid;
    } cases[] = {{"fi", true},      {"sv-x-lattlast", true},
                 {"se", true},      {"zh-Hant", true},
                 {"", false},       {"f", false},
                 {"finn", false},   {"FI", false},
                 {"fi-", false},    {"-fi", false},
                 {"fi--x", false},  {"sv_SE", false},
                 {"../x", false},   {"fi.", false},
                 {"shared", false}, {"sv-x-lattlasta", false},
                 {"å", false},      {"fi\n", false},
                 {"static", false}};
    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_test_message("%s", cases[i].code);
        g_assert_cmpint(lang_code_is_valid(cases[i].code), ==, cases[i].valid);
    }
    g_autofree char *longest = g_strnfill(LANG_CODE_MAX + 2, 'a');
    for (gsize i = 2; i < LANG_CODE_MAX; i += 5) {
        longest[i] = '-';
    }
    g_assert_false(lang_code_is_valid(longest));
}

static void test_parse(void) {
    Lang lang = LANG_EN;
    LangSpec easy = {.code = "sv-x-lattlast", .name = "Lätt", .fallback = LANG_SV};
    LangSpec fi = finnish();
    g_assert_cmpuint(lang_count(), ==, LANG_OWN_COUNT);
    g_assert_false(lang_parse("fi", &lang));
    g_assert_cmpint(lang_stored("fi"), ==, LANG_SV); /* taken away since */
    g_assert_true(lang_add(&easy, &lang));
    Lang easy_lang = lang;
    g_assert_true(lang_add(&fi, &lang));
    Lang fi_lang = lang;
    g_assert_cmpuint(lang_count(), ==, LANG_OWN_COUNT + 2);
    const struct {
        const char *text;
        Lang lang;
    } cases[] = {{"sv", LANG_SV},
                 {"sv_SE.UTF-8", LANG_SV},
                 {"SV", LANG_SV},
                 {"en-GB", LANG_EN},
                 {"sv-x-lattlast", easy_lang},
                 {"SV_X_Lattlast", easy_lang},
                 {"sv-x-annat", LANG_SV},
                 {"fi-FI", fi_lang}};
    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        lang = LANG_MAX;
        g_test_message("%s", cases[i].text);
        g_assert_true(lang_parse(cases[i].text, &lang));
        g_assert_cmpint(lang, ==, cases[i].lang);
        g_assert_cmpint(lang_stored(cases[i].text), ==, cases[i].lang);
    }
    g_assert_false(lang_parse("svenska", &lang));
    g_assert_false(lang_parse("", &lang));
    g_assert_false(lang_parse(NULL, &lang));
    g_assert_true(lang_is_there("fi"));
    g_assert_false(lang_is_there("fi-FI"));
    g_assert_false(lang_is_there("FI"));
}

static void test_add(void) {
    Lang first = LANG_SV;
    Lang again = LANG_SV;
    LangSpec fi = finnish();
    g_assert_true(lang_add(&fi, &first));
    guint count = lang_count();
    g_autofree char *name = g_strdup("suomeksi");
    fi.name = name;
    fi.right_to_left = true;
    g_assert_true(lang_add(&fi, &again));
    name[0] = 'X'; /* ours no longer */
    g_assert_cmpint(again, ==, first);
    g_assert_cmpuint(lang_count(), ==, count);
    g_assert_cmpstr(lang_spec(first)->name, ==, "suomeksi");
    g_assert_true(lang_spec(first)->right_to_left);
    g_assert_null(lang_spec(first)->truths[0]);
    for (guint i = count; i < LANG_MAX; i++) {
        g_autofree char *code = g_strdup_printf("x%c", 'a' + (int)i);
        LangSpec other = {.code = code, .name = code, .fallback = LANG_EN};
        g_assert_true(lang_add(&other, &again));
        g_assert_cmpint(again, ==, i);
    }
    LangSpec more = {.code = "yy", .name = "yy", .fallback = LANG_EN};
    g_assert_false(lang_add(&more, &again));
    g_assert_true(lang_add(&fi, &again));
}

static void test_fill(void) {
    char *texts[LANG_MAX] = {[LANG_SV] = g_strdup("svensk"), [LANG_EN] = g_strdup("English")};
    Lang fi = LANG_SV;
    LangSpec spec = finnish();
    spec.fallback = LANG_EN;
    g_assert_true(lang_add(&spec, &fi));
    lang_fill(texts);
    g_assert_cmpstr(texts[fi], ==, "English");
    lang_clear(texts);
    g_assert_null(texts[LANG_SV]);
    g_assert_null(texts[fi]);
    texts[LANG_SV] = g_strdup("svensk");
    texts[LANG_EN] = g_strdup("English");
    texts[fi] = g_strdup("suomi");
    lang_fill(texts);
    g_assert_cmpstr(texts[fi], ==, "suomi");
    lang_clear(texts);
}

static void test_dates(void) {
    Lang fi = LANG_SV;
    Lang bare = LANG_SV;
    LangSpec spec = finnish();
    LangSpec without = {.code = "se", .name = "davvisámegiella", .fallback = LANG_SV};
    g_assert_true(lang_add(&spec, &fi));
    g_assert_true(lang_add(&without, &bare));
    const struct {
        Lang lang;
        LangDate form;
        const char *text;
    } cases[] = {{LANG_SV, LANG_DATE, "den 5 december 2026"},
                 {LANG_SV, LANG_WEEKDAY_DATE, "lördag 5 december 2026"},
                 {LANG_SV, LANG_TIME, "lördag 5 december 2026 kl. 09.05"},
                 {LANG_EN, LANG_DATE, "5 December 2026"},
                 {LANG_EN, LANG_TIME, "Saturday 5 December 2026 at 09:05"},
                 {fi, LANG_DATE, "5. joulukuuta 2026"},
                 {fi, LANG_WEEKDAY_DATE, "lauantai 5. joulukuuta 2026"},
                 {fi, LANG_TIME, "lauantai 5. joulukuuta 2026 klo 09.05 {x} {"},
                 {bare, LANG_DATE, "2026-12-05"},
                 {bare, LANG_WEEKDAY_DATE, "2026-12-05"},
                 {bare, LANG_TIME, "2026-12-05 09:05"}};
    g_autoptr(GDateTime) time = g_date_time_new_utc(2026, 12, 5, 9, 5, 0);
    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *text = lang_date(cases[i].lang, cases[i].form, time);
        g_assert_cmpstr(text, ==, cases[i].text);
    }
}

int main(int argc, char **argv) {
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/lang/codes", test_codes);
    g_test_add_func("/lang/parse", test_parse);
    g_test_add_func("/lang/fill", test_fill);
    g_test_add_func("/lang/dates", test_dates);
    g_test_add_func("/lang/add", test_add);
    return g_test_run();
}
