/* Proves that a folder with a language.json, embedded or of the directory that overrides, adds a
 * language: what it has is said in it, what it lacks is a whole page or mail in the language that
 * it falls back on, and whatever would fail later is refused at once. The last tests look at the
 * languages that the program comes with. */
#include "templates/catalog.h"
#include "templates/languages.h"

#include <string.h>

#include "base/error.h"
#include "tests/unit/templates/folder.h"

enum { FILES_MAX = 6 };

#define RTL_JSON "{\"name\": \"العربية\", \"direction\": \"rtl\", \"fallback\": \"en\"}"

static char *folder_make(const File files[], gsize count) {
    char *dir = g_dir_make_tmp("vetkoll-languages-XXXXXX", NULL);
    g_assert_nonnull(dir);
    for (gsize i = 0; i < count && files[i].path != NULL; i++) {
        file_write(dir, &files[i]);
    }
    return dir;
}

static const File sound[] = {
    {"sv/mail/hello.txt", "Hej {{name}}! {{> mail/_end.txt}}"},
    {"en/mail/hello.txt", "Hello {{name}}! {{> mail/_end.txt}}"},
    {"sv/mail/hello.subject", "Hej\n"},
    {"en/mail/hello.subject", "Hello\n"},
    {"sv/mail/_end.txt", "Hälsningar"},
    {"en/mail/_end.txt", "Regards"},
    {"sv/page/list.html", "lista {{> page/_foot.html}}"},
    {"en/page/list.html", "list {{> page/_foot.html}}"},
    {"sv/page/_foot.html", "fot"},
    {"en/page/_foot.html", "foot"},
    {"shared/page/both.html", "shared"},
    {"fields/mail/hello.json", "{\"name\": \"Åsa\"}"},
    {"fields/page/list.json", "{}"},
    {"fields/page/both.json", "{}"},
    {"sv/texts.json", "{\"yes\": \"Ja\", \"no\": \"Nej\"}"},
    {"en/texts.json", "{\"yes\": \"Yes\", \"no\": \"No\"}"},
};

static Lang lang_of(const char *code) {
    Lang lang = LANG_SV;
    g_assert_true(lang_is_there(code));
    g_assert_true(lang_parse(code, &lang));
    return lang;
}

static void assert_renders(const Catalog *catalog, Lang lang, const char *name,
                           const char *expected) {
    g_autoptr(GString) out = g_string_new(NULL);
    g_autoptr(GError) error = NULL;
    cJSON *values = cJSON_Parse("{\"name\": \"Å\"}");
    catalog_render(catalog, lang, name, values, out, &error);
    cJSON_Delete(values);
    g_assert_no_error(error);
    g_assert_cmpstr(out->str, ==, expected);
}

