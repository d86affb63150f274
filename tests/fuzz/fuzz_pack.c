/* items.json from anyone: never a crash, and what passes the check keeps what item.h promises. */
#include "survey/item.h"
#include "survey/lesson.h"
#include "survey/pack.h"

#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static Lang added; /* has no words for a scale */

static void language_add(void) {
    static const LangSpec fi = {.code = "fi", .name = "suomi", .truths = {"a", "b"}};
    if (lang_count() == LANG_OWN_COUNT) {
        g_assert(lang_add(&fi, &added));
    }
}

static void item_check(const Item *item) {
    g_assert(item->key[0] != '\0' && item_area_is_known(item->area));
    g_assert(item->option_count <= ITEM_OPTIONS_MAX && item->key_mask >> item->option_count == 0);
    for (int lang = 0; lang < LANG_OWN_COUNT; lang++) {
        g_assert(item->text[lang][0] != '\0' && item->explain[lang] != NULL);
        g_assert(g_strv_length(item->options[lang]) == item->option_count);
    }
    /* An added language has the whole item or nothing of it. */
    g_assert((item->text[added] == NULL) == (item->options[added] == NULL));
    g_assert((item->text[added] == NULL) == (item->explain[added] == NULL));
    g_assert(item->text[added] == NULL ||
             (item->text[added][0] != '\0' &&
              g_strv_length(item->options[added]) == item->option_count));
    bool scored = item->measure == MEASURE_KNOWLEDGE || item->measure == MEASURE_SCENARIO;
    g_assert(item_is_scored(item) == scored);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    language_add();
    g_autoptr(GPtrArray) faults = g_ptr_array_new_with_free_func(g_free);
    g_autofree char *text = g_strndup((const char *)data, size);
    g_autoptr(Pack) pack = pack_parse((const char *)data, size, faults);
    g_assert((pack == NULL) == (faults->len > 0));
    for (guint i = 0; pack != NULL && i < pack_item_count(pack); i++) {
        item_check(pack_item(pack, i));
    }
    /* The same bytes as a lesson. */
    if (g_utf8_validate(text, -1, NULL)) {
        int line;
        lesson_has_unsafe(text, &line);
        g_autofree char *html = lesson_render(text);
        g_assert(html != NULL);
    }
    return 0;
}
