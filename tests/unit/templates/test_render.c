/* Proves what the public specification leaves open or does not know: escaping by target, numbers,
 * truth of values, indentation in nested partials and arguments, faults with their line, limits,
 * two contexts, and that one compiled template serves several threads. */
#include "templates/render.h"

#include <locale.h>
#include <pthread.h>
#include <string.h>

#include "base/error.h"
#include "base/lang.h"

enum { PARTIALS_MAX = 4 };

typedef struct {
    const char *name, *text;
} Partial;

static const Template *partial_find(const char *name, gpointer data) {
    return g_hash_table_lookup(data, name);
}

static void partial_free(gpointer t) {
    template_free(t);
}

static GHashTable *partials_make(const Partial partials[PARTIALS_MAX]) {
    GHashTable *table = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, partial_free);
    for (gsize i = 0; i < PARTIALS_MAX && partials[i].name != NULL; i++) {
        g_autoptr(GError) error = NULL;
        Template *t = template_compile(partials[i].name, partials[i].text, ESCAPE_TEXT, &error);
        g_assert_no_error(error);
        g_hash_table_insert(table, g_strdup(partials[i].name), t);
    }
    return table;
}

static const struct {
    const char *what;
    Escape escape;
    const char *template, *values;
    Partial partials[PARTIALS_MAX];
    const char *want;
} rendered[] = {
    /* Targets */
    {.what = "HTML escapes five characters",
     .escape = ESCAPE_HTML,
     .template = "{{x}} {{{x}}} {{&x}}",
     .values = "{\"x\":\"<a b='\\\"&\\\"'>\"}",
     .want = "&lt;a b=&#39;&quot;&amp;&quot;&#39;&gt; <a b='\"&\"'> <a b='\"&\"'>"},
    {.what = "text escapes nothing",
     .escape = ESCAPE_TEXT,
     .template = "{{x}} {{{x}}}",
     .values = "{\"x\":\"<Å & 李>\\n\"}",
     .want = "<Å & 李>\n <Å & 李>\n"},
    {.what = "a header has no line break, triple or not",
     .escape = ESCAPE_HEADER,
     .template = "A {{x}}|{{{x}}}|{{&x}}\n",
     .values = "{\"x\":\"b\\r\\nBcc: c\"}",
     .want = "A b Bcc: c|b Bcc: c|b Bcc: c"},
    {.what = "a header has no other control character",
     .escape = ESCAPE_HEADER,
     .template = "{{x}}",
     .values = "{\"x\":\"a\\tb\\u0001c\\u007fd\\u0085e\\u2028f\\u2029g\"}",
     .want = "a b c d e f g"},
    {.what = "a header keeps its letters",
     .escape = ESCAPE_HEADER,
     .template = "{{x}}",
     .values = "{\"x\":\"Åsa O'Brien 李 – «»\"}",
     .want = "Åsa O'Brien 李 – «»"},
    {.what = "a template's own line breaks are none in a header",
     .escape = ESCAPE_HEADER,
     .template = "a\r\nb\n\n",
     .values = "{}",
     .want = "a b"},
    {.what = "the outermost target holds in a partial",
     .escape = ESCAPE_HTML,
     .template = "{{>p}}",
     .values = "{\"x\":\"<\"}",
     .partials = {{"p", "{{x}}"}},
     .want = "&lt;"},
    {.what = "the outermost target holds in an argument",
     .escape = ESCAPE_HTML,
     .template = "{{<p}}{{$b}}{{x}}{{/b}}{{/p}}",
     .values = "{\"x\":\"<\"}",
     .partials = {{"p", "[{{$b}}{{/b}}]"}},
     .want = "[&lt;]"},
    {.what = "a value is not a template",
     .escape = ESCAPE_TEXT,
     .template = "{{x}}{{#x}}{{.}}{{/x}}",
     .values = "{\"x\":\"{{y}}\", \"y\":1}",
     .want = "{{y}}{{y}}"},
    /* Values */
    {.what = "whole numbers",
     .escape = ESCAPE_TEXT,
     .template = "{{#n}}{{.}} {{/n}}",
     .values = "{\"n\":[0,-0,1,-17,2147483648,900719925474099,-900719925474099]}",
     .want = "0 0 1 -17 2147483648 900719925474099 -900719925474099 "},
    {.what = "fractions",
     .escape = ESCAPE_TEXT,
     .template = "{{#n}}{{.}} {{/n}}",
     .values = "{\"n\":[0.1,1.5,-2.25,0.30000000000000004,1e21,1e-7]}",
     .want = "0.1 1.5 -2.25 0.30000000000000004 1e+21 1e-07 "},
    {.what = "true and false",
     .escape = ESCAPE_TEXT,
     .template = "{{t}} {{f}}",
     .values = "{\"t\":true,\"f\":false}",
     .want = "true false"},
    {.what = "an object or a list has no text",
     .escape = ESCAPE_TEXT,
     .template = "[{{o}}{{l}}]",
     .values = "{\"o\":{\"a\":1},\"l\":[1]}",
     .want = "[]"},
    {.what = "what is false",
     .escape = ESCAPE_TEXT,
     .template = "{{#a}}a{{/a}}{{#b}}b{{/b}}{{#c}}c{{/c}}{{#d}}d{{/d}}{{#e}}e{{/e}}.",
     .values = "{\"a\":\"\",\"b\":0,\"c\":[],\"d\":null,\"e\":false}",
     .want = "."},
    {.what = "what is true",
     .escape = ESCAPE_TEXT,
     .template = "{{#a}}a{{/a}}{{#b}}b{{/b}}{{#c}}c{{/c}}{{#d}}d{{/d}}{{#e}}e{{/e}}.",
     .values = "{\"a\":\"0\",\"b\":-1,\"c\":[0],\"d\":{},\"e\":true}",
     .want = "abcde."},
    {.what = "false elements of a list are still elements",
     .escape = ESCAPE_TEXT,
     .template = "{{#l}}[{{.}}]{{/l}}",
     .values = "{\"l\":[0,\"\",null,false]}",
     .want = "[0][][][false]"},
    {.what = "a null hides an outer value",
     .escape = ESCAPE_TEXT,
     .template = "{{#o}}{{x}}{{^x}}none{{/x}}{{/o}}",
     .values = "{\"x\":1,\"o\":{\"x\":null}}",
     .want = "none"},
    {.what = "names are as they are written",
     .escape = ESCAPE_TEXT,
     .template = "{{Å}}{{å}}{{a-b}}",
     .values = "{\"Å\":1,\"å\":2,\"a-b\":3}",
     .want = "123"},
    /* Lines */
    {.what = "CRLF stays, and lines of tags go",
     .escape = ESCAPE_TEXT,
     .template = "a\r\n{{#t}}\r\nb\r\n{{/t}}\r\n{{! c }}\r\nd\r\n",
     .values = "{\"t\":true}",
     .want = "a\r\nb\r\nd\r\n"},
    {.what = "a byte order mark is passed over",
     .escape = ESCAPE_TEXT,
     .template = "\xEF\xBB\xBF{{#t}}\nb\n{{/t}}",
     .values = "{\"t\":true}",
     .want = "b\n"},
    {.what = "two sections on a line keep it",
     .escape = ESCAPE_TEXT,
     .template = "{{#t}}{{/t}}\n{{#t}} {{/t}}\n",
     .values = "{\"t\":true}",
     .want = "\n \n"},
    {.what = "indentation adds up",
     .escape = ESCAPE_TEXT,
     .template = " {{>p}}\n",
     .values = "{\"x\":\"1\\n2\"}",
     .partials = {{"p", "a\n  {{>q}}\nb\n"}, {"q", "c\n\n{{x}}\nd"}},
     .want = " a\n   c\n\n   1\n2\n   d b\n"},
    {.what = "an indented partial indents the lines of its sections",
     .escape = ESCAPE_TEXT,
     .template = "  {{>p}}\n",
     .values = "{\"l\":[1,2]}",
     .partials = {{"p", "{{#l}}\n- {{.}}\n{{/l}}\n{{^x}}\nno\n{{/x}}\n{{#l}}{{.}},{{/l}}\n"}},
     .want = "  - 1\n  - 2\n  no\n  1,2,\n"},
    {.what = "tags that leave nothing still begin the line",
     .escape = ESCAPE_TEXT,
     .template = "  {{>p}}\n",
     .values = "{}",
     .partials = {{"p", "{{! c }}a\n{{#n}}{{/n}}b\n{{n}}\n{{! c }} {{! d }}\n"}},
     .want = "  a\n  b\n  \n   \n"},
    {.what = "a partial inside a line is not indented",
     .escape = ESCAPE_TEXT,
     .template = "  {{>p}}\n",
     .values = "{}",
     .partials = {{"p", "a {{>q}}\nb\n"}, {"q", "1\n2"}},
     .want = "  a 1\n2\n  b\n"},
    {.what = "blank lines get no indentation",
     .escape = ESCAPE_TEXT,
     .template = "  {{>p}}\n",
     .values = "{}",
     .partials = {{"p", "a\r\n\r\nb\r\n"}},
     .want = "  a\r\n\r\n  b\r\n"},
    /* Inheritance */
    {.what = "a layout",
     .escape = ESCAPE_HTML,
     .template = "{{<p}}\n{{$title}}T{{/title}}\n{{$main}}\n<p>\n  x\n</p>\n{{/main}}\n{{/p}}\n",
     .values = "{}",
     .partials = {{"p",
                   "<title>{{$title}}none{{/title}}</title>\n<main>\n  {{$main}}\n  {{/main}}\n"
                   "</main>\n"}},
     .want = "<title>T</title>\n<main>\n  <p>\n    x\n  </p>\n</main>\n"},
    {.what = "a default is written as it stands",
     .escape = ESCAPE_TEXT,
     .template = "{{<p}}{{/p}}\n",
     .values = "{}",
     .partials = {{"p", "a\n  {{$b}}\n    c\n      d\n  {{/b}}\ne\n"}},
     .want = "a\n    c\n      d\ne\n"},
    {.what = "an argument comes where its block is, in lists too",
     .escape = ESCAPE_TEXT,
     .template = "{{<p}}{{$row}}<{{n}}>{{/row}}{{/p}}",
     .values = "{\"l\":[{\"n\":1},{\"n\":2}]}",
     .partials = {{"p", "{{#l}}{{$row}}{{/row}},{{/l}}"}},
     .want = "<1>,<2>,"},
    {.what = "an argument that has a block of its own name ends",
     .escape = ESCAPE_TEXT,
     .template = "{{<p}}{{$b}}[{{$b}}inner{{/b}}]{{/b}}{{/p}}",
     .values = "{}",
     .partials = {{"p", "({{$b}}{{/b}})"}},
     .want = "([inner])"},
    {.what = "arguments of three levels",
     .escape = ESCAPE_TEXT,
     .template = "{{<p}}{{$a}}1{{/a}}{{/p}}",
     .values = "{}",
     .partials = {{"p", "{{<q}}{{$a}}2{{/a}}{{$b}}2{{/b}}{{/q}}"},
                  {"q", "{{<r}}{{$a}}3{{/a}}{{$b}}3{{/b}}{{$c}}3{{/c}}{{/r}}"},
                  {"r", "{{$a}}{{/a}}{{$b}}{{/b}}{{$c}}{{/c}}{{$d}}4{{/d}}"}},
     .want = "1234"},
    {.what = "arguments reach the partials of the parent",
     .escape = ESCAPE_TEXT,
     .template = "{{<p}}{{$b}}yes{{/b}}{{/p}}",
     .values = "{}",
     .partials = {{"p", "{{>q}}"}, {"q", "{{$b}}no{{/b}}"}},
     .want = "yes"},
    {.what = "a comment may stand between arguments",
     .escape = ESCAPE_TEXT,
     .template = "{{<p}}\n{{! the title }}\n{{$b}}yes{{/b}}\n{{/p}}\n",
     .values = "{}",
     .partials = {{"p", "{{$b}}{{/b}}!\n"}},
     .want = "yes!\n"},
    {.what = "a parent by a field's name",
     .escape = ESCAPE_TEXT,
     .template = "{{<*which}}{{$b}}yes{{/b}}{{/*which}}",
     .values = "{\"which\":\"p\"}",
     .partials = {{"p", "{{$b}}no{{/b}}"}},
     .want = "yes"},
    {.what = "an inline argument on a line of its own is indented",
     .escape = ESCAPE_TEXT,
     .template = "{{<p}}{{$b}}x\ny{{/b}}{{/p}}",
     .values = "{}",
     .partials = {{"p", "a\n  {{$b}}{{/b}}\nb\n"}},
     .want = "a\n  x\n  y\nb\n"},
    {.what = "an argument inside a line moves to its first column",
     .escape = ESCAPE_TEXT,
     .template = "{{<p}}\n  {{$b}}\n    x\n     y\n  {{/b}}\n{{/p}}",
     .values = "{}",
     .partials = {{"p", "[{{$b}}{{/b}}]\n"}},
     .want = "[x\n y\n]\n"},
    {.what = "an indented partial moves arguments along",
     .escape = ESCAPE_TEXT,
     .template = "  {{>q}}\n",
     .values = "{}",
     .partials = {{"q", "{{<p}}\n{{$b}}\n    x\n      y\n{{/b}}\n{{/p}}\n"},
                  {"p", "(\n  {{$b}}\n  {{/b}}\n)\n"}},
     .want = "  (\n    x\n      y\n  )\n"},
};

