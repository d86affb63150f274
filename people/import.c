#include "people/import.h"

#include <string.h>

#include "base/error.h"
#include "base/lang.h"
#include "people/import_private.h"
#include "people/limits.h"

/* Faults that import_applied() puts into its message. */
enum { SUMMARY_FAULTS = 3 };

static void change_free(gpointer data) {
    PersonChange *change = data;
    g_free(change->name);
    g_free(change->email);
    g_free(change->department_before);
    g_free(change->department);
    g_free(change);
}

static ImportDiff *import_diff_new(void) {
    ImportDiff *diff = g_new0(ImportDiff, 1);
    for (guint kind = 0; kind < CHANGE_KINDS; kind++) {
        diff->changes[kind] = g_ptr_array_new_with_free_func(change_free);
    }
    diff->departments_added = g_ptr_array_new_with_free_func(g_free);
    diff->faults = fault_list_new();
    return diff;
}

void import_diff_free(ImportDiff *diff) {
    if (diff == NULL) {
        return;
    }
    for (guint kind = 0; kind < CHANGE_KINDS; kind++) {
        g_ptr_array_unref(diff->changes[kind]);
    }
    g_ptr_array_unref(diff->departments_added);
    fault_list_free(diff->faults);
    g_free(diff);
}

static void plan_free(ImportPlan *plan) {
    if (plan == NULL) {
        return;
    }
    person_list_free(plan->stored);
    department_tree_free(plan->departments);
    g_hash_table_unref(plan->stored_by_email);
    g_hash_table_unref(plan->stored_by_key);
    g_hash_table_unref(plan->rows_by_email);
    g_hash_table_unref(plan->rows_by_key);
    g_free(plan->match);
    g_free(plan->kept);
    g_free(plan->manager_row);
    g_free(plan->manager_stored);
    g_free(plan->differs);
    g_free(plan->changed);
    import_diff_free(plan->diff);
    g_free(plan);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ImportPlan, plan_free)

void plan_progress(const ImportPlan *plan, ImportStage stage, size_t done, size_t total) {
    if (plan->options->progress != NULL) {
        plan->options->progress(plan->options->progress_data, stage, done, total);
    }
}

static void record_change(ImportPlan *plan, ChangeKind kind, const Person *before,
                          const Person *after, const char *department, unsigned differs) {
    ImportDiff *diff = plan->diff;
    diff->count[kind]++;
    if (diff->changes[kind]->len >= plan->options->change_limit) {
        return;
    }
    const Person *person = after != NULL ? after : before;
    PersonChange *change = g_new0(PersonChange, 1);
    change->name = person_display_name(person);
    change->email = g_strdup(person->text[PERSON_EMAIL]);
    change->department_before = g_strdup(before != NULL ? before->text[PERSON_DEPARTMENT] : "");
    change->department = g_strdup(department);
    change->fields = differs;
    g_ptr_array_add(diff->changes[kind], change);
}

/* The stored manager that a row would get; -1 for one who is new. */
static int64_t planned_manager(const ImportPlan *plan, guint row) {
    guint stored = plan->manager_stored[row];
    if (plan->manager_row[row] != 0) {
        stored = plan->match[plan->manager_row[row] - 1];
        if (stored == 0) {
            return -1;
        }
    }
    return stored == 0 ? 0 : person_list_get(plan->stored, stored - 1)->id;
}

static unsigned compare_person(const ImportPlan *plan, guint row, const Person *before) {
    const Person *after = person_list_get(plan->file->people, row);
    unsigned differs = 0;
    for (guint field = 0; field < PERSON_FIELDS; field++) {
        bool differ = plan_has(plan, (PersonField)field);
        if (field == PERSON_MANAGER) {
            differ = differ && planned_manager(plan, row) != before->manager_id;
        } else if (field == PERSON_KEY && after->text[field][0] == '\0') {
            differ = false;
        } else {
            differ = differ && strcmp(after->text[field], before->text[field]) != 0;
        }
        differs |= differ ? 1U << field : 0;
    }
    return differs;
}

static void compare_row(ImportPlan *plan, guint row) {
    const Person *after = person_list_get(plan->file->people, row);
    const char *department = after->text[PERSON_DEPARTMENT];
    if (plan->match[row] == 0) {
        plan->differs[row] = plan->file->fields;
        plan->changed[row] = true;
        record_change(plan, CHANGE_ADDED, NULL, after, department, 0);
        return;
    }
    const Person *before = person_list_get(plan->stored, plan->match[row] - 1);
    unsigned differs = compare_person(plan, row, before);
    if (!plan_has(plan, PERSON_DEPARTMENT)) {
        department = before->text[PERSON_DEPARTMENT];
    }
    plan->differs[row] = differs;
    plan->changed[row] = differs != 0 || !before->active;
    if (!plan->changed[row]) {
        plan->diff->unchanged++;
        return;
    }
    ChangeKind kind = (differs & 1U << PERSON_DEPARTMENT) != 0 ? CHANGE_MOVED : CHANGE_CHANGED;
    record_change(plan, before->active ? kind : CHANGE_RETURNED, before, after, department,
                  differs);
}

static void compare_stored(ImportPlan *plan) {
    ImportDiff *diff = plan->diff;
    for (guint i = 0; i < person_list_length(plan->stored); i++) {
        const Person *person = person_list_get(plan->stored, i);
        diff->active_before += person->active;
        if (person->active && !plan->kept[i]) {
            record_change(plan, CHANGE_LEFT, person, NULL, "", 0);
        }
    }
    diff->too_many_leave = !plan->options->allow_leavers &&
                           diff->active_before >= IMPORT_GUARD_MIN_ACTIVE &&
                           (guint64)diff->count[CHANGE_LEFT] * 100 >
                               (guint64)diff->active_before * IMPORT_GUARD_MAX_LEAVE_PCT;
}

