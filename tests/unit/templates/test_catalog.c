/* Proves that the catalogue finds a template in the language's folder and then in the shared one,
 * lets a directory replace files one by one, and refuses at once whatever would fail later: a
 * language that lacks a file or a text, a field that is not declared, a file that replaces nothing.
 * The last test opens what is embedded in the program. */
#include "templates/catalog.h"

#include <string.h>

#include "base/error.h"
#include "tests/unit/templates/folder.h"

enum { FILES_MAX = 8 };

/* A sound folder, to which each case adds. */
static const File sound[] = {
    {"sv/mail/hello.txt", "Hej {{name}}!\n{{> mail/_end.txt}}\n"},
    {"en/mail/hello.txt", "Hello {{name}}!\n{{> mail/_end.txt}}\n"},
    {"sv/mail/hello.subject", "Hej {{name}}\n"},
    {"en/mail/hello.subject", "Hello {{name}}\n"},
    {"sv/mail/_end.txt", "Hälsningar\n"},
    {"en/mail/_end.txt", "Regards\n"},
    {"shared/page/_layout.html", "<title>{{$title}}{{/title}}</title>\n"},
    {"shared/page/list.html",
     "{{<page/_layout.html}}{{$title}}{{#rows}}{{cell}};{{/rows}}{{/title}}"
     "{{/page/_layout.html}}\n"},
    {"shared/page/both.html", "shared"},
    {"sv/page/both.html", "svensk"},
    {"fields/mail/hello.json", "{\"name\": \"Åsa\"}"},
    {"fields/page/list.json", "{\"rows\": [{\"cell\": \"x\"}]}"},
    {"fields/page/both.json", "{}"},
    {"sv/texts.json", "{\"yes\": \"Ja\", \"no\": \"Nej\"}"},
    {"en/texts.json", "{\"yes\": \"Yes\", \"no\": \"No\"}"},
    {"static/app.css", "body{}"},
};

typedef struct {
    char *base, *override;
} Folders;

static Folders folders_make(const File extra_base[FILES_MAX], const File override[FILES_MAX]) {
    Folders folders = {g_dir_make_tmp("vetkoll-base-XXXXXX", NULL),
                       g_dir_make_tmp("vetkoll-override-XXXXXX", NULL)};
    g_assert_true(folders.base != NULL && folders.override != NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(sound); i++) {
        file_write(folders.base, &sound[i]);
    }
    for (gsize i = 0; i < FILES_MAX && extra_base != NULL && extra_base[i].path != NULL; i++) {
        file_write(folders.base, &extra_base[i]);
    }
    for (gsize i = 0; i < FILES_MAX && override != NULL && override[i].path != NULL; i++) {
        file_write(folders.override, &override[i]);
    }
    return folders;
}

static void folders_remove(Folders folders) {
    folder_remove(folders.base);
    folder_remove(folders.override);
    g_free(folders.base);
    g_free(folders.override);
}

static void assert_renders(const Catalog *catalog, Lang lang, const char *name, const char *json,
                           const char *expected) {
    g_autoptr(GString) out = g_string_new(NULL);
    g_autoptr(GError) error = NULL;
    cJSON *values = cJSON_Parse(json);
    bool ok = catalog_render(catalog, lang, name, values, out, &error);
    cJSON_Delete(values);
    g_assert_no_error(error);
    g_assert_true(ok);
    g_assert_cmpstr(out->str, ==, expected);
}

