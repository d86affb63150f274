/* The pages' words stand in the templates; here are only the values, already written in the
 * language. */
#include "base/clock.h"
#include "reports/export_private.h"

#include <math.h>

static void add_text(cJSON *to, const char *key, const char *text) {
    cJSON_AddStringToObject(to, key, text);
}

static void add_taken(cJSON *to, const char *key, char *take_text) {
    g_autofree char *text = take_text;
    cJSON_AddStringToObject(to, key, text);
}

static void add_count(cJSON *to, const char *key, int64_t value) {
    cJSON_AddNumberToObject(to, key, (double)value);
}

/* A length on a bar of 100, to a tenth. */
static void add_length(cJSON *to, const char *key, double share) {
    cJSON_AddNumberToObject(to, key, round(CLAMP(share, 0.0, 1.0) * 1000) / 10);
}

static void add_bar(cJSON *to, const Share *share) {
    Interval interval = share_interval(share);
    add_length(to, "bar", share->share.defined ? share->share.value : 0);
    add_length(to, "low", interval.defined ? interval.low : 0);
    add_length(to, "wide", interval.defined ? interval.high - interval.low : 0);
}

static void add_share(cJSON *to, const Share *share, Lang lang) {
    add_taken(to, "share", percent_text(share->share, lang));
    add_count(to, "x", share->x);
    add_count(to, "n", share->n);
    add_taken(to, "interval", interval_text(share_interval(share), lang));
    add_taken(to, "bounds", interval_text(share->bounds, lang));
    add_bar(to, share);
}

static cJSON *page_new(const Study *study, Lang lang, char **take_notes) {
    cJSON *page = cJSON_CreateObject();
    add_text(page, "title", study->title[lang]);
    add_text(page, "name", study->name);
    add_text(page, "kind", study_kind_text(study->kind, lang));
    add_text(page, "promise", study_promise_text(study->promise, lang));
    add_taken(page, "from", clock_format_date(study->opens_at_us));
    add_taken(page, "to", clock_format_last_date(study_end_us(study)));
    add_text(page, "state", state_text(study, lang));
    add_text(page, "hidden", hidden_text(lang));
    cJSON *notes = cJSON_AddArrayToObject(page, "notes");
    for (guint i = 0; take_notes[i]; i++) {
        cJSON_AddItemToArray(notes, cJSON_CreateString(take_notes[i]));
    }
    g_strfreev(take_notes);
    return page;
}

static bool render(const Catalog *catalog, Lang lang, const char *name, cJSON *take_page,
                   GString *out, GError **error) {
    bool done = catalog_render(catalog, lang, name, take_page, out, error);
    cJSON_Delete(take_page);
    return done;
}

static void add_unit(cJSON *row, const Study *study, ReportRowKind kind, guint node, guint depth,
                     bool shown, Lang lang) {
    add_taken(row, "label", label_of(study, kind, node, lang));
    add_count(row, "depth", MIN(depth, 6));
    cJSON_AddBoolToObject(row, "rest", kind == ROW_REST);
    cJSON_AddBoolToObject(row, "shown", shown);
}

static cJSON *participation_row(const Participation *p, const ParticipationRow *row, Lang lang) {
    cJSON *json = cJSON_CreateObject();
    const ParticipationCounts *c = &row->counts;
    add_unit(json, p->study, row->kind, row->node, row->depth, row->shown, lang);
    if (!row->shown) {
        return json;
    }
    Share complete = stats_share(c->complete, c->invited, 0);
    Share any = stats_share(c->complete + c->partial, c->invited, 0);
    add_count(json, "invited", c->invited);
    add_count(json, "none", c->none);
    add_count(json, "undeliverable", c->undeliverable);
    add_count(json, "started", c->started);
    add_count(json, "partial", c->partial);
    add_count(json, "complete", c->complete);
    add_taken(json, "rate", percent_text(complete.share, lang));
    add_taken(json, "rate_any", percent_text(any.share, lang));
    add_length(json, "bar", complete.share.value);
    add_length(json, "bar_any", any.share.value);
    return json;
}

bool export_participation_html(const Participation *p, Lang lang, const Catalog *catalog,
                               GString *out, GError **error) {
    cJSON *page = page_new(p->study, lang, participation_notes(p, lang));
    cJSON *rows = cJSON_AddArrayToObject(page, "rows");
    for (guint i = 0; i < p->rows->len; i++) {
        cJSON_AddItemToArray(
            rows, participation_row(p, &g_array_index(p->rows, ParticipationRow, i), lang));
    }
    return render(catalog, lang, "report/participation.html", page, out, error);
}

static void add_areas(cJSON *page, const Knowledge *k, Lang lang) {
    cJSON *areas = cJSON_AddArrayToObject(page, "areas");
    for (guint i = 0; i < k->areas->len; i++) {
        const KnowledgeArea *area = &g_array_index(k->areas, KnowledgeArea, i);
        cJSON *json = cJSON_CreateObject();
        add_taken(json, "area_name", knowledge_area_label(area, lang));
        cJSON_AddBoolToObject(json, "shown", area->state == CELL_SHOWN);
        if (area->state == CELL_SHOWN) {
            add_share(json, &area->share, lang);
            add_count(json, "people", area->respondents);
        }
        cJSON_AddItemToArray(areas, json);
    }
}

