/* Stockholm civil time: parsing, formatting, and both changes of the clock. */
#include "base/clock.h"

#include "base/error.h"

static const struct {
    const char *text;
    const char *utc; /* NULL: refused */
} cases[] = {
    {"2026-11-24", "2026-11-23T23:00:00Z"},
    {"2026-07-01 09:00", "2026-07-01T07:00:00Z"},
    {"2026-11-24T09:30", "2026-11-24T08:30:00Z"},
    {"2026-11-24T09:30:00Z", "2026-11-24T09:30:00Z"},
    {"2026-11-24T09:30:00-05:00", "2026-11-24T14:30:00Z"},
    {"2026-03-29 02:30", "2026-03-29T01:00:00Z"}, /* skipped: the first moment after it */
    {"2026-10-25 02:30", "2026-10-25T01:30:00Z"}, /* repeated: the one in standard time */
    {"2024-02-29", "2024-02-28T23:00:00Z"},
    {"2026-02-29", NULL},
    {"2026-13-01", NULL},
    {"2026-11-24 24:00", NULL},
    {"tisdag", NULL},
    {"", NULL},
};

static void test_parse(void) {
    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GError) error = NULL;
        int64_t at_us = 0;
        bool parsed = clock_parse(cases[i].text, &at_us, &error);
        g_test_message("\"%s\"", cases[i].text);
        if (cases[i].utc == NULL) {
            g_assert_false(parsed);
            g_assert_error(error, VK_ERROR, VK_ERROR_INPUT);
            continue;
        }
        g_assert_no_error(error);
        g_autofree char *utc = clock_format_utc(at_us);
        g_assert_cmpstr(utc, ==, cases[i].utc);
    }
}

static void test_round_trip(void) {
    int64_t at_us = clock_from_local(2026, 6, 30, 23, 59);
    g_autofree char *text = clock_format(at_us);
    g_assert_cmpstr(text, ==, "2026-06-30 23:59");
    g_autofree char *date = clock_format_date(at_us + CLOCK_MINUTE_US);
    g_assert_cmpstr(date, ==, "2026-07-01");
}

/* What ends at midnight ends the day before, also where a day has 23 or 25 hours. */
static void test_ends(void) {
    static const struct {
        int month, day, hour, minute;
        const char *date, *end;
    } ends[] = {
        {12, 21, 0, 0, "2026-12-20", "2026-12-20 24:00"},
        {12, 21, 0, 1, "2026-12-21", "2026-12-21 00:01"},
        {12, 20, 14, 5, "2026-12-20", "2026-12-20 14:05"},
        {3, 30, 0, 0, "2026-03-29", "2026-03-29 24:00"},
        {10, 26, 0, 0, "2026-10-25", "2026-10-25 24:00"},
        {1, 1, 0, 0, "2025-12-31", "2025-12-31 24:00"},
    };
    for (guint i = 0; i < G_N_ELEMENTS(ends); i++) {
        int64_t end_us =
            clock_from_local(2026, ends[i].month, ends[i].day, ends[i].hour, ends[i].minute);
        g_autofree char *date = clock_format_last_date(end_us);
        g_autofree char *end = clock_format_end(end_us);
        g_autoptr(GDateTime) last = clock_local_last(end_us);
        g_autofree char *same = g_date_time_format(last, "%Y-%m-%d");
        g_assert_cmpstr(date, ==, ends[i].date);
        g_assert_cmpstr(end, ==, ends[i].end);
        g_assert_cmpstr(same, ==, ends[i].date);
    }
}

int main(int argc, char **argv) {
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/clock/parse", test_parse);
    g_test_add_func("/clock/round-trip", test_round_trip);
    g_test_add_func("/clock/ends", test_ends);
    return g_test_run();
}
