/* Proves the result report against answers that the test counts by itself: shares by question, area
 * and department, "vet inte" apart, n by question; nothing by department before the close, nothing
 * at all of an open anonymous round; statements, obstacles and their protection. */
#include "reports/export.h"
#include "tests/unit/reports/fixture.h"

#include <cjson/cJSON.h>

static const ItemMeasure scored_measures[] = {MEASURE_KNOWLEDGE, MEASURE_SCENARIO};
static const ItemMeasure obstacle_measures[] = {MEASURE_OBSTACLE};
static const ItemMeasure application_measures[] = {MEASURE_APPLICATION, MEASURE_SCENARIO};
static const ItemBank measurement_bank = BANK_MEASUREMENT;

/* What person p does with the question at position i: 0 skips, 1 does not know, 2 wrong, 3 right.
 */
static int behaviour(int person, guint position) {
    guint roll = ((guint)person * 37 + position * 53) % 100;
    guint rate = department_of(person) == 2 ? 80 : 50; /* A1 knows more */
    return roll == 97 ? 0 : roll >= 92 ? 1 : roll < rate ? 3 : 2;
}

static bool answer_scored(int person, const Item *item, guint position, Answer *out) {
    switch (behaviour(person, position)) {
    case 0:
        return false;
    case 1:
        out->not_applicable = true;
        return true;
    case 2:
        out->choices = item->key_mask == 1 ? 2 : 1;
        return true;
    default:
        out->choices = item->key_mask;
        return true;
    }
}

static Campaigning knowledge_campaign(const char *state) {
    return (Campaigning){.number = 1,
                         .name = "kunskap",
                         .kind = "knowledge",
                         .promise = "confidential",
                         .state = state,
                         .opens_at_us = day(2026, 3, 2),
                         .closed_at_us = day(2026, 4, 1),
                         .form = {.measures = scored_measures,
                                  .measure_count = 2,
                                  .bank = &measurement_bank,
                                  .per_area = 3}};
}

static Knowledge *load(Fixture *f, const char *name) {
    g_autoptr(GError) error = NULL;
    ReportSettings settings = report_settings_default();
    Knowledge *k = NULL;
    knowledge_load(fixture_read(f), name, &settings, &k, &error);
    g_assert_no_error(error);
    return k;
}

static const KnowledgeItem *item_at(const Knowledge *k, guint i) {
    return &g_array_index(k->items, KnowledgeItem, i);
}

static const KnowledgeRow *find_row(const Knowledge *k, ReportRowKind kind, const char *path) {
    for (guint i = 0; i < k->rows->len; i++) {
        const KnowledgeRow *row = g_ptr_array_index(k->rows, i);
        if (row->kind == kind && strcmp(study_node(k->study, row->node)->path, path) == 0) {
            return row;
        }
    }
    return NULL;
}

typedef struct {
    int64_t x, n, none;
} Tally;

/* Counted here, from the behaviour, over persons first..last who answered in full. */
static Tally expect(const Knowledge *k, const Item *item, int first, int last) {
    Tally tally = {0};
    guint position = 0;
    while (form_item(k->form, position)->id != item->id) {
        position++;
    }
    for (int p = first; p <= last; p++) {
        int act = behaviour(p, position);
        tally.n += act > 0;
        tally.none += act == 1;
        tally.x += act == 3;
    }
    return tally;
}

static void assert_areas(const Knowledge *k, const KnowledgeRow *row, int first, int last) {
    g_assert_nonnull(row);
    g_assert_true(row->shown);
    g_assert_cmpuint(row->areas->len, ==, 5);
    for (guint a = 0; a < 5; a++) {
        const KnowledgeArea *cell = &g_array_index(row->areas, KnowledgeArea, a);
        Tally want = {0};
        for (guint i = 0; i < k->items->len; i++) {
            const Item *item = item_at(k, i)->item;
            if (strcmp(item->area, cell->area) == 0) {
                Tally one = expect(k, item, first, last);
                want.x += one.x;
                want.n += one.n;
                want.none += one.none;
            }
        }
        g_assert_cmpint(cell->state, ==, CELL_SHOWN);
        g_assert_cmpuint(cell->item_count, ==, 3);
        g_assert_cmpint(cell->share.x, ==, want.x);
        g_assert_cmpint(cell->share.n, ==, want.n);
        g_assert_cmpint(cell->not_applicable, ==, want.none);
        g_assert_true(cell->share.finite.defined && cell->share.bounds.defined);
    }
}

