#include "web/shown.h"

#include <string.h>

char *shown_mark(const Answer *saved) {
    bool worded = saved->text && *saved->text;
    return g_strdup_printf("%x%s%x", saved->choices, saved->not_applicable ? "n" : ".",
                           worded ? g_str_hash(saved->text) : 0);
}

/* The field wN of item N, or NULL. */
static const char *shown_field(const Fields *form, guint index) {
    for (guint i = 0; i < fields_count(form); i++) {
        const char *name = fields_name(form, i);
        guint64 number;
        if (name[0] == 'w' &&
            g_ascii_string_to_unsigned(name + 1, 10, 0, G_MAXUINT, &number, NULL) &&
            number == index) {
            return fields_value(form, i);
        }
    }
    return NULL;
}

bool shown_unchanged(const Fields *form, guint index, const Answer *sent) {
    const char *shown = shown_field(form, index);
    if (!shown) {
        return false;
    }
    g_autofree char *mark = shown_mark(sent);
    return g_str_equal(shown, mark);
}
