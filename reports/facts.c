#include "reports/facts.h"

#include "base/clock.h"
#include "reports/queries.h"

#include <string.h>

static const DbQuery q_employed = {"facts.employed",
                                   "SELECT count(*) AS people FROM v_person WHERE active = 1 "
                                   "AND coalesce(employed_from, '') <= $1 "
                                   "AND coalesce(employed_to, '9999-12-31') >= $1"};
static const DbQuery q_trained = {
    "facts.trained", "SELECT count(DISTINCT c.person_ref) AS people FROM v_completion c "
                     "JOIN v_person p ON p.id = c.person_ref AND p.active = 1 "
                     "WHERE c.completed_at_us >= $1 AND c.completed_at_us < $2"};
static const DbQuery q_counted = {
    "facts.counted", "SELECT respondent_id, answered_at_us - trained_at_us AS apart_us "
                     "FROM v_respondent_training WHERE round_id = $1 AND trained_at_us >= $2 "
                     "AND trained_at_us < $3 ORDER BY respondent_id"};
static const DbQuery q_scores = {
    "facts.scores", "SELECT respondent_id, sum(correct_count) AS correct, sum(item_count) AS items "
                    "FROM v_score WHERE round_id = $1 GROUP BY respondent_id "
                    "ORDER BY correct, items"};
static const DbQuery q_answers = {"facts.answers",
                                  "SELECT respondent_id, item_id, correct FROM v_scored_answer "
                                  "WHERE round_id = $1 ORDER BY respondent_id, item_id"};
static const DbQuery q_follow_up = {
    "facts.follow_up", "SELECT invited, shortest_us, first_trained_at_us FROM v_follow_up "
                       "WHERE round_id = $1"};

const DbQuery *const facts_queries[] = {&q_employed, &q_trained,   &q_counted, &q_scores,
                                        &q_answers,  &q_follow_up, NULL};

bool facts_employed(Db *db, const char *date, int64_t *out_employed, GError **error) {
    g_autoptr(DbStmt) row = db_query(db, &q_employed, error);
    if (!row) {
        return false;
    }
    db_bind_text(row, 1, date);
    if (db_step(row, error) != DB_ROW) {
        return false;
    }
    *out_employed = db_int(row, "people");
    return true;
}

static bool load_trained(Db *db, const FactsWindow *window, GateFacts *facts, GError **error) {
    g_autoptr(DbStmt) row = db_query(db, &q_trained, error);
    if (!row) {
        return false;
    }
    db_bind_int(row, 1, window->from_us);
    db_bind_int(row, 2, window->to_us);
    if (db_step(row, error) != DB_ROW) {
        return false;
    }
    facts->trained_in_window = db_int(row, "people");
    return true;
}

/* The set of respondents who may be counted for question 17: id -> NULL. */
static GHashTable *load_counted(Db *db, int64_t round_id, const FactsWindow *window,
                                GateFacts *facts, GError **error) {
    g_autoptr(DbStmt) rows = db_query(db, &q_counted, error);
    if (!rows) {
        return NULL;
    }
    g_autoptr(GHashTable) counted =
        g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);
    db_bind_int(rows, 1, round_id);
    db_bind_int(rows, 2, window->from_us);
    db_bind_int(rows, 3, window->to_us);
    DbStep step;
    while ((step = db_step(rows, error)) == DB_ROW) {
        int64_t apart_us = db_int(rows, "apart_us"), id = db_int(rows, "respondent_id");
        if (apart_us >= CLOCK_DAY_US) {
            g_hash_table_add(counted, g_memdup2(&id, sizeof id));
            facts->delayed += apart_us >= 30 * CLOCK_DAY_US && apart_us <= 90 * CLOCK_DAY_US;
        }
    }
    return step == DB_ERROR ? NULL : g_steal_pointer(&counted);
}

/* The share with at least 80 % right, and the mean, of the counted. */
static bool load_scores(Db *db, int64_t round_id, GHashTable *counted, GateFacts *facts,
                        bool mean_may_be_shown, GError **error) {
    g_autoptr(DbStmt) rows = db_query(db, &q_scores, error);
    if (!rows) {
        return false;
    }
    g_autoptr(GArray) scores = g_array_new(FALSE, FALSE, sizeof(double));
    int64_t at_mark = 0;
    db_bind_int(rows, 1, round_id);
    DbStep step;
    while ((step = db_step(rows, error)) == DB_ROW) {
        int64_t id = db_int(rows, "respondent_id");
        int64_t correct = db_int(rows, "correct"), items = db_int(rows, "items");
        if (items > 0 && g_hash_table_contains(counted, &id)) {
            double score = (double)correct / (double)items;
            g_array_append_val(scores, score);
            at_mark += 5 * correct >= 4 * items;
        }
    }
    if (step == DB_ERROR) {
        return false;
    }
    facts->counted = scores->len;
    if (facts->counted >= facts->k) {
        int64_t population = MAX(facts->trained_in_window, facts->counted);
        facts->at_mark = stats_share(at_mark, facts->counted, population);
        if (mean_may_be_shown) {
            facts->score =
                stats_mean((const double *)(const void *)scores->data, scores->len, population);
        }
    }
    return true;
}

