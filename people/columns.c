#include "people/columns.h"

#include <string.h>

#include "base/error.h"
#include "base/lang.h"

/* One heading that is known. Of several columns for one field the one with the highest rank is
 * taken
 * ("Chefens e-post" before "Chef"); for the department, ranks above 0 are levels, largest unit
 * first. */
typedef struct {
    const char *folded;
    guint field;
    guint rank;
} Heading;

/* `_email`, `_vd`... are not needed: folding has dropped blanks, punctuation and diacritics. */
static const Heading known[] = {
    {"epost", PERSON_EMAIL, 1},
    {"epostadress", PERSON_EMAIL, 2},
    {"epostarbete", PERSON_EMAIL, 2},
    {"epostadressarbete", PERSON_EMAIL, 2},
    {"jobbmejl", PERSON_EMAIL, 2},
    {"mejl", PERSON_EMAIL, 1},
    {"mejladress", PERSON_EMAIL, 1},
    {"mail", PERSON_EMAIL, 1},
    {"mailadress", PERSON_EMAIL, 1},
    {"email", PERSON_EMAIL, 1},
    {"emailaddress", PERSON_EMAIL, 1},
    {"emailaddress1", PERSON_EMAIL, 1},
    {"workemail", PERSON_EMAIL, 2},
    {"primarysmtpaddress", PERSON_EMAIL, 2},
    {"fornamn", PERSON_GIVEN_NAME, 1},
    {"tilltalsnamn", PERSON_GIVEN_NAME, 2},
    {"firstname", PERSON_GIVEN_NAME, 1},
    {"givenname", PERSON_GIVEN_NAME, 1},
    {"efternamn", PERSON_FAMILY_NAME, 1},
    {"lastname", PERSON_FAMILY_NAME, 1},
    {"familyname", PERSON_FAMILY_NAME, 1},
    {"surname", PERSON_FAMILY_NAME, 1},
    {"sn", PERSON_FAMILY_NAME, 1},
    {"namn", COLUMN_FULL_NAME, 1},
    {"fullstandigtnamn", COLUMN_FULL_NAME, 1},
    {"helanamnet", COLUMN_FULL_NAME, 1},
    {"medarbetare", COLUMN_FULL_NAME, 1},
    {"name", COLUMN_FULL_NAME, 1},
    {"fullname", COLUMN_FULL_NAME, 1},
    {"displayname", COLUMN_FULL_NAME, 1},
    {"visningsnamn", COLUMN_FULL_NAME, 1},
    {"titel", PERSON_POSITION, 1},
    {"befattning", PERSON_POSITION, 2},
    {"yrkestitel", PERSON_POSITION, 1},
    {"position", PERSON_POSITION, 1},
    {"title", PERSON_POSITION, 1},
    {"jobtitle", PERSON_POSITION, 2},
    {"sprak", PERSON_LOCALE, 1},
    {"sprakkod", PERSON_LOCALE, 1},
    {"language", PERSON_LOCALE, 1},
    {"languagecode", PERSON_LOCALE, 1},
    {"locale", PERSON_LOCALE, 1},
    {"preferredlanguage", PERSON_LOCALE, 1},
    {"roll", PERSON_ROLES, 1},
    {"roller", PERSON_ROLES, 2},
    {"role", PERSON_ROLES, 1},
    {"roles", PERSON_ROLES, 2},
    {"chef", PERSON_MANAGER, 1},
    {"narmastechef", PERSON_MANAGER, 2},
    {"chefensepost", PERSON_MANAGER, 3},
    {"chefepost", PERSON_MANAGER, 3},
    {"epostchef", PERSON_MANAGER, 3},
    {"chefensepostadress", PERSON_MANAGER, 3},
    {"chefensmejl", PERSON_MANAGER, 3},
    {"narmastechefepost", PERSON_MANAGER, 4},
    {"narmastechefsepost", PERSON_MANAGER, 4},
    {"narmastechefsepostadress", PERSON_MANAGER, 4},
    {"manager", PERSON_MANAGER, 1},
    {"linemanager", PERSON_MANAGER, 2},
    {"manageremail", PERSON_MANAGER, 3},
    {"managersemail", PERSON_MANAGER, 3},
    {"supervisor", PERSON_MANAGER, 1},
    {"anstallningsnummer", PERSON_KEY, 2},
    {"anstallningsnr", PERSON_KEY, 2},
    {"anstallningsid", PERSON_KEY, 2},
    {"anstnr", PERSON_KEY, 2},
    {"anstallnr", PERSON_KEY, 2},
    {"anstid", PERSON_KEY, 2},
    {"personalnummer", PERSON_KEY, 1},
    {"medarbetarid", PERSON_KEY, 1},
    {"employeeid", PERSON_KEY, 2},
    {"employeenumber", PERSON_KEY, 2},
    {"employeeno", PERSON_KEY, 2},
    {"anstalldfrom", PERSON_EMPLOYED_FROM, 1},
    {"anstalldfran", PERSON_EMPLOYED_FROM, 1},
    {"anstalldfranochmed", PERSON_EMPLOYED_FROM, 1},
    {"anstallningsdatum", PERSON_EMPLOYED_FROM, 1},
    {"anstallningstart", PERSON_EMPLOYED_FROM, 1},
    {"anstallningfran", PERSON_EMPLOYED_FROM, 1},
    {"employedfrom", PERSON_EMPLOYED_FROM, 1},
    {"startdatum", PERSON_EMPLOYED_FROM, 1},
    {"startdate", PERSON_EMPLOYED_FROM, 1},
    {"hiredate", PERSON_EMPLOYED_FROM, 1},
    {"anstalldtill", PERSON_EMPLOYED_TO, 1},
    {"anstalldtom", PERSON_EMPLOYED_TO, 1},
    {"anstalldtillochmed", PERSON_EMPLOYED_TO, 1},
    {"anstallningtill", PERSON_EMPLOYED_TO, 1},
    {"anstallningslut", PERSON_EMPLOYED_TO, 1},
    {"employedto", PERSON_EMPLOYED_TO, 1},
    {"employeduntil", PERSON_EMPLOYED_TO, 1},
    {"slutdatum", PERSON_EMPLOYED_TO, 1},
    {"enddate", PERSON_EMPLOYED_TO, 1},
    {"avdelningssokvag", PERSON_DEPARTMENT, 0},
    {"organisationssokvag", PERSON_DEPARTMENT, 0},
    {"organisatoriskenhet", PERSON_DEPARTMENT, 0},
    {"departmentpath", PERSON_DEPARTMENT, 0},
    {"sokvag", PERSON_DEPARTMENT, 0},
    {"path", PERSON_DEPARTMENT, 0},
    {"organisation", PERSON_DEPARTMENT, 1},
    {"organization", PERSON_DEPARTMENT, 1},
    {"bolag", PERSON_DEPARTMENT, 2},
    {"company", PERSON_DEPARTMENT, 2},
    {"forvaltning", PERSON_DEPARTMENT, 3},
    {"administration", PERSON_DEPARTMENT, 3},
    {"division", PERSON_DEPARTMENT, 3},
    {"verksamhetsomrade", PERSON_DEPARTMENT, 4},
    {"omrade", PERSON_DEPARTMENT, 4},
    {"area", PERSON_DEPARTMENT, 4},
    {"verksamhet", PERSON_DEPARTMENT, 5},
    {"avdelning", PERSON_DEPARTMENT, 6},
    {"department", PERSON_DEPARTMENT, 6},
    {"sektion", PERSON_DEPARTMENT, 7},
    {"section", PERSON_DEPARTMENT, 7},
    {"enhet", PERSON_DEPARTMENT, 8},
    {"unit", PERSON_DEPARTMENT, 8},
    {"arbetsplats", PERSON_DEPARTMENT, 9},
    {"workplace", PERSON_DEPARTMENT, 9},
    {"grupp", PERSON_DEPARTMENT, 10},
    {"team", PERSON_DEPARTMENT, 10},
};