static void test_rendered(void) {
    for (gsize i = 0; i < G_N_ELEMENTS(rendered); i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(GHashTable) partials = partials_make(rendered[i].partials);
        g_autoptr(Template) t =
            template_compile("t", rendered[i].template, rendered[i].escape, &error);
        g_assert_no_error(error);
        cJSON *values = cJSON_Parse(rendered[i].values);
        g_assert_nonnull(values);
        g_autoptr(GString) out = g_string_new("before ");
        bool ok = template_render(t, values, partial_find, partials, out, &error);
        cJSON_Delete(values);
        g_assert_no_error(error);
        g_assert_true(ok);
        g_test_message("%s", rendered[i].what);
        g_assert_true(g_str_has_prefix(out->str, "before "));
        g_assert_cmpstr(out->str + strlen("before "), ==, rendered[i].want);
    }
}

static const struct {
    const char *template, *want;
} uncompiled[] = {
    {"a\nb {{#x}}\n{{y}}\n", "t:2: {{/x}} saknas"},
    {"{{<p}}\n", "t:1: {{/p}} saknas"},
    {"{{<*p}}\n", "t:1: {{/*p}} saknas"},
    {"a\n{{/x}}", "t:2: {{/x}} stänger en sektion som aldrig öppnades"},
    {"{{#x}}\n\n{{/y}}", "t:3: {{/y}} står där {{/x}} väntas; den öppnades på rad 1"},
    {"{{#x}}{{#y}}{{/x}}{{/y}}", "t:1: {{/x}} står där {{/y}} väntas"},
    {"{{<p}}{{/*p}}", "t:1: {{/*p}} står där {{/p}} väntas"},
    {"a\n\n{{x", "t:3: taggen som börjar här slutar aldrig; ”}}” saknas"},
    {"{{{x}}", "t:1: taggen som börjar här slutar aldrig; ”}}}” saknas"},
    {"{{! never", "t:1: taggen"},
    {"{{= x }}", "t:1: taggen som börjar här slutar aldrig; ”=}}” saknas"},
    {"{{", "t:1:"},
    {"{{}}", "t:1: taggen är tom"},
    {"{{# }}{{/ }}", "t:1: taggen är tom"},
    {"{{>*}}", "t:1: taggen är tom"},
    {"{{a b}}", "t:1: namnet ”a b” får inte ha mellanrum"},
    {"{{a..b}}", "t:1: fältnamnet ”a..b”"},
    {"{{.a}}", "t:1: fältnamnet ”.a”"},
    {"{{a.}}", "t:1: fältnamnet ”a.”"},
    {"{{=a=}}", "t:1: avgränsarna"},
    {"{{=a b c=}}", "t:1: avgränsarna"},
    {"{{=a= b=}}", "t:1: avgränsarna"},
    {"{{=0123456789abcdef b=}}", "t:1: avgränsarna"},
    {"{{<p}}\n{{x}}{{/p}}", "t:2: inuti {{<p}} får bara block"},
    {"{{<p}}{{#x}}{{$b}}{{/b}}{{/x}}{{/p}}", "t:1: inuti {{<p}} får bara block"},
    {"{{! a\nb\n}}\n{{=<% %>=}}\n<%#x%>", "t:5: {{/x}} saknas"},
    {"a\r\nb\r\n{{/x}}", "t:3:"},
    {"a\nb\xFF", "t:2: texten är inte UTF-8"},
};

