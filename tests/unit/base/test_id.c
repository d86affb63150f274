/* Identifiers that one thread makes one after another lie together, and are each their own. */
#include "base/id.h"

#include <glib.h>
#include <pthread.h>

enum { IDS = 64 * 50, OWN_BITS = 40 };

static void test_near(void) {
    g_autoptr(GHashTable) ids = g_hash_table_new(g_int64_hash, g_int64_equal);
    g_autoptr(GHashTable) shared = g_hash_table_new(NULL, NULL);
    static int64_t made[IDS];
    guint ascending = 0;
    for (int i = 0; i < IDS; i++) {
        made[i] = id_new_near();
        g_assert_cmpint(made[i], >, 0);
        g_assert_true(g_hash_table_add(ids, &made[i]));
        g_hash_table_add(shared, GINT_TO_POINTER((int)(made[i] >> OWN_BITS)));
        ascending += i > 0 && made[i] > made[i - 1];
    }
    g_assert_cmpuint(g_hash_table_size(shared), <=, IDS / 64);
    g_assert_cmpuint(g_hash_table_size(shared), >, IDS / 64 - 3);
    /* their order is not that in which they came: half of the steps go up */
    g_assert_cmpuint(ascending, >, IDS * 4 / 10);
    g_assert_cmpuint(ascending, <, IDS * 6 / 10);
}

static void *make_one(void *out) {
    *(int64_t *)out = id_new_near();
    return NULL;
}

/* Two threads share nothing. */
static void test_threads(void) {
    int64_t other = 0;
    pthread_t thread;
    g_assert_cmpint(pthread_create(&thread, NULL, make_one, &other), ==, 0);
    pthread_join(thread, NULL);
    g_assert_cmpint(other, >, 0);
    g_assert_cmpint(other >> OWN_BITS, !=, id_new_near() >> OWN_BITS);
}

int main(int argc, char **argv) {
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/id/near", test_near);
    g_test_add_func("/id/threads", test_threads);
    return g_test_run();
}
