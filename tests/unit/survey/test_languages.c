/* Proves that a pack's texts in an added language, in the pack's files or in items.CODE.json, reach
 * items and lessons whole or not at all, that what is left out or misnamed is told, and that what
 * is stored gives them back, with what a language lacks from the one it falls back on. */
#include "survey/item_private.h"
#include "survey/pack_private.h"

#include <glib/gstdio.h>
#include <string.h>

static Lang fi; /* has built-in answers */
static Lang ar; /* has none */

static const char items[] =
    "{'pack': 'p', 'title': {'sv': 'P', 'en': 'P'}, 'items': ["
    "{'id': 'one', 'kind': 'single', 'measure': 'knowledge', 'area': 'area1', 'topic': 't',"
    " 'text': {'sv': 'Ett?', 'en': 'One?'}, 'options': [{'sv': 'a', 'en': 'a'}, {'sv': 'b', 'en': "
    "'b'}], 'correct': 0, 'explain': {'sv': 'A.', 'en': 'A.'}},"
    "{'id': 'two', 'kind': 'scale', 'measure': 'obstacle', 'area': 'area1', 'topic': 't',"
    " 'polarity': 'positive', 'text': {'sv': 'Två.', 'en': 'Two.'}}]}";
static const char lessons[] = "{'lessons': [{'key': 'l', 'area': 'area1', 'topic': 't', 'title': "
                              "{'sv': 'L', 'en': 'L'}}]}";

static const char questionnaire[] =
    "{'title': {'sv': 'Q', 'en': 'Q'}, 'sections': [{'title': {'sv': 'S', 'en': 'S'}, 'ask': "
    "[{'grid': ['two'], 'text': {'sv': 'G', 'en': 'G'}}]}, {'intro': {'sv': 'I', 'en': 'I'}, "
    "'ask': "
    "['one']}]}";

static void file_write(const char *dir, const char *name, const char *text) {
    g_autofree char *path = g_build_filename(dir, name, NULL);
    g_autofree char *quoted = g_strdelimit(g_strdup(text), "'", '"');
    g_assert_true(g_file_set_contents(path, quoted, -1, NULL));
}

static char *pack_make(void) {
    char *dir = g_dir_make_tmp("vetkoll-pack-XXXXXX", NULL);
    g_autofree char *texts = g_build_filename(dir, "lessons", NULL);
    g_autofree char *questionnaires = g_build_filename(dir, "questionnaires", NULL);
    g_assert_cmpint(g_mkdir(texts, 0700), ==, 0);
    g_assert_cmpint(g_mkdir(questionnaires, 0700), ==, 0);
    file_write(dir, "questionnaires/q.json", questionnaire);
    file_write(dir, "items.json", items);
    file_write(dir, "lessons.json", lessons);
    file_write(dir, "lessons/l.sv.md", "Svenska.");
    file_write(dir, "lessons/l.en.md", "English.");
    return dir;
}

static void pack_remove(const char *dir) {
    static const char *const names[] = {"questionnaires/q.json",
                                        "questionnaires",
                                        "lessons/l.sv.md",
                                        "lessons/l.en.md",
                                        "lessons/l.fi.md",
                                        "lessons/l.so.md",
                                        "lessons",
                                        "items.json",
                                        "items.fi.json",
                                        "items.ar.json",
                                        "items.so.json",
                                        "lessons.json",
                                        ""};
    for (gsize i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autofree char *path = g_build_filename(dir, names[i], NULL);
        g_remove(path);
    }
    g_assert_false(g_file_test(dir, G_FILE_TEST_EXISTS));
}

static void test_whole(void) {
    g_autofree char *dir = pack_make();
    file_write(dir, "items.fi.json",
               "{'title': 'Paketti', 'items': {'one': {'text': 'Yksi?', 'options': ['x', 'y'], "
               "'explain': 'X.'}, 'two': {'text': 'Kaksi.'}}, 'lessons': {'l': 'Oppi'}}");
    file_write(dir, "lessons/l.fi.md", "Suomi.");
    g_autoptr(GError) error = NULL;
    g_autoptr(Pack) pack = pack_load(dir, NULL, &error);
    g_assert_no_error(error);
    g_assert_cmpstr(pack_title(pack, fi), ==, "Paketti");
    const Item *one = pack_item(pack, 0);
    const Item *two = pack_item(pack, 1);
    g_assert_cmpstr(one->text[fi], ==, "Yksi?");
    g_assert_cmpstr(one->options[fi][1], ==, "y");
    g_assert_cmpstr(one->explain[fi], ==, "X.");
    g_assert_null(one->text[ar]);
    g_assert_cmpstr(two->options[fi][0], ==, "ei");
    g_assert_cmpstr(two->explain[fi], ==, "");
    g_assert_cmpstr(pack_lesson(pack, 0)->title[fi], ==, "Oppi");
    g_assert_cmpstr(pack_lesson(pack, 0)->html[fi], ==, "<p>Suomi.</p>\n");
    g_assert_null(pack_lesson(pack, 0)->markdown[ar]);
    /* Stored and read. */
    g_autofree char *body = item_body_format(one);
    g_autoptr(Item) back = item_new();
    g_assert_true(item_body_parse(back, body, &error));
    g_assert_cmpstr(back->text[fi], ==, "Yksi?");
    g_assert_cmpint(back->told[fi], ==, fi);
    g_assert_cmpstr(back->text[ar], ==, "One?");
    g_assert_cmpstr(back->options[ar][1], ==, "b");
    g_assert_cmpint(back->told[ar], ==, LANG_EN);
    g_assert_cmpint(back->told[LANG_SV], ==, LANG_SV);
    g_autofree char *lesson_body = lesson_body_format(pack_lesson(pack, 0));
    g_autoptr(Lesson) lesson = lesson_new();
    g_assert_true(lesson_body_parse(lesson, lesson_body, &error));
    g_assert_cmpstr(lesson->title[fi], ==, "Oppi");
    g_assert_cmpint(lesson->told[fi], ==, fi);
    g_assert_cmpstr(lesson->html[ar], ==, "<p>English.</p>\n");
    g_assert_cmpint(lesson->told[ar], ==, LANG_EN);
    pack_remove(dir);
}