static const char *field_name(guint field) {
    return field == COLUMN_FULL_NAME ? "name" : person_field_name((PersonField)field);
}

char *heading_fold(const char *heading) {
    /* LimeSurvey writes "attribute_1 <Department>": what the brackets hold is the name. */
    const char *open = strchr(heading, '<');
    const char *close = open != NULL ? strchr(open, '>') : NULL;
    g_autofree char *inner = close != NULL && g_ascii_strncasecmp(heading, "attribute_", 10) == 0
                                 ? g_strndup(open + 1, (size_t)(close - open - 1))
                                 : g_strdup(heading);
    g_autofree char *decomposed = g_utf8_normalize(inner, -1, G_NORMALIZE_ALL);
    g_autoptr(GString) folded = g_string_new(NULL);
    for (const char *p = decomposed; p != NULL && *p != '\0'; p = g_utf8_next_char(p)) {
        gunichar c = g_utf8_get_char(p);
        if (g_unichar_isalnum(c)) {
            g_string_append_unichar(folded, g_unichar_tolower(c));
        }
    }
    return g_string_free(g_steal_pointer(&folded), FALSE);
}

static const Heading *find_known(const char *heading) {
    g_autofree char *folded = heading_fold(heading);
    for (guint i = 0; i < G_N_ELEMENTS(known); i++) {
        if (strcmp(known[i].folded, folded) == 0) {
            return &known[i];
        }
    }
    return NULL;
}

