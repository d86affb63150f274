#include "people/csv.h"

#include <string.h>

#include "people/limits.h"

struct CsvReader {
    const char *text;
    size_t length;
    size_t at;
    char delimiter;
    guint next_line; /* number of the line that begins at `at` */
    guint line;      /* of the row just read */
    GString *cells;  /* the row's fields, each ended by NUL */
    GArray *starts;  /* size_t offsets into cells */
};

enum { SNIFF_ROWS = 5 };

CsvReader *csv_reader_new(const char *text, size_t length, char delimiter) {
    CsvReader *reader = g_new0(CsvReader, 1);
    reader->text = text;
    reader->length = length;
    reader->delimiter = delimiter;
    reader->next_line = 1;
    reader->cells = g_string_new(NULL);
    reader->starts = g_array_new(FALSE, FALSE, sizeof(size_t));
    return reader;
}

void csv_reader_free(CsvReader *reader) {
    if (reader == NULL) {
        return;
    }
    g_string_free(reader->cells, TRUE);
    g_array_unref(reader->starts);
    g_free(reader);
}

static int peek(const CsvReader *reader) {
    return reader->at < reader->length ? (guchar)reader->text[reader->at] : -1;
}

static bool at_break(const CsvReader *reader) {
    int c = peek(reader);
    return c == '\n' || c == '\r' || c == -1;
}

/* Steps over one line break and gives its length; CRLF is one. */
static size_t take_break(CsvReader *reader) {
    size_t length = 1;
    if (reader->text[reader->at] == '\r' && reader->at + 1 < reader->length &&
        reader->text[reader->at + 1] == '\n') {
        length = 2;
    }
    reader->at += length;
    reader->next_line++;
    return length;
}

static void skip_blanks(CsvReader *reader) {
    while (reader->at < reader->length && reader->text[reader->at] != reader->delimiter &&
           (reader->text[reader->at] == ' ' || reader->text[reader->at] == '\t')) {
        reader->at++;
    }
}

/* Goes on at the line after the one where the bad row began: of a stray quote that is the least
 * that is lost, and one bad row does not hide the faults of others. */
static CsvStep give_up_row(CsvReader *reader, size_t row_at, CsvStep why) {
    reader->at = row_at;
    reader->next_line = reader->line;
    while (!at_break(reader)) {
        reader->at++;
    }
    if (peek(reader) != -1) {
        take_break(reader);
    }
    return why;
}

static CsvStep read_quoted(CsvReader *reader) {
    size_t start = reader->cells->len;
    reader->at++;
    for (;;) {
        int c = peek(reader);
        if (c == -1) {
            return CSV_UNCLOSED_QUOTE;
        }
        if (c == '"') {
            reader->at++;
            if (peek(reader) != '"') {
                break;
            }
        }
        size_t from = reader->at;
        if (c == '\n' || c == '\r') {
            take_break(reader);
        } else {
            reader->at++;
        }
        g_string_append_len(reader->cells, reader->text + from, (gssize)(reader->at - from));
        if (reader->cells->len - start > LIMIT_CELL_BYTES) {
            return CSV_FIELD_TOO_LONG;
        }
    }
    skip_blanks(reader);
    return at_break(reader) || peek(reader) == reader->delimiter ? CSV_ROW : CSV_TEXT_AFTER_QUOTE;
}

static CsvStep read_plain(CsvReader *reader, size_t from) {
    while (!at_break(reader) && peek(reader) != reader->delimiter) {
        reader->at++;
    }
    if (reader->at - from > LIMIT_CELL_BYTES) {
        return CSV_FIELD_TOO_LONG;
    }
    g_string_append_len(reader->cells, reader->text + from, (gssize)(reader->at - from));
    return CSV_ROW;
}

CsvStep csv_next(CsvReader *reader) {
    g_string_truncate(reader->cells, 0);
    g_array_set_size(reader->starts, 0);
    reader->line = reader->next_line;
    if (peek(reader) == -1) {
        return CSV_END;
    }
    size_t row_at = reader->at;
    for (;;) {
        if (reader->starts->len == LIMIT_COLUMNS) {
            return give_up_row(reader, row_at, CSV_TOO_MANY_FIELDS);
        }
        size_t start = reader->cells->len;
        g_array_append_val(reader->starts, start);
        size_t from = reader->at;
        skip_blanks(reader);
        CsvStep step = peek(reader) == '"' ? read_quoted(reader) : read_plain(reader, from);
        if (step != CSV_ROW) {
            return give_up_row(reader, row_at, step);
        }
        g_string_append_c(reader->cells, '\0');
        if (at_break(reader)) {
            break;
        }
        reader->at++; /* the delimiter */
    }
    if (peek(reader) != -1) {
        take_break(reader);
    }
    return CSV_ROW;
}

