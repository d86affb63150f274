#include "web/shown.h"

#include <string.h>

char *shown_mark(const Answer *saved) {
    bool worded = saved->text && *saved->text;
    return g_strdup_printf("%x%s%x", saved->choices, saved->not_applicable ? "n" : ".",
                           worded ? g_str_hash(saved->text) : 0);
}

bool shown_unchanged(const Fields *form, guint index, const Answer *sent) {
    g_autofree char *name = g_strdup_printf("w%u", index);
    const char *shown = fields_get(form, name);
    if (!shown) {
        return false;
    }
    g_autofree char *mark = shown_mark(sent);
    return g_str_equal(shown, mark);
}
