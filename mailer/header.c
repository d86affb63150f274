#include "mailer/header.h"

#include "base/clock.h"

#include <stdbool.h>
#include <string.h>

/* An encoded word has at most 75 characters (RFC 2047 section 2). */
#define WORD_BEGIN "=?UTF-8?Q?"
#define WORD_END   "?="

enum { LINE_CHARS = 78, WORD_CHARS = 75, PLAIN_WORD_CHARS = 70 };

static const char hex[] = "0123456789ABCDEF";

/* `text` with every run of control characters and line separators as one space. */
static char *one_line(const char *text) {
    GString *line = g_string_new(NULL);
    g_autofree char *valid = g_utf8_make_valid(text, -1);
    for (const char *p = valid; *p != '\0'; p = g_utf8_next_char(p)) {
        gunichar c = g_utf8_get_char(p);
        if (!g_unichar_iscntrl(c) && c != 0x2028 && c != 0x2029) {
            g_string_append_unichar(line, c);
        } else if (line->len > 0 && line->str[line->len - 1] != ' ') {
            g_string_append_c(line, ' ');
        }
    }
    return g_string_free(line, FALSE);
}

/* May stand in a phrase as it is (atext of RFC 5322) and in an encoded word of one (RFC 2047
 * section 5 rule 3)? The signs that are atext and not in the second set are encoded. */
static bool is_phrase_char(char c) {
    return g_ascii_isalnum(c) || c == '-' || c == '+' || c == '/' || c == '!' || c == '*';
}

static bool is_text_char(char c) {
    return c > ' ' && c < 0x7f;
}

/* Words of such characters with one space between, none of them too long to fold, and nothing that
 * a reader could take for an encoded word. */
static bool is_plain(const char *text, bool (*allowed)(char c)) {
    size_t word = 0;
    for (const char *p = text; *p != '\0'; p++) {
        bool blank = *p == ' ';
        if ((blank && word == 0) || (!blank && !allowed(*p)) || (p[0] == '=' && p[1] == '?')) {
            return false;
        }
        word = blank ? 0 : word + 1;
        if (word > PLAIN_WORD_CHARS) {
            return false;
        }
    }
    return word > 0;
}

/* Where the latest line begins is `start`. */
static size_t column(const GString *out, gsize start) {
    return out->len - start;
}

/* Both append after "Name:", and return where the latest line begins. */
static gsize append_plain(GString *out, gsize start, const char *text) {
    while (*text != '\0') {
        size_t size = strcspn(text, " ");
        if (column(out, start) + 1 + size > LINE_CHARS) {
            g_string_append(out, "\r\n");
            start = out->len;
        }
        g_string_append_c(out, ' ');
        g_string_append_len(out, text, (gssize)size);
        text += size + (text[size] == ' ');
    }
    return start;
}

static size_t encoded_size(const char *p, const char *end) {
    size_t size = 0;
    for (; p < end; p++) {
        size += is_phrase_char(*p) || *p == ' ' ? 1 : 3;
    }
    return size;
}

static void append_encoded_char(GString *out, char c) {
    if (c == ' ') {
        g_string_append_c(out, '_');
    } else if (is_phrase_char(c)) {
        g_string_append_c(out, c);
    } else {
        const char code[] = {'=', hex[(guchar)c >> 4], hex[(guchar)c & 15]};
        g_string_append_len(out, code, sizeof code);
    }
}

static gsize append_encoded(GString *out, gsize start, const char *text) {
    const size_t frame = strlen(WORD_BEGIN) + strlen(WORD_END);
    gsize word = 0; /* where the word that is open begins; 0: none is */
    while (*text != '\0') {
        const char *next = g_utf8_next_char(text);
        size_t size = encoded_size(text, next);
        if (word != 0 && (column(out, start) + size + strlen(WORD_END) > LINE_CHARS ||
                          out->len - word + size + strlen(WORD_END) > WORD_CHARS)) {
            g_string_append(out, WORD_END "\r\n");
            start = out->len;
            word = 0;
        }
        if (word == 0) {
            if (column(out, start) + 1 + frame + size > LINE_CHARS) {
                g_string_append(out, "\r\n");
                start = out->len;
            }
            g_string_append_c(out, ' ');
            word = out->len;
            g_string_append(out, WORD_BEGIN);
        }
        for (; text < next; text++) {
            append_encoded_char(out, *text);
        }
    }
    g_string_append(out, word != 0 ? WORD_END : "");
    return start;
}

static gsize append_words(GString *out, gsize start, const char *text, bool (*allowed)(char c)) {
    if (is_plain(text, allowed)) {
        return append_plain(out, start, text);
    }
    g_autofree char *clean = one_line(text);
    return append_encoded(out, start, clean);
}

void header_append_text(GString *out, const char *name, const char *text) {
    gsize start = out->len;
    g_string_append(out, name);
    g_string_append_c(out, ':');
    append_words(out, start, text, is_text_char);
    g_string_append(out, "\r\n");
}

void header_append_mailbox(GString *out, const char *name, const char *phrase,
                           const char *address) {
    gsize start = out->len;
    g_string_append(out, name);
    g_string_append_c(out, ':');
    if (phrase[0] == '\0') {
        g_string_append_c(out, ' ');
        g_string_append(out, address);
    } else {
        start = append_words(out, start, phrase, is_phrase_char);
        bool fits = column(out, start) + strlen(" <>") + strlen(address) <= LINE_CHARS;
        g_string_append(out, fits ? " <" : "\r\n <");
        g_string_append(out, address);
        g_string_append_c(out, '>');
    }
    g_string_append(out, "\r\n");
}

void header_append_date(GString *out, int64_t at_us) {
    static const char days[][4] = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
    static const char months[][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    g_autoptr(GDateTime) local = clock_local(at_us);
    int offset_min = (int)(g_date_time_get_utc_offset(local) / CLOCK_MINUTE_US);
    g_string_append_printf(
        out, "Date: %s, %02d %s %04d %02d:%02d:%02d %c%02d%02d\r\n",
        days[g_date_time_get_day_of_week(local) - 1], g_date_time_get_day_of_month(local),
        months[g_date_time_get_month(local) - 1], g_date_time_get_year(local),
        g_date_time_get_hour(local), g_date_time_get_minute(local), g_date_time_get_second(local),
        offset_min < 0 ? '-' : '+', ABS(offset_min) / 60, ABS(offset_min) % 60);
}
