/* Imports: who is who across files, what a difference says, that an import is all or nothing, that
 * who leaves is kept and may come back, and that the dry run says what the import then does. */
#include "tests/unit/people/directory.h"

#include "base/error.h"

typedef struct {
    const char *file;    /* what is imported after the start */
    const char *summary; /* what the dry run and the import say */
    const char *people;  /* what is then stored; NULL: as before */
} Step;

#define HEADER "Anst.nr;E-post;Förnamn;Efternamn;Avdelning;Chef;Roller;Språk\n"
#define ANNA   "1;anna@x.example;Anna;Berg;Vård/Norr;bo@x.example;chef;\n"
#define BO     "2;bo@x.example;Bo;Ek;Vård;;chef, it;en\n"
#define CIA    "3;cia@x.example;Cia;Dahl;Skola;anna@x.example;;\n"

static const char start[] = HEADER ANNA BO CIA;
static const char start_people[] =
    "1 + 1|anna@x.example|Anna|Berg||sv|Vård/Norr|chef|bo@x.example||\n"
    "2 + 2|bo@x.example|Bo|Ek||en|Vård|chef, it|||\n"
    "3 + 3|cia@x.example|Cia|Dahl||sv|Skola||anna@x.example||\n";

static const struct {
    const char *name;
    Step steps[3];
} stories[] = {
    {"the-same-file-again", {{start, "unchanged 3", NULL}, {start, "unchanged 3", NULL}}},
    {"order-does-not-matter", {{HEADER CIA BO ANNA, "unchanged 3", NULL}}},
    {"leave-and-come-back",
     {{HEADER ANNA BO, "left 1 unchanged 2",
       "1 + 1|anna@x.example|Anna|Berg||sv|Vård/Norr|chef|bo@x.example||\n"
       "2 + 2|bo@x.example|Bo|Ek||en|Vård|chef, it|||\n"
       "3 - 3|cia@x.example|Cia|Dahl||sv|Skola||anna@x.example||\n"},
      {start, "returned 1 unchanged 2", start_people}}},
    {"move-and-change",
     {{HEADER "1;anna@x.example;Anna;Berg;Vård/Söder;bo@x.example;chef;\n"
              "2;bo@x.example;Bo;Eklund;Vård;;it;sv\n"
              "3;cia@x.example;Cia;Dahl;;bo@x.example;;\n",
       "moved 2 changed 1",
       "1 + 1|anna@x.example|Anna|Berg||sv|Vård/Söder|chef|bo@x.example||\n"
       "2 + 2|bo@x.example|Bo|Eklund||sv|Vård|it|||\n"
       "3 + 3|cia@x.example|Cia|Dahl||sv|||bo@x.example||\n"}}},
    {"new-address-same-key",
     {{HEADER "1;anna.ek@x.example;Anna;Ek;Vård/Norr;bo@x.example;chef;\n" BO
              "3;cia@x.example;Cia;Dahl;Skola;anna.ek@x.example;;\n",
       "changed 1 unchanged 2",
       "1 + 1|anna.ek@x.example|Anna|Ek||sv|Vård/Norr|chef|bo@x.example||\n"
       "2 + 2|bo@x.example|Bo|Ek||en|Vård|chef, it|||\n"
       "3 + 3|cia@x.example|Cia|Dahl||sv|Skola||anna.ek@x.example||\n"}}},
    {"addresses-swapped",
     {{HEADER "1;cia@x.example;Anna;Berg;Vård/Norr;bo@x.example;chef;\n" BO
              "3;anna@x.example;Cia;Dahl;Skola;cia@x.example;;\n",
       "changed 2 unchanged 1",
       "1 + 1|cia@x.example|Anna|Berg||sv|Vård/Norr|chef|bo@x.example||\n"
       "2 + 2|bo@x.example|Bo|Ek||en|Vård|chef, it|||\n"
       "3 + 3|anna@x.example|Cia|Dahl||sv|Skola||cia@x.example||\n"}}},
    {"renumbered-keeps-the-person",
     {{HEADER "91;anna@x.example;Anna;Berg;Vård/Norr;bo@x.example;chef;\n" BO CIA,
       "changed 1 unchanged 2",
       "1 + 91|anna@x.example|Anna|Berg||sv|Vård/Norr|chef|bo@x.example||\n"
       "2 + 2|bo@x.example|Bo|Ek||en|Vård|chef, it|||\n"
       "3 + 3|cia@x.example|Cia|Dahl||sv|Skola||anna@x.example||\n"}}},
    {"address-of-one-who-left-goes-to-another",
     {{HEADER ANNA BO, "left 1 unchanged 2",
       "1 + 1|anna@x.example|Anna|Berg||sv|Vård/Norr|chef|bo@x.example||\n"
       "2 + 2|bo@x.example|Bo|Ek||en|Vård|chef, it|||\n"
       "3 - 3|cia@x.example|Cia|Dahl||sv|Skola||anna@x.example||\n"},
      {HEADER ANNA BO "4;cia@x.example;Cia;Fält;Skola;;;\n", "added 1 unchanged 2",
       "1 + 1|anna@x.example|Anna|Berg||sv|Vård/Norr|chef|bo@x.example||\n"
       "2 + 2|bo@x.example|Bo|Ek||en|Vård|chef, it|||\n"
       "3 - 3|cia@x.example|Cia|Dahl||sv|Skola||anna@x.example||\n"
       "4 + 4|cia@x.example|Cia|Fält||sv|Skola||||\n"},
      {HEADER ANNA BO "3;cia.dahl@x.example;Cia;Dahl;Skola;;;\n"
                      "4;cia@x.example;Cia;Fält;Skola;;;\n",
       "returned 1 unchanged 3",
       "1 + 1|anna@x.example|Anna|Berg||sv|Vård/Norr|chef|bo@x.example||\n"
       "2 + 2|bo@x.example|Bo|Ek||en|Vård|chef, it|||\n"
       "3 + 3|cia.dahl@x.example|Cia|Dahl||sv|Skola||||\n"
       "4 + 4|cia@x.example|Cia|Fält||sv|Skola||||\n"}}},
    {"address-handed-on-in-one-file",
     {{HEADER "1;anna.berg@x.example;Anna;Berg;Vård/Norr;bo@x.example;chef;\n" BO
              "3;cia@x.example;Cia;Dahl;Skola;anna.berg@x.example;;\n"
              "4;anna@x.example;Anna;Åberg;Skola;;;\n",
       "added 1 changed 1 unchanged 2",
       "1 + 1|anna.berg@x.example|Anna|Berg||sv|Vård/Norr|chef|bo@x.example||\n"
       "2 + 2|bo@x.example|Bo|Ek||en|Vård|chef, it|||\n"
       "3 + 3|cia@x.example|Cia|Dahl||sv|Skola||anna.berg@x.example||\n"
       "4 + 4|anna@x.example|Anna|Åberg||sv|Skola||||\n"}}},
    {"a-file-with-fewer-columns-leaves-the-rest",
     {{"Email;First name\nANNA@x.example;Anna\nbo@x.example;Bosse\ncia@x.example;Cia\n",
       "changed 2 unchanged 1",
       "1 + 1|ANNA@x.example|Anna|Berg||sv|Vård/Norr|chef|bo@x.example||\n"
       "2 + 2|bo@x.example|Bosse|Ek||en|Vård|chef, it|||\n"
       "3 + 3|cia@x.example|Cia|Dahl||sv|Skola||ANNA@x.example||\n"}}},
    {"manager-who-leaves-is-still-named",
     {{HEADER ANNA CIA, "left 1 unchanged 2",
       "1 + 1|anna@x.example|Anna|Berg||sv|Vård/Norr|chef|bo@x.example||\n"
       "2 - 2|bo@x.example|Bo|Ek||en|Vård|chef, it|||\n"
       "3 + 3|cia@x.example|Cia|Dahl||sv|Skola||anna@x.example||\n"}}},
    {"manager-by-key-and-by-new-row",
     {{HEADER ANNA BO "3;cia@x.example;Cia;Dahl;Skola;2;;\n"
                      "4;du@x.example;Du;Falk;Skola;EVA@x.example;;\n"
                      "5;eva@x.example;Eva;Gran;Skola;;;\n",
       "added 2 changed 1 unchanged 2",
       "1 + 1|anna@x.example|Anna|Berg||sv|Vård/Norr|chef|bo@x.example||\n"
       "2 + 2|bo@x.example|Bo|Ek||en|Vård|chef, it|||\n"
       "3 + 3|cia@x.example|Cia|Dahl||sv|Skola||bo@x.example||\n"
       "4 + 4|du@x.example|Du|Falk||sv|Skola||eva@x.example||\n"
       "5 + 5|eva@x.example|Eva|Gran||sv|Skola||||\n"}}},
    {"bad-rows-change-nothing",
     {{HEADER "1;anna@x.example;Anna;Berg;Ny avdelning;bo@x.example;chef;\n"
              "2;bo@x.example;Bo;Ek;Vård;ingen@x.example;;\n"
              "3;cia@@x.example;Cia;Dahl;Skola;inte en adress@x.example;;\n"
              "4;du@x.example;Du;Falk;Skola;Eva Gran;;\n",
       "3|Chef|ingen@x.example|chefen finns varken i filen eller i katalogen\n"
       "4|E-post|cia@@x.example|delen före @ har tecken som inte får stå där\n"
       "4|Chef|inte en adress@x.example|chefen finns varken i filen eller i katalogen\n"
       "5|Chef|Eva Gran|chefen finns varken i filen eller i katalogen",
       NULL}}},
    {"own-manager-and-circles",
     {{HEADER "1;anna@x.example;Anna;Berg;Vård;bo@x.example;;\n"
              "2;bo@x.example;Bo;Ek;Vård;cia@x.example;;\n"
              "3;cia@x.example;Cia;Dahl;Skola;anna@x.example;;\n"
              "4;du@x.example;Du;Falk;Skola;du@x.example;;\n"
              "5;eva@x.example;Eva;Gran;Skola;anna@x.example;;\n",
       "2|Chef|bo@x.example|cheferna går i cirkel: anna@x.example → bo@x.example → "
       "cia@x.example → anna@x.example\n"
       "5|Chef|du@x.example|personen är sin egen chef",
       NULL}}},
    {"unreadable-row-is-not-blamed-on-its-people",
     {{HEADER "1;anna@x.example;Anna;Berg;Vård;ny@x.example;;\n"
              "9;ny@x.example;Ny\n",
       "3||9|raden har 3 kolumner men rubrikraden 8", NULL}}},
};