static void test_names(void) {
    Folders folders = folders_make(NULL, NULL);
    g_autoptr(GError) error = NULL;
    g_autoptr(Catalog) catalog = catalog_open_from(folders.base, NULL, &error);
    g_assert_no_error(error);
    const char *name = "{\"name\": \"Å & B\\r\\nBcc: x\"}";
    assert_renders(catalog, LANG_SV, "mail/hello.txt", name, "Hej Å & B\r\nBcc: x!\nHälsningar\n");
    assert_renders(catalog, LANG_EN, "mail/hello.txt", name, "Hello Å & B\r\nBcc: x!\nRegards\n");
    assert_renders(catalog, LANG_SV, "mail/hello.subject", name, "Hej Å & B Bcc: x");
    const char *rows = "{\"rows\": [{\"cell\": \"<b>\"}, {\"cell\": 2}]}";
    assert_renders(catalog, LANG_SV, "page/list.html", rows, "<title>&lt;b&gt;;2;</title>\n");
    assert_renders(catalog, LANG_EN, "page/list.html", rows, "<title>&lt;b&gt;;2;</title>\n");
    assert_renders(catalog, LANG_SV, "page/both.html", "{}", "svensk");
    assert_renders(catalog, LANG_EN, "page/both.html", "{}", "shared");
    g_assert_true(catalog_has(catalog, LANG_EN, "mail/hello.txt"));
    g_assert_false(catalog_has(catalog, LANG_EN, "mail/hello.html"));
    g_assert_cmpstr(catalog_text(catalog, LANG_SV, "yes"), ==, "Ja");
    g_assert_cmpstr(catalog_text(catalog, LANG_EN, "no"), ==, "No");
    g_autoptr(GString) out = g_string_new("before");
    g_assert_false(catalog_render(catalog, LANG_SV, "mail/none.txt", NULL, out, &error));
    g_assert_error(error, VK_ERROR, VK_ERROR_NOT_FOUND);
    g_assert_cmpstr(out->str, ==, "before");
    folders_remove(folders);
}

static void test_static(void) {
    const File override[FILES_MAX] = {{"static/logo.svg", "<svg/>"}, {"static/app.css", "p{}"}};
    Folders folders = folders_make(NULL, override);
    g_autoptr(GError) error = NULL;
    g_autoptr(Catalog) catalog = catalog_open_from(folders.base, folders.override, &error);
    g_assert_no_error(error);
    g_autoptr(GBytes) css = catalog_static(catalog, "app.css");
    g_autoptr(GBytes) logo = catalog_static(catalog, "logo.svg");
    g_autoptr(GBytes) css_wanted = g_bytes_new_static("p{}", 3);
    g_autoptr(GBytes) logo_wanted = g_bytes_new_static("<svg/>", 6);
    g_assert_true(g_bytes_equal(css, css_wanted));
    g_assert_true(g_bytes_equal(logo, logo_wanted));
    g_assert_null(catalog_static(catalog, "../sv/texts.json"));
    folders_remove(folders);
}

static void test_override(void) {
    const File override[FILES_MAX] = {
        {"sv/mail/hello.txt", "\xEF\xBB\xBFTjena {{name}}\r\n{{> mail/_logo.txt}}\r\n"},
        {"shared/mail/_logo.txt", "ACME\r\n"},
        {"en/page/both.html", "english"},
        {"en/texts.json", "{\"no\": \"Nope\"}"},
        {"sv/mail/hello.txt~", "{{"},
        {".git/config", "x"},
        {"README.txt", "our own wording"},
    };
    Folders folders = folders_make(NULL, override);
    g_autoptr(GError) error = NULL;
    g_autoptr(Catalog) catalog = catalog_open_from(folders.base, folders.override, &error);
    g_assert_no_error(error);
    assert_renders(catalog, LANG_SV, "mail/hello.txt", "{\"name\": \"Bo\"}",
                   "Tjena Bo\r\nACME\r\n");
    assert_renders(catalog, LANG_EN, "mail/hello.txt", "{\"name\": \"Bo\"}",
                   "Hello Bo!\nRegards\n");
    assert_renders(catalog, LANG_EN, "page/both.html", "{}", "english");
    g_assert_cmpstr(catalog_text(catalog, LANG_EN, "no"), ==, "Nope");
    g_assert_cmpstr(catalog_text(catalog, LANG_EN, "yes"), ==, "Yes");
    folders_remove(folders);
}

/* A name is looked for in the message's own values, then in the shared ones. */
static void test_two_contexts(void) {
    Folders folders = folders_make(NULL, NULL);
    g_autoptr(GError) error = NULL;
    g_autoptr(Catalog) catalog = catalog_open_from(folders.base, NULL, &error);
    g_assert_no_error(error);
    cJSON *shared = cJSON_Parse("{\"name\": \"alla\"}"), *own = cJSON_Parse("{\"name\": \"Bo\"}");
    g_autoptr(GString) out = g_string_new(NULL);
    g_assert_true(
        catalog_render_over(catalog, LANG_SV, "mail/hello.subject", shared, own, out, NULL));
    cJSON_DeleteItemFromObject(own, "name");
    g_assert_true(
        catalog_render_over(catalog, LANG_SV, "mail/hello.subject", shared, own, out, NULL));
    g_assert_cmpstr(out->str, ==, "Hej BoHej alla");
    cJSON_Delete(shared);
    cJSON_Delete(own);
    folders_remove(folders);
}

