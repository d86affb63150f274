#include "people/person.h"

#include <string.h>

#include "base/error.h"
#include "base/lang.h"
#include "people/queries.h"

struct PersonList {
    GArray *people; /* Person */
    GStringChunk *text;
};

/* Names of fields for machines, and headings for people; the reader of staff files knows the
 * latter. */
static const struct {
    const char *name;
    const char *label_sv;
    const char *label_en;
} fields[PERSON_FIELDS] = {
    [PERSON_KEY] = {"key", "Anställningsnummer", "Employee number"},
    [PERSON_EMAIL] = {"email", "E-post", "Email"},
    [PERSON_GIVEN_NAME] = {"given_name", "Förnamn", "First name"},
    [PERSON_FAMILY_NAME] = {"family_name", "Efternamn", "Last name"},
    [PERSON_POSITION] = {"position", "Befattning", "Position"},
    [PERSON_LOCALE] = {"locale", "Språk", "Language"},
    [PERSON_DEPARTMENT] = {"department", "Avdelning", "Department"},
    [PERSON_ROLES] = {"roles", "Roller", "Roles"},
    [PERSON_MANAGER] = {"manager", "Närmaste chef", "Manager"},
    [PERSON_EMPLOYED_FROM] = {"employed_from", "Anställd från", "Employed from"},
    [PERSON_EMPLOYED_TO] = {"employed_to", "Anställd till", "Employed to"},
};

static const DbQuery q_people = {
    "person.list",
    "SELECT p.id, p.person_key, p.email, p.email_folded, p.given_name, p.family_name, p.position,"
    " p.locale, coalesce(d.path, '') AS department, coalesce(p.manager_id, 0) AS manager_id,"
    " coalesce(m.email, '') AS manager, coalesce(p.employed_from, '') AS employed_from,"
    " coalesce(p.employed_to, '') AS employed_to, p.active"
    " FROM person p LEFT JOIN department d ON d.id = p.department_id"
    " LEFT JOIN person m ON m.id = p.manager_id ORDER BY p.id"};
static const DbQuery q_roles = {"person.roles",
                                "SELECT person_id, role FROM person_role ORDER BY person_id, role"};
static const DbQuery q_department = {"person.department",
                                     "SELECT 1 AS found FROM department WHERE path = $1"};

const DbQuery *const person_queries[] = {&q_people, &q_roles, &q_department, NULL};

PersonList *person_list_new(void) {
    PersonList *list = g_new0(PersonList, 1);
    list->people = g_array_new(FALSE, FALSE, sizeof(Person));
    list->text = g_string_chunk_new(64 * 1024);
    return list;
}

void person_list_free(PersonList *list) {
    if (list == NULL) {
        return;
    }
    g_array_unref(list->people);
    g_string_chunk_free(list->text);
    g_free(list);
}

guint person_list_length(const PersonList *list) {
    return list->people->len;
}

Person *person_list_get(const PersonList *list, guint index) {
    g_assert(index < list->people->len);
    return &g_array_index(list->people, Person, index);
}

Person *person_list_add(PersonList *list) {
    Person person = {.email_folded = ""};
    for (guint field = 0; field < PERSON_FIELDS; field++) {
        person.text[field] = "";
    }
    g_array_append_val(list->people, person);
    return person_list_get(list, list->people->len - 1);
}

const char *person_list_keep(PersonList *list, const char *text) {
    return text[0] == '\0' ? "" : g_string_chunk_insert(list->text, text);
}

const char *person_list_share(PersonList *list, const char *text) {
    return text[0] == '\0' ? "" : g_string_chunk_insert_const(list->text, text);
}

const char *person_field_name(PersonField field) {
    return fields[field].name;
}

bool person_field_parse(const char *name, PersonField *out_field) {
    for (guint field = 0; field < PERSON_FIELDS; field++) {
        if (strcmp(fields[field].name, name) == 0) {
            *out_field = (PersonField)field;
            return true;
        }
    }
    return false;
}

const char *person_field_label(PersonField field) {
    return tr(fields[field].label_sv, fields[field].label_en);
}

char *person_display_name(const Person *person) {
    const char *given = person->text[PERSON_GIVEN_NAME];
    const char *family = person->text[PERSON_FAMILY_NAME];
    if (given[0] == '\0' && family[0] == '\0') {
        return g_strdup(person->text[PERSON_EMAIL]);
    }
    return g_strdup_printf("%s%s%s", given, given[0] != '\0' && family[0] != '\0' ? " " : "",
                           family);
}

