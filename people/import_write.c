#include <string.h>

#include "people/import_private.h"
#include "people/queries.h"

/* Order matters: those who leave, and those whose address changes, give up their place in the
 * unique index of active addresses first, so that addresses can be swapped or handed on; managers
 * come last, when everybody has an id. */

enum { PROGRESS_ROWS = 1000 };

static const DbQuery q_leave = {"import.leave",
                                "UPDATE person SET active = 0, changed_at_us = $1 WHERE id = $2"};
static const DbQuery q_insert = {
    "import.insert", "INSERT INTO person (person_key, email, email_folded, given_name, "
                     "family_name, position, locale,"
                     " department_id, employed_from, employed_to, created_at_us, changed_at_us)"
                     " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) RETURNING id"};
static const DbQuery q_update = {
    "import.update",
    "UPDATE person SET person_key = $1, email = $2, email_folded = $3, given_name = $4,"
    " family_name = $5, position = $6, locale = $7, department_id = $8, employed_from = $9,"
    " employed_to = $10, active = 1, changed_at_us = $11 WHERE id = $12"};
static const DbQuery q_manager = {"import.manager",
                                  "UPDATE person SET manager_id = $1 WHERE id = $2"};
static const DbQuery q_forget_roles = {"import.forget-roles",
                                       "DELETE FROM person_role WHERE person_id = $1"};
static const DbQuery q_role = {"import.role",
                               "INSERT INTO person_role (person_id, role) VALUES ($1, $2)"};
static const DbQuery q_record = {
    "import.record",
    "INSERT INTO people_import (at_us, source, file_sha256, row_count, added, returned, moved,"
    " changed, left_count) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)"};

const DbQuery *const import_queries[] = {&q_leave,        &q_insert, &q_update, &q_manager,
                                         &q_forget_roles, &q_role,   &q_record, NULL};

/* Statements that run for every row, and the ids that rows get. */
typedef struct {
    const ImportPlan *plan;
    DbTx *tx;
    int64_t now_us;
    DbStmt *insert;
    DbStmt *update;
    DbStmt *forget_roles;
    DbStmt *role;
    int64_t *ids;
} Writing;

static bool make_inactive(DbStmt *stmt, const Person *person, int64_t now_us, GError **error) {
    db_bind_int(stmt, 1, now_us);
    db_bind_int(stmt, 2, person->id);
    return db_run(stmt, NULL, error);
}

static bool write_leavers(const Writing *writing, GError **error) {
    const ImportPlan *plan = writing->plan;
    g_autoptr(DbStmt) stmt = db_tx_query(writing->tx, &q_leave, error);
    if (stmt == NULL) {
        return false;
    }
    for (guint i = 0; i < person_list_length(plan->stored); i++) {
        const Person *person = person_list_get(plan->stored, i);
        if (person->active && !plan->kept[i] &&
            !make_inactive(stmt, person, writing->now_us, error)) {
            return false;
        }
    }
    for (guint row = 0; row < person_list_length(plan->file->people); row++) {
        if (plan->match[row] != 0 && (plan->differs[row] & 1U << PERSON_EMAIL) != 0 &&
            !make_inactive(stmt, person_list_get(plan->stored, plan->match[row] - 1),
                           writing->now_us, error)) {
            return false;
        }
    }
    return true;
}

/* The person as they will be: the file's fields, and the stored ones that it does not have. */
static Person merge_person(const ImportPlan *plan, guint row) {
    Person person = *person_list_get(plan->file->people, row);
    if (plan->match[row] == 0) {
        return person;
    }
    const Person *stored = person_list_get(plan->stored, plan->match[row] - 1);
    for (guint field = 0; field < PERSON_FIELDS; field++) {
        bool keep = !plan_has(plan, (PersonField)field) ||
                    (field == PERSON_KEY && person.text[field][0] == '\0');
        if (keep) {
            person.text[field] = stored->text[field];
        }
    }
    person.id = stored->id;
    return person;
}

static void bind_date(DbStmt *stmt, int parameter, const char *date) {
    db_bind_text(stmt, parameter, date[0] == '\0' ? NULL : date);
}

/* Parameters 1 to 10, which insert and update have in common. */
static void bind_person(DbStmt *stmt, const Person *person, int64_t department_id) {
    const char *key = person->text[PERSON_KEY];
    db_bind_text(stmt, 1, key[0] != '\0' ? key : person->email_folded);
    db_bind_text(stmt, 2, person->text[PERSON_EMAIL]);
    db_bind_text(stmt, 3, person->email_folded);
    db_bind_text(stmt, 4, person->text[PERSON_GIVEN_NAME]);
    db_bind_text(stmt, 5, person->text[PERSON_FAMILY_NAME]);
    db_bind_text(stmt, 6, person->text[PERSON_POSITION]);
    db_bind_text(stmt, 7, person->text[PERSON_LOCALE]);
    if (department_id == 0) {
        db_bind_null(stmt, 8);
    } else {
        db_bind_int(stmt, 8, department_id);
    }
    bind_date(stmt, 9, person->text[PERSON_EMPLOYED_FROM]);
    bind_date(stmt, 10, person->text[PERSON_EMPLOYED_TO]);
}

static bool insert_person(const Writing *writing, const Person *person, int64_t department_id,
                          int64_t *out_id, GError **error) {
    bind_person(writing->insert, person, department_id);
    db_bind_int(writing->insert, 11, writing->now_us);
    db_bind_int(writing->insert, 12, writing->now_us);
    if (db_step(writing->insert, error) != DB_ROW) {
        return false;
    }
    *out_id = db_int(writing->insert, "id");
    db_reset(writing->insert);
    return true;
}

