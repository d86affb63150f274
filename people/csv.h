/* Delimited text (RFC 4180 and what spreadsheets make of it), read row by row in constant memory.
 *
 * Rows end with CRLF, LF or CR. A field in double quotes may hold delimiters and line breaks, and a
 * quote doubled; blanks around the quotes are dropped. A quote inside an unquoted field stands for
 * itself. A row that breaks the rules is reported by itself, and reading goes on at the next line.
 * Pure. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>

typedef enum {
    CSV_END,
    CSV_ROW,
    CSV_UNCLOSED_QUOTE,   /* until the end of the text */
    CSV_TEXT_AFTER_QUOTE, /* "a"b */
    CSV_FIELD_TOO_LONG,
    CSV_TOO_MANY_FIELDS,
} CsvStep;

typedef struct CsvReader CsvReader;

/* The text is UTF-8, and borrowed. */
CsvReader *csv_reader_new(const char *text, size_t length, char delimiter);
void csv_reader_free(CsvReader *reader);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CsvReader, csv_reader_free)

/* The next row, or what is wrong with it. */
CsvStep csv_next(CsvReader *reader);

/* The number of the line that the text begins with, where it is not the file's first. */
void csv_set_line(CsvReader *reader, guint line);

/* Of the row just read. Fields live until the next row. A blank line is a row of one empty field.
 */
guint csv_line(const CsvReader *reader);
guint csv_field_count(const CsvReader *reader);
const char *csv_field(const CsvReader *reader, guint index);

/* Bytes read so far. */
size_t csv_position(const CsvReader *reader);

/* ',', ';' or tab, by how the first rows divide; `*in_out_text` is moved past Excel's "sep=;" line.
 */
char csv_sniff(const char **in_out_text, size_t *in_out_length);

/* Appends the field, quoted where it must be. */
void csv_append(GString *out, const char *text, char delimiter);

/* Spreadsheets run a cell that begins with = + - @ (or their full-width forms) as a formula.
 * Guarded, it begins with an apostrophe; the unguarded text is exactly what was guarded. */
void csv_append_guarded(GString *out, const char *text, char delimiter);
bool csv_needs_guard(const char *text);
const char *csv_unguard(const char *text);
