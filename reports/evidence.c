#include "reports/evidence.h"

#include "base/clock.h"
#include "base/error.h"
#include "reports/evidence_private.h"
#include "reports/export_private.h"
#include "reports/queries.h"

#include <stdlib.h>
#include <string.h>

static const DbQuery q_insert = {
    "evidence.insert",
    "INSERT INTO evidence (made_at_us, as_of, window_from, window_to, question, part, campaigns, "
    "gate_version, gate_pass, gate_log, file_sha256) "
    "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)"};

const DbQuery *const evidence_queries[] = {&q_insert, NULL};

enum { WINDOW_MONTHS = 24 };

static bool parse_date(const char *text, GDateYear *year, GDateMonth *month, GDateDay *day) {
    static const char shape[] = "dddd-dd-dd";
    if (strlen(text) != sizeof shape - 1) {
        return false;
    }
    for (guint i = 0; shape[i]; i++) {
        if (shape[i] == 'd' ? !g_ascii_isdigit(text[i]) : text[i] != shape[i]) {
            return false;
        }
    }
    *year = (GDateYear)strtol(text, NULL, 10);
    *month = (GDateMonth)strtol(text + 5, NULL, 10);
    *day = (GDateDay)strtol(text + 8, NULL, 10);
    return g_date_valid_dmy(*day, *month, *year) && *year > 2;
}

bool evidence_window(const char *as_of, EvidenceWindow *out_window, GError **error) {
    GDateYear year = 0;
    GDateMonth month = G_DATE_BAD_MONTH;
    GDateDay day = 0;
    if (!parse_date(as_of, &year, &month, &day)) {
        return error_set(error, VK_ERROR_INPUT,
                         tr("\"%s\" är inte ett datum. Skriv ÅÅÅÅ-MM-DD, till exempel 2026-11-24.",
                            "\"%s\" is not a date. Write YYYY-MM-DD, for example 2026-11-24."),
                         as_of);
    }
    int months = year * 12 + (int)month - 1;
    int first = months - (WINDOW_MONTHS - 1), after = months + 1;
    int last_day = g_date_get_days_in_month(month, year);
    EvidenceWindow window = {0};
    g_snprintf(window.month, sizeof window.month, "%04d-%02d", year % 10000, (int)month % 100);
    g_snprintf(window.from, sizeof window.from, "%04d-%02d-01", first / 12 % 10000, first % 12 + 1);
    g_snprintf(window.to, sizeof window.to, "%s-%02d", window.month, last_day % 100);
    window.from_us = clock_from_local(first / 12, first % 12 + 1, 1, 0, 0);
    window.to_us = clock_from_local(after / 12, after % 12 + 1, 1, 0, 0);
    *out_window = window;
    return true;
}

static void campaign_clear(gpointer data) {
    EvidenceCampaign *campaign = data;
    knowledge_free(campaign->knowledge);
    g_free(campaign);
}

void evidence_free(Evidence *evidence) {
    if (!evidence) {
        return;
    }
    for (guint i = 0; i < QUESTION_COUNT; i++) {
        g_clear_pointer(&evidence->questions[i].campaigns, g_ptr_array_unref);
        g_clear_pointer(&evidence->questions[i].findings, g_ptr_array_unref);
    }
    g_clear_pointer(&evidence->campaigns, g_ptr_array_unref);
    g_free(evidence->as_of);
    for (guint i = 0; i < LANG_OWN_COUNT; i++) {
        g_free(evidence->organisation[i]);
    }
    g_free(evidence);
}

/* Whether a round may belong here: closed within the window, or open before its end. */
static bool concerns(const Evidence *evidence, const Study *study) {
    const EvidenceWindow *window = &evidence->window;
    return study->closed ? study_closed_within(study, window->from_us, window->to_us)
                         : study->opens_at_us < window->to_us;
}

static bool load_campaigns(Db *db, Evidence *evidence, const ReportSettings *settings,
                           GError **error) {
    g_autoptr(GPtrArray) studies = study_list(db, error);
    if (!studies) {
        return false;
    }
    FactsWindow window = {.from_us = evidence->window.from_us,
                          .to_us = evidence->window.to_us,
                          .employed = evidence->employed};
    while (studies->len > 0) {
        Study *study = g_ptr_array_steal_index(studies, 0);
        if (!concerns(evidence, study)) {
            study_free(study);
            continue;
        }
        EvidenceCampaign *campaign = g_new0(EvidenceCampaign, 1);
        g_ptr_array_add(evidence->campaigns, campaign);
        if (!knowledge_load_study(db, study, settings, &campaign->knowledge, error) ||
            !facts_load(db, campaign->knowledge, &window, &campaign->facts, error)) {
            return false;
        }
    }
    return true;
}

