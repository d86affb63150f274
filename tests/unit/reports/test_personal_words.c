/* Proves that somebody who asks for a copy can read it: every column of every PersonalTable has a
 * name in both languages, and every word that a CHECK of the schema allows in one of them is put
 * into words. */
#include "base/lang.h"
#include "reports/personal_words.h"
#include "tests/unit/reports/civic.h"

typedef void (*TableFn)(Town *town, const PersonalTable *table);

static void tables_each(Town *town, TableFn each) {
    const PersonalTable *const *lists = rights_tables();
    for (guint i = 0; lists[i] != NULL; i++) {
        for (const PersonalTable *table = lists[i]; table->table != NULL; table++) {
            each(town, table);
        }
    }
    for (const PersonalTable *table = reports_personal; table->table != NULL; table++) {
        each(town, table);
    }
}

static void assert_label(const char *table, const char *column) {
    PersonalField field = {.column = (char *)(uintptr_t)column, .value = (char[]){"x"}};
    if (personal_is_silent(&field)) {
        return; /* never printed */
    }
    g_autofree char *sv = g_strdup(personal_label(column));
    lang_set(LANG_EN);
    const char *en = personal_label(column);
    lang_set(LANG_SV);
    if (sv == NULL || en == NULL || strchr(sv, '_') != NULL || strchr(en, '_') != NULL) {
        g_error("%s.%s has no name in words: add it to reports/personal_words.c", table, column);
    }
}

static guint columns_seen;

static void check_columns(Town *town, const PersonalTable *table) {
    g_autoptr(GError) error = NULL;
    if (table->find == NULL) {
        return;
    }
    g_autoptr(DbStmt) stmt = db_query(town->db, table->find, &error);
    g_assert_no_error(error);
    for (guint i = 0; i < db_columns(stmt); i++) {
        assert_label(table->table, db_column_name(stmt, i));
        columns_seen++;
    }
}

/* The columns that the queries have, and those that are added to the rows. */
static void test_labels(void) {
    g_autoptr(GError) error = NULL;
    g_auto(Town) town = {0};
    civic_open(&town);
    tables_each(&town, check_columns);
    g_assert_cmpuint(columns_seen, >, 80);
    g_autoptr(GPtrArray) rows = rights_copy(town.db, WHO, &error);
    g_assert_no_error(error);
    for (guint i = 0; i < rows->len; i++) {
        const PersonalRow *row = g_ptr_array_index(rows, i);
        for (guint j = 0; j < row->fields->len; j++) {
            assert_label(row->table->table, g_array_index(row->fields, PersonalField, j).column);
        }
    }
}

/* --- words of the schema -------------------------------------------------------------------- */

static void assert_word(const char *column, const char *value) {
    g_autofree char *sv = g_strdup(personal_word(column, value));
    lang_set(LANG_EN);
    const char *en = personal_word(column, value);
    lang_set(LANG_SV);
    if (sv == NULL || en == NULL || strcmp(sv, value) == 0) {
        g_error("%s = '%s' is not in words: add it to reports/personal_words.c", column, value);
    }
}

static bool has_column(Town *town, const PersonalTable *table, const char *column) {
    g_autoptr(DbStmt) stmt = db_query(town->db, table->find, NULL);
    for (guint i = 0; i < db_columns(stmt); i++) {
        if (strcmp(db_column_name(stmt, i), column) == 0) {
            return true;
        }
    }
    return false;
}

static guint words_seen;