static void test_uncompiled(void) {
    for (gsize i = 0; i < G_N_ELEMENTS(uncompiled); i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(Template) t = template_compile("t", uncompiled[i].template, ESCAPE_TEXT, &error);
        g_test_message("%s -> %s", uncompiled[i].template, error == NULL ? "-" : error->message);
        g_assert_null(t);
        g_assert_error(error, VK_ERROR, VK_ERROR_INPUT);
        g_assert_true(g_str_has_prefix(error->message, uncompiled[i].want));
    }
}

static char *repeated(const char *text, guint times) {
    GString *out = g_string_new(NULL);
    for (guint i = 0; i < times; i++) {
        g_string_append(out, text);
    }
    return g_string_free(out, FALSE);
}

static void test_compile_limits(void) {
    for (guint depth = TEMPLATE_DEPTH_MAX; depth <= TEMPLATE_DEPTH_MAX + 1; depth++) {
        g_autofree char *open = repeated("{{#x}}", depth);
        g_autofree char *close = repeated("{{/x}}", depth);
        g_autofree char *text = g_strconcat(open, close, NULL);
        g_autoptr(GError) error = NULL;
        g_autoptr(Template) t = template_compile("t", text, ESCAPE_TEXT, &error);
        g_assert_true((t != NULL) == (depth == TEMPLATE_DEPTH_MAX));
        if (t == NULL) {
            g_assert_error(error, VK_ERROR, VK_ERROR_LIMIT);
        }
    }
    for (guint size = TEMPLATE_TEXT_MAX; size <= TEMPLATE_TEXT_MAX + 1; size++) {
        g_autofree char *text = g_strnfill(size, 'x');
        g_autoptr(GError) error = NULL;
        g_autoptr(Template) t = template_compile("t", text, ESCAPE_TEXT, &error);
        g_assert_true((t != NULL) == (size == TEMPLATE_TEXT_MAX));
        if (t == NULL) {
            g_assert_error(error, VK_ERROR, VK_ERROR_LIMIT);
        }
    }
}