/* Positions of the form's scored questions: item id -> index + 1. */
static GHashTable *scored_columns(const Form *form, guint *out_count) {
    GHashTable *columns = g_hash_table_new(g_int64_hash, g_int64_equal);
    *out_count = 0;
    for (guint i = 0; i < form_item_count(form); i++) {
        const Item *item = form_item(form, i);
        if (item_is_scored(item)) {
            /* The key lives as long as the form. */
            g_hash_table_insert(columns, (gpointer)(guintptr)&item->id,
                                GUINT_TO_POINTER(++*out_count));
        }
    }
    return columns;
}

/* Reliability of the test as the counted took it. */
static bool load_reliability(Db *db, const Knowledge *k, GHashTable *counted, GateFacts *facts,
                             GError **error) {
    guint items = 0;
    g_autoptr(GHashTable) columns = scored_columns(k->form, &items);
    g_autoptr(DbStmt) rows = db_query(db, &q_answers, error);
    if (!rows) {
        return false;
    }
    g_autoptr(GByteArray) right = g_byte_array_new();
    gsize persons = 0;
    int64_t last = 0;
    db_bind_int(rows, 1, k->study->round_id);
    DbStep step;
    while ((step = db_step(rows, error)) == DB_ROW) {
        int64_t id = db_int(rows, "respondent_id"), item_id = db_int(rows, "item_id");
        bool correct = db_bool(rows, "correct");
        guint column = GPOINTER_TO_UINT(g_hash_table_lookup(columns, &item_id));
        if (column == 0 || !g_hash_table_contains(counted, &id)) {
            continue;
        }
        if (persons == 0 || id != last) {
            g_byte_array_set_size(right, (guint)(++persons * items));
            memset(right->data + (persons - 1) * items, 0, items);
            last = id;
        }
        right->data[(persons - 1) * items + column - 1] = correct;
    }
    /* Reliability is of a test that all took: where people were asked different things it is none.
     */
    if (step == DB_ERROR || persons < (gsize)facts->k || form_varies(k->form)) {
        return step != DB_ERROR;
    }
    facts->kr20 = stats_kr20(right->data, persons, items);
    for (gsize i = 0; i < items; i++) {
        Statistic rest = stats_item_rest(right->data, persons, items, i);
        facts->negative_items += rest.defined && rest.value < 0;
    }
    return true;
}

static int area_index(const char *area) {
    for (int i = 0; i < GATE_AREA_COUNT; i++) {
        char name[] = "area0";
        name[4] = (char)('1' + i);
        if (strcmp(area, name) == 0) {
            return i;
        }
    }
    return -1;
}

static void note_scored(GateFacts *facts, const Item *item) {
    int area = area_index(item->area);
    if (area < 0) {
        return;
    }
    facts->scored_items_area[area]++;
    /* Retired later is no fault: it was live when it was asked. */
    if (item->bank == BANK_MEASUREMENT &&
        (item->state == ITEM_LIVE || item->state == ITEM_RETIRED)) {
        facts->live_items++;
        facts->live_items_area[area]++;
    }
}

static void note_obstacle(GateFacts *facts, const Item *item) {
    bool barrier = item->polarity < 0;
    if (item->kind == ITEM_TEXT) {
        *(barrier ? &facts->open_barriers : &facts->open_enablers) += item->polarity != 0;
        return;
    }
    if (item->kind != ITEM_SCALE) {
        return;
    }
    *(barrier ? &facts->barriers : &facts->enablers) += 1;
    facts->com_parts |= g_str_has_prefix(item->area, "comb.capability.")    ? 1u
                        : g_str_has_prefix(item->area, "comb.opportunity.") ? 2u
                        : g_str_has_prefix(item->area, "comb.motivation.")  ? 4u
                                                                            : 0u;
}

