/* Proves that a template which names something that is not there is refused before it is used, with
 * the line and what there is instead, and that a sound one is not. */
#include "templates/render.h"

#include <string.h>

#include "base/error.h"
#include "base/lang.h"

enum { TEMPLATES_MAX = 5 };

typedef struct {
    const char *name, *text;
} Text;

static const Template *partial_find(const char *name, gpointer data) {
    return g_hash_table_lookup(data, name);
}

static void partial_free(gpointer t) {
    template_free(t);
}

/* The first template is checked; `want` is what its fault must say, NULL for none. */
static const struct {
    const char *what, *sample;
    Text texts[TEMPLATES_MAX];
    const char *want[3];
} cases[] = {
    {.what = "known fields",
     .sample = "{\"a\":\"x\",\"o\":{\"b\":1},\"l\":[{\"c\":true}]}",
     .texts =
         {{"t",
           "{{a}}{{{a}}}{{&o.b}}{{#o}}{{b}}{{a}}{{/o}}{{#l}}{{c}}{{o.b}}{{/l}}{{^l}}{{a}}{{/l}}"}}},
    {.what = "a null is a field", .sample = "{\"a\":null}", .texts = {{"t", "{{a}}{{#a}}{{/a}}"}}},
    {.what = "an unknown field",
     .sample = "{\"a\":1,\"b\":2}",
     .texts = {{"t", "x\ny {{c}}"}},
     .want = {"t:2: fältet ”c” finns inte", "är: a, b"}},
    {.what = "an unknown field, unescaped",
     .sample = "{\"a\":1}",
     .texts = {{"t", "{{{c}}}"}},
     .want = {"t:1: fältet ”c”"}},
    {.what = "a section on an unknown field",
     .sample = "{\"a\":1}",
     .texts = {{"t", "\n{{#c}}{{/c}}"}},
     .want = {"t:2: fältet ”c”"}},
    {.what = "an inverted section on an unknown field",
     .sample = "{\"a\":1}",
     .texts = {{"t", "{{^c}}{{/c}}"}},
     .want = {"t:1: fältet ”c”"}},
    {.what = "an unknown part",
     .sample = "{\"o\":{\"a\":1,\"b\":2}}",
     .texts = {{"t", "{{o.c}}"}},
     .want = {"t:1: fältet ”o.c” finns inte", "är: a, b"}},
    {.what = "a part of a text",
     .sample = "{\"o\":\"x\"}",
     .texts = {{"t", "{{o.c}}"}},
     .want = {"t:1: fältet ”o.c” finns inte", "är: -"}},
    {.what = "an unknown field in a list",
     .sample = "{\"l\":[{\"a\":1}],\"z\":1}",
     .texts = {{"t", "{{#l}}\n{{c}}{{/l}}"}},
     .want = {"t:2: fältet ”c” finns inte", "är: a, l, z"}},
    {.what = "a list's field outside the list",
     .sample = "{\"l\":[{\"a\":1}]}",
     .texts = {{"t", "{{#l}}{{/l}}{{a}}"}},
     .want = {"t:1: fältet ”a” finns inte", "är: l"}},
    {.what = "what a false condition hides",
     .sample = "{\"f\":false}",
     .texts = {{"t", "{{#f}}{{c}}{{/f}}"}},
     .want = {"t:1: fältet ”c”"}},
    {.what = "what a true condition hides",
     .sample = "{\"f\":true}",
     .texts = {{"t", "{{^f}}{{c}}{{/f}}"}},
     .want = {"t:1: fältet ”c”"}},
    {.what = "an empty list",
     .sample = "{\"l\":[]}",
     .texts = {{"t", "{{#l}}{{/l}}"}},
     .want = {"t:1: listan ”l” är tom"}},
    {.what = "a list as a text",
     .sample = "{\"l\":[{\"a\":1}]}",
     .texts = {{"t", "{{l}}"}},
     .want = {"t:1: fältet ”l” är en lista"}},
    {.what = "an object as a text",
     .sample = "{\"o\":{\"a\":1}}",
     .texts = {{"t", "{{o}}"}},
     .want = {"är en lista eller ett objekt"}},
    {.what = "the elements of a list of texts",
     .sample = "{\"l\":[\"x\"]}",
     .texts = {{"t", "{{#l}}{{.}}{{/l}}"}}},
    {.what = "{{.}} for an object",
     .sample = "{\"l\":[{\"a\":1}]}",
     .texts = {{"t", "{{#l}}{{.}}{{/l}}"}},
     .want = {"t:1: fältet ”.” är"}},
    {.what = "a missing partial",
     .sample = "{}",
     .texts = {{"t", "\n{{>p}}"}},
     .want = {"t:2: mallen ”p” finns inte"}},
    {.what = "a missing parent",
     .sample = "{}",
     .texts = {{"t", "{{<p}}{{/p}}"}},
     .want = {"t:1: mallen ”p” finns inte"}},
    {.what = "an unknown field in a partial",
     .sample = "{\"a\":1}",
     .texts = {{"t", "{{>p}}"}, {"p", "\n\n{{c}}"}},
     .want = {"p:3: fältet ”c” finns inte"}},
    {.what = "a partial sees the list's element",
     .sample = "{\"l\":[{\"a\":1}]}",
     .texts = {{"t", "{{#l}}{{>p}}{{/l}}"}, {"p", "{{a}}"}}},
    {.what = "a dynamic name",
     .sample = "{\"w\":\"p\"}",
     .texts = {{"t", "{{>*w}}"}, {"p", "{{c}}"}},
     .want = {"p:1: fältet ”c”"}},
    {.what = "a dynamic name of nothing",
     .sample = "{\"w\":\"q\"}",
     .texts = {{"t", "{{>*w}}"}},
     .want = {"t:1: mallen ”q” finns inte"}},
    {.what = "a dynamic name by an unknown field",
     .sample = "{\"w\":\"q\"}",
     .texts = {{"t", "{{>*v}}"}},
     .want = {"t:1: fältet ”v”"}},
    {.what = "a dynamic name that is no text",
     .sample = "{\"w\":1}",
     .texts = {{"t", "{{>*w}}"}},
     .want = {"t:1: mallen ”*” finns inte"}},
    {.what = "an argument is checked where it is shown",
     .sample = "{\"l\":[{\"a\":1}]}",
     .texts = {{"t", "{{<p}}{{$b}}{{a}}{{/b}}{{/p}}"}, {"p", "{{#l}}{{$b}}{{/b}}{{/l}}"}}},
    {.what = "an unknown field in an argument",
     .sample = "{\"l\":[{\"a\":1}]}",
     .texts = {{"t", "{{<p}}\n{{$b}}{{a}}{{/b}}{{/p}}"}, {"p", "{{$b}}{{/b}}"}},
     .want = {"t:2: fältet ”a”"}},
    {.what = "a default that is replaced is not shown",
     .sample = "{}",
     .texts = {{"t", "{{<p}}{{$b}}{{/b}}{{/p}}"}, {"p", "{{$b}}{{c}}{{/b}}"}}},
    {.what = "a default that is shown",
     .sample = "{}",
     .texts = {{"t", "{{<p}}{{/p}}"}, {"p", "{{$b}}{{c}}{{/b}}"}},
     .want = {"p:1: fältet ”c”"}},
    {.what = "an argument for no block",
     .sample = "{}",
     .texts = {{"t", "{{<p}}\n{{$main}}{{/main}}\n{{$mian}}{{/mian}}{{/p}}"},
               {"p", "{{$main}}{{/main}}"}},
     .want = {"t:3: blocket ”mian” finns inte i ”p”"}},
    {.what = "an argument for a block of the parent's partial",
     .sample = "{}",
     .texts = {{"t", "{{<p}}{{$b}}{{/b}}{{/p}}"}, {"p", "{{>q}}"}, {"q", "{{$b}}{{/b}}"}}},
    {.what = "an argument for a block of the grandparent",
     .sample = "{}",
     .texts = {{"t", "{{<p}}{{$b}}{{/b}}{{/p}}"}, {"p", "{{<q}}{{/q}}"}, {"q", "{{$b}}{{/b}}"}}},
    {.what = "endless inclusion",
     .sample = "{}",
     .texts = {{"t", "{{>p}}"}, {"p", "\n{{>t}}"}},
     .want = {"p:2: ”t” tar in sig själv utan slut"}},
    {.what = "endless under a condition",
     .sample = "{\"a\":true}",
     .texts = {{"t", "{{#a}}{{>t}}{{/a}}"}},
     .want = {"tar in sig själv utan slut"}},
    {.what = "endless through an outer list",
     .sample = "{\"l\":[{\"a\":1}]}",
     .texts = {{"t", "{{#l}}{{>t}}{{/l}}"}},
     .want = {"tar in sig själv utan slut"}},
    {.what = "endless parents",
     .sample = "{}",
     .texts = {{"t", "{{<t}}{{/t}}"}},
     .want = {"tar den in sig själv"}},
    {.what = "a tree that ends",
     .sample = "{\"n\":{\"x\":1,\"l\":[{\"x\":2,\"l\":[]}]}}",
     .texts = {{"t", "{{#n}}{{>p}}{{/n}}"}, {"p", "{{x}}{{#l}}{{>p}}{{/l}}"}}},
};

