#include "web/fields.h"

#include <string.h>

#include "base/error.h"
#include "base/lang.h"

typedef struct {
    const char *name;
    const char *value;
} Field;

struct Fields {
    GArray *list;
    char *text; /* what was sent, decoded in its place */
};

void fields_free(Fields *fields) {
    if (!fields) {
        return;
    }
    g_array_unref(fields->list);
    g_free(fields->text);
    g_free(fields);
}

/* Text that a person could have typed: UTF-8, no control characters but tab and line break. */
static bool text_is_clean(const char *text, gsize length) {
    if (!g_utf8_validate(text, (gssize)length, NULL)) {
        return false;
    }
    for (gsize i = 0; i < length; i++) {
        guchar c = (guchar)text[i];
        bool is_c0 = (c < 0x20 && c != '\n' && c != '\t') || c == 0x7F;
        bool is_c1 = c == 0xC2 && (guchar)text[i + 1] < 0xA0; /* U+0080 to U+009F */
        if (is_c0 || is_c1) {
            return false;
        }
    }
    return true;
}

/* The character that is written at `*at`, which is moved to its last byte; -1 if there is none. */
static int decode_one(const char *text, gsize length, gsize *at) {
    char c = text[*at];
    if (c != '%') {
        return c == '+' ? ' ' : (guchar)c;
    }
    bool whole = length - *at > 2;
    int high = whole ? g_ascii_xdigit_value(text[*at + 1]) : -1;
    int low = whole ? g_ascii_xdigit_value(text[*at + 2]) : -1;
    *at += 2;
    return high < 0 || low < 0 ? -1 : high * 16 + low;
}

/* A name or a value, decoded where it stands; what follows it is overwritten by a NUL. */
static bool decode(char *text, gsize length, gsize max, GError **error) {
    gsize out = 0;
    bool after_return = false;
    for (gsize i = 0; i < length; i++) {
        int c = decode_one(text, length, &i);
        if (c < 0) {
            return error_set(
                error, VK_ERROR_INPUT,
                tr("Formuläret innehåller ett procenttecken utan två hexadecimala siffror.",
                   "The form has a percent sign without two hexadecimal digits."));
        }
        if (c == '\n' && after_return) {
            after_return = false;
            continue;
        }
        if (out >= max) {
            return error_set(
                error, VK_ERROR_LIMIT,
                tr("Ett fält i formuläret är för långt.", "A field of the form is too long."));
        }
        after_return = c == '\r';
        text[out++] = after_return ? '\n' : (char)c;
    }
    text[out] = '\0';
    return text_is_clean(text, out) ||
           error_set(error, VK_ERROR_INPUT,
                     tr("Formuläret innehåller tecken som inte är text.",
                        "The form has characters that are not text."));
}

/* `text` has a byte behind its length that may be written over. */
static bool fields_add(Fields *fields, char *text, gsize length, GError **error) {
    if (fields->list->len >= FIELDS_MAX) {
        return error_set(error, VK_ERROR_LIMIT,
                         tr("Formuläret har för många fält.", "The form has too many fields."));
    }
    char *equals = memchr(text, '=', length);
    Field field = {.name = text, .value = equals ? equals + 1 : ""};
    gsize name_length = equals ? (gsize)(equals - text) : length;
    g_array_append_val(fields->list, field);
    return decode(text, name_length, FIELDS_NAME_MAX, error) &&
           (!equals || decode(equals + 1, length - name_length - 1, FIELDS_VALUE_MAX, error));
}

Fields *fields_parse(const char *text, gsize length, GError **error) {
    g_autoptr(Fields) fields = g_new0(Fields, 1);
    fields->list = g_array_new(FALSE, FALSE, sizeof(Field));
    fields->text = g_malloc(length + 1);
    if (length > 0) { /* else `text` may be NULL */
        memcpy(fields->text, text, length);
    }
    char *end = fields->text + length;
    for (char *at = fields->text; at < end;) {
        char *ampersand = memchr(at, '&', (gsize)(end - at));
        char *stop = ampersand ? ampersand : end;
        if (stop > at && !fields_add(fields, at, (gsize)(stop - at), error)) {
            return NULL;
        }
        at = stop + 1;
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
