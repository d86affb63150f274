#include "base/clock.h"
#include "reports/evidence_private.h"
#include "reports/export_private.h"

#include <string.h>

typedef char *(*LangText)(const EvidenceQuestion *question, Lang lang);
typedef char **(*LangTexts)(const EvidenceQuestion *question, Lang lang);

static void add_pair(cJSON *to, const char *key, const char *sv, const char *en) {
    cJSON *pair = cJSON_AddObjectToObject(to, key);
    cJSON_AddStringToObject(pair, "sv", sv);
    cJSON_AddStringToObject(pair, "en", en);
}

static void add_text(cJSON *to, const char *key, LangText text, const EvidenceQuestion *q) {
    g_autofree char *sv = text(q, LANG_SV);
    g_autofree char *en = text(q, LANG_EN);
    add_pair(to, key, sv, en);
}

static void add_texts(cJSON *to, const char *key, LangTexts texts, const EvidenceQuestion *q) {
    cJSON *pair = cJSON_AddObjectToObject(to, key);
    for (Lang lang = LANG_SV; lang <= LANG_EN; lang++) {
        g_auto(GStrv) list = texts(q, lang);
        cJSON *array = cJSON_AddArrayToObject(pair, lang_code(lang));
        for (guint i = 0; list[i]; i++) {
            cJSON_AddItemToArray(array, cJSON_CreateString(list[i]));
        }
    }
}

cJSON *json_findings(const GPtrArray *findings) {
    static const char *const outcomes[] = {"met", "not_met", "unconfirmed"};
    static const char *const weights[] = {"decides", "informs", "confirm"};
    cJSON *rules = cJSON_CreateArray();
    for (guint i = 0; i < findings->len; i++) {
        const GateFinding *finding = g_ptr_array_index(findings, i);
        cJSON *rule = cJSON_CreateObject();
        cJSON_AddStringToObject(rule, "rule", finding->rule->id);
        cJSON_AddStringToObject(rule, "weight", weights[finding->rule->weight]);
        add_pair(rule, "needs", finding->need[LANG_SV], finding->need[LANG_EN]);
        cJSON_AddNumberToObject(rule, "threshold", finding->rule->threshold);
        add_pair(rule, "found", finding->found[LANG_SV], finding->found[LANG_EN]);
        cJSON_AddStringToObject(rule, "outcome", outcomes[finding->outcome]);
        cJSON_AddStringToObject(rule, "source", finding->rule->source);
        cJSON_AddItemToArray(rules, rule);
    }
    return rules;
}

static cJSON *question_json(const EvidenceQuestion *q) {
    static const char *const statuses[] = {"nej", "påbörjat", "ja"};
    cJSON *json = cJSON_CreateObject();
    cJSON_AddNumberToObject(json, "question", q->question);
    cJSON_AddStringToObject(json, "part", question_part(q));
    add_pair(json, "text", question_text(q->question, LANG_SV),
             question_text(q->question, LANG_EN));
    if (q->area >= 0) {
        add_pair(json, "box", area_box_text(q->area, LANG_SV), area_box_text(q->area, LANG_EN));
    }
    cJSON_AddStringToObject(json, "status", statuses[q->status]);
    cJSON_AddBoolToObject(json, "supports_box", q->status == STATUS_YES);
    add_text(json, "conclusion", conclusion_text, q);
    cJSON *campaigns = cJSON_AddArrayToObject(json, "campaigns");
    for (guint i = 0; i < q->campaigns->len; i++) {
        const EvidenceCampaign *campaign = g_ptr_array_index(q->campaigns, i);
        cJSON_AddItemToArray(campaigns, cJSON_CreateString(campaign->knowledge->study->name));
    }
    add_texts(json, "results", result_texts, q);
    add_texts(json, "missing", missing_texts, q);
    cJSON_AddItemToObject(json, "rules", json_findings(q->findings));
    add_pair(json, "verified_by", "ej verifierad", "not verified");
    return json;
}

