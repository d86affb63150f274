/* Attacks the gate with exact linear algebra.
 *
 * An attacker has every published total and can add and subtract them. For random trees this looks
 * at every set of departments with fewer than k people: can its total be had? It must not be, in
 * any tree; and the naive rule (show what has k or more) must fall, or the test would prove
 * nothing. The same for several questions with sums of areas by department and each question for
 * the whole. Rational numbers, no rounding. */
#include "reports/aggregate.h"

#include <string.h>

enum { ATOMS_MAX = 12, ROWS_MAX = 24, TREES = 12000, TABLES = 3000 };

typedef struct {
    int64_t num, den; /* den > 0, lowest terms */
} Rational;

static int64_t gcd(int64_t a, int64_t b) {
    while (b != 0) {
        int64_t rest = a % b;
        a = b;
        b = rest;
    }
    return ABS(a);
}

static Rational rational(int64_t num, int64_t den) {
    g_assert_cmpint(den, !=, 0);
    int64_t divisor = MAX(gcd(num, den), 1) * (den < 0 ? -1 : 1);
    return (Rational){num / divisor, den / divisor};
}

static Rational product(Rational a, Rational b) {
    return rational(a.num * b.num, a.den * b.den);
}

static Rational difference(Rational a, Rational b) {
    return rational(a.num * b.den - b.num * a.den, a.den * b.den);
}

/* Published totals as rows over atoms (groups of people that are always counted together). */
typedef struct {
    guint atoms, rows;
    Rational cell[ROWS_MAX][ATOMS_MAX];
    guint pivot[ROWS_MAX]; /* after reduction */
} Matrix;

static void matrix_add(Matrix *m, guint mask) {
    g_assert_cmpuint(m->rows, <, ROWS_MAX);
    for (guint c = 0; c < m->atoms; c++) {
        m->cell[m->rows][c] = (Rational){mask >> c & 1, 1};
    }
    m->rows++;
}

static void row_subtract(Matrix *m, guint row, guint pivot_row, Rational factor) {
    for (guint c = 0; c < m->atoms; c++) {
        m->cell[row][c] = difference(m->cell[row][c], product(factor, m->cell[pivot_row][c]));
    }
}

/* Reduced row echelon form; rows of zeros are dropped. */
static void matrix_reduce(Matrix *m) {
    guint rank = 0;
    for (guint c = 0; c < m->atoms && rank < m->rows; c++) {
        guint found = rank;
        while (found < m->rows && m->cell[found][c].num == 0) {
            found++;
        }
        if (found == m->rows) {
            continue;
        }
        Rational swap[ATOMS_MAX];
        memcpy(swap, m->cell[rank], sizeof swap);
        memcpy(m->cell[rank], m->cell[found], sizeof swap);
        memcpy(m->cell[found], swap, sizeof swap);
        Rational lead = m->cell[rank][c];
        for (guint j = 0; j < m->atoms; j++) {
            m->cell[rank][j] = product(m->cell[rank][j], rational(lead.den, lead.num));
        }
        for (guint r = 0; r < m->rows; r++) {
            if (r != rank && m->cell[r][c].num != 0) {
                row_subtract(m, r, rank, m->cell[r][c]);
            }
        }
        m->pivot[rank++] = c;
    }
    m->rows = rank;
}

/* Whether the total over the atoms of `mask` is a combination of the rows. */
static bool matrix_derives(const Matrix *m, guint mask) {
    Rational rest[ATOMS_MAX];
    for (guint c = 0; c < m->atoms; c++) {
        rest[c] = (Rational){mask >> c & 1, 1};
    }
    for (guint r = 0; r < m->rows; r++) {
        Rational factor = rest[m->pivot[r]];
        for (guint c = 0; factor.num != 0 && c < m->atoms; c++) {
            rest[c] = difference(rest[c], product(factor, m->cell[r][c]));
        }
    }
    for (guint c = 0; c < m->atoms; c++) {
        if (rest[c].num != 0) {
            return false;
        }
    }
    return true;
}

