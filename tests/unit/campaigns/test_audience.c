/* Proves who is chosen: departments with and without children, roles, exclusions, and that a sample
 * is proportional by department, the same for one seed and another for another. */
#include "campaigns/audience.h"

#include "base/error.h"

typedef struct {
    int64_t id;
    const char *path;
    const char *roles; /* by comma */
    const char *email;
} Row;

static const Row rows[] = {
    {1, "", "", "vd@example.se"},
    {2, "Vård", "chef", "a@example.se"},
    {3, "Vård/Hemtjänst", "", "b@example.se"},
    {4, "Vård/Hemtjänst/Norr", "chef,skyddsombud", "c@example.se"},
    {5, "Vårdcentralen", "", "d@example.se"},
    {6, "Skola", "lärare", "e@example.se"},
    {7, "Skola", "lärare,chef", "Åsa@example.se"},
};

static AudiencePerson *person_new(int64_t id, const char *path, const char *roles,
                                  const char *email) {
    AudiencePerson *person = g_new0(AudiencePerson, 1);
    person->person_id = id;
    person->path = g_ref_string_new_intern(path);
    person->roles = g_strsplit(roles, ",", 0);
    person->email = g_strdup(email);
    return person;
}

static GPtrArray *people_new(void) {
    GPtrArray *people = g_ptr_array_new_with_free_func((GDestroyNotify)audience_person_free);
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_ptr_array_add(people, person_new(rows[i].id, rows[i].path, rows[i].roles, rows[i].email));
    }
    return people;
}

static char *ids_of(const GPtrArray *people) {
    GString *text = g_string_new(NULL);
    for (guint i = 0; i < people->len; i++) {
        const AudiencePerson *person = g_ptr_array_index(people, i);
        g_string_append_printf(text, "%" G_GINT64_FORMAT " ", person->person_id);
    }
    return g_strchomp(g_string_free(text, FALSE));
}

typedef struct {
    const char *name;
    const char *departments; /* lists by comma; NULL: none */
    bool only_own;
    const char *roles;
    const char *not_departments;
    const char *not_roles;
    const char *not_emails;
    const char *ids;
} FilterCase;

static const FilterCase filter_cases[] = {
    {.name = "everyone", .ids = "1 2 3 4 5 6 7"},
    {.name = "a department with children", .departments = "Vård", .ids = "2 3 4"},
    {.name = "without", .departments = "Vård", .only_own = true, .ids = "2"},
    {.name = "two", .departments = "Vård/Hemtjänst,Skola", .ids = "3 4 6 7"},
    {.name = "a role", .roles = "chef", .ids = "2 4 7"},
    {.name = "a role in capitals", .roles = "LÄRARE", .ids = "6 7"},
    {.name = "any of two roles", .roles = "lärare,skyddsombud", .ids = "4 6 7"},
    {.name = "department and role", .departments = "Vård", .roles = "chef", .ids = "2 4"},
    {.name = "but not a department", .not_departments = "Vård/Hemtjänst", .ids = "1 2 5 6 7"},
    {.name = "but not a role", .not_roles = "chef", .ids = "1 3 5 6"},
    {.name = "but not an address",
     .not_emails = "ÅSA@EXAMPLE.SE,gone@example.se",
     .ids = "1 2 3 4 5 6"},
};

static char **list_of(const char *text) {
    return text != NULL ? g_strsplit(text, ",", 0) : NULL;
}

static void test_filter(void) {
    g_autoptr(GPtrArray) people = people_new();
    for (size_t i = 0; i < G_N_ELEMENTS(filter_cases); i++) {
        const FilterCase *c = &filter_cases[i];
        Audience audience = {.departments = list_of(c->departments),
                             .include_children = !c->only_own,
                             .roles = list_of(c->roles),
                             .exclude_departments = list_of(c->not_departments),
                             .exclude_roles = list_of(c->not_roles),
                             .exclude_emails = list_of(c->not_emails)};
        g_autoptr(GPtrArray) found = audience_filter(&audience, people);
        g_autofree char *ids = ids_of(found);
        g_test_message("%s", c->name);
        g_assert_cmpstr(ids, ==, c->ids);
        audience_clear(&audience);
    }
}

static void test_check(void) {
    g_autoptr(GPtrArray) people = people_new();
    static const struct {
        const char *department, *role, *words;
    } wrong[] = {
        {"Vard", NULL, "Vard"}, {"Vård/Norr", NULL, "Vård/Norr"}, {NULL, "cheef", "cheef"}};
    for (size_t i = 0; i < G_N_ELEMENTS(wrong); i++) {
        Audience audience = {.departments = list_of(wrong[i].department),
                             .exclude_roles = list_of(wrong[i].role)};
        g_autoptr(GError) error = NULL;
        g_assert_false(audience_check(&audience, people, &error));
        g_assert_error(error, VK_ERROR, VK_ERROR_INPUT);
        g_assert_nonnull(strstr(error->message, wrong[i].words));
        audience_clear(&audience);
    }
    Audience good = {.departments = list_of("Vård")};
    g_assert_true(audience_check(&good, people, NULL));
    g_assert_null(audience_unknown_emails(&good, people));
    audience_clear(&good);
    /* Who has left may well be left out, so a misspelt address is no fault, but it is told. */
    const AudiencePerson *first = g_ptr_array_index(people, 0);
    g_autofree char *shouted = g_utf8_strup(first->email, -1);
    Audience spelt = {.exclude_emails = list_of(shouted)};
    g_assert_null(audience_unknown_emails(&spelt, people));
    audience_clear(&spelt);
    Audience slip = {.exclude_emails = list_of("nobody@example.se")};
    g_assert_true(audience_check(&slip, people, NULL));
    g_auto(GStrv) unknown = audience_unknown_emails(&slip, people);
    g_assert_cmpuint(g_strv_length(unknown), ==, 1);
    g_assert_cmpstr(unknown[0], ==, "nobody@example.se");
    audience_clear(&slip);
}