/* What grows without end stops with the name of the template, and leaves the output as it was. */
static const struct {
    const char *what, *values;
    Partial partials[PARTIALS_MAX];
    const char *want;
} endless[] = {
    {.what = "itself",
     .values = "{}",
     .partials = {{"p", "a\n{{>p}}"}},
     .want = "p:2: mallar och sektioner ligger mer än 100 djupt"},
    {.what = "each other",
     .values = "{}",
     .partials = {{"p", "{{>q}}"}, {"q", "{{<p}}{{/p}}"}},
     .want = "ligger mer än 100 djupt"},
    {.what = "by a field",
     .values = "{\"me\":\"p\"}",
     .partials = {{"p", "{{>*me}}"}},
     .want = "p:1: mallar och sektioner"},
    {.what = "twice itself",
     .values = "{}",
     .partials = {{"p", "{{#x}}{{/x}}{{>p}}{{>p}}"}},
     .want = "ligger mer än 100 djupt"},
    {.what = "an outer list again",
     .values = "{\"l\":[1,2]}",
     .partials = {{"p", "{{#l}}{{>p}}{{/l}}"}},
     .want = "ligger mer än 100 djupt"},
    {.what = "too many steps",
     .values = "{\"l\":[1,2,3,4,5,6,7,8,9,0]}",
     .partials = {{"p", "{{>q}}"},
                  {"q", "{{#l}}{{#l}}{{#l}}{{#l}}{{#l}}{{#l}}{{#l}}{{/l}}{{/l}}{{/l}}{{/l}}"
                        "{{/l}}{{/l}}{{/l}}"}},
     .want = "q:1: mallen blir för lång"},
    {.what = "too much output",
     .values = "{\"l\":[1,2,3,4,5,6,7,8,9,0]}",
     .partials =
         {{"p", "{{#l}}{{#l}}{{#l}}{{#l}}{{#l}}"
                "0123456789012345678901234567890123456789012345678901234567"
                "8901234567890123456789012345678901234567890123456789012345678901234567890123456789"
                "01234567890123456789012345678901234567890123456789012345678901234567890{{x}}{{/"
                "l}}{{/l}}"
                "{{/l}}{{/l}}{{/l}}"}},
     .want = "texten blir större än"},
};