static void test_added(void) {
    static const File added[] = {
        {"ar/language.json", RTL_JSON},
        {"ar/mail/hello.txt", "مرحبا {{name}}! {{> mail/_end.txt}}"},
        {"ar/mail/hello.subject", "مرحبا\n"},
        {"ar/page/_foot.html", "تذييل"},
        {"ar/texts.json", "{\"yes\": \"نعم\"}"},
    };
    g_autofree char *base = folder_make(sound, G_N_ELEMENTS(sound));
    g_autofree char *own = folder_make(added, G_N_ELEMENTS(added));
    g_autoptr(GError) error = NULL;
    g_autoptr(Catalog) catalog = catalog_open_from(base, own, &error);
    g_assert_no_error(error);
    Lang ar = lang_of("ar");
    g_assert_true(lang_spec(ar)->right_to_left);
    g_assert_cmpstr(lang_spec(ar)->name, ==, "العربية");
    /* Its own mail, with a partial from the language it falls back on. */
    assert_renders(catalog, ar, "mail/hello.txt", "مرحبا Å! Regards");
    g_assert_cmpint(catalog_told(catalog, ar, "mail/hello.txt"), ==, ar);
    /* A page that it lacks is wholly in the other: its own partial is not mixed in. */
    assert_renders(catalog, ar, "page/list.html", "list foot");
    g_assert_cmpint(catalog_told(catalog, ar, "page/list.html"), ==, LANG_EN);
    assert_renders(catalog, ar, "page/both.html", "shared");
    g_assert_cmpint(catalog_told(catalog, ar, "page/both.html"), ==, ar);
    g_assert_true(catalog_has(catalog, ar, "page/list.html"));
    g_assert_cmpstr(catalog_text(catalog, ar, "yes"), ==, "نعم");
    g_assert_cmpstr(catalog_text(catalog, ar, "no"), ==, "No");
    assert_renders(catalog, LANG_SV, "mail/hello.txt", "Hej Å! Hälsningar");
    /* A language that another catalogue has added since is wholly what it falls back on here. */
    LangSpec late = {.code = "so", .name = "Soomaali", .fallback = LANG_SV};
    Lang so = LANG_SV;
    g_assert_true(lang_add(&late, &so));
    assert_renders(catalog, so, "page/list.html", "lista fot");
    g_assert_cmpint(catalog_told(catalog, so, "mail/hello.txt"), ==, LANG_SV);
    g_assert_cmpstr(catalog_text(catalog, so, "no"), ==, "Nej");
    folder_remove(base);
    folder_remove(own);
}

typedef struct {
    const char *name;
    File files[FILES_MAX];
    const char *fault;
} Case;

#define GOOD_JSON "{\"name\": \"suomi\", \"direction\": \"ltr\", \"fallback\": \"sv\"}"
#define DATES_7                                                                                    \
    "\"dates\": {\"weekdays\": [\"1\",\"2\",\"3\",\"4\",\"5\",\"6\",\"7\"], \"months\": "
#define MONTHS "[\"1\",\"2\",\"3\",\"4\",\"5\",\"6\",\"7\",\"8\",\"9\",\"10\",\"11\",\"12\"]"
#define BEGIN  "{\"name\": \"suomi\", \"direction\": \"ltr\", \"fallback\": \"sv\", "

static const Case cases[] = {
    {"good", {{"fi/language.json", GOOD_JSON}}, NULL},
    {"dates and answers",
     {{"fi/language.json", BEGIN DATES_7 MONTHS
       ", \"date\": \"a\", \"weekday_date\": \"b\", \"time\": \"c\"}, "
       "\"answers\": {\"true_false\": [\"a\", \"b\"], \"scale\": [\"1\",\"2\",\"3\",\"4\"]}}"}},
     NULL},
    {"no JSON", {{"fi/language.json", "{"}}, "fi/language.json: filen är inte ett JSON-objekt"},
    {"a list", {{"fi/language.json", "[]"}}, "filen är inte ett JSON-objekt"},
    {"empty", {{"fi/language.json", ""}}, "filen är inte ett JSON-objekt"},
    {"no name", {{"fi/language.json", "{\"direction\": \"ltr\"}"}}, "\"name\" ska vara en text"},
    {"control", {{"fi/language.json", "{\"name\": \"a\\u0007\"}"}}, "\"name\" ska vara en text"},
    {"direction",
     {{"fi/language.json", "{\"name\": \"x\", \"direction\": \"up\", \"fallback\": \"sv\"}"}},
     "\"direction\" ska vara ltr eller rtl"},
    {"fallback",
     {{"fi/language.json", "{\"name\": \"x\", \"direction\": \"ltr\", \"fallback\": \"fi\"}"}},
     "\"fallback\" ska vara sv eller en"},
    {"field", {{"fi/language.json", BEGIN "\"colour\": 1}"}}, "inget fält \"colour\""},
    {"dates", {{"fi/language.json", BEGIN "\"dates\": []}"}}, "\"dates\" ska vara ett objekt"},
    {"weekdays",
     {{"fi/language.json", BEGIN "\"dates\": {\"weekdays\": [\"1\"]}}"}},
     "\"weekdays\" ska vara en lista med 7 texter"},
    {"months",
     {{"fi/language.json", BEGIN DATES_7 "[1]}}"}},
     "\"months\" ska vara en lista med 12 texter"},
    {"time",
     {{"fi/language.json", BEGIN DATES_7 MONTHS ", \"date\": \"a\", \"weekday_date\": \"b\"}}"}},
     "\"time\" ska vara en text"},
    {"answers",
     {{"fi/language.json", BEGIN "\"answers\": {\"true_false\": [\"a\", 2]}}"}},
     "\"true_false\" ska vara en lista med 2 texter"},
    {"no language.json", {{"fi/page/list.html", "x"}}, "med filen language.json i"},
    {"no code", {{"Finska/language.json", GOOD_JSON}}, "Finska: mallar läses bara ur mapparna"},
    {"unknown page",
     {{"fi/language.json", GOOD_JSON}, {"fi/page/own.html", "x"}},
     "det finns ingen mall ”page/own.html” att ersätta"},
    {"own partial", {{"fi/language.json", GOOD_JSON}, {"fi/page/_own.html", "x"}}, NULL},
    {"part of a mail",
     {{"fi/language.json", GOOD_JSON}, {"fi/mail/hello.txt", "x"}},
     "språket har inte hela mallen; skriv även fi/mail/hello.subject"},
    {"undeclared field",
     {{"fi/language.json", GOOD_JSON}, {"fi/page/list.html", "{{nope}}"}},
     "fi/page/list.html:1"},
    {"unknown text",
     {{"fi/language.json", GOOD_JSON}, {"fi/texts.json", "{\"maybe\": \"x\"}"}},
     "texten ”maybe” finns inte"},
};

