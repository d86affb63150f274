#include "people/row.h"

#include <string.h>

#include "base/lang.h"
#include "people/csv.h"
#include "people/department.h"
#include "people/email.h"

/* What the checks of one row share. */
typedef struct {
    const Columns *columns;
    const char *const *cells;
    guint line;
    PersonList *people;
    FaultList *faults;
} Row;

static const char *heading(const Row *row, guint field) {
    return row->columns->headings[row->columns->columns[field][0]];
}

/* The cell as it stands in the file, without the apostrophe of an export; "" where there is none.
 */
static const char *raw(const Row *row, guint field) {
    return columns_has(row->columns, field)
               ? csv_unguard(row->cells[row->columns->columns[field][0]])
               : "";
}

static bool is_forbidden(gunichar c) {
    bool bidi = (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
    return (g_unichar_iscntrl(c) && !g_unichar_isspace(c)) || bidi || c == 0xfeff || c == 0xfffd;
}

/* NFC, trimmed, each run of white space (also line breaks) one blank. */
static char *clean(const char *text) {
    g_autoptr(GString) out = g_string_sized_new(strlen(text));
    bool blank = false;
    for (const char *p = text; *p != '\0'; p = g_utf8_next_char(p)) {
        gunichar c = g_utf8_get_char(p);
        if (g_unichar_isspace(c) || c == 0x85) {
            blank = true;
            continue;
        }
        if (blank && out->len > 0) {
            g_string_append_c(out, ' ');
        }
        blank = false;
        g_string_append_len(out, p, g_utf8_next_char(p) - p);
    }
    if (g_str_is_ascii(out->str)) {
        return g_string_free(g_steal_pointer(&out), FALSE);
    }
    return g_utf8_normalize(out->str, (gssize)out->len, G_NORMALIZE_NFC);
}

/* Cleans, and refuses what cannot be shown or is too long. NULL after a fault. */
static char *take_text(const Row *row, const char *column, const char *text, int limit) {
    for (const char *p = text; *p != '\0'; p = g_utf8_next_char(p)) {
        gunichar c = g_utf8_get_char(p);
        if (c == 0xfffd) {
            fault_add(row->faults, row->line, column, text,
                      tr("Exportera filen på nytt som CSV (UTF-8).",
                         "Export the file again as CSV (UTF-8)."),
                      "%s",
                      tr("en bokstav gick förlorad när filen skrevs",
                         "a letter was lost when the file was written"));
            return NULL;
        }
        if (is_forbidden(c)) {
            fault_add(row->faults, row->line, column, text,
                      tr("Skriv om värdet för hand.", "Type the value anew."),
                      tr("osynligt styrtecken U+%04X", "invisible control character U+%04X"), c);
            return NULL;
        }
    }
    g_autofree char *cleaned = clean(text);
    if (g_utf8_strlen(cleaned, -1) > limit) {
        fault_add(row->faults, row->line, column, text, tr("Korta värdet.", "Shorten the value."),
                  tr("längre än %d tecken", "longer than %d characters"), limit);
        return NULL;
    }
    return g_steal_pointer(&cleaned);
}

static void read_plain(const Row *row, PersonField field, int limit, Person *person) {
    if (!columns_has(row->columns, field)) {
        return;
    }
    g_autofree char *text = take_text(row, heading(row, field), raw(row, field), limit);
    if (text != NULL) {
        person->text[field] = field == PERSON_KEY ? person_list_keep(row->people, text)
                                                  : person_list_share(row->people, text);
    }
}

static void read_email(const Row *row, Person *person) {
    const char *column = heading(row, PERSON_EMAIL);
    const char *text = raw(row, PERSON_EMAIL);
    g_autofree char *address = clean(text);
    if (address[0] == '\0') {
        fault_add(
            row->faults, row->line, column, "",
            tr("Fyll i adressen, eller ta bort raden: utan adress kan personen inte bjudas in.",
               "Fill in the address, or remove the row: without one the person cannot be "
               "invited."),
            "%s", tr("adressen saknas", "the address is missing"));
        return;
    }
    const char *what = email_fault(address);
    if (what != NULL) {
        fault_add(row->faults, row->line, column, text,
                  tr("Skriv bara adressen, som namn@organisation.se.",
                     "Write only the address, as name@organisation.org."),
                  "%s", what);
        return;
    }
    g_autofree char *folded = email_fold(address);
    person->text[PERSON_EMAIL] = person_list_keep(row->people, address);
    person->email_folded = person_list_keep(row->people, folded);
}

/* Where the family name begins in a name of several words: at the first particle, else at the last
 * word. */
static size_t find_family(const char *name) {
    static const char *const particles[] = {"af", "av",  "von", "van", "der", "den", "de",  "del",
                                            "la", "da",  "dos", "du",  "al",  "el",  "bin", "ter",
                                            "zu", "zur", "di",  "le",  "ben", "ibn"};
    const char *last = strrchr(name, ' ');
    for (const char *word = strchr(name, ' '); word != NULL && word < last;
         word = strchr(word + 1, ' ')) {
        size_t length = strcspn(word + 1, " ");
        for (guint i = 0; i < G_N_ELEMENTS(particles); i++) {
            if (strlen(particles[i]) == length &&
                g_ascii_strncasecmp(word + 1, particles[i], length) == 0) {
                return (size_t)(word - name);
            }
        }
    }
    return last == NULL ? strlen(name) : (size_t)(last - name);
}

/* "Anna Maria von Platen" or "von Platen, Anna Maria"; one word is a given name. */
static void read_full_name(const Row *row, Person *person) {
    if (!columns_has(row->columns, COLUMN_FULL_NAME) ||
        person->text[PERSON_GIVEN_NAME][0] != '\0' || person->text[PERSON_FAMILY_NAME][0] != '\0') {
        return;
    }
    g_autofree char *name =
        take_text(row, heading(row, COLUMN_FULL_NAME), raw(row, COLUMN_FULL_NAME), LIMIT_NAME);
    if (name == NULL) {
        return;
    }
    char *comma = strchr(name, ',');
    size_t split = comma != NULL ? (size_t)(comma - name) : find_family(name);
    g_autofree char *first = g_strstrip(g_strndup(name, split));
    g_autofree char *second = g_strstrip(g_strdup(name + split + (comma != NULL ? 1 : 0)));
    person->text[PERSON_GIVEN_NAME] =
        person_list_share(row->people, comma != NULL ? second : first);
    person->text[PERSON_FAMILY_NAME] =
        person_list_share(row->people, comma != NULL ? first : second);
}

static bool is_same_name(const char *name, const char *value) {
    g_autofree char *folded_name = g_utf8_casefold(name, -1);
    g_autofree char *folded_value = g_utf8_casefold(value, -1);
    return strcmp(folded_name, folded_value) == 0;
}

/* "sv eller en", "sv, en eller fi" */
static char *known_codes(void) {
    GString *codes = g_string_new(lang_code(LANG_SV));
    for (guint i = LANG_EN; i < lang_count(); i++) {
        const char *between = i + 1 < lang_count() ? ", " : tr(" eller ", " or ");
        g_string_append_printf(codes, "%s%s", between, lang_code((Lang)i));
    }
    return g_string_free(codes, FALSE);
}

static void read_locale(const Row *row, Person *person) {
    static const struct {
        const char *name;
        Lang lang;
    } names[] = {
        {"svenska", LANG_SV}, {"swedish", LANG_SV}, {"engelska", LANG_EN}, {"english", LANG_EN}};
    Lang lang = LANG_SV;
    const char *text = raw(row, PERSON_LOCALE);
    g_autofree char *value = clean(text);
    bool known = value[0] == '\0' || lang_parse(value, &lang);
    for (guint i = 0; i < G_N_ELEMENTS(names) && !known; i++) {
        known = g_ascii_strcasecmp(names[i].name, value) == 0;
        lang = known ? names[i].lang : lang;
    }
    for (guint i = LANG_OWN_COUNT; i < lang_count() && !known; i++) {
        known = is_same_name(lang_spec((Lang)i)->name, value);
        lang = known ? (Lang)i : lang;
    }
    if (!known) {
        g_autofree char *codes = known_codes();
        g_autofree char *advice = g_strdup_printf(
            tr("Skriv %s, eller lämna tomt (svenska).", "Write %s, or leave it empty (Swedish)."),
            codes);
        fault_add(row->faults, row->line, heading(row, PERSON_LOCALE), text, advice, "%s",
                  tr("okänt språk", "unknown language"));
    }
    person->text[PERSON_LOCALE] = lang_code(lang);
}

/* "2026-11-24", "20261124", or either with a time of day after it. "" for no date. */
static bool parse_date(const char *text, char out[11]) {
    const char *digits = "0123456789";
    out[0] = '\0';
    if (text[0] == '\0') {
        return true;
    }
    char compact[9];
    size_t length = strcspn(text, " T");
    if (length == 8 && strspn(text, digits) == 8) {
        memcpy(compact, text, 8);
    } else if (length == 10 && text[4] == '-' && text[7] == '-' && strspn(text, digits) == 4 &&
               strspn(text + 5, digits) == 2 && strspn(text + 8, digits) == 2) {
        memcpy(compact, text, 4);
        memcpy(compact + 4, text + 5, 2);
        memcpy(compact + 6, text + 8, 2);
    } else {
        return false;
    }
    compact[8] = '\0';
    bool time_only = strspn(text + length, "T 0123456789:.") == strlen(text + length);
    guint64 number = g_ascii_strtoull(compact, NULL, 10);
    guint year = (guint)(number / 10000);
    guint month = (guint)(number / 100 % 100);
    guint day = (guint)(number % 100);
    if (!time_only || year < 1900 || month > 12 ||
        !g_date_valid_dmy((GDateDay)day, (GDateMonth)month, (GDateYear)year)) {
        return false;
    }
    g_snprintf(out, 11, "%04u-%02u-%02u", year, month, day);
    return true;
}

static void read_date(const Row *row, PersonField field, Person *person) {
    char date[11];
    g_autofree char *text = clean(raw(row, field));
    if (!parse_date(text, date)) {
        fault_add(row->faults, row->line, heading(row, field), text,
                  tr("Skriv datumet som 2026-11-24, eller lämna tomt.",
                     "Write the date as 2026-11-24, or leave it empty."),
                  "%s", tr("inget giltigt datum", "not a valid date"));
        return;
    }
    person->text[field] = person_list_share(row->people, date);
}

static void check_dates(const Row *row, const Person *person) {
    const char *from = person->text[PERSON_EMPLOYED_FROM];
    const char *to = person->text[PERSON_EMPLOYED_TO];
    if (from[0] != '\0' && to[0] != '\0' && strcmp(from, to) > 0) {
        fault_add(row->faults, row->line, heading(row, PERSON_EMPLOYED_TO), to,
                  tr("Rätta det ena datumet.", "Correct one of the dates."),
                  tr("slutar före första dagen %s", "ends before the first day %s"), from);
    }
}

/* Unlike g_utf8_strdown, the same in every locale. */
static char *lower_case(const char *text) {
    g_autoptr(GString) lower = g_string_sized_new(strlen(text));
    for (const char *p = text; *p != '\0'; p = g_utf8_next_char(p)) {
        g_string_append_unichar(lower, g_unichar_tolower(g_utf8_get_char(p)));
    }
    return g_string_free(g_steal_pointer(&lower), FALSE);
}

static gint compare_text(gconstpointer a, gconstpointer b) {
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void read_roles(const Row *row, Person *person) {
    if (!columns_has(row->columns, PERSON_ROLES)) {
        return;
    }
    const char *column = heading(row, PERSON_ROLES);
    g_autofree char *text = take_text(row, column, raw(row, PERSON_ROLES), LIMIT_CELL_BYTES);
    if (text == NULL) {
        return;
    }
    g_autofree char *lower = lower_case(text);
    g_auto(GStrv) parts = g_strsplit_set(lower, ",;|", -1);
    g_autoptr(GPtrArray) roles = g_ptr_array_new();
    for (guint i = 0; parts[i] != NULL; i++) {
        if (*g_strstrip(parts[i]) == '\0') {
            continue;
        }
        if (g_utf8_strlen(parts[i], -1) > LIMIT_ROLE) {
            fault_add(row->faults, row->line, column, parts[i],
                      tr("Korta rollen.", "Shorten the role."),
                      tr("rollen är längre än %d tecken", "the role is longer than %d characters"),
                      (int)LIMIT_ROLE);
            return;
        }
        if (!g_ptr_array_find_with_equal_func(roles, parts[i], g_str_equal, NULL)) {
            g_ptr_array_add(roles, parts[i]);
        }
    }
    if (roles->len > LIMIT_ROLES) {
        fault_add(row->faults, row->line, column, text,
                  tr("Behåll bara roller som målgrupper väljs efter.",
                     "Keep only roles by which audiences are chosen."),
                  tr("fler än %d roller", "more than %d roles"), (int)LIMIT_ROLES);
        return;
    }
    g_ptr_array_sort(roles, compare_text);
    g_ptr_array_add(roles, NULL);
    g_autofree char *joined = g_strjoinv(", ", (char **)roles->pdata);
    person->text[PERSON_ROLES] = person_list_share(row->people, joined);
}

/* The limits of a path; false after a fault. */
static bool check_path(const Row *row, const char *column, const char *path) {
    g_auto(GStrv) parts = g_strsplit(path, "/", -1);
    const char *remedy = tr("Korta sökvägen.", "Shorten the path.");
    if (g_strv_length(parts) > LIMIT_DEPARTMENT_DEPTH) {
        fault_add(row->faults, row->line, column, path, remedy,
                  tr("fler än %d nivåer", "more than %d levels"), (int)LIMIT_DEPARTMENT_DEPTH);
        return false;
    }
    for (guint i = 0; parts[i] != NULL; i++) {
        if (g_utf8_strlen(parts[i], -1) > LIMIT_DEPARTMENT_NAME) {
            fault_add(row->faults, row->line, column, parts[i], remedy,
                      tr("avdelningens namn är längre än %d tecken",
                         "the department's name is longer than %d characters"),
                      (int)LIMIT_DEPARTMENT_NAME);
            return false;
        }
    }
    if (g_utf8_strlen(path, -1) > LIMIT_DEPARTMENT_PATH) {
        fault_add(row->faults, row->line, column, path, remedy,
                  tr("sökvägen är längre än %d tecken", "the path is longer than %d characters"),
                  (int)LIMIT_DEPARTMENT_PATH);
        return false;
    }
    return true;
}

static void read_department(const Row *row, Person *person) {
    const Columns *columns = row->columns;
    g_autoptr(GString) path = g_string_new(NULL);
    for (guint i = 0; i < columns->field_columns[PERSON_DEPARTMENT]; i++) {
        guint column = columns->columns[PERSON_DEPARTMENT][i];
        g_autofree char *part = take_text(row, columns->headings[column],
                                          csv_unguard(row->cells[column]), LIMIT_CELL_BYTES);
        if (part == NULL) {
            return;
        }
        g_string_append_printf(path, "%s/", part);
    }
    g_autofree char *normal = department_path_normalise(path->str);
    if (normal[0] != '\0' && check_path(row, heading(row, PERSON_DEPARTMENT), normal)) {
        person->text[PERSON_DEPARTMENT] = person_list_share(row->people, normal);
    }
}

Person *row_parse(const Columns *columns, const char *const *cells, guint line, PersonList *people,
                  FaultList *faults) {
    Row row = {
        .columns = columns, .cells = cells, .line = line, .people = people, .faults = faults};
    Person *person = person_list_add(people);
    person->line = line;
    read_plain(&row, PERSON_KEY, LIMIT_KEY, person);
    read_email(&row, person);
    if (strcmp(person->text[PERSON_KEY], person->email_folded) == 0) {
        person->text[PERSON_KEY] = ""; /* an address is no key of its own */
    }
    read_plain(&row, PERSON_GIVEN_NAME, LIMIT_NAME, person);
    read_plain(&row, PERSON_FAMILY_NAME, LIMIT_NAME, person);
    read_full_name(&row, person);
    read_plain(&row, PERSON_POSITION, LIMIT_NAME, person);
    read_plain(&row, PERSON_MANAGER, LIMIT_EMAIL_BYTES, person);
    read_locale(&row, person);
    read_department(&row, person);
    read_roles(&row, person);
    read_date(&row, PERSON_EMPLOYED_FROM, person);
    read_date(&row, PERSON_EMPLOYED_TO, person);
    check_dates(&row, person);
    return person;
}
