/* Proves the gate on trees worked out by hand: thresholds, the residual rule, remainders, the rule
 * against extremes, several questions at once, and candidates taken over from another table. */
#include "reports/aggregate.h"

#include <string.h>

/* The worked example of the measurement design: Org{A{A1 22,A2 14,A3 3}, B{B1 9,B2 31}, C 4}. */
enum { ORG, A, A1, A2, A3, B, B1, B2, C, EXAMPLE_NODES };
static const int example_parents[EXAMPLE_NODES] = {-1, ORG, A, A, A, ORG, B, B, ORG};
static const int64_t example_n[EXAMPLE_NODES] = {0, 0, 22, 14, 3, 0, 9, 31, 4};

static Aggregate *aggregate_of(const int *parents, const int64_t *n, const int64_t *x, guint nodes,
                               guint questions, int64_t k, bool sensitive) {
    g_autofree AggregateCount *own = g_new0(AggregateCount, nodes * questions);
    for (guint i = 0; i < nodes * questions; i++) {
        own[i] = (AggregateCount){.n = n[i], .x = x ? x[i] : 0};
    }
    AggregateInput input = {.node_count = nodes,
                            .parents = parents,
                            .question_count = questions,
                            .own = own,
                            .k = k,
                            .sensitive = sensitive};
    return aggregate_new(&input);
}

static void assert_shown(const Aggregate *gate, guint nodes, const char *want) {
    g_autoptr(GString) got = g_string_new(NULL);
    for (guint i = 0; i < nodes; i++) {
        g_string_append_c(got, aggregate_shown(gate, i) ? '+' : '-');
    }
    g_assert_cmpstr(got->str, ==, want);
}

static void test_worked_example(void) {
    g_autoptr(Aggregate) gate =
        aggregate_of(example_parents, example_n, NULL, EXAMPLE_NODES, 1, 5, false);
    /* Publishes Org, A1, B, B1, B2; A3 would follow from A, and C from A: A and A2 go. */
    assert_shown(gate, EXAMPLE_NODES, "+-+--+++-");
    g_assert_cmpuint(aggregate_hidden_count(gate), ==, 4);
    int64_t sum = -1;
    g_assert_true(aggregate_total(gate, ORG, example_n, 1, &sum));
    g_assert_cmpint(sum, ==, 83);
    g_assert_true(aggregate_total(gate, B, example_n, 1, &sum));
    g_assert_cmpint(sum, ==, 40);
    sum = -1;
    g_assert_false(aggregate_total(gate, A, example_n, 1, &sum));
    g_assert_cmpint(sum, ==, -1);
    g_assert_true(aggregate_rest(gate, ORG, example_n, 1, &sum));
    g_assert_cmpint(sum, ==, 14 + 3 + 4);
    g_assert_false(aggregate_rest(gate, B, example_n, 1, &sum));
    g_assert_false(aggregate_rest(gate, A1, example_n, 1, &sum));
}

static void test_own_people_count(void) {
    /* Two people sit directly in the department; showing both units would give them away. */
    static const int parents[] = {-1, 0, 0};
    static const int64_t few[] = {2, 10, 6}, enough[] = {5, 10, 6}, none[] = {0, 10, 6};
    g_autoptr(Aggregate) gate = aggregate_of(parents, few, NULL, 3, 1, 5, false);
    assert_shown(gate, 3, "++-");
    g_autoptr(Aggregate) larger = aggregate_of(parents, enough, NULL, 3, 1, 5, false);
    assert_shown(larger, 3, "+++");
    int64_t rest = 0;
    g_assert_true(aggregate_rest(larger, 0, enough, 1, &rest));
    g_assert_cmpint(rest, ==, 5);
    g_autoptr(Aggregate) empty = aggregate_of(parents, none, NULL, 3, 1, 5, false);
    assert_shown(empty, 3, "+++");
    g_assert_false(aggregate_rest(empty, 0, none, 1, &rest));
}