typedef struct {
    guint nodes;
    int parents[ATOMS_MAX];
    guint below[ATOMS_MAX]; /* mask of nodes, itself included */
} Tree;

static Tree tree_random(GRand *random, guint nodes_max) {
    Tree tree = {.nodes = (guint)g_rand_int_range(random, 2, (gint32)nodes_max + 1)};
    tree.parents[0] = -1;
    for (guint i = 1; i < tree.nodes; i++) {
        tree.parents[i] = g_rand_int_range(random, 0, (gint32)i);
    }
    for (guint i = tree.nodes; i-- > 0;) {
        tree.below[i] |= 1u << i;
        if (i > 0) {
            tree.below[tree.parents[i]] |= tree.below[i];
        }
    }
    return tree;
}

static bool has_children(const Tree *tree, guint node) {
    return tree->below[node] != 1u << node;
}

static int64_t sum_of(const int64_t *values, guint stride, guint mask) {
    int64_t sum = 0;
    for (guint i = 0; mask >> i; i++) {
        sum += mask >> i & 1 ? values[i * stride] : 0;
    }
    return sum;
}

typedef struct {
    Tree tree;
    guint questions;
    int64_t n[ATOMS_MAX * 4], x[ATOMS_MAX * 4];
    int64_t k;
} Survey;

static int64_t random_size(GRand *random, bool inner) {
    if (inner && g_rand_boolean(random)) {
        return 0;
    }
    /* Small units are where the danger is. */
    return g_rand_int_range(random, 0, g_rand_boolean(random) ? 7 : 40);
}

static Survey survey_random(GRand *random, guint nodes_max, guint questions) {
    Survey s = {.tree = tree_random(random, nodes_max), .questions = questions};
    s.k = g_rand_int_range(random, 3, 11);
    for (guint i = 0; i < s.tree.nodes; i++) {
        int64_t size = random_size(random, has_children(&s.tree, i));
        for (guint q = 0; q < questions; q++) {
            int64_t missing = g_rand_int_range(random, 0, 4) ? 0 : g_rand_int_range(random, 0, 5);
            int64_t n = MAX(size - (questions > 1 ? missing : 0), 0);
            s.n[i * questions + q] = n;
            s.x[i * questions + q] = n > 0 ? g_rand_int_range(random, 0, (gint32)n + 1) : 0;
        }
    }
    return s;
}

static Aggregate *survey_gate(const Survey *s, bool sensitive) {
    AggregateCount own[ATOMS_MAX * 4];
    for (guint i = 0; i < s->tree.nodes * s->questions; i++) {
        own[i] = (AggregateCount){.n = s->n[i], .x = s->x[i]};
    }
    AggregateInput input = {.node_count = s->tree.nodes,
                            .parents = s->tree.parents,
                            .question_count = s->questions,
                            .own = own,
                            .k = s->k,
                            .sensitive = sensitive};
    return aggregate_new(&input);
}

static guint nonempty(const Survey *s) {
    guint mask = 0;
    for (guint i = 0; i < s->tree.nodes; i++) {
        mask |= s->n[i] > 0 ? 1u << i : 0;
    }
    return mask;
}

/* Sets of departments, of those with any people, whose total can be had and which `breaks` forbids.
 */
static guint breaches_of(const Survey *s, const bool *shown,
                         bool (*breaks)(const Survey *s, guint mask)) {
    Matrix m = {.atoms = s->tree.nodes};
    guint alive = nonempty(s);
    for (guint i = 0; i < s->tree.nodes; i++) {
        if (shown[i]) {
            matrix_add(&m, s->tree.below[i] & alive);
        }
    }
    matrix_reduce(&m);
    guint breaches = 0;
    for (guint mask = 1; mask < 1u << s->tree.nodes; mask++) {
        if ((mask & ~alive) == 0 && breaks(s, mask) && matrix_derives(&m, mask)) {
            breaches++;
        }
    }
    return breaches;
}

static bool is_too_small(const Survey *s, guint mask) {
    return sum_of(s->n, 1, mask) < s->k;
}