bool columns_has(const Columns *columns, guint field) {
    return columns->field_columns[field] > 0;
}

static bool columns_uses(const Columns *columns, guint column) {
    for (guint field = 0; field < COLUMN_FIELDS; field++) {
        for (guint i = 0; i < columns->field_columns[field]; i++) {
            if (columns->columns[field][i] == column) {
                return true;
            }
        }
    }
    return false;
}

static char *list_headings(const Columns *columns) {
    return g_strjoinv(", ", columns->headings);
}

/* "#3" or a heading, exactly or folded. */
static bool find_column(const Columns *columns, const char *name, guint *out_column,
                        GError **error) {
    guint64 number;
    if (name[0] == '#' &&
        g_ascii_string_to_unsigned(name + 1, 10, 1, columns->count, &number, NULL)) {
        *out_column = (guint)number - 1;
        return true;
    }
    g_autofree char *folded = heading_fold(name);
    guint found = columns->count;
    for (guint i = 0; i < columns->count; i++) {
        if (strcmp(columns->headings[i], name) == 0) {
            *out_column = i;
            return true;
        }
        g_autofree char *heading = heading_fold(columns->headings[i]);
        if (found == columns->count && folded[0] != '\0' && strcmp(heading, folded) == 0) {
            found = i;
        }
    }
    if (found < columns->count) {
        *out_column = found;
        return true;
    }
    g_autofree char *all = list_headings(columns);
    return error_set(error, VK_ERROR_INPUT,
                     tr("--map: filen har ingen kolumn \"%s\". Den har: %s.",
                        "--map: the file has no column \"%s\". It has: %s."),
                     name, all);
}

static bool parse_map_field(const char *name, guint *out_field, GError **error) {
    PersonField field;
    if (person_field_parse(name, &field)) {
        *out_field = (guint)field;
        return true;
    }
    if (strcmp(name, "name") == 0) {
        *out_field = COLUMN_FULL_NAME;
        return true;
    }
    g_autoptr(GString) all = g_string_new(NULL);
    for (guint i = 0; i < COLUMN_FIELDS; i++) {
        g_string_append_printf(all, "%s%s", i == 0 ? "" : ", ", field_name(i));
    }
    return error_set(error, VK_ERROR_INPUT,
                     tr("--map: fältet \"%s\" finns inte. Fälten är: %s.",
                        "--map: there is no field \"%s\". The fields are: %s."),
                     name, all->str);
}

