#include "campaigns/audience.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/lang.h"
#include "campaigns/queries.h"

#include <string.h>

void audience_clear(Audience *audience) {
    g_clear_pointer(&audience->departments, g_strfreev);
    g_clear_pointer(&audience->roles, g_strfreev);
    g_clear_pointer(&audience->exclude_departments, g_strfreev);
    g_clear_pointer(&audience->exclude_roles, g_strfreev);
    g_clear_pointer(&audience->exclude_emails, g_strfreev);
}

/* Most people have none. */
static char *no_roles[] = {NULL};

void audience_person_free(AudiencePerson *person) {
    if (person == NULL) {
        return;
    }
    g_ref_string_release(person->path);
    if (person->roles != no_roles) {
        g_strfreev(person->roles);
    }
    g_free(person->email);
    g_free(person);
}

bool audience_is_sampled(const Audience *audience) {
    return audience->sample_count > 0 || audience->sample_percent > 0;
}

/* --- the directory ------------------------------------------------------------------- */

static const DbQuery q_people = {
    "audience.people", "SELECT id, email, department_path, is_manager FROM v_person"
                       " WHERE active = 1 AND (employed_from IS NULL OR employed_from <= $1)"
                       " AND (employed_to IS NULL OR employed_to >= $1) ORDER BY id"};
static const DbQuery q_roles = {
    "audience.roles", "SELECT person_id, role FROM v_person_role ORDER BY person_id, role"};

const DbQuery *const audience_queries[] = {&q_people, &q_roles, NULL};

/* As many pointers as there are: an array of its own has room for 16. */
static char **strv_take(GPtrArray *strings) {
    if (strings->len == 0) {
        return no_roles;
    }
    char **strv = g_new0(char *, strings->len + 1);
    for (guint i = 0; i < strings->len; i++) {
        strv[i] = g_steal_pointer(&strings->pdata[i]);
    }
    g_ptr_array_set_size(strings, 0);
    return strv;
}

/* Gives each of `people`, who come by person_id, their roles. */
static bool audience_load_roles(Db *db, GPtrArray *people, GError **error) {
    g_autoptr(DbStmt) query = db_query(db, &q_roles, error);
    if (query == NULL) {
        return false;
    }
    g_autoptr(GPtrArray) roles = g_ptr_array_new_with_free_func(g_free);
    DbStep step = db_step(query, error);
    for (guint i = 0; i < people->len && step != DB_ERROR; i++) {
        AudiencePerson *person = g_ptr_array_index(people, i);
        while (step == DB_ROW && db_int(query, "person_id") <= person->person_id) {
            const char *role = db_text(query, "role");
            if (db_int(query, "person_id") == person->person_id) {
                g_ptr_array_add(roles, g_strdup(role));
            }
            step = db_step(query, error);
        }
        if (step == DB_ERROR) {
            break;
        }
        person->roles = strv_take(roles);
    }
    return step != DB_ERROR;
}

GPtrArray *audience_load(Db *db, const Audience *audience, int64_t now_us, GError **error) {
    g_autoptr(DbStmt) query = db_query(db, &q_people, error);
    if (query == NULL) {
        return NULL;
    }
    g_autofree char *today = clock_format_date(now_us);
    db_bind_text(query, 1, today);
    g_autoptr(GPtrArray) people =
        g_ptr_array_new_with_free_func((GDestroyNotify)audience_person_free);
    DbStep step = DB_DONE;
    while ((step = db_step(query, error)) == DB_ROW) {
        AudiencePerson *person = g_new0(AudiencePerson, 1);
        person->person_id = db_int(query, "id");
        person->email = audience->exclude_emails != NULL ? g_strdup(db_text(query, "email")) : NULL;
        person->path = g_ref_string_new_intern(db_text(query, "department_path"));
        person->is_manager = db_bool(query, "is_manager");
        g_ptr_array_add(people, person);
    }
    if (step == DB_ERROR || !audience_load_roles(db, people, error)) {
        return NULL;
    }
    return g_steal_pointer(&people);
}

/* --- the choice ---------------------------------------------------------------------- */

static bool path_is_in(const char *path, const char *department, bool children) {
    size_t length = strlen(department);
    return strncmp(path, department, length) == 0 &&
           (path[length] == '\0' || (children && path[length] == '/'));
}

static bool path_is_in_any(const char *path, char **departments, bool children) {
    for (char **each = departments; each != NULL && *each != NULL; each++) {
        if (path_is_in(path, *each, children)) {
            return true;
        }
    }
    return false;
}

