/* The form reader: whatever comes, no crash; what it took is UTF-8 text within its limits, and says
 * the same when it is written and read again. */
#include "web/fields.h"

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void write_escaped(GString *out, const char *text) {
    g_autofree char *escaped = g_uri_escape_string(text, NULL, FALSE);
    g_string_append(out, escaped);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    g_autoptr(GError) error = NULL;
    g_autoptr(Fields) fields = fields_parse((const char *)data, size, &error);
    if (!fields) {
        g_assert(error != NULL);
        return 0;
    }
    g_assert(fields_count(fields) <= FIELDS_MAX);
    g_autoptr(GString) again = g_string_new(NULL);
    for (guint i = 0; i < fields_count(fields); i++) {
        g_assert(strlen(fields_name(fields, i)) <= FIELDS_NAME_MAX);
        g_assert(strlen(fields_value(fields, i)) <= FIELDS_VALUE_MAX);
        g_assert(g_utf8_validate(fields_value(fields, i), -1, NULL));
        write_escaped(again, fields_name(fields, i));
        g_string_append_c(again, '=');
        write_escaped(again, fields_value(fields, i));
        g_string_append_c(again, '&');
    }
    g_autoptr(Fields) copy = fields_parse(again->str, again->len, &error);
    g_assert(copy && fields_count(copy) == fields_count(fields));
    for (guint i = 0; i < fields_count(fields); i++) {
        g_assert(g_str_equal(fields_name(fields, i), fields_name(copy, i)));
        g_assert(g_str_equal(fields_value(fields, i), fields_value(copy, i)));
    }
    return 0;
}
