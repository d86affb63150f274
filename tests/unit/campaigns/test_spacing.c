/* Proves the rules of spaced repetition as values: the ladder of gaps, the last day of a topic at
 * rest, the limits on mails over any week and any quarter, which topics go first, and that an item
 * comes back only when the topic's others have been asked. */
#include "campaigns/spacing.h"

#include "base/clock.h"

#include <string.h>

static const Window office = {
    .days = SCHEDULE_WEEKDAYS, .from_minute = 8 * 60, .to_minute = 17 * 60};

static int64_t at(const char *text) {
    int64_t at_us = 0;
    g_assert_true(clock_parse(text, &at_us, NULL));
    return at_us;
}

static void assert_time(int64_t got_us, const char *want) {
    g_autofree char *got = clock_format(got_us);
    g_assert_cmpstr(got, ==, want);
}

static void test_ladder(void) {
    static const guint ladder[] = {3, 8, 20, 50, 125, 180, 180};
    guint gap = spacing_gap(SPACING_REST_DAYS, false);
    for (size_t i = 0; i < G_N_ELEMENTS(ladder); i++) {
        g_assert_cmpuint(gap, ==, ladder[i]);
        g_assert_cmpuint(spacing_gap(gap, false), ==, 3);
        gap = spacing_gap(gap, true);
    }
}

static void test_due(void) {
    static const struct {
        const char *answered;
        guint gap;
        const char *due;
    } cases[] = {
        {"2026-11-23 09:00", 3, "2026-11-26 09:00"},
        {"2026-11-24 18:30", 3, "2026-11-27 18:30"},   /* the runner waits for the morning */
        {"2026-03-27 09:00", 3, "2026-03-30 09:00"},   /* across the change to summer time */
        {"2026-01-12 10:00", 180, "2026-07-10 08:00"}, /* 11 July is a Saturday: the day before */
        {"2026-01-09 10:00", 180, "2026-07-08 08:00"}, /* a Wednesday: its morning */
        {"2026-01-09 07:00", 180, "2026-07-07 08:00"}, /* it opens too late: the day before */
        {"2026-06-29 10:00", 180, "2026-12-23 08:00"}, /* 26 December: before Christmas */
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        assert_time(spacing_due(&office, at(cases[i].answered), cases[i].gap), cases[i].due);
    }
}

/* A topic that was asked last so many days before `due_at_us`. */
static SpacingTopic topic(guint gap_days, int64_t due_at_us) {
    int64_t asked_us = schedule_add_days(due_at_us, -(int)gap_days);
    return (SpacingTopic){gap_days, due_at_us, schedule_add_days(asked_us, SPACING_REST_DAYS)};
}

static void test_nothing(void) {
    g_assert_cmpint(spacing_plan(NULL, 0, NULL, 0, 1).mail_at_us, ==, INT64_MAX);
    SpacingTopic later = topic(3, at("2026-11-26 09:00"));
    SpacingPlan plan = spacing_plan(&later, 1, NULL, 0, at("2026-11-23 09:00"));
    g_assert_cmpint(plan.mail_at_us, ==, later.due_at_us);
    g_assert_cmpuint(plan.count, ==, 0);
}

/* Ten mails, two of them this week: what is due has to wait, and longer than what has a last day.
 */
static void test_limits(void) {
    int64_t sent[10];
    for (guint i = 0; i < 10; i++) {
        sent[9 - i] = schedule_add_days(at("2026-09-01 09:00"), (int)i * 4);
    }
    int64_t now_us = at("2026-10-08 09:00");
    SpacingTopic due = topic(3, now_us);
    SpacingTopic pressing = topic(SPACING_REST_DAYS, now_us);
    SpacingTopic both = topic(125, now_us); /* its last day is 2 December */
    /* The last two went on 3 and 7 October, the last ten from 1 September, the last eight from 9
     * September. */
    assert_time(spacing_plan(&due, 1, sent, 2, now_us).mail_at_us, "2026-10-10 09:00");
    assert_time(spacing_plan(&pressing, 1, sent, 10, now_us).mail_at_us, "2026-12-02 09:00");
    assert_time(spacing_plan(&due, 1, sent, 10, now_us).mail_at_us, "2026-12-10 09:00");
    assert_time(spacing_plan(&both, 1, sent, 10, now_us).mail_at_us, "2026-12-02 09:00");
    SpacingPlan plan = spacing_plan(&due, 1, sent, 1, now_us);
    g_assert_cmpint(plan.mail_at_us, ==, now_us);
    g_assert_cmpuint(plan.count, ==, 1);
}