static void check_step(Directory *directory, const Step *step, const char *before) {
    g_autoptr(ImportDiff) plan = directory_dry_run(directory, step->file);
    g_autofree char *planned = directory_summary(plan);
    g_autofree char *untouched = directory_dump(directory);
    g_assert_cmpstr(untouched, ==, before);
    g_assert_false(plan->applied);

    g_autoptr(ImportDiff) diff = directory_import(directory, step->file);
    g_autofree char *summary = directory_summary(diff);
    g_autofree char *people = directory_dump(directory);
    g_assert_cmpstr(g_strstrip(summary), ==, step->summary);
    g_assert_cmpstr(g_strstrip(planned), ==, step->summary);
    g_assert_cmpstr(people, ==, step->people != NULL ? step->people : before);
    g_assert_cmpint(diff->applied, ==, diff->faults->count == 0);
}

static void test_stories(Directory *directory, gconstpointer data) {
    const Step *steps = data;
    g_autoptr(ImportDiff) diff = directory_import(directory, start);
    g_autofree char *summary = directory_summary(diff);
    g_assert_cmpstr(summary, ==, "added 3");
    for (guint i = 0; i < 3 && steps[i].file != NULL; i++) {
        g_autofree char *before = directory_dump(directory);
        directory->now_us += 1000;
        check_step(directory, &steps[i], before);
    }
}

