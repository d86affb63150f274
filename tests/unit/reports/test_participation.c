/* Proves participation against a small organisation: sums up the tree, statuses, both response
 * rates, suppression with remainders, and that no format prints a hidden unit's figure. */
#include "base/error.h"
#include "reports/export_private.h"
#include "tests/unit/reports/fixture.h"

#include <cjson/cJSON.h>

static const ItemMeasure knowledge_measures[] = {MEASURE_KNOWLEDGE};

static bool always_first(int person, const Item *item, guint position, Answer *out) {
    (void)person, (void)item, (void)position;
    out->choices = 1;
    return true;
}

/* Persons 1-22 A1, 23-36 A2, 37-39 A3, 40-48 B1, 49-79 B2, 80-83 C. */
static Campaigning add_campaign(Fixture *f, const char *promise) {
    Campaigning c = {.number = 1,
                     .name = "kunskap",
                     .kind = "knowledge",
                     .promise = promise,
                     .state = "running",
                     .opens_at_us = day(2026, 3, 2),
                     .form = {.measures = knowledge_measures, .measure_count = 1, .per_area = 1}};
    campaign_add(f, &c);
    return c;
}

static const ParticipationRow *find_row(const Participation *p, ReportRowKind kind,
                                        const char *path) {
    for (guint i = 0; i < p->rows->len; i++) {
        const ParticipationRow *row = &g_array_index(p->rows, ParticipationRow, i);
        if (row->kind == kind && strcmp(study_node(p->study, row->node)->path, path) == 0) {
            return row;
        }
    }
    return NULL;
}

static Participation *load(Fixture *f, const ReportSettings *settings) {
    g_autoptr(GError) error = NULL;
    Participation *p = NULL;
    participation_load(fixture_read(f), "kunskap", settings, &p, &error);
    g_assert_no_error(error);
    return p;
}

static void fill(Fixture *f) {
    Campaigning c = add_campaign(f, "confidential");
    answer_all(f, (Answering){&c, 1, 10, day(2026, 3, 3), true, always_first});   /* A1 */
    answer_all(f, (Answering){&c, 11, 14, day(2026, 3, 3), false, always_first}); /* A1, partly */
    answer_all(f, (Answering){&c, 37, 39, day(2026, 3, 3), true, always_first});  /* A3, all */
    answer_all(f, (Answering){&c, 49, 60, day(2026, 3, 3), true, always_first});  /* B2 */
    fixture_sql(f, "UPDATE invitation SET status = 'started' WHERE person_id IN (15, 50000, 61)");
    /* One who could not be reached, one who was and then answered, one who had begun. */
    fixture_sql(f, "UPDATE invitation SET undeliverable_at_us = 1 WHERE person_id IN (40, 49, 61)");
}

static void assert_counts(const ParticipationRow *row, ParticipationCounts want) {
    g_assert_nonnull(row);
    g_assert_true(row->shown);
    g_assert_cmpint(memcmp(&row->counts, &want, sizeof want), ==, 0);
}

static void test_sums_and_suppression(void) {
    g_autoptr(Fixture) f = fixture_new();
    fill(f);
    ReportSettings settings = report_settings_default();
    g_autoptr(Participation) p = load(f, &settings);
    assert_counts(find_row(p, ROW_UNIT, ""), (ParticipationCounts){83, 83, 1, 51, 2, 4, 25});
    assert_counts(find_row(p, ROW_UNIT, "A/A1"), (ParticipationCounts){22, 22, 0, 7, 1, 4, 10});
    assert_counts(find_row(p, ROW_UNIT, "B"), (ParticipationCounts){40, 40, 1, 26, 1, 0, 12});
    assert_counts(find_row(p, ROW_UNIT, "B/B1"), (ParticipationCounts){9, 9, 1, 8, 0, 0, 0});
    /* A3 and C are too small; A and A2 would give them away. Together they are the remainder. */
    assert_counts(find_row(p, ROW_REST, ""), (ParticipationCounts){21, 21, 0, 18, 0, 0, 3});
    static const char *const hidden[] = {"A", "A/A2", "A/A3", "C"};
    for (guint i = 0; i < G_N_ELEMENTS(hidden); i++) {
        const ParticipationRow *row = find_row(p, ROW_UNIT, hidden[i]);
        g_assert_false(row->shown);
        ParticipationCounts none = {0};
        g_assert_cmpint(memcmp(&row->counts, &none, sizeof none), ==, 0);
    }
    g_assert_cmpuint(p->hidden_count, ==, 4);
    g_assert_null(find_row(p, ROW_REST, "B"));
}

