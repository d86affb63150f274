/* Proves each gate: facts that satisfy everything pass, and each single change below fails exactly
 * the rule that it should, at the very threshold. */
#include "reports/gates.h"

#include <string.h>

static GateFacts good_facts(void) {
    GateFacts facts = {.closed_in_window = true,
                       .method_stored = true,
                       .census = true,
                       .frame_age_days = 31,
                       .invited = 400,
                       .complete = 240,
                       .partial = 10,
                       .employed = 1000,
                       .k = 5,
                       .counted = 200,
                       .trained_in_window = 300,
                       .live_items = 15,
                       .live_items_area = {3, 3, 3, 3, 3},
                       .kr20 = {true, 0.60},
                       .methods = METHOD_SELF_REPORT | METHOD_SCENARIO,
                       .days_after = 30,
                       .trained_in_time = true,
                       .self_invited = 100,
                       .self_complete = 40,
                       .self_anonymous = true,
                       .scored_items_area = {3, 3, 3, 3, 3},
                       .barriers = 3,
                       .enablers = 3,
                       .open_barriers = 1,
                       .open_enablers = 1,
                       .com_parts = 7,
                       .shown_barriers = 3,
                       .shown_enablers = 3,
                       .anonymous = true};
    facts.at_mark = stats_share(150, 200, 300);
    for (int a = 0; a < GATE_AREA_COUNT; a++) {
        facts.answered_area[a] = 30;
        facts.share_area[a] = stats_share_of_answers(600, 720, 3, 400);
    }
    return facts;
}

/* The ids of the rules that hold the box back, joined by spaces. */
static char *failing(const GateFacts *facts, int question, int area, GHashTable *confirmations) {
    g_autoptr(GPtrArray) findings = gates_evaluate(facts, question, area, confirmations);
    GString *ids = g_string_new(NULL);
    for (guint i = 0; i < findings->len; i++) {
        const GateFinding *finding = g_ptr_array_index(findings, i);
        for (Lang lang = LANG_SV; lang <= LANG_EN; lang++) {
            g_assert_cmpuint(strlen(finding->need[lang]), >, 0);
            g_assert_cmpuint(strlen(finding->found[lang]), >, 0);
            g_assert_null(strstr(finding->need[lang], "{x}"));
        }
        if (finding->rule->weight != RULE_INFORMS && finding->outcome != GATE_MET) {
            g_string_append_printf(ids, "%s%s", ids->len ? " " : "", finding->rule->id);
        }
    }
    g_assert_true(gates_pass(findings) == (ids->len == 0));
    return g_string_free(ids, FALSE);
}

static GHashTable *all_confirmed(void) {
    GHashTable *table = g_hash_table_new(g_str_hash, g_str_equal);
    static char wording[] = "G30-d", coded[] = "G39-g", handed[] = "G39-h", text[] = "ja";
    g_hash_table_insert(table, wording, text);
    g_hash_table_insert(table, coded, text);
    g_hash_table_insert(table, handed, text);
    return table;
}

static void test_good_facts_pass(void) {
    static const struct {
        int question, area;
    } all[] = {{17, -1}, {18, -1}, {30, 0}, {30, 1}, {30, 2}, {30, 3}, {30, 4}, {39, -1}};
    GateFacts facts = good_facts();
    g_autoptr(GHashTable) confirmed = all_confirmed();
    for (guint i = 0; i < G_N_ELEMENTS(all); i++) {
        g_autofree char *ids = failing(&facts, all[i].question, all[i].area, confirmed);
        g_assert_cmpstr(ids, ==, "");
    }
}

