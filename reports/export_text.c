#include "base/clock.h"
#include "reports/export_private.h"

#include <math.h>
#include <string.h>

enum { BAR_CELLS = 20, LABEL_MAX = 44, CELLS_MAX = 12 };

static int width_of(const char *text) {
    glong length = 0;
    g_autofree gunichar *characters = g_utf8_to_ucs4_fast(text, -1, &length);
    int width = 0;
    for (glong i = 0; i < length; i++) {
        width += g_unichar_iszerowidth(characters[i]) ? 0 : g_unichar_iswide(characters[i]) ? 2 : 1;
    }
    return width;
}

/* A table of texts, aligned when it is printed: the first column to the left, `left_last` columns
 * at the end to the left too, numbers to the right. */
typedef struct {
    GPtrArray *rows; /* char ** */
    guint columns, left_last;
} TextTable;

static TextTable table_new(guint columns, guint left_last) {
    return (TextTable){.rows = g_ptr_array_new_with_free_func((GDestroyNotify)g_strfreev),
                       .columns = columns,
                       .left_last = left_last};
}

static void table_clear(TextTable *table) {
    g_clear_pointer(&table->rows, g_ptr_array_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(TextTable, table_clear)

/* Takes the texts; missing ones at the end are empty. */
static void table_row(TextTable *table, char *const *take_cells, guint count) {
    char **row = g_new0(char *, table->columns + 1);
    for (guint i = 0; i < table->columns; i++) {
        row[i] = i < count ? take_cells[i] : g_strdup("");
    }
    g_ptr_array_add(table->rows, row);
}

#define TABLE_ROW(table, ...)                                                                      \
    do {                                                                                           \
        char *cells_[] = {__VA_ARGS__};                                                            \
        table_row(table, cells_, G_N_ELEMENTS(cells_));                                            \
    } while (0)

static void table_print(const TextTable *table, GString *out) {
    int widths[CELLS_MAX] = {0};
    g_assert(table->columns <= CELLS_MAX);
    for (guint r = 0; r < table->rows->len; r++) {
        char **row = g_ptr_array_index(table->rows, r);
        for (guint c = 0; c < table->columns; c++) {
            widths[c] = MAX(widths[c], width_of(row[c]));
        }
    }
    for (guint r = 0; r < table->rows->len; r++) {
        char **row = g_ptr_array_index(table->rows, r);
        g_autoptr(GString) line = g_string_new(NULL);
        for (guint c = 0; c < table->columns; c++) {
            bool left = c == 0 || c + table->left_last >= table->columns;
            int fill = widths[c] - width_of(row[c]);
            g_string_append(line, c ? "  " : "");
            g_string_append_printf(line, "%*s%s%*s", left ? 0 : fill, "", row[c], left ? fill : 0,
                                   "");
        }
        g_strchomp(line->str);
        g_string_append_printf(out, "%s\n", line->str);
    }
}

static char *bar_of(Statistic share) {
    if (!share.defined) {
        return g_strdup("");
    }
    GString *bar = g_string_new(NULL);
    int full = (int)lround(share.value * BAR_CELLS);
    for (int i = 0; i < BAR_CELLS; i++) {
        g_string_append(bar, i < full ? "█" : "░");
    }
    return g_string_free(bar, FALSE);
}

static char *count_text(int64_t value) {
    return g_strdup_printf("%" G_GINT64_FORMAT, value);
}

static char *of_text(int64_t x, int64_t n) {
    return g_strdup_printf("%" G_GINT64_FORMAT "/%" G_GINT64_FORMAT, x, n);
}

/* Cut to `width` columns with an ellipsis. */
static char *shortened(const char *text, int width) {
    if (width_of(text) <= width) {
        return g_strdup(text);
    }
    g_autofree char *cut = g_utf8_substring(text, 0, width - 1);
    return g_strconcat(g_strchomp(cut), "…", NULL);
}

static char *indented_label(const Study *study, ReportRowKind kind, guint node, guint depth,
                            Lang lang) {
    g_autofree char *label = label_of(study, kind, node, lang);
    g_autofree char *cut = shortened(label, LABEL_MAX);
    return g_strdup_printf("%*s%s", (int)MIN(2 * depth, 16), "", cut);
}

void text_head(const Study *study, const char *what, Lang lang, GString *out) {
    g_autofree char *from = clock_format_date(study->opens_at_us);
    g_autofree char *to = clock_format_last_date(study_end_us(study));
    g_string_append_printf(out, "%s: %s\n", what, study->title[lang]);
    g_string_append_printf(
        out, "%s · %s · %s · %s–%s · %s\n\n", study->name, study_kind_text(study->kind, lang),
        study_promise_text(study->promise, lang), from, to, state_text(study, lang));
}

static void print_notes(char **take_notes, GString *out) {
    g_string_append(out, g_str_has_suffix(out->str, "\n\n") ? "" : "\n");
    for (guint i = 0; take_notes[i]; i++) {
        append_wrapped(out, "", "", take_notes[i]);
    }
    g_strfreev(take_notes);
}

static void participation_row(TextTable *table, const Participation *p, const ParticipationRow *row,
                              Lang lang) {
    char *label = indented_label(p->study, row->kind, row->node, row->depth, lang);
    if (!row->shown) {
        TABLE_ROW(table, label, g_strdup("·"), g_strdup("·"), g_strdup("·"), g_strdup("·"),
                  g_strdup("·"), g_strdup("·"), g_strdup("·"), g_strdup(hidden_text(lang)));
        return;
    }
    const ParticipationCounts *c = &row->counts;
    Share complete = stats_share(c->complete, c->invited, 0);
    Share any = stats_share(c->complete + c->partial, c->invited, 0);
    g_autofree char *first = percent_text(complete.share, lang);
    g_autofree char *second = percent_text(any.share, lang);
    TABLE_ROW(table, label, count_text(c->invited), count_text(c->undeliverable),
              count_text(c->none), count_text(c->started), count_text(c->partial),
              count_text(c->complete), g_strdup_printf("%s (%s)", first, second),
              bar_of(complete.share));
}

void export_participation_text(const Participation *p, Lang lang, GString *out) {
    text_head(p->study, in_lang(lang, "Deltagande", "Participation"), lang, out);
    g_auto(TextTable) table = table_new(9, 1);
    TABLE_ROW(&table, g_strdup(in_lang(lang, "Enhet", "Unit")),
              g_strdup(in_lang(lang, "Inbjudna", "Invited")),
              g_strdup(in_lang(lang, "Ej nådda", "Undeliverable")),
              g_strdup(in_lang(lang, "Ej börjat", "Not begun")),
              g_strdup(in_lang(lang, "Påbörjat", "Started")),
              g_strdup(in_lang(lang, "Delvis", "Partial")),
              g_strdup(in_lang(lang, "Slutfört", "Complete")),
              g_strdup(in_lang(lang, "Svarsandel", "Response rate")));
    for (guint i = 0; i < p->rows->len; i++) {
        participation_row(&table, p, &g_array_index(p->rows, ParticipationRow, i), lang);
    }
    table_print(&table, out);
    print_notes(participation_notes(p, lang), out);
}

static void print_areas(const Knowledge *k, Lang lang, GString *out) {
    if (k->areas->len == 0) {
        return;
    }
    g_auto(TextTable) table = table_new(7, 1);
    TABLE_ROW(&table, g_strdup(in_lang(lang, "Område", "Area")),
              g_strdup(in_lang(lang, "Andel", "Share")), g_strdup(in_lang(lang, "svar", "answers")),
              g_strdup(in_lang(lang, "personer", "people")),
              g_strdup(in_lang(lang, "95\u00a0% intervall", "95% interval")),
              g_strdup(in_lang(lang, "gränser", "bounds")));
    for (guint i = 0; i < k->areas->len; i++) {
        const KnowledgeArea *area = &g_array_index(k->areas, KnowledgeArea, i);
        char *name = knowledge_area_label(area, lang);
        if (area->state != CELL_SHOWN) {
            TABLE_ROW(&table, name, g_strdup("·"), g_strdup("·"), g_strdup("·"), g_strdup("·"),
                      g_strdup("·"), g_strdup(hidden_text(lang)));
            continue;
        }
        TABLE_ROW(&table, name, percent_text(area->share.share, lang),
                  of_text(area->share.x, area->share.n), count_text(area->respondents),
                  interval_text(share_interval(&area->share), lang),
                  interval_text(area->share.bounds, lang), bar_of(area->share.share));
    }
    g_string_append_printf(out, "%s\n", in_lang(lang, "OMRÅDEN", "AREAS"));
    table_print(&table, out);
    g_string_append_c(out, '\n');
}

static char *item_share(const KnowledgeItem *item, Lang lang) {
    const char *band = band_text(item->state, lang);
    if (band) {
        return g_strdup(band);
    }
    return item->state == CELL_SHOWN ? percent_text(item->share.share, lang) : g_strdup("·");
}

static char *steps_text(const KnowledgeItem *item) {
    return g_strdup_printf("%" G_GINT64_FORMAT "/%" G_GINT64_FORMAT "/%" G_GINT64_FORMAT
                           "/%" G_GINT64_FORMAT,
                           item->steps[0], item->steps[1], item->steps[2], item->steps[3]);
}

static void item_row(TextTable *table, const KnowledgeItem *item, Lang lang) {
    char *key = g_strdup(item->item->key);
    char *text = shortened(item->item->text[lang], 70);
    if (item->state != CELL_SHOWN) {
        TABLE_ROW(table, key, item_share(item, lang), g_strdup("·"), g_strdup("·"), g_strdup("·"),
                  g_strdup("·"), text);
        return;
    }
    TABLE_ROW(table, key, item_share(item, lang), of_text(item->share.x, item->share.n),
              interval_text(share_interval(&item->share), lang), count_text(item->not_applicable),
              item->scored ? g_strdup("") : steps_text(item), text);
}

static void print_items(const Knowledge *k, Lang lang, GString *out) {
    g_auto(TextTable) table = table_new(7, 1);
    TABLE_ROW(&table, g_strdup(in_lang(lang, "Fråga", "Item")),
              g_strdup(in_lang(lang, "Andel", "Share")), g_strdup(in_lang(lang, "svar", "answers")),
              g_strdup(in_lang(lang, "95\u00a0% intervall", "95% interval")),
              g_strdup(in_lang(lang, "vet inte/ej aktuellt", "don't know/n.a.")),
              g_strdup(in_lang(lang, "inte/knappt/väl/helt", "not/hardly/quite/completely")));
    for (guint i = 0; i < k->items->len; i++) {
        item_row(&table, &g_array_index(k->items, KnowledgeItem, i), lang);
    }
    g_string_append_printf(out, "%s\n", in_lang(lang, "FRÅGOR", "ITEMS"));
    table_print(&table, out);
}

static char *cell_text(const KnowledgeArea *cell, Lang lang) {
    if (cell->state != CELL_SHOWN) {
        return g_strdup("·");
    }
    g_autofree char *share = percent_text(cell->share.share, lang);
    return g_strdup_printf("%s (%" G_GINT64_FORMAT ")", share, cell->respondents);
}

static void print_units(const Knowledge *k, Lang lang, GString *out) {
    if (k->areas->len == 0 || k->rows->len < 2) { /* the organisation alone stands above */
        return;
    }
    g_auto(TextTable) table = table_new(k->areas->len + 1, 0);
    char *head[CELLS_MAX] = {g_strdup(in_lang(lang, "Enhet", "Unit"))};
    for (guint i = 0; i < k->areas->len; i++) {
        g_autofree char *area =
            knowledge_area_label(&g_array_index(k->areas, KnowledgeArea, i), lang);
        head[i + 1] = shortened(area, 20);
    }
    table_row(&table, head, k->areas->len + 1);
    for (guint i = 0; i < k->rows->len; i++) {
        const KnowledgeRow *row = g_ptr_array_index(k->rows, i);
        char *cells[CELLS_MAX] = {indented_label(k->study, row->kind, row->node, row->depth, lang)};
        for (guint j = 0; j < k->areas->len; j++) {
            cells[j + 1] = row->shown
                               ? cell_text(&g_array_index(row->areas, KnowledgeArea, j), lang)
                               : g_strdup("·");
        }
        table_row(&table, cells, k->areas->len + 1);
    }
    g_string_append_printf(out, "\n%s\n",
                           in_lang(lang, "ENHETER: andel (personer); · visas inte",
                                   "UNITS: share (people); · not shown"));
    table_print(&table, out);
}

static void print_ranking(const Knowledge *k, Lang lang, GString *out) {
    g_auto(TextTable) table = table_new(4, 2);
    for (guint i = 0; i < k->ranking->len; i++) {
        const KnowledgeItem *item =
            &g_array_index(k->items, KnowledgeItem, g_array_index(k->ranking, guint, i));
        g_autofree char *interval = interval_text(share_interval(&item->share), lang);
        TABLE_ROW(&table, g_strdup_printf("%u.", i + 1), percent_text(item->share.share, lang),
                  g_strdup_printf("[%s]", interval),
                  g_strdup_printf("%s (%s)", item->item->text[lang],
                                  item->item->polarity < 0
                                      ? in_lang(lang, "hinder", "obstacle")
                                      : in_lang(lang, "framgångsfaktor som saknas",
                                                "success factor that is lacking")));
    }
    g_string_append_printf(
        out, "\n%s\n",
        in_lang(lang, "HINDER, det vanligaste först", "OBSTACLES, the most common first"));
    table_print(&table, out);
}

void export_knowledge_text(const Knowledge *k, Lang lang, GString *out) {
    text_head(k->study, in_lang(lang, "Resultat", "Result"), lang, out);
    const ParticipationCounts *whole = participation_whole(k->participation);
    if (whole) {
        Share rate = stats_share(whole->complete, whole->invited, 0);
        g_autofree char *percent = percent_text(rate.share, lang);
        g_string_append_printf(out, "%s: %" G_GINT64_FORMAT " %s %" G_GINT64_FORMAT " (%s)\n\n",
                               in_lang(lang, "Slutfört", "Complete"), whole->complete,
                               in_lang(lang, "av", "of"), whole->invited, percent);
    }
    if (k->items->len > 0) {
        print_areas(k, lang, out);
        print_items(k, lang, out);
        print_units(k, lang, out);
    }
    if (k->ranking->len > 0) {
        print_ranking(k, lang, out);
    }
    if (k->text_count > 0) {
        g_string_append_printf(out, "\n%s: %" G_GINT64_FORMAT "\n",
                               in_lang(lang, "Fritextsvar", "Free-text answers"), k->text_count);
    }
    print_notes(knowledge_notes(k, lang), out);
}
