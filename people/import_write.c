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
/* Three updates, so that a changed title does not rewrite the indices of addresses, keys and
 * departments: over a large directory that is most of the time. */
static const DbQuery q_details = {
    "import.details",
    "UPDATE person SET given_name = $1, family_name = $2, position = $3, locale = $4,"
    " employed_from = $5, employed_to = $6, changed_at_us = $7 WHERE id = $8"};
static const DbQuery q_identity = {
    "import.identity", "UPDATE person SET person_key = $1, email = $2, email_folded = $3,"
                       " active = 1 WHERE id = $4"};
static const DbQuery q_department = {"import.department",
                                     "UPDATE person SET department_id = $1 WHERE id = $2"};
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

const DbQuery *const import_queries[] = {&q_leave,      &q_insert,  &q_details,      &q_identity,
                                         &q_department, &q_manager, &q_forget_roles, &q_role,
                                         &q_record,     NULL};

/* Statements that run for every row, and the ids that rows get. */
typedef struct {
    const ImportPlan *plan;
    DbTx *tx;
    int64_t now_us;
    DbStmt *insert;
    DbStmt *details;
    DbStmt *identity;
    DbStmt *department;
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

static void bind_id(DbStmt *stmt, int parameter, int64_t id) {
    if (id == 0) {
        db_bind_null(stmt, parameter);
    } else {
        db_bind_int(stmt, parameter, id);
    }
}

static void bind_identity(DbStmt *stmt, const Person *person) {
    const char *key = person->text[PERSON_KEY];
    db_bind_text(stmt, 1, key[0] != '\0' ? key : person->email_folded);
    db_bind_text(stmt, 2, person->text[PERSON_EMAIL]);
    db_bind_text(stmt, 3, person->email_folded);
}

static bool insert_person(const Writing *writing, const Person *person, int64_t department_id,
                          int64_t *out_id, GError **error) {
    DbStmt *stmt = writing->insert;
    bind_identity(stmt, person);
    db_bind_text(stmt, 4, person->text[PERSON_GIVEN_NAME]);
    db_bind_text(stmt, 5, person->text[PERSON_FAMILY_NAME]);
    db_bind_text(stmt, 6, person->text[PERSON_POSITION]);
    db_bind_text(stmt, 7, person->text[PERSON_LOCALE]);
    bind_id(stmt, 8, department_id);
    bind_date(stmt, 9, person->text[PERSON_EMPLOYED_FROM]);
    bind_date(stmt, 10, person->text[PERSON_EMPLOYED_TO]);
    db_bind_int(stmt, 11, writing->now_us);
    db_bind_int(stmt, 12, writing->now_us);
    if (db_step(stmt, error) != DB_ROW) {
        return false;
    }
    *out_id = db_int(stmt, "id");
    db_reset(stmt);
    return true;
}

static bool update_details(const Writing *writing, const Person *person, GError **error) {
    DbStmt *stmt = writing->details;
    db_bind_text(stmt, 1, person->text[PERSON_GIVEN_NAME]);
    db_bind_text(stmt, 2, person->text[PERSON_FAMILY_NAME]);
    db_bind_text(stmt, 3, person->text[PERSON_POSITION]);
    db_bind_text(stmt, 4, person->text[PERSON_LOCALE]);
    bind_date(stmt, 5, person->text[PERSON_EMPLOYED_FROM]);
    bind_date(stmt, 6, person->text[PERSON_EMPLOYED_TO]);
    db_bind_int(stmt, 7, writing->now_us);
    db_bind_int(stmt, 8, person->id);
    return db_run(stmt, NULL, error);
}

/* Also makes active again whoever came back, or gave up their place above. */
static bool update_identity(const Writing *writing, const Person *person, GError **error) {
    bind_identity(writing->identity, person);
    db_bind_int(writing->identity, 4, person->id);
    return db_run(writing->identity, NULL, error);
}

static bool update_department(const Writing *writing, const Person *person, int64_t department_id,
                              GError **error) {
    bind_id(writing->department, 1, department_id);
    db_bind_int(writing->department, 2, person->id);
    return db_run(writing->department, NULL, error);
}

static bool update_person(const Writing *writing, const Person *person, unsigned differs,
                          bool returned, int64_t department_id, GError **error) {
    const unsigned identity = 1U << PERSON_KEY | 1U << PERSON_EMAIL;
    return update_details(writing, person, error) &&
           (((differs & identity) == 0 && !returned) || update_identity(writing, person, error)) &&
           ((differs & 1U << PERSON_DEPARTMENT) == 0 ||
            update_department(writing, person, department_id, error));
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
    guint match = plan->match[row];
    if (match == 0) {
        if (!insert_person(writing, &person, department_id, &person.id, error)) {
            return false;
        }
    } else if (plan->changed[row]) {
        bool returned = !person_list_get(plan->stored, match - 1)->active;
        if (!update_person(writing, &person, plan->differs[row], returned, department_id, error)) {
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
        bind_id(stmt, 1, manager_id);
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

/* Prepares what runs for every row. */
static bool writing_open(Writing *writing, GError **error) {
    const struct {
        DbStmt **stmt;
        const DbQuery *query;
    } wanted[] = {
        {&writing->insert, &q_insert},
        {&writing->details, &q_details},
        {&writing->identity, &q_identity},
        {&writing->department, &q_department},
        {&writing->forget_roles, &q_forget_roles},
        {&writing->role, &q_role},
    };
    for (guint i = 0; i < G_N_ELEMENTS(wanted); i++) {
        *wanted[i].stmt = db_tx_query(writing->tx, wanted[i].query, error);
        if (*wanted[i].stmt == NULL) {
            return false;
        }
    }
    return true;
}

static void writing_clear(Writing *writing) {
    g_clear_pointer(&writing->insert, db_stmt_free);
    g_clear_pointer(&writing->details, db_stmt_free);
    g_clear_pointer(&writing->identity, db_stmt_free);
    g_clear_pointer(&writing->department, db_stmt_free);
    g_clear_pointer(&writing->forget_roles, db_stmt_free);
    g_clear_pointer(&writing->role, db_stmt_free);
    g_clear_pointer(&writing->ids, g_free);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Writing, writing_clear)

bool plan_write(const ImportPlan *plan, DbTx *tx, const char *source, int64_t now_us,
                GError **error) {
    guint rows = person_list_length(plan->file->people);
    g_auto(Writing)
        writing = {.plan = plan, .tx = tx, .now_us = now_us, .ids = g_new0(int64_t, rows + 1)};
    if (!writing_open(&writing, error) || !write_leavers(&writing, error) ||
        !write_rows(&writing, error) || !write_managers(&writing, error)) {
        return false;
    }
    if (plan_has(plan, PERSON_DEPARTMENT) && !department_settle(tx, plan->departments, error)) {
        return false;
    }
    plan_progress(plan, IMPORT_WRITE, rows, rows);
    return write_record(&writing, source, error);
}
