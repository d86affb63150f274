/* Proves that the engine renders every case of the public Mustache specification as it says. The
 * cases are read where they lie beside the source; without them the test is skipped and says so. */
#include "templates/render.h"

#include <string.h>

static const char *const modules[] = {
    "comments",      "delimiters", "dynamic-names", "inheritance",
    "interpolation", "inverted",   "partials",      "sections",
};

static const Template *partial_find(const char *name, gpointer data) {
    return g_hash_table_lookup(data, name);
}

static void partial_free(gpointer t) {
    template_free(t);
}

static const char *string_of(const cJSON *test, const char *key) {
    const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(test, key));
    g_assert_nonnull(text);
    return text;
}

static bool case_passes(const char *module, const cJSON *test) {
    g_autoptr(GHashTable) partials =
        g_hash_table_new_full(g_str_hash, g_str_equal, NULL, partial_free);
    g_autoptr(GError) error = NULL;
    const cJSON *partial = NULL;
    cJSON_ArrayForEach(partial, cJSON_GetObjectItemCaseSensitive(test, "partials")) {
        Template *t = template_compile(partial->string, partial->valuestring, ESCAPE_HTML, &error);
        g_assert_no_error(error);
        g_hash_table_insert(partials, partial->string, t);
    }
    g_autoptr(Template) t =
        template_compile("template", string_of(test, "template"), ESCAPE_HTML, &error);
    g_assert_no_error(error);
    g_autoptr(GString) out = g_string_new(NULL);
    bool ok = template_render(t, cJSON_GetObjectItemCaseSensitive(test, "data"), partial_find,
                              partials, out, &error);
    g_assert_no_error(error);
    g_assert_true(ok);
    if (strcmp(out->str, string_of(test, "expected")) == 0) {
        return true;
    }
    g_test_message("%s: %s\n  template %s\n  got      “%s”\n  want     “%s”", module,
                   string_of(test, "name"), string_of(test, "template"), out->str,
                   string_of(test, "expected"));
    return false;
}

typedef struct {
    int passed, count;
} Tally;

static bool module_run(const char *module, Tally *total) {
    const char *source = g_getenv("VETKOLL_SOURCE_DIR");
    g_autofree char *path = g_strdup_printf("%s/../shared/data/mustache-spec/%s.json",
                                            source == NULL ? "." : source, module);
    g_autofree char *text = NULL;
    if (!g_file_get_contents(path, &text, NULL, NULL)) {
        return false;
    }
    cJSON *file = cJSON_Parse(text);
    const cJSON *tests = cJSON_GetObjectItemCaseSensitive(file, "tests"), *test = NULL;
    Tally tally = {0, cJSON_GetArraySize(tests)};
    cJSON_ArrayForEach(test, tests) {
        tally.passed += case_passes(module, test);
    }
    cJSON_Delete(file);
    g_test_message("%s: %d of %d cases pass", module, tally.passed, tally.count);
    g_assert_cmpint(tally.count, >, 0);
    total->passed += tally.passed;
    total->count += tally.count;
    return true;
}

static void test_specification(void) {
    Tally total = {0, 0};
    for (gsize i = 0; i < G_N_ELEMENTS(modules); i++) {
        if (!module_run(modules[i], &total)) {
            g_test_skip("the Mustache specification is not beside the source");
            return;
        }
    }
    g_test_message("all modules: %d of %d cases pass", total.passed, total.count);
    g_assert_cmpint(total.passed, ==, total.count);
}

int main(int argc, char **argv) {
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/templates/specification", test_specification);
    return g_test_run();
}
