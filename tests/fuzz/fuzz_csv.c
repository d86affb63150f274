/* Any bytes as a staff file: decoded, divided, mapped and checked without a database. What is read
 * must keep the promises of the headers, and must come back unchanged from an export. */
#include "people/email.h"
#include "people/export.h"
#include "people/limits.h"
#include "people/source.h"

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_person(const Person *person) {
    for (guint field = 0; field < PERSON_FIELDS; field++) {
        g_assert(g_utf8_validate(person->text[field], -1, NULL));
        g_assert(strpbrk(person->text[field], "\r\n\t") == NULL);
    }
    g_assert(person->line > 0);
    if (person->email_folded[0] != '\0') {
        g_assert(email_fault(person->text[PERSON_EMAIL]) == NULL);
        g_assert(g_utf8_validate(person->email_folded, -1, NULL));
        g_assert(strchr(person->email_folded, '@') != NULL);
    }
}

static void check_round_trip(const StaffFile *file) {
    g_autoptr(GString) text = g_string_new(NULL);
    g_autoptr(GError) error = NULL;
    export_csv(file->people, ';', text);
    g_autoptr(StaffFile) again = staff_file_read(text->str, text->len, NULL, NULL, NULL, &error);
    g_assert(again != NULL && again->faults->count == 0);
    g_assert(person_list_length(again->people) == person_list_length(file->people));
    for (guint i = 0; i < person_list_length(file->people); i++) {
        const Person *before = person_list_get(file->people, i);
        const Person *after = person_list_get(again->people, i);
        for (guint field = 0; field < PERSON_FIELDS; field++) {
            g_assert(strcmp(before->text[field], after->text[field]) == 0);
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    g_autoptr(StaffFile) file = staff_file_read((const char *)data, size, NULL, NULL, NULL, NULL);
    if (file == NULL) {
        return 0;
    }
    g_assert(file->faults->list->len <= LIMIT_FAULTS);
    g_assert(file->faults->count >= file->faults->list->len);
    g_assert(file->rows == person_list_length(file->people) + file->unread);
    for (guint i = 0; i < person_list_length(file->people); i++) {
        check_person(person_list_get(file->people, i));
    }
    if (file->faults->count == 0) {
        check_round_trip(file);
    }
    return 0;
}
