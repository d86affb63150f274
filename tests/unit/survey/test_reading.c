/* Proves that easy Swedish has the whole starter pack, and that it is easy: what an employee reads
 * in it has a LIX under 30, page by page, mail by mail, lesson by lesson and question by question.
 * Statements on a scale, of one sentence, are too short to be measured. */
#include "survey/reading.h"

#include "survey/pack_private.h"
#include "tests/unit/survey/fixture.h"

#include <string.h>

static const char code[] = "sv-x-lattlast";
static Lang easy;

enum { EASY_LIX = 30, WORDS_MIN = 12 };

static void assert_easy(const char *what, const char *text) {
    g_auto(GStrv) words = g_regex_split_simple("\\W+", text, 0, 0);
    double lix = reading_lix(text);
    if (g_strv_length(words) >= WORDS_MIN && lix >= EASY_LIX) {
        g_test_message("%s: LIX %.1f: divide long sentences and change long words\n%s", what, lix,
                       text);
        g_test_fail();
    }
}

static Pack *starter_load(void) {
    g_autofree char *dir = fixture_starter_dir();
    g_autoptr(GPtrArray) faults = NULL;
    g_autoptr(GError) error = NULL;
    Pack *pack = pack_load(dir, &faults, &error);
    g_assert_no_error(error);
    return pack;
}

/* Every text below that is in Swedish is in the language. */
static void assert_translated(const char *where, const cJSON *json) {
    if (cJSON_HasObjectItem(json, "sv") && !cJSON_HasObjectItem(json, code)) {
        g_autofree char *text = cJSON_PrintUnformatted(json);
        g_test_message("%s lacks %s: %s", code, where, text);
        g_test_fail();
    }
    const cJSON *child = NULL;
    cJSON_ArrayForEach(child, json) {
        assert_translated(where, child);
    }
}

static void test_pack_whole(void) {
    g_autoptr(Pack) pack = starter_load();
    g_assert_cmpstr(pack->title[easy], !=, pack->title[LANG_SV]);
    for (guint i = 0; i < pack_item_count(pack); i++) {
        const Item *item = pack_item(pack, i);
        if (item->text[easy] == NULL) { /* its options and explanation come with it */
            g_test_message("items.%s.json lacks %s", code, item->key);
            g_test_fail();
        }
    }
    for (guint i = 0; i < pack_lesson_count(pack); i++) {
        const Lesson *lesson = pack_lesson(pack, i);
        if (lesson->title[easy] == NULL || lesson->markdown[easy] == NULL) {
            g_test_message("items.%s.json and lessons/ lack %s", code, lesson->key);
            g_test_fail();
        }
    }
    for (guint i = 0; i < pack->questionnaires->len; i++) {
        const PackQuestionnaire *one = pack->questionnaires->pdata[i];
        cJSON *json = cJSON_Parse(one->json);
        g_assert_nonnull(json);
        assert_translated(one->name, json);
        cJSON_Delete(json);
    }
    g_assert_cmpuint(pack_item_count(pack), >, 60);
    g_assert_cmpuint(pack_lesson_count(pack), >=, 6);
    g_assert_cmpuint(pack->questionnaires->len, >=, 2);
}

static void test_pack_easy(void) {
    g_autoptr(Pack) pack = starter_load();
    for (guint i = 0; i < pack_item_count(pack); i++) {
        const Item *item = pack_item(pack, i);
        if (item->text[easy] == NULL || !item_is_scored(item)) {
            continue;
        }
        g_autoptr(GString) text = g_string_new(item->text[easy]);
        for (guint j = 0; j < item->option_count && item->kind != ITEM_TRUE_FALSE; j++) {
            g_string_append_printf(text, "\n%s", item->options[easy][j]);
        }
        g_string_append_printf(text, "\n%s", item->explain[easy]);
        assert_easy(item->key, text->str);
    }
    for (guint i = 0; i < pack_lesson_count(pack); i++) {
        const Lesson *lesson = pack_lesson(pack, i);
        assert_easy(lesson->key, lesson->markdown[easy] == NULL ? "" : lesson->markdown[easy]);
    }
}

static char *replaced(char *take_text, const char *pattern, const char *with) {
    g_autofree char *text = take_text;
    g_autoptr(GError) error = NULL;
    g_autoptr(GRegex) regex = g_regex_new(pattern, G_REGEX_DOTALL, 0, &error);
    g_assert_no_error(error);
    return g_regex_replace_literal(regex, text, -1, 0, with, 0, NULL);
}

/* The words of a template: each block of HTML a line, a value one short word. */
static char *template_words(const char *path) {
    char *text = NULL;
    g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
    text = replaced(text, "\\{\\{!.*?\\}\\}", "");
    text = replaced(text, "\\{\\{[#^/<>$][^}]*\\}\\}", "");
    text = replaced(text, "\\{\\{.*?\\}\\}\\}?", "ord");
    text = replaced(text, "</(p|li|h\\d|dt|dd|button|legend|a|label)>", "\n");
    return replaced(text, "<[^>]*>", "");
}

static guint folder_easy(const char *folder) {
    g_autofree char *path =
        g_build_filename(g_getenv("VETKOLL_SOURCE_DIR"), "templates", code, folder, NULL);
    g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
    g_assert_nonnull(dir);
    guint count = 0;
    for (const char *name; (name = g_dir_read_name(dir)) != NULL; count++) {
        g_autofree char *file = g_build_filename(path, name, NULL);
        g_autofree char *text = template_words(file);
        assert_easy(name, text);
    }
    return count;
}

static void test_templates_easy(void) {
    g_assert_cmpuint(folder_easy("page"), >=, 12);
    g_assert_cmpuint(folder_easy("mail"), >=, 14);
}

int main(int argc, char **argv) {
    static const LangSpec spec = {.code = code,
                                  .name = "Lätt svenska",
                                  .fallback = LANG_SV,
                                  .truths = {"Sant", "Falskt"},
                                  .steps = {"inte alls", "lite", "ganska bra", "helt"}};
    g_test_init(&argc, &argv, NULL);
    g_assert_true(lang_add(&spec, &easy));
    g_test_add_func("/reading/pack-whole", test_pack_whole);
    g_test_add_func("/reading/pack-easy", test_pack_easy);
    g_test_add_func("/reading/templates-easy", test_templates_easy);
    return g_test_run();
}