/* What was stored before there was the language, and a part that is lost, fall back as a whole. */
static void test_body_without(void) {
    static const char body[] =
        "{\"text\":{\"sv\":\"S\",\"en\":\"E\",\"fi\":\"F\"},\"options\":[{\"sv\":\"1\",\"en\":"
        "\"2\"}],"
        "\"correct\":[],\"explain\":{\"sv\":\"\",\"en\":\"\",\"fi\":\"\"},\"not_applicable\":true,"
        "\"optional\":true}";
    g_autoptr(GError) error = NULL;
    g_autoptr(Item) item = item_new();
    g_assert_true(item_body_parse(item, body, &error));
    g_assert_cmpstr(item->text[fi], ==, "S");
    g_assert_cmpstr(item->options[fi][0], ==, "1");
    g_assert_cmpint(item->told[fi], ==, LANG_SV);
    g_assert_cmpint(item->told[ar], ==, LANG_EN);
}

static const struct {
    const char *file, *text;
    const char *fault; /* NULL: none */
} cases[] = {
    {"items.fi.json", "{'items': {}}", NULL},
    {"items.fi.json", "{'items': {'two': {'text': 'Kaksi.'}}}", NULL},
    {"items.fi.json", "[", "items.fi.json: "},
    {"items.fi.json", "{'questions': {}}", "okänt fält \"questions\""},
    {"items.fi.json", "{'items': {'three': {'text': 'x'}}}", "three: finns inte i paketet"},
    {"items.fi.json", "{'items': {'one': {'question': 'x'}}}", "okänt fält \"question\""},
    {"items.fi.json", "{'items': {'one': 'x'}}", "ska vara ett objekt"},
    {"items.fi.json", "{'items': {'one': {'text': 7}}}", "\"text\" ska vara en text"},
    {"items.fi.json", "{'items': {'one': {'text': 'x'}}}",
     "one: \"options[0]\" saknar text på språket \"fi\""},
    {"items.fi.json", "{'items': {'one': {'text': 'x', 'options': ['x', 'y']}}}",
     "one: \"explain\" saknar text på språket \"fi\""},
    {"items.fi.json", "{'items': {'one': {'options': ['x', 'y'], 'explain': 'x'}}}",
     "one: \"text\" saknar text på språket \"fi\""},
    {"items.fi.json", "{'items': {'one': {'text': 'x', 'options': ['x'], 'explain': 'x'}}}",
     "one: \"options\" ska vara en lista med lika många"},
    {"items.fi.json", "{'items': {'one': {'text': 'x', 'options': ['x', 'X'], 'explain': 'x'}}}",
     "svarsalternativ 0 och 1 är lika (fi)"},
    {"items.fi.json", "{'items': {'two': {'text': 'x', 'explain': 'x'}}}",
     "two: \"explain\" finns inte på svenska"},
    {"items.fi.json", "{'items': {'two': {'text': 'x', 'options': []}}}",
     "two: \"options\" ska vara en lista med lika många"},
    {"items.fi.json", "{'items': {'two': {'text': ' x'}}}", "\"text\" (fi) har blanksteg"},
    {"items.ar.json", "{'items': {'two': {'text': 'x'}}}",
     "two: språket \"ar\" saknar svar för scale"},
    {"items.fi.json", "{'lessons': {'m': 'x'}}", "m: finns inte i paketet"},
    {"items.fi.json", "{'lessons': {'l': 'x'}}", "lessons/l.fi.md: filen saknas"},
    {"lessons/l.fi.md", "Suomi.", "l: filen lessons/l.fi.md finns men \"title\" saknar text"},
    {"items.fi.json",
     "{'questionnaires': {'q': {'title': 'K', 'sections': [{'title': 'O', 'grids': "
     "['R']}, {'intro': 'A'}]}}}",
     NULL},
    {"items.fi.json", "{'questionnaires': {'q': {'name': 'K'}}}", "q: okänt fält \"name\""},
    {"items.fi.json", "{'questionnaires': {'r': {'title': 'K'}}}", "r: finns inte i paketet"},
    {"items.fi.json", "{'questionnaires': {'q': {'sections': [{}]}}}",
     "q: \"sections\" ska vara en lista med 2 avsnitt"},
    {"items.fi.json", "{'questionnaires': {'q': {'sections': [{'grids': ['R', 'S']}, {}]}}}",
     "q: \"grids\" ska vara en lista med 1 texter"},
    {"items.fi.json", "{'questionnaires': {'q': {'sections': [{'intro': 'A'}, {}]}}}",
     "q: \"intro\" finns inte på svenska"},
    {"items.fi.json", "{'items': {'one': {'scene': 'x'}}}", "one: \"scene\" finns inte på svenska"},
    {"items.fi.json", "{'items': {'one': {'picture_alt': 'x'}}}",
     "one: \"alt\" finns inte på svenska"},
    {"items.so.json", "{'items': {'three': {}}}", NULL}, /* no such language here */
    {"lessons/l.so.md", "Soomaali.", NULL},
};