static void add_mean(cJSON *to, const char *key, const Mean *mean) {
    if (!mean->defined) {
        cJSON_AddNullToObject(to, key);
        return;
    }
    cJSON *json = cJSON_AddObjectToObject(to, key);
    cJSON_AddNumberToObject(json, "mean", (double)(int64_t)(mean->mean * 1e6 + 0.5) / 1e6);
    cJSON_AddNumberToObject(json, "low", (double)(int64_t)(mean->low * 1e6 + 0.5) / 1e6);
    cJSON_AddNumberToObject(json, "high", (double)(int64_t)(mean->high * 1e6 + 0.5) / 1e6);
}

static void add_trained(cJSON *to, const GateFacts *facts) {
    cJSON *json = cJSON_AddObjectToObject(to, "after_training");
    cJSON_AddNumberToObject(json, "counted", (double)facts->counted);
    cJSON_AddNumberToObject(json, "trained_in_window", (double)facts->trained_in_window);
    if (facts->at_mark.share.defined) {
        cJSON_AddItemToObject(json, "at_least_80_percent_right", json_share(&facts->at_mark));
    } else {
        cJSON_AddNullToObject(json, "at_least_80_percent_right");
    }
    add_mean(json, "mean_score", &facts->score);
    if (facts->kr20.defined) {
        cJSON_AddNumberToObject(json, "kr20", (double)(int64_t)(facts->kr20.value * 1e6) / 1e6);
    } else {
        cJSON_AddNullToObject(json, "kr20");
    }
}

static cJSON *campaign_json(const EvidenceCampaign *campaign) {
    const Knowledge *k = campaign->knowledge;
    const Study *study = k->study;
    const ParticipationCounts *whole = participation_whole(k->participation);
    cJSON *json = json_study(study);
    g_autofree char *date = study->closed ? clock_format_last_date(study->closed_at_us) : NULL;
    if (date) {
        cJSON_AddStringToObject(json, "evidence_date", date);
    } else {
        cJSON_AddNullToObject(json, "evidence_date");
    }
    cJSON_AddBoolToObject(json, "closed_in_window", campaign->facts.closed_in_window);
    cJSON_AddNumberToObject(json, "k", (double)k->k);
    cJSON_AddItemToObject(json, "participation",
                          whole ? json_participation(whole) : cJSON_CreateNull());
    cJSON_AddItemToObject(json, "areas", json_areas(k));
    cJSON_AddItemToObject(json, "items", json_items(k));
    if (study->kind == CAMPAIGN_KNOWLEDGE && study->promise != PROMISE_ANONYMOUS) {
        add_trained(json, &campaign->facts);
    }
    return json;
}

char *evidence_json(const Evidence *evidence) {
    cJSON *root = cJSON_CreateObject();
    cJSON_AddStringToObject(root, "schema", "vetkoll-evidence/1");
    add_pair(root, "organisation", evidence->organisation[LANG_SV],
             evidence->organisation[LANG_EN]);
    cJSON_AddStringToObject(root, "as_of", evidence->as_of);
    cJSON *window = cJSON_AddObjectToObject(root, "window");
    cJSON_AddStringToObject(window, "reference_month", evidence->window.month);
    cJSON_AddNumberToObject(window, "months", 24);
    cJSON_AddStringToObject(window, "from", evidence->window.from);
    cJSON_AddStringToObject(window, "to", evidence->window.to);
    cJSON_AddNumberToObject(root, "employed", (double)evidence->employed);
    cJSON_AddStringToObject(root, "gate_version", GATE_VERSION);
    add_pair(root, "reading",
             "Underlaget visar vad som är undersökt och vad det stöder. Det är organisationen som "
             "avgör vad den svarar. Trösklarna är Vetkolls, inte MSB:s.",
             "The evidence shows what was examined and what that supports. It is the organisation "
             "that decides what it answers. The thresholds are Vetkoll's, not MSB's.");
    cJSON *questions = cJSON_AddArrayToObject(root, "questions");
    for (guint i = 0; i < QUESTION_COUNT; i++) {
        cJSON_AddItemToArray(questions, question_json(&evidence->questions[i]));
    }
    cJSON *campaigns = cJSON_AddArrayToObject(root, "campaigns");
    for (guint i = 0; i < evidence->campaigns->len; i++) {
        cJSON_AddItemToArray(campaigns, campaign_json(g_ptr_array_index(evidence->campaigns, i)));
    }
    GString *text = g_string_new(NULL);
    json_print(root, text);
    return g_string_free(text, FALSE);
}
