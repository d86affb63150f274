#include "tests/integration/questions.h"

#include <cjson/cJSON.h>
#include <string.h>

struct Questions {
    GPtrArray *items; /* Asked */
};

static void asked_free(gpointer data) {
    Asked *asked = data;
    g_free(asked->key);
    g_free(asked->kind);
    g_free(asked->area);
    g_free(asked->text[0]);
    g_free(asked->text[1]);
    g_ptr_array_unref(asked->options);
    g_free(asked);
}

static char *text_at(const cJSON *object, const char *name) {
    return g_strdup(cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, name)));
}

static guint options_read(Asked *asked, const cJSON *item) {
    const cJSON *option;
    cJSON_ArrayForEach(option, cJSON_GetObjectItemCaseSensitive(item, "options")) {
        char **texts = g_new0(char *, 3);
        texts[0] = text_at(option, "sv");
        texts[1] = text_at(option, "en");
        g_ptr_array_add(asked->options, texts);
    }
    if (g_str_equal(asked->kind, "true_false")) {
        return 2;
    }
    return g_str_equal(asked->kind, "scale") ? 4 : asked->options->len;
}

static uint32_t right_read(const Asked *asked, const cJSON *correct) {
    uint32_t right = 0;
    const cJSON *index;
    if (cJSON_IsBool(correct)) {
        return cJSON_IsTrue(correct) ? 1 : 2;
    }
    if (cJSON_IsNumber(correct)) {
        return 1U << (guint)correct->valuedouble;
    }
    cJSON_ArrayForEach(index, correct) {
        right |= 1U << (guint)index->valuedouble;
    }
    g_assert_cmpuint(right >> asked->option_count, ==, 0);
    return right;
}

static Asked *asked_read(const cJSON *item) {
    Asked *asked = g_new0(Asked, 1);
    const cJSON *text = cJSON_GetObjectItemCaseSensitive(item, "text");
    asked->key = text_at(item, "id");
    asked->kind = text_at(item, "kind");
    asked->area = text_at(item, "area");
    asked->text[0] = text_at(text, "sv");
    asked->text[1] = text_at(text, "en");
    asked->options = g_ptr_array_new_with_free_func((GDestroyNotify)g_strfreev);
    asked->option_count = options_read(asked, item);
    asked->right = right_read(asked, cJSON_GetObjectItemCaseSensitive(item, "correct"));
    return asked;
}

Questions *questions_open(const char *pack) {
    g_autofree char *path = g_build_filename(pack, "items.json", NULL);
    g_autofree char *json = NULL;
    g_autoptr(GError) error = NULL;
    if (!g_file_get_contents(path, &json, NULL, &error)) {
        g_error("%s", error->message);
    }
    cJSON *root = cJSON_Parse(json);
    g_assert_nonnull(root);
    Questions *questions = g_new0(Questions, 1);
    questions->items = g_ptr_array_new_with_free_func(asked_free);
    const cJSON *item;
    cJSON_ArrayForEach(item, cJSON_GetObjectItemCaseSensitive(root, "items")) {
        g_ptr_array_add(questions->items, asked_read(item));
    }
    cJSON_Delete(root);
    return questions;
}

void questions_free(Questions *questions) {
    if (questions != NULL) {
        g_ptr_array_unref(questions->items);
        g_free(questions);
    }
}

const Asked *questions_find(const Questions *questions, const char *words) {
    const Asked *best = NULL;
    size_t longest = 0;
    for (guint i = 0; i < questions->items->len; i++) {
        const Asked *asked = g_ptr_array_index(questions->items, i);
        for (guint lang = 0; lang < 2; lang++) {
            const char *text = asked->text[lang];
            if (text != NULL && strlen(text) > longest && strstr(words, text) != NULL) {
                best = asked;
                longest = strlen(text);
            }
        }
    }
    return best;
}

bool asked_labels(const Asked *asked, guint option, const char *label) {
    if (asked->options->len == 0) {
        return true;
    }
    g_assert_cmpuint(option, <, asked->options->len);
    char **texts = g_ptr_array_index(asked->options, option);
    return strstr(label, texts[0]) != NULL || (texts[1] != NULL && strstr(label, texts[1]) != NULL);
}
