/* Three gates, one inside the other, over the same tree:
 *   - participation's, on the invited: what it hides stays hidden here;
 *   - the answers': one set of departments for every question that goes into the sums;
 *   - an area's: for statements, also without the extremes that would speak for everybody in a
 * unit. A single question is shown for the whole organisation only. One that has too few answers,
 * or is too sensitive for departments, is left out of every sum, so that no sum gives it away. */
#include "reports/knowledge.h"

#include "reports/queries.h"

#include <string.h>

static const DbQuery q_items = {
    "knowledge.items", "SELECT stratum_id, item_id, answered, not_applicable, correct "
                       "FROM v_tally_item WHERE round_id = $1 ORDER BY stratum_id, item_id"};
static const DbQuery q_options = {"knowledge.options",
                                  "SELECT stratum_id, item_id, option, chosen FROM v_tally_option "
                                  "WHERE round_id = $1 ORDER BY stratum_id, item_id, option"};
static const DbQuery q_texts = {
    "knowledge.texts", "SELECT item_id, texts FROM v_ballot_text_count WHERE round_id = $1"};

const DbQuery *const knowledge_queries[] = {&q_items, &q_options, &q_texts, NULL};

/* One node's own counts of one question. */
typedef struct {
    int64_t n, x, not_applicable, top_two, steps[ITEM_SCALE_OPTIONS];
} Cell;
enum { CELL_FIELDS = sizeof(Cell) / sizeof(int64_t) };
G_STATIC_ASSERT(sizeof(Cell) == CELL_FIELDS * sizeof(int64_t));

/* What is at hand while a report is made. */
typedef struct {
    Knowledge *k;
    const ReportSettings *settings;
    guint nodes;
    int *parents;
    int64_t *base;      /* [node]: own population */
    bool *candidates;   /* [node] */
    Cell *cells;        /* [node * items + item] */
    int64_t *texts;     /* [position in the form]: free-text answers */
    Aggregate *gate;    /* NULL if no question goes into sums */
    GPtrArray *columns; /* Aggregate *, one an area */
} Work;

