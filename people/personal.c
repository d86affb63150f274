#include "people/personal.h"

#include "base/error.h"
#include "base/lang.h"
#include "people/email.h"
#include "people/queries.h"

static const DbQuery q_person = {
    "people_personal.person",
    "SELECT p.person_key, p.email, p.given_name, p.family_name, p.position, p.locale,"
    " coalesce(d.path, '') AS department, coalesce(m.email, '') AS manager, p.employed_from,"
    " p.employed_to, p.active, p.created_at_us, p.changed_at_us FROM person p"
    " LEFT JOIN department d ON d.id = p.department_id LEFT JOIN person m ON m.id = p.manager_id"
    " WHERE p.id = $1"};
static const DbQuery q_roles = {"people_personal.roles",
                                "SELECT role FROM person_role WHERE person_id = $1 ORDER BY role"};
static const DbQuery q_erase_roles = {"people_personal.erase_roles",
                                      "DELETE FROM person_role WHERE person_id = $1"};
static const DbQuery q_unmanage = {"people_personal.unmanage",
                                   "UPDATE person SET manager_id = NULL WHERE manager_id = $1"};
static const DbQuery q_erase = {"people_personal.erase", "DELETE FROM person WHERE id = $1"};
static const DbQuery q_by_email = {
    "people_personal.by_email",
    "SELECT id, person_key, email, given_name, family_name, active FROM person"
    " WHERE email_folded = $1 ORDER BY active DESC, changed_at_us DESC, id"};
static const DbQuery q_by_id = {"people_personal.by_id",
                                "SELECT id, person_key, email, given_name, family_name, active"
                                " FROM person WHERE id = $1"};
static const DbQuery q_left = {"people_personal.left",
                               "SELECT id FROM person WHERE active = 0 AND changed_at_us < $1"
                               " AND id > $2 ORDER BY id LIMIT $3"};

const DbQuery *const people_personal_queries[] = {&q_person,   &q_roles, &q_erase_roles,
                                                  &q_unmanage, &q_erase, &q_by_email,
                                                  &q_by_id,    &q_left,  NULL};

/* Roles first: they point at the person. */
const PersonalTable people_personal[] = {
    {"person_role", "Roller", "Roles", &q_roles, &q_erase_roles, NULL, NULL},
    {"person", "Uppgifter ur personalfilen", "What the staff file says", &q_person, NULL, NULL,
     NULL},
    {"department", "Avdelningar", "Departments", NULL, NULL, "Organisationens träd, utan personer.",
     "The tree of the organisation, without people."},
    {"people_import", "Inläsningar", "Imports", NULL, NULL,
     "Antal, filnamn och kontrollsumma för varje inläst personalfil; ingen person nämns.",
     "Counts, file name and checksum of each staff file; nobody is named."},
    {0},
};

void directory_person_free(DirectoryPerson *person) {
    if (person == NULL) {
        return;
    }
    g_free(person->key);
    g_free(person->email);
    g_free(person->given_name);
    g_free(person->family_name);
    g_free(person);
}

static DirectoryPerson *person_read(DbStmt *row) {
    DirectoryPerson *person = g_new0(DirectoryPerson, 1);
    person->id = db_int(row, "id");
    person->key = g_strdup(db_text(row, "person_key"));
    person->email = g_strdup(db_text(row, "email"));
    person->given_name = g_strdup(db_text(row, "given_name"));
    person->family_name = g_strdup(db_text(row, "family_name"));
    person->active = db_bool(row, "active");
    return person;
}

GPtrArray *people_find_email(Db *db, const char *email, GError **error) {
    const char *fault = email_fault(email);
    if (fault != NULL) {
        error_set(error, VK_ERROR_INPUT,
                  tr("”%s” är ingen e-postadress: %s", "“%s” is no e-mail address: %s"), email,
                  fault);
        return NULL;
    }
    g_autofree char *folded = email_fold(email);
    g_autoptr(GPtrArray) found =
        g_ptr_array_new_with_free_func((GDestroyNotify)directory_person_free);
    g_autoptr(DbStmt) row = db_query(db, &q_by_email, error);
    if (row == NULL) {
        return NULL;
    }
    db_bind_text(row, 1, folded);
    DbStep step = DB_DONE;
    while ((step = db_step(row, error)) == DB_ROW) {
        g_ptr_array_add(found, person_read(row));
    }
    return step == DB_DONE ? g_steal_pointer(&found) : NULL;
}

DirectoryPerson *people_find_id(Db *db, int64_t person_id, GError **error) {
    g_autoptr(DbStmt) row = db_query(db, &q_by_id, error);
    if (row == NULL) {
        return NULL;
    }
    db_bind_int(row, 1, person_id);
    DbStep step = db_step(row, error);
    if (step == DB_DONE) {
        error_set(error, VK_ERROR_NOT_FOUND,
                  tr("personen finns inte i registret", "the person is not in the directory"));
    }
    return step == DB_ROW ? person_read(row) : NULL;
}

GArray *people_find_left(Db *db, int64_t before_us, int64_t after_id, guint max, GError **error) {
    g_autoptr(GArray) ids = g_array_new(FALSE, FALSE, sizeof(int64_t));
    g_autoptr(DbStmt) row = db_query(db, &q_left, error);
    if (row == NULL) {
        return NULL;
    }
    db_bind_int(row, 1, before_us);
    db_bind_int(row, 2, after_id);
    db_bind_int(row, 3, max);
    DbStep step = DB_DONE;
    while ((step = db_step(row, error)) == DB_ROW) {
        int64_t id = db_int(row, "id");
        g_array_append_val(ids, id);
    }
    return step == DB_DONE ? g_steal_pointer(&ids) : NULL;
}

bool people_erase(DbTx *tx, int64_t person_id, GError **error) {
    return personal_erase(tx, people_personal, person_id, NULL, error) &&
           db_tx_run(tx, &q_unmanage, person_id, NULL, error) &&
           db_tx_run(tx, &q_erase, person_id, NULL, error);
}