static void test_endless(void) {
    for (gsize i = 0; i < G_N_ELEMENTS(endless); i++) {
        g_autoptr(GHashTable) partials = partials_make(endless[i].partials);
        const Template *t = g_hash_table_lookup(partials, "p");
        cJSON *values = cJSON_Parse(endless[i].values);
        g_autoptr(GString) out = g_string_new("before");
        g_autoptr(GError) error = NULL;
        bool ok = template_render(t, values, partial_find, partials, out, &error);
        cJSON_Delete(values);
        g_test_message("%s -> %s", endless[i].what, error == NULL ? "-" : error->message);
        g_assert_false(ok);
        g_assert_error(error, VK_ERROR, VK_ERROR_LIMIT);
        g_assert_nonnull(strstr(error->message, endless[i].want));
        g_assert_cmpstr(out->str, ==, "before");
    }
}

static void test_no_context(void) {
    g_autoptr(Template) t = template_compile(
        "t", "[{{x}}{{.}}{{#x}}x{{/x}}{{^.}}.{{/.}}{{>p}}{{<q}}{{/q}}]", ESCAPE_HTML, NULL);
    g_autoptr(GString) out = g_string_new(NULL);
    g_assert_true(template_render(t, NULL, NULL, NULL, out, NULL));
    g_assert_cmpstr(out->str, ==, "[.]");
    g_assert_cmpstr(template_name(t), ==, "t");
}