/* Where nearly nobody was reached, "complete" would tell of the few who were: such a unit is
 * hidden, and so is what would give it away. */
static void test_few_reached_are_hidden(void) {
    g_autoptr(Fixture) f = fixture_new();
    fill(f);
    ReportSettings settings = report_settings_default();
    fixture_sql(f,
                "UPDATE invitation SET undeliverable_at_us = 1 WHERE person_id BETWEEN 41 AND 45");
    g_autoptr(Participation) few = load(f, &settings); /* 3 of B1's 9 were reached */
    g_assert_false(find_row(few, ROW_UNIT, "B/B1")->shown);
    guint shown = 0;
    for (guint i = 0; i < few->rows->len; i++) {
        const ParticipationRow *row = &g_array_index(few->rows, ParticipationRow, i);
        int64_t reached = row->counts.invited - row->counts.undeliverable;
        shown += row->shown ? 1 : 0;
        g_assert_true(!row->shown || reached == 0 || reached >= few->k);
    }
    g_assert_cmpuint(shown, >=, 4);
}

static void test_anonymous_uses_larger_k(void) {
    g_autoptr(Fixture) f = fixture_new();
    add_campaign(f, "anonymous");
    ReportSettings settings = report_settings_default();
    g_autoptr(Participation) p = load(f, &settings);
    g_assert_cmpint(p->k, ==, 10);
    g_assert_false(find_row(p, ROW_UNIT, "B/B1")->shown);
    g_assert_false(find_row(p, ROW_UNIT, "B/B2")->shown); /* would give B1 away */
    g_assert_true(find_row(p, ROW_UNIT, "B")->shown);
}

static void assert_note(const Participation *p, const char *sv, const char *en) {
    g_auto(GStrv) swedish = participation_notes(p, LANG_SV);
    g_auto(GStrv) english = participation_notes(p, LANG_EN);
    g_autofree char *all = g_strjoinv("\n", swedish);
    g_autofree char *other = g_strjoinv("\n", english);
    g_assert_true((strstr(all, "lovades") != NULL) == (sv != NULL));
    g_assert_true(sv == NULL || strstr(all, sv) != NULL);
    g_assert_true(en == NULL || strstr(other, en) != NULL);
}

/* A setting that is lowered opens no group of a round that promised more; one that is raised holds
 * at once. */
static void test_promise_outlives_setting(void) {
    g_autoptr(Fixture) f = fixture_new();
    fill(f);
    fixture_sql(f, "UPDATE round SET promised_k = 10");
    ReportSettings settings = report_settings_default();
    g_autoptr(Participation) p = load(f, &settings);
    g_assert_cmpint(p->k, ==, 10);
    g_assert_false(find_row(p, ROW_UNIT, "B/B1")->shown); /* nine people */
    assert_note(p, "Minsta grupp är 10", "The smallest group is 10");
    settings.k = 10;
    g_autoptr(Participation) same = load(f, &settings);
    assert_note(same, NULL, NULL);
    settings.k = 23;
    g_autoptr(Participation) raised = load(f, &settings);
    g_assert_cmpint(raised->k, ==, 23);
    g_assert_false(find_row(raised, ROW_UNIT, "A/A1")->shown); /* 22 */
    assert_note(raised, NULL, NULL);
}

static char *export_as(const Participation *p, ExportFormat format, Lang lang,
                       const Catalog *catalog) {
    g_autoptr(GError) error = NULL;
    GString *out = g_string_new(NULL);
    export_participation(p, format, lang, catalog, out, &error);
    g_assert_no_error(error);
    return g_string_free(out, FALSE);
}