/* 997 people in departments of very different size, in any order. */
static GPtrArray *town_new(bool backwards) {
    static const guint sizes[] = {500, 250, 120, 60, 30, 20, 10, 4, 2, 1};
    GPtrArray *people = g_ptr_array_new_with_free_func((GDestroyNotify)audience_person_free);
    int64_t id = 0;
    for (guint i = 0; i < G_N_ELEMENTS(sizes); i++) {
        g_autofree char *path = g_strdup_printf("Avdelning %u", i);
        for (guint j = 0; j < sizes[i]; j++) {
            AudiencePerson *person = person_new(++id, path, "", "x@example.se");
            g_ptr_array_insert(people, backwards ? 0 : -1, person);
        }
    }
    return people;
}

static GPtrArray *choose(const Audience *audience, GPtrArray *people, int64_t seed) {
    GPtrArray *chosen = g_ptr_array_new();
    g_ptr_array_extend(chosen, people, NULL, NULL);
    audience_choose(audience, chosen, seed);
    return chosen;
}

static void test_sample_allocation(void) {
    g_autoptr(GPtrArray) town = town_new(false);
    static const guint want[] = {100, 50, 24, 12, 6, 4, 2, 1, 1, 0}; /* of 200: by Hamilton */
    guint got[10] = {0};
    Audience audience = {.sample_count = 200};
    g_autoptr(GPtrArray) chosen = choose(&audience, town, 42);
    g_assert_cmpuint(chosen->len, ==, 200);
    g_autoptr(GHashTable) seen = g_hash_table_new(NULL, NULL);
    for (guint i = 0; i < chosen->len; i++) {
        const AudiencePerson *person = g_ptr_array_index(chosen, i);
        got[person->path[strlen(person->path) - 1] - '0']++;
        g_assert_true(g_hash_table_add(seen, chosen->pdata[i]));
    }
    for (guint i = 0; i < G_N_ELEMENTS(want); i++) {
        g_assert_cmpuint(got[i], ==, want[i]);
    }
}

static void test_sample_size(void) {
    g_autoptr(GPtrArray) town = town_new(false);
    static const struct {
        guint count;
        double percent;
        guint want;
    } sizes[] = {{0, 10, 100}, {0, 0.01, 1}, {0, 100, 997}, {5000, 0, 997}, {1, 0, 1}, {0, 0, 997}};
    for (size_t i = 0; i < G_N_ELEMENTS(sizes); i++) {
        Audience audience = {.sample_count = sizes[i].count, .sample_percent = sizes[i].percent};
        g_autoptr(GPtrArray) chosen = choose(&audience, town, 1);
        g_assert_cmpuint(chosen->len, ==, sizes[i].want);
    }
    g_autoptr(GPtrArray) nobody = g_ptr_array_new();
    Audience audience = {.sample_count = 3};
    g_autoptr(GPtrArray) chosen = choose(&audience, nobody, 1);
    g_assert_cmpuint(chosen->len, ==, 0);
}

/* The seed alone decides, not the order of the rows. */
static void test_sample_seed(void) {
    g_autoptr(GPtrArray) forwards = town_new(false);
    g_autoptr(GPtrArray) backwards = town_new(true);
    Audience audience = {.sample_count = 50};
    g_autoptr(GPtrArray) one = choose(&audience, forwards, 7);
    g_autoptr(GPtrArray) same = choose(&audience, backwards, 7);
    g_autoptr(GPtrArray) other = choose(&audience, forwards, 8);
    g_autofree char *one_ids = ids_of(one);
    g_autofree char *same_ids = ids_of(same);
    g_autofree char *other_ids = ids_of(other);
    g_assert_cmpstr(one_ids, ==, same_ids);
    g_assert_cmpstr(one_ids, !=, other_ids);
}

/* Each person is chosen about as often: a share of 20 %, over 2,000 seeds, lies within five
 * deviations. */
static void test_sample_fair(void) {
    enum { SEEDS = 2000, PEOPLE = 50 };
    g_autoptr(GPtrArray) people =
        g_ptr_array_new_with_free_func((GDestroyNotify)audience_person_free);
    for (int64_t id = 0; id < PEOPLE; id++) {
        g_ptr_array_add(people, person_new(id, id < 30 ? "A" : "B", "", "x@example.se"));
    }
    guint times[PEOPLE] = {0};
    Audience audience = {.sample_percent = 20};
    for (int64_t seed = 1; seed <= SEEDS; seed++) {
        g_autoptr(GPtrArray) chosen = choose(&audience, people, seed);
        for (guint i = 0; i < chosen->len; i++) {
            times[((const AudiencePerson *)chosen->pdata[i])->person_id]++;
        }
    }
    for (guint i = 0; i < PEOPLE; i++) {
        g_assert_cmpuint(times[i], >, 400 - 90); /* deviation: sqrt(2000 * 0.2 * 0.8) = 17.9 */
        g_assert_cmpuint(times[i], <, 400 + 90);
    }
}

int main(int argc, char **argv) {
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/audience/filter", test_filter);
    g_test_add_func("/audience/check", test_check);
    g_test_add_func("/audience/sample-allocation", test_sample_allocation);
    g_test_add_func("/audience/sample-size", test_sample_size);
    g_test_add_func("/audience/sample-seed", test_sample_seed);
    g_test_add_func("/audience/sample-fair", test_sample_fair);
    return g_test_run();
}