static bool is_extreme(const Survey *s, guint mask) {
    int64_t n = sum_of(s->n, 1, mask), x = sum_of(s->x, 1, mask);
    return n < s->k || x <= 1 || x >= n - 1;
}

static void test_random_trees(void) {
    g_autoptr(GRand) random = g_rand_new_with_seed(20261121);
    guint naive_breached = 0, shown_count = 0, naive_count = 0;
    for (guint t = 0; t < TREES; t++) {
        Survey s = survey_random(random, 8, 1);
        g_autoptr(Aggregate) gate = survey_gate(&s, false);
        g_assert_cmpuint(breaches_of(&s, aggregate_nodes(gate), is_too_small), ==, 0);
        bool naive[ATOMS_MAX];
        for (guint i = 0; i < s.tree.nodes; i++) {
            naive[i] = sum_of(s.n, 1, s.tree.below[i]) >= s.k;
            naive_count += naive[i];
            shown_count += aggregate_shown(gate, i);
            g_assert_true(naive[i] || !aggregate_shown(gate, i));
        }
        naive_breached += breaches_of(&s, naive, is_too_small) > 0;
    }
    g_test_message("%d trees: 0 breaches; the naive rule leaks in %u; %u of %u cells kept", TREES,
                   naive_breached, shown_count, naive_count);
    g_assert_cmpuint(naive_breached, >, TREES / 4);
    g_assert_cmpuint(shown_count, >, naive_count / 2);
}

static void test_extremes(void) {
    g_autoptr(GRand) random = g_rand_new_with_seed(39);
    guint plain_breached = 0;
    for (guint t = 0; t < TREES / 2; t++) {
        Survey s = survey_random(random, 8, 1);
        g_autoptr(Aggregate) gate = survey_gate(&s, true);
        g_assert_cmpuint(breaches_of(&s, aggregate_nodes(gate), is_extreme), ==, 0);
        g_autoptr(Aggregate) plain = survey_gate(&s, false);
        plain_breached += breaches_of(&s, aggregate_nodes(plain), is_extreme) > 0;
    }
    g_assert_cmpuint(plain_breached, >, 0);
}

/* What whole numbers a hidden unit's total can still be: every remainder it shares with others
 * leaves it anything from nothing to all. At least three values apart. */
static void test_hidden_totals_stay_wide(void) {
    g_autoptr(GRand) random = g_rand_new_with_seed(7);
    for (guint t = 0; t < TREES; t++) {
        Survey s = survey_random(random, 8, 1);
        g_autoptr(Aggregate) gate = survey_gate(&s, false);
        for (guint node = 0; node < s.tree.nodes; node++) {
            guint mask = s.tree.below[node] & nonempty(&s);
            int64_t n = sum_of(s.n, 1, mask);
            if (aggregate_shown(gate, node) || n == 0 || n >= s.k || !aggregate_shown(gate, 0)) {
                continue;
            }
            int above = s.tree.parents[node];
            while (!aggregate_shown(gate, (guint)above)) {
                above = s.tree.parents[above];
            }
            int64_t rest = 0;
            bool has_rest = aggregate_rest(gate, (guint)above, s.n, 1, &rest) ||
                            aggregate_total(gate, (guint)above, s.n, 1, &rest);
            g_assert_true(has_rest);
            g_assert_cmpint(rest, >=, MAX(s.k, 3));
        }
    }
}

/* Atoms are (department, question). Published: by department the sum over each area's questions,
 * and each question for the whole. */
