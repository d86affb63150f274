/* Staff files as they really look: exports of Excel, HR systems, GoPhish and LimeSurvey in each
 * encoding and delimiter become the same people, and every kind of bad row is told with its line,
 * column, value and remedy without hiding the others. */
#include "people/source.h"

#include "base/error.h"
#include "people/limits.h"

#include <string.h>

static StaffFile *read_bytes(const char *data, size_t size, const char *map) {
    g_autoptr(GError) error = NULL;
    StaffFile *file = staff_file_read(data, size, map, NULL, NULL, &error);
    g_assert_no_error(error);
    return file;
}

/* The non-empty fields of each person: "3[email=… given_name=…]". */
static char *describe_people(const StaffFile *file) {
    g_autoptr(GString) out = g_string_new(NULL);
    for (guint i = 0; i < person_list_length(file->people); i++) {
        const Person *person = person_list_get(file->people, i);
        g_string_append_printf(out, "%s%u[", i > 0 ? " " : "", person->line);
        bool first = true;
        for (guint field = 0; field < PERSON_FIELDS; field++) {
            bool plain = field == PERSON_LOCALE && strcmp(person->text[field], "sv") == 0;
            if (person->text[field][0] != '\0' && !plain) {
                g_string_append_printf(out, "%s%s=%s", first ? "" : "|",
                                       person_field_name((PersonField)field), person->text[field]);
                first = false;
            }
        }
        g_string_append_c(out, ']');
    }
    return g_string_free(g_steal_pointer(&out), FALSE);
}

static char *describe_faults(const FaultList *faults) {
    g_autoptr(GString) out = g_string_new(NULL);
    for (guint i = 0; i < faults->list->len; i++) {
        const Fault *fault = faults->list->pdata[i];
        g_assert_cmpstr(fault->remedy, !=, "");
        g_string_append_printf(out, "%s%u|%s|%s|%s", i > 0 ? "\n" : "", fault->line, fault->column,
                               fault->value, fault->what);
    }
    return g_string_free(g_steal_pointer(&out), FALSE);
}