static void test_refused(void) {
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *base = folder_make(sound, G_N_ELEMENTS(sound));
        g_autofree char *own = folder_make(cases[i].files, FILES_MAX);
        g_autoptr(GError) error = NULL;
        g_autoptr(Catalog) catalog = catalog_open_from(base, own, &error);
        g_test_message("%s: %s", cases[i].name, error == NULL ? "" : error->message);
        if (cases[i].fault == NULL) {
            g_assert_no_error(error);
        } else {
            g_assert_error(error, VK_ERROR, VK_ERROR_INPUT);
            g_assert_nonnull(strstr(error->message, cases[i].fault));
        }
        g_assert_cmpint(catalog != NULL, ==, cases[i].fault == NULL);
        folder_remove(base);
        folder_remove(own);
    }
}

/* A whole installation: what is embedded, and one language more from templates.dir. */
static void test_beside_embedded(void) {
    static const File added[] = {{"ar/language.json", RTL_JSON}, {"ar/page/thanks.html", "شكرا"}};
    g_autofree char *own = folder_make(added, G_N_ELEMENTS(added));
    g_autoptr(GError) error = NULL;
    languages_load(own, &error);
    g_assert_no_error(error);
    g_autoptr(Catalog) catalog = catalog_open(own, &error);
    g_assert_no_error(error);
    assert_renders(catalog, lang_of("ar"), "page/thanks.html", "شكرا");
    g_assert_cmpint(catalog_told(catalog, lang_of("ar"), "page/start.html"), ==, LANG_EN);
    Lang easy = lang_of("sv-x-lattlast");
    g_assert_cmpint(catalog_told(catalog, easy, "page/start.html"), ==, easy);
    folder_remove(own);
}

/* --- the embedded languages -------------------------------------------------------------- */

/* The template as the language has it: its own, else what it falls back on, else the shared one. */
static char *template_text(const char *code, const char *fallback, const char *name) {
    const char *const folders[] = {code, fallback, "shared"};
    char *text = NULL;
    for (gsize i = 0; text == NULL && i < G_N_ELEMENTS(folders); i++) {
        g_autofree char *full =
            g_build_filename(g_getenv("VETKOLL_SOURCE_DIR"), "templates", folders[i], name, NULL);
        g_file_get_contents(full, &text, NULL, NULL);
    }
    g_assert_nonnull(text);
    return text;
}