static bool is_candidate(const EvidenceCampaign *campaign, int question, int area) {
    CampaignKind kind = campaign->knowledge->study->kind;
    switch (question) {
    case 17:
        return kind == CAMPAIGN_KNOWLEDGE;
    case 18:
        return kind == CAMPAIGN_APPLICATION;
    case 30:
        return kind == CAMPAIGN_KNOWLEDGE && campaign->facts.scored_items_area[area] > 0;
    case 39:
        return kind == CAMPAIGN_OBSTACLES;
    default:
        g_assert_not_reached();
    }
}

static void add_candidates(const Evidence *evidence, EvidenceQuestion *q, bool closed) {
    for (guint i = 0; i < evidence->campaigns->len; i++) {
        EvidenceCampaign *campaign = g_ptr_array_index(evidence->campaigns, i);
        if (is_candidate(campaign, q->question, q->area) &&
            campaign->facts.closed_in_window == closed) {
            g_ptr_array_add(q->campaigns, campaign);
        }
    }
}

/* All follow-ups that are closed, or, if none is, those in progress: question 18 asks for methods
 * that together show it. */
static void judge_together(const Evidence *evidence, EvidenceQuestion *q,
                           GHashTable *confirmations) {
    add_candidates(evidence, q, true);
    if (q->campaigns->len == 0) {
        add_candidates(evidence, q, false);
    }
    GateFacts facts = {.frame_age_days = -1, .days_after = -1};
    if (q->campaigns->len > 0) {
        g_autofree const GateFacts **list = g_new(const GateFacts *, q->campaigns->len);
        for (guint i = 0; i < q->campaigns->len; i++) {
            const EvidenceCampaign *campaign = g_ptr_array_index(q->campaigns, i);
            list[i] = &campaign->facts;
        }
        facts = facts_together(list, q->campaigns->len);
    }
    q->findings = gates_evaluate(&facts, q->question, q->area, confirmations);
}

/* The one campaign that holds best; the latest closed of equals. A question is answered by one
 * examination, not by the best pieces of several. */
static void judge_best(const Evidence *evidence, EvidenceQuestion *q, GHashTable *confirmations) {
    GateFacts nothing = {.frame_age_days = -1, .days_after = -1};
    q->findings = gates_evaluate(&nothing, q->question, q->area, confirmations);
    EvidenceCampaign *best = NULL;
    for (guint i = 0; i < evidence->campaigns->len; i++) {
        EvidenceCampaign *campaign = g_ptr_array_index(evidence->campaigns, i);
        if (!is_candidate(campaign, q->question, q->area)) {
            continue;
        }
        GPtrArray *findings = gates_evaluate(&campaign->facts, q->question, q->area, confirmations);
        guint met = gates_met(findings), best_met = best ? gates_met(q->findings) : 0;
        if (!best || met > best_met ||
            (met == best_met &&
             campaign->knowledge->study->closed_at_us >= best->knowledge->study->closed_at_us)) {
            best = campaign;
            g_ptr_array_unref(q->findings);
            q->findings = findings;
        } else {
            g_ptr_array_unref(findings);
        }
    }
    if (best) {
        g_ptr_array_add(q->campaigns, best);
    }
}

static void judge(Evidence *evidence, GHashTable *confirmations) {
    static const struct {
        int question, area;
    } list[QUESTION_COUNT] = {{17, -1}, {18, -1}, {30, 0}, {30, 1},
                              {30, 2},  {30, 3},  {30, 4}, {39, -1}};
    for (guint i = 0; i < QUESTION_COUNT; i++) {
        EvidenceQuestion *q = &evidence->questions[i];
        *q = (EvidenceQuestion){.question = list[i].question, .area = list[i].area};
        q->campaigns = g_ptr_array_new();
        if (q->question == 18) {
            judge_together(evidence, q, confirmations);
        } else {
            judge_best(evidence, q, confirmations);
        }
        q->status = q->campaigns->len == 0    ? STATUS_NO
                    : gates_pass(q->findings) ? STATUS_YES
                                              : STATUS_BEGUN;
    }
}