static cJSON *item_json(const KnowledgeItem *item, Lang lang) {
    static const char *const steps[] = {"step0", "step1", "step2", "step3"};
    cJSON *json = cJSON_CreateObject();
    const char *band = band_text(item->state, lang);
    add_text(json, "key", item->item->key);
    add_text(json, "text", item->item->text[lang]);
    add_text(json, "area_name", knowledge_area_text(item->item->area, lang));
    add_text(json, "counted", counted_text(item, lang));
    cJSON_AddBoolToObject(json, "shown", item->state == CELL_SHOWN);
    add_text(json, "band", band ? band : "");
    if (item->state != CELL_SHOWN) {
        add_taken(json, "hidden", hidden_item_text(item, lang));
        return json;
    }
    add_share(json, &item->share, lang);
    add_count(json, "not_applicable", item->not_applicable);
    for (guint i = 0; i < ITEM_SCALE_OPTIONS && !item->scored; i++) {
        add_count(json, steps[i], item->steps[i]);
    }
    if (!item->scored) {
        add_taken(json, "top_two", percent_text(item->top_two.share, lang));
    }
    return json;
}

static void add_items(cJSON *page, const Knowledge *k, Lang lang) {
    cJSON *scored = cJSON_AddArrayToObject(page, "scored");
    cJSON *statements = cJSON_AddArrayToObject(page, "statements");
    for (guint i = 0; i < k->items->len; i++) {
        const KnowledgeItem *item = &g_array_index(k->items, KnowledgeItem, i);
        cJSON_AddItemToArray(item->scored ? scored : statements, item_json(item, lang));
    }
    cJSON_AddBoolToObject(page, "has_areas", k->areas->len > 0);
    cJSON_AddBoolToObject(page, "has_scored", cJSON_GetArraySize(scored) > 0);
    cJSON_AddBoolToObject(page, "has_statements", cJSON_GetArraySize(statements) > 0);
}

static cJSON *cells_json(const Knowledge *k, const KnowledgeRow *row, Lang lang) {
    cJSON *cells = cJSON_CreateArray();
    for (guint i = 0; i < k->areas->len; i++) {
        cJSON *json = cJSON_CreateObject();
        const KnowledgeArea *cell =
            row->shown ? &g_array_index(row->areas, KnowledgeArea, i) : NULL;
        bool shown = cell && cell->state == CELL_SHOWN;
        cJSON_AddBoolToObject(json, "cell_shown", shown);
        if (shown) {
            add_taken(json, "share", percent_text(cell->share.share, lang));
            add_count(json, "people", cell->respondents);
            add_bar(json, &cell->share);
        }
        cJSON_AddItemToArray(cells, json);
    }
    return cells;
}

static void add_units(cJSON *page, const Knowledge *k, Lang lang) {
    cJSON *units = cJSON_AddArrayToObject(page, "units");
    for (guint i = 0; i < k->rows->len; i++) {
        const KnowledgeRow *row = g_ptr_array_index(k->rows, i);
        cJSON *json = cJSON_CreateObject();
        add_unit(json, k->study, row->kind, row->node, row->depth, row->shown, lang);
        cJSON_AddItemToObject(json, "cells", cells_json(k, row, lang));
        cJSON_AddItemToArray(units, json);
    }
    cJSON_AddBoolToObject(page, "has_units", k->areas->len > 0 && k->rows->len > 1);
}

static void add_ranking(cJSON *page, const Knowledge *k, Lang lang) {
    cJSON *ranking = cJSON_AddArrayToObject(page, "ranking");
    for (guint i = 0; i < k->ranking->len; i++) {
        const KnowledgeItem *item =
            &g_array_index(k->items, KnowledgeItem, g_array_index(k->ranking, guint, i));
        cJSON *json = item_json(item, lang);
        cJSON_AddBoolToObject(json, "barrier", item->item->polarity < 0);
        cJSON_AddItemToArray(ranking, json);
    }
    cJSON_AddBoolToObject(page, "has_ranking", k->ranking->len > 0);
}

bool export_knowledge_html(const Knowledge *k, Lang lang, const Catalog *catalog, GString *out,
                           GError **error) {
    cJSON *page = page_new(k->study, lang, knowledge_notes(k, lang));
    const ParticipationCounts *whole = participation_whole(k->participation);
    cJSON_AddBoolToObject(page, "has_participation", whole != NULL);
    if (whole) {
        Share rate = stats_share(whole->complete, whole->invited, 0);
        add_count(page, "complete", whole->complete);
        add_count(page, "invited", whole->invited);
        add_taken(page, "rate", percent_text(rate.share, lang));
    }
    add_areas(page, k, lang);
    add_items(page, k, lang);
    add_units(page, k, lang);
    add_ranking(page, k, lang);
    add_count(page, "texts", k->text_count);
    return render(catalog, lang, "report/knowledge.html", page, out, error);
}
