/* items.json from anyone: never a crash, and what passes the check can be stored and read back. */
#include "survey/item_private.h"
#include "survey/pack.h"

#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    g_autoptr(GPtrArray) faults = g_ptr_array_new_with_free_func(g_free);
    g_autofree char *text = g_strndup((const char *)data, size);
    g_autoptr(Pack) pack = pack_parse((const char *)data, size, faults);
    g_assert((pack == NULL) == (faults->len > 0));
    for (guint i = 0; pack != NULL && i < pack_item_count(pack); i++) {
        g_autofree char *body = item_body_format(pack_item(pack, i));
        g_autoptr(Item) back = item_new();
        g_assert(item_body_parse(back, body, NULL));
        g_assert(back->key_mask == pack_item(pack, i)->key_mask);
    }
    /* The same bytes as a lesson: safe whatever they are. */
    if (g_utf8_validate(text, -1, NULL)) {
        int line;
        bool unsafe = lesson_has_unsafe(text, &line);
        g_autofree char *html = lesson_render(text);
        g_assert(html != NULL && (!unsafe || line >= 0));
    }
    return 0;
}
