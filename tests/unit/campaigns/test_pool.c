/* Proves that no pool of an anonymous round is smaller than k, over written cases and thousands of
 * random trees, and that people are counted as near to their own department as that allows. */
#include "campaigns/pool.h"

#include "base/error.h"

enum { NODES_MAX = 10 };

typedef struct {
    const char *name;
    guint k;
    bool keep_root;
    guint count;
    PoolNode nodes[NODES_MAX]; /* pool: wanted */
} Case;

static const Case cases[] = {
    {"each is large enough",
     10,
     false,
     3,
     {{0, 0, 0}, {.parent = 0, .invited = 10, .pool = 1}, {.parent = 0, .invited = 25, .pool = 2}}},
    {"a small one moves to its parent",
     10,
     false,
     4,
     {{0, 0, 0},
      {.parent = 0, .invited = 8, .pool = 1},
      {.parent = 1, .invited = 3, .pool = 1},
      {.parent = 1, .invited = 12, .pool = 3}}},
    {"two small ones are enough at the parent",
     10,
     false,
     4,
     {{0, 0, 0},
      {.parent = 0, .invited = 0, .pool = 1},
      {.parent = 1, .invited = 4, .pool = 1},
      {.parent = 1, .invited = 6, .pool = 1}}},
    {"nine at the root pull in the smallest of the topmost",
     10,
     false,
     5,
     {{.parent = 0, .invited = 5, .pool = 0},
      {.parent = 0, .invited = 30, .pool = 1},
      {.parent = 0, .invited = 15, .pool = 0},
      {.parent = 2, .invited = 10, .pool = 3},
      {.parent = 0, .invited = 4, .pool = 0}}},
    {"one left over deep down",
     10,
     false,
     4,
     {{0, 0, 0},
      {.parent = 0, .invited = 0, .pool = 0},
      {.parent = 1, .invited = 1, .pool = 0},
      {.parent = 0, .invited = 10, .pool = 0}}},
    {"the pulled one is deep: those between count at the root too",
     10,
     false,
     5,
     {{.parent = 0, .invited = 2, .pool = 0},
      {.parent = 0, .invited = 0, .pool = 0},
      {.parent = 1, .invited = 11, .pool = 0},
      {.parent = 2, .invited = 10, .pool = 3},
      {.parent = 2, .invited = 3, .pool = 0}}},
    {"a root is kept for those who come later",
     10,
     true,
     3,
     {{0, 0, 0}, {.parent = 0, .invited = 10, .pool = 0}, {.parent = 0, .invited = 11, .pool = 2}}},
    {"an empty department counts where its parent does",
     10,
     false,
     3,
     {{0, 0, 0}, {.parent = 0, .invited = 10, .pool = 1}, {.parent = 1, .invited = 0, .pool = 1}}},
    {"exactly k in all",
     10,
     false,
     3,
     {{0, 0, 0}, {.parent = 0, .invited = 9, .pool = 0}, {.parent = 0, .invited = 1, .pool = 0}}},
};

static void test_cases(void) {
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        const Case *c = &cases[i];
        g_autoptr(GError) error = NULL;
        PoolNode nodes[NODES_MAX];
        memcpy(nodes, c->nodes, sizeof nodes);
        g_test_message("%s", c->name);
        g_assert_true(pool_assign(nodes, c->count, c->k, c->keep_root, &error));
        g_assert_no_error(error);
        for (guint j = 0; j < c->count; j++) {
            g_assert_cmpuint(nodes[j].pool, ==, c->nodes[j].pool);
        }
    }
}

static void test_too_few(void) {
    PoolNode nodes[] = {{0, 4, 0}, {.parent = 0, .invited = 5, .pool = 0}};
    g_autoptr(GError) error = NULL;
    g_assert_false(pool_assign(nodes, 2, 10, false, &error));
    g_assert_error(error, VK_ERROR, VK_ERROR_CONFLICT);
}

static bool is_at_or_above(const PoolNode *nodes, guint above, guint node) {
    while (node != above && node != 0) {
        node = nodes[node].parent;
    }
    return node == above;
}

/* Every pool holds 0 or at least k, and every node's pool is itself or above it. */
static void test_random(void) {
    enum { TREES = 5000, SIZE = 40 };
    for (int tree = 0; tree < TREES; tree++) {
        PoolNode nodes[SIZE] = {{0}};
        guint held[SIZE] = {0};
        guint count = (guint)g_test_rand_int_range(1, SIZE);
        guint k = (guint)g_test_rand_int_range(1, 15);
        bool keep_root = g_test_rand_bit() != 0;
        guint total = 0;
        for (guint i = 0; i < count; i++) {
            nodes[i].parent = i == 0 ? 0 : (guint)g_test_rand_int_range(0, (gint32)i);
            nodes[i].invited = g_test_rand_bit() ? 0 : (guint)g_test_rand_int_range(0, 20);
            total += nodes[i].invited;
        }
        if (!pool_assign(nodes, count, k, keep_root, NULL)) {
            g_assert_cmpuint(total, <, k);
            continue;
        }
        for (guint i = 0; i < count; i++) {
            g_assert_true(is_at_or_above(nodes, nodes[i].pool, i));
            g_assert_cmpuint(nodes[nodes[i].pool].pool, ==, nodes[i].pool);
            held[nodes[i].pool] += nodes[i].invited;
        }
        for (guint i = 0; i < count; i++) {
            g_assert_true(held[i] == 0 || held[i] >= k);
        }
        g_assert_true(!keep_root || held[0] >= k);
    }
}

int main(int argc, char **argv) {
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/pool/cases", test_cases);
    g_test_add_func("/pool/too-few", test_too_few);
    g_test_add_func("/pool/random", test_random);
    return g_test_run();
}