/* A directory begun without keys gets them later, and a file without them finds the same people. */
static void test_keys_come_and_go(Directory *directory, gconstpointer data) {
    (void)data;
    g_autoptr(ImportDiff) first = directory_import(directory, "Email\nA@x.example\nb@x.example\n");
    g_autofree char *before = directory_dump(directory);
    g_assert_cmpstr(before, ==, "1 + |A@x.example||||sv|||||\n2 + |b@x.example||||sv|||||\n");
    Step steps[] = {
        {"Email;Employee ID\na@x.example;10\nb@x.example;\n", "changed 1 unchanged 1",
         "1 + 10|a@x.example||||sv|||||\n2 + |b@x.example||||sv|||||\n"},
        {"Email\na@x.example\nb@x.example\n", "unchanged 2",
         "1 + 10|a@x.example||||sv|||||\n2 + |b@x.example||||sv|||||\n"},
    };
    check_step(directory, &steps[0], before);
    check_step(directory, &steps[1], steps[0].people);
}

/* What a change tells: the department before and after, and which fields differ. */
static void test_changes(Directory *directory, gconstpointer data) {
    (void)data;
    g_autoptr(ImportDiff) first = directory_import(directory, start);
    g_assert_cmpuint(first->departments_added->len, ==, 3);
    g_assert_cmpstr(first->departments_added->pdata[0], ==, "Skola");
    g_assert_cmpstr(first->departments_added->pdata[2], ==, "Vård/Norr");
    g_autoptr(ImportDiff) diff = directory_dry_run(
        directory, HEADER "1;anna@x.example;Anna;Ek;Vård/Ny/Öst;bo@x.example;chef;\n" BO);
    const PersonChange *moved = diff->changes[CHANGE_MOVED]->pdata[0];
    g_assert_cmpstr(moved->name, ==, "Anna Ek");
    g_assert_cmpstr(moved->department_before, ==, "Vård/Norr");
    g_assert_cmpstr(moved->department, ==, "Vård/Ny/Öst");
    g_assert_cmpuint(moved->fields, ==, 1U << PERSON_DEPARTMENT | 1U << PERSON_FAMILY_NAME);
    const PersonChange *left = diff->changes[CHANGE_LEFT]->pdata[0];
    g_assert_cmpstr(left->email, ==, "cia@x.example");
    g_assert_cmpstr(left->department_before, ==, "Skola");
    g_assert_cmpuint(diff->departments_added->len, ==, 2);
    g_assert_cmpstr(diff->departments_added->pdata[1], ==, "Vård/Ny/Öst");
}

