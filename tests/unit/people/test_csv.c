/* The reader of delimited text: what RFC 4180 and spreadsheets write is read cell by cell, what
 * breaks the rules is reported at its own line without hiding the rows after it, and a guarded cell
 * comes back exactly. Rows are compared as text: cells in <>, rows at their line, faults by number.
 */
#include "people/csv.h"

#include "people/limits.h"

#include <string.h>

/* "1:<a><b> 2:<c>" and "3:!2" for CsvStep 2 at line 3. */
static char *read_all(const char *text, size_t length, char delimiter) {
    g_autoptr(CsvReader) reader = csv_reader_new(text, length, delimiter);
    g_autoptr(GString) out = g_string_new(NULL);
    CsvStep step;
    size_t before = 0;
    while ((step = csv_next(reader)) != CSV_END) {
        g_assert_cmpuint(csv_position(reader), >, before); /* so that it ends */
        before = csv_position(reader);
        g_string_append_printf(out, "%s%u:", out->len > 0 ? " " : "", csv_line(reader));
        if (step != CSV_ROW) {
            g_string_append_printf(out, "!%d", (int)step);
            continue;
        }
        for (guint i = 0; i < csv_field_count(reader); i++) {
            g_string_append_printf(out, "<%s>", csv_field(reader, i));
        }
    }
    return g_string_free(g_steal_pointer(&out), FALSE);
}

static const struct {
    const char *name;
    const char *text;
    char delimiter;
    const char *rows;
} readings[] = {
    {"plain", "a,b\nc,d\n", ',', "1:<a><b> 2:<c><d>"},
    {"no-last-break", "a,b\nc,d", ',', "1:<a><b> 2:<c><d>"},
    {"crlf", "a;b\r\nc;d\r\n", ';', "1:<a><b> 2:<c><d>"},
    {"cr", "a\tb\rc\td\r", '\t', "1:<a><b> 2:<c><d>"},
    {"nothing", "", ',', ""},
    {"blank-lines", "a\n\nb\n", ',', "1:<a> 2:<> 3:<b>"},
    {"empty-cells", ",,\n", ',', "1:<><><>"},
    {"last-cell-empty", "a,", ',', "1:<a><>"},
    {"other-delimiters-stand", "a;b,c\td\n", ';', "1:<a><b,c\td>"},
    {"quoted", "\"a\",\"b\"\n", ',', "1:<a><b>"},
    {"quoted-empty", "\"\",\"\"\n", ',', "1:<><>"},
    {"quoted-delimiter", "\"a,b\",c\n", ',', "1:<a,b><c>"},
    {"doubled-quote", "\"a \"\"b\"\" c\"\n", ',', "1:<a \"b\" c>"},
    {"only-doubled-quotes", "\"\"\"\"\n", ',', "1:<\">"},
    {"line-break-in-quotes", "\"a\nb\",c\nd,e\n", ',', "1:<a\nb><c> 3:<d><e>"},
    {"crlf-in-quotes", "\"a\r\nb\"\r\nc\r\n", ',', "1:<a\r\nb> 3:<c>"},
    {"blanks-around-quotes", "\"a\" , \"b\"\n", ',', "1:<a><b>"},
    {"blanks-stay-without", " a , b \n", ',', "1:< a >< b >"},
    {"tab-before-quote", "\t\"a\"\n", '\t', "1:<><a>"},
    {"quote-inside-plain", "5\" disk,O\"Brien\n", ',', "1:<5\" disk><O\"Brien>"},
    {"letters", "Åsa,李,O'Brien\n", ',', "1:<Åsa><李><O'Brien>"},
    {"text-after-quote", "\"a\"b,c\nd,e\n", ',', "1:!3 2:<d><e>"},
    {"unclosed-quote", "a,b\n\"c,d\ne,f\n", ',', "1:<a><b> 2:!2 3:<e><f>"},
    {"stray-quote-meets-another", "\"a,b\n\"c\",d\ne,f\n", ',', "1:!3 2:<c><d> 3:<e><f>"},
    {"quote-at-the-very-end", "a,\"", ',', "1:!2"},
    {"quote-before-the-end", "a,\"\"", ',', "1:<a><>"},
};

static void test_readings(void) {
    for (guint i = 0; i < G_N_ELEMENTS(readings); i++) {
        g_test_message("%s", readings[i].name);
        g_autofree char *got =
            read_all(readings[i].text, strlen(readings[i].text), readings[i].delimiter);
        g_assert_cmpstr(got, ==, readings[i].rows);
    }
}

static void test_limits(void) {
    g_autoptr(GString) text = g_string_new(NULL);
    for (int i = 0; i < LIMIT_COLUMNS; i++) {
        g_string_append_c(text, ',');
    }
    g_string_append(text, "\nnext\n");
    g_autofree char *columns = read_all(text->str, text->len, ',');
    g_assert_cmpstr(columns, ==, "1:!5 2:<next>");

    g_autofree char *longest = g_strnfill(LIMIT_CELL_BYTES, 'x');
    g_autofree char *fits = g_strdup_printf("%s\n\"%s\"\n", longest, longest);
    g_autoptr(CsvReader) reader = csv_reader_new(fits, strlen(fits), ',');
    for (int i = 0; i < 2; i++) {
        g_assert_cmpint(csv_next(reader), ==, CSV_ROW);
        g_assert_cmpstr(csv_field(reader, 0), ==, longest);
    }
    g_autofree char *over = g_strdup_printf("%sx\n\"%sx\"\nnext\n", longest, longest);
    g_autofree char *got = read_all(over, strlen(over), ',');
    g_assert_cmpstr(got, ==, "1:!4 2:!4 3:<next>");
}