/* Each case adds files to the sound folder; the message must hold every one of `wants`. */
static const struct {
    const char *what;
    File base[FILES_MAX], override[FILES_MAX];
    const char *wants[3];
} refused[] = {
    {"a page without its Swedish twin",
     .base = {{"en/page/new.html", "x"}, {"fields/page/new.json", "{}"}},
     .wants = {"en/page/new.html: mallen saknas", "sv/page/new.html"}},
    {"a page without its English twin",
     .base = {{"sv/page/new.html", "x"}, {"fields/page/new.json", "{}"}},
     .wants = {"sv/page/new.html: mallen saknas", "skriv en/page/new.html"}},
    {"a partial of the override without its twin", .override = {{"sv/mail/_logo.txt", "x"}},
     .wants = {"sv/mail/_logo.txt: mallen saknas", "skriv en/mail/_logo.txt"}},
    {"a text without its twin",
     .base = {{"sv/texts.json", "{\"yes\": \"Ja\", \"no\": \"Nej\", \"maybe\": \"Kanske\"}"}},
     .wants = {"templates/en/texts.json: texten ”maybe” saknas"}},
    {"no texts at all in English", .base = {{"en/texts.json", "{}"}},
     .wants = {"texten ”no” saknas", "texten ”yes” saknas"}},
    {"a text that is a number", .base = {{"en/texts.json", "{\"yes\": 1, \"no\": \"No\"}"}},
     .wants = {"en/texts.json: värdet för ”yes” är inte en text"}},
    {"a text that stands twice",
     .base = {{"en/texts.json", "{\"yes\": \"Yes\", \"no\": \"No\", \"no\": \"Nope\"}"}},
     .wants = {"en/texts.json: ”no” står två gånger"}},
    {"an override of a text that does not exist",
     .override = {{"sv/texts.json", "{\"noo\": \"Nej\"}"}},
     .wants = {"override", "sv/texts.json: texten ”noo” finns inte"}},
    {"texts that are not JSON", .override = {{"sv/texts.json", "{\n\"no\": \"Nej\",\n}"}},
     .wants = {"sv/texts.json:3: filen är inte ett JSON-objekt"}},
    {"an undeclared field, in one language only",
     .override = {{"en/mail/hello.txt", "Hello\n\n{{nmae}}"}},
     .wants = {"override", "en/mail/hello.txt:3: fältet ”nmae” finns inte", ": name"}},
    {"an undeclared field in a partial", .override = {{"sv/mail/_end.txt", "x\n{{sender}}"}},
     .wants = {"sv/mail/_end.txt:2: fältet ”sender” finns inte"}},
    {"a fault of syntax", .override = {{"sv/mail/hello.txt", "a\n{{#name}}\n"}},
     .wants = {"sv/mail/hello.txt:2: {{/name}} saknas"}},
    {"two files at fault are both named",
     .override = {{"sv/mail/hello.txt", "{{"}, {"en/mail/hello.txt", "{{}}"}},
     .wants = {"sv/mail/hello.txt:1:", "en/mail/hello.txt:1:"}},
    {"a partial that is not there", .override = {{"sv/mail/hello.txt", "{{> mail/_none.txt}}"}},
     .wants = {"sv/mail/hello.txt:1: mallen ”mail/_none.txt” finns inte"}},
    {"no declared fields", .base = {{"shared/page/new.html", "x"}},
     .wants = {"shared/page/new.html: filen templates/fields/page/new.json"}},
    {"declared fields that are not JSON", .base = {{"fields/page/list.json", "{\"rows\": [}"}},
     .wants = {"fields/page/list.json:1: filen är inte ett JSON-objekt"}},
    {"an override that replaces nothing", .override = {{"sv/mail/helo.txt", "x"}},
     .wants = {"sv/mail/helo.txt: det finns ingen mall ”mail/helo.txt” att ersätta"}},
    {"an override of the declared fields", .override = {{"fields/mail/hello.json", "{}"}},
     .wants = {"fields/mail/hello.json: de deklarerade fälten kan inte ersättas"}},
    {"an ending that says nothing", .override = {{"sv/mail/hello.htm", "x"}},
     .wants = {"sv/mail/hello.htm: en mall slutar på .html, .txt eller .subject"}},
    {"a folder of another name", .override = {{"svenska/mail/hello.txt", "x"}},
     .wants = {"svenska: mallar läses bara ur mapparna"}},
    {"a text that is not UTF-8", .override = {{"sv/mail/hello.txt", "bra\nH\xE4lsning"}},
     .wants = {"sv/mail/hello.txt:2: texten är inte UTF-8"}},
};