static char *make_staff(guint from, guint to) {
    g_autoptr(GString) text = g_string_new("E-post\n");
    for (guint i = from; i < to; i++) {
        g_string_append_printf(text, "p%u@x.example\n", i);
    }
    return g_string_free(g_steal_pointer(&text), FALSE);
}

/* A fifth may leave at once, not more, unless the operator says so; small directories may. */
static void test_guard(Directory *directory, gconstpointer data) {
    (void)data;
    g_autofree char *all = make_staff(0, 50);
    g_autofree char *fifth = make_staff(10, 50);
    g_autofree char *more = make_staff(11, 50);
    g_autoptr(ImportDiff) first = directory_import(directory, all);
    g_autoptr(ImportDiff) planned = directory_dry_run(directory, more);
    g_assert_true(planned->too_many_leave);
    g_autoptr(ImportDiff) refused = directory_import(directory, more);
    g_assert_true(refused->too_many_leave);
    g_assert_false(refused->applied);
    g_autoptr(GError) error = NULL;
    g_assert_false(import_applied(refused, &error));
    g_assert_error(error, VK_ERROR, VK_ERROR_INPUT);
    g_assert_nonnull(strstr(error->message, "20 % av minst 50"));
    g_assert_nonnull(strstr(error->message, "--allow-leavers"));
    g_autoptr(ImportDiff) same = directory_import(directory, all);
    g_assert_cmpuint(same->unchanged, ==, 50);

    directory->allow_leavers = true;
    g_autoptr(ImportDiff) allowed = directory_import(directory, more);
    g_assert_true(allowed->applied);
    g_assert_cmpuint(allowed->count[CHANGE_LEFT], ==, 11);
    g_autoptr(ImportDiff) back = directory_import(directory, all);
    g_assert_cmpuint(back->count[CHANGE_RETURNED], ==, 11);

    directory->allow_leavers = false;
    g_autoptr(ImportDiff) exactly = directory_import(directory, fifth);
    g_assert_true(exactly->applied);
    g_autofree char *few = make_staff(49, 50);
    g_autoptr(ImportDiff) small = directory_import(directory, few); /* of 40 */
    g_assert_true(small->applied);
}