static bool update_person(const Writing *writing, const Person *person, int64_t department_id,
                          GError **error) {
    bind_person(writing->update, person, department_id);
    db_bind_int(writing->update, 11, writing->now_us);
    db_bind_int(writing->update, 12, person->id);
    return db_run(writing->update, NULL, error);
}

static bool write_roles(const Writing *writing, int64_t person_id, const char *roles,
                        GError **error) {
    db_bind_int(writing->forget_roles, 1, person_id);
    if (!db_run(writing->forget_roles, NULL, error)) {
        return false;
    }
    g_auto(GStrv) parts = g_strsplit(roles, ", ", -1);
    for (guint i = 0; parts[i] != NULL; i++) {
        db_bind_int(writing->role, 1, person_id);
        db_bind_text(writing->role, 2, parts[i]);
        if (!db_run(writing->role, NULL, error)) {
            return false;
        }
    }
    return true;
}

static bool write_row(const Writing *writing, guint row, GError **error) {
    const ImportPlan *plan = writing->plan;
    Person person = merge_person(plan, row);
    int64_t department_id;
    if (!department_ensure(writing->tx, plan->departments, person.text[PERSON_DEPARTMENT],
                           &department_id, error)) {
        return false;
    }
    if (plan->changed[row]) {
        bool done = plan->match[row] == 0
                        ? insert_person(writing, &person, department_id, &person.id, error)
                        : update_person(writing, &person, department_id, error);
        if (!done) {
            return false;
        }
    }
    writing->ids[row] = person.id;
    return (plan->differs[row] & 1U << PERSON_ROLES) == 0 ||
           write_roles(writing, person.id, person.text[PERSON_ROLES], error);
}

static bool write_rows(const Writing *writing, GError **error) {
    guint rows = person_list_length(writing->plan->file->people);
    for (guint row = 0; row < rows; row++) {
        if (!write_row(writing, row, error)) {
            return false;
        }
        if (row % PROGRESS_ROWS == 0) {
            plan_progress(writing->plan, IMPORT_WRITE, row, rows);
        }
    }
    return true;
}

static bool write_managers(const Writing *writing, GError **error) {
    const ImportPlan *plan = writing->plan;
    g_autoptr(DbStmt) stmt = db_tx_query(writing->tx, &q_manager, error);
    if (stmt == NULL) {
        return false;
    }
    for (guint row = 0; row < person_list_length(plan->file->people); row++) {
        if ((plan->differs[row] & 1U << PERSON_MANAGER) == 0) {
            continue;
        }
        int64_t manager_id = 0;
        if (plan->manager_row[row] != 0) {
            manager_id = writing->ids[plan->manager_row[row] - 1];
        } else if (plan->manager_stored[row] != 0) {
            manager_id = person_list_get(plan->stored, plan->manager_stored[row] - 1)->id;
        }
        if (manager_id == 0 && plan->match[row] == 0) {
            continue;
        }
        if (manager_id == 0) {
            db_bind_null(stmt, 1);
        } else {
            db_bind_int(stmt, 1, manager_id);
        }
        db_bind_int(stmt, 2, writing->ids[row]);
        if (!db_run(stmt, NULL, error)) {
            return false;
        }
    }
    return true;
}

static bool write_record(const Writing *writing, const char *source, GError **error) {
    const ImportDiff *diff = writing->plan->diff;
    g_autoptr(DbStmt) stmt = db_tx_query(writing->tx, &q_record, error);
    if (stmt == NULL) {
        return false;
    }
    db_bind_int(stmt, 1, writing->now_us);
    db_bind_text(stmt, 2, source);
    db_bind_text(stmt, 3, writing->plan->file->sha256);
    db_bind_int(stmt, 4, diff->rows);
    db_bind_int(stmt, 5, diff->count[CHANGE_ADDED]);
    db_bind_int(stmt, 6, diff->count[CHANGE_RETURNED]);
    db_bind_int(stmt, 7, diff->count[CHANGE_MOVED]);
    db_bind_int(stmt, 8, diff->count[CHANGE_CHANGED]);
    db_bind_int(stmt, 9, diff->count[CHANGE_LEFT]);
    return db_run(stmt, NULL, error);
}

bool plan_write(const ImportPlan *plan, DbTx *tx, const char *source, int64_t now_us,
                GError **error) {
    guint rows = person_list_length(plan->file->people);
    g_autoptr(DbStmt) insert = db_tx_query(tx, &q_insert, error);
    g_autoptr(DbStmt) update = insert != NULL ? db_tx_query(tx, &q_update, error) : NULL;
    g_autoptr(DbStmt) forget = update != NULL ? db_tx_query(tx, &q_forget_roles, error) : NULL;
    g_autoptr(DbStmt) role = forget != NULL ? db_tx_query(tx, &q_role, error) : NULL;
    if (role == NULL) {
        return false;
    }
    g_autofree int64_t *ids = g_new0(int64_t, rows + 1);
    Writing writing = {.plan = plan,
                       .tx = tx,
                       .now_us = now_us,
                       .insert = insert,
                       .update = update,
                       .forget_roles = forget,
                       .role = role,
                       .ids = ids};
    if (!write_leavers(&writing, error) || !write_rows(&writing, error) ||
        !write_managers(&writing, error)) {
        return false;
    }
    if (plan_has(plan, PERSON_DEPARTMENT) && !department_settle(tx, plan->departments, error)) {
        return false;
    }
    plan_progress(plan, IMPORT_WRITE, rows, rows);
    return write_record(&writing, source, error);
}
