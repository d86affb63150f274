/* Proves a person's rights: that the copy has a row of every table that can hold something about
 * them; that after erasure no byte of theirs stands in the database file, its log or its free
 * pages, and no number of theirs in a row; and that every figure of every report is as before. And
 * that no table is forgotten: each stands in one of the lists. */
#include "base/error.h"
#include "tests/unit/reports/civic.h"

static const PersonalTable *const *all_lists(void) {
    static const PersonalTable *lists[16];
    guint count = 0;
    for (const PersonalTable *const *list = rights_tables(); *list != NULL; list++) {
        lists[count++] = *list;
    }
    lists[count] = reports_personal;
    return lists;
}

static guint listed(const char *table) {
    guint count = 0;
    for (const PersonalTable *const *list = all_lists(); *list != NULL; list++) {
        for (const PersonalTable *each = *list; each->table != NULL; each++) {
            count += strcmp(each->table, table) == 0;
            /* What cannot be found by a person must say why. */
            g_assert_true(each->find != NULL || (each->after_sv != NULL && each->after_en != NULL));
        }
    }
    return count;
}

static char *privacy_page(void) {
    g_autoptr(GError) error = NULL;
    const char *source = g_getenv("VETKOLL_SOURCE_DIR");
    g_autofree char *path =
        g_build_filename(source != NULL ? source : ".", "docs", "privacy.md", NULL);
    char *text = NULL;
    g_file_get_contents(path, &text, NULL, &error);
    g_assert_no_error(error);
    return text;
}

static void test_no_table_forgotten(void) {
    g_auto(Town) town = {0};
    town_open(&town, "2026-03-02 09:00");
    g_autofree char *page = privacy_page();
    sqlite3 *raw = NULL;
    sqlite3_stmt *tables = NULL;
    guint count = 0;
    g_assert_cmpint(sqlite3_open(town.path, &raw), ==, SQLITE_OK);
    g_assert_cmpint(sqlite3_prepare_v2(raw,
                                       "SELECT name FROM sqlite_master WHERE type = 'table'"
                                       " AND name NOT LIKE 'sqlite_%'",
                                       -1, &tables, NULL),
                    ==, SQLITE_OK);
    for (; sqlite3_step(tables) == SQLITE_ROW; count++) {
        const char *table = (const char *)sqlite3_column_text(tables, 0);
        if (listed(table) != 1) {
            g_error("%s: in %u lists; add it to its folder's personal.c (store/personal.h)", table,
                    listed(table));
        }
        g_autofree char *quoted = g_strdup_printf("`%s`", table);
        if (strstr(page, quoted) == NULL) {
            g_error("docs/privacy.md does not name the table %s", table);
        }
    }
    sqlite3_finalize(tables);
    sqlite3_close(raw);
    g_assert_cmpuint(count, >, 30);
}

/* --- evidence -------------------------------------------------------------------------- */

static void assert_says(const char *where, const char *text, const char *const words[]) {
    for (guint i = 0; words[i] != NULL; i++) {
        if (strstr(text, words[i]) == NULL) {
            g_error("%s does not say \"%s\"", where, words[i]);
        }
    }
}

/* Who answered for a piece of evidence stays by name. What the copy, the page and the database say
 * of it is one thing: for as long as it is kept, on which ground, and that nothing deletes it. */