/* "G39-h", or "G30-d:area2" for one of the areas whose wording depends on the organisation. */
static bool can_be_confirmed(const char *key) {
    static const char *const areas[] = {"area2", "area3", "area5", NULL};
    g_auto(GStrv) parts = g_strsplit(key, ":", 2);
    for (const GateRule *rule = gate_rules(); rule->id; rule++) {
        if (rule->weight == RULE_CONFIRM && g_strcmp0(rule->id, parts[0]) == 0) {
            return !parts[1] || (rule->question == 30 && g_strv_contains(areas, parts[1]));
        }
    }
    return false;
}

/* A confirmation must name a rule that asks for one. */
static bool check_confirmations(GHashTable *confirmations, GError **error) {
    GHashTableIter iterator;
    gpointer key = NULL;
    if (!confirmations) {
        return true;
    }
    g_hash_table_iter_init(&iterator, confirmations);
    while (g_hash_table_iter_next(&iterator, &key, NULL)) {
        if (!can_be_confirmed(key)) {
            return error_set(
                error, VK_ERROR_INPUT,
                tr("\"%s\" är ingen regel som kan bekräftas. De som kan är G30-d (även "
                   "G30-d:area2, area3, area5), G39-g och G39-h.",
                   "\"%s\" is not a rule that can be confirmed. Those that can are "
                   "G30-d (also G30-d:area2, area3, area5), G39-g and G39-h."),
                (const char *)key);
        }
    }
    return true;
}

bool evidence_load(Db *db, const EvidenceSpec *spec, Evidence **out_evidence, GError **error) {
    g_autoptr(Evidence) evidence = g_new0(Evidence, 1);
    if (!evidence_window(spec->as_of, &evidence->window, error) ||
        !check_confirmations(spec->confirmations, error)) {
        return false;
    }
    evidence->as_of = g_strdup(spec->as_of);
    evidence->organisation[LANG_SV] = g_strdup(spec->organisation[LANG_SV]);
    evidence->organisation[LANG_EN] = g_strdup(spec->organisation[LANG_EN]);
    evidence->campaigns = g_ptr_array_new_with_free_func(campaign_clear);
    if (!facts_employed(db, evidence->as_of, &evidence->employed, error) ||
        !load_campaigns(db, evidence, &spec->report, error)) {
        return false;
    }
    judge(evidence, spec->confirmations);
    *out_evidence = g_steal_pointer(&evidence);
    return true;
}

static char *campaign_names(const EvidenceQuestion *q) {
    cJSON *names = cJSON_CreateArray();
    for (guint i = 0; i < q->campaigns->len; i++) {
        const EvidenceCampaign *campaign = g_ptr_array_index(q->campaigns, i);
        cJSON_AddItemToArray(names, cJSON_CreateString(campaign->knowledge->study->name));
    }
    char *text = cJSON_PrintUnformatted(names);
    cJSON_Delete(names);
    return text;
}

static bool record_question(DbTx *tx, const Evidence *evidence, const EvidenceQuestion *q,
                            const char *file_sha256, int64_t now_us, GError **error) {
    g_autoptr(DbStmt) insert = db_tx_query(tx, &q_insert, error);
    if (!insert) {
        return false;
    }
    cJSON *rules = json_findings(q->findings);
    char *log = cJSON_PrintUnformatted(rules), *names = campaign_names(q);
    db_bind_int(insert, 1, now_us);
    db_bind_text(insert, 2, evidence->as_of);
    db_bind_text(insert, 3, evidence->window.from);
    db_bind_text(insert, 4, evidence->window.to);
    db_bind_int(insert, 5, q->question);
    db_bind_text(insert, 6, question_part(q));
    db_bind_text(insert, 7, names);
    db_bind_text(insert, 8, GATE_VERSION);
    db_bind_bool(insert, 9, q->status == STATUS_YES);
    db_bind_text(insert, 10, log);
    db_bind_text(insert, 11, file_sha256);
    cJSON_Delete(rules);
    free(log);
    free(names);
    return db_run(insert, NULL, error);
}

bool evidence_record(DbTx *tx, const Evidence *evidence, const char *file_sha256, int64_t now_us,
                     GError **error) {
    for (guint i = 0; i < QUESTION_COUNT; i++) {
        if (!record_question(tx, evidence, &evidence->questions[i], file_sha256, now_us, error)) {
            return false;
        }
    }
    return true;
}
