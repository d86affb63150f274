#include "reports/csv_line.h"

#include "people/csv.h"

static void add_field(CsvLine *line, const char *text) {
    if (line->begun) {
        g_string_append_c(line->out, ';');
    }
    line->begun = true;
    g_string_append(line->out, text);
}

void csv_line_mark(CsvLine *line) {
    g_string_append(line->out, "\xEF\xBB\xBF");
}

void csv_line_text(CsvLine *line, const char *text) {
    g_autoptr(GString) quoted = g_string_new("\"");
    if (csv_needs_guard(text)) {
        g_string_append_c(quoted, '\'');
    }
    for (const char *p = text; *p; p++) {
        g_string_append(quoted, *p == '"' ? "\"" : "");
        g_string_append_c(quoted, *p);
    }
    g_string_append_c(quoted, '"');
    add_field(line, quoted->str);
}

void csv_line_count(CsvLine *line, int64_t value) {
    char text[24];
    g_snprintf(text, sizeof text, "%" G_GINT64_FORMAT, value);
    add_field(line, text);
}

void csv_line_percent(CsvLine *line, bool defined, double share) {
    if (!defined) {
        add_field(line, "");
        return;
    }
    char text[G_ASCII_DTOSTR_BUF_SIZE];
    g_ascii_formatd(text, sizeof text, "%.2f", share * 100);
    if (line->lang == LANG_SV) {
        g_strdelimit(text, ".", ',');
    }
    add_field(line, text);
}

void csv_line_empty(CsvLine *line, guint count) {
    for (guint i = 0; i < count; i++) {
        add_field(line, "");
    }
}

void csv_line_end(CsvLine *line) {
    g_string_append(line->out, "\r\n");
    line->begun = false;
}

void csv_line_heads(CsvLine *line, const char *const (*texts)[LANG_OWN_COUNT], guint count) {
    for (guint i = 0; i < count; i++) {
        csv_line_text(line, texts[i][line->lang]);
    }
    csv_line_end(line);
}
