#include "mailer/quoted.h"

#include <stdbool.h>
#include <string.h>

enum { LINE_MAX_CHARS = 75 }; /* and "=" where the line goes on */

typedef struct {
    char *to;
    int column;
} Cursor;

static void write_break(Cursor *cursor, const char *mark) {
    size_t size = strlen(mark);
    memcpy(cursor->to, mark, size);
    cursor->to += size;
    cursor->column = 0;
}

static void write_encoded(Cursor *cursor, guchar c) {
    static const char hex[] = "0123456789ABCDEF";
    if (cursor->column + 3 > LINE_MAX_CHARS) {
        write_break(cursor, "=\r\n");
    }
    *cursor->to++ = '=';
    *cursor->to++ = hex[c >> 4];
    *cursor->to++ = hex[c & 15];
    cursor->column += 3;
}

static bool ends_line(const char *p) {
    return *p == '\n' || *p == '\0' || (p[0] == '\r' && p[1] == '\n');
}

static bool must_encode(const Cursor *cursor, const char *p) {
    guchar c = (guchar)*p;
    if (c == ' ' || c == '\t') {
        return ends_line(p + 1);
    }
    if (cursor->column == 0 && (c == '.' || c == 'F')) {
        return c == '.' || strncmp(p, "From ", 5) == 0;
    }
    return c < 0x20 || c >= 0x7f || c == '=';
}

void quoted_printable_append(GString *out, const char *text) {
    size_t size = strlen(text);
    size_t start = out->len;
    /* At most three characters for one, and three more for every 25 of those. */
    g_string_set_size(out, start + 3 * size + 3 * (3 * size / (LINE_MAX_CHARS - 2) + 1) + 2);
    Cursor cursor = {.to = out->str + start};
    for (const char *p = text; *p != '\0'; p++) {
        if (p[0] == '\r' && p[1] == '\n') {
            continue;
        }
        if (*p == '\n') {
            write_break(&cursor, "\r\n");
        } else if (must_encode(&cursor, p)) {
            write_encoded(&cursor, (guchar)*p);
        } else {
            if (cursor.column + 1 > LINE_MAX_CHARS) {
                write_break(&cursor, "=\r\n");
                p--; /* looked at again, as the first of its line */
                continue;
            }
            *cursor.to++ = *p;
            cursor.column++;
        }
    }
    if (size > 0 && text[size - 1] != '\n') {
        write_break(&cursor, "\r\n");
    }
    g_string_truncate(out, (gsize)(cursor.to - out->str));
}