static void test_evidence_stays(void) {
    static const char *const sv[] = {
        "så länge underlaget finns", "6.1 e", "17.3 b", "inget kommando", "databasen vägrar", NULL};
    static const char *const en[] = {"as long as the evidence is kept",
                                     "6.1 e",
                                     "17.3 b",
                                     "no command",
                                     "the database refuses",
                                     NULL};
    static const char *const page_words[] = {"as long as the evidence is kept",
                                             "6.1 e",
                                             "17.3 b",
                                             "no command",
                                             "`evidence_no_delete`",
                                             NULL};
    static DbQuery delete = {"test.delete", "DELETE FROM evidence"};
    static DbQuery change = {"test.change", "UPDATE evidence SET gate_log = '[]'"};
    g_auto(Town) town = {0};
    g_autofree char *page = privacy_page();
    civic_open(&town);
    assert_says("reports/personal.c", reports_personal[0].after_sv, sv);
    assert_says("reports/personal.c", reports_personal[0].after_en, en);
    assert_says("docs/privacy.md", page, page_words);
    g_assert_null(strstr(reports_personal[0].after_sv, " år"));
    g_assert_null(strstr(reports_personal[0].after_en, "year"));
    town_sql(&town, "INSERT INTO evidence (made_at_us, as_of, window_from, window_to, question,"
                    " part, campaigns, gate_version, gate_pass, gate_log, file_sha256, verified_by)"
                    " VALUES (1, '2026-11-21', '2024-12-01', '2026-11-30', 39, '', '[]', '1', 1,"
                    " '[\"Qvintessa\"]', 'x', 'Qvintessa')");
    town_fails(&town, town_sql_fn, &delete, VK_ERROR_CONFLICT);
    town_fails(&town, town_sql_fn, &change, VK_ERROR_CONFLICT);
    CivicErase job = {WHO, town.now_us};
    town_run(&town, civic_erase_fn, &job);
    g_assert_cmpint(TOWN_NUMBER(&town, "SELECT count(*) AS n FROM evidence"
                                       " WHERE verified_by = 'Qvintessa'"),
                    ==, 1);
    town_sql(&town, "UPDATE evidence SET verified_by = 'CISO'"); /* that much can be done */
}

/* --- the copy ------------------------------------------------------------------------- */

static GPtrArray *copy_of(Town *town) {
    g_autoptr(GError) error = NULL;
    GPtrArray *rows = rights_copy(town->db, WHO, &error);
    g_assert_no_error(error);
    return rows;
}

static guint rows_of(const GPtrArray *rows, const char *table) {
    guint count = 0;
    for (guint i = 0; i < rows->len; i++) {
        const PersonalRow *row = g_ptr_array_index(rows, i);
        count += strcmp(row->table->table, table) == 0;
    }
    return count;
}

static bool row_says(const GPtrArray *rows, const char *table, const char *column,
                     const char *value) {
    for (guint i = 0; i < rows->len; i++) {
        const PersonalRow *row = g_ptr_array_index(rows, i);
        if (strcmp(row->table->table, table) == 0 &&
            g_strcmp0(personal_row_get(row, column), value) == 0) {
            return true;
        }
    }
    return false;
}

static void test_copy(void) {
    g_auto(Town) town = {0};
    civic_open(&town);
    g_autoptr(GPtrArray) rows = copy_of(&town);
    for (const PersonalTable *const *list = all_lists(); *list != NULL; list++) {
        for (const PersonalTable *each = *list; each->table != NULL; each++) {
            if (each->find != NULL && rows_of(rows, each->table) == 0) {
                g_error("the copy has nothing of %s", each->table);
            }
        }
    }
    g_assert_cmpuint(rows_of(rows, "invitation"), ==, 3);
    g_assert_cmpuint(rows_of(rows, "response"), ==, 2);
    g_assert_cmpuint(rows_of(rows, "completion"), ==, 1);
    g_assert_true(row_says(rows, "person", "email", WHO_EMAIL));
    g_assert_true(row_says(rows, "person", "manager", "p102@example.se"));
    g_assert_true(row_says(rows, "answer", "answer", WHO_TEXT));
    g_assert_true(row_says(rows, "mail_attempt", "reply", WHO_REPLY));
    g_assert_true(row_says(rows, "campaign", "campaign", "utkast"));
    /* Of another person there is nothing in it but the manager's address. */
    for (guint i = 0; i < rows->len; i++) {
        const PersonalRow *row = g_ptr_array_index(rows, i);
        const char *to = personal_row_get(row, "to_address");
        g_assert_true(to == NULL || strcmp(to, WHO_EMAIL) == 0);
    }
}

