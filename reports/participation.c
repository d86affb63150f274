#include "reports/participation.h"

#include "reports/queries.h"

#include <stddef.h>

static const DbQuery q_counts = {
    "participation.counts", "SELECT stratum_id, invited, started, partial, complete, undeliverable "
                            "FROM v_participation WHERE round_id = $1 ORDER BY stratum_id"};

const DbQuery *const participation_queries[] = {&q_counts, NULL};

enum {
    COUNT_FIELDS = sizeof(ParticipationCounts) / sizeof(int64_t),
    GATED_COUNT = 2, /* invited, and reached */
};
G_STATIC_ASSERT(sizeof(ParticipationCounts) == COUNT_FIELDS * sizeof(int64_t));

void participation_free(Participation *participation) {
    if (!participation) {
        return;
    }
    study_free(participation->study);
    g_clear_pointer(&participation->rows, g_array_unref);
    aggregate_free(participation->gate);
    g_free(participation);
}

/* Own counts of every node, as rows of COUNT_FIELDS numbers. */
static ParticipationCounts *load_counts(Db *db, Study *study, GError **error) {
    g_autoptr(DbStmt) rows = db_query(db, &q_counts, error);
    if (!rows) {
        return NULL;
    }
    g_autofree ParticipationCounts *own = g_new0(ParticipationCounts, study->nodes->len);
    for (guint i = 0; i < study->nodes->len; i++) {
        own[i].population = study_node(study, i)->population;
    }
    db_bind_int(rows, 1, study->round_id);
    DbStep step;
    while ((step = db_step(rows, error)) == DB_ROW) {
        int index = study_node_index(study, db_int(rows, "stratum_id"));
        g_assert(index >= 0); /* a foreign key holds it */
        ParticipationCounts *counts = &own[index];
        counts->invited = db_int(rows, "invited");
        counts->started = db_int(rows, "started");
        counts->partial = db_int(rows, "partial");
        counts->complete = db_int(rows, "complete");
        counts->undeliverable = db_int(rows, "undeliverable");
        StudyNode *node = g_ptr_array_index(study->nodes, index);
        node->invited = MAX(node->invited, counts->invited); /* a follow-up invites as it goes */
        counts->none = counts->invited - counts->undeliverable - counts->started - counts->partial -
                       counts->complete;
    }
    return step == DB_ERROR ? NULL : g_steal_pointer(&own);
}

static Aggregate *make_gate(const Study *study, const ParticipationCounts *own, int64_t k) {
    g_autofree AggregateCount *counts = g_new0(AggregateCount, GATED_COUNT * study->nodes->len);
    g_autofree int *parents = study_parents(study);
    for (guint i = 0; i < study->nodes->len; i++) {
        counts[GATED_COUNT * i].n = own[i].invited;
        counts[GATED_COUNT * i + 1].n = own[i].invited - own[i].undeliverable;
    }
    AggregateInput input = {.node_count = study->nodes->len,
                            .parents = parents,
                            .question_count = GATED_COUNT,
                            .own = counts,
                            .k = k};
    return aggregate_new(&input);
}

typedef bool (*GateSum)(const Aggregate *gate, guint node, const int64_t *own, guint stride,
                        int64_t *out_sum);

/* Every field of the counts through the gate; false if it is shut. */
static bool counts_sum(GateSum sum, const Aggregate *gate, guint node,
                       const ParticipationCounts *own, ParticipationCounts *out) {
    const int64_t *from = (const int64_t *)own;
    int64_t *to = (int64_t *)out;
    for (guint i = 0; i < COUNT_FIELDS; i++) {
        if (!sum(gate, node, from + i, COUNT_FIELDS, to + i)) {
            return false;
        }
    }
    return true;
}

static void add_rows(Participation *p, const ParticipationCounts *own, guint node) {
    guint depth = study_node(p->study, node)->depth;
    ParticipationRow row = {.kind = ROW_UNIT, .node = node, .depth = depth};
    row.shown = counts_sum(aggregate_total, p->gate, node, own, &row.counts);
    g_array_append_val(p->rows, row);
    for (guint i = node + 1; i < p->study->nodes->len; i++) {
        if (study_node(p->study, i)->parent == (int)node) {
            add_rows(p, own, i);
        }
    }
    ParticipationRow rest = {.kind = ROW_REST, .node = node, .depth = depth + 1};
    if (counts_sum(aggregate_rest, p->gate, node, own, &rest.counts)) {
        rest.shown = true;
        g_array_append_val(p->rows, rest);
    }
}

bool participation_load_study(Db *db, Study *take_study, const ReportSettings *settings,
                              Participation **out_participation, GError **error) {
    g_autoptr(Participation) p = g_new0(Participation, 1);
    p->study = take_study;
    p->k = study_k(p->study, settings);
    p->k_set = study_k_set(p->study, settings);
    p->rows = g_array_new(FALSE, TRUE, sizeof(ParticipationRow));
    g_autofree ParticipationCounts *own = load_counts(db, p->study, error);
    if (!own) {
        return false;
    }
    p->gate = make_gate(p->study, own, p->k);
    p->hidden_count = aggregate_hidden_count(p->gate);
    add_rows(p, own, 0);
    *out_participation = g_steal_pointer(&p);
    return true;
}

bool participation_load(Db *db, const char *campaign, const ReportSettings *settings,
                        Participation **out_participation, GError **error) {
    Study *study = NULL;
    return study_find(db, campaign, &study, error) &&
           participation_load_study(db, study, settings, out_participation, error);
}

const ParticipationCounts *participation_whole(const Participation *participation) {
    const ParticipationRow *whole = &g_array_index(participation->rows, ParticipationRow, 0);
    return whole->shown ? &whole->counts : NULL;
}