static void test_scored(void) {
    g_autoptr(Fixture) f = fixture_new();
    Campaigning c = knowledge_campaign("closed");
    campaign_add(f, &c);
    answer_all(f, (Answering){&c, 1, 83, day(2026, 3, 5), true, answer_scored});
    g_autoptr(Knowledge) k = load(f, "kunskap");
    g_assert_cmpuint(k->items->len, ==, 15);
    guint skipped = 0, unsure = 0;
    for (guint i = 0; i < k->items->len; i++) {
        const KnowledgeItem *item = item_at(k, i);
        Tally want = expect(k, item->item, 1, 83);
        g_assert_cmpint(item->state, ==, CELL_SHOWN);
        g_assert_cmpint(item->share.x, ==, want.x);
        g_assert_cmpint(item->share.n, ==, want.n);
        g_assert_cmpint(item->share.population, ==, 83);
        g_assert_cmpint(item->not_applicable, ==, want.none);
        skipped += want.n < 83;
        unsure += want.none > 0;
    }
    g_assert_cmpuint(skipped, >, 0); /* n does differ by question, and some did not know */
    g_assert_cmpuint(unsure, >, 0);
    assert_areas(k, find_row(k, ROW_UNIT, ""), 1, 83);
    assert_areas(k, find_row(k, ROW_UNIT, "A/A1"), 1, 22);
    assert_areas(k, find_row(k, ROW_UNIT, "B"), 40, 79);
    assert_areas(k, find_row(k, ROW_UNIT, "B/B2"), 49, 79);
    static const char *const hidden[] = {"A", "A/A2", "A/A3", "C"};
    for (guint i = 0; i < G_N_ELEMENTS(hidden); i++) {
        g_assert_false(find_row(k, ROW_UNIT, hidden[i])->shown);
        g_assert_cmpuint(find_row(k, ROW_UNIT, hidden[i])->areas->len, ==, 0);
    }
    const KnowledgeRow *rest = find_row(k, ROW_REST, "");
    Tally a2 = {0};
    for (guint i = 0; i < 3; i++) {
        Tally one = expect(k, item_at(k, i)->item, 23, 39),
              two = expect(k, item_at(k, i)->item, 80, 83);
        a2.x += one.x + two.x;
        a2.n += one.n + two.n;
    }
    g_assert_cmpint(g_array_index(rest->areas, KnowledgeArea, 0).share.x, ==, a2.x);
    g_assert_cmpint(g_array_index(rest->areas, KnowledgeArea, 0).share.n, ==, a2.n);
}

static void test_too_few_answers_in_a_unit(void) {
    g_autoptr(Fixture) f = fixture_new();
    Campaigning c = knowledge_campaign("closed");
    campaign_add(f, &c);
    answer_all(f, (Answering){&c, 1, 22, day(2026, 3, 5), true, answer_scored});
    answer_all(f, (Answering){&c, 40, 43, day(2026, 3, 5), true, answer_scored}); /* 4 of B1's 9 */
    answer_all(f, (Answering){&c, 49, 79, day(2026, 3, 5), true, answer_scored});
    g_autoptr(Knowledge) k = load(f, "kunskap");
    g_assert_false(find_row(k, ROW_UNIT, "B/B1")->shown);
    g_assert_false(find_row(k, ROW_UNIT, "B/B2")->shown); /* else B1 = B - B2 */
    assert_areas(k, find_row(k, ROW_UNIT, "A/A1"), 1, 22);
}

static void test_running_shows_whole_only(void) {
    g_autoptr(Fixture) f = fixture_new();
    Campaigning c = knowledge_campaign("running");
    campaign_add(f, &c);
    answer_all(f, (Answering){&c, 1, 83, day(2026, 3, 5), true, answer_scored});
    g_autoptr(Knowledge) k = load(f, "kunskap");
    g_assert_true(k->whole_only);
    g_assert_cmpuint(k->rows->len, ==, 1);
    assert_areas(k, g_ptr_array_index(k->rows, 0), 1, 83);
}

