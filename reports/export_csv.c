#include "reports/export_private.h"

#include <string.h>

/* A spreadsheet takes a text that begins so for a formula, and runs it. */
static bool is_formula(const char *text) {
    return strchr("=+-@\t\r\n", text[0]) != NULL && text[0] != '\0';
}

/* One line of fields; text is quoted whenever it must be. */
typedef struct {
    GString *out;
    Lang lang;
    bool begun;
} Line;

static void field_raw(Line *line, const char *text) {
    if (line->begun) {
        g_string_append_c(line->out, ';');
    }
    line->begun = true;
    g_string_append(line->out, text);
}

static void field_text(Line *line, const char *text) {
    g_autoptr(GString) quoted = g_string_new("\"");
    if (is_formula(text)) {
        g_string_append_c(quoted, '\'');
    }
    for (const char *p = text; *p; p++) {
        g_string_append(quoted, *p == '"' ? "\"" : "");
        g_string_append_c(quoted, *p);
    }
    g_string_append_c(quoted, '"');
    field_raw(line, quoted->str);
}

static void field_count(Line *line, int64_t value) {
    char text[24];
    g_snprintf(text, sizeof text, "%" G_GINT64_FORMAT, value);
    field_raw(line, text);
}

/* A share in percent with two decimals, so that Excel can count with it; empty where undefined. */
static void field_percent(Line *line, bool defined, double share) {
    if (!defined) {
        field_raw(line, "");
        return;
    }
    char text[G_ASCII_DTOSTR_BUF_SIZE];
    g_ascii_formatd(text, sizeof text, "%.2f", share * 100);
    if (line->lang == LANG_SV) {
        g_strdelimit(text, ".", ',');
    }
    field_raw(line, text);
}

static void line_end(Line *line) {
    g_string_append(line->out, "\r\n");
    line->begun = false;
}

static void field_empty(Line *line, guint count) {
    for (guint i = 0; i < count; i++) {
        field_raw(line, "");
    }
}

static void heads(Line *line, const char *const (*texts)[LANG_OWN_COUNT], guint count) {
    g_string_append(line->out, "\xEF\xBB\xBF");
    for (guint i = 0; i < count; i++) {
        field_text(line, texts[i][line->lang]);
    }
    line_end(line);
}

static const char *shown_text(bool shown, Lang lang) {
    return shown ? in_lang(lang, "ja", "yes") : hidden_text(lang);
}

static void unit_fields(Line *line, const Study *study, ReportRowKind kind, guint node,
                        guint depth) {
    g_autofree char *label = label_of(study, kind, node, line->lang);
    field_text(line, label);
    field_text(line, study_node(study, node)->path);
    field_count(line, depth);
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
    Line line = {.out = out, .lang = lang};
    heads(&line, texts, G_N_ELEMENTS(texts));
    for (guint i = 0; i < p->rows->len; i++) {
        const ParticipationRow *row = &g_array_index(p->rows, ParticipationRow, i);
        const ParticipationCounts *c = &row->counts;
        unit_fields(&line, p->study, row->kind, row->node, row->depth);
        field_text(&line, shown_text(row->shown, lang));
        if (!row->shown) {
            field_empty(&line, 9);
            line_end(&line);
            continue;
        }
        field_count(&line, c->population);
        field_count(&line, c->invited);
        field_count(&line, c->undeliverable);
        field_count(&line, c->none);
        field_count(&line, c->started);
        field_count(&line, c->partial);
        field_count(&line, c->complete);
        Share complete = stats_share(c->complete, c->invited, 0);
        Share any = stats_share(c->complete + c->partial, c->invited, 0);
        field_percent(&line, complete.share.defined, complete.share.value);
        field_percent(&line, any.share.defined, any.share.value);
        line_end(&line);
    }
}

static void share_fields(Line *line, const Share *share) {
    Interval interval = share_interval(share);
    field_count(line, share->x);
    field_count(line, share->n);
    field_count(line, share->population);
    field_percent(line, share->share.defined, share->share.value);
    field_percent(line, interval.defined, interval.low);
    field_percent(line, interval.defined, interval.high);
    field_percent(line, share->bounds.defined, share->bounds.low);
    field_percent(line, share->bounds.defined, share->bounds.high);
}

enum { SHARE_FIELDS = 8 };

static void area_line(Line *line, const Knowledge *k, const KnowledgeRow *row,
                      const KnowledgeArea *area) {
    bool shown = area->state == CELL_SHOWN;
    field_text(line, in_lang(line->lang, "område", "area"));
    unit_fields(line, k->study, row->kind, row->node, row->depth);
    g_autofree char *label = knowledge_area_label(area, line->lang);
    field_text(line, label);
    field_raw(line, "");
    field_raw(line, "");
    field_text(line, shown_text(shown, line->lang));
    if (shown) {
        field_count(line, area->respondents);
        share_fields(line, &area->share);
        field_count(line, area->not_applicable);
    } else {
        field_empty(line, SHARE_FIELDS + 2);
    }
    field_empty(line, ITEM_SCALE_OPTIONS + 1);
    line_end(line);
}

static void hidden_line(Line *line, const Knowledge *k, const KnowledgeRow *row) {
    field_text(line, in_lang(line->lang, "område", "area"));
    unit_fields(line, k->study, row->kind, row->node, row->depth);
    field_empty(line, 3);
    field_text(line, hidden_text(line->lang));
    field_empty(line, SHARE_FIELDS + 2 + ITEM_SCALE_OPTIONS + 1);
    line_end(line);
}

static void item_line(Line *line, const Knowledge *k, const KnowledgeItem *item) {
    const char *band = band_text(item->state, line->lang);
    field_text(line, in_lang(line->lang, "fråga", "item"));
    unit_fields(line, k->study, ROW_UNIT, 0, 0);
    field_text(line, knowledge_area_text(item->item->area, line->lang));
    field_text(line, item->item->key);
    field_text(line, item->item->text[line->lang]);
    field_text(line, band ? band : shown_text(item->state == CELL_SHOWN, line->lang));
    if (item->state != CELL_SHOWN) {
        field_empty(line, SHARE_FIELDS + 2 + ITEM_SCALE_OPTIONS + 1);
        line_end(line);
        return;
    }
    field_count(line, item->share.n);
    share_fields(line, &item->share);
    field_count(line, item->not_applicable);
    for (guint i = 0; i < ITEM_SCALE_OPTIONS && !item->scored; i++) {
        field_count(line, item->steps[i]);
    }
    if (item->scored) {
        field_empty(line, ITEM_SCALE_OPTIONS + 1);
    } else {
        field_percent(line, item->top_two.share.defined, item->top_two.share.value);
    }
    line_end(line);
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
    Line line = {.out = out, .lang = lang};
    heads(&line, texts, G_N_ELEMENTS(texts));
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
