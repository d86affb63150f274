/* The hand-over: order, the bound, time-outs, and nothing lost between several threads or at close.
 */
#include "base/handoff.h"

enum { VALUES = 20000, PRODUCERS = 4 };

static void test_bound(void) {
    g_autoptr(Handoff) handoff = handoff_new(2);
    int a = 1;
    g_assert_null(handoff_pop(handoff, 10));
    g_assert_true(handoff_try_push(handoff, &a));
    g_assert_true(handoff_try_push(handoff, &a));
    g_assert_false(handoff_try_push(handoff, &a));
    handoff_close(handoff);
    g_assert_true(handoff_is_closed(handoff));
    g_assert_false(handoff_push(handoff, &a));
    g_assert_true(handoff_pop(handoff, 0) == &a);
    g_assert_true(handoff_pop(handoff, -1) == &a);
    g_assert_null(handoff_pop(handoff, -1));
}

static gpointer produce(gpointer data) {
    for (int i = 1; i <= VALUES; i++) {
        g_assert_true(handoff_push(data, GINT_TO_POINTER(i)));
    }
    return NULL;
}

static void test_threads(void) {
    g_autoptr(Handoff) handoff = handoff_new(64);
    GThread *threads[PRODUCERS];
    for (int i = 0; i < PRODUCERS; i++) {
        threads[i] = g_thread_new("produce", produce, handoff);
    }
    gint64 sum = 0;
    for (int i = 0; i < PRODUCERS * VALUES; i++) {
        sum += GPOINTER_TO_INT(handoff_pop(handoff, -1));
    }
    for (int i = 0; i < PRODUCERS; i++) {
        g_thread_join(threads[i]);
    }
    g_assert_cmpint(sum, ==, (gint64)PRODUCERS * VALUES * (VALUES + 1) / 2);
    g_assert_null(handoff_pop(handoff, 0));
}

int main(int argc, char **argv) {
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/handoff/bound", test_bound);
    g_test_add_func("/handoff/threads", test_threads);
    return g_test_run();
}