static void test_hardly_any_answers(void) {
    g_autoptr(Fixture) f = fixture_new();
    Campaigning c = knowledge_campaign("closed");
    campaign_add(f, &c);
    answer_all(f, (Answering){&c, 1, 4, day(2026, 3, 5), true, answer_scored});
    g_autoptr(Knowledge) k = load(f, "kunskap");
    for (guint i = 0; i < k->items->len; i++) {
        g_assert_cmpint(item_at(k, i)->state, ==, CELL_HIDDEN);
        g_assert_cmpint(item_at(k, i)->share.n, ==, 0);
    }
    g_assert_cmpuint(k->areas->len, ==, 0);
    for (guint i = 0; i < k->rows->len; i++) {
        g_assert_false(((const KnowledgeRow *)g_ptr_array_index(k->rows, i))->shown);
    }
}

/* Barriers trouble the first half of the people, enablers are there for all but 30 of them. */
static bool answer_obstacles(int person, const Item *item, guint position, Answer *out) {
    (void)position;
    if (item->kind == ITEM_TEXT) {
        out->text = person % 3 == 0 ? g_strdup("Tiden räcker inte.") : NULL;
        return person % 3 == 0;
    }
    if (strcmp(item->area, "comb.motivation.automatic") == 0 && item->polarity < 0) {
        out->choices = 1; /* nobody fears it: near 0 % */
        return true;
    }
    bool high = item->polarity < 0 ? person % 2 == 0 : person % 83 >= 30;
    out->choices = high ? 1u << (2 + person % 2) : 1u << (person % 2);
    return true;
}

static Campaigning obstacles_campaign(const char *state) {
    return (Campaigning){.number = 2,
                         .name = "hinder",
                         .kind = "obstacles",
                         .promise = "anonymous",
                         .state = state,
                         .opens_at_us = day(2026, 3, 2),
                         .closed_at_us = day(2026, 4, 1),
                         .form = {.measures = obstacle_measures, .measure_count = 1}};
}

static void test_obstacles(void) {
    g_autoptr(Fixture) f = fixture_new();
    Campaigning c = obstacles_campaign("closed");
    campaign_add(f, &c);
    answer_all(f, (Answering){&c, 1, 79, day(2026, 3, 5), true, answer_obstacles});
    g_autoptr(Knowledge) k = load(f, "hinder");
    g_assert_cmpint(k->k, ==, 10);
    guint banded = 0, barriers = 0, whole_only = 0;
    for (guint i = 0; i < k->items->len; i++) {
        const KnowledgeItem *item = item_at(k, i);
        whole_only += item->whole_only;
        if (item->state == CELL_BAND_LOW) {
            banded++;
            g_assert_cmpint(item->share.n, ==, 0); /* nothing exact is left in the report */
            g_assert_cmpint(item->steps[0], ==, 0);
            continue;
        }
        g_assert_cmpint(item->state, ==, CELL_SHOWN);
        g_assert_cmpint(item->share.n, ==, 79);
        g_assert_cmpint(item->share.x, ==, item->item->polarity < 0 ? 39 : 29);
        g_assert_cmpint(item->top_two.x, ==, item->item->polarity < 0 ? 39 : 50);
        barriers += item->item->polarity < 0;
        g_assert_cmpint(item->steps[0] + item->steps[1] + item->steps[2] + item->steps[3], ==, 79);
    }
    g_assert_cmpuint(banded, ==, 1);
    g_assert_cmpuint(whole_only, ==, 3);
    const KnowledgeItem *first = item_at(k, g_array_index(k->ranking, guint, 0));
    g_assert_cmpint(first->item->polarity, ==, -1);
    g_assert_cmpuint(k->ranking->len, ==, 9);
    g_assert_cmpint(k->text_count, ==, 2 * 26);
    for (guint i = 0; i < k->areas->len; i++) {
        const char *area = g_array_index(k->areas, KnowledgeArea, i).area;
        g_assert_cmpstr(area, !=, "comb.capability.physical");
        g_assert_cmpstr(area, !=, "comb.opportunity.social");
    }
    g_assert_false(find_row(k, ROW_UNIT, "B/B1")->shown);
    g_assert_true(find_row(k, ROW_UNIT, "B")->shown);
}

