#include "people/source.h"

#include <string.h>

#include "base/error.h"
#include "base/lang.h"
#include "people/columns.h"
#include "people/csv.h"
#include "people/decode.h"
#include "people/limits.h"
#include "people/row.h"

/* Rows between two reports of progress, and broken rows after which the rest is not worth reading.
 */
enum { PROGRESS_ROWS = 2000, UNREAD_MAX = 1000 };

/* What reading the rows of one file needs. */
typedef struct {
    StaffFile *file;
    CsvReader *reader;
    Columns *columns;
    GHashTable *emails; /* folded address -> line */
    GHashTable *keys;   /* key -> line */
    size_t length;
    StaffProgress progress;
    gpointer progress_data;
} Reading;

void staff_file_free(StaffFile *file) {
    if (file == NULL) {
        return;
    }
    person_list_free(file->people);
    fault_list_free(file->faults);
    for (guint i = 0; i < PERSON_FIELDS; i++) {
        g_free(file->columns[i]);
    }
    g_strfreev(file->ignored);
    g_free(file->sha256);
    g_free(file);
}

static void add_step_fault(Reading *reading, CsvStep step) {
    FaultList *faults = reading->file->faults;
    guint line = csv_line(reading->reader);
    const char *quotes = tr("Dubblera citattecken inuti ett värde (\"\") och stäng värdet med ett.",
                            "Double quotes inside a value (\"\") and close the value with one.");
    switch (step) {
    case CSV_UNCLOSED_QUOTE:
        fault_add(faults, line, "", "", quotes, "%s",
                  tr("ett citattecken öppnas men stängs aldrig", "a quote opens and never closes"));
        return;
    case CSV_TEXT_AFTER_QUOTE:
        fault_add(
            faults, line, "", "", quotes, "%s",
            tr("text direkt efter ett avslutande citattecken", "text right after a closing quote"));
        return;
    case CSV_FIELD_TOO_LONG:
        fault_add(faults, line, "", "", quotes,
                  tr("ett värde är längre än %d byte; kanske saknas ett citattecken",
                     "a value is longer than %d bytes; a quote may be missing"),
                  (int)LIMIT_CELL_BYTES);
        return;
    case CSV_TOO_MANY_FIELDS:
        fault_add(faults, line, "", "", tr("Ta bort överflödiga kolumner.", "Remove columns."),
                  tr("fler än %d kolumner", "more than %d columns"), (int)LIMIT_COLUMNS);
        return;
    case CSV_END:
    case CSV_ROW:
        break;
    }
    g_assert_not_reached();
}

static bool is_empty_row(const CsvReader *reader) {
    for (guint i = 0; i < csv_field_count(reader); i++) {
        if (csv_field(reader, i)[strspn(csv_field(reader, i), " \t")] != '\0') {
            return false;
        }
    }
    return true;
}

/* Remembers which line has `value`; a fault, and false, if an earlier one has. */
static bool check_unique(Reading *reading, GHashTable *seen, const char *value, PersonField field,
                         const Person *person) {
    guint first = GPOINTER_TO_UINT(g_hash_table_lookup(seen, value));
    if (first == 0) {
        g_hash_table_insert(seen, (gpointer)(guintptr)value, GUINT_TO_POINTER(person->line));
        return true;
    }
    fault_add(reading->file->faults, person->line,
              reading->columns->headings[reading->columns->columns[field][0]], person->text[field],
              tr("Behåll en rad per person.", "Keep one row a person."),
              field == PERSON_EMAIL
                  ? tr("adressen står redan på rad %u", "the address already stands on line %u")
                  : tr("nyckeln står redan på rad %u", "the key already stands on line %u"),
              first);
    return false;
}

/* One address, one person; and one key, for which the address stands in where a row has none. */
static void check_twins(Reading *reading, const Person *person) {
    bool new_address =
        person->email_folded[0] != '\0' &&
        check_unique(reading, reading->emails, person->email_folded, PERSON_EMAIL, person);
    bool own_key = person->text[PERSON_KEY][0] != '\0';
    if (own_key || (new_address && (reading->file->fields & 1U << PERSON_KEY) != 0)) {
        check_unique(reading, reading->keys,
                     own_key ? person->text[PERSON_KEY] : person->email_folded, PERSON_KEY, person);
    }
}

static void take_row(Reading *reading, const char **cells) {
    StaffFile *file = reading->file;
    CsvReader *reader = reading->reader;
    guint count = csv_field_count(reader);
    file->rows++;
    if (count != reading->columns->count) {
        file->unread++;
        fault_add(file->faults, csv_line(reader), "", csv_field(reader, 0),
                  tr("Sätt citattecken om värden som innehåller avgränsaren.",
                     "Put values that contain the delimiter in quotes."),
                  tr("raden har %u kolumner men rubrikraden %u",
                     "the row has %u columns but the header has %u"),
                  count, reading->columns->count);
        return;
    }
    for (guint i = 0; i < count; i++) {
        cells[i] = csv_field(reader, i);
    }
    const Person *person =
        row_parse(reading->columns, cells, csv_line(reader), file->people, file->faults);
    check_twins(reading, person);
}

