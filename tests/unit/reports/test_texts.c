/* Proves what the list of free text gives away: nothing but the texts themselves, of closed
 * campaigns, of questions that enough people answered, of the whole organisation. The attacks: two
 * lists before and after an answer, the order of arrival, what stands beside a text in the
 * database, and a text that a spreadsheet would run. */
#include "base/error.h"
#include "people/csv.h"
#include "reports/export.h"
#include "tests/unit/reports/fixture.h"

#include <cjson/cJSON.h>

enum { MANY = 25, FEW = 19 };

static const char *const open_items[] = {"h-11", "h-12", NULL};
static const char *const closed_items[] = {"h-01", NULL};

/* The first question is answered by all, the second by the first few. */
static bool answer_some(int person, const Item *item, int few, Answer *out) {
    static const char *const words[] = {"Q", "S", "Å", "Z", "a", "Ö", "b", "P",
                                        "Ä", "k", "x", "R", "c", "l", "M", "d"};
    if (strcmp(item->key, "h-11") == 0) {
        out->text = g_strdup_printf("Hinder %s", words[(guint)person % G_N_ELEMENTS(words)]);
    } else if (person <= few) {
        out->text = g_strdup_printf("Stöd %d", person);
    }
    return out->text != NULL;
}

static bool answer_open(int person, const Item *item, guint position, Answer *out) {
    (void)position;
    return answer_some(person, item, FEW, out);
}

static bool answer_hardly(int person, const Item *item, guint position, Answer *out) {
    (void)position;
    return answer_some(person, item, 1, out);
}

static Campaigning campaign_of(int number, const char *name, const char *promise,
                               const char *state) {
    return (Campaigning){.number = number,
                         .name = name,
                         .kind = strcmp(promise, "anonymous") == 0 ? "obstacles" : "knowledge",
                         .promise = promise,
                         .state = state,
                         .opens_at_us = day(2026, 3, 2),
                         .closed_at_us = day(2026, 4, 1),
                         .form = {.item_keys = open_items}};
}

static void answered_by(Fixture *f, Campaigning *c, int first, int last, AnswerFn answer) {
    answer_all(f, (Answering){c, first, last, day(2026, 3, 5), true, answer});
}

static Texts *load_with(Fixture *f, const char *name, const ReportSettings *settings) {
    g_autoptr(GError) error = NULL;
    Texts *texts = NULL;
    texts_load(fixture_read(f), name, settings, &texts, &error);
    g_assert_no_error(error);
    return texts;
}

static Texts *load(Fixture *f, const char *name) {
    ReportSettings settings = report_settings_default();
    return load_with(f, name, &settings);
}

static const OpenQuestion *question_at(const Texts *texts, guint index) {
    g_assert_cmpuint(index, <, texts->questions->len);
    return g_ptr_array_index(texts->questions, index);
}

static char *export_as(const Texts *texts, ExportFormat format, Lang lang) {
    g_autoptr(GError) error = NULL;
    GString *out = g_string_new(NULL);
    export_texts(texts, format, lang, out, &error);
    g_assert_no_error(error);
    return g_string_free(out, FALSE);
}

/* All that any format and language says of it, one after another. */
static char *export_all(Fixture *f, const char *name) {
    g_autoptr(Texts) texts = load(f, name);
    GString *all = g_string_new(NULL);
    for (Lang lang = LANG_SV; lang <= LANG_EN; lang++) {
        for (ExportFormat format = EXPORT_TEXT; format < EXPORT_HTML; format++) {
            g_autofree char *one = export_as(texts, format, lang);
            g_string_append(all, one);
        }
    }
    return g_string_free(all, FALSE);
}

