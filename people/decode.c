#include "people/decode.h"

#include <string.h>

#include "base/error.h"
#include "base/lang.h"

/* Windows-1252 from 0x80 to 0x9F; 0 where the code page has nothing. */
static const gunichar windows_1252_high[32] = {
    0x20ac, 0,      0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021, 0x02c6, 0x2030, 0x0160,
    0x2039, 0x0152, 0,      0x017d, 0,      0,      0x2018, 0x2019, 0x201c, 0x201d, 0x2022,
    0x2013, 0x2014, 0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0,      0x017e, 0x0178,
};

/* How much of a file that is not UTF-8 throughout looks like it all the same. */
typedef struct {
    size_t sequences; /* well-formed characters of more than one byte */
    size_t strays;    /* bytes that belong to none */
    guint stray_line; /* of the first */
} Census;

const char *encoding_name(Encoding encoding) {
    switch (encoding) {
    case ENCODING_UTF8:
        return "UTF-8";
    case ENCODING_UTF16:
        return "UTF-16";
    case ENCODING_WINDOWS_1252:
        return "Windows-1252";
    }
    g_assert_not_reached();
}

static guint count_lines(const char *text, size_t length) {
    guint line = 1;
    for (size_t i = 0; i < length; i++) {
        line += text[i] == '\n' || (text[i] == '\r' && (i + 1 == length || text[i + 1] != '\n'));
    }
    return line;
}

static bool refuse_bytes(const char *data, size_t at, GError **error) {
    return error_set(error, VK_ERROR_INPUT,
                     tr("Filen är inte text: på rad %u finns byten 0x%02X. Spara den som CSV "
                        "(UTF-8) och försök igen.",
                        "The file is not text: line %u has the byte 0x%02X. Save it as CSV (UTF-8) "
                        "and try again."),
                     count_lines(data, at), (unsigned)(guchar)data[at]);
}

/* A character that text has no use for: C0 but tab, line feed and carriage return; DEL. */
static bool is_control(gunichar c) {
    return (c < 0x20 && c != '\t' && c != '\n' && c != '\r') || c == 0x7f;
}

static bool check_controls(const char *text, size_t length, GError **error) {
    for (size_t i = 0; i < length; i++) {
        if (is_control((guchar)text[i])) {
            return refuse_bytes(text, i, error);
        }
    }
    return true;
}

static Census take_census(const char *data, size_t size) {
    Census census = {0, 0, 0};
    const char *end = data + size;
    for (const char *p = data; p < end;) {
        if ((guchar)*p < 0x80) {
            p++;
            continue;
        }
        gunichar c = g_utf8_get_char_validated(p, (gssize)MIN(end - p, 4));
        if (c == (gunichar)-1 || c == (gunichar)-2) {
            if (census.strays++ == 0) {
                census.stray_line = count_lines(data, (size_t)(p - data));
            }
            p++;
        } else {
            census.sequences++;
            p = g_utf8_next_char(p);
        }
    }
    return census;
}

static char *decode_windows_1252(const char *data, size_t size, size_t *out_length,
                                 GError **error) {
    g_autoptr(GString) text = g_string_sized_new(size + size / 8);
    for (size_t i = 0; i < size; i++) {
        gunichar c = (guchar)data[i];
        if (c >= 0x80 && c < 0xa0) {
            c = windows_1252_high[c - 0x80];
        }
        if (c == 0 || is_control(c)) {
            refuse_bytes(data, i, error);
            return NULL;
        }
        if (c < 0x80) {
            g_string_append_c(text, (char)c);
        } else {
            g_string_append_unichar(text, c);
        }
    }
    *out_length = text->len;
    return g_string_free(g_steal_pointer(&text), FALSE);
}