static void work_clear(Work *work) {
    g_free(work->parents);
    g_free(work->base);
    g_free(work->candidates);
    g_free(work->cells);
    g_free(work->texts);
    aggregate_free(work->gate);
    g_clear_pointer(&work->columns, g_ptr_array_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Work, work_clear)

static void row_free(gpointer data) {
    KnowledgeRow *row = data;
    g_clear_pointer(&row->areas, g_array_unref);
    g_free(row);
}

void knowledge_free(Knowledge *k) {
    if (!k) {
        return;
    }
    g_clear_pointer(&k->items, g_array_unref);
    g_clear_pointer(&k->areas, g_array_unref);
    g_clear_pointer(&k->rows, g_ptr_array_unref);
    g_clear_pointer(&k->ranking, g_array_unref);
    form_free(k->form);
    participation_free(k->participation);
    g_free(k);
}

static KnowledgeItem *item_at(const Knowledge *k, guint index) {
    return &g_array_index(k->items, KnowledgeItem, index);
}

static Cell *cell_at(const Work *work, guint node, guint item) {
    return &work->cells[(gsize)node * work->k->items->len + item];
}

/* Own breaches of rules, aids that a disability asks for, one's manager and one's group: answers
 * that could cost the person something (MEASUREMENT 5.1). */
static bool is_too_sensitive(const Item *item) {
    if (item->measure == MEASURE_APPLICATION) {
        return item->polarity < 0;
    }
    return item->measure == MEASURE_OBSTACLE &&
           (strcmp(item->area, "comb.capability.physical") == 0 ||
            strcmp(item->area, "comb.opportunity.social") == 0);
}

static gint compare_items(gconstpointer a, gconstpointer b) {
    const KnowledgeItem *left = a, *right = b;
    return left->scored != right->scored ? (left->scored ? -1 : 1)
                                         : strcmp(left->item->area, right->item->area);
}

static void list_items(Knowledge *k) {
    for (guint i = 0; i < form_item_count(k->form); i++) {
        const Item *item = form_item(k->form, i);
        KnowledgeItem listed = {.item = item, .scored = item_is_scored(item)};
        listed.whole_only = is_too_sensitive(item);
        if (listed.scored || item->kind == ITEM_SCALE) {
            g_array_append_val(k->items, listed);
        }
        k->text_items += item->kind == ITEM_TEXT;
    }
    g_array_sort(k->items, compare_items); /* stable: GLib merges */
}

static int item_index(const Knowledge *k, int64_t item_id) {
    for (guint i = 0; i < k->items->len; i++) {
        if (item_at(k, i)->item->id == item_id) {
            return (int)i;
        }
    }
    return -1;
}

/* The cell that a row of a tally belongs to; NULL for a question that is not listed. */
static Cell *row_cell(const Work *work, DbStmt *row, const KnowledgeItem **out_item) {
    int node = study_node_index(work->k->study, db_int(row, "stratum_id"));
    int item = item_index(work->k, db_int(row, "item_id"));
    if (node < 0 || item < 0) {
        return NULL;
    }
    *out_item = item_at(work->k, (guint)item);
    return cell_at(work, (guint)node, (guint)item);
}

static void count_texts(const Work *work, int64_t item_id, int64_t texts) {
    int position = form_item_position(work->k->form, item_id);
    if (position >= 0 && form_item(work->k->form, (guint)position)->kind == ITEM_TEXT) {
        work->texts[position] += texts;
    }
}

static bool load_item_tallies(Work *work, Db *db, GError **error) {
    g_autoptr(DbStmt) rows = db_query(db, &q_items, error);
    if (!rows) {
        return false;
    }
    db_bind_int(rows, 1, work->k->study->round_id);
    DbStep step;
    while ((step = db_step(rows, error)) == DB_ROW) {
        const KnowledgeItem *item = NULL;
        Cell *cell = row_cell(work, rows, &item);
        int64_t answered = db_int(rows, "answered"), none = db_int(rows, "not_applicable");
        int64_t correct = db_int(rows, "correct");
        if (!cell) {
            count_texts(work, db_int(rows, "item_id"), answered);
            continue;
        }
        cell->not_applicable = none;
        cell->n = item->scored ? answered + none : answered;
        cell->x = item->scored ? correct : 0;
    }
    return step == DB_DONE;
}

/* The steps that count: good practice for application, the obstacle for obstacles. */
static bool step_counts(const Item *item, int64_t option) {
    bool high = option >= ITEM_SCALE_OPTIONS / 2;
    bool agreement_counts = (item->measure == MEASURE_OBSTACLE) == (item->polarity < 0);
    return high == agreement_counts;
}

static bool load_option_tallies(Work *work, Db *db, GError **error) {
    g_autoptr(DbStmt) rows = db_query(db, &q_options, error);
    if (!rows) {
        return false;
    }
    db_bind_int(rows, 1, work->k->study->round_id);
    DbStep step;
    while ((step = db_step(rows, error)) == DB_ROW) {
        const KnowledgeItem *item = NULL;
        Cell *cell = row_cell(work, rows, &item);
        int64_t option = db_int(rows, "option"), chosen = db_int(rows, "chosen");
        if (cell && !item->scored && option >= 0 && option < ITEM_SCALE_OPTIONS) {
            cell->steps[option] += chosen;
            cell->top_two += option >= ITEM_SCALE_OPTIONS / 2 ? chosen : 0;
            cell->x += step_counts(item->item, option) ? chosen : 0;
        }
    }
    return step == DB_DONE;
}

static bool load_texts(Work *work, Db *db, GError **error) {
    g_autoptr(DbStmt) rows = db_query(db, &q_texts, error);
    if (!rows) {
        return false;
    }
    db_bind_int(rows, 1, work->k->study->round_id);
    DbStep step;
    while ((step = db_step(rows, error)) == DB_ROW) {
        count_texts(work, db_int(rows, "item_id"), db_int(rows, "texts"));
    }
    for (guint i = 0; i < form_item_count(work->k->form); i++) {
        work->k->text_count += work->texts[i] >= work->k->k_text ? work->texts[i] : 0;
    }
    return step == DB_DONE;
}

static Aggregate *gate_new(const Work *work, const AggregateCount *own, guint questions, int64_t k,
                           const bool *candidates, bool sensitive) {
    AggregateInput input = {.node_count = work->nodes,
                            .parents = work->parents,
                            .question_count = questions,
                            .own = own,
                            .candidates = candidates,
                            .k = k,
                            .sensitive = sensitive};
    return aggregate_new(&input);
}

/* A cell's fields through a gate; false if it is shut. */
static bool cell_total(const Aggregate *gate, guint node, const Work *work, guint item, Cell *out) {
    const int64_t *from = (const int64_t *)cell_at(work, 0, item);
    int64_t *to = (int64_t *)out;
    for (guint i = 0; i < CELL_FIELDS; i++) {
        if (!aggregate_total(gate, node, from + i, CELL_FIELDS * work->k->items->len, to + i)) {
            return false;
        }
    }
    return true;
}

/* Fills a question for the whole organisation. */
static void fill_item(const Work *work, guint index) {
    KnowledgeItem *item = item_at(work->k, index);
    g_autofree AggregateCount *own = g_new0(AggregateCount, work->nodes);
    g_autofree bool *root_only = g_new0(bool, work->nodes);
    for (guint i = 0; i < work->nodes; i++) {
        own[i].n = cell_at(work, i, index)->n;
    }
    root_only[0] = work->candidates[0];
    item->k = item->whole_only ? MAX(work->k->k, work->settings->k_sensitive) : work->k->k;
    g_autoptr(Aggregate) gate = gate_new(work, own, 1, item->k, root_only, false);
    Cell whole = {0};
    int64_t base = 0;
    if (!cell_total(gate, 0, work, index, &whole) ||
        !aggregate_total(gate, 0, work->base, 1, &base)) {
        item->state = CELL_HIDDEN;
        return;
    }
    if (!item->scored && (whole.x <= 1 || whole.x >= whole.n - 1)) {
        item->state = whole.n < 10 ? CELL_HIDDEN : whole.x <= 1 ? CELL_BAND_LOW : CELL_BAND_HIGH;
        return;
    }
    item->state = CELL_SHOWN;
    item->share = stats_share(whole.x, whole.n, base);
    item->not_applicable = whole.not_applicable;
    memcpy(item->steps, whole.steps, sizeof item->steps);
    if (!item->scored) {
        item->top_two = stats_share(whole.top_two, whole.n, base);
    }
}

static bool in_sums(const KnowledgeItem *item) {
    return item->state == CELL_SHOWN && !item->whole_only;
}

static void make_gate(Work *work) {
    g_autoptr(GArray) chosen = g_array_new(FALSE, FALSE, sizeof(guint));
    for (guint i = 0; i < work->k->items->len; i++) {
        if (in_sums(item_at(work->k, i))) {
            g_array_append_val(chosen, i);
        }
    }
    if (chosen->len == 0) {
        return;
    }
    g_autofree AggregateCount *own = g_new0(AggregateCount, (gsize)work->nodes * chosen->len);
    for (guint node = 0; node < work->nodes; node++) {
        for (guint q = 0; q < chosen->len; q++) {
            own[node * chosen->len + q].n = cell_at(work, node, g_array_index(chosen, guint, q))->n;
        }
    }
    work->gate = gate_new(work, own, chosen->len, work->k->k, work->candidates, false);
}

static bool item_is_of(const KnowledgeItem *item, const KnowledgeArea *area) {
    return in_sums(item) && item->scored == area->scored &&
           strcmp(item->item->area, area->area) == 0;
}

/* The gate of one area, and the number of its questions. */
static Aggregate *column_new(const Work *work, KnowledgeArea *area) {
    const Knowledge *k = work->k;
    g_autofree AggregateCount *own = g_new0(AggregateCount, work->nodes);
    for (guint i = 0; i < k->items->len; i++) {
        if (!item_is_of(item_at(k, i), area)) {
            continue;
        }
        area->item_count++;
        for (guint node = 0; node < work->nodes; node++) {
            own[node].n += cell_at(work, node, i)->n;
            own[node].x += cell_at(work, node, i)->x;
        }
    }
    return gate_new(work, own, 1, k->k, aggregate_nodes(work->gate), !area->scored);
}

/* The areas that have questions in the sums, and a gate for each. */
static void make_columns(Work *work) {
    work->columns = g_ptr_array_new_with_free_func((GDestroyNotify)aggregate_free);
    Knowledge *k = work->k;
    for (guint i = 0; i < k->items->len && work->gate; i++) {
        const KnowledgeItem *item = item_at(k, i);
        const KnowledgeArea *last =
            k->areas->len > 0 ? &g_array_index(k->areas, KnowledgeArea, k->areas->len - 1) : NULL;
        if (!in_sums(item) || (last && item_is_of(item, last))) {
            continue;
        }
        KnowledgeArea area = {.area = item->item->area, .scored = item->scored};
        g_ptr_array_add(work->columns, column_new(work, &area));
        g_array_append_val(k->areas, area);
    }
}

typedef bool (*GateSum)(const Aggregate *gate, guint node, const int64_t *own, guint stride,
                        int64_t *out_sum);

/* One area's sums in one row. A remainder is shown only where the area's gate leaves the same one
 * as the gate of all answers: else it would be another group than the row says. */
static KnowledgeArea area_cell(const Work *work, guint column, guint node, GateSum sum) {
    const Knowledge *k = work->k;
    const KnowledgeArea *head = &g_array_index(k->areas, KnowledgeArea, column);
    const Aggregate *gate = g_ptr_array_index(work->columns, column);
    const KnowledgeArea hidden = {.scored = head->scored,
                                  .area = head->area,
                                  .item_count = head->item_count,
                                  .state = CELL_HIDDEN};
    KnowledgeArea cell = hidden;
    guint stride = CELL_FIELDS * k->items->len;
    int64_t n = 0, x = 0, base = 0;
    for (guint i = 0; i < k->items->len; i++) {
        if (!item_is_of(item_at(k, i), head)) {
            continue;
        }
        const Cell *own = cell_at(work, 0, i);
        int64_t item_n = 0, item_x = 0, none = 0, row_n = 0;
        if (!sum(gate, node, &own->n, stride, &item_n) ||
            !sum(gate, node, &own->x, stride, &item_x) ||
            !sum(gate, node, &own->not_applicable, stride, &none) ||
            !sum(gate, node, work->base, 1, &base) ||
            !sum(work->gate, node, &own->n, stride, &row_n) || row_n != item_n) {
            return hidden;
        }
        n += item_n;
        x += item_x;
        cell.not_applicable += none;
        cell.respondents = MAX(cell.respondents, item_n);
    }
    cell.share = stats_share_of_answers(x, n, head->item_count, base);
    cell.state = n > 0 ? CELL_SHOWN : CELL_HIDDEN;
    return cell;
}

static void add_row(const Work *work, guint node, ReportRowKind kind) {
    guint depth = study_node(work->k->study, node)->depth + (kind == ROW_REST);
    KnowledgeRow *row = g_new0(KnowledgeRow, 1);
    *row = (KnowledgeRow){.kind = kind, .node = node, .depth = depth};
    row->shown = work->gate && aggregate_shown(work->gate, node);
    row->areas = g_array_new(FALSE, TRUE, sizeof(KnowledgeArea));
    for (guint i = 0; i < work->columns->len && row->shown; i++) {
        KnowledgeArea cell =
            area_cell(work, i, node, kind == ROW_UNIT ? aggregate_total : aggregate_rest);
        g_array_append_val(row->areas, cell);
    }
    g_ptr_array_add(work->k->rows, row);
}

static void add_rows(const Work *work, guint node) {
    add_row(work, node, ROW_UNIT);
    if (work->k->whole_only) {
        return;
    }
    for (guint i = node + 1; i < work->nodes; i++) {
        if (work->parents[i] == (int)node) {
            add_rows(work, i);
        }
    }
    int64_t rest = 0;
    if (work->gate && aggregate_rest(work->gate, node, work->base, 1, &rest)) {
        add_row(work, node, ROW_REST);
    }
}

static gint compare_prevalence(gconstpointer a, gconstpointer b, gpointer data) {
    const Knowledge *k = data;
    guint left = *(const guint *)a, right = *(const guint *)b;
    double l = item_at(k, left)->share.share.value, r = item_at(k, right)->share.share.value;
    return l > r ? -1 : l < r ? 1 : left < right ? -1 : 1;
}

static void make_ranking(Knowledge *k) {
    for (guint i = 0; i < k->items->len; i++) {
        const KnowledgeItem *item = item_at(k, i);
        if (item->item->measure == MEASURE_OBSTACLE && item->state == CELL_SHOWN) {
            g_array_append_val(k->ranking, i);
        }
    }
    g_array_sort_with_data(k->ranking, compare_prevalence, k);
}

static void work_init(Work *work, Knowledge *k, const ReportSettings *settings) {
    const Study *study = k->study;
    work->k = k;
    work->settings = settings;
    work->nodes = study->nodes->len;
    work->parents = study_parents(study);
    work->base = g_new0(int64_t, work->nodes);
    work->candidates = g_new0(bool, work->nodes);
    work->cells = g_new0(Cell, (gsize)work->nodes * k->items->len);
    work->texts = g_new0(int64_t, form_item_count(k->form));
    const bool *participating = aggregate_nodes(k->participation->gate);
    for (guint i = 0; i < work->nodes; i++) {
        work->base[i] = study_node_base(study, i);
        work->candidates[i] = participating[i] && (i == 0 || !k->whole_only);
    }
}

static bool fill(Knowledge *k, Db *db, const ReportSettings *settings, GError **error) {
    g_auto(Work) work = {0};
    work_init(&work, k, settings);
    if (!load_item_tallies(&work, db, error) || !load_option_tallies(&work, db, error) ||
        !load_texts(&work, db, error)) {
        return false;
    }
    for (guint i = 0; i < k->items->len; i++) {
        fill_item(&work, i);
    }
    make_gate(&work);
    make_columns(&work);
    for (guint i = 0; i < k->areas->len; i++) {
        KnowledgeArea *area = &g_array_index(k->areas, KnowledgeArea, i);
        *area = area_cell(&work, i, 0, aggregate_total);
    }
    add_rows(&work, 0);
    make_ranking(k);
    k->hidden_count = work.gate && !k->whole_only ? aggregate_hidden_count(work.gate) : 0;
    return true;
}

bool knowledge_load_study(Db *db, Study *take_study, const ReportSettings *settings,
                          Knowledge **out_knowledge, GError **error) {
    g_autoptr(Knowledge) k = g_new0(Knowledge, 1);
    if (!participation_load_study(db, take_study, settings, &k->participation, error)) {
        return false;
    }
    k->study = k->participation->study;
    k->k = study_k(k->study, settings);
    k->k_text = study_k_text(k->study, settings);
    k->whole_only = !k->study->closed;
    k->open_anonymous = k->whole_only && k->study->promise == PROMISE_ANONYMOUS;
    k->items = g_array_new(FALSE, TRUE, sizeof(KnowledgeItem));
    k->areas = g_array_new(FALSE, TRUE, sizeof(KnowledgeArea));
    k->rows = g_ptr_array_new_with_free_func(row_free);
    k->ranking = g_array_new(FALSE, TRUE, sizeof(guint));
    k->form = form_load(db, k->study->form_id, error);
    if (!k->form || !ballots_load(db, k->study, &k->ballots, error)) {
        return false;
    }
    list_items(k);
    if (k->open_anonymous || k->ballots == BALLOTS_SHUT) {
        g_array_set_size(k->items, 0);
    } else if (!fill(k, db, settings, error)) {
        return false;
    }
    *out_knowledge = g_steal_pointer(&k);
    return true;
}

bool knowledge_load(Db *db, const char *campaign, const ReportSettings *settings,
                    Knowledge **out_knowledge, GError **error) {
    Study *study = NULL;
    return study_find(db, campaign, &study, error) &&
           knowledge_load_study(db, study, settings, out_knowledge, error);
}

char *knowledge_area_label(const KnowledgeArea *area, Lang lang) {
    const char *name = knowledge_area_text(area->area, lang);
    if (area->scored || !g_str_has_prefix(area->area, "area")) {
        return g_strdup(name);
    }
    return g_strconcat(name, lang == LANG_SV ? " (självskattat)" : " (self-rated)", NULL);
}

const char *knowledge_area_text(const char *area, Lang lang) {
    static const struct {
        const char *area, *text[LANG_OWN_COUNT];
    } areas[] = {
        {"area1", {"Begrepp och varför", "Concepts and why"}},
        {"area2", {"Regler och krav", "Rules and requirements"}},
        {"area3", {"Stöd och verktyg", "Support and tools"}},
        {"area4", {"Hot, sårbarheter och risker", "Threats, vulnerabilities and risks"}},
        {"area5", {"Vid en incident", "In an incident"}},
        {"comb.capability.physical", {"Förmåga: fysisk", "Capability: physical"}},
        {"comb.capability.psychological", {"Förmåga: kunskap", "Capability: psychological"}},
        {"comb.opportunity.physical", {"Möjlighet: tid och verktyg", "Opportunity: physical"}},
        {"comb.opportunity.social", {"Möjlighet: arbetsgrupp och chef", "Opportunity: social"}},
        {"comb.motivation.reflective", {"Motivation: övertygelse", "Motivation: reflective"}},
        {"comb.motivation.automatic", {"Motivation: känsla och vana", "Motivation: automatic"}},
        {"comb.open", {"Öppna frågor", "Open questions"}},
    };
    for (guint i = 0; i < G_N_ELEMENTS(areas); i++) {
        if (strcmp(areas[i].area, area) == 0) {
            return areas[i].text[lang];
        }
    }
    return area;
}