static void test_enough_and_too_few(void) {
    g_autoptr(Fixture) f = fixture_new();
    static const char *const promises[] = {"identified", "confidential", "anonymous"};
    static const char *const names[] = {"a", "b", "c"};
    for (int i = 0; i < 3; i++) {
        Campaigning c = campaign_of(i + 1, names[i], promises[i], "closed");
        campaign_add(f, &c);
        answered_by(f, &c, 1, MANY, answer_open);
    }
    for (guint i = 0; i < 3; i++) {
        g_autoptr(Texts) texts = load(f, names[i]);
        g_autofree char *none = texts_why(texts, LANG_SV);
        g_assert_null(none);
        g_assert_cmpint(texts->k, ==, 20);
        g_assert_cmpuint(texts->questions->len, ==, 2);
        g_assert_cmpint(question_at(texts, 0)->state, ==, QUESTION_SHOWN);
        g_assert_cmpuint(question_at(texts, 0)->texts->len, ==, MANY); /* equal ones too */
        g_assert_cmpint(question_at(texts, 1)->state, ==, QUESTION_FEW);
        g_assert_cmpuint(question_at(texts, 1)->texts->len, ==, 0);
        g_autofree char *why = texts_question_why(texts, question_at(texts, 1), LANG_SV);
        g_assert_nonnull(strstr(why, "färre än 20 personer. Minst 20 behövs"));
        g_autofree char *all = export_all(f, names[i]);
        g_assert_nonnull(strstr(all, "Hinder Ö"));
        g_assert_null(strstr(all, "Stöd"));
    }
    ReportSettings strict = report_settings(26, 10);
    g_autoptr(Texts) texts = load_with(f, "a", &strict);
    g_assert_cmpint(question_at(texts, 0)->state, ==, QUESTION_FEW);
    /* What was promised stays, whatever the settings have become. */
    fixture_sql(f, "UPDATE round SET promised_k = 26 WHERE id = 2");
    g_autoptr(Texts) promised = load(f, "b");
    g_assert_cmpint(promised->k, ==, 26);
    g_assert_cmpint(question_at(promised, 0)->state, ==, QUESTION_FEW);
}

/* One or nineteen: the same bytes. */
static void test_how_few_is_not_told(void) {
    g_autoptr(Fixture) one = fixture_new();
    g_autoptr(Fixture) nineteen = fixture_new();
    Campaigning c = campaign_of(1, "k", "confidential", "closed");
    campaign_add(one, &c);
    answered_by(one, &c, 1, MANY, answer_hardly);
    Campaigning d = campaign_of(1, "k", "confidential", "closed");
    campaign_add(nineteen, &d);
    answered_by(nineteen, &d, 1, MANY, answer_open);
    g_autofree char *left = export_all(one, "k");
    g_autofree char *right = export_all(nineteen, "k");
    g_assert_cmpstr(left, ==, right);
}

/* Whoever makes the list before and after an answer learns nothing, whatever was promised. */
static void test_open_shows_nothing(void) {
    g_autoptr(Fixture) f = fixture_new();
    static const char *const promises[] = {"identified", "confidential", "anonymous"};
    static const char *const names[] = {"a", "b", "c"};
    for (int i = 0; i < 3; i++) {
        Campaigning c = campaign_of(i + 1, names[i], promises[i], i == 1 ? "paused" : "running");
        campaign_add(f, &c);
        answered_by(f, &c, 1, MANY, answer_open);
        g_autofree char *before = export_all(f, names[i]);
        answered_by(f, &c, MANY + 1, MANY + 1, answer_open);
        g_autofree char *after = export_all(f, names[i]);
        g_assert_cmpstr(after, ==, before);
        g_assert_null(strstr(after, "Hinder Q"));
        g_assert_nonnull(strstr(after, "Kampanjen är inte stängd."));
        g_assert_nonnull(strstr(after, "The campaign is not closed."));
    }
}

static bool backwards_job(DbTx *tx, gpointer data, GError **error) {
    const Answering *a = data;
    g_autoptr(Form) form = form_load(db_tx_db(tx), a->campaign->form_id, error);
    for (int p = a->last; form && p >= a->first; p--) {
        if (!answer_person(tx, a, form, p, error)) {
            return false;
        }
    }
    return form != NULL;
}

static char *answered_in_order(const char *promise, bool backwards) {
    g_autoptr(Fixture) f = fixture_new();
    Campaigning c = campaign_of(1, "k", promise, "closed");
    campaign_add(f, &c);
    Answering all = {&c, 1, MANY, day(2026, 3, 5), true, answer_open};
    fixture_run(f, backwards ? backwards_job : answer_job, &all);
    return export_all(f, "k");
}

/* The same people in two orders of arrival: the same bytes. */
static void test_order_tells_nothing(void) {
    static const char *const promises[] = {"confidential", "anonymous"};
    for (guint i = 0; i < G_N_ELEMENTS(promises); i++) {
        g_autofree char *forwards = answered_in_order(promises[i], false);
        g_autofree char *backwards = answered_in_order(promises[i], true);
        g_assert_cmpstr(forwards, ==, backwards);
        g_assert_nonnull(strstr(forwards, "Hinder Q"));
    }
}

