#include "cli/people_print.h"

#include "base/lang.h"

#include <cjson/cJSON.h>
#include <string.h>

enum { NAME_WIDTH_MAX = 30, EMAIL_WIDTH_MAX = 42 };

static const char *kind_label(ChangeKind kind) {
    switch (kind) {
    case CHANGE_ADDED:
        return tr("Nya", "Added");
    case CHANGE_RETURNED:
        return tr("Tillbaka", "Back again");
    case CHANGE_MOVED:
        return tr("Flyttade", "Moved");
    case CHANGE_CHANGED:
        return tr("Ändrade", "Changed");
    case CHANGE_LEFT:
        return tr("Slutat (blir inaktiva)", "Left (become inactive)");
    }
    g_assert_not_reached();
}

static const char *kind_name(ChangeKind kind) {
    switch (kind) {
    case CHANGE_ADDED:
        return "added";
    case CHANGE_RETURNED:
        return "returned";
    case CHANGE_MOVED:
        return "moved";
    case CHANGE_CHANGED:
        return "changed";
    case CHANGE_LEFT:
        return "left";
    }
    g_assert_not_reached();
}

static char kind_mark(ChangeKind kind) {
    static const char marks[CHANGE_KINDS] = {'+', '+', '>', '~', '-'};
    return marks[kind];
}

/* "E-post, Befattning" for the bits; the department is told by itself. */
static char *describe_fields(unsigned bits) {
    g_autoptr(GString) text = g_string_new(NULL);
    for (guint field = 0; field < PERSON_FIELDS; field++) {
        if (field != PERSON_DEPARTMENT && (bits & 1U << field) != 0) {
            g_string_append_printf(text, "%s%s", text->len > 0 ? ", " : "",
                                   person_field_label((PersonField)field));
        }
    }
    return g_string_free(g_steal_pointer(&text), FALSE);
}

static const char *department_or_none(const char *path) {
    return path[0] != '\0' ? path : tr("(ingen avdelning)", "(no department)");
}

static void print_change(ChangeKind kind, const PersonChange *change, GString *out) {
    g_autofree char *fields = describe_fields(change->fields);
    g_string_append_printf(out, "  %c %s <%s>  ", kind_mark(kind), change->name, change->email);
    switch (kind) {
    case CHANGE_ADDED:
        g_string_append(out, department_or_none(change->department));
        break;
    case CHANGE_LEFT:
        g_string_append(out, department_or_none(change->department_before));
        break;
    case CHANGE_RETURNED:
    case CHANGE_MOVED:
    case CHANGE_CHANGED:
        if (strcmp(change->department_before, change->department) != 0) {
            g_string_append_printf(out, "%s → %s%s", department_or_none(change->department_before),
                                   department_or_none(change->department),
                                   fields[0] != '\0' ? "; " : "");
        }
        g_string_append(out, fields);
        break;
    }
    g_string_append_c(out, '\n');
}

static void print_more(guint shown, guint all, GString *out) {
    if (shown < all) {
        g_string_append_printf(out,
                               tr("  … och %u till; visa alla med --verbose\n",
                                  "  … and %u more; show all with --verbose\n"),
                               all - shown);
    }
}

static void print_columns(const StaffFile *file, GString *out) {
    for (guint field = 0; field < PERSON_FIELDS; field++) {
        if (file->columns[field] != NULL) {
            g_string_append_printf(out, "  %s ← %s\n", person_field_label((PersonField)field),
                                   file->columns[field]);
        }
    }
    if (file->ignored[0] != NULL) {
        g_autofree char *ignored = g_strjoinv(", ", file->ignored);
        g_string_append_printf(out, tr("  används inte: %s\n", "  not used: %s\n"), ignored);
    }
}

static const char *delimiter_name(char delimiter) {
    return delimiter == '\t' ? "tab" : delimiter == ';' ? ";" : ",";
}

static void print_departments(const ImportDiff *diff, GString *out) {
    guint limit = 0;
    for (guint kind = 0; kind < CHANGE_KINDS; kind++) {
        limit = MAX(limit, diff->changes[kind]->len);
    }
    guint count = diff->departments_added->len;
    if (count == 0) {
        return;
    }
    g_string_append_printf(out, tr("Nya avdelningar: %u\n", "New departments: %u\n"), count);
    for (guint i = 0; i < MIN(count, limit); i++) {
        g_string_append_printf(out, "  + %s\n", (char *)diff->departments_added->pdata[i]);
    }
    print_more(MIN(count, limit), count, out);
}

