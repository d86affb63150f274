#include "reports/gates.h"

#include "reports/gates_private.h"

#include <string.h>

void gate_say(char *found[LANG_OWN_COUNT], const char *sv, const char *en, ...) {
    va_list arguments, again;
    va_start(arguments, en);
    va_copy(again, arguments);
    found[LANG_SV] = g_strdup_vprintf(sv, arguments);
    found[LANG_EN] = g_strdup_vprintf(en, again);
    va_end(again);
    va_end(arguments);
}

void gate_finding_free(GateFinding *finding) {
    if (!finding) {
        return;
    }
    for (Lang lang = LANG_SV; lang <= LANG_EN; lang++) {
        g_free(finding->need[lang]);
        g_free(finding->found[lang]);
    }
    g_free(finding);
}

static char *need_text(const GateRule *rule, Lang lang) {
    char number[G_ASCII_DTOSTR_BUF_SIZE];
    g_ascii_formatd(number, sizeof number, "%g",
                    rule->percent ? rule->threshold * 100 : rule->threshold);
    g_auto(GStrv) parts = g_strsplit(rule->need[lang], "{x}", -1);
    return g_strjoinv(number, parts);
}

/* What the organisation has confirmed for this rule; NULL: nothing. */
static const char *confirmation_of(const GateRule *rule, int area, GHashTable *confirmations) {
    if (!confirmations) {
        return NULL;
    }
    g_autofree char *by_area = g_strdup_printf("%s:area%d", rule->id, area + 1);
    const char *text = area >= 0 ? g_hash_table_lookup(confirmations, by_area) : NULL;
    return text ? text : g_hash_table_lookup(confirmations, rule->id);
}

static void confirm(GateFinding *finding, int area, GHashTable *confirmations) {
    const char *text = confirmation_of(finding->rule, area, confirmations);
    finding->outcome = text ? GATE_MET : GATE_UNCONFIRMED;
    if (text) {
        gate_say(finding->found, "organisationen bekräftar: %s", "the organisation confirms: %s",
                 text);
    } else if (area >= 0) {
        gate_say(finding->found, "inte bekräftat (bekräfta med --confirm %s:area%d=TEXT)",
                 "not confirmed (confirm with --confirm %s:area%d=TEXT)", finding->rule->id,
                 area + 1);
    } else {
        gate_say(finding->found, "inte bekräftat (bekräfta med --confirm %s=TEXT)",
                 "not confirmed (confirm with --confirm %s=TEXT)", finding->rule->id);
    }
}

/* The wording of areas 2, 3 and 5 depends on the organisation; that of 1 and 4 does not. */
static bool applies(const GateRule *rule, int question, int area) {
    if (rule->question != 0 && rule->question != question) {
        return false;
    }
    return strcmp(rule->id, "G30-d") != 0 || area == 1 || area == 2 || area == 4;
}

GPtrArray *gates_evaluate(const GateFacts *facts, int question, int area,
                          GHashTable *confirmations) {
    GPtrArray *findings = g_ptr_array_new_with_free_func((GDestroyNotify)gate_finding_free);
    for (const GateRule *rule = gate_rules(); rule->id; rule++) {
        if (!applies(rule, question, area)) {
            continue;
        }
        GateFinding *finding = g_new0(GateFinding, 1);
        finding->rule = rule;
        for (Lang lang = LANG_SV; lang <= LANG_EN; lang++) {
            finding->need[lang] = need_text(rule, lang);
        }
        if (rule->holds) {
            bool met = rule->holds(facts, rule->threshold, area, finding->found);
            finding->outcome = met ? GATE_MET : GATE_NOT_MET;
        } else {
            confirm(finding, area, confirmations);
        }
        g_ptr_array_add(findings, finding);
    }
    return findings;
}

bool gates_pass(const GPtrArray *findings) {
    for (guint i = 0; i < findings->len; i++) {
        const GateFinding *finding = g_ptr_array_index(findings, i);
        if (finding->rule->weight != RULE_INFORMS && finding->outcome != GATE_MET) {
            return false;
        }
    }
    return true;
}

guint gates_met(const GPtrArray *findings) {
    guint met = 0;
    for (guint i = 0; i < findings->len; i++) {
        const GateFinding *finding = g_ptr_array_index(findings, i);
        met += finding->rule->weight != RULE_INFORMS && finding->outcome == GATE_MET;
    }
    return met;
}