static const struct {
    const char *name;
    const char *text;
    size_t size; /* 0: to the end of the text */
    const char *encoding;
    char delimiter;
    const char *people;
} files[] = {
    {.name = "excel-sweden-csv-utf8",
     .text = "\xef\xbb\xbf"
             "Förnamn;Efternamn;E-post;Förvaltning;Avdelning;Enhet;Chef\r\n"
             "Åsa;Öberg;asa.oberg@sjostad.example;Vård och omsorg;Hemtjänst;Norr;bo@sjostad.example"
             "\r\nBo;Ek;bo@sjostad.example;Vård och omsorg;;;\r\n",
     .encoding = "UTF-8",
     .delimiter = ';',
     .people = "2[email=asa.oberg@sjostad.example|given_name=Åsa|family_name=Öberg|"
               "department=Vård och omsorg/Hemtjänst/Norr|manager=bo@sjostad.example] "
               "3[email=bo@sjostad.example|given_name=Bo|family_name=Ek|"
               "department=Vård och omsorg]"},
    {.name = "excel-sweden-csv-windows-1252",
     .text = "F\xf6rnamn;Efternamn;E-post\r\n\xc5sa;\xd6st;asa@sjostad.example\r\n",
     .encoding = "Windows-1252",
     .delimiter = ';',
     .people = "2[email=asa@sjostad.example|given_name=Åsa|family_name=Öst]"},
    {.name = "excel-unicode-text",
     .text = "\xff\xfe"
             "N\0a\0m\0n\0\t\0E\0-\0p\0o\0s\0t\0\r\0\n\0"
             "\xc5\0s\0\x61\0\t\0\x61\0@\0\x62\0.\0s\0\x65\0\r\0\n\0",
     .size = 2 + 26 + 22,
     .encoding = "UTF-16",
     .delimiter = '\t',
     .people = "2[email=a@b.se|given_name=Åsa]"},
    {.name = "gophish",
     .text = "First Name,Last Name,Email,Position\nAnna,O'Brien,anna@sjostad.example,Lärare\n",
     .encoding = "UTF-8",
     .delimiter = ',',
     .people = "2[email=anna@sjostad.example|given_name=Anna|family_name=O'Brien|position=Lärare]"},
    {.name = "limesurvey",
     .text = "\xef\xbb\xbf"
             "tid,firstname,lastname,email,emailstatus,token,language,validfrom,validuntil,invited,"
             "reminded,remindercount,completed,usesleft, attribute_1 <Avdelning>\n"
             "\"1\",\"Wei\",\"李\",\"wei@sjostad.example\",\"OK\",\"WWy1TkN\",\"en\",\"\",\"\","
             "\"N\",\"N\",\"0\",\"N\",\"1\",\"IT\"\n",
     .encoding = "UTF-8",
     .delimiter = ',',
     .people = "2[email=wei@sjostad.example|given_name=Wei|family_name=李|locale=en|"
               "department=IT]"},
    {.name = "line-breaks-and-quotes",
     .text = "\"Namn\",\"E-post\",\"Titel\"\r\n"
             "\"Berg,\r\nAnna\",\"anna@sjostad.example\",\"Chef för \"\"Norr\"\"\"\r\n"
             "Bo Ek,bo@sjostad.example,\r\n",
     .encoding = "UTF-8",
     .delimiter = ',',
     .people = "2[email=anna@sjostad.example|given_name=Anna|family_name=Berg|"
               "position=Chef för \"Norr\"] "
               "4[email=bo@sjostad.example|given_name=Bo|family_name=Ek]"},
    {.name = "everything",
     .text = "Anst.nr;E-post;Namn;Avdelning;Roller;Språk;Anställd fr.o.m.;Anställd t.o.m.;Fax\n"
             "007;A@x.example;Anna von Platen; Vård // Norr /;Chef, IT|chef;engelska;20240115;"
             "2025-06-30 00:00:00;1\n"
             ";;;;;;;;\n\n"
             "8;b@x.example;Madonna;;;en-GB;;;\n",
     .encoding = "UTF-8",
     .delimiter = ';',
     .people = "2[key=007|email=A@x.example|given_name=Anna|family_name=von Platen|locale=en|"
               "department=Vård/Norr|roles=chef, it|employed_from=2024-01-15|"
               "employed_to=2025-06-30] 5[key=8|email=b@x.example|given_name=Madonna|locale=en]"},
    {.name = "sep-line-and-guarded-cells",
     .text = "sep=;\r\nE-post;Förnamn;Befattning\r\n'-x@sjostad.example;''=A;'+46\r\n",
     .encoding = "UTF-8",
     .delimiter = ';',
     .people = "3[email=-x@sjostad.example|given_name='=A|position=+46]"},
    {.name = "blanks-and-decomposed-letters",
     .text = "Email,First name\n \u00a0o\u0308@sjo\u0308stad.example ,  A\u030asa \n",
     .encoding = "UTF-8",
     .delimiter = ',',
     .people = "2[email=ö@sjöstad.example|given_name=Åsa]"},
    {.name = "address-as-key",
     .text = "Anställnings-ID,Email\nanna@x.example,Anna@X.example\n",
     .encoding = "UTF-8",
     .delimiter = ',',
     .people = "2[email=Anna@X.example]"},
};

static void test_files(void) {
    for (guint i = 0; i < G_N_ELEMENTS(files); i++) {
        size_t size = files[i].size != 0 ? files[i].size : strlen(files[i].text);
        g_test_message("%s", files[i].name);
        g_autoptr(StaffFile) file = read_bytes(files[i].text, size, NULL);
        g_autofree char *faults = describe_faults(file->faults);
        g_autofree char *people = describe_people(file);
        g_assert_cmpstr(faults, ==, "");
        g_assert_cmpstr(people, ==, files[i].people);
        g_assert_cmpstr(file->encoding, ==, files[i].encoding);
        g_assert_cmpint(file->delimiter, ==, files[i].delimiter);
        g_assert_cmpuint(file->rows, ==, person_list_length(file->people));
    }
}