/* Who has saved something and not finished is told so. */
static void test_copy_partial(void) {
    g_auto(Town) town = {0};
    g_autoptr(GError) error = NULL;
    civic_open(&town);
    civic_interrupt(&town);
    g_autoptr(GPtrArray) rows = rights_copy(town.db, 105, &error);
    g_assert_no_error(error);
    g_assert_true(row_says(rows, "invitation", "status", "partial"));
    g_assert_false(row_says(rows, "invitation", "status", "started"));
}

/* --- erasure -------------------------------------------------------------------------- */

/* No row of any table has the number in a column that names a person. */
static void assert_no_number(const Town *town) {
    sqlite3 *raw = NULL;
    sqlite3_stmt *columns = NULL;
    guint count = 0;
    g_assert_cmpint(sqlite3_open(town->path, &raw), ==, SQLITE_OK);
    const char *sql = "SELECT 'SELECT count(*) FROM ' || m.name || ' WHERE ' || c.name || ' = 101'"
                      " FROM sqlite_master m, pragma_table_info(m.name) c WHERE m.type = 'table'"
                      " AND (c.name LIKE '%person_id' OR c.name = 'manager_id')";
    g_assert_cmpint(sqlite3_prepare_v2(raw, sql, -1, &columns, NULL), ==, SQLITE_OK);
    for (; sqlite3_step(columns) == SQLITE_ROW; count++) {
        sqlite3_stmt *one = NULL;
        const char *text = (const char *)sqlite3_column_text(columns, 0);
        g_assert_cmpint(sqlite3_prepare_v2(raw, text, -1, &one, NULL), ==, SQLITE_OK);
        g_assert_cmpint(sqlite3_step(one), ==, SQLITE_ROW);
        g_test_message("%s", text);
        g_assert_cmpint(sqlite3_column_int(one, 0), ==, 0);
        sqlite3_finalize(one);
    }
    sqlite3_finalize(columns);
    sqlite3_close(raw);
    g_assert_cmpuint(count, >=, 6);
}

static void big_endian(int64_t id, uint8_t out[8]) {
    for (int i = 0; i < 8; i++) {
        out[i] = (uint8_t)((uint64_t)id >> (56 - 8 * i));
    }
}

static GArray *numbers(Town *town, const DbQuery *query) {
    g_autoptr(GError) error = NULL;
    g_autoptr(DbStmt) row = db_query(town->db, query, &error);
    GArray *numbers = g_array_new(FALSE, FALSE, sizeof(int64_t));
    while (db_step(row, &error) == DB_ROW) {
        int64_t id = db_int(row, "id");
        g_array_append_val(numbers, id);
    }
    g_assert_no_error(error);
    return numbers;
}

/* The numbers of the person's links, which their mails have. */
static GArray *links_of(Town *town) {
    static const DbQuery q_links = {"test.links",
                                    "SELECT id FROM invitation WHERE person_id = 101"};
    return numbers(town, &q_links);
}

/* The numbers that the person's answers have. */
static GArray *respondents_of(Town *town) {
    static const DbQuery q_respondents = {"test.respondents",
                                          "SELECT measured_id AS id FROM invitation"
                                          " WHERE person_id = 101 AND measured_id IS NOT NULL"};
    return numbers(town, &q_respondents);
}

static void assert_traces(const Town *town, const GArray *ids, bool wanted) {
    for (guint i = 0; who_traces[i] != NULL; i++) {
        if (civic_stands(town, who_traces[i], strlen(who_traces[i])) != wanted) {
            g_error("%s %s", who_traces[i], wanted ? "is not found" : "is left");
        }
    }
    for (guint i = 0; i < ids->len; i++) {
        uint8_t bytes[8];
        big_endian(g_array_index(ids, int64_t, i), bytes);
        g_assert_true(civic_stands(town, bytes, sizeof bytes) == wanted);
    }
}

static void compact_and_look(Town *town, const GArray *ids) {
    g_autoptr(GError) error = NULL;
    bool found = true;
    civic_disconnect(town);
    compact_file(town->path, &error);
    g_assert_no_error(error);
    compact_search(town->path, who_traces, &found, &error);
    g_assert_no_error(error);
    g_assert_false(found);
    assert_traces(town, ids, false);
    civic_connect(town);
}

