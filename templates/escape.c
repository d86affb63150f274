#include "templates/escape.h"

#include <math.h>
#include <string.h>

static const char *entity_find(char c) {
    switch (c) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    case '\'':
        return "&#39;";
    default:
        return NULL;
    }
}

void escape_append(GString *out, const char *text, Escape escape) {
    if (escape == ESCAPE_HTML) {
        for (;;) {
            gsize plain = strcspn(text, "&<>\"'");
            g_string_append_len(out, text, (gssize)plain);
            if (text[plain] == '\0') {
                return;
            }
            g_string_append(out, entity_find(text[plain]));
            text += plain + 1;
        }
    }
    g_string_append(out, text);
}

static void whole_append(GString *out, gint64 number) {
    char digits[24];
    gsize at = sizeof digits;
    guint64 rest = number < 0 ? (guint64)-number : (guint64)number;
    do {
        digits[--at] = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest > 0);
    if (number < 0) {
        digits[--at] = '-';
    }
    g_string_append_len(out, digits + at, (gssize)(sizeof digits - at));
}

void number_append(GString *out, double number) {
    char text[G_ASCII_DTOSTR_BUF_SIZE];
    if (!isfinite(number)) {
        return;
    }
    if (fabs(number) < 1e15) {
        gint64 whole = (gint64)number;
        double rest = number - (double)whole;
        if (!(rest < 0) && !(rest > 0)) {
            whole_append(out, whole);
            return;
        }
    }
    g_ascii_formatd(text, sizeof text, "%.15g", number);
    double back = g_ascii_strtod(text, NULL);
    if (back < number || back > number) {
        g_ascii_formatd(text, sizeof text, "%.17g", number);
    }
    g_string_append(out, text);
}

/* The bytes of the control character at `at`: ASCII's, Unicode's C1, line and paragraph separator.
 */
static gsize control_length(const char *at, gsize left) {
    guchar first = (guchar)at[0];
    if (first < 0x20 || first == 0x7F) {
        return 1;
    }
    if (left >= 2 && first == 0xC2 && (guchar)at[1] >= 0x80 && (guchar)at[1] <= 0x9F) {
        return 2;
    }
    bool separator = left >= 3 && memcmp(at, "\xE2\x80", 2) == 0 &&
                     ((guchar)at[2] == 0xA8 || (guchar)at[2] == 0xA9);
    return separator ? 3 : 0;
}

void line_make(GString *out, gsize from) {
    gsize to = from;
    bool control_before = false;
    for (gsize at = from; at < out->len;) {
        gsize control = control_length(out->str + at, out->len - at);
        if (control == 0) {
            out->str[to++] = out->str[at++];
        } else {
            at += control;
            if (!control_before) {
                out->str[to++] = ' ';
            }
        }
        control_before = control > 0;
    }
    while (to > from && out->str[to - 1] == ' ' && control_before) {
        to--;
    }
    g_string_truncate(out, to);
}
