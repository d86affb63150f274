#include "base/clock.h"
#include "reports/export_private.h"

#include <math.h>
#include <stdlib.h>

/* A share as people read it, to six decimals: the rest is noise, and would make files differ. */
static void add_number(cJSON *to, const char *key, Statistic value) {
    if (value.defined) {
        cJSON_AddNumberToObject(to, key, round(value.value * 1e6) / 1e6);
    } else {
        cJSON_AddNullToObject(to, key);
    }
}

static void add_interval(cJSON *to, const char *key, Interval interval) {
    if (!interval.defined) {
        cJSON_AddNullToObject(to, key);
        return;
    }
    cJSON *pair = cJSON_AddArrayToObject(to, key);
    cJSON_AddItemToArray(pair, cJSON_CreateNumber(round(interval.low * 1e6) / 1e6));
    cJSON_AddItemToArray(pair, cJSON_CreateNumber(round(interval.high * 1e6) / 1e6));
}

static void add_count(cJSON *to, const char *key, int64_t value) {
    cJSON_AddNumberToObject(to, key, (double)value);
}

cJSON *json_share(const Share *share) {
    cJSON *json = cJSON_CreateObject();
    add_count(json, "x", share->x);
    add_count(json, "n", share->n);
    add_count(json, "population", share->population);
    add_number(json, "share", share->share);
    add_interval(json, "wilson", share->wilson);
    add_interval(json, "wilson_finite", share->finite);
    add_interval(json, "bounds", share->bounds);
    return json;
}

static void add_instant(cJSON *to, const char *key, int64_t at_us) {
    g_autofree char *text = at_us ? clock_format_utc(at_us) : NULL;
    if (text) {
        cJSON_AddStringToObject(to, key, text);
    } else {
        cJSON_AddNullToObject(to, key);
    }
}

cJSON *json_study(const Study *study) {
    static const char *const kinds[] = {"training", "knowledge", "application", "obstacles"};
    static const char *const promises[] = {"identified", "confidential", "anonymous"};
    cJSON *json = cJSON_CreateObject();
    cJSON_AddStringToObject(json, "name", study->name);
    cJSON *title = cJSON_AddObjectToObject(json, "title");
    cJSON_AddStringToObject(title, "sv", study->title[LANG_SV]);
    cJSON_AddStringToObject(title, "en", study->title[LANG_EN]);
    cJSON_AddStringToObject(json, "kind", kinds[study->kind]);
    cJSON_AddStringToObject(json, "promise", promises[study->promise]);
    cJSON_AddBoolToObject(json, "announced", study->announced);
    cJSON_AddStringToObject(json, "state", study->state);
    cJSON_AddStringToObject(json, "design", study->design);
    cJSON_AddStringToObject(json, "method", study->method_text);
    add_count(json, "promised_k", study->promised_k);
    add_instant(json, "frame_at", study->frame_at_us);
    add_instant(json, "opens_at", study->opens_at_us);
    add_instant(json, "closes_at", study->closes_at_us);
    add_instant(json, "closed_at", study->closed_at_us);
    return json;
}

void json_print(cJSON *take_root, GString *out) {
    char *text = cJSON_Print(take_root);
    cJSON_Delete(take_root);
    g_string_append(out, text);
    g_string_append_c(out, '\n');
    free(text); /* cJSON's own allocator is malloc */
}

static void add_unit(cJSON *to, const Study *study, ReportRowKind kind, guint node, guint depth,
                     bool shown) {
    cJSON_AddStringToObject(to, "row", kind == ROW_UNIT ? "unit" : "other_units");
    cJSON_AddStringToObject(to, "path", study_node(study, node)->path);
    add_count(to, "depth", depth);
    cJSON_AddBoolToObject(to, "suppressed", !shown);
}

static void add_participation(cJSON *to, const ParticipationCounts *counts) {
    add_count(to, "population", counts->population);
    add_count(to, "invited", counts->invited);
    add_count(to, "undeliverable", counts->undeliverable);
    add_count(to, "none", counts->none);
    add_count(to, "started", counts->started);
    add_count(to, "partial", counts->partial);
    add_count(to, "complete", counts->complete);
    Share complete = stats_share(counts->complete, counts->invited, 0);
    Share any = stats_share(counts->complete + counts->partial, counts->invited, 0);
    const struct {
        const char *key;
        const Share *share;
    } rates[] = {{"complete_of_invited", &complete}, {"complete_or_partial_of_invited", &any}};
    for (guint i = 0; i < G_N_ELEMENTS(rates); i++) {
        cJSON *rate = cJSON_AddObjectToObject(to, rates[i].key);
        add_count(rate, "x", rates[i].share->x);
        add_count(rate, "n", rates[i].share->n);
        add_number(rate, "share", rates[i].share->share);
    }
}

void export_participation_json(const Participation *p, GString *out) {
    cJSON *root = cJSON_CreateObject();
    cJSON_AddStringToObject(root, "schema", "vetkoll-participation/1");
    cJSON_AddItemToObject(root, "campaign", json_study(p->study));
    add_count(root, "k", p->k);
    add_count(root, "suppressed_units", p->hidden_count);
    cJSON *rows = cJSON_AddArrayToObject(root, "rows");
    for (guint i = 0; i < p->rows->len; i++) {
        const ParticipationRow *row = &g_array_index(p->rows, ParticipationRow, i);
        cJSON *json = cJSON_CreateObject();
        add_unit(json, p->study, row->kind, row->node, row->depth, row->shown);
        if (row->shown) {
            add_participation(json, &row->counts);
        }
        cJSON_AddItemToArray(rows, json);
    }
    json_print(root, out);
}