static void assert_links_dead(Town *town, const GArray *links) {
    for (guint i = 0; i < links->len; i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(Visit) visit = NULL;
        g_assert_false(answering_visit(town->db, g_array_index(links, int64_t, i), town->now_us,
                                       &visit, &error));
        g_assert_error(error, VK_ERROR, VK_ERROR_NOT_FOUND);
    }
}

static void test_erasure(void) {
    g_auto(Town) town = {0};
    civic_open(&town);
    town_sql(&town, "UPDATE person SET active = 0 WHERE id = 101"); /* has left */
    g_autofree char *before = civic_figures(&town);
    g_autoptr(GArray) links = links_of(&town);
    g_autoptr(GArray) ids = respondents_of(&town);
    int64_t rows = TOWN_NUMBER(&town, "SELECT count(*) AS n FROM outbox");
    g_assert_cmpuint(links->len, ==, 3);
    g_assert_cmpuint(ids->len, ==, 2);
    g_array_append_vals(ids, links->data, links->len);
    civic_disconnect(&town);
    assert_traces(&town, ids, true); /* the search sees what there is */
    civic_connect(&town);
    CivicErase job = {WHO, town.now_us};
    town_run(&town, civic_erase_fn, &job);
    compact_and_look(&town, ids);
    assert_no_number(&town);
    assert_links_dead(&town, links);
    g_autofree char *after = civic_figures(&town);
    g_assert_cmpstr(after, ==, before);
    civic_tallies_hold(&town);
    g_assert_cmpint(TOWN_NUMBER(&town, "SELECT count(*) AS n FROM outbox"), ==, rows);
    g_assert_cmpint(TOWN_NUMBER(&town, "SELECT count(*) AS n FROM campaign WHERE name = 'utkast'"
                                       " AND definition LIKE '%p102@example.se%'"),
                    ==, 1);
    g_assert_cmpint(TOWN_NUMBER(&town, "SELECT rows_erased AS n FROM retention_log"), ==, 1);
    town_fails(&town, civic_erase_fn, &job, VK_ERROR_NOT_FOUND);
}

/* Everybody, one after another: the sums still stand. */
static void test_erase_all(void) {
    g_auto(Town) town = {0};
    civic_open(&town);
    town_sql(&town, "UPDATE person SET active = 0");
    civic_interrupt(&town);
    int64_t partial = civic_partial(&town);
    g_assert_cmpint(partial, >, 0);
    g_autofree char *before = civic_figures(&town);
    static const DbQuery q_people = {"test.people", "SELECT id FROM person"};
    g_autoptr(GError) error = NULL;
    g_autoptr(GArray) ids = g_array_new(FALSE, FALSE, sizeof(int64_t));
    g_autoptr(DbStmt) row = db_query(town.db, &q_people, &error);
    while (db_step(row, &error) == DB_ROW) {
        int64_t id = db_int(row, "id");
        g_array_append_val(ids, id);
    }
    db_reset(row);
    for (guint i = 0; i < ids->len; i++) {
        CivicErase job = {g_array_index(ids, int64_t, i), town.now_us};
        town_run(&town, civic_erase_fn, &job);
    }
    g_autofree char *after = civic_figures(&town);
    g_assert_cmpstr(after, ==, before);
    g_assert_cmpint(civic_partial(&town), ==, partial);
    civic_tallies_hold(&town);
    /* What was put aside is what holds them. */
    const char *const aside[] = {"DELETE FROM erased_training", "DELETE FROM erased_follow_up"};
    for (guint i = 0; i < G_N_ELEMENTS(aside); i++) {
        g_autofree char *with = civic_figures(&town);
        town_sql(&town, aside[i]);
        g_autofree char *without = civic_figures(&town);
        g_assert_cmpstr(without, !=, with);
    }
    g_assert_cmpint(TOWN_NUMBER(&town, "SELECT count(*) AS n FROM person"), ==, 0);
    g_assert_cmpint(TOWN_NUMBER(&town, "SELECT count(*) AS n FROM outbox WHERE to_address <> ''"),
                    ==, 0);
}