/* "kind TEXT NOT NULL CHECK (kind IN ('a', 'b'))" of a table that the query reads. */
static void check_definition(Town *town, const PersonalTable *table, const char *definition) {
    g_autoptr(GRegex) check = g_regex_new("(\\w+)\\s+TEXT NOT NULL (?:DEFAULT '\\w*' )?"
                                          "CHECK \\(([^)]*)\\)",
                                          0, 0, NULL);
    g_autoptr(GRegex) word = g_regex_new("'(\\w+)'", 0, 0, NULL);
    g_autoptr(GMatchInfo) found = NULL;
    for (g_regex_match(check, definition, 0, &found); g_match_info_matches(found);
         g_match_info_next(found, NULL)) {
        g_autofree char *column = g_match_info_fetch(found, 1);
        g_autofree char *list = g_match_info_fetch(found, 2);
        g_autoptr(GMatchInfo) each = NULL;
        if (!has_column(town, table, column)) {
            continue;
        }
        for (g_regex_match(word, list, 0, &each); g_match_info_matches(each);
             g_match_info_next(each, NULL)) {
            g_autofree char *value = g_match_info_fetch(each, 1);
            assert_word(column, value);
            words_seen++;
        }
    }
}

static bool reads(const PersonalTable *table, const char *name) {
    g_autofree char *pattern = g_strdup_printf("(FROM|JOIN) %s\\b", name);
    return g_regex_match_simple(pattern, table->find->sql, 0, 0);
}

static void check_words(Town *town, const PersonalTable *table) {
    static const DbQuery q_tables = {"test.tables", "SELECT name, sql FROM sqlite_schema"
                                                    " WHERE type = 'table' AND sql IS NOT NULL"};
    g_autoptr(GError) error = NULL;
    g_autoptr(DbStmt) row = db_query(town->db, &q_tables, &error);
    g_assert_no_error(error);
    while (table->find != NULL && db_step(row, &error) == DB_ROW) {
        g_autofree char *name = g_strdup(db_text(row, "name"));
        g_autofree char *definition = g_strdup(db_text(row, "sql"));
        if (reads(table, name)) {
            check_definition(town, table, definition);
        }
    }
    g_assert_no_error(error);
}

static void test_words(void) {
    g_auto(Town) town = {0};
    town_open(&town, "2026-11-23 09:00");
    tables_each(&town, check_words);
    g_assert_cmpuint(words_seen, >, 25);
}

/* --- values -------------------------------------------------------------------------------- */

static void test_values(void) {
    static const struct {
        const char *column, *value;
        bool number;
        const char *sv, *en; /* NULL: not printed */
    } cases[] = {
        {"promise", "confidential", false, "konfidentiell", "confidential"},
        {"purpose", "reminder-2", false, "påminnelse 2", "reminder 2"},
        {"purpose", "practice-2026-11-23", false, "övning 2026-11-23", "practice 2026-11-23"},
        {"roles", "[\"chef\",\"kassör\"]", false, "chef, kassör", "chef, kassör"},
        {"roles", "[]", false, "inga", "none"},
        {"locale", "en", false, "English", "English"},
        {"locale", "xx", false, "xx", "xx"},
        {"area", "area4", false, "Hot, sårbarheter och risker",
         "Threats, vulnerabilities and risks"},
        {"is_manager", "1", true, "ja", "yes"},
        {"position", "started", false, "started", "started"}, /* a title, not a status */
        {"at_us", "0", true, NULL, NULL},
        {"smtp_code", "0", true, NULL, NULL},
        {"smtp_code", "250", true, "250", "250"},
        {"choices", "3", true, NULL, NULL},
    };
    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        PersonalField field = {.column = (char *)(uintptr_t)cases[i].column,
                               .value = (char *)(uintptr_t)cases[i].value,
                               .number = cases[i].number};
        g_assert_true(personal_is_silent(&field) == (cases[i].sv == NULL));
        if (cases[i].sv == NULL) {
            continue;
        }
        g_autofree char *sv = personal_value(&field);
        lang_set(LANG_EN);
        g_autofree char *en = personal_value(&field);
        lang_set(LANG_SV);
        g_assert_cmpstr(sv, ==, cases[i].sv);
        g_assert_cmpstr(en, ==, cases[i].en);
    }
}

int main(int argc, char **argv) {
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/personal-words/labels", test_labels);
    g_test_add_func("/personal-words/words", test_words);
    g_test_add_func("/personal-words/values", test_values);
    return g_test_run();
}