static const char *cell_state(CellState state) {
    static const char *const names[] = {
        [CELL_SHOWN] = "shown",
        [CELL_BAND_LOW] = "band_0_10",
        [CELL_BAND_HIGH] = "band_90_100",
        [CELL_HIDDEN] = "suppressed",
    };
    return names[state];
}

static cJSON *area_json(const KnowledgeArea *area) {
    cJSON *json = cJSON_CreateObject();
    cJSON_AddStringToObject(json, "area", area->area);
    cJSON_AddBoolToObject(json, "scored", area->scored);
    add_count(json, "questions", area->item_count);
    cJSON_AddStringToObject(json, "state", cell_state(area->state));
    if (area->state == CELL_SHOWN) {
        add_count(json, "respondents", area->respondents);
        add_count(json, "not_applicable", area->not_applicable);
        cJSON_AddItemToObject(json, "of_answers", json_share(&area->share));
    }
    return json;
}

static cJSON *item_json(const KnowledgeItem *item) {
    cJSON *json = cJSON_CreateObject();
    cJSON_AddStringToObject(json, "item", item->item->key);
    add_count(json, "version", item->item->version);
    cJSON_AddStringToObject(json, "area", item->item->area);
    cJSON_AddStringToObject(json, "measure", item_measure_text(item->item->measure));
    add_count(json, "polarity", item->item->polarity);
    cJSON *text = cJSON_AddObjectToObject(json, "text");
    cJSON_AddStringToObject(text, "sv", item->item->text[LANG_SV]);
    cJSON_AddStringToObject(text, "en", item->item->text[LANG_EN]);
    cJSON_AddStringToObject(json, "counts",
                            item->scored                              ? "right"
                            : item->item->measure == MEASURE_OBSTACLE ? "obstacle"
                                                                      : "good_practice");
    cJSON_AddBoolToObject(json, "whole_organisation_only", item->whole_only);
    add_count(json, "k", item->k);
    cJSON_AddStringToObject(json, "state", cell_state(item->state));
    if (item->state != CELL_SHOWN) {
        return json;
    }
    add_count(json, "not_applicable", item->not_applicable);
    cJSON_AddItemToObject(json, "of_answers", json_share(&item->share));
    if (!item->scored) {
        cJSON *steps = cJSON_AddArrayToObject(json, "steps");
        for (guint i = 0; i < ITEM_SCALE_OPTIONS; i++) {
            cJSON_AddItemToArray(steps, cJSON_CreateNumber((double)item->steps[i]));
        }
        cJSON_AddItemToObject(json, "top_two", json_share(&item->top_two));
    }
    return json;
}

cJSON *json_participation(const ParticipationCounts *counts) {
    cJSON *json = cJSON_CreateObject();
    add_participation(json, counts);
    return json;
}

cJSON *json_areas(const Knowledge *k) {
    cJSON *areas = cJSON_CreateArray();
    for (guint i = 0; i < k->areas->len; i++) {
        cJSON_AddItemToArray(areas, area_json(&g_array_index(k->areas, KnowledgeArea, i)));
    }
    return areas;
}

cJSON *json_items(const Knowledge *k) {
    cJSON *items = cJSON_CreateArray();
    for (guint i = 0; i < k->items->len; i++) {
        cJSON_AddItemToArray(items, item_json(&g_array_index(k->items, KnowledgeItem, i)));
    }
    return items;
}

static cJSON *rows_json(const Knowledge *k) {
    cJSON *rows = cJSON_CreateArray();
    for (guint i = 0; i < k->rows->len; i++) {
        const KnowledgeRow *row = g_ptr_array_index(k->rows, i);
        cJSON *json = cJSON_CreateObject();
        add_unit(json, k->study, row->kind, row->node, row->depth, row->shown);
        cJSON *areas = cJSON_AddArrayToObject(json, "areas");
        for (guint j = 0; j < row->areas->len; j++) {
            cJSON_AddItemToArray(areas, area_json(&g_array_index(row->areas, KnowledgeArea, j)));
        }
        cJSON_AddItemToArray(rows, json);
    }
    return rows;
}

void export_knowledge_json(const Knowledge *k, GString *out) {
    static const char *const ballots[] = {
        [BALLOTS_DONE] = "done", [BALLOTS_WAITING] = "waiting", [BALLOTS_SHUT] = "sealed"};
    cJSON *root = cJSON_CreateObject();
    cJSON_AddStringToObject(root, "schema", "vetkoll-knowledge/1");
    cJSON_AddItemToObject(root, "campaign", json_study(k->study));
    add_count(root, "k", k->k);
    cJSON_AddBoolToObject(root, "waits_for_close", k->open_anonymous);
    cJSON_AddStringToObject(root, "ballots", ballots[k->ballots]);
    cJSON_AddBoolToObject(root, "whole_organisation_only", k->whole_only);
    add_count(root, "suppressed_units", k->hidden_count);
    const ParticipationCounts *whole = participation_whole(k->participation);
    cJSON_AddItemToObject(root, "participation",
                          whole ? json_participation(whole) : cJSON_CreateNull());
    cJSON_AddItemToObject(root, "areas", json_areas(k));
    cJSON_AddItemToObject(root, "items", json_items(k));
    cJSON_AddItemToObject(root, "units", rows_json(k));
    cJSON *ranking = cJSON_AddArrayToObject(root, "obstacles_by_prevalence");
    for (guint i = 0; i < k->ranking->len; i++) {
        guint index = g_array_index(k->ranking, guint, i);
        const KnowledgeItem *item = &g_array_index(k->items, KnowledgeItem, index);
        cJSON_AddItemToArray(ranking, cJSON_CreateString(item->item->key));
    }
    add_count(root, "free_texts", k->text_count);
    json_print(root, out);
}
