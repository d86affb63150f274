#include "reports/csv_line.h"
#include "reports/export_private.h"

static const char *shown_text(bool shown, Lang lang) {
    return shown ? in_lang(lang, "ja", "yes") : hidden_text(lang);
}

static void unit_fields(CsvLine *line, const Study *study, ReportRowKind kind, guint node,
                        guint depth) {
    g_autofree char *label = label_of(study, kind, node, line->lang);
    csv_line_text(line, label);
    csv_line_text(line, study_node(study, node)->path);
    csv_line_count(line, depth);
}

void export_participation_csv(const Participation *p, Lang lang, GString *out) {
    static const char *const texts[][LANG_OWN_COUNT] = {
        {"Enhet", "Unit"},
        {"Sökväg", "Path"},
        {"Nivå", "Level"},
        {"Visas", "Shown"},
        {"Personer i urvalsramen", "People in the frame"},
        {"Inbjudna", "Invited"},
        {"Ej nådda", "Undeliverable"},
        {"Ej börjat", "Not begun"},
        {"Påbörjat", "Started"},
        {"Delvis", "Partial"},
        {"Slutfört", "Complete"},
        {"Slutfört av inbjudna, %", "Complete of invited, %"},
        {"Slutfört eller delvis av inbjudna, %", "Complete or partial of invited, %"},
    };
    CsvLine line = {.out = out, .lang = lang};
    csv_line_mark(&line);
    csv_line_heads(&line, texts, G_N_ELEMENTS(texts));
    for (guint i = 0; i < p->rows->len; i++) {
        const ParticipationRow *row = &g_array_index(p->rows, ParticipationRow, i);
        const ParticipationCounts *c = &row->counts;
        unit_fields(&line, p->study, row->kind, row->node, row->depth);
        csv_line_text(&line, shown_text(row->shown, lang));
        if (!row->shown) {
            csv_line_empty(&line, 9);
            csv_line_end(&line);
            continue;
        }
        csv_line_count(&line, c->population);
        csv_line_count(&line, c->invited);
        csv_line_count(&line, c->undeliverable);
        csv_line_count(&line, c->none);
        csv_line_count(&line, c->started);
        csv_line_count(&line, c->partial);
        csv_line_count(&line, c->complete);
        Share complete = stats_share(c->complete, c->invited, 0);
        Share any = stats_share(c->complete + c->partial, c->invited, 0);
        csv_line_percent(&line, complete.share.defined, complete.share.value);
        csv_line_percent(&line, any.share.defined, any.share.value);
        csv_line_end(&line);
    }
}

static void share_fields(CsvLine *line, const Share *share) {
    Interval interval = share_interval(share);
    csv_line_count(line, share->x);
    csv_line_count(line, share->n);
    csv_line_count(line, share->population);
    csv_line_percent(line, share->share.defined, share->share.value);
    csv_line_percent(line, interval.defined, interval.low);
    csv_line_percent(line, interval.defined, interval.high);
    csv_line_percent(line, share->bounds.defined, share->bounds.low);
    csv_line_percent(line, share->bounds.defined, share->bounds.high);
}

enum { SHARE_FIELDS = 8 };

static void area_line(CsvLine *line, const Knowledge *k, const KnowledgeRow *row,
                      const KnowledgeArea *area) {
    bool shown = area->state == CELL_SHOWN;
    csv_line_text(line, in_lang(line->lang, "område", "area"));
    unit_fields(line, k->study, row->kind, row->node, row->depth);
    g_autofree char *label = knowledge_area_label(area, line->lang);
    csv_line_text(line, label);
    csv_line_empty(line, 1);
    csv_line_empty(line, 1);
    csv_line_text(line, shown_text(shown, line->lang));
    if (shown) {
        csv_line_count(line, area->respondents);
        share_fields(line, &area->share);
        csv_line_count(line, area->not_applicable);
    } else {
        csv_line_empty(line, SHARE_FIELDS + 2);
    }
    csv_line_empty(line, ITEM_SCALE_OPTIONS + 1);
    csv_line_end(line);
}