static void note_form(GateFacts *facts, const Knowledge *k) {
    for (guint i = 0; i < form_item_count(k->form); i++) {
        const Item *item = form_item(k->form, i);
        if (item_is_scored(item)) {
            note_scored(facts, item);
        }
        if (item->measure == MEASURE_OBSTACLE) {
            note_obstacle(facts, item);
        }
        if (k->study->kind == CAMPAIGN_APPLICATION && facts->complete >= facts->k) {
            facts->methods |= item->measure == MEASURE_APPLICATION ? (guint)METHOD_SELF_REPORT : 0;
            facts->methods |= item->measure == MEASURE_SCENARIO && item_is_scored(item)
                                  ? (guint)METHOD_SCENARIO
                                  : 0;
        }
    }
    for (guint i = 0; i < k->ranking->len; i++) {
        const KnowledgeItem *item =
            &g_array_index(k->items, KnowledgeItem, g_array_index(k->ranking, guint, i));
        *(item->item->polarity < 0 ? &facts->shown_barriers : &facts->shown_enablers) += 1;
    }
    for (guint i = 0; i < k->areas->len; i++) {
        const KnowledgeArea *area = &g_array_index(k->areas, KnowledgeArea, i);
        int index = area_index(area->area);
        if (index >= 0 && area->scored && area->state == CELL_SHOWN) {
            facts->answered_area[index] = area->respondents;
            facts->share_area[index] = area->share;
        }
    }
}

static bool load_follow_up(Db *db, const Knowledge *k, const FactsWindow *window, GateFacts *facts,
                           GError **error) {
    facts->days_after = -1;
    g_autoptr(DbStmt) row = db_query(db, &q_follow_up, error);
    if (!row) {
        return false;
    }
    db_bind_int(row, 1, k->study->round_id);
    DbStep step = db_step(row, error);
    if (step == DB_ROW && db_int(row, "invited") == facts->invited && facts->invited > 0) {
        int64_t first_us = db_int(row, "first_trained_at_us");
        facts->days_after = db_int(row, "shortest_us") / CLOCK_DAY_US;
        facts->trained_in_time = first_us >= window->from_us && first_us < window->to_us;
    }
    return step != DB_ERROR;
}

static void note_study(GateFacts *facts, const Knowledge *k, const FactsWindow *window) {
    const Study *study = k->study;
    const ParticipationCounts *whole = participation_whole(k->participation);
    facts->k = k->k;
    facts->employed = window->employed;
    facts->closed_in_window = study_closed_within(study, window->from_us, window->to_us);
    facts->method_stored = study->method_text[0] != '\0';
    facts->census = strcmp(study->design, "census") == 0;
    facts->random_sample = !facts->census; /* the schema knows srs and stratified besides */
    facts->frame_age_days = study->opens_at_us >= study->frame_at_us
                                ? (study->opens_at_us - study->frame_at_us) / CLOCK_DAY_US
                                : 0;
    facts->anonymous = study->promise == PROMISE_ANONYMOUS;
    if (whole) {
        facts->invited = whole->invited;
        facts->undeliverable = whole->undeliverable;
        facts->complete = whole->complete;
        facts->partial = whole->partial;
    }
}

bool facts_load(Db *db, const Knowledge *k, const FactsWindow *window, GateFacts *out_facts,
                GError **error) {
    GateFacts facts = {0};
    note_study(&facts, k, window);
    note_form(&facts, k);
    if (!load_trained(db, window, &facts, error) || !load_follow_up(db, k, window, &facts, error)) {
        return false;
    }
    if (facts.methods & METHOD_SELF_REPORT) {
        facts.self_invited = facts.invited;
        facts.self_complete = facts.complete;
        facts.self_anonymous = facts.anonymous;
    }
    if (!facts.anonymous && k->study->kind == CAMPAIGN_KNOWLEDGE) {
        g_autoptr(GHashTable) counted = load_counted(db, k->study->round_id, window, &facts, error);
        if (!counted) {
            return false;
        }
        /* A mean of some, beside the sums of all, would give the rest away if they are few. */
        int64_t rest = facts.complete + facts.partial - (int64_t)g_hash_table_size(counted);
        bool mean_may_be_shown = rest <= 0 || rest >= facts.k;
        if (!load_scores(db, k->study->round_id, counted, &facts, mean_may_be_shown, error) ||
            !load_reliability(db, k, counted, &facts, error)) {
            return false;
        }
    }
    *out_facts = facts;
    return true;
}

GateFacts facts_together(const GateFacts *const *facts, guint count) {
    GateFacts all = *facts[0];
    for (guint i = 1; i < count; i++) {
        const GateFacts *next = facts[i];
        all.closed_in_window &= next->closed_in_window;
        all.method_stored &= next->method_stored;
        all.frame_age_days = MAX(all.frame_age_days, next->frame_age_days);
        all.invited += next->invited;
        all.undeliverable += next->undeliverable;
        all.complete += next->complete;
        all.k = MAX(all.k, next->k);
        all.partial += next->partial;
        all.methods |= next->methods;
        all.days_after = MIN(all.days_after, next->days_after);
        all.trained_in_time &= next->trained_in_time;
        /* The self-report that most answered speaks for the method. */
        if (next->self_complete > all.self_complete) {
            all.self_invited = next->self_invited;
            all.self_complete = next->self_complete;
            all.self_anonymous = next->self_anonymous;
        }
    }
    return all;
}