static bool check_department(Db *db, const char *path, GError **error) {
    g_autoptr(DbStmt) stmt = db_query(db, &q_department, error);
    if (stmt == NULL) {
        return false;
    }
    db_bind_text(stmt, 1, path);
    DbStep step = db_step(stmt, error);
    if (step == DB_DONE) {
        return error_set(error, VK_ERROR_NOT_FOUND,
                         tr("Avdelningen \"%s\" finns inte. Skriv hela sökvägen, till exempel "
                            "\"Vård och omsorg/Hemtjänst\".",
                            "There is no department \"%s\". Write the whole path, for example "
                            "\"Health and care/Home care\"."),
                         path);
    }
    return step == DB_ROW;
}

static bool is_wanted(const PersonFilter *filter, const char *department, bool active) {
    if (filter == NULL) {
        return true;
    }
    if (!active && !filter->with_inactive) {
        return false;
    }
    if (filter->department == NULL || filter->department[0] == '\0') {
        return true;
    }
    size_t length = strlen(filter->department);
    return strncmp(department, filter->department, length) == 0 &&
           (department[length] == '\0' || department[length] == '/');
}

static void read_row(DbStmt *stmt, PersonList *list) {
    static const struct {
        PersonField field;
        const char *column;
        bool shared;
    } columns[] = {
        {PERSON_EMAIL, "email", false},
        {PERSON_GIVEN_NAME, "given_name", true},
        {PERSON_FAMILY_NAME, "family_name", true},
        {PERSON_POSITION, "position", true},
        {PERSON_LOCALE, "locale", true},
        {PERSON_DEPARTMENT, "department", true},
        {PERSON_MANAGER, "manager", true},
        {PERSON_EMPLOYED_FROM, "employed_from", true},
        {PERSON_EMPLOYED_TO, "employed_to", true},
    };
    Person *person = person_list_add(list);
    person->id = db_int(stmt, "id");
    person->manager_id = db_int(stmt, "manager_id");
    person->active = db_bool(stmt, "active");
    person->email_folded = person_list_keep(list, db_text(stmt, "email_folded"));
    const char *key = db_text(stmt, "person_key");
    if (strcmp(key, person->email_folded) != 0) {
        person->text[PERSON_KEY] = person_list_keep(list, key);
    }
    for (guint i = 0; i < G_N_ELEMENTS(columns); i++) {
        const char *text = db_text(stmt, columns[i].column);
        person->text[columns[i].field] =
            columns[i].shared ? person_list_share(list, text) : person_list_keep(list, text);
    }
}

static bool load_people(Db *db, const PersonFilter *filter, PersonList *list, GError **error) {
    g_autoptr(DbStmt) stmt = db_query(db, &q_people, error);
    if (stmt == NULL) {
        return false;
    }
    DbStep step;
    while ((step = db_step(stmt, error)) == DB_ROW) {
        if (is_wanted(filter, db_text(stmt, "department"), db_bool(stmt, "active"))) {
            read_row(stmt, list);
        }
    }
    return step == DB_DONE;
}

/* Both are in the order of ids, so one pass joins them. */
static bool load_roles(Db *db, PersonList *list, GError **error) {
    g_autoptr(DbStmt) stmt = db_query(db, &q_roles, error);
    if (stmt == NULL) {
        return false;
    }
    guint at = 0;
    DbStep step;
    while ((step = db_step(stmt, error)) == DB_ROW) {
        int64_t id = db_int(stmt, "person_id");
        while (at < list->people->len && person_list_get(list, at)->id < id) {
            at++;
        }
        if (at == list->people->len || person_list_get(list, at)->id != id) {
            continue;
        }
        const char **roles = &person_list_get(list, at)->text[PERSON_ROLES];
        const char *role = db_text(stmt, "role");
        g_autofree char *joined =
            (*roles)[0] == '\0' ? g_strdup(role) : g_strconcat(*roles, ", ", role, NULL);
        *roles = person_list_share(list, joined);
    }
    return step == DB_DONE;
}

PersonList *person_list_load(Db *db, const PersonFilter *filter, GError **error) {
    if (filter != NULL && filter->department != NULL && filter->department[0] != '\0' &&
        !check_department(db, filter->department, error)) {
        return NULL;
    }
    g_autoptr(PersonList) list = person_list_new();
    if (!load_people(db, filter, list, error) || !load_roles(db, list, error)) {
        return NULL;
    }
    return g_steal_pointer(&list);
}
