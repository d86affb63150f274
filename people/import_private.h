/* What the files of an import share: the plan, made by reading only and carried out by writing. */
#pragma once

#include "people/department.h"
#include "people/import.h"

typedef struct {
    const StaffFile *file;
    const ImportOptions *options;
    PersonList *stored;
    DepartmentTree *departments;
    GHashTable
        *stored_by_email; /* folded -> index + 1; of several the active one, else the latest */
    GHashTable *stored_by_key;
    GHashTable *rows_by_email; /* folded -> index + 1 */
    GHashTable *rows_by_key;
    guint *match;          /* row -> index + 1 of the stored person that it is; 0 for a new one */
    bool *kept;            /* stored person -> a row is it */
    guint *manager_row;    /* row -> index + 1 of its manager's row */
    guint *manager_stored; /* row -> index + 1 of its stored manager, where no row is that */
    unsigned *differs;     /* row -> bits 1 << PersonField */
    bool *changed;         /* row -> is to be written */
    ImportDiff *diff;
} ImportPlan;

/* Which row is which stored person. */
void plan_match(ImportPlan *plan);

/* Finds every row's manager; faults where there is none, and where managers go in a circle. */
void plan_managers(ImportPlan *plan);

/* Carries out a plan without faults. */
bool plan_write(const ImportPlan *plan, DbTx *tx, const char *source, int64_t now_us,
                GError **error);

void plan_progress(const ImportPlan *plan, ImportStage stage, size_t done, size_t total);

static inline bool plan_has(const ImportPlan *plan, PersonField field) {
    return (plan->file->fields & 1U << field) != 0;
}