/* One "field=Column+Column" of the map. */
static bool apply_map_entry(Columns *columns, const char *entry, bool mapped[COLUMN_FIELDS],
                            GError **error) {
    const char *equals = strchr(entry, '=');
    if (equals == NULL) {
        return error_set(error, VK_ERROR_INPUT,
                         tr("--map: \"%s\" saknar likhetstecken. Skriv till exempel email=E-post.",
                            "--map: \"%s\" has no equals sign. Write for example email=Mail."),
                         entry);
    }
    g_autofree char *name = g_strstrip(g_strndup(entry, (size_t)(equals - entry)));
    guint field = 0;
    if (!parse_map_field(name, &field, error)) {
        return false;
    }
    if (mapped[field]) {
        return error_set(
            error, VK_ERROR_INPUT,
            tr("--map: fältet \"%s\" anges två gånger.", "--map: the field \"%s\" is given twice."),
            name);
    }
    mapped[field] = true;
    g_auto(GStrv) parts = g_strsplit(equals + 1, field == PERSON_DEPARTMENT ? "+" : "\n", -1);
    guint count = equals[1] == '\0' ? 0 : g_strv_length(parts);
    if (count > LIMIT_DEPARTMENT_DEPTH) {
        return error_set(error, VK_ERROR_INPUT,
                         tr("--map: högst %d kolumner kan bilda avdelningen.",
                            "--map: at most %d columns can make up the department."),
                         (int)LIMIT_DEPARTMENT_DEPTH);
    }
    for (guint i = 0; i < count; i++) {
        if (!find_column(columns, g_strstrip(parts[i]), &columns->columns[field][i], error)) {
            return false;
        }
    }
    columns->field_columns[field] = count;
    return true;
}

static bool apply_map(Columns *columns, const char *map, bool mapped[COLUMN_FIELDS],
                      GError **error) {
    g_auto(GStrv) entries = g_strsplit(map, ",", -1);
    for (guint i = 0; entries[i] != NULL; i++) {
        if (*g_strstrip(entries[i]) != '\0' &&
            !apply_map_entry(columns, entries[i], mapped, error)) {
            return false;
        }
    }
    return true;
}

static bool refuse_twins(const Columns *columns, guint field, guint first, guint second,
                         GError **error) {
    return error_set(
        error, VK_ERROR_INPUT,
        tr("Kolumnerna \"%s\" (%u) och \"%s\" (%u) kan båda vara fältet %s. Välj en med "
           "--map %s=#%u.",
           "The columns \"%s\" (%u) and \"%s\" (%u) can both be the field %s. Choose "
           "one with --map %s=#%u."),
        columns->headings[first], first + 1, columns->headings[second], second + 1,
        field_name(field), field_name(field), first + 1);
}

/* The column of highest rank for a field of one column. */
static bool find_single(Columns *columns, const Heading *const *kinds, guint field,
                        GError **error) {
    guint best = columns->count;
    guint twin = columns->count;
    for (guint i = 0; i < columns->count; i++) {
        if (kinds[i] == NULL || kinds[i]->field != field) {
            continue;
        }
        if (best == columns->count || kinds[i]->rank > kinds[best]->rank) {
            best = i;
            twin = columns->count;
        } else if (kinds[i]->rank == kinds[best]->rank) {
            twin = i;
        }
    }
    if (twin < columns->count) {
        return refuse_twins(columns, field, best, twin, error);
    }
    if (best < columns->count) {
        columns->columns[field][0] = best;
        columns->field_columns[field] = 1;
    }
    return true;
}