static bool role_is_any(char **roles, char **wanted) {
    for (char **each = wanted; each != NULL && *each != NULL; each++) {
        g_autofree char *lower = g_utf8_strdown(*each, -1);
        if (g_strv_contains((const char *const *)roles, lower)) {
            return true;
        }
    }
    return false;
}

static bool email_is_any(const char *email, char **wanted) {
    g_autofree char *folded = wanted != NULL ? g_utf8_casefold(email, -1) : NULL;
    for (char **each = wanted; each != NULL && *each != NULL; each++) {
        g_autofree char *other = g_utf8_casefold(*each, -1);
        if (g_str_equal(folded, other)) {
            return true;
        }
    }
    return false;
}

static bool audience_names(const Audience *audience, const AudiencePerson *person) {
    return (audience->departments == NULL ||
            path_is_in_any(person->path, audience->departments, audience->include_children)) &&
           (audience->roles == NULL || role_is_any(person->roles, audience->roles)) &&
           !path_is_in_any(person->path, audience->exclude_departments, true) &&
           !role_is_any(person->roles, audience->exclude_roles) &&
           !email_is_any(person->email, audience->exclude_emails);
}

static gint person_compare(gconstpointer a, gconstpointer b) {
    const AudiencePerson *left = *(const AudiencePerson *const *)a;
    const AudiencePerson *right = *(const AudiencePerson *const *)b;
    return (left->person_id > right->person_id) - (left->person_id < right->person_id);
}

GPtrArray *audience_filter(const Audience *audience, const GPtrArray *people) {
    GPtrArray *eligible = g_ptr_array_new();
    for (guint i = 0; i < people->len; i++) {
        AudiencePerson *person = g_ptr_array_index(people, i);
        if (audience_names(audience, person)) {
            g_ptr_array_add(eligible, person);
        }
    }
    g_ptr_array_sort(eligible, person_compare);
    return eligible;
}

static bool department_exists(const GPtrArray *people, const char *department) {
    for (guint i = 0; i < people->len; i++) {
        const AudiencePerson *person = g_ptr_array_index(people, i);
        if (path_is_in(person->path, department, true)) {
            return true;
        }
    }
    return false;
}

static bool role_exists(const GPtrArray *people, char *role) {
    char *wanted[] = {role, NULL};
    for (guint i = 0; i < people->len; i++) {
        const AudiencePerson *person = g_ptr_array_index(people, i);
        if (role_is_any(person->roles, wanted)) {
            return true;
        }
    }
    return false;
}

static bool departments_check(const char *field, char **departments, const GPtrArray *people,
                              GError **error) {
    for (char **each = departments; each != NULL && *each != NULL; each++) {
        if (!department_exists(people, *each)) {
            return error_set(error, VK_ERROR_INPUT,
                             tr("%s: ingen arbetar i \"%s\"; skriv hela sökvägen som i katalogen, "
                                "t.ex. \"Vård och omsorg/Hemtjänst\"",
                                "%s: nobody works in \"%s\"; write the whole path as in the "
                                "directory, for example \"Vård och omsorg/Hemtjänst\""),
                             field, *each);
        }
    }
    return true;
}

static bool roles_check(const char *field, char **roles, const GPtrArray *people, GError **error) {
    for (char **each = roles; each != NULL && *each != NULL; each++) {
        if (!role_exists(people, *each)) {
            return error_set(error, VK_ERROR_INPUT,
                             tr("%s: ingen har rollen \"%s\"; rätta namnet eller importera rollen",
                                "%s: nobody has the role \"%s\"; correct its name or import it"),
                             field, *each);
        }
    }
    return true;
}

bool audience_check(const Audience *audience, const GPtrArray *people, GError **error) {
    return departments_check("audience.departments", audience->departments, people, error) &&
           departments_check("audience.exclude.departments", audience->exclude_departments, people,
                             error) &&
           roles_check("audience.roles", audience->roles, people, error) &&
           roles_check("audience.exclude.roles", audience->exclude_roles, people, error);
}

static bool email_exists(const GPtrArray *people, char *email) {
    char *wanted[] = {email, NULL};
    for (guint i = 0; i < people->len; i++) {
        const AudiencePerson *person = g_ptr_array_index(people, i);
        if (email_is_any(person->email, wanted)) {
            return true;
        }
    }
    return false;
}

char **audience_unknown_emails(const Audience *audience, const GPtrArray *people) {
    g_autoptr(GStrvBuilder) unknown = g_strv_builder_new();
    for (char **each = audience->exclude_emails; each != NULL && *each != NULL; each++) {
        if (!email_exists(people, *each)) {
            g_strv_builder_add(unknown, *each);
        }
    }
    g_auto(GStrv) emails = g_strv_builder_end(unknown);
    return emails[0] != NULL ? g_steal_pointer(&emails) : NULL;
}