static char *decode_utf16(const guchar *data, size_t size, bool big_endian, size_t *out_length,
                          GError **error) {
    g_autofree gunichar2 *units = g_new(gunichar2, size / 2 + 1);
    bool whole = size % 2 == 0;
    for (size_t i = 0; i < size / 2; i++) {
        guchar low = data[2 * i + (big_endian ? 1 : 0)];
        guchar high = data[2 * i + (big_endian ? 0 : 1)];
        units[i] = (gunichar2)(low | high << 8);
        whole = whole && units[i] != 0;
    }
    glong length = 0;
    char *text = whole ? g_utf16_to_utf8(units, (glong)(size / 2), NULL, &length, NULL) : NULL;
    if (text == NULL) {
        error_set(error, VK_ERROR_INPUT, "%s",
                  tr("Filen börjar som UTF-16 men är det inte till slutet. Spara den som CSV "
                     "(UTF-8) och försök igen.",
                     "The file begins as UTF-16 but is not so to its end. Save it as CSV (UTF-8) "
                     "and try again."));
        return NULL;
    }
    *out_length = (size_t)length;
    return text;
}

/* Files that people take for CSV because Excel opens them. */
static bool refuse_workbooks(const char *data, size_t size, GError **error) {
    if ((size >= 4 && memcmp(data, "PK\x03\x04", 4) == 0) ||
        (size >= 8 && memcmp(data, "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 8) == 0)) {
        return error_set(error, VK_ERROR_INPUT, "%s",
                         tr("Filen är en arbetsbok från Excel eller ett arkiv, inte CSV. Öppna den "
                            "i Excel, välj Spara som och filtypen \"CSV UTF-8\".",
                            "The file is an Excel workbook or an archive, not CSV. Open it in "
                            "Excel, choose Save as and the type \"CSV UTF-8\"."));
    }
    return true;
}

static bool decode_other(const char *data, size_t size, char **out_text, size_t *out_length,
                         GError **error) {
    Census census = take_census(data, size);
    /* Swedish text in Windows-1252 has next to no pairs that are also UTF-8 ("Ã¥" would be one). */
    if (census.sequences > 0 && census.sequences >= census.strays) {
        return error_set(error, VK_ERROR_INPUT,
                         tr("Filen blandar teckenkodningar: den är till största delen UTF-8 men "
                            "inte på rad %u. Spara om den som CSV (UTF-8) och försök igen.",
                            "The file mixes encodings: most of it is UTF-8 but line %u is not. "
                            "Save it again as CSV (UTF-8) and retry."),
                         census.stray_line);
    }
    *out_text = decode_windows_1252(data, size, out_length, error);
    return *out_text != NULL;
}

bool text_decode(const char *data, size_t size, Encoding *out_encoding, const char **out_text,
                 size_t *out_length, char **out_owned, GError **error) {
    char *owned = NULL;
    const char *text = data;
    size_t length = size;
    Encoding encoding = ENCODING_UTF8;
    if (!refuse_workbooks(data, size, error)) {
        return false;
    }
    if (size >= 2 && (memcmp(data, "\xff\xfe", 2) == 0 || memcmp(data, "\xfe\xff", 2) == 0)) {
        encoding = ENCODING_UTF16;
        owned = decode_utf16((const guchar *)data + 2, size - 2, data[0] == '\xfe', &length, error);
        if (owned == NULL) {
            return false;
        }
    } else if (size >= 3 && memcmp(data, "\xef\xbb\xbf", 3) == 0) {
        text += 3;
        length -= 3;
        gsize valid_length = length;
        const char *stop;
        if (!g_utf8_validate_len(text, valid_length, &stop)) {
            return refuse_bytes(text, (size_t)(stop - text), error);
        }
    } else if (!g_utf8_validate_len(data, size, NULL) && memchr(data, '\0', size) == NULL) {
        encoding = ENCODING_WINDOWS_1252;
        if (!decode_other(data, size, &owned, &length, error)) {
            return false;
        }
    }
    if (!check_controls(owned != NULL ? owned : text, length, error)) {
        g_free(owned);
        return false;
    }
    *out_encoding = encoding;
    *out_text = owned != NULL ? owned : text;
    *out_length = length;
    *out_owned = owned;
    return true;
}