static void test_open_anonymous_shows_nothing(void) {
    g_autoptr(Fixture) f = fixture_new();
    Campaigning c = obstacles_campaign("running");
    campaign_add(f, &c);
    answer_all(f, (Answering){&c, 1, 79, day(2026, 3, 5), true, answer_obstacles});
    g_autoptr(Knowledge) k = load(f, "hinder");
    g_assert_true(k->open_anonymous);
    g_assert_cmpuint(k->items->len + k->areas->len + k->rows->len + k->ranking->len, ==, 0);
    g_assert_cmpint(k->text_count, ==, 0);
    g_assert_nonnull(participation_whole(k->participation));
    g_autoptr(GString) out = g_string_new(NULL);
    g_assert_true(export_knowledge(k, EXPORT_TEXT, LANG_SV, NULL, out, NULL));
    g_assert_nonnull(strstr(out->str, "när den är stängd"));
}

static char *text_of(const Knowledge *k, Lang lang) {
    GString *out = g_string_new(NULL);
    g_assert_true(export_knowledge(k, EXPORT_TEXT, lang, NULL, out, NULL));
    g_strdelimit(out->str, "\n", ' '); /* notes are broken at any blank */
    return g_string_free(out, FALSE);
}

/* Fifteen answers: enough for a statement, too few for a sensitive one and for free text. */
static void test_why_it_is_withheld(void) {
    g_autoptr(Fixture) f = fixture_new();
    Campaigning c = obstacles_campaign("closed");
    campaign_add(f, &c);
    answer_all(f, (Answering){&c, 1, 15, day(2026, 3, 5), true, answer_obstacles});
    g_autoptr(Knowledge) k = load(f, "hinder");
    for (guint i = 0; i < k->items->len; i++) {
        const KnowledgeItem *item = item_at(k, i);
        g_assert_cmpint(item->k, ==, item->whole_only ? 20 : 10);
        g_assert_true((item->state == CELL_HIDDEN) == item->whole_only);
    }
    g_assert_cmpint(k->text_count, ==, 0);
    g_autofree char *sv = text_of(k, LANG_SV);
    g_autofree char *en = text_of(k, LANG_EN);
    g_assert_nonnull(strstr(sv, "h-03, h-06, h-07 visas inte: färre än 20 personer har svarat."));
    g_assert_nonnull(strstr(en, "h-03, h-06, h-07: not shown, as fewer than 20 people have"));
    g_assert_nonnull(strstr(sv, "vetkoll report texts hinder"));
    g_assert_nonnull(strstr(sv, "minst 20 personer har svarat på den"));
    g_autoptr(GString) csv = g_string_new(NULL);
    g_assert_true(export_knowledge(k, EXPORT_CSV, LANG_SV, NULL, csv, NULL));
    g_assert_nonnull(strstr(csv->str, "\"känslig: färre än 20 svar\""));
    g_assert_nonnull(strstr(sv, "OMRÅDEN"));
    g_assert_nonnull(strstr(sv, "ENHETER"));
}

/* With none to show there is no heading over nothing. */
static void test_no_empty_tables(void) {
    g_autoptr(Fixture) f = fixture_new();
    Campaigning c = obstacles_campaign("closed");
    campaign_add(f, &c);
    answer_all(f, (Answering){&c, 1, 4, day(2026, 3, 5), true, answer_obstacles});
    g_autoptr(Knowledge) k = load(f, "hinder");
    g_autofree char *text = text_of(k, LANG_SV);
    g_assert_null(strstr(text, "OMRÅDEN"));
    g_assert_null(strstr(text, "ENHETER"));
    g_assert_nonnull(strstr(text, "FRÅGOR"));
}

/* Fewer than ten: the ballots stay sealed, and the report says so and why. */
static void test_sealed_for_good(void) {
    g_autoptr(Fixture) f = fixture_new();
    Campaigning c = obstacles_campaign("closed");
    campaign_add(f, &c);
    for (int i = 1; i <= 10; i++) {
        fixture_sql(f, "INSERT INTO ballot_sealed VALUES (2, %" PRId64 ", x'%032x', x'00')",
                    stratum_id(2, 0), (guint)i);
        g_autoptr(Knowledge) k = load(f, "hinder");
        g_autofree char *sv = text_of(k, LANG_SV);
        g_autofree char *en = text_of(k, LANG_EN);
        g_assert_cmpint(k->ballots, ==, i < 10 ? BALLOTS_SHUT : BALLOTS_WAITING);
        g_assert_true((strstr(sv, "Färre än 10 personer har svarat. Då öppnas inga svar: de "
                                  "förblir förseglade") != NULL) == (i < 10));
        g_assert_true((strstr(en, "they stay sealed") != NULL) == (i < 10));
        g_assert_true((strstr(sv, "Alla svar är inte öppnade än.") != NULL) == (i == 10));
        g_assert_true((strstr(sv, "FRÅGOR") != NULL) == (i == 10));
    }
}

