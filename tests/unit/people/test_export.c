/* The round trip: a directory exported and imported again, into itself or into an empty one, is the
 * same to the last letter, in each delimiter and in both languages' headings; and no cell of the
 * export begins a formula. */
#include "people/export.h"

#include "base/lang.h"
#include "people/csv.h"
#include "tests/unit/people/directory.h"

static const char staff[] =
    "Anställningsnummer;E-post;Förnamn;Efternamn;Befattning;Språk;Avdelning;Roller;Chef;Anställd "
    "från;Anställd till\n"
    "A1;Åsa.Öberg@sjöstad.example;Åsa;Öberg;Chef för \"Norr\", 50 %;en;Vård och omsorg/Hälso- och "
    "sjukvård;Chef, IT;;2020-02-29;\n"
    "A2;o'brien@sjostad.example;Siobhán;O'Brien;'t Hooft;;Vård och omsorg;;A1;;2030-01-01\n"
    "'-3;李@例え.テスト;小龙;李;\"=HYPERLINK(\"\"http://"
    "x\"\")\";;Kultur;=rollen;o'brien@sjostad.example;;\n"
    ";+plus@sjostad.example;-;@;'+46;sv;@hemma/-1;;Åsa.Öberg@sjöstad.example;;\n"
    ";\"\"\"citat\"\"@sjostad.example\";\"a;b,c\td\";\"rad\nbrytning\";''=x;;;;;;\n";

static char *export_all(const Directory *directory, char delimiter) {
    g_autoptr(PersonList) people = directory_people(directory);
    g_autoptr(GString) out = g_string_new(NULL);
    export_csv(people, delimiter, out);
    return g_string_free(g_steal_pointer(&out), FALSE);
}

static void check_no_formula(const char *text, char delimiter) {
    g_autoptr(CsvReader) reader = csv_reader_new(text, strlen(text), delimiter);
    CsvStep step;
    while ((step = csv_next(reader)) == CSV_ROW) {
        for (guint i = 0; i < csv_field_count(reader); i++) {
            g_assert_null(
                strchr("=+-@\t", csv_field(reader, i)[0] != '\0' ? csv_field(reader, i)[0] : 'x'));
        }
    }
    g_assert_cmpint(step, ==, CSV_END);
}

static void check_round_trip(Directory *directory, Directory *copy, char delimiter) {
    g_autofree char *before = directory_dump(directory);
    g_autofree char *text = export_all(directory, delimiter);
    check_no_formula(text, delimiter);
    g_autoptr(ImportDiff) again = directory_import(directory, text);
    g_assert_true(again->applied);
    g_assert_cmpuint(again->unchanged, ==, again->rows);
    g_assert_cmpuint(again->count[CHANGE_LEFT], ==, 0);
    g_autoptr(ImportDiff) anew = directory_import(copy, text);
    g_autofree char *copied = directory_dump(copy);
    g_autofree char *same = export_all(copy, delimiter);
    g_assert_cmpstr(copied, ==, before);
    g_assert_cmpstr(same, ==, text);
}

static void test_round_trip(Directory *directory, gconstpointer data) {
    const char *how = data;
    Directory copy = {0};
    lang_set(how[1] == 'e' ? LANG_EN : LANG_SV);
    directory_set_up(&copy, NULL);
    g_autoptr(ImportDiff) diff = directory_import(directory, staff);
    g_assert_cmpuint(diff->faults->count, ==, 0);
    check_round_trip(directory, &copy, how[0]);
    directory_tear_down(&copy, NULL);
    lang_set(LANG_SV);
}

static void test_values(Directory *directory, gconstpointer data) {
    (void)data;
    g_autoptr(ImportDiff) diff = directory_import(directory, staff);
    g_autofree char *people = directory_dump(directory);
    g_assert_cmpstr(
        people, ==,
        "1 + A1|Åsa.Öberg@sjöstad.example|Åsa|Öberg|Chef för \"Norr\", 50 %|en|Vård och "
        "omsorg/Hälso- och sjukvård|chef, it||2020-02-29|\n"
        "2 + A2|o'brien@sjostad.example|Siobhán|O'Brien|'t Hooft|sv|Vård och omsorg||"
        "Åsa.Öberg@sjöstad.example||2030-01-01\n"
        "3 + -3|李@例え.テスト|小龙|李|=HYPERLINK(\"http://x\")|sv|Kultur|=rollen|"
        "o'brien@sjostad.example||\n"
        "4 + |+plus@sjostad.example|-|@|+46|sv|@hemma/-1||"
        "Åsa.Öberg@sjöstad.example||\n"
        "5 + |\"citat\"@sjostad.example|a;b,c d|rad brytning|'=x|sv|||||\n");
}

static void test_bytes(void) {
    g_autoptr(PersonList) people = person_list_new();
    Person *person = person_list_add(people);
    person->text[PERSON_EMAIL] = "a@x.example";
    person->text[PERSON_GIVEN_NAME] = "Åsa \"Å\"";
    person->text[PERSON_LOCALE] = "sv";
    g_autoptr(GString) out = g_string_new(NULL);
    export_csv(people, ';', out);
    g_assert_cmpstr(out->str, ==,
                    "\xef\xbb\xbf"
                    "Anställningsnummer;E-post;Förnamn;Efternamn;Befattning;Språk;Avdelning;Roller;"
                    "Närmaste chef;Anställd från;Anställd till\r\n"
                    ";a@x.example;\"Åsa \"\"Å\"\"\";;;sv;;;;;\r\n");
}

int main(int argc, char **argv) {
    static const char *const ways[] = {";s", ",s", "\ts", ";e", ",e"};
    static const char *const names[] = {"semicolon", "comma", "tab", "semicolon-en", "comma-en"};
    g_test_init(&argc, &argv, NULL);
    for (guint i = 0; i < G_N_ELEMENTS(ways); i++) {
        g_autofree char *path = g_strconcat("/export/round-trip/", names[i], NULL);
        g_test_add(path, Directory, ways[i], directory_set_up, test_round_trip,
                   directory_tear_down);
    }
    g_test_add("/export/values", Directory, NULL, directory_set_up, test_values,
               directory_tear_down);
    g_test_add_func("/export/bytes", test_bytes);
    return g_test_run();
}