/* A column that holds the whole path (rank 0), or all level columns from the largest unit down. */
static bool find_department(Columns *columns, const Heading *const *kinds, GError **error) {
    guint count = 0;
    for (guint rank = 0; rank <= LIMIT_DEPARTMENT_DEPTH; rank++) {
        guint last = columns->count;
        for (guint i = 0; i < columns->count; i++) {
            if (kinds[i] == NULL || kinds[i]->field != PERSON_DEPARTMENT ||
                kinds[i]->rank != rank) {
                continue;
            }
            if (last < columns->count) {
                return refuse_twins(columns, PERSON_DEPARTMENT, last, i, error);
            }
            last = i;
            columns->columns[PERSON_DEPARTMENT][count++] = i;
        }
        if (rank == 0 && count > 0) {
            break;
        }
    }
    columns->field_columns[PERSON_DEPARTMENT] = count;
    return true;
}

static bool require_email(const Columns *columns, GError **error) {
    if (columns_has(columns, PERSON_EMAIL)) {
        return true;
    }
    g_autofree char *all = list_headings(columns);
    if (strchr(all, '@') != NULL) {
        return error_set(
            error, VK_ERROR_INPUT, "%s",
            tr("Filen saknar rubrikrad: första raden ser ut att vara en person. Lägg "
               "till en rad med kolumnernas namn, till exempel E-post;Förnamn;Efternamn.",
               "The file has no header row: the first row looks like a person. Add a "
               "row with the columns' names, for example Email,First name,Last name."));
    }
    return error_set(error, VK_ERROR_INPUT,
                     tr("Ingen kolumn känns igen som e-postadress. Filen har: %s. Ange den med "
                        "--map email=Kolumn.",
                        "No column is recognised as the e-mail address. The file has: %s. Name it "
                        "with --map email=Column."),
                     all);
}

Columns *columns_find(const char *const *headings, guint count, const char *map, GError **error) {
    g_autoptr(Columns) columns = g_new0(Columns, 1);
    columns->count = count;
    columns->headings = g_new0(char *, count + 1);
    g_autofree const Heading **kinds = g_new0(const Heading *, count + 1);
    for (guint i = 0; i < count; i++) {
        columns->headings[i] = g_strstrip(g_strdup(headings[i]));
    }
    bool mapped[COLUMN_FIELDS] = {false};
    if (map != NULL && !apply_map(columns, map, mapped, error)) {
        return NULL;
    }
    for (guint i = 0; i < count; i++) {
        kinds[i] = columns_uses(columns, i) ? NULL : find_known(columns->headings[i]);
    }
    for (guint field = 0; field < COLUMN_FIELDS; field++) {
        if (mapped[field]) {
            continue;
        }
        if (!(field == PERSON_DEPARTMENT ? find_department(columns, kinds, error)
                                         : find_single(columns, kinds, field, error))) {
            return NULL;
        }
    }
    return require_email(columns, error) ? g_steal_pointer(&columns) : NULL;
}

void columns_free(Columns *columns) {
    if (columns == NULL) {
        return;
    }
    g_strfreev(columns->headings);
    g_free(columns);
}

char *columns_describe(const Columns *columns, guint field) {
    if (!columns_has(columns, field)) {
        return NULL;
    }
    g_autoptr(GString) text = g_string_new(NULL);
    for (guint i = 0; i < columns->field_columns[field]; i++) {
        g_string_append_printf(text, "%s%s", i == 0 ? "" : " + ",
                               columns->headings[columns->columns[field][i]]);
    }
    return g_string_free(g_steal_pointer(&text), FALSE);
}

char **columns_ignored(const Columns *columns) {
    g_autoptr(GPtrArray) ignored = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 0; i < columns->count; i++) {
        if (columns->headings[i][0] != '\0' && !columns_uses(columns, i)) {
            g_ptr_array_add(ignored, g_strdup(columns->headings[i]));
        }
    }
    g_ptr_array_add(ignored, NULL);
    return (char **)g_ptr_array_free(g_steal_pointer(&ignored), FALSE);
}