static void test_small_whole(void) {
    static const int parents[] = {-1, 0, 0};
    static const int64_t n[] = {0, 2, 2}, zero[] = {0, 0, 0};
    g_autoptr(Aggregate) gate = aggregate_of(parents, n, NULL, 3, 1, 5, false);
    assert_shown(gate, 3, "---");
    g_autoptr(Aggregate) nobody = aggregate_of(parents, zero, NULL, 3, 1, 5, false);
    assert_shown(nobody, 3, "---");
}

static void test_ties_are_settled_by_order(void) {
    static const int parents[] = {-1, 0, 0, 0};
    static const int64_t n[] = {0, 8, 8, 1};
    g_autoptr(Aggregate) gate = aggregate_of(parents, n, NULL, 4, 1, 5, false);
    assert_shown(gate, 4, "+-+-");
}

static void test_every_question_counts(void) {
    /* Node 2 has answers enough to the first question, not to the second. */
    static const int parents[] = {-1, 0, 0, 0};
    static const int64_t n[] = {0, 0, 20, 20, 9, 3, 12, 11};
    g_autoptr(Aggregate) gate = aggregate_of(parents, n, NULL, 4, 2, 5, false);
    assert_shown(gate, 4, "++--");
}

static void test_extremes(void) {
    /* All ten of unit 1 gave the sensitive answer: 100 % would say it of everybody there. */
    static const int parents[] = {-1, 0, 0, 0};
    static const int64_t n[] = {0, 10, 12, 14}, x[] = {0, 10, 5, 6};
    g_autoptr(Aggregate) gate = aggregate_of(parents, n, x, 4, 1, 5, true);
    assert_shown(gate, 4, "+--+");
    g_autoptr(Aggregate) plain = aggregate_of(parents, n, x, 4, 1, 5, false);
    assert_shown(plain, 4, "++++");
}

static void test_candidates(void) {
    g_autofree AggregateCount *own = g_new0(AggregateCount, EXAMPLE_NODES);
    bool candidates[EXAMPLE_NODES];
    for (guint i = 0; i < EXAMPLE_NODES; i++) {
        own[i].n = example_n[i];
        candidates[i] = i != B1;
    }
    AggregateInput input = {.node_count = EXAMPLE_NODES,
                            .parents = example_parents,
                            .question_count = 1,
                            .own = own,
                            .candidates = candidates,
                            .k = 5};
    g_autoptr(Aggregate) gate = aggregate_new(&input);
    assert_shown(gate, EXAMPLE_NODES, "+-+--+-+-");
    const bool *nodes = aggregate_nodes(gate);
    for (guint i = 0; i < EXAMPLE_NODES; i++) {
        g_assert_true(nodes[i] == aggregate_shown(gate, i));
    }
}

static void test_stride(void) {
    static const int parents[] = {-1, 0};
    static const int64_t n[] = {5, 6};
    static const int64_t table[][2] = {{1, 100}, {2, 200}};
    g_autoptr(Aggregate) gate = aggregate_of(parents, n, NULL, 2, 1, 5, false);
    int64_t sum = 0;
    g_assert_true(aggregate_total(gate, 0, &table[0][1], 2, &sum));
    g_assert_cmpint(sum, ==, 300);
    g_assert_true(aggregate_rest(gate, 0, &table[0][0], 2, &sum));
    g_assert_cmpint(sum, ==, 1);
}

int main(int argc, char **argv) {
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/aggregate/worked-example", test_worked_example);
    g_test_add_func("/aggregate/own-people-count", test_own_people_count);
    g_test_add_func("/aggregate/small-whole", test_small_whole);
    g_test_add_func("/aggregate/ties", test_ties_are_settled_by_order);
    g_test_add_func("/aggregate/every-question-counts", test_every_question_counts);
    g_test_add_func("/aggregate/extremes", test_extremes);
    g_test_add_func("/aggregate/candidates", test_candidates);
    g_test_add_func("/aggregate/stride", test_stride);
    return g_test_run();
}
