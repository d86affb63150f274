#include "people/export.h"

#include "people/csv.h"

void export_csv(const PersonList *people, char delimiter, GString *out) {
    g_string_append(out, "\xef\xbb\xbf");
    for (guint field = 0; field < PERSON_FIELDS; field++) {
        if (field > 0) {
            g_string_append_c(out, delimiter);
        }
        csv_append(out, person_field_label((PersonField)field), delimiter);
    }
    g_string_append(out, "\r\n");
    for (guint i = 0; i < person_list_length(people); i++) {
        const Person *person = person_list_get(people, i);
        for (guint field = 0; field < PERSON_FIELDS; field++) {
            if (field > 0) {
                g_string_append_c(out, delimiter);
            }
            csv_append_guarded(out, person->text[field], delimiter);
        }
        g_string_append(out, "\r\n");
    }
}