static void not_closed(GateFacts *f) {
    f->closed_in_window = false;
}
static void old_frame(GateFacts *f) {
    f->frame_age_days = 32;
}
static void no_frame(GateFacts *f) {
    f->frame_age_days = -1;
}
static void no_method(GateFacts *f) {
    f->method_stored = false;
}
static void few_items(GateFacts *f) {
    f->live_items = 14;
}
static void thin_area(GateFacts *f) {
    f->live_items_area[2] = 2;
}
static void nobody_trained(GateFacts *f) {
    f->trained_in_window = 0;
}
static void few_counted(GateFacts *f) {
    f->counted = 29;
}
static void few_but_nearly_all(GateFacts *f) {
    f->counted = 29, f->invited = 37, f->complete = 30, f->partial = 0;
}
static void few_and_not_nearly_all(GateFacts *f) {
    f->counted = 29, f->invited = 37, f->complete = 29, f->partial = 0;
}
static void wide(GateFacts *f) {
    f->at_mark = stats_share(20, 40, 1000);
}
static void wide_but_mean_is_sharp(GateFacts *f) {
    f->at_mark = stats_share(20, 40, 1000);
    f->score = (Mean){.defined = true, .mean = .7, .low = .66, .high = .74};
}
static void half_answered(GateFacts *f) {
    f->complete = 200;
}
static void less_than_half_answered(GateFacts *f) {
    f->complete = 199;
}
static void unreliable(GateFacts *f) {
    f->kr20.value = 0.599;
}
static void reliability_undefined(GateFacts *f) {
    f->kr20 = (Statistic){0};
}
static void negative_item(GateFacts *f) {
    f->negative_items = 1;
}
static void no_headcount(GateFacts *f) {
    f->employed = 0;
}
static void self_report_only(GateFacts *f) {
    f->methods = METHOD_SELF_REPORT;
}
static void scenario_only(GateFacts *f) {
    f->methods = METHOD_SCENARIO;
}
static void too_soon(GateFacts *f) {
    f->days_after = 29;
}
static void trained_long_ago(GateFacts *f) {
    f->trained_in_time = false;
}
static void self_report_by_name(GateFacts *f) {
    f->self_anonymous = false;
}
static void few_self_reports(GateFacts *f) {
    f->self_complete = 39;
}
static void two_items_in_area(GateFacts *f) {
    f->scored_items_area[3] = 2;
}
static void few_answers_in_area(GateFacts *f) {
    f->answered_area[3] = 29;
}
static void few_answers_nearly_all(GateFacts *f) {
    f->answered_area[3] = 20, f->invited = 25, f->complete = 20, f->partial = 0;
}
static void area_undefined(GateFacts *f) {
    f->share_area[3] = (Share){0};
}
static void not_anonymous(GateFacts *f) {
    f->anonymous = false;
}
static void obstacles_only(GateFacts *f) {
    f->enablers = f->shown_enablers = f->open_enablers = 0;
}
static void no_motivation(GateFacts *f) {
    f->com_parts = 3;
}
static void no_open_question(GateFacts *f) {
    f->open_barriers = 0;
}
static void few_answered_survey(GateFacts *f) {
    f->complete = 29, f->invited = 400;
}
static void hidden_ranking(GateFacts *f) {
    f->barriers = 4, f->shown_barriers = 2;
}

static void test_each_rule_fails_alone(void) {
    static const struct {
        const char *name;
        void (*change)(GateFacts *facts);
        int question, area;
        const char *want;
    } cases[] = {
        {"not closed", not_closed, 17, -1, "G-a"},
        {"old frame", old_frame, 39, -1, "G-b"},
        {"no frame", no_frame, 30, 0, "G-b"},
        {"no method", no_method, 18, -1, "G-d"},
        {"few items", few_items, 17, -1, "G17-b"},
        {"thin area", thin_area, 17, -1, "G17-b"},
        {"nobody trained", nobody_trained, 17, -1, "G17-c"},
        {"few counted", few_counted, 17, -1, "G17-d"},
        {"few but nearly all", few_but_nearly_all, 17, -1, ""},
        {"few and not nearly all", few_and_not_nearly_all, 17, -1, "G17-d"},
        {"wide", wide, 17, -1, "G17-e"},
        {"wide but mean is sharp", wide_but_mean_is_sharp, 17, -1, ""},
        {"half answered", half_answered, 17, -1, ""},
        {"less than half answered", less_than_half_answered, 17, -1, "G17-f"},
        {"unreliable", unreliable, 17, -1, "G17-g"},
        {"reliability undefined", reliability_undefined, 17, -1, "G17-g"},
        {"negative item", negative_item, 17, -1, "G17-g"},
        {"no headcount", no_headcount, 17, -1, "G17-h"},
        {"self-report only", self_report_only, 18, -1, "G18-a G18-b"},
        {"scenario only", scenario_only, 18, -1, "G18-a G18-e"},
        {"too soon", too_soon, 18, -1, "G18-c"},
        {"trained long ago", trained_long_ago, 18, -1, "G18-d"},
        {"self-report by name", self_report_by_name, 18, -1, "G18-e"},
        {"few self-reports", few_self_reports, 18, -1, "G18-e"},
        {"two items in area", two_items_in_area, 30, 3, "G30-a"},
        {"another area's items", two_items_in_area, 30, 2, ""},
        {"few answers in area", few_answers_in_area, 30, 3, "G30-b"},
        {"few answers, nearly all", few_answers_nearly_all, 30, 3, ""},
        {"area undefined", area_undefined, 30, 3, "G30-c"},
        {"not anonymous", not_anonymous, 39, -1, "G39-a"},
        {"obstacles only", obstacles_only, 39, -1, "G39-b G39-d G39-f"},
        {"no motivation", no_motivation, 39, -1, "G39-c"},
        {"no open question", no_open_question, 39, -1, "G39-d"},
        {"few answered", few_answered_survey, 39, -1, "G39-e"},
        {"hidden ranking", hidden_ranking, 39, -1, "G39-f"},
    };
    g_autoptr(GHashTable) confirmed = all_confirmed();
    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        GateFacts facts = good_facts();
        cases[i].change(&facts);
        g_autofree char *got = failing(&facts, cases[i].question, cases[i].area, confirmed);
        if (strcmp(got, cases[i].want) != 0) {
            g_test_message("%s: got \"%s\", want \"%s\"", cases[i].name, got, cases[i].want);
            g_test_fail();
        }
    }
}