static void test_two_contexts(void) {
    g_autoptr(Template) t =
        template_compile("t", "{{a}} {{b}} {{#list}}{{a}}{{b}}{{.}}{{/list}}", ESCAPE_TEXT, NULL);
    cJSON *shared = cJSON_Parse("{\"a\":1,\"b\":2,\"list\":[3]}"),
          *own = cJSON_Parse("{\"b\":\"own\"}");
    g_autoptr(GString) out = g_string_new(NULL);
    g_assert_true(template_render_over(t, shared, own, NULL, NULL, out, NULL));
    g_assert_cmpstr(out->str, ==, "1 own 1own3");
    cJSON_Delete(shared);
    cJSON_Delete(own);
}

/* Numbers have a decimal point where the machine's language has a comma. */
static void test_locale(void) {
    const char *const names[] = {"sv_SE.UTF-8", "sv_SE.utf8", "de_DE.UTF-8", "fr_FR.UTF-8"};
    bool found = false;
    for (gsize i = 0; i < G_N_ELEMENTS(names) && !found; i++) {
        found = setlocale(LC_ALL, names[i]) != NULL;
    }
    if (!found) {
        g_test_skip("no locale with a decimal comma is installed");
        return;
    }
    g_autoptr(Template) t = template_compile("t", "{{x}}", ESCAPE_TEXT, NULL);
    cJSON *values = cJSON_CreateObject();
    cJSON_AddNumberToObject(values, "x", 1234.5);
    g_autoptr(GString) out = g_string_new(NULL);
    g_assert_true(template_render(t, values, NULL, NULL, out, NULL));
    cJSON_Delete(values);
    setlocale(LC_ALL, "C");
    g_assert_cmpstr(out->str, ==, "1234.5");
}

