/* Sums go up the tree once. Then each node that may be published is looked at after all its
 * descendants: what is left of it when its largest published descendants are taken away must be
 * empty or of k or more, and the smallest of them is hidden until it is. A remainder only ever
 * grows by other remainders that are safe, and the union of two safe groups is safe, so one pass is
 * enough. */
#include "reports/aggregate.h"

#include <string.h>

struct Aggregate {
    guint node_count, question_count;
    int64_t k;
    bool sensitive;
    int *parents;
    bool *shown;
    AggregateCount *totals; /* [node * question_count + question], children included */
};

static const AggregateCount *totals_of(const Aggregate *a, guint node) {
    return a->totals + (gsize)node * a->question_count;
}

static bool count_is_safe(const Aggregate *a, const AggregateCount *count) {
    if (count->n == 0) {
        return true;
    }
    if (count->n < a->k) {
        return false;
    }
    return !a->sensitive || (count->x > 1 && count->x < count->n - 1);
}

static bool group_is_safe(const Aggregate *a, const AggregateCount *counts) {
    for (guint q = 0; q < a->question_count; q++) {
        if (!count_is_safe(a, counts + q)) {
            return false;
        }
    }
    return true;
}

static int64_t group_size(const Aggregate *a, const AggregateCount *counts) {
    int64_t size = 0;
    for (guint q = 0; q < a->question_count; q++) {
        size += counts[q].n;
    }
    return size;
}

static void totals_add(AggregateCount *to, const AggregateCount *counts, guint count, int sign) {
    for (guint q = 0; q < count; q++) {
        to[q].n += sign * counts[q].n;
        to[q].x += sign * counts[q].x;
    }
}

/* The closest published node above, -1 if there is none. */
static int published_above(const Aggregate *a, guint node) {
    int above = a->parents[node];
    while (above >= 0 && !a->shown[above]) {
        above = a->parents[above];
    }
    return above;
}

/* Whether `descendant` is one of the largest published descendants of `node`. */
static bool is_maximal_below(const Aggregate *a, guint descendant, guint node) {
    return a->shown[descendant] && published_above(a, descendant) == (int)node;
}

static void remainder_of(const Aggregate *a, guint node, AggregateCount *out) {
    memcpy(out, totals_of(a, node), sizeof *out * a->question_count);
    for (guint d = node + 1; d < a->node_count; d++) {
        if (is_maximal_below(a, d, node)) {
            totals_add(out, totals_of(a, d), a->question_count, -1);
        }
    }
}

/* The smallest of the largest published descendants; node_count if there is none. */
static guint smallest_below(const Aggregate *a, guint node) {
    guint smallest = a->node_count;
    for (guint d = node + 1; d < a->node_count; d++) {
        if (is_maximal_below(a, d, node) &&
            (smallest == a->node_count ||
             group_size(a, totals_of(a, d)) < group_size(a, totals_of(a, smallest)))) {
            smallest = d;
        }
    }
    return smallest;
}

static void protect(Aggregate *a, guint node) {
    g_autofree AggregateCount *rest = g_new(AggregateCount, a->question_count);
    remainder_of(a, node, rest);
    while (!group_is_safe(a, rest)) {
        guint smallest = smallest_below(a, node);
        /* With no descendant published the remainder is the node itself, which is safe. */
        g_assert(smallest < a->node_count);
        a->shown[smallest] = false;
        remainder_of(a, node, rest);
    }
}

Aggregate *aggregate_new(const AggregateInput *input) {
    g_assert(input->node_count > 0 && input->question_count > 0 && input->k > 0);
    Aggregate *a = g_new0(Aggregate, 1);
    a->node_count = input->node_count;
    a->question_count = input->question_count;
    a->k = input->k;
    a->sensitive = input->sensitive;
    a->parents = g_memdup2(input->parents, sizeof(int) * input->node_count);
    a->shown = g_new0(bool, input->node_count);
    a->totals =
        g_memdup2(input->own, sizeof(AggregateCount) * input->node_count * input->question_count);
    for (guint i = a->node_count; i-- > 1;) {
        g_assert(a->parents[i] >= 0 && a->parents[i] < (int)i);
        totals_add(a->totals + (gsize)a->parents[i] * a->question_count, totals_of(a, i),
                   a->question_count, 1);
    }
    for (guint i = 0; i < a->node_count; i++) {
        a->shown[i] = (!input->candidates || input->candidates[i]) &&
                      group_size(a, totals_of(a, i)) > 0 && group_is_safe(a, totals_of(a, i));
    }
    for (guint i = a->node_count; i-- > 0;) {
        if (a->shown[i]) {
            protect(a, i);
        }
    }
    return a;
}

void aggregate_free(Aggregate *a) {
    if (!a) {
        return;
    }
    g_free(a->parents);
    g_free(a->shown);
    g_free(a->totals);
    g_free(a);
}

bool aggregate_shown(const Aggregate *a, guint node) {
    g_assert(node < a->node_count);
    return a->shown[node];
}

guint aggregate_hidden_count(const Aggregate *a) {
    guint hidden = 0;
    for (guint i = 0; i < a->node_count; i++) {
        hidden += !a->shown[i];
    }
    return hidden;
}

const bool *aggregate_nodes(const Aggregate *a) {
    return a->shown;
}

/* The sum of `own` over those nodes below and including `node` for which `stop` is not published.
 */
static int64_t sum_below(const Aggregate *a, guint node, const int64_t *own, guint stride,
                         bool rest) {
    g_autofree bool *inside = g_new0(bool, a->node_count);
    inside[node] = true;
    int64_t sum = own[(gsize)node * stride];
    for (guint i = node + 1; i < a->node_count; i++) {
        inside[i] = a->parents[i] >= 0 && inside[a->parents[i]] && !(rest && a->shown[i]);
        if (inside[i]) {
            sum += own[(gsize)i * stride];
        }
    }
    return sum;
}

bool aggregate_total(const Aggregate *a, guint node, const int64_t *own, guint stride,
                     int64_t *out_total) {
    if (!aggregate_shown(a, node)) {
        return false;
    }
    *out_total = sum_below(a, node, own, stride, false);
    return true;
}

bool aggregate_rest(const Aggregate *a, guint node, const int64_t *own, guint stride,
                    int64_t *out_rest) {
    if (!aggregate_shown(a, node) || smallest_below(a, node) == a->node_count) {
        return false;
    }
    g_autofree AggregateCount *rest = g_new(AggregateCount, a->question_count);
    remainder_of(a, node, rest);
    if (group_size(a, rest) == 0) {
        return false;
    }
    *out_rest = sum_below(a, node, own, stride, true);
    return true;
}