static void test_formats(void) {
    g_autoptr(Fixture) f = fixture_new();
    fill(f);
    ReportSettings settings = report_settings_default();
    g_autoptr(Participation) p = load(f, &settings);
    g_autoptr(GError) error = NULL;
    g_autoptr(Catalog) catalog = catalog_open(NULL, &error);
    g_assert_no_error(error);
    g_autofree char *text = export_as(p, EXPORT_TEXT, LANG_SV, catalog);
    g_assert_nonnull(strstr(text, "Hela organisationen"));
    g_assert_nonnull(strstr(text, "30,1\u00a0% (34,9\u00a0%)")); /* 25 of 83; 29 of 83 */
    g_assert_nonnull(strstr(text, "Övriga enheter"));
    g_assert_nonnull(strstr(text, "för få svar eller skyddad"));
    g_autofree char *csv = export_as(p, EXPORT_CSV, LANG_SV, catalog);
    g_assert_true(g_str_has_prefix(csv, "\xEF\xBB\xBF\"Enhet\";\"Sökväg\""));
    g_assert_nonnull(strstr(csv, "\"A1\";\"A/A1\";2;\"ja\";22;22;0;7;1;4;10;45,45;63,64\r\n"));
    g_assert_nonnull(strstr(csv, "\"'=C\";\"C\";1;\"för få svar eller skyddad\";;;;;;;;;\r\n"));
    for (Lang lang = LANG_SV; lang <= LANG_EN; lang++) {
        g_autofree char *html = export_as(p, EXPORT_HTML, lang, catalog);
        g_assert_nonnull(
            strstr(html, lang == LANG_SV ? "<html lang=\"sv\">" : "<html lang=\"en\">"));
        g_assert_nonnull(strstr(html, "<td>22</td><td>0</td><td>7</td><td>1</td><td>4</td>"));
        g_assert_null(strstr(html, "<script"));
        g_assert_null(strstr(html, "http://"));
    }
}

static void test_json(void) {
    g_autoptr(Fixture) f = fixture_new();
    fill(f);
    ReportSettings settings = report_settings_default();
    g_autoptr(Participation) p = load(f, &settings);
    g_autofree char *text = export_as(p, EXPORT_JSON, LANG_SV, NULL);
    g_autofree char *again = export_as(p, EXPORT_JSON, LANG_EN, NULL);
    g_assert_cmpstr(text, ==, again);
    cJSON *root = cJSON_Parse(text);
    g_assert_nonnull(root);
    const cJSON *rows = cJSON_GetObjectItem(root, "rows");
    guint hidden = 0;
    const cJSON *row;
    cJSON_ArrayForEach(row, rows) {
        bool suppressed = cJSON_IsTrue(cJSON_GetObjectItem(row, "suppressed"));
        hidden += suppressed;
        g_assert_true(suppressed == !cJSON_HasObjectItem(row, "invited"));
    }
    g_assert_cmpuint(hidden, ==, 4);
    const cJSON *rate = cJSON_GetObjectItem(cJSON_GetArrayItem(rows, 0), "complete_of_invited");
    g_assert_cmpint(cJSON_GetObjectItem(rate, "x")->valueint, ==, 25);
    g_assert_cmpint(cJSON_GetObjectItem(rate, "n")->valueint, ==, 83);
    g_assert_cmpfloat_with_epsilon(cJSON_GetObjectItem(rate, "share")->valuedouble, .301205, 1e-9);
    cJSON_Delete(root);
}

static void test_unknown_and_unopened(void) {
    g_autoptr(Fixture) f = fixture_new();
    fixture_sql(f, "INSERT INTO campaign (id, name, title_sv, title_en, kind, promise, state, "
                   "definition, control_phrase, created_at_us) VALUES (9, 'utkast', 'U', 'D', "
                   "'knowledge', 'identified', 'draft', '{}', 'x y', 0)");
    ReportSettings settings = report_settings_default();
    Participation *p = NULL;
    g_autoptr(GError) unknown = NULL;
    g_autoptr(GError) unopened = NULL;
    g_assert_false(participation_load(fixture_read(f), "nej", &settings, &p, &unknown));
    g_assert_error(unknown, VK_ERROR, VK_ERROR_NOT_FOUND);
    g_assert_false(participation_load(fixture_read(f), "utkast", &settings, &p, &unopened));
    g_assert_error(unopened, VK_ERROR, VK_ERROR_CONFLICT);
    g_assert_null(p);
}

int main(int argc, char **argv) {
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/participation/sums-and-suppression", test_sums_and_suppression);
    g_test_add_func("/participation/few-reached-are-hidden", test_few_reached_are_hidden);
    g_test_add_func("/participation/promise-outlives-setting", test_promise_outlives_setting);
    g_test_add_func("/participation/anonymous-uses-larger-k", test_anonymous_uses_larger_k);
    g_test_add_func("/participation/formats", test_formats);
    g_test_add_func("/participation/json", test_json);
    g_test_add_func("/participation/unknown-and-unopened", test_unknown_and_unopened);
    return g_test_run();
}