static void test_sorted_by_text(void) {
    g_autoptr(Fixture) f = fixture_new();
    Campaigning c = campaign_of(1, "k", "anonymous", "closed");
    campaign_add(f, &c);
    answered_by(f, &c, 1, MANY, answer_open);
    g_autoptr(Texts) texts = load(f, "k");
    const GPtrArray *list = question_at(texts, 0)->texts;
    for (guint i = 1; i < list->len; i++) {
        g_autofree char *before = g_utf8_casefold(g_ptr_array_index(list, i - 1), -1);
        g_autofree char *after = g_utf8_casefold(g_ptr_array_index(list, i), -1);
        g_assert_cmpint(strcmp(before, after), <=, 0);
    }
    g_assert_cmpstr(g_ptr_array_index(list, 0), ==, "Hinder a");
}

/* The keys of every object, so that one more does not come by itself. */
static void assert_keys(const cJSON *object, const char *wanted) {
    g_autoptr(GString) keys = g_string_new(NULL);
    for (const cJSON *each = object->child; each; each = each->next) {
        g_string_append_printf(keys, "%s%s", keys->len ? " " : "", each->string);
    }
    g_assert_cmpstr(keys->str, ==, wanted);
}

static void test_nothing_beside_a_text(void) {
    g_autoptr(Fixture) f = fixture_new();
    Campaigning c = campaign_of(1, "k", "confidential", "closed");
    campaign_add(f, &c);
    answered_by(f, &c, 1, MANY, answer_open);
    g_autoptr(Texts) texts = load(f, "k");
    g_autofree char *json = export_as(texts, EXPORT_JSON, LANG_SV);
    cJSON *root = cJSON_Parse(json);
    assert_keys(root, "schema read_first campaign k state why questions");
    const cJSON *questions = cJSON_GetObjectItem(root, "questions");
    const cJSON *shown = cJSON_GetArrayItem(questions, 0);
    assert_keys(shown, "item version polarity text state why texts");
    assert_keys(cJSON_GetArrayItem(questions, 1), "item version polarity text state why");
    const cJSON *each;
    cJSON_ArrayForEach(each, cJSON_GetObjectItem(shown, "texts")) {
        g_assert_true(cJSON_IsString(each));
    }
    cJSON_Delete(root);
    g_autofree char *all = export_all(f, "k");
    static const char *const beside[] = {"A1", "A/A1", "x.example", "2026-03-05", "501001"};
    for (guint i = 0; i < G_N_ELEMENTS(beside); i++) {
        g_assert_null(strstr(all, beside[i]));
    }
}

/* Both languages' advice stands before the first text, whichever was chosen. */
static void test_advice_first(void) {
    g_autoptr(Fixture) f = fixture_new();
    Campaigning c = campaign_of(1, "k", "anonymous", "closed");
    campaign_add(f, &c);
    answered_by(f, &c, 1, MANY, answer_open);
    g_autoptr(Texts) texts = load(f, "k");
    for (Lang lang = LANG_SV; lang <= LANG_EN; lang++) {
        for (ExportFormat format = EXPORT_TEXT; format < EXPORT_HTML; format++) {
            g_autofree char *out = export_as(texts, format, lang);
            g_strdelimit(out, "\n", ' ');
            const char *first = strstr(out, "Hinder a");
            static const char *const advice[] = {"Stryk sådant innan", "Strike that out before",
                                                 "Citera aldrig",      "Never quote",
                                                 "Cohens kappa",       "Cohen's kappa"};
            for (guint i = 0; i < G_N_ELEMENTS(advice); i++) {
                const char *at = strstr(out, advice[i]);
                g_assert_nonnull(at);
                g_assert_true(at < first);
            }
        }
    }
    g_autoptr(GError) error = NULL;
    g_autoptr(GString) html = g_string_new(NULL);
    g_assert_false(export_texts(texts, EXPORT_HTML, LANG_SV, html, &error));
    g_assert_error(error, VK_ERROR, VK_ERROR_INPUT);
    g_assert_cmpuint(html->len, ==, 0);
}