/* A failure in the middle of writing, here of the transaction's caller, leaves nothing behind. */
static bool apply_then_fail(DbTx *tx, gpointer data, GError **error) {
    return directory_apply(tx, data, error) && error_set(error, VK_ERROR_INTERNAL, "power");
}

static void test_all_or_nothing(Directory *directory, gconstpointer data) {
    (void)data;
    static const DbQuery q_traces = {
        "test.traces", "SELECT CAST(count(*) AS TEXT) AS a, (SELECT CAST(count(*) AS TEXT) FROM"
                       " people_import) AS b FROM department"};
    g_autoptr(StaffFile) file = directory_read(start);
    DirectoryJob job = {.directory = directory, .file = file};
    g_autoptr(GError) error = NULL;
    g_assert_false(writer_run(directory->writer, apply_then_fail, &job, &error));
    g_assert_error(error, VK_ERROR, VK_ERROR_INTERNAL);
    import_diff_free(job.diff);
    g_autofree char *people = directory_dump(directory);
    g_autofree char *traces = directory_query(directory, &q_traces);
    g_assert_cmpstr(people, ==, "");
    g_assert_cmpstr(traces, ==, "0|0\n");
}

/* The tree: ancestors come by themselves, and what the last file does not name is inactive. */
static void test_departments(Directory *directory, gconstpointer data) {
    (void)data;
    static const DbQuery q_tree = {
        "test.tree", "SELECT d.path AS a, coalesce(p.path, '-') || d.active AS b FROM department d"
                     " LEFT JOIN department p ON p.id = d.parent_id ORDER BY d.path"};
    g_autoptr(ImportDiff) first =
        directory_import(directory, "E-post;Avdelning\na@x.example;A/B/C\nb@x.example;A/D\n");
    g_autofree char *tree = directory_query(directory, &q_tree);
    g_assert_cmpstr(tree, ==, "A|-1\nA/B|A1\nA/B/C|A/B1\nA/D|A1\n");
    g_autoptr(ImportDiff) second =
        directory_import(directory, "E-post;Avdelning\na@x.example;A/B\nb@x.example;\n");
    g_autofree char *pruned = directory_query(directory, &q_tree);
    g_assert_cmpstr(pruned, ==, "A|-1\nA/B|A1\nA/B/C|A/B0\nA/D|A0\n");
    g_autoptr(ImportDiff) without =
        directory_import(directory, "E-post\na@x.example\nb@x.example\n");
    g_autofree char *same = directory_query(directory, &q_tree);
    g_assert_cmpstr(same, ==, pruned);
    g_autoptr(ImportDiff) back =
        directory_import(directory, "E-post;Avdelning\na@x.example;A/B/C\nb@x.example;\n");
    g_autofree char *regrown = directory_query(directory, &q_tree);
    g_assert_cmpstr(regrown, ==, "A|-1\nA/B|A1\nA/B/C|A/B1\nA/D|A0\n");
}