static void test_cases(void) {
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GHashTable) all =
            g_hash_table_new_full(g_str_hash, g_str_equal, g_free, partial_free);
        g_autoptr(GError) error = NULL;
        for (gsize j = 0; j < TEMPLATES_MAX && cases[i].texts[j].name != NULL; j++) {
            const Text *text = &cases[i].texts[j];
            Template *t = template_compile(text->name, text->text, ESCAPE_HTML, &error);
            g_assert_no_error(error);
            g_hash_table_insert(all, g_strdup(text->name), t);
        }
        cJSON *sample = cJSON_Parse(cases[i].sample);
        g_assert_nonnull(sample);
        const Template *t = g_hash_table_lookup(all, "t");
        bool ok = template_check(t, sample, partial_find, all, &error);
        cJSON_Delete(sample);
        g_test_message("%s: %s", cases[i].what, error == NULL ? "-" : error->message);
        g_assert_true(ok == (cases[i].want[0] == NULL));
        g_assert_true(ok == (error == NULL));
        for (gsize j = 0; j < G_N_ELEMENTS(cases[i].want) && cases[i].want[j] != NULL; j++) {
            g_assert_nonnull(strstr(error->message, cases[i].want[j]));
        }
    }
}

/* Sixteen levels of two inclusions each would be 65,536 visits, sixty would never end. */
static void test_width(void) {
    enum { LEVELS = 60 };
    g_autoptr(GHashTable) all =
        g_hash_table_new_full(g_str_hash, g_str_equal, g_free, partial_free);
    for (guint i = 0; i <= LEVELS; i++) {
        g_autofree char *name = g_strdup_printf("%u", i);
        g_autofree char *text = g_strdup_printf("{{>%u}}{{>%u}}", i + 1, i + 1);
        Template *t = template_compile(name, i == LEVELS ? "x" : text, ESCAPE_HTML, NULL);
        g_hash_table_insert(all, g_steal_pointer(&name), t);
    }
    g_autoptr(GError) error = NULL;
    g_assert_false(template_check(g_hash_table_lookup(all, "0"), NULL, partial_find, all, &error));
    g_assert_error(error, VK_ERROR, VK_ERROR_LIMIT);
}

int main(int argc, char **argv) {
    g_test_init(&argc, &argv, NULL);
    lang_set(LANG_SV);
    g_test_add_func("/check/cases", test_cases);
    g_test_add_func("/check/width", test_width);
    return g_test_run();
}