/* The last day on which one could answer, not the midnight after it. */
static void test_last_day(void) {
    g_autoptr(Fixture) f = fixture_new();
    Campaigning c = obstacles_campaign("closed");
    c.opens_at_us = day(2026, 12, 1);
    c.closed_at_us = clock_from_local(2026, 12, 21, 0, 0);
    campaign_add(f, &c);
    g_autoptr(Knowledge) closed = load(f, "hinder");
    g_autofree char *text = text_of(closed, LANG_SV);
    g_assert_nonnull(strstr(text, "2026-12-01–2026-12-20 · stängd"));
    fixture_sql(f,
                "UPDATE campaign SET state = 'running', closed_at_us = NULL; UPDATE round SET "
                "closes_at_us = %" PRId64,
                c.closed_at_us);
    g_autoptr(Knowledge) open = load(f, "hinder");
    g_autofree char *still = text_of(open, LANG_SV);
    g_assert_nonnull(strstr(still, "2026-12-01–2026-12-20 · pågår"));
    g_autoptr(GError) error = NULL;
    g_autoptr(Catalog) catalog = catalog_open(NULL, &error);
    g_assert_no_error(error);
    g_autoptr(GString) html = g_string_new(NULL);
    g_assert_true(export_knowledge(open, EXPORT_HTML, LANG_SV, catalog, html, NULL));
    g_assert_nonnull(strstr(html->str, "2026-12-01–2026-12-20"));
}

static bool answer_application(int person, const Item *item, guint position, Answer *out) {
    if (item_is_scored(item)) {
        return answer_scored(person, item, position, out);
    }
    out->choices = 1u << ((guint)person % 4);
    return true;
}

static void test_statements_are_never_mixed_with_scores(void) {
    g_autoptr(Fixture) f = fixture_new();
    Campaigning c = {
        .number = 3,
        .name = "tillampning",
        .kind = "application",
        .promise = "anonymous",
        .state = "closed",
        .opens_at_us = day(2026, 3, 2),
        .closed_at_us = day(2026, 4, 1),
        .form = {.measures = application_measures, .measure_count = 2, .bank = &measurement_bank}};
    campaign_add(f, &c);
    answer_all(f, (Answering){&c, 1, 80, day(2026, 3, 5), true, answer_application});
    g_autoptr(Knowledge) k = load(f, "tillampning");
    guint scored = 0, statements = 0, own_breaches = 0;
    for (guint i = 0; i < k->areas->len; i++) {
        const KnowledgeArea *area = &g_array_index(k->areas, KnowledgeArea, i);
        *(area->scored ? &scored : &statements) += 1;
        if (!area->scored) {
            g_assert_cmpint(area->share.n, ==, 80 * area->item_count);
            g_assert_cmpint(area->share.x * 2, ==, area->share.n); /* two steps of four */
        }
    }
    g_assert_cmpuint(scored, ==, 5);
    g_assert_cmpuint(statements, ==, 5);
    for (guint i = 0; i < k->items->len; i++) {
        own_breaches += item_at(k, i)->whole_only;
        g_assert_true(item_at(k, i)->whole_only == (item_at(k, i)->item->polarity < 0));
    }
    g_assert_cmpuint(own_breaches, ==, 2);
}