static gint compare_paths(gconstpointer a, gconstpointer b) {
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Paths, with their ancestors, that the directory does not have yet. */
static void list_departments(ImportPlan *plan) {
    g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    for (guint row = 0; row < person_list_length(plan->file->people); row++) {
        g_autofree char *path =
            g_strdup(person_list_get(plan->file->people, row)->text[PERSON_DEPARTMENT]);
        while (path[0] != '\0' && g_hash_table_add(seen, g_strdup(path))) {
            if (!department_tree_has(plan->departments, path)) {
                g_ptr_array_add(plan->diff->departments_added, g_strdup(path));
            }
            char *slash = strrchr(path, '/');
            *(slash != NULL ? slash : path) = '\0';
        }
    }
    g_ptr_array_sort(plan->diff->departments_added, compare_paths);
}

static ImportPlan *plan_new(Db *db, const StaffFile *file, const ImportOptions *options,
                            GError **error) {
    g_autoptr(ImportPlan) plan = g_new0(ImportPlan, 1);
    guint rows = person_list_length(file->people);
    plan->file = file;
    plan->options = options;
    plan->diff = import_diff_new();
    plan->stored_by_email = g_hash_table_new(g_str_hash, g_str_equal);
    plan->stored_by_key = g_hash_table_new(g_str_hash, g_str_equal);
    plan->rows_by_email = g_hash_table_new(g_str_hash, g_str_equal);
    plan->rows_by_key = g_hash_table_new(g_str_hash, g_str_equal);
    plan->stored = person_list_load(db, NULL, error);
    plan->departments = plan->stored != NULL ? department_tree_load(db, error) : NULL;
    if (plan->departments == NULL) {
        return NULL;
    }
    plan->match = g_new0(guint, rows + 1);
    plan->kept = g_new0(bool, person_list_length(plan->stored) + 1);
    plan->manager_row = g_new0(guint, rows + 1);
    plan->manager_stored = g_new0(guint, rows + 1);
    plan->differs = g_new0(unsigned, rows + 1);
    plan->changed = g_new0(bool, rows + 1);
    return g_steal_pointer(&plan);
}

/* Reads only: what would happen, and what is wrong. */
static ImportPlan *plan_make(Db *db, const StaffFile *file, const ImportOptions *options,
                             GError **error) {
    g_autoptr(ImportPlan) plan = plan_new(db, file, options, error);
    if (plan == NULL) {
        return NULL;
    }
    guint rows = person_list_length(file->people);
    plan->diff->rows = file->rows;
    plan_progress(plan, IMPORT_COMPARE, 0, rows);
    plan_match(plan);
    fault_list_append(plan->diff->faults, file->faults);
    plan_managers(plan);
    fault_list_sort(plan->diff->faults);
    if (plan->diff->faults->count == 0) {
        for (guint row = 0; row < rows; row++) {
            compare_row(plan, row);
        }
        compare_stored(plan);
        list_departments(plan);
    }
    plan_progress(plan, IMPORT_COMPARE, rows, rows);
    return g_steal_pointer(&plan);
}

bool import_diff(Db *db, const StaffFile *file, const ImportOptions *options, ImportDiff **out_diff,
                 GError **error) {
    g_autoptr(ImportPlan) plan = plan_make(db, file, options, error);
    if (plan == NULL) {
        return false;
    }
    *out_diff = g_steal_pointer(&plan->diff);
    return true;
}

bool import_apply(DbTx *tx, const StaffFile *file, const char *source, const ImportOptions *options,
                  int64_t now_us, ImportDiff **out_diff, GError **error) {
    g_autoptr(ImportPlan) plan = plan_make(db_tx_db(tx), file, options, error);
    if (plan == NULL) {
        return false;
    }
    if (plan->diff->faults->count == 0 && !plan->diff->too_many_leave) {
        if (!plan_write(plan, tx, source, now_us, error)) {
            return false;
        }
        plan->diff->applied = true;
    }
    *out_diff = g_steal_pointer(&plan->diff);
    return true;
}

static bool refuse_leavers(const ImportDiff *diff, GError **error) {
    return error_set(
        error, VK_ERROR_INPUT,
        tr("%u av %u aktiva personer saknas i filen och skulle bli inaktiva: fler än "
           "%d %% av minst %d. Inget har ändrats. Är filen fullständig? Kör i så fall igen med "
           "--allow-leavers.",
           "%u of %u active people are not in the file and would become inactive: more "
           "than %d %% of at least %d. Nothing was changed. If the file is complete, run again "
           "with "
           "--allow-leavers."),
        diff->count[CHANGE_LEFT], diff->active_before, IMPORT_GUARD_MAX_LEAVE_PCT,
        IMPORT_GUARD_MIN_ACTIVE);
}

bool import_applied(const ImportDiff *diff, GError **error) {
    if (diff->applied) {
        return true;
    }
    if (diff->too_many_leave) {
        return refuse_leavers(diff, error);
    }
    g_autoptr(GString) text = g_string_new(NULL);
    for (guint i = 0; i < MIN(diff->faults->list->len, SUMMARY_FAULTS); i++) {
        const Fault *fault = g_ptr_array_index(diff->faults->list, i);
        g_string_append_printf(text, tr("\n  rad %u: %s (%s)", "\n  line %u: %s (%s)"), fault->line,
                               fault->what, fault->value);
    }
    return error_set(error, VK_ERROR_INPUT,
                     tr("Filen har %u fel. Inget har ändrats.%s",
                        "The file has %u faults. Nothing was changed.%s"),
                     diff->faults->count, text->str);
}
