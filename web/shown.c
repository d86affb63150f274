#include "web/shown.h"

#include <string.h>

char *shown_mark(const Answer *saved) {
    bool worded = saved->text && *saved->text;
    return g_strdup_printf("%x%s%x", saved->choices, saved->not_applicable ? "n" : ".",
                           worded ? g_str_hash(saved->text) : 0);
}

bool shown_unchanged(const Fields *form, guint index, const Answer *sent) {
    char name[16];
    g_snprintf(name, sizeof name, "w%u", index);
    const char *shown = fields_get(form, name);
    if (!shown) {
        return false;
    }
    g_autofree char *mark = shown_mark(sent);
    return g_str_equal(shown, mark);
}
