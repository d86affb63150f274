/* Proves which answers an item takes: a table of every way in which one can be wrong. */
#include "base/error.h"
#include "survey/answer.h"

#include <string.h>

typedef struct {
    const char *name;
    ItemKind kind;
    guint options;
    bool offers_not_applicable;
    uint32_t choices;
    bool not_applicable;
    const char *text;
    int64_t item_id; /* of the answer; the item's is 7 */
    int code;        /* -1: valid */
} Case;

static const Case cases[] = {
    {"blank", ITEM_SINGLE, 4, true, 0, false, NULL, 7, -1},
    {"blank, empty text", ITEM_SINGLE, 4, true, 0, false, "", 7, -1},
    {"first", ITEM_SINGLE, 4, true, 1, false, NULL, 7, -1},
    {"last", ITEM_SINGLE, 4, true, 8, false, NULL, 7, -1},
    {"beyond the last", ITEM_SINGLE, 4, true, 16, false, NULL, 7, VK_ERROR_INPUT},
    {"top bit", ITEM_SINGLE, 4, true, 0x80000000u, false, NULL, 7, VK_ERROR_INPUT},
    {"two of single", ITEM_SINGLE, 4, true, 3, false, NULL, 7, VK_ERROR_INPUT},
    {"two of true_false", ITEM_TRUE_FALSE, 2, true, 3, false, NULL, 7, VK_ERROR_INPUT},
    {"two of scale", ITEM_SCALE, 4, true, 12, false, NULL, 7, VK_ERROR_INPUT},
    {"two of multiple", ITEM_MULTIPLE, 4, true, 3, false, NULL, 7, -1},
    {"all of multiple", ITEM_MULTIPLE, 10, true, 0x3ff, false, NULL, 7, -1},
    {"too many of multiple", ITEM_MULTIPLE, 10, true, 0x7ff, false, NULL, 7, VK_ERROR_INPUT},
    {"not applicable", ITEM_SCALE, 4, true, 0, true, NULL, 7, -1},
    {"not applicable, not offered", ITEM_SCALE, 4, false, 0, true, NULL, 7, VK_ERROR_INPUT},
    {"not applicable and a choice", ITEM_SCALE, 4, true, 1, true, NULL, 7, VK_ERROR_INPUT},
    {"text to a scale", ITEM_SCALE, 4, true, 0, false, "hej", 7, VK_ERROR_INPUT},
    {"text", ITEM_TEXT, 0, false, 0, false, "Åsas mejl\nrad två\ttab \xf0\x9f\x99\x82", 7, -1},
    {"choice to a text", ITEM_TEXT, 0, false, 1, false, "hej", 7, VK_ERROR_INPUT},
    {"bad UTF-8", ITEM_TEXT, 0, false, 0, false, "a\xff", 7, VK_ERROR_INPUT},
    {"control character", ITEM_TEXT, 0, false, 0, false, "a\x1b[31m", 7, VK_ERROR_INPUT},
    {"another item", ITEM_SINGLE, 4, true, 1, false, NULL, 8, VK_ERROR_INPUT},
};

static bool validate(const Case *c, const char *text, GError **error) {
    g_autoptr(Item) item = item_new();
    item->id = 7;
    item->key = g_strdup("k-1");
    item->kind = c->kind;
    item->option_count = c->options;
    item->text_max = c->kind == ITEM_TEXT ? ITEM_TEXT_DEFAULT : 0;
    item->offers_not_applicable = c->offers_not_applicable;
    g_auto(Answer) answer = {.item_id = c->item_id,
                             .choices = c->choices,
                             .not_applicable = c->not_applicable,
                             .text = g_strdup(text)};
    return answer_validate(item, &answer, error);
}

static void test_validate(void) {
    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GError) error = NULL;
        bool valid = validate(&cases[i], cases[i].text, &error);
        g_test_message("%s", cases[i].name);
        g_assert_cmpint(valid, ==, cases[i].code < 0);
        if (cases[i].code >= 0) {
            g_assert_error(error, VK_ERROR, cases[i].code);
        }
    }
}

/* The limit counts characters, not bytes. */
static void test_text_length(void) {
    const Case text = {.kind = ITEM_TEXT, .item_id = 7};
    g_autoptr(GString) long_text = g_string_new(NULL);
    for (int i = 0; i < ITEM_TEXT_DEFAULT; i++) {
        g_string_append(long_text, "å");
    }
    g_autoptr(GError) error = NULL;
    g_assert_true(validate(&text, long_text->str, &error));
    g_string_append_c(long_text, 'x');
    g_assert_false(validate(&text, long_text->str, &error));
    g_assert_error(error, VK_ERROR, VK_ERROR_LIMIT);
}

static void test_blank(void) {
    g_auto(Answer) answer = {.item_id = 7};
    g_assert_true(answer_is_blank(&answer));
    answer.text = g_strdup("");
    g_assert_true(answer_is_blank(&answer));
    answer.not_applicable = true;
    g_assert_false(answer_is_blank(&answer));
    answer_clear(&answer);
    answer.choices = 4;
    g_assert_false(answer_is_blank(&answer));
}

int main(int argc, char **argv) {
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/answer/validate", test_validate);
    g_test_add_func("/answer/text-length", test_text_length);
    g_test_add_func("/answer/blank", test_blank);
    return g_test_run();
}