static const struct {
    const char *name;
    const char *text;
    const char *faults;
    guint people;
} faulty[] = {
    {"every-bad-address", "E-post\nanna\n\"\"\nx\n\"Anna <a@x.example>\"\n",
     "2|E-post|anna|adressen saknar @\n"
     "4|E-post|x|adressen saknar @\n"
     "5|E-post|Anna <a@x.example>|adressen innehåller blanksteg eller osynliga tecken",
     3},
    {"missing-address", "Namn;E-post\nAnna;\nBo; \n",
     "2|E-post||adressen saknas\n3|E-post||adressen saknas", 2},
    {"twins",
     "Id;Anst.nr;E-post\n1;7;a@x.example\n2;7;b@x.example\n3;9;A@X.EXAMPLE\n4;7;a@x.example\n",
     "3|Anst.nr|7|nyckeln står redan på rad 2\n"
     "4|E-post|A@X.EXAMPLE|adressen står redan på rad 2\n"
     "5|E-post|a@x.example|adressen står redan på rad 2\n"
     "5|Anst.nr|7|nyckeln står redan på rad 2",
     4},
    {"key-that-is-anothers-address", "Anst.nr;E-post\na@x.example;b@x.example\n;a@x.example\n",
     "3|Anst.nr||nyckeln står redan på rad 2", 2},
    {"column-count", "E-post;Namn\na@x.example\nb@x.example;Bo;Ek\nc@x.example;Cia\n",
     "2||a@x.example|raden har 1 kolumner men rubrikraden 2\n"
     "3||b@x.example|raden har 3 kolumner men rubrikraden 2",
     1},
    {"quotes", "E-post;Namn\na@x.example;\"An\"na\nb@x.example;\"Bo\nc@x.example;Cia\n",
     "2|||text direkt efter ett avslutande citattecken\n"
     "3|||ett citattecken öppnas men stängs aldrig",
     1},
    {"language-and-dates",
     "E-post;Språk;Anställd från;Anställd till\n"
     "a@x.example;de;;\n"
     "b@x.example;;2024-02-30;\n"
     "c@x.example;;15/1 2024;45306\n"
     "d@x.example;;2024-05-01;2024-04-30\n"
     "e@x.example;;0001-01-01;2024-13-01\n",
     "2|Språk|de|okänt språk\n"
     "3|Anställd från|2024-02-30|inget giltigt datum\n"
     "4|Anställd från|15/1 2024|inget giltigt datum\n"
     "4|Anställd till|45306|inget giltigt datum\n"
     "5|Anställd till|2024-04-30|slutar före första dagen 2024-05-01\n"
     "6|Anställd från|0001-01-01|inget giltigt datum\n"
     "6|Anställd till|2024-13-01|inget giltigt datum",
     5},
    {"letters",
     "E-post;Namn\na@x.example;An\u202ena\nb@x.example;Bj\ufffdrn\nc@x.example;A\xc2\x80\n",
     "2|Namn|An<U+202E>na|osynligt styrtecken U+202E\n"
     "3|Namn|Bj\ufffdrn|en bokstav gick förlorad när filen skrevs\n"
     "4|Namn|A<U+0080>|osynligt styrtecken U+0080",
     3},
    {"department-depth", "E-post;Avdelning\na@x.example;1/2/3/4/5/6/7/8/9/10/11\n",
     "2|Avdelning|1/2/3/4/5/6/7/8/9/10/11|fler än 10 nivåer", 1},
};

static void test_faults(void) {
    for (guint i = 0; i < G_N_ELEMENTS(faulty); i++) {
        g_test_message("%s", faulty[i].name);
        g_autoptr(StaffFile) file = read_bytes(faulty[i].text, strlen(faulty[i].text), NULL);
        g_autofree char *faults = describe_faults(file->faults);
        g_assert_cmpstr(faults, ==, faulty[i].faults);
        g_assert_cmpuint(person_list_length(file->people), ==, faulty[i].people);
    }
}