enum { THREADS = 4, ROUNDS = 2000 };

typedef struct {
    const Template *t;
    GHashTable *partials;
    guint number, same;
} Worker;

static void *worker_run(void *data) {
    Worker *worker = data;
    g_autoptr(GString) out = g_string_new(NULL);
    cJSON *values = cJSON_Parse("{\"l\":[{\"x\":\"<1>\"},{\"x\":\"2\"}]}");
    cJSON_AddNumberToObject(values, "n", worker->number);
    g_autofree char *want = g_strdup_printf(
        "<ul>\n  <li>&lt;1&gt; %u</li>\n  <li>2 %u</li>\n</ul>\n", worker->number, worker->number);
    for (guint i = 0; i < ROUNDS; i++) {
        g_string_truncate(out, 0);
        template_render(worker->t, values, partial_find, worker->partials, out, NULL);
        worker->same += strcmp(out->str, want) == 0;
    }
    cJSON_Delete(values);
    return NULL;
}

static void test_threads(void) {
    const Partial texts[PARTIALS_MAX] = {
        {"layout", "<ul>\n  {{$rows}}\n  {{/rows}}\n</ul>\n"},
        {"row", "<li>{{x}} {{n}}</li>\n"},
    };
    g_autoptr(GHashTable) partials = partials_make(texts);
    g_autoptr(Template) t = template_compile(
        "t", "{{<layout}}\n{{$rows}}\n{{#l}}\n{{>row}}\n{{/l}}\n{{/rows}}\n{{/layout}}\n",
        ESCAPE_HTML, NULL);
    pthread_t threads[THREADS];
    Worker workers[THREADS];
    for (guint i = 0; i < THREADS; i++) {
        workers[i] = (Worker){t, partials, i, 0};
        g_assert_cmpint(pthread_create(&threads[i], NULL, worker_run, &workers[i]), ==, 0);
    }
    for (guint i = 0; i < THREADS; i++) {
        g_assert_cmpint(pthread_join(threads[i], NULL), ==, 0);
        g_assert_cmpuint(workers[i].same, ==, ROUNDS);
    }
}

int main(int argc, char **argv) {
    g_test_init(&argc, &argv, NULL);
    lang_set(LANG_SV);
    g_test_add_func("/render/rendered", test_rendered);
    g_test_add_func("/render/uncompiled", test_uncompiled);
    g_test_add_func("/render/compile-limits", test_compile_limits);
    g_test_add_func("/render/endless", test_endless);
    g_test_add_func("/render/no-context", test_no_context);
    g_test_add_func("/render/two-contexts", test_two_contexts);
    g_test_add_func("/render/locale", test_locale);
    g_test_add_func("/render/threads", test_threads);
    return g_test_run();
}
