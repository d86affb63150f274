/* The one gate: every number about a group leaves the reports through here, or not at all.
 *
 * Input is the tree of departments with each node's OWN counts (children not included); the sums up
 * the tree are made here. What is published is a set of nodes such that, for each question,
 *   1. a published node has no answers or at least k, and
 *   2. so has what remains of it when its published descendants are subtracted (the residual rule):
 *      the smallest published descendants are hidden until that holds, children before parents.
 * Why that suffices: the remainders partition the people and span the same vector space as the
 * published totals, so whatever can be had by adding and subtracting is a union of remainders, each
 * empty or of k or more. tests/unit/reports/test_attack.c tries to break it with exact linear
 * algebra.
 *
 * The same set of nodes is published for all questions given together, so that sums over questions
 * give nothing away either; tables that build on each other pass the first one's nodes as
 * `candidates`. Deterministic. Pure. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct {
    int64_t x; /* of them, those the share counts */
    int64_t n; /* people who answered the question (or were invited) */
} AggregateCount;

typedef struct {
    guint node_count;          /* parents before children; node 0 is the root; at least 1 */
    const int *parents;        /* [node]; -1 for the root */
    guint question_count;      /* at least 1 */
    const AggregateCount *own; /* [node * question_count + question] */
    const bool *candidates;    /* [node], NULL: all may be published */
    int64_t k;                 /* at least 1 */
    bool sensitive; /* also hide a node or remainder in which 0, 1, n-1 or n people are counted in x
                     */
} AggregateInput;

typedef struct Aggregate Aggregate;

Aggregate *aggregate_new(const AggregateInput *input);
void aggregate_free(Aggregate *aggregate);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Aggregate, aggregate_free)

bool aggregate_shown(const Aggregate *aggregate, guint node);
guint aggregate_hidden_count(const Aggregate *aggregate);

/* For `candidates` of the next table: [node]. Borrowed. */
const bool *aggregate_nodes(const Aggregate *aggregate);

/* The node's total of an additive quantity, rolled up: own[i * stride] is node i's own. False, and
 * nothing, if the node is hidden. */
bool aggregate_total(const Aggregate *aggregate, guint node, const int64_t *own, guint stride,
                     int64_t *out_total);

/* What remains of a published node when its largest published descendants are subtracted ("other
 * units"). False if the node is hidden, has no published descendant, or nothing hidden remains. */
bool aggregate_rest(const Aggregate *aggregate, guint node, const int64_t *own, guint stride,
                    int64_t *out_rest);