static void test_faults(void) {
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *dir = pack_make();
        file_write(dir, cases[i].file, cases[i].text);
        g_autoptr(GPtrArray) faults = NULL;
        g_autoptr(Pack) pack = pack_load(dir, &faults, NULL);
        g_autoptr(GPtrArray) foreign = pack_foreign_files(dir);
        g_ptr_array_add(faults, NULL);
        g_autofree char *text = g_strjoinv("\n", (char **)faults->pdata);
        g_test_message("%s %s: %s", cases[i].file, cases[i].text, text);
        g_assert_cmpint(pack != NULL, ==, cases[i].fault == NULL);
        g_assert_nonnull(strstr(text, cases[i].fault == NULL ? "" : cases[i].fault));
        g_assert_cmpuint(foreign->len, ==, strcmp(cases[i].file, "items.so.json") == 0);
        pack_remove(dir);
    }
}

/* A questionnaire's texts lie beside the others', and go when the language has gone. */
static void test_questionnaire(void) {
    g_autofree char *dir = pack_make();
    g_autoptr(GPtrArray) lines = g_ptr_array_new_with_free_func(g_free);
    g_autofree char *json = g_strdelimit(g_strdup(questionnaire), "'", '"');
    g_assert_null(pack_language_questionnaire(dir, "q", json, lines));
    file_write(dir, "items.fi.json",
               "{'questionnaires': {'q': {'title': 'K', 'sections': [{'title': 'O', 'grids': "
               "['R']}, {'intro': 'A'}]}}}");
    g_autofree char *more = pack_language_questionnaire(dir, "q", json, lines);
    g_assert_cmpuint(lines->len, ==, 0);
    g_assert_cmpstr(more, ==,
                    "{\"title\":{\"sv\":\"Q\",\"en\":\"Q\",\"fi\":\"K\"},\"sections\":["
                    "{\"title\":{\"sv\":\"S\",\"en\":\"S\",\"fi\":\"O\"},\"ask\":[{\"grid\":"
                    "[\"two\"],\"text\":{\"sv\":\"G\",\"en\":\"G\",\"fi\":\"R\"}}]},"
                    "{\"intro\":{\"sv\":\"I\",\"en\":\"I\",\"fi\":\"A\"},\"ask\":[\"one\"]}]}");
    g_autofree char *here = pack_language_here(more);
    g_assert_cmpstr(here, ==, more);
    g_autoptr(GString) other = g_string_new(more);
    g_string_replace(other, "\"fi\"", "\"so\"", 0);
    const char *gone = other->str;
    g_autofree char *left = pack_language_here(gone);
    cJSON *minified = cJSON_Parse(json);
    char *usual = cJSON_PrintUnformatted(minified);
    g_assert_cmpstr(left, ==, usual);
    cJSON_free(usual);
    cJSON_Delete(minified);
    pack_remove(dir);
}

int main(int argc, char **argv) {
    static const LangSpec specs[] = {
        {.code = "fi",
         .name = "suomi",
         .fallback = LANG_SV,
         .truths = {"tosi", "epätosi"},
         .steps = {"ei", "vähän", "melko", "kyllä"}},
        {.code = "ar", .name = "العربية", .fallback = LANG_EN, .right_to_left = true}};
    g_test_init(&argc, &argv, NULL);
    g_assert_true(lang_add(&specs[0], &fi));
    g_assert_true(lang_add(&specs[1], &ar));
    g_test_add_func("/languages/whole", test_whole);
    g_test_add_func("/languages/body-without", test_body_without);
    g_test_add_func("/languages/questionnaire", test_questionnaire);
    g_test_add_func("/languages/faults", test_faults);
    return g_test_run();
}