/* The record says where the directory came from. */
static void test_record(Directory *directory, gconstpointer data) {
    (void)data;
    static const DbQuery q_record = {
        "test.record",
        "SELECT source || ' ' || row_count || ' ' || added || ' ' || returned || ' ' || moved ||"
        " ' ' || changed || ' ' || left_count || ' ' || at_us AS a, file_sha256 AS b"
        " FROM people_import ORDER BY id"};
    g_autoptr(ImportDiff) first = directory_import(directory, start);
    directory->now_us = 2000;
    g_autoptr(ImportDiff) second = directory_import(
        directory, HEADER "1;anna@x.example;Anna;Ek;Vård/Norr;bo@x.example;chef;\n" BO);
    g_autofree char *sum = g_compute_checksum_for_string(G_CHECKSUM_SHA256, start, -1);
    g_autofree char *expected = g_strdup_printf("personal.csv 3 3 0 0 0 0 1000|%s\n", sum);
    g_autofree char *record = directory_query(directory, &q_record);
    g_assert_true(g_str_has_prefix(record, expected));
    g_assert_nonnull(strstr(record, "\npersonal.csv 2 0 0 0 1 1 2000|"));
}

static void test_filter(Directory *directory, gconstpointer data) {
    (void)data;
    static const struct {
        PersonFilter filter;
        guint people;
    } cases[] = {
        {{.department = NULL}, 3},      {{.department = ""}, 3},
        {{.department = "Vård"}, 2},    {{.department = "Vård/Norr"}, 1},
        {{.department = "Vårdhem"}, 1}, {{.department = "Vård", .with_inactive = true}, 3},
        {{.with_inactive = true}, 4},
    };
    g_autoptr(ImportDiff) first =
        directory_import(directory, "E-post;Avdelning\na@x.example;Vård/Norr\nb@x.example;Vård\n"
                                    "c@x.example;Vårdhem\nd@x.example;Vård\n");
    g_autoptr(ImportDiff) second =
        directory_import(directory, "E-post;Avdelning\na@x.example;Vård/Norr\nb@x.example;Vård\n"
                                    "c@x.example;Vårdhem\n");
    g_autoptr(GError) error = NULL;
    g_autoptr(Db) db = db_open(directory->path, &error);
    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(PersonList) people = person_list_load(db, &cases[i].filter, &error);
        g_assert_no_error(error);
        g_assert_cmpuint(person_list_length(people), ==, cases[i].people);
    }
    g_assert_null(person_list_load(db, &(PersonFilter){.department = "Finns inte"}, &error));
    g_assert_error(error, VK_ERROR, VK_ERROR_NOT_FOUND);
}

#define ADD(path, function)                                                                        \
    g_test_add(path, Directory, NULL, directory_set_up, function, directory_tear_down)

int main(int argc, char **argv) {
    g_test_init(&argc, &argv, NULL);
    for (guint i = 0; i < G_N_ELEMENTS(stories); i++) {
        g_autofree char *path = g_strconcat("/import/stories/", stories[i].name, NULL);
        g_test_add(path, Directory, stories[i].steps, directory_set_up, test_stories,
                   directory_tear_down);
    }
    ADD("/import/keys-come-and-go", test_keys_come_and_go);
    ADD("/import/changes", test_changes);
    ADD("/import/guard", test_guard);
    ADD("/import/all-or-nothing", test_all_or_nothing);
    ADD("/import/departments", test_departments);
    ADD("/import/record", test_record);
    ADD("/import/filter", test_filter);
    return g_test_run();
}