void csv_set_line(CsvReader *reader, guint line) {
    reader->next_line = line;
}

guint csv_line(const CsvReader *reader) {
    return reader->line;
}

guint csv_field_count(const CsvReader *reader) {
    return reader->starts->len;
}

const char *csv_field(const CsvReader *reader, guint index) {
    g_assert(index < reader->starts->len);
    return reader->cells->str + g_array_index(reader->starts, size_t, index);
}

size_t csv_position(const CsvReader *reader) {
    return reader->at;
}

/* Excel's own hint: a first line "sep=;". */
static char take_hint(const char **in_out_text, size_t *in_out_length) {
    const char *text = *in_out_text;
    size_t skip = *in_out_length >= 2 && text[0] == '"' ? 1 : 0;
    if (*in_out_length < skip + 5 || g_ascii_strncasecmp(text + skip, "sep=", 4) != 0) {
        return '\0';
    }
    char delimiter = text[skip + 4];
    size_t at = skip + 5;
    at += at < *in_out_length && skip == 1 && text[at] == '"';
    at += at < *in_out_length && text[at] == '\r';
    at += at < *in_out_length && text[at] == '\n';
    if (strchr(",;\t", delimiter) == NULL || (text[at - 1] != '\n' && text[at - 1] != '\r')) {
        return '\0';
    }
    *in_out_text += at;
    *in_out_length -= at;
    return delimiter;
}

/* The number of fields of the first row, doubled if the rows after it divide alike. */
static guint sniff_score(const char *text, size_t length, char delimiter) {
    g_autoptr(CsvReader) reader = csv_reader_new(text, length, delimiter);
    if (csv_next(reader) != CSV_ROW || csv_field_count(reader) == 1) {
        return 0;
    }
    guint fields = csv_field_count(reader);
    for (guint row = 1; row < SNIFF_ROWS; row++) {
        CsvStep step = csv_next(reader);
        if (step == CSV_END) {
            break;
        }
        if (step != CSV_ROW || csv_field_count(reader) != fields) {
            return fields;
        }
    }
    return 2 * fields;
}

char csv_sniff(const char **in_out_text, size_t *in_out_length) {
    static const char candidates[] = {',', ';', '\t'};
    char best = take_hint(in_out_text, in_out_length);
    if (best != '\0') {
        return best;
    }
    best = ',';
    guint best_score = 0;
    for (guint i = 0; i < G_N_ELEMENTS(candidates); i++) {
        guint score = sniff_score(*in_out_text, *in_out_length, candidates[i]);
        if (score > best_score) {
            best = candidates[i];
            best_score = score;
        }
    }
    return best;
}

void csv_append(GString *out, const char *text, char delimiter) {
    bool quote = strpbrk(text, "\"\r\n") != NULL || strchr(text, delimiter) != NULL ||
                 g_str_has_prefix(text, " ") || g_str_has_suffix(text, " ");
    if (!quote) {
        g_string_append(out, text);
        return;
    }
    g_string_append_c(out, '"');
    for (const char *p = text; *p != '\0'; p++) {
        if (*p == '"') {
            g_string_append_c(out, '"');
        }
        g_string_append_c(out, *p);
    }
    g_string_append_c(out, '"');
}

/* Apostrophes, then a character that begins a formula. */
static bool is_formula(const char *text, size_t min_apostrophes) {
    static const char *const triggers[] = {"=",  "+",      "-",      "@",      "\t",    "\r",
                                           "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20"};
    size_t apostrophes = strspn(text, "'");
    if (apostrophes < min_apostrophes) {
        return false;
    }
    for (guint i = 0; i < G_N_ELEMENTS(triggers); i++) {
        if (g_str_has_prefix(text + apostrophes, triggers[i])) {
            return true;
        }
    }
    return false;
}

bool csv_needs_guard(const char *text) {
    return is_formula(text, 0);
}

void csv_append_guarded(GString *out, const char *text, char delimiter) {
    if (!csv_needs_guard(text)) {
        csv_append(out, text, delimiter);
        return;
    }
    g_autofree char *guarded = g_strconcat("'", text, NULL);
    csv_append(out, guarded, delimiter);
}

const char *csv_unguard(const char *text) {
    return is_formula(text, 1) ? text + 1 : text;
}