static void test_order(void) {
    int64_t now_us = at("2026-11-24 09:00");
    SpacingTopic topics[] = {
        topic(20, now_us - 5 * CLOCK_DAY_US),
        topic(3, now_us - CLOCK_DAY_US),
        topic(3, now_us - 2 * CLOCK_DAY_US),
        topic(SPACING_REST_DAYS, now_us + 5 * CLOCK_DAY_US), /* before another mail would go */
        topic(8, now_us + CLOCK_HOUR_US),                    /* not due */
        topic(SPACING_REST_DAYS, now_us + 40 * CLOCK_DAY_US),
    };
    SpacingPlan plan = spacing_plan(topics, G_N_ELEMENTS(topics), NULL, 0, now_us);
    g_assert_cmpint(plan.mail_at_us, ==, now_us);
    g_assert_cmpuint(plan.count, ==, 3);
    g_assert_cmpuint(plan.topics[0], ==, 3);
    g_assert_cmpuint(plan.topics[1], ==, 2);
    g_assert_cmpuint(plan.topics[2], ==, 1);
    plan = spacing_plan(topics, 2, NULL, 0, now_us);
    g_assert_cmpuint(plan.count, ==, 2);
    g_assert_cmpuint(plan.topics[0], ==, 1);
}

/* Seven topics with the same last day need three mails: the first goes two weeks before. */
static void test_crowd(void) {
    int64_t last_us = at("2026-11-24 09:00");
    SpacingTopic topics[7];
    for (guint i = 0; i < G_N_ELEMENTS(topics); i++) {
        topics[i] = topic(SPACING_REST_DAYS, last_us);
    }
    SpacingPlan plan = spacing_plan(topics, 7, NULL, 0, last_us - 40 * CLOCK_DAY_US);
    assert_time(plan.mail_at_us, "2026-11-10 09:00");
    plan = spacing_plan(topics, 7, NULL, 0, plan.mail_at_us);
    g_assert_cmpuint(plan.count, ==, 3);
    assert_time(spacing_plan(topics, 4, NULL, 0, at("2026-11-11 09:00")).mail_at_us,
                "2026-11-17 09:00");
}

static void test_items(void) {
    const char *const keys[] = {"t1", "t2", "t3"};
    guint index = 99;
    for (int64_t seed = 0; seed < 6; seed++) { /* whoever it is, in whatever order */
        g_autofree char *had = g_strdup("");
        char order[6] = "";
        for (guint i = 0; i < 6; i++) {
            g_assert_true(spacing_item(keys, 3, had, seed, &index));
            order[i] = keys[index][1];
            char *next = spacing_had(had, keys[index]);
            g_free(had);
            had = next;
        }
        g_assert_true(memcmp(order, order + 3, 3) ==
                      0); /* the same round again: none before its turn */
        g_assert_true(order[0] != order[1] && order[1] != order[2] && order[0] != order[2]);
    }
    g_assert_true(spacing_item(keys, 3, "t2 t1", 0, &index));
    g_assert_cmpuint(index, ==, 2);
    g_assert_false(spacing_item(keys, 1, "t1", 0, &index)); /* the only one, just asked */
    g_assert_true(spacing_item(keys, 1, "t1 t9", 0, &index));
    g_assert_false(spacing_item(keys, 0, "", 5, &index));
}

static void test_had(void) {
    g_autofree char *had = g_strdup("");
    for (guint i = 0; i < 2 * SPACING_HAD_MAX; i++) {
        g_autofree char *key = g_strdup_printf("k%u", i);
        char *next = spacing_had(had, key);
        g_free(had);
        had = next;
    }
    g_auto(GStrv) list = g_strsplit(had, " ", -1);
    g_assert_cmpuint(g_strv_length(list), ==, SPACING_HAD_MAX);
    g_assert_cmpstr(list[0], ==, "k40");
    g_autofree char *again = spacing_had("a b c", "a");
    g_assert_cmpstr(again, ==, "b c a");
}

static void test_silence(void) {
    g_assert_cmpuint(spacing_silence_days(2), ==, 0);
    g_assert_cmpuint(spacing_silence_days(3), ==, 60);
    assert_time(spacing_closes(at("2026-11-24 09:13")), "2026-12-09 00:00");
}

int main(int argc, char **argv) {
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/spacing/ladder", test_ladder);
    g_test_add_func("/spacing/due", test_due);
    g_test_add_func("/spacing/nothing", test_nothing);
    g_test_add_func("/spacing/limits", test_limits);
    g_test_add_func("/spacing/order", test_order);
    g_test_add_func("/spacing/crowd", test_crowd);
    g_test_add_func("/spacing/items", test_items);
    g_test_add_func("/spacing/had", test_had);
    g_test_add_func("/spacing/silence", test_silence);
    return g_test_run();
}