static void test_confirmations(void) {
    GateFacts facts = good_facts();
    g_autofree char *none = failing(&facts, 39, -1, NULL);
    g_assert_cmpstr(none, ==, "G39-g G39-h");
    static const char *const areas[] = {"", "G30-d", "G30-d", "", "G30-d"};
    for (int a = 0; a < GATE_AREA_COUNT; a++) {
        g_autofree char *got = failing(&facts, 30, a, NULL);
        g_assert_cmpstr(got, ==, areas[a]);
    }
    g_autoptr(GHashTable) one = g_hash_table_new(g_str_hash, g_str_equal);
    static char key[] = "G30-d:area3", text[] = "avstämt med it";
    g_hash_table_insert(one, key, text);
    g_autofree char *third = failing(&facts, 30, 2, one);
    g_autofree char *second = failing(&facts, 30, 1, one);
    g_assert_cmpstr(third, ==, "");
    g_assert_cmpstr(second, ==, "G30-d");
}

static void test_verification_informs(void) {
    GateFacts facts = good_facts();
    g_autoptr(GPtrArray) findings = gates_evaluate(&facts, 17, -1, NULL);
    guint seen = 0;
    for (guint i = 0; i < findings->len; i++) {
        const GateFinding *finding = g_ptr_array_index(findings, i);
        if (strcmp(finding->rule->id, "G-e") == 0) {
            seen++;
            g_assert_cmpint(finding->outcome, ==, GATE_NOT_MET);
            g_assert_cmpstr(finding->found[LANG_SV], ==, "ej verifierad");
        }
    }
    g_assert_cmpuint(seen, ==, 1);
    g_assert_true(gates_pass(findings));
}

static void test_extent_is_never_rounded_up(void) {
    GateFacts facts = good_facts();
    facts.counted = 2496;
    facts.employed = 10000;
    g_autoptr(GPtrArray) findings = gates_evaluate(&facts, 17, -1, NULL);
    const GateFinding *last = g_ptr_array_index(findings, findings->len - 1);
    g_assert_cmpstr(last->rule->id, ==, "G17-h");
    g_assert_nonnull(strstr(last->found[LANG_SV], "2496 av 10000"));
    g_assert_nonnull(strstr(last->found[LANG_SV], "mindre än 25\u00a0%"));
}

static void test_nothing_done(void) {
    GateFacts facts = {.frame_age_days = -1, .days_after = -1};
    g_autofree char *ids = failing(&facts, 39, -1, NULL);
    g_assert_cmpstr(ids, ==, "G-a G-b G-c G-d G39-a G39-b G39-c G39-d G39-e G39-f G39-g G39-h");
}

int main(int argc, char **argv) {
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/gates/good-facts-pass", test_good_facts_pass);
    g_test_add_func("/gates/each-rule-fails-alone", test_each_rule_fails_alone);
    g_test_add_func("/gates/confirmations", test_confirmations);
    g_test_add_func("/gates/verification-informs", test_verification_informs);
    g_test_add_func("/gates/extent-is-never-rounded-up", test_extent_is_never_rounded_up);
    g_test_add_func("/gates/nothing-done", test_nothing_done);
    return g_test_run();
}