/* Each field at its limit, and one character more. */
static const struct {
    const char *heading;
    int limit;
} lengths[] = {
    {"Anst.nr", LIMIT_KEY}, {"Förnamn", LIMIT_NAME}, {"Efternamn", LIMIT_NAME},
    {"Titel", LIMIT_NAME},  {"Namn", LIMIT_NAME},    {"Avdelning", LIMIT_DEPARTMENT_NAME},
    {"Roller", LIMIT_ROLE},
};

static void test_lengths(void) {
    for (guint i = 0; i < G_N_ELEMENTS(lengths); i++) {
        g_autoptr(GString) value = g_string_new(NULL);
        for (int j = 0; j < lengths[i].limit; j++) {
            g_string_append(value, "å");
        }
        for (guint over = 0; over < 2; over++) {
            g_autofree char *text =
                g_strdup_printf("E-post;%s\na@x.example;%s%s\n", lengths[i].heading, value->str,
                                over == 1 ? "å" : "");
            g_test_message("%s + %u", lengths[i].heading, over);
            g_autoptr(StaffFile) file = read_bytes(text, strlen(text), NULL);
            g_assert_cmpuint(file->faults->count, ==, over);
        }
    }
}

static void test_faults_are_counted_and_capped(void) {
    g_autoptr(GString) text = g_string_new("E-post\n");
    for (int i = 0; i < 150; i++) {
        g_string_append(text, "x\n");
    }
    g_autoptr(StaffFile) file = read_bytes(text->str, text->len, NULL);
    g_assert_cmpuint(file->faults->count, ==, 150);
    g_assert_cmpuint(file->faults->list->len, ==, LIMIT_FAULTS);
}

static const struct {
    const char *text;
    const char *map;
    const char *says;
} refused[] = {
    {"", NULL, "tom"},
    {"\n\n", NULL, "tom"},
    {"E-post\n", NULL, "inga personer"},
    {"E-post\n\n , \n", NULL, "inga personer"},
    {"\"E-post\nanna@x.example\n", NULL, "Rubrikraden"},
    {"Namn\nAnna\n", NULL, "--map email="},
    {"E-post\na@x.example\n", "phone=E-post", "phone"},
    {"PK\x03\x04", NULL, "Excel"},
};

static void test_refused(void) {
    for (guint i = 0; i < G_N_ELEMENTS(refused); i++) {
        g_autoptr(GError) error = NULL;
        g_test_message("%s", refused[i].text);
        g_assert_null(staff_file_read(refused[i].text, strlen(refused[i].text), refused[i].map,
                                      NULL, NULL, &error));
        g_assert_error(error, VK_ERROR, VK_ERROR_INPUT);
        g_assert_nonnull(strstr(error->message, refused[i].says));
    }
}

/* The file says which fields it has; the others are not to be touched by an import. */
static void test_fields(void) {
    static const char text[] = "E-post;Namn;Fax\na@x.example;Anna Berg;1\n";
    g_autoptr(StaffFile) file = read_bytes(text, strlen(text), NULL);
    g_assert_cmpuint(file->fields, ==,
                     1U << PERSON_EMAIL | 1U << PERSON_GIVEN_NAME | 1U << PERSON_FAMILY_NAME);
    g_assert_cmpstr(file->columns[PERSON_EMAIL], ==, "E-post");
    g_assert_cmpstr(file->columns[PERSON_GIVEN_NAME], ==, "Namn");
    g_assert_null(file->columns[PERSON_DEPARTMENT]);
    g_assert_cmpstr(file->ignored[0], ==, "Fax");
    g_assert_null(file->ignored[1]);
}

int main(int argc, char **argv) {
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/source/files", test_files);
    g_test_add_func("/source/faults", test_faults);
    g_test_add_func("/source/lengths", test_lengths);
    g_test_add_func("/source/faults-are-counted-and-capped", test_faults_are_counted_and_capped);
    g_test_add_func("/source/refused", test_refused);
    g_test_add_func("/source/fields", test_fields);
    return g_test_run();
}