/* Somebody employed: only who is in the directory now changes. */
static void test_employed(void) {
    g_auto(Town) town = {0};
    civic_open(&town);
    g_autoptr(GString) before = g_string_new(NULL);
    g_autoptr(GString) after = g_string_new(NULL);
    civic_report(&town, "utbildning", before);
    civic_report(&town, "kunskap", before);
    civic_report(&town, "uppfoljning", before);
    CivicErase job = {WHO, town.now_us};
    town_run(&town, civic_erase_fn, &job);
    civic_report(&town, "utbildning", after);
    civic_report(&town, "kunskap", after);
    civic_report(&town, "uppfoljning", after);
    g_assert_cmpstr(after->str, ==, before->str);
}

/* In the middle of a round: what waits is not sent, and the runner goes on. */
static void test_running(void) {
    g_auto(Town) town = {0};
    town_open(&town, "2026-03-02 09:00");
    town_settle(&town);
    civic_name_person(&town);
    civic_run(&town,
              "{\"name\":\"kunskap\",\"title\":{\"sv\":\"K\"},\"kind\":\"knowledge\","
              "\"content\":{\"pack\":\"starter\"}}",
              "kunskap", "2026-03-02 09:00");
    g_autoptr(GArray) links = links_of(&town);
    CivicErase job = {WHO, town.now_us};
    town_run(&town, civic_erase_fn, &job);
    assert_links_dead(&town, links);
    for (int i = 0; i < 20; i++) {
        town.now_us += CLOCK_DAY_US;
        town_tick(&town);
        town_send(&town, DELIVERY_SENT);
    }
    g_assert_cmpint(TOWN_NUMBER(&town, "SELECT count(*) AS n FROM outbox WHERE to_address = ''"),
                    ==, 1); /* the invitation that had been sent */
    g_assert_cmpint(TOWN_NUMBER(&town, "SELECT sum(invited) AS n FROM v_participation"), ==, 60);
}

static bool lease_fn(DbTx *tx, gpointer data, GError **error) {
    const Town *town = data;
    g_autoptr(GPtrArray) leased = NULL;
    LeaseRequest request = {.owner = 1, .relay = "test", .max = 1000};
    return outbox_lease(tx, &request, town->now_us, &leased, error);
}

static void test_mail_under_way(void) {
    g_auto(Town) town = {0};
    town_open(&town, "2026-03-02 09:00");
    town_settle(&town);
    town_do(&town, TOWN_CREATE,
            "{\"name\":\"k\",\"title\":{\"sv\":\"K\"},\"kind\":\"knowledge\","
            "\"content\":{\"pack\":\"starter\"}}");
    town_do(&town, TOWN_LAUNCH, "k");
    town_tick(&town);
    town_run(&town, lease_fn, &town);
    CivicErase job = {WHO, town.now_us};
    town_fails(&town, civic_erase_fn, &job, VK_ERROR_BUSY);
    g_assert_cmpint(TOWN_NUMBER(&town, "SELECT count(*) AS n FROM person WHERE id = 101"), ==, 1);
    g_assert_cmpint(TOWN_NUMBER(&town, "SELECT count(*) AS n FROM outbox WHERE to_address = ''"),
                    ==, 0);
}

int main(int argc, char **argv) {
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/erasure/no-table-forgotten", test_no_table_forgotten);
    g_test_add_func("/erasure/evidence-stays", test_evidence_stays);
    g_test_add_func("/erasure/copy", test_copy);
    g_test_add_func("/erasure/copy-partial", test_copy_partial);
    g_test_add_func("/erasure/erasure", test_erasure);
    g_test_add_func("/erasure/erase-all", test_erase_all);
    g_test_add_func("/erasure/employed", test_employed);
    g_test_add_func("/erasure/running", test_running);
    g_test_add_func("/erasure/mail-under-way", test_mail_under_way);
    return g_test_run();
}