static guint table_breaches(const Survey *s, const bool *shown, const guint *areas,
                            guint area_count) {
    guint q_count = s->questions, alive = 0, all = s->tree.nodes * q_count;
    for (guint i = 0; i < all; i++) {
        alive |= s->n[i] > 0 ? 1u << i : 0;
    }
    Matrix m = {.atoms = all};
    for (guint i = 0; i < s->tree.nodes; i++) {
        for (guint a = 0; shown[i] && a < area_count; a++) {
            guint mask = 0;
            for (guint atom = 0; atom < all; atom++) {
                bool inside = s->tree.below[i] >> atom / q_count & 1;
                mask |= inside && areas[atom % q_count] == a ? 1u << atom : 0;
            }
            matrix_add(&m, mask & alive);
        }
    }
    for (guint q = 0; shown[0] && q < q_count; q++) {
        guint mask = 0;
        for (guint i = 0; i < s->tree.nodes; i++) {
            mask |= 1u << (i * q_count + q);
        }
        matrix_add(&m, mask & alive);
    }
    matrix_reduce(&m);
    guint breaches = 0;
    for (guint mask = 1; mask < 1u << all; mask++) {
        int64_t people = 0;
        for (guint q = 0; q < q_count && (mask & ~alive) == 0; q++) {
            int64_t n = 0;
            for (guint i = 0; i < s->tree.nodes; i++) {
                n += mask >> (i * q_count + q) & 1 ? s->n[i * q_count + q] : 0;
            }
            people = MAX(people, n);
        }
        breaches += people > 0 && people < s->k && matrix_derives(&m, mask);
    }
    return breaches;
}

static void test_areas_and_questions(void) {
    g_autoptr(GRand) random = g_rand_new_with_seed(30);
    static const guint areas[] = {0, 0, 1};
    guint naive_breached = 0;
    for (guint t = 0; t < TABLES; t++) {
        Survey s = survey_random(random, 3, 3);
        g_autoptr(Aggregate) gate = survey_gate(&s, false);
        g_assert_cmpuint(table_breaches(&s, aggregate_nodes(gate), areas, 2), ==, 0);
        bool naive[ATOMS_MAX] = {false};
        for (guint i = 0; i < s.tree.nodes; i++) {
            int64_t most = 0;
            for (guint q = 0; q < 3; q++) {
                int64_t n = 0;
                for (guint j = 0; j < s.tree.nodes; j++) {
                    n += s.tree.below[i] >> j & 1 ? s.n[j * 3 + q] : 0;
                }
                most = MAX(most, n);
            }
            naive[i] = most >= s.k;
        }
        naive_breached += table_breaches(&s, naive, areas, 2) > 0;
    }
    g_test_message("%d tables: 0 breaches; the naive rule leaks in %u", TABLES, naive_breached);
    g_assert_cmpuint(naive_breached, >, TABLES / 10);
}

static void test_elimination_is_exact(void) {
    /* The published 4 x 4 table in which two hidden cells a row and column give one away: w,b = 47.
     */
    enum { WA, WB, WC, XA, XC, YB, YD, ZB, ZD, HIDDEN };
    static const guint rows_and_columns[] = {
        1u << WA | 1u << WB | 1u << WC,
        1u << XA | 1u << XC,
        1u << YB | 1u << YD,
        1u << ZB | 1u << ZD,
        1u << WA | 1u << XA,
        1u << WB | 1u << YB | 1u << ZB,
        1u << WC | 1u << XC,
        1u << YD | 1u << ZD,
    };
    Matrix m = {.atoms = HIDDEN};
    for (guint i = 0; i < G_N_ELEMENTS(rows_and_columns); i++) {
        matrix_add(&m, rows_and_columns[i]);
    }
    matrix_reduce(&m);
    g_assert_true(matrix_derives(&m, 1u << WB));
    g_assert_false(matrix_derives(&m, 1u << XA));
    g_assert_false(matrix_derives(&m, 1u << YB));
    g_assert_true(matrix_derives(&m, 1u << YB | 1u << ZB));
}

int main(int argc, char **argv) {
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/attack/elimination-is-exact", test_elimination_is_exact);
    g_test_add_func("/attack/random-trees", test_random_trees);
    g_test_add_func("/attack/extremes", test_extremes);
    g_test_add_func("/attack/hidden-totals-stay-wide", test_hidden_totals_stay_wide);
    g_test_add_func("/attack/areas-and-questions", test_areas_and_questions);
    return g_test_run();
}
