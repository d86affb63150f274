/* Headings: those of Swedish HR systems, of English ones, of GoPhish and of LimeSurvey are known
 * without a map, a map overrides them, and what cannot be decided is refused with what to write. */
#include "people/columns.h"

#include "base/error.h"

#include <string.h>

/* "email=2 department=0+1": the fields found, in order, with their columns. */
static char *find(const char *header, const char *map, GError **error) {
    g_auto(GStrv) headings = g_strsplit(header, ";", -1);
    g_autoptr(Columns) columns =
        columns_find((const char *const *)headings, g_strv_length(headings), map, error);
    if (columns == NULL) {
        return NULL;
    }
    g_autoptr(GString) out = g_string_new(NULL);
    for (guint field = 0; field < COLUMN_FIELDS; field++) {
        for (guint i = 0; i < columns->field_columns[field]; i++) {
            const char *name =
                field == COLUMN_FULL_NAME ? "name" : person_field_name((PersonField)field);
            g_string_append_printf(out, i == 0 ? "%s%s=" : "+", out->len > 0 ? " " : "", name);
            g_string_append_printf(out, "%u", columns->columns[field][i]);
        }
    }
    g_auto(GStrv) ignored = columns_ignored(columns);
    for (guint i = 0; ignored[i] != NULL; i++) {
        g_string_append_printf(out, " !%s", ignored[i]);
    }
    return g_string_free(g_steal_pointer(&out), FALSE);
}

static const struct {
    const char *header;
    const char *map;
    const char *found;
} headers[] = {
    {"First Name;Last Name;Email;Position", NULL, "email=2 given_name=0 family_name=1 position=3"},
    {"firstname;lastname;email;language;token;attribute_1", NULL,
     "email=2 given_name=0 family_name=1 locale=3 !token !attribute_1"},
    {"tid;firstname;lastname;email;emailstatus;token;language;validfrom; attribute_1 <Avdelning>",
     NULL,
     "email=3 given_name=1 family_name=2 locale=6 department=8 !tid !emailstatus !token "
     "!validfrom"},
    {"Anställningsnummer;Förnamn;Efternamn;E-post;Avdelning;Befattning;Roller;Närmaste "
     "chef;Språk;Anställd från;Anställd till",
     NULL,
     "key=0 email=3 given_name=1 family_name=2 position=5 locale=8 department=4 roles=6 manager=7 "
     "employed_from=9 employed_to=10"},
    {"Employee number;Email;First name;Last name;Position;Language;Department;Roles;Manager;"
     "Employed from;Employed to",
     NULL,
     "key=0 email=1 given_name=2 family_name=3 position=4 locale=5 department=6 roles=7 manager=8 "
     "employed_from=9 employed_to=10"},
    {"  E-POSTADRESS ;namn", NULL, "email=0 name=1"},
    {"Mejl", NULL, "email=0"},
    {"e post", NULL, "email=0"},
    {"E‑post", NULL, "email=0"},                           /* with a non-breaking hyphen */
    {"fo\u0308rnamn;epost", NULL, "email=1 given_name=0"}, /* decomposed */
    {"Enhet;Förvaltning;Avdelning;E-post", NULL, "email=3 department=1+2+0"},
    {"Organisation;Avdelningssökväg;E-post", NULL, "email=2 department=1 !Organisation"},
    {"E-post;Chef;Chefens e-post", NULL, "email=0 manager=2 !Chef"},
    {"E-post;Titel;Befattning", NULL, "email=0 position=2 !Titel"},
    {"E-post;Roll", NULL, "email=0 roles=1"},
    {"E-post;Anställnings-ID;Anst.nr", "key=Anst.nr", "key=2 email=0 !Anställnings-ID"},
    {"A;B;C", "email=B", "email=1 !A !C"},
    {"A;B;C", "email=#2,given_name=#3", "email=1 given_name=2 !A"},
    {"A;B;C", " email = b , , ", "email=1 !A !C"},
    {"E-post;Område;Lag", "department=Område+Lag", "email=0 department=1+2"},
    {"E-post;Titel", "position=", "email=0 !Titel"},
    {"E-post;Privat", "email=Privat", "email=1 !E-post"},
    {"Email;;", NULL, "email=0"},
    {"Visningsnamn;E-post", "given_name=Visningsnamn", "email=1 given_name=0"},
};

static void test_found(void) {
    for (guint i = 0; i < G_N_ELEMENTS(headers); i++) {
        g_autoptr(GError) error = NULL;
        g_test_message("%s (%s)", headers[i].header, headers[i].map);
        g_autofree char *found = find(headers[i].header, headers[i].map, &error);
        g_assert_no_error(error);
        g_assert_cmpstr(found, ==, headers[i].found);
    }
}

static const struct {
    const char *header;
    const char *map;
    const char *says;
} refused[] = {
    {"Namn;Avdelning", NULL, "--map email="},
    {"Namn;Avdelning", NULL, "Namn, Avdelning"},
    {"Anna;anna@x.example", NULL, "rubrikrad"},
    {"E-post;Mejl", NULL, "--map email=#1"},
    {"E-post;Enhet;enhet", NULL, "--map department=#2"},
    {"E-post", "email=Mejl", "ingen kolumn \"Mejl\""},
    {"E-post", "email=#2", "ingen kolumn \"#2\""},
    {"E-post", "email=#0", "ingen kolumn \"#0\""},
    {"E-post", "mail=E-post", "fältet \"mail\" finns inte"},
    {"E-post", "email", "likhetstecken"},
    {"E-post;B", "email=B,email=E-post", "två gånger"},
    {"E-post", "email=", "--map email="},
    {"E-post;a;b;c;d;e;f;g;h;i;j;k", "department=a+b+c+d+e+f+g+h+i+j+k", "högst 10"},
};

static void test_refused(void) {
    for (guint i = 0; i < G_N_ELEMENTS(refused); i++) {
        g_autoptr(GError) error = NULL;
        g_test_message("%s (%s)", refused[i].header, refused[i].map);
        g_assert_null(find(refused[i].header, refused[i].map, &error));
        g_assert_error(error, VK_ERROR, VK_ERROR_INPUT);
        g_assert_nonnull(strstr(error->message, refused[i].says));
    }
}

int main(int argc, char **argv) {
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/columns/found", test_found);
    g_test_add_func("/columns/refused", test_refused);
    return g_test_run();
}