static const struct {
    const char *text;
    char delimiter;
    const char *rest; /* of the text, after a hint */
} sniffs[] = {
    {"a,b\n1,2\n", ',', NULL},
    {"a;b\n1;2\n", ';', NULL},
    {"a\tb\n1\t2\n", '\t', NULL},
    {"email\nanna@x.example\n", ',', NULL},
    {"namn (för, efter);epost\nA, B;a@x.example\nC;c@x.example\n", ';', NULL},
    {"E-post;Roller\na@x.example;\"chef, it\"\n", ';', NULL},
    {"sep=;\r\na;b,c,d\r\n", ';', "a;b,c,d\r\n"},
    {"\"sep=,\"\na,b;c;d\n", ',', "a,b;c;d\n"},
    {"SEP=\t\na\tb\n", '\t', "a\tb\n"},
    {"sep=|\na|b\n", ',', NULL},
    {"sep=", ',', NULL},
    {"", ',', NULL},
};

static void test_sniff(void) {
    for (guint i = 0; i < G_N_ELEMENTS(sniffs); i++) {
        const char *text = sniffs[i].text;
        size_t length = strlen(text);
        g_test_message("%s", text);
        g_assert_cmpint(csv_sniff(&text, &length), ==, sniffs[i].delimiter);
        g_assert_cmpstr(text, ==, sniffs[i].rest != NULL ? sniffs[i].rest : sniffs[i].text);
        g_assert_cmpuint(length, ==, strlen(text));
    }
}

static const struct {
    const char *text;
    const char *cell; /* as it is written with ';' */
} guarded[] = {
    {"Anna", "Anna"},
    {"", ""},
    {"O'Brien", "O'Brien"},
    {"'t Hooft", "'t Hooft"},
    {"=1+1", "'=1+1"},
    {"+46 8 123", "'+46 8 123"},
    {"-", "'-"},
    {"@x", "'@x"},
    {"'=1+1", "''=1+1"},
    {"''@x", "'''@x"},
    {"＝1", "'＝1"},
    {"=cmd|' /C calc'!A0;", "\"'=cmd|' /C calc'!A0;\""},
    {"a;b", "\"a;b\""},
    {"sa \"x\"", "\"sa \"\"x\"\"\""},
    {"a=b", "a=b"},
};

static void test_guard(void) {
    for (guint i = 0; i < G_N_ELEMENTS(guarded); i++) {
        g_autoptr(GString) cell = g_string_new(NULL);
        csv_append_guarded(cell, guarded[i].text, ';');
        g_assert_cmpstr(cell->str, ==, guarded[i].cell);
        g_string_append_c(cell, '\n');
        g_autoptr(CsvReader) reader = csv_reader_new(cell->str, cell->len, ';');
        g_assert_cmpint(csv_next(reader), ==, CSV_ROW);
        g_assert_cmpstr(csv_unguard(csv_field(reader, 0)), ==, guarded[i].text);
    }
}

/* Whatever a cell holds, writing and reading it gives it back, and no cell begins a formula. */
static void test_any_cells_come_back(void) {
    static const char *const pieces[] = {"a", "=", "'", "\"", ",", ";",  "\n", "\r\n",
                                         "-", " ", "å", "@",  "+", "\t", "李", ""};
    g_autoptr(GRand) chance = g_rand_new_with_seed(7);
    for (guint round = 0; round < 5000; round++) {
        g_autoptr(GString) row = g_string_new(NULL);
        g_autoptr(GPtrArray) cells = g_ptr_array_new_with_free_func(g_free);
        for (guint cell = 0; cell < 4; cell++) {
            g_autoptr(GString) text = g_string_new(NULL);
            for (guint piece = 0; piece < 5; piece++) {
                g_string_append(text,
                                pieces[g_rand_int_range(chance, 0, (gint32)G_N_ELEMENTS(pieces))]);
            }
            csv_append_guarded(row, text->str, ',');
            g_string_append_c(row, cell < 3 ? ',' : '\n');
            g_ptr_array_add(cells, g_strdup(text->str));
        }
        g_autoptr(CsvReader) reader = csv_reader_new(row->str, row->len, ',');
        g_assert_cmpint(csv_next(reader), ==, CSV_ROW);
        g_assert_cmpuint(csv_field_count(reader), ==, 4);
        for (guint cell = 0; cell < 4; cell++) {
            const char *field = csv_field(reader, cell);
            g_assert_true(field[0] == '\0' || strchr("=+-@\t\r\n", field[0]) == NULL);
            g_assert_cmpstr(csv_unguard(field), ==, cells->pdata[cell]);
        }
        g_assert_cmpint(csv_next(reader), ==, CSV_END);
    }
}

int main(int argc, char **argv) {
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/csv/readings", test_readings);
    g_test_add_func("/csv/limits", test_limits);
    g_test_add_func("/csv/sniff", test_sniff);
    g_test_add_func("/csv/guard", test_guard);
    g_test_add_func("/csv/any-cells-come-back", test_any_cells_come_back);
    return g_test_run();
}
