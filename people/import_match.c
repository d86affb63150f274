#include <string.h>

#include "base/lang.h"
#include "people/email.h"
#include "people/import_private.h"

static guint lookup(GHashTable *table, const char *key) {
    return GPOINTER_TO_UINT(g_hash_table_lookup(table, key));
}

static void remember(GHashTable *table, const char *key, guint index) {
    g_hash_table_insert(table, (gpointer)(guintptr)key, GUINT_TO_POINTER(index + 1));
}

static void index_stored(ImportPlan *plan) {
    for (guint i = 0; i < person_list_length(plan->stored); i++) {
        const Person *person = person_list_get(plan->stored, i);
        const char *key = person->text[PERSON_KEY];
        remember(plan->stored_by_key, key[0] != '\0' ? key : person->email_folded, i);
        guint other = lookup(plan->stored_by_email, person->email_folded);
        if (other == 0 || person->active || !person_list_get(plan->stored, other - 1)->active) {
            remember(plan->stored_by_email, person->email_folded, i);
        }
    }
}

static void index_rows(ImportPlan *plan) {
    for (guint row = 0; row < person_list_length(plan->file->people); row++) {
        const Person *person = person_list_get(plan->file->people, row);
        if (person->email_folded[0] != '\0') {
            remember(plan->rows_by_email, person->email_folded, row);
        }
        if (person->text[PERSON_KEY][0] != '\0') {
            remember(plan->rows_by_key, person->text[PERSON_KEY], row);
        }
    }
}

static void claim(ImportPlan *plan, guint row, guint stored) {
    if (stored != 0 && !plan->kept[stored - 1]) {
        plan->match[row] = stored;
        plan->kept[stored - 1] = true;
    }
}

/* Whether a row with a key of its own may take over the stored person who has its address: one
 * without a key, or one at work whom the file has under no other key (renumbered). Someone with
 * another key who has left was another person with that address. */
static bool may_take_over(const ImportPlan *plan, const Person *row, const Person *stored) {
    const char *stored_key = stored->text[PERSON_KEY];
    return row->text[PERSON_KEY][0] == '\0' || stored_key[0] == '\0' ||
           (stored->active && lookup(plan->rows_by_key, stored_key) == 0);
}

void plan_match(ImportPlan *plan) {
    guint rows = person_list_length(plan->file->people);
    index_stored(plan);
    index_rows(plan);
    for (guint row = 0; row < rows; row++) {
        const char *key = person_list_get(plan->file->people, row)->text[PERSON_KEY];
        if (key[0] != '\0') {
            claim(plan, row, lookup(plan->stored_by_key, key));
        }
    }
    for (guint row = 0; row < rows; row++) {
        const Person *person = person_list_get(plan->file->people, row);
        if (plan->match[row] != 0) {
            continue;
        }
        guint stored = lookup(plan->stored_by_email, person->email_folded);
        if (stored != 0 && may_take_over(plan, person, person_list_get(plan->stored, stored - 1))) {
            claim(plan, row, stored);
        }
        if (plan->match[row] == 0 && person->text[PERSON_KEY][0] == '\0') {
            claim(plan, row, lookup(plan->stored_by_key, person->email_folded));
        }
    }
}

/* By address, or by key where the file names managers so. */
static bool find_manager(const ImportPlan *plan, const char *text, guint *out_row,
                         guint *out_stored) {
    bool is_address = strchr(text, '@') != NULL;
    if (is_address && email_fault(text) != NULL) {
        return false;
    }
    g_autofree char *key = is_address ? email_fold(text) : g_strdup(text);
    *out_row = lookup(is_address ? plan->rows_by_email : plan->rows_by_key, key);
    *out_stored = 0;
    if (*out_row == 0) {
        *out_stored = lookup(is_address ? plan->stored_by_email : plan->stored_by_key, key);
    }
    return *out_row != 0 || *out_stored != 0;
}

static void resolve_manager(ImportPlan *plan, guint row) {
    const Person *person = person_list_get(plan->file->people, row);
    const char *text = person->text[PERSON_MANAGER];
    if (text[0] == '\0') {
        return;
    }
    const char *column = plan->file->columns[PERSON_MANAGER];
    if (!find_manager(plan, text, &plan->manager_row[row], &plan->manager_stored[row])) {
        /* The manager may well stand on a row that could not be read: mend that first. */
        if (plan->file->unread == 0) {
            fault_add(plan->diff->faults, person->line, column, text,
                      tr("Skriv chefens e-postadress, ta med chefen i filen eller lämna tomt.",
                         "Write the manager's e-mail address, include the manager in the file, or "
                         "leave it empty."),
                      "%s",
                      tr("chefen finns varken i filen eller i katalogen",
                         "the manager is neither in the file nor in the directory"));
        }
    } else if (plan->manager_row[row] == row + 1) {
        fault_add(plan->diff->faults, person->line, column, text,
                  tr("Lämna tomt för den som inte har någon chef.",
                     "Leave it empty for whoever has no manager."),
                  "%s", tr("personen är sin egen chef", "the person is their own manager"));
        plan->manager_row[row] = 0;
    }
}

/* The circle that `row` is in, as "a → b → a". */
static char *describe_circle(const ImportPlan *plan, guint row) {
    enum { SHOWN = 6 };
    g_autoptr(GString) text = g_string_new(NULL);
    guint at = row;
    guint count = 0;
    do {
        if (count++ < SHOWN) {
            g_string_append_printf(text, "%s → ",
                                   person_list_get(plan->file->people, at)->text[PERSON_EMAIL]);
        }
        at = plan->manager_row[at] - 1;
    } while (at != row);
    g_string_append_printf(text, "%s%s", count > SHOWN ? "… → " : "",
                           person_list_get(plan->file->people, row)->text[PERSON_EMAIL]);
    return g_string_free(g_steal_pointer(&text), FALSE);
}

/* Every row has at most one manager, so walking up from each row, and marking with the walk's own
 * number, meets each circle once. */
static void find_circles(ImportPlan *plan, guint rows) {
    g_autofree guint *walk = g_new0(guint, rows + 1);
    for (guint start = 0; start < rows; start++) {
        guint at = start;
        while (walk[at] == 0) {
            walk[at] = start + 1;
            if (plan->manager_row[at] == 0) {
                break;
            }
            at = plan->manager_row[at] - 1;
        }
        if (walk[at] != start + 1 || plan->manager_row[at] == 0) {
            continue;
        }
        const Person *person = person_list_get(plan->file->people, at);
        g_autofree char *circle = describe_circle(plan, at);
        fault_add(plan->diff->faults, person->line, plan->file->columns[PERSON_MANAGER],
                  person->text[PERSON_MANAGER],
                  tr("Rätta en av cheferna.", "Correct one of the managers."),
                  tr("cheferna går i cirkel: %s", "the managers go in a circle: %s"), circle);
    }
}

void plan_managers(ImportPlan *plan) {
    guint rows = person_list_length(plan->file->people);
    if (!plan_has(plan, PERSON_MANAGER)) {
        return;
    }
    for (guint row = 0; row < rows; row++) {
        resolve_manager(plan, row);
    }
    find_circles(plan, rows);
}