void people_print_diff(const StaffFile *file, const char *name, const ImportDiff *diff,
                       GString *out) {
    g_string_append_printf(
        out,
        file->rows == 1
            ? tr("%s: %u person, %s, avgränsare %s\n", "%s: %u person, %s, delimiter %s\n")
            : tr("%s: %u personer, %s, avgränsare %s\n", "%s: %u people, %s, delimiter %s\n"),
        name, file->rows, file->encoding, delimiter_name(file->delimiter));
    print_columns(file, out);
    for (guint kind = 0; kind < CHANGE_KINDS; kind++) {
        const GPtrArray *changes = diff->changes[kind];
        g_string_append_printf(out, "%s: %u\n", kind_label((ChangeKind)kind), diff->count[kind]);
        for (guint i = 0; i < changes->len; i++) {
            print_change((ChangeKind)kind, changes->pdata[i], out);
        }
        print_more(changes->len, diff->count[kind], out);
    }
    g_string_append_printf(out, tr("Oförändrade: %u\n", "Unchanged: %u\n"), diff->unchanged);
    print_departments(diff, out);
}

void people_print_faults(const char *name, const FaultList *faults, GString *out) {
    for (guint i = 0; i < faults->list->len; i++) {
        const Fault *fault = faults->list->pdata[i];
        g_string_append_printf(out, tr("%s, rad %u", "%s, line %u"), name, fault->line);
        if (fault->column[0] != '\0') {
            g_string_append_printf(out, tr(", kolumn %s", ", column %s"), fault->column);
        }
        if (fault->value[0] != '\0') {
            g_string_append_printf(out, ", \"%s\"", fault->value);
        }
        g_string_append_printf(out, ": %s. %s\n", fault->what, fault->remedy);
    }
    if (faults->count > faults->list->len) {
        g_string_append_printf(out, tr("… och %u fel till.\n", "… and %u more faults.\n"),
                               faults->count - faults->list->len);
    }
}

static cJSON *json_change(const PersonChange *change) {
    cJSON *object = cJSON_CreateObject();
    cJSON_AddStringToObject(object, "name", change->name);
    cJSON_AddStringToObject(object, "email", change->email);
    cJSON_AddStringToObject(object, "department_before", change->department_before);
    cJSON_AddStringToObject(object, "department", change->department);
    cJSON *fields = cJSON_AddArrayToObject(object, "fields");
    for (guint field = 0; field < PERSON_FIELDS; field++) {
        if ((change->fields & 1U << field) != 0) {
            cJSON_AddItemToArray(fields, cJSON_CreateString(person_field_name((PersonField)field)));
        }
    }
    return object;
}

static void add_json_file(cJSON *root, const StaffFile *file, const char *name) {
    cJSON *object = cJSON_AddObjectToObject(root, "file");
    cJSON_AddStringToObject(object, "name", name);
    cJSON_AddStringToObject(object, "sha256", file->sha256);
    cJSON_AddStringToObject(object, "encoding", file->encoding);
    cJSON_AddStringToObject(object, "delimiter", delimiter_name(file->delimiter));
    cJSON_AddNumberToObject(object, "rows", file->rows);
    cJSON *columns = cJSON_AddObjectToObject(object, "columns");
    for (guint field = 0; field < PERSON_FIELDS; field++) {
        if (file->columns[field] != NULL) {
            cJSON_AddStringToObject(columns, person_field_name((PersonField)field),
                                    file->columns[field]);
        }
    }
    cJSON *ignored = cJSON_AddArrayToObject(object, "ignored");
    for (guint i = 0; file->ignored[i] != NULL; i++) {
        cJSON_AddItemToArray(ignored, cJSON_CreateString(file->ignored[i]));
    }
}

static void add_json_faults(cJSON *root, const FaultList *faults) {
    cJSON_AddNumberToObject(root, "fault_count", faults->count);
    cJSON *list = cJSON_AddArrayToObject(root, "faults");
    for (guint i = 0; i < faults->list->len; i++) {
        const Fault *fault = faults->list->pdata[i];
        cJSON *object = cJSON_CreateObject();
        cJSON_AddNumberToObject(object, "line", fault->line);
        cJSON_AddStringToObject(object, "column", fault->column);
        cJSON_AddStringToObject(object, "value", fault->value);
        cJSON_AddStringToObject(object, "what", fault->what);
        cJSON_AddStringToObject(object, "remedy", fault->remedy);
        cJSON_AddItemToArray(list, object);
    }
}

static void add_json_changes(cJSON *root, const ImportDiff *diff) {
    cJSON *counts = cJSON_AddObjectToObject(root, "counts");
    cJSON *changes = cJSON_AddObjectToObject(root, "changes");
    for (guint kind = 0; kind < CHANGE_KINDS; kind++) {
        const char *name = kind_name((ChangeKind)kind);
        cJSON_AddNumberToObject(counts, name, diff->count[kind]);
        cJSON *list = cJSON_AddArrayToObject(changes, name);
        for (guint i = 0; i < diff->changes[kind]->len; i++) {
            cJSON_AddItemToArray(list, json_change(diff->changes[kind]->pdata[i]));
        }
    }
    cJSON_AddNumberToObject(counts, "unchanged", diff->unchanged);
    cJSON *departments = cJSON_AddArrayToObject(root, "departments_added");
    for (guint i = 0; i < diff->departments_added->len; i++) {
        cJSON_AddItemToArray(departments, cJSON_CreateString(diff->departments_added->pdata[i]));
    }
}