static bool read_rows(Reading *reading, GError **error) {
    StaffFile *file = reading->file;
    g_autofree const char **cells = g_new0(const char *, LIMIT_COLUMNS);
    for (;;) {
        CsvStep step = csv_next(reading->reader);
        if (step == CSV_END || file->unread > UNREAD_MAX) {
            break;
        }
        if (step != CSV_ROW) {
            file->rows++;
            file->unread++;
            add_step_fault(reading, step);
        } else if (!is_empty_row(reading->reader)) {
            take_row(reading, cells);
        }
        if (file->rows > LIMIT_ROWS) {
            return error_set(
                error, VK_ERROR_LIMIT,
                tr("Filen har fler än %d personer.", "The file has more than %d people."),
                (int)LIMIT_ROWS);
        }
        if (reading->progress != NULL && file->rows % PROGRESS_ROWS == 0) {
            reading->progress(reading->progress_data, csv_position(reading->reader),
                              reading->length);
        }
    }
    if (file->rows == 0) {
        return error_set(error, VK_ERROR_INPUT, "%s",
                         tr("Filen har en rubrikrad men inga personer.",
                            "The file has a header but no people."));
    }
    if (reading->progress != NULL) {
        reading->progress(reading->progress_data, reading->length, reading->length);
    }
    return true;
}

/* The first row that is not empty names the columns. */
static Columns *read_header(CsvReader *reader, const char *map, GError **error) {
    CsvStep step;
    do {
        step = csv_next(reader);
    } while (step == CSV_ROW && is_empty_row(reader));
    if (step == CSV_END) {
        error_set(error, VK_ERROR_INPUT, "%s", tr("Filen är tom.", "The file is empty."));
        return NULL;
    }
    if (step != CSV_ROW) {
        error_set(
            error, VK_ERROR_INPUT,
            tr("Rubrikraden (rad %u) går inte att läsa. Kontrollera citattecken och antal "
               "kolumner.",
               "The header (line %u) cannot be read. Check its quotes and number of columns."),
            csv_line(reader));
        return NULL;
    }
    g_autofree const char **headings = g_new0(const char *, LIMIT_COLUMNS);
    for (guint i = 0; i < csv_field_count(reader); i++) {
        headings[i] = csv_field(reader, i);
    }
    return columns_find(headings, csv_field_count(reader), map, error);
}

static void describe_columns(StaffFile *file, const Columns *columns) {
    for (guint field = 0; field < PERSON_FIELDS; field++) {
        file->columns[field] = columns_describe(columns, field);
        bool name = field == PERSON_GIVEN_NAME || field == PERSON_FAMILY_NAME;
        if (name && file->columns[field] == NULL) {
            file->columns[field] = columns_describe(columns, COLUMN_FULL_NAME);
        }
        if (file->columns[field] != NULL) {
            file->fields |= 1U << field;
        }
    }
    file->ignored = columns_ignored(columns);
}

static bool read_text(StaffFile *file, const char *text, size_t length, const char *map,
                      StaffProgress progress, gpointer progress_data, GError **error) {
    const char *first = text;
    file->delimiter = csv_sniff(&text, &length);
    g_autoptr(CsvReader) reader = csv_reader_new(text, length, file->delimiter);
    csv_set_line(reader, text > first ? 2 : 1); /* after Excel's "sep=;" */
    g_autoptr(Columns) columns = read_header(reader, map, error);
    if (columns == NULL) {
        return false;
    }
    describe_columns(file, columns);
    g_autoptr(GHashTable) emails = g_hash_table_new(g_str_hash, g_str_equal);
    g_autoptr(GHashTable) keys = g_hash_table_new(g_str_hash, g_str_equal);
    Reading reading = {.file = file,
                       .reader = reader,
                       .columns = columns,
                       .emails = emails,
                       .keys = keys,
                       .length = length,
                       .progress = progress,
                       .progress_data = progress_data};
    return read_rows(&reading, error);
}

StaffFile *staff_file_read(const char *data, size_t size, const char *map, StaffProgress progress,
                           gpointer progress_data, GError **error) {
    if (size > LIMIT_FILE_BYTES) {
        error_set(error, VK_ERROR_LIMIT,
                  tr("Filen är större än %d MiB.", "The file is larger than %d MiB."),
                  (int)(LIMIT_FILE_BYTES / (1024 * 1024)));
        return NULL;
    }
    Encoding encoding;
    const char *text;
    size_t length;
    g_autofree char *owned = NULL;
    if (!text_decode(data, size, &encoding, &text, &length, &owned, error)) {
        return NULL;
    }
    g_autoptr(StaffFile) file = g_new0(StaffFile, 1);
    file->people = person_list_new();
    file->faults = fault_list_new();
    file->encoding = encoding_name(encoding);
    file->sha256 = g_compute_checksum_for_data(G_CHECKSUM_SHA256, (const guchar *)data, size);
    if (!read_text(file, text, length, map, progress, progress_data, error)) {
        return NULL;
    }
    return g_steal_pointer(&file);
}