static void hidden_line(CsvLine *line, const Knowledge *k, const KnowledgeRow *row) {
    csv_line_text(line, in_lang(line->lang, "område", "area"));
    unit_fields(line, k->study, row->kind, row->node, row->depth);
    csv_line_empty(line, 3);
    csv_line_text(line, hidden_text(line->lang));
    csv_line_empty(line, SHARE_FIELDS + 2 + ITEM_SCALE_OPTIONS + 1);
    csv_line_end(line);
}

static void item_line(CsvLine *line, const Knowledge *k, const KnowledgeItem *item) {
    const char *band = band_text(item->state, line->lang);
    g_autofree char *hidden = hidden_item_text(item, line->lang);
    csv_line_text(line, in_lang(line->lang, "fråga", "item"));
    unit_fields(line, k->study, ROW_UNIT, 0, 0);
    csv_line_text(line, knowledge_area_text(item->item->area, line->lang));
    csv_line_text(line, item->item->key);
    csv_line_text(line, item->item->text[line->lang]);
    csv_line_text(line, band                        ? band
                        : item->state == CELL_SHOWN ? shown_text(true, line->lang)
                                                    : hidden);
    if (item->state != CELL_SHOWN) {
        csv_line_empty(line, SHARE_FIELDS + 2 + ITEM_SCALE_OPTIONS + 1);
        csv_line_end(line);
        return;
    }
    csv_line_count(line, item->share.n);
    share_fields(line, &item->share);
    csv_line_count(line, item->not_applicable);
    for (guint i = 0; i < ITEM_SCALE_OPTIONS && !item->scored; i++) {
        csv_line_count(line, item->steps[i]);
    }
    if (item->scored) {
        csv_line_empty(line, ITEM_SCALE_OPTIONS + 1);
    } else {
        csv_line_percent(line, item->top_two.share.defined, item->top_two.share.value);
    }
    csv_line_end(line);
}

void export_knowledge_csv(const Knowledge *k, Lang lang, GString *out) {
    static const char *const texts[][LANG_OWN_COUNT] = {
        {"Rad", "Row"},
        {"Enhet", "Unit"},
        {"Sökväg", "Path"},
        {"Nivå", "Level"},
        {"Område", "Area"},
        {"Fråga", "Item"},
        {"Frågans text", "Item text"},
        {"Visas", "Shown"},
        {"Personer som svarat", "People who answered"},
        {"Räknade svar (x)", "Counted answers (x)"},
        {"Svar (n)", "Answers (n)"},
        {"Personer (N)", "People (N)"},
        {"Andel, %", "Share, %"},
        {"95 % från", "95% from"},
        {"95 % till", "95% to"},
        {"Gräns från, %", "Bound from, %"},
        {"Gräns till, %", "Bound to, %"},
        {"Vet inte eller ej aktuellt", "Don't know or not applicable"},
        {"Stämmer inte", "Not true"},
        {"Stämmer knappt", "Hardly true"},
        {"Stämmer väl", "Quite true"},
        {"Stämmer helt", "Completely true"},
        {"Väl eller helt, %", "Quite or completely, %"},
    };
    CsvLine line = {.out = out, .lang = lang};
    csv_line_mark(&line);
    csv_line_heads(&line, texts, G_N_ELEMENTS(texts));
    for (guint i = 0; i < k->rows->len; i++) {
        const KnowledgeRow *row = g_ptr_array_index(k->rows, i);
        for (guint j = 0; j < row->areas->len; j++) {
            area_line(&line, k, row, &g_array_index(row->areas, KnowledgeArea, j));
        }
        if (!row->shown) {
            hidden_line(&line, k, row);
        }
    }
    for (guint i = 0; i < k->items->len; i++) {
        item_line(&line, k, &g_array_index(k->items, KnowledgeItem, i));
    }
}
