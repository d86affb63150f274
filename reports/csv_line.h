/* Lines of CSV as reports/export.h says: ';' between fields, decimal comma in Swedish, CRLF. */
#pragma once

#include "base/lang.h"

#include <stdbool.h>
#include <stdint.h>

typedef struct {
    GString *out;
    Lang lang;
    bool begun; /* the line has a field */
} CsvLine;

/* The byte order mark, by which a spreadsheet knows UTF-8; before everything else. */
void csv_line_mark(CsvLine *line);

/* In quotes; what a spreadsheet would take for a formula gets an apostrophe before it. */
void csv_line_text(CsvLine *line, const char *text);
void csv_line_count(CsvLine *line, int64_t value);

/* A share in percent with two decimals, so that Excel can count with it; empty where undefined. */
void csv_line_percent(CsvLine *line, bool defined, double share);
void csv_line_empty(CsvLine *line, guint count);
void csv_line_end(CsvLine *line);

/* A whole line of headings. */
void csv_line_heads(CsvLine *line, const char *const (*texts)[LANG_OWN_COUNT], guint count);