static void append_json(cJSON *take_root, bool pretty, GString *out) {
    char *text = pretty ? cJSON_Print(take_root) : cJSON_PrintUnformatted(take_root);
    g_string_append(out, text);
    cJSON_free(text);
    cJSON_Delete(take_root);
}

void people_print_json(const StaffFile *file, const char *name, const ImportDiff *diff,
                       bool dry_run, GString *out) {
    cJSON *root = cJSON_CreateObject();
    cJSON_AddBoolToObject(root, "applied", diff->applied);
    cJSON_AddBoolToObject(root, "dry_run", dry_run);
    cJSON_AddBoolToObject(root, "too_many_leave", diff->too_many_leave);
    cJSON_AddNumberToObject(root, "active_before", diff->active_before);
    add_json_file(root, file, name);
    add_json_changes(root, diff);
    add_json_faults(root, diff->faults);
    append_json(root, true, out);
    g_string_append_c(out, '\n');
}

/* Columns that the text takes on a terminal. */
static int text_width(const char *text) {
    int width = 0;
    for (const char *p = text; *p != '\0'; p = g_utf8_next_char(p)) {
        gunichar c = g_utf8_get_char(p);
        width += g_unichar_iszerowidth(c) ? 0 : g_unichar_iswide(c) ? 2 : 1;
    }
    return width;
}

static void append_padded(GString *out, const char *text, int width) {
    g_string_append_printf(out, "%s%*s  ", text, MAX(0, width - text_width(text)), "");
}

static gint compare_people(gconstpointer a, gconstpointer b) {
    static const PersonField order[] = {PERSON_DEPARTMENT, PERSON_FAMILY_NAME, PERSON_GIVEN_NAME,
                                        PERSON_EMAIL};
    const Person *first = *(const Person *const *)a;
    const Person *second = *(const Person *const *)b;
    for (guint i = 0; i < G_N_ELEMENTS(order); i++) {
        int difference = strcmp(first->text[order[i]], second->text[order[i]]);
        if (difference != 0) {
            return difference;
        }
    }
    return 0;
}

static GPtrArray *sort_people(const PersonList *people) {
    GPtrArray *sorted = g_ptr_array_new();
    for (guint i = 0; i < person_list_length(people); i++) {
        g_ptr_array_add(sorted, person_list_get(people, i));
    }
    g_ptr_array_sort(sorted, compare_people);
    return sorted;
}

void people_print_list(const PersonList *people, bool with_state, GString *out) {
    g_autoptr(GPtrArray) sorted = sort_people(people);
    int name_width = 0;
    int email_width = 0;
    for (guint i = 0; i < sorted->len; i++) {
        const Person *person = sorted->pdata[i];
        g_autofree char *name = person_display_name(person);
        name_width = MAX(name_width, MIN(text_width(name), NAME_WIDTH_MAX));
        email_width =
            MAX(email_width, MIN(text_width(person->text[PERSON_EMAIL]), EMAIL_WIDTH_MAX));
    }
    for (guint i = 0; i < sorted->len; i++) {
        const Person *person = sorted->pdata[i];
        g_autofree char *name = person_display_name(person);
        append_padded(out, name, name_width);
        append_padded(out, person->text[PERSON_EMAIL], email_width);
        g_string_append(out, department_or_none(person->text[PERSON_DEPARTMENT]));
        if (with_state && !person->active) {
            g_string_append(out, tr("  (inaktiv)", "  (inactive)"));
        }
        g_string_append_c(out, '\n');
    }
    g_string_append_printf(out,
                           sorted->len == 1 ? tr("%u person\n", "%u person\n")
                                            : tr("%u personer\n", "%u people\n"),
                           sorted->len);
}

void people_print_list_json(const PersonList *people, GString *out) {
    g_autoptr(GPtrArray) sorted = sort_people(people);
    g_string_append_c(out, '[');
    for (guint i = 0; i < sorted->len; i++) {
        const Person *person = sorted->pdata[i];
        cJSON *object = cJSON_CreateObject();
        for (guint field = 0; field < PERSON_FIELDS; field++) {
            if (field != PERSON_ROLES) {
                cJSON_AddStringToObject(object, person_field_name((PersonField)field),
                                        person->text[field]);
            }
        }
        cJSON *roles = cJSON_AddArrayToObject(object, "roles");
        g_auto(GStrv) parts = g_strsplit(person->text[PERSON_ROLES], ", ", -1);
        for (guint role = 0; parts[role] != NULL; role++) {
            cJSON_AddItemToArray(roles, cJSON_CreateString(parts[role]));
        }
        cJSON_AddBoolToObject(object, "active", person->active);
        g_string_append(out, i == 0 ? "\n" : ",\n");
        append_json(object, false, out);
    }
    g_string_append(out, "\n]\n");
}