/* Adds the fields and sections that the template uses, with all it includes. */
static void fields_add(GHashTable *fields, const char *code, const char *fallback,
                       const char *name) {
    g_autofree char *text = template_text(code, fallback, name);
    const char *end = text;
    for (const char *at; (at = strstr(end, "{{")) != NULL;) {
        at += strspn(at, "{");
        end = strstr(at, "}}");
        g_assert_nonnull(end);
        g_autofree char *tag = g_strstrip(g_strndup(at + 1, (gsize)(end - at - 1)));
        if (*at == '>' || *at == '<') {
            fields_add(fields, code, fallback, tag);
        } else if (*at == '#' || *at == '^') {
            g_hash_table_add(fields, g_strdup_printf("%c%s", *at, tag));
        } else if (g_ascii_isalpha(*at)) {
            g_hash_table_add(fields, g_strndup(at, (gsize)(end - at)));
        }
    }
}

static void fields_within(const char *name, const char *code, GHashTable *some, GHashTable *all) {
    GHashTableIter iter;
    gpointer field;
    g_hash_table_iter_init(&iter, some);
    while (g_hash_table_iter_next(&iter, &field, NULL)) {
        if (!g_hash_table_contains(all, field)) {
            g_test_message("%s and its translation in templates/%s differ in {{%s}}: bring the "
                           "translation up to date",
                           name, code, (const char *)field);
            g_test_fail();
        }
    }
}

/* A page that gets a new part gets it in every language. */
static void translation_compare(const char *code, const char *fallback, const char *name) {
    g_autoptr(GHashTable) here = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g_autoptr(GHashTable) there = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    fields_add(here, code, fallback, name);
    fields_add(there, fallback, fallback, name);
    fields_within(name, code, here, there);
    fields_within(name, code, there, here);
    g_assert_cmpuint(g_hash_table_size(here), >, 0);
}

/* The pages or mails, without partials, that `fallback` has in `folder`; how many. */
static guint folder_compare(const Catalog *catalog, Lang lang, const char *fallback,
                            const char *folder) {
    const char *code = lang_code(lang);
    g_autofree char *path =
        g_build_filename(g_getenv("VETKOLL_SOURCE_DIR"), "templates", fallback, folder, NULL);
    g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
    g_assert_nonnull(dir);
    guint count = 0;
    for (const char *file; (file = g_dir_read_name(dir)) != NULL;) {
        g_autofree char *name = g_strconcat(folder, "/", file, NULL);
        if (file[0] == '_') {
            continue;
        }
        count++;
        if (catalog_told(catalog, lang, name) == lang) {
            translation_compare(code, fallback, name);
        } else {
            g_test_message("templates/%s lacks %s", code, name);
            g_test_fail();
        }
    }
    return count;
}

/* A language that comes with the program has every page and mail, dates and answers, the same as
 * the one that it would fall back on. */
static void test_up_to_date(void) {
    g_autoptr(GError) error = NULL;
    g_autoptr(Catalog) catalog = catalog_open(NULL, &error);
    g_assert_no_error(error);
    Lang lang = lang_of("sv-x-lattlast");
    const LangSpec *spec = lang_spec(lang);
    const char *fallback = lang_code(spec->fallback);
    g_assert_cmpuint(folder_compare(catalog, lang, fallback, "page"), >=, 9);
    g_assert_cmpuint(folder_compare(catalog, lang, fallback, "mail"), >=, 9);
    g_assert_nonnull(spec->dates[LANG_TIME]);
    g_assert_nonnull(spec->truths[1]);
    g_assert_nonnull(spec->steps[LANG_STEPS - 1]);
}

int main(int argc, char **argv) {
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/languages/added", test_added);
    g_test_add_func("/languages/refused", test_refused);
    g_test_add_func("/languages/beside-embedded", test_beside_embedded);
    g_test_add_func("/languages/up-to-date", test_up_to_date);
    return g_test_run();
}