/* --- CSV ----------------------------------------------------------------------------- */

static const char *const nasty[] = {
    "=cmd|' /C calc'!A0",           "+46;701",        "-tid;ork", "@SUM(A1)", "\uff1d1+1",
    "citat \"här\"; och\r\nny rad", "'=redan skyddad"};

static bool answer_nasty(int person, const Item *item, guint position, Answer *out) {
    (void)position;
    if (strcmp(item->key, "h-11") == 0) {
        out->text = g_strdup(nasty[(guint)person % G_N_ELEMENTS(nasty)]);
    }
    return out->text != NULL;
}

/* What a spreadsheet reads: no cell is a formula, and unguarded the texts are what was written. */
static void test_csv(void) {
    g_autoptr(Fixture) f = fixture_new();
    Campaigning c = campaign_of(1, "k", "anonymous", "closed");
    campaign_add(f, &c);
    answered_by(f, &c, 1, 3 * (int)G_N_ELEMENTS(nasty), answer_nasty);
    g_autoptr(Texts) texts = load(f, "k");
    g_autofree char *csv = export_as(texts, EXPORT_CSV, LANG_SV);
    g_assert_true(g_str_has_prefix(csv, "\xEF\xBB\xBF\"LÄS DETTA FÖRST\"\r\n"));
    guint seen[G_N_ELEMENTS(nasty)] = {0}, answers = 0;
    g_autoptr(CsvReader) reader = csv_reader_new(csv + 3, strlen(csv + 3), ';');
    CsvStep step;
    while ((step = csv_next(reader)) == CSV_ROW) {
        for (guint i = 0; i < csv_field_count(reader); i++) {
            g_assert_false(csv_needs_guard(csv_field(reader, i)) &&
                           csv_field(reader, i)[0] != '\'');
        }
        if (csv_field_count(reader) == 6 && strcmp(csv_field(reader, 2), "ja") == 0) {
            const char *text = csv_unguard(csv_field(reader, 4));
            answers++;
            g_assert_cmpint(g_ascii_strtoll(csv_field(reader, 3), NULL, 10), ==, answers);
            for (guint i = 0; i < G_N_ELEMENTS(nasty); i++) {
                seen[i] += strcmp(text, nasty[i]) == 0;
            }
        }
    }
    g_assert_cmpint(step, ==, CSV_END);
    for (guint i = 0; i < G_N_ELEMENTS(nasty); i++) {
        g_assert_cmpuint(seen[i], ==, 3);
    }
}

/* --- what else withholds ---------------------------------------------------------------- */

static void seal(Fixture *f, int round, int from, int to) {
    for (int i = from; i <= to; i++) {
        fixture_sql(f, "INSERT INTO ballot_sealed VALUES (%d, %" PRId64 ", x'%032x', x'00')", round,
                    stratum_id(round, 0), (guint)i);
    }
}

static void test_sealed_ballots(void) {
    g_autoptr(Fixture) f = fixture_new();
    Campaigning shut = campaign_of(1, "shut", "anonymous", "closed");
    Campaigning waiting = campaign_of(2, "waiting", "anonymous", "closed");
    campaign_add(f, &shut);
    campaign_add(f, &waiting);
    seal(f, 1, 1, 9);
    seal(f, 2, 1, 10);
    answered_by(f, &waiting, 1, MANY, answer_open);
    g_autoptr(Texts) few = load(f, "shut");
    g_autoptr(Texts) some = load(f, "waiting");
    g_assert_cmpint(few->state, ==, TEXTS_SHUT);
    g_assert_cmpint(some->state, ==, TEXTS_WAITING);
    g_autofree char *why = texts_why(few, LANG_SV);
    g_assert_nonnull(strstr(why, "Färre än 10 personer har svarat"));
    g_assert_nonnull(strstr(why, "förseglade"));
    g_autofree char *all = export_all(f, "waiting");
    g_assert_null(strstr(all, "Hinder Q"));
    g_assert_nonnull(strstr(all, "Alla svar är inte öppnade än"));
}

