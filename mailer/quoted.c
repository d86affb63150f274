#include "mailer/quoted.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* And "=" where the line goes on. */
enum { LINE_MAX_CHARS = 75 };

/* A byte that may stand for itself anywhere but at a line's end or start. */
static bool is_plain(char c) {
    return c >= ' ' && c < 0x7f && c != '=';
}

/* How many bytes from `p`, at most `max`, are plain: eight at a time. In `odd`, a byte's top bit is
 * set if it had it set itself, was 0x7f, was below 0x20 or was '=' (or came after such a one, from
 * which a borrow went on). */
static size_t plain_span(const char *p, size_t max) {
    const uint64_t ones = UINT64_C(0x0101010101010101);
    size_t n = 0;
    while (n + 8 <= max) {
        uint64_t x;
        memcpy(&x, p + n, 8);
        uint64_t odd = x | (x + ones) | (x - ones * ' ') | ((x ^ (ones * '=')) - ones);
        if ((odd & (ones * 0x80)) != 0) {
            break;
        }
        n += 8;
    }
    while (n < max && is_plain(p[n])) {
        n++;
    }
    return n;
}

static char *write_encoded(char *to, char c) {
    static const char hex[] = "0123456789ABCDEF";
    *to++ = '=';
    *to++ = hex[(guchar)c >> 4];
    *to++ = hex[(guchar)c & 15];
    return to;
}

static char *write_soft_break(char *to) {
    static const char soft[] = {'=', '\r', '\n'};
    memcpy(to, soft, sizeof soft);
    return to + sizeof soft;
}

/* Writes `size` bytes, none of them a line break, as one line of text and its CRLF. */
static char *write_line(char *to, const char *p, size_t size) {
    const char *end = p + size;
    char *start = to; /* of the line of output */
    while (p < end) {
        bool first = to == start;
        size_t room = (size_t)(LINE_MAX_CHARS - (to - start));
        bool hidden = first && (*p == '.' || (*p == 'F' && end - p >= 5 && !memcmp(p, "From ", 5)));
        size_t span = hidden ? 0 : plain_span(p, MIN(room, (size_t)(end - p)));
        bool ends = span > 0 && p + span == end && (end[-1] == ' ' || end[-1] == '\t');
        span -= ends;
        memcpy(to, p, span);
        to += span;
        p += span;
        if (p == end || span == room) {
            if (p < end) {
                start = to = write_soft_break(to);
            }
        } else if (room - span < 3) {
            start = to = write_soft_break(to);
        } else if (*p == '\t' && p + 1 < end) {
            *to++ = *p++;
        } else {
            to = write_encoded(to, *p++);
        }
    }
    *to++ = '\r';
    *to++ = '\n';
    return to;
}

void quoted_printable_append(GString *out, const char *text, size_t size) {
    size_t before = out->len;
    /* At most three characters for one, and three more for every 25 of those; two where a line ends
     * without one. */
    g_string_set_size(out, before + 3 * size + 3 * (3 * size / (LINE_MAX_CHARS - 2) + 1) + 2);
    char *to = out->str + before;
    const char *end = text + size;
    while (text < end) {
        const char *feed = memchr(text, '\n', (size_t)(end - text));
        const char *stop = feed != NULL ? feed : end;
        size_t length = (size_t)(stop - text);
        length -= feed != NULL && length > 0 && stop[-1] == '\r';
        to = write_line(to, text, length);
        text = feed != NULL ? feed + 1 : end;
    }
    g_string_truncate(out, (gsize)(to - out->str));
}
