#include "web/fields.h"

#include <string.h>

#include "base/error.h"
#include "base/lang.h"

typedef struct {
    char *name;
    char *value;
} Field;

struct Fields {
    GArray *list;
};

static void field_clear(gpointer data) {
    Field *field = data;
    g_free(field->name);
    g_free(field->value);
}

void fields_free(Fields *fields) {
    if (!fields) {
        return;
    }
    g_array_unref(fields->list);
    g_free(fields);
}

/* Text that a person could have typed: UTF-8, no control characters but tab and line break. */
static bool text_is_clean(const GString *text) {
    if (!g_utf8_validate(text->str, (gssize)text->len, NULL)) {
        return false;
    }
    for (const char *at = text->str; *at; at = g_utf8_next_char(at)) {
        gunichar c = g_utf8_get_char(at);
        if (c < 0x20 && c != '\n' && c != '\t') {
            return false;
        }
        if (c >= 0x7F && c < 0xA0) {
            return false;
        }
    }
    return true;
}

/* One decoded name or value; NULL with `error` set. */
static char *decode(const char *text, gsize length, gsize max, GError **error) {
    g_autoptr(GString) out = g_string_sized_new(MIN(length, max) + 1);
    bool after_return = false;
    for (gsize i = 0; i < length; i++) {
        char c = text[i];
        if (c == '%') {
            bool whole = length - i > 2;
            int high = whole ? g_ascii_xdigit_value(text[i + 1]) : -1;
            int low = whole ? g_ascii_xdigit_value(text[i + 2]) : -1;
            if (high < 0 || low < 0) {
                error_set(
                    error, VK_ERROR_INPUT,
                    tr("Formuläret innehåller ett procenttecken utan två hexadecimala siffror.",
                       "The form has a percent sign without two hexadecimal digits."));
                return NULL;
            }
            c = (char)(high * 16 + low);
            i += 2;
        } else if (c == '+') {
            c = ' ';
        }
        if (c == '\n' && after_return) {
            after_return = false;
            continue;
        }
        after_return = c == '\r';
        c = after_return ? '\n' : c;
        if (out->len >= max) {
            error_set(
                error, VK_ERROR_LIMIT,
                tr("Ett fält i formuläret är för långt.", "A field of the form is too long."));
            return NULL;
        }
        g_string_append_c(out, c);
    }
    if (strlen(out->str) != out->len || !text_is_clean(out)) {
        error_set(error, VK_ERROR_INPUT,
                  tr("Formuläret innehåller tecken som inte är text.",
                     "The form has characters that are not text."));
        return NULL;
    }
    return g_string_free(g_steal_pointer(&out), FALSE);
}

static bool fields_add(Fields *fields, const char *text, gsize length, GError **error) {
    if (fields->list->len >= FIELDS_MAX) {
        return error_set(error, VK_ERROR_LIMIT,
                         tr("Formuläret har för många fält.", "The form has too many fields."));
    }
    const char *equals = memchr(text, '=', length);
    gsize name_length = equals ? (gsize)(equals - text) : length;
    g_autofree char *name = decode(text, name_length, FIELDS_NAME_MAX, error);
    if (!name) {
        return false;
    }
    gsize value_at = equals ? name_length + 1 : length;
    char *value = decode(text + value_at, length - value_at, FIELDS_VALUE_MAX, error);
    if (!value) {
        return false;
    }
    Field field = {.name = g_steal_pointer(&name), .value = value};
    g_array_append_val(fields->list, field);
    return true;
}

Fields *fields_parse(const char *text, gsize length, GError **error) {
    g_autoptr(Fields) fields = g_new0(Fields, 1);
    fields->list = g_array_new(FALSE, FALSE, sizeof(Field));
    g_array_set_clear_func(fields->list, field_clear);
    const char *end = text + length;
    while (text < end) {
        const char *ampersand = memchr(text, '&', (gsize)(end - text));
        const char *stop = ampersand ? ampersand : end;
        if (stop > text && !fields_add(fields, text, (gsize)(stop - text), error)) {
            return NULL;
        }
        text = stop + 1;
        if (!ampersand) {
            break;
        }
    }
    return g_steal_pointer(&fields);
}

guint fields_count(const Fields *fields) {
    return fields->list->len;
}

const char *fields_name(const Fields *fields, guint index) {
    return g_array_index(fields->list, Field, index).name;
}

const char *fields_value(const Fields *fields, guint index) {
    return g_array_index(fields->list, Field, index).value;
}

const char *fields_get(const Fields *fields, const char *name) {
    for (guint i = 0; i < fields->list->len; i++) {
        const Field *field = &g_array_index(fields->list, Field, i);
        if (g_str_equal(field->name, name)) {
            return field->value;
        }
    }
    return NULL;
}

bool fields_number(const Fields *fields, const char *name, guint max, guint *out_number) {
    const char *text = fields_get(fields, name);
    guint64 number;
    if (!text || !g_ascii_isdigit(*text) ||
        !g_ascii_string_to_unsigned(text, 10, 0, max, &number, NULL)) {
        return false;
    }
    *out_number = (guint)number;
    return true;
}