static void test_refused(void) {
    for (gsize i = 0; i < G_N_ELEMENTS(refused); i++) {
        Folders folders = folders_make(refused[i].base, refused[i].override);
        g_autoptr(GError) error = NULL;
        g_autoptr(Catalog) catalog = catalog_open_from(folders.base, folders.override, &error);
        g_test_message("%s: %s", refused[i].what, error == NULL ? "-" : error->message);
        g_assert_null(catalog);
        g_assert_error(error, VK_ERROR, VK_ERROR_INPUT);
        for (gsize j = 0; j < G_N_ELEMENTS(refused[i].wants) && refused[i].wants[j] != NULL; j++) {
            g_assert_nonnull(strstr(error->message, refused[i].wants[j]));
        }
        folders_remove(folders);
    }
}

static void test_many_faults(void) {
    Folders folders = folders_make(NULL, NULL);
    for (guint i = 0; i < 30; i++) {
        g_autofree char *path = g_strdup_printf("sv/page/p%02u.html", i);
        file_write(folders.override, &(File){path, "x"});
    }
    g_autoptr(GError) error = NULL;
    g_assert_null(catalog_open_from(folders.base, folders.override, &error));
    g_assert_nonnull(strstr(error->message, "och 10 fel till"));
    folders_remove(folders);
}

static void test_missing_folder(void) {
    g_autoptr(GError) error = NULL;
    g_assert_null(catalog_open("/nonexistent/templates", &error));
    g_assert_error(error, VK_ERROR, VK_ERROR_NOT_FOUND);
}

static void test_unknown_text_aborts(void) {
    if (g_test_subprocess()) {
        Folders folders = folders_make(NULL, NULL);
        Catalog *catalog = catalog_open_from(folders.base, NULL, NULL);
        folders_remove(folders);
        catalog_text(catalog, LANG_SV, "never");
        return;
    }
    g_test_trap_subprocess(NULL, 0, 0);
    g_test_trap_assert_failed();
    g_test_trap_assert_stderr("*no text never in texts.json*");
}

/* Errors follow the language of the process. */
static void test_english(void) {
    const File override[FILES_MAX] = {{"sv/mail/hello.txt", "{{nmae}}"}};
    Folders folders = folders_make(NULL, override);
    lang_set(LANG_EN);
    g_autoptr(GError) error = NULL;
    g_assert_null(catalog_open_from(folders.base, folders.override, &error));
    lang_set(LANG_SV);
    g_assert_nonnull(strstr(error->message, "there is no field “nmae”; the fields known here are: "
                                            "name"));
    folders_remove(folders);
}

static void test_embedded(void) {
    g_autoptr(GError) error = NULL;
    g_autoptr(Catalog) catalog = catalog_open(NULL, &error);
    g_assert_no_error(error);
    g_assert_nonnull(catalog);
}

int main(int argc, char **argv) {
    g_test_init(&argc, &argv, NULL);
    lang_set(LANG_SV);
    g_test_add_func("/catalog/names", test_names);
    g_test_add_func("/catalog/static", test_static);
    g_test_add_func("/catalog/override", test_override);
    g_test_add_func("/catalog/two-contexts", test_two_contexts);
    g_test_add_func("/catalog/refused", test_refused);
    g_test_add_func("/catalog/many-faults", test_many_faults);
    g_test_add_func("/catalog/missing-folder", test_missing_folder);
    g_test_add_func("/catalog/unknown-text-aborts", test_unknown_text_aborts);
    g_test_add_func("/catalog/english", test_english);
    g_test_add_func("/catalog/embedded", test_embedded);
    return g_test_run();
}