/* --- the sample ---------------------------------------------------------------------- */

/* SplitMix64 (Steele, Lea and Flood 2014): the same numbers on every machine and library version.
 */
static uint64_t random_next(uint64_t *state) {
    uint64_t z = (*state += UINT64_C(0x9e3779b97f4a7c15));
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

static guint random_below(uint64_t *state, guint bound) {
    uint64_t limit = UINT64_MAX - UINT64_MAX % bound;
    uint64_t value = random_next(state);
    while (value >= limit) {
        value = random_next(state);
    }
    return (guint)(value % bound);
}

/* Fisher and Yates over [from, to). */
static void shuffle(GPtrArray *people, guint from, guint to, uint64_t *state) {
    for (guint left = to - from; left > 1; left--) {
        guint other = from + random_below(state, left);
        gpointer last = people->pdata[from + left - 1];
        people->pdata[from + left - 1] = people->pdata[other];
        people->pdata[other] = last;
    }
}

/* The people of one department in the array sorted by department, and how many of them to take. */
typedef struct {
    guint from;
    guint count;
    guint take;
    uint64_t remainder;
} Group;

static gint path_compare(gconstpointer a, gconstpointer b) {
    const AudiencePerson *left = *(const AudiencePerson *const *)a;
    const AudiencePerson *right = *(const AudiencePerson *const *)b;
    int order = strcmp(left->path, right->path);
    return order != 0 ? order : person_compare(a, b);
}

static GArray *groups_of(const GPtrArray *people) {
    GArray *groups = g_array_new(FALSE, FALSE, sizeof(Group));
    for (guint i = 0; i < people->len; i++) {
        const AudiencePerson *person = g_ptr_array_index(people, i);
        const AudiencePerson *before = i > 0 ? g_ptr_array_index(people, i - 1) : NULL;
        if (before == NULL || !g_str_equal(before->path, person->path)) {
            Group group = {.from = i};
            g_array_append_val(groups, group);
        }
        g_array_index(groups, Group, groups->len - 1).count++;
    }
    return groups;
}

static gint remainder_compare(gconstpointer a, gconstpointer b) {
    const Group *left = *(Group *const *)a;
    const Group *right = *(Group *const *)b;
    if (left->remainder != right->remainder) {
        return left->remainder < right->remainder ? 1 : -1;
    }
    if (left->count != right->count) {
        return left->count < right->count ? 1 : -1;
    }
    return left->from < right->from ? -1 : 1;
}

/* Hamilton's method: each its whole quota, what is left to the largest remainders. */
static void groups_allocate(GArray *groups, guint total, guint sample) {
    g_autoptr(GPtrArray) order = g_ptr_array_new();
    guint left = sample;
    for (guint i = 0; i < groups->len; i++) {
        Group *group = &g_array_index(groups, Group, i);
        uint64_t quota = (uint64_t)sample * group->count;
        group->take = (guint)(quota / total);
        group->remainder = quota % total;
        left -= group->take;
        g_ptr_array_add(order, group);
    }
    g_ptr_array_sort(order, remainder_compare);
    for (guint i = 0; i < left; i++) {
        Group *group = g_ptr_array_index(order, i);
        group->take++;
    }
}

static guint sample_size(const Audience *audience, guint eligible) {
    double share = (double)eligible * audience->sample_percent / 100.0 + 0.5;
    guint size = audience->sample_count > 0 ? audience->sample_count : MAX((guint)share, 1);
    return MIN(size, eligible);
}

/* Each department shuffled, and as many of it kept as its share is. */
static void keep_shares(GPtrArray *people, const GArray *groups, uint64_t *state) {
    guint kept = 0;
    for (guint i = 0; i < groups->len; i++) {
        const Group *group = &g_array_index(groups, Group, i);
        shuffle(people, group->from, group->from + group->count, state);
        for (guint j = 0; j < group->take; j++) {
            people->pdata[kept++] = people->pdata[group->from + j];
        }
    }
    g_ptr_array_set_size(people, (gint)kept);
}

void audience_choose(const Audience *audience, GPtrArray *people, int64_t seed) {
    g_ptr_array_sort(people, path_compare);
    uint64_t state = (uint64_t)seed;
    g_autoptr(GArray) groups = groups_of(people);
    guint size = audience_is_sampled(audience) ? sample_size(audience, people->len) : people->len;
    if (people->len > 0) {
        groups_allocate(groups, people->len, size);
    }
    keep_shares(people, groups, &state);
    shuffle(people, 0, people->len, &state);
    for (guint i = 0; i < people->len; i++) {
        AudiencePerson *person = g_ptr_array_index(people, i);
        person->position = i + 1;
    }
}
