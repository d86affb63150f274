#include "base/clock.h"
#include "reports/evidence_private.h"
#include "reports/export_private.h"

static void add_taken(cJSON *to, const char *key, char *take_text) {
    g_autofree char *text = take_text;
    cJSON_AddStringToObject(to, key, text);
}

static void add_list(cJSON *to, const char *key, char **take_texts) {
    cJSON *list = cJSON_AddArrayToObject(to, key);
    for (guint i = 0; take_texts[i]; i++) {
        cJSON_AddItemToArray(list, cJSON_CreateString(take_texts[i]));
    }
    g_strfreev(take_texts);
}

/* For the style sheet, which knows no å or ö. */
static const char *status_class(EvidenceStatus status) {
    static const char *const classes[] = {"nej", "paborjat", "ja"};
    return classes[status];
}

static cJSON *question_json(const EvidenceQuestion *q, Lang lang) {
    cJSON *json = cJSON_CreateObject();
    add_taken(json, "label", question_label(q, lang));
    add_taken(json, "anchor", g_strdup_printf("q%d%s", q->question, question_part(q)));
    cJSON_AddStringToObject(json, "text", question_text(q->question, lang));
    cJSON_AddStringToObject(json, "box", q->area < 0 ? "" : area_box_text(q->area, lang));
    cJSON_AddStringToObject(json, "status", status_text(q->status, lang));
    cJSON_AddStringToObject(json, "status_class", status_class(q->status));
    add_taken(json, "conclusion", conclusion_text(q, lang));
    add_list(json, "results", result_texts(q, lang));
    add_list(json, "missing", missing_texts(q, lang));
    cJSON_AddBoolToObject(json, "has_results", q->campaigns->len > 0);
    cJSON_AddBoolToObject(json, "has_missing", q->status != STATUS_YES);
    cJSON *rules = cJSON_AddArrayToObject(json, "rules");
    for (guint i = 0; i < q->findings->len; i++) {
        const GateFinding *finding = g_ptr_array_index(q->findings, i);
        cJSON *rule = cJSON_CreateObject();
        cJSON_AddStringToObject(rule, "id", finding->rule->id);
        cJSON_AddStringToObject(rule, "need", finding->need[lang]);
        cJSON_AddStringToObject(rule, "found", finding->found[lang]);
        cJSON_AddStringToObject(rule, "outcome", outcome_text(finding, lang));
        cJSON_AddStringToObject(rule, "source", finding->rule->source);
        cJSON_AddItemToArray(rules, rule);
    }
    return json;
}

static cJSON *campaign_json(const EvidenceCampaign *campaign, Lang lang) {
    const Study *study = campaign->knowledge->study;
    const GateFacts *f = &campaign->facts;
    Share rate = stats_share(f->complete, f->invited, 0);
    cJSON *json = cJSON_CreateObject();
    cJSON_AddStringToObject(json, "title", study->title[lang]);
    cJSON_AddStringToObject(json, "name", study->name);
    cJSON_AddStringToObject(json, "kind", study_kind_text(study->kind, lang));
    cJSON_AddStringToObject(json, "promise", study_promise_text(study->promise, lang));
    add_taken(json, "from", clock_format_date(study->opens_at_us));
    add_taken(json, "closed",
              study->closed ? clock_format_last_date(study->closed_at_us)
                            : g_strdup(state_text(study, lang)));
    cJSON_AddNumberToObject(json, "invited", (double)f->invited);
    cJSON_AddNumberToObject(json, "undeliverable", (double)f->undeliverable);
    cJSON_AddNumberToObject(json, "complete", (double)f->complete);
    cJSON_AddNumberToObject(json, "partial", (double)f->partial);
    add_taken(json, "rate", percent_text(rate.share, lang));
    cJSON_AddStringToObject(json, "method", study->method_text);
    return json;
}

bool evidence_html(const Evidence *evidence, const Catalog *catalog, Lang lang, GString *out,
                   GError **error) {
    cJSON *page = cJSON_CreateObject();
    cJSON_AddStringToObject(page, "organisation", evidence->organisation[lang]);
    cJSON_AddStringToObject(page, "as_of", evidence->as_of);
    cJSON_AddStringToObject(page, "window_from", evidence->window.from);
    cJSON_AddStringToObject(page, "window_to", evidence->window.to);
    cJSON_AddNumberToObject(page, "employed", (double)evidence->employed);
    cJSON_AddStringToObject(page, "gate_version", GATE_VERSION);
    cJSON *questions = cJSON_AddArrayToObject(page, "questions");
    for (guint i = 0; i < QUESTION_COUNT; i++) {
        cJSON_AddItemToArray(questions, question_json(&evidence->questions[i], lang));
    }
    cJSON *campaigns = cJSON_AddArrayToObject(page, "campaigns");
    for (guint i = 0; i < evidence->campaigns->len; i++) {
        cJSON_AddItemToArray(campaigns,
                             campaign_json(g_ptr_array_index(evidence->campaigns, i), lang));
    }
    cJSON_AddBoolToObject(page, "has_campaigns", evidence->campaigns->len > 0);
    bool done = catalog_render(catalog, lang, "report/evidence.html", page, out, error);
    cJSON_Delete(page);
    return done;
}

char *evidence_summary(const Evidence *evidence, Lang lang) {
    GString *out = g_string_new(NULL);
    g_string_append_printf(out, "%s %s: %s–%s\n", in_lang(lang, "Underlag per", "Evidence as of"),
                           evidence->as_of, evidence->window.from, evidence->window.to);
    for (guint i = 0; i < QUESTION_COUNT; i++) {
        const EvidenceQuestion *q = &evidence->questions[i];
        g_autofree char *label = question_label(q, lang);
        g_autofree char *conclusion = conclusion_text(q, lang);
        g_auto(GStrv) results = result_texts(q, lang);
        g_auto(GStrv) missing = missing_texts(q, lang);
        g_string_append_printf(out, "\n%s %s: %s\n", in_lang(lang, "Fråga", "Question"), label,
                               status_text(q->status, lang));
        append_wrapped(out, "  ", "  ", conclusion);
        for (guint j = 0; results[j]; j++) {
            append_wrapped(out, "  · ", "    ", results[j]);
        }
        for (guint j = 0; q->campaigns->len > 0 && missing[j]; j++) {
            append_wrapped(out, in_lang(lang, "  saknas: ", "  missing: "), "    ", missing[j]);
        }
    }
    return g_string_free(out, FALSE);
}