/* A campaign to one department is below the level of the organisation. */
static void test_one_unit(void) {
    g_autoptr(Fixture) f = fixture_new();
    Campaigning c = campaign_of(1, "k", "confidential", "closed");
    campaign_add(f, &c);
    answered_by(f, &c, 1, 39, answer_open); /* all of A */
    g_autoptr(Texts) whole = load(f, "k");
    g_assert_cmpint(whole->state, ==, TEXTS_SHOWN);
    fixture_sql(f, "UPDATE stratum SET invited = 0 WHERE path NOT LIKE 'A%%'");
    g_autoptr(Texts) texts = load(f, "k");
    g_assert_cmpint(texts->state, ==, TEXTS_ONE_UNIT);
    g_assert_cmpuint(texts->questions->len, ==, 0);
    g_autofree char *why = texts_why(texts, LANG_EN);
    g_assert_nonnull(strstr(why, "one and the same unit"));
    fixture_sql(f, "UPDATE stratum SET invited = 1 WHERE path = 'C'");
    g_autoptr(Texts) two = load(f, "k");
    g_assert_cmpint(two->state, ==, TEXTS_SHOWN);
}

static void test_not_asked(void) {
    g_autoptr(Fixture) f = fixture_new();
    Campaigning c = campaign_of(1, "k", "anonymous", "closed");
    c.form.item_keys = closed_items;
    campaign_add(f, &c);
    g_autoptr(Texts) texts = load(f, "k");
    g_assert_cmpint(texts->state, ==, TEXTS_NOT_ASKED);
    g_autofree char *all = export_all(f, "k");
    g_assert_nonnull(strstr(all, "Kampanjen har ingen öppen fråga."));
}

static bool retry_job(DbTx *tx, gpointer data, GError **error) {
    const Campaigning *c = data;
    g_autoptr(Form) form = form_load(db_tx_db(tx), c->form_id, error);
    Answer answer = {.item_id = form_item(form, 0)->id, .text = (char[]){"Andra försöket"}};
    return response_start(tx, 77, c->number, stratum_id(c->number, 0), c->form_id, 2,
                          c->opens_at_us, error) &&
           response_save(tx, 77, form, &answer, 1, c->opens_at_us, error);
}

/* Of a person who answered again the first time counts, as in all reports. */
static void test_first_attempt_only(void) {
    g_autoptr(Fixture) f = fixture_new();
    Campaigning c = campaign_of(1, "k", "identified", "closed");
    campaign_add(f, &c);
    answered_by(f, &c, 1, MANY, answer_open);
    fixture_run(f, retry_job, &c);
    g_autoptr(Texts) texts = load(f, "k");
    g_assert_cmpuint(question_at(texts, 0)->texts->len, ==, MANY);
    g_autofree char *all = export_all(f, "k");
    g_assert_null(strstr(all, "Andra"));
}

static bool answer_blank(int person, const Item *item, guint position, Answer *out) {
    (void)position;
    out->text = g_strdup(strcmp(item->key, "h-11") != 0 ? NULL : person > FEW ? " \n " : " Tid \n");
    return out->text != NULL;
}

static void test_blank_is_no_answer(void) {
    g_autoptr(Fixture) f = fixture_new();
    Campaigning c = campaign_of(1, "k", "anonymous", "closed");
    campaign_add(f, &c);
    answered_by(f, &c, 1, MANY, answer_blank);
    g_autoptr(Texts) texts = load(f, "k");
    g_assert_cmpint(question_at(texts, 0)->state, !=, QUESTION_SHOWN);
}

int main(int argc, char **argv) {
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/texts/enough-and-too-few", test_enough_and_too_few);
    g_test_add_func("/texts/how-few-is-not-told", test_how_few_is_not_told);
    g_test_add_func("/texts/open-shows-nothing", test_open_shows_nothing);
    g_test_add_func("/texts/order-tells-nothing", test_order_tells_nothing);
    g_test_add_func("/texts/sorted-by-text", test_sorted_by_text);
    g_test_add_func("/texts/nothing-beside-a-text", test_nothing_beside_a_text);
    g_test_add_func("/texts/advice-first", test_advice_first);
    g_test_add_func("/texts/csv", test_csv);
    g_test_add_func("/texts/sealed-ballots", test_sealed_ballots);
    g_test_add_func("/texts/one-unit", test_one_unit);
    g_test_add_func("/texts/not-asked", test_not_asked);
    g_test_add_func("/texts/first-attempt-only", test_first_attempt_only);
    g_test_add_func("/texts/blank-is-no-answer", test_blank_is_no_answer);
    return g_test_run();
}