/* Every area that a pack may use has words of its own; its code is for files. */
static void test_area_words(void) {
    static const char *const areas[] = {"area1",
                                        "area2",
                                        "area3",
                                        "area4",
                                        "area5",
                                        "comb.capability.physical",
                                        "comb.capability.psychological",
                                        "comb.opportunity.physical",
                                        "comb.opportunity.social",
                                        "comb.motivation.reflective",
                                        "comb.motivation.automatic",
                                        "comb.open"};
    for (guint i = 0; i < G_N_ELEMENTS(areas); i++) {
        g_assert_true(item_area_is_known(areas[i]));
        for (Lang lang = LANG_SV; lang <= LANG_EN; lang++) {
            const char *text = knowledge_area_text(areas[i], lang);
            g_test_message("%s: %s", areas[i], text);
            g_assert_true(g_unichar_isupper(g_utf8_get_char(text)));
        }
    }
}

static char *export_as(const Knowledge *k, ExportFormat format, Lang lang, const Catalog *catalog) {
    g_autoptr(GError) error = NULL;
    GString *out = g_string_new(NULL);
    export_knowledge(k, format, lang, catalog, out, &error);
    g_assert_no_error(error);
    return g_string_free(out, FALSE);
}

static void test_formats(void) {
    g_autoptr(Fixture) f = fixture_new();
    Campaigning c = knowledge_campaign("closed"), o = obstacles_campaign("closed");
    campaign_add(f, &c);
    campaign_add(f, &o);
    answer_all(f, (Answering){&c, 1, 83, day(2026, 3, 5), true, answer_scored});
    answer_all(f, (Answering){&o, 1, 79, day(2026, 3, 5), true, answer_obstacles});
    g_autoptr(GError) error = NULL;
    g_autoptr(Catalog) catalog = catalog_open(NULL, &error);
    g_assert_no_error(error);
    static const char *const names[] = {"kunskap", "hinder"};
    for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autoptr(Knowledge) k = load(f, names[i]);
        for (Lang lang = LANG_SV; lang <= LANG_EN; lang++) {
            g_autofree char *html = export_as(k, EXPORT_HTML, lang, catalog);
            g_autofree char *text = export_as(k, EXPORT_TEXT, lang, catalog);
            g_autofree char *csv = export_as(k, EXPORT_CSV, lang, catalog);
            g_autofree char *json = export_as(k, EXPORT_JSON, lang, catalog);
            g_assert_nonnull(strstr(html, "</html>"));
            g_assert_null(strstr(html, "{{"));
            g_assert_null(strstr(html, "nan"));
            g_assert_nonnull(strstr(text, i ? "hinder" : "kunskap"));
            g_assert_true(g_utf8_validate(text, -1, NULL));
            g_auto(GStrv) lines = g_strsplit(csv, "\r\n", -1);
            g_assert_cmpuint(g_strv_length(lines), >, k->items->len);
            cJSON *root = cJSON_Parse(json);
            g_assert_cmpint(cJSON_GetArraySize(cJSON_GetObjectItem(root, "items")), ==,
                            (int)k->items->len);
            cJSON_Delete(root);
            const char *dump = g_getenv("VETKOLL_DUMP");
            if (dump) {
                g_autofree char *path =
                    g_strdup_printf("%s/%s.%s", dump, names[i], lang_code(lang));
                g_autofree char *page = g_strconcat(path, ".html", NULL);
                g_file_set_contents(path, text, -1, NULL);
                g_file_set_contents(page, html, -1, NULL);
            }
        }
    }
}

int main(int argc, char **argv) {
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/knowledge/area-words", test_area_words);
    g_test_add_func("/knowledge/scored", test_scored);
    g_test_add_func("/knowledge/too-few-answers-in-a-unit", test_too_few_answers_in_a_unit);
    g_test_add_func("/knowledge/running-shows-whole-only", test_running_shows_whole_only);
    g_test_add_func("/knowledge/hardly-any-answers", test_hardly_any_answers);
    g_test_add_func("/knowledge/obstacles", test_obstacles);
    g_test_add_func("/knowledge/open-anonymous-shows-nothing", test_open_anonymous_shows_nothing);
    g_test_add_func("/knowledge/statements-are-never-mixed-with-scores",
                    test_statements_are_never_mixed_with_scores);
    g_test_add_func("/knowledge/why-it-is-withheld", test_why_it_is_withheld);
    g_test_add_func("/knowledge/no-empty-tables", test_no_empty_tables);
    g_test_add_func("/knowledge/sealed-for-good", test_sealed_for_good);
    g_test_add_func("/knowledge/last-day", test_last_day);
    g_test_add_func("/knowledge/formats", test_formats);
    return g_test_run();
}
