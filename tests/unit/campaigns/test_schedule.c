/* Proves when mail goes: windows in civil time across both changes of summer time, holidays, even
 * spreading, reminders after working days. */
#include "campaigns/schedule.h"

#include "base/clock.h"
#include "campaigns/holiday.h"

static const Window tue_thu = {
    .days = 0x0e, .from_minute = 9 * 60, .to_minute = 11 * 60 + 30, .holidays = false};
static const Window office = {
    .days = SCHEDULE_WEEKDAYS, .from_minute = 8 * 60, .to_minute = 17 * 60, .holidays = false};
static const Window always = {
    .days = SCHEDULE_EVERY_DAY, .from_minute = 0, .to_minute = 1440, .holidays = true};

static int64_t at(const char *text) {
    int64_t at_us = 0;
    g_autoptr(GError) error = NULL;
    clock_parse(text, &at_us, &error);
    g_assert_no_error(error);
    return at_us;
}

static void assert_at(int64_t got, const char *want) {
    g_autofree char *text = clock_format(got);
    g_assert_cmpstr(text, ==, want);
}

typedef struct {
    const Window *window;
    const char *at;
    const char *opens; /* the same: it is open */
} OpenCase;

static const OpenCase open_cases[] = {
    {&tue_thu, "2026-11-24 09:00", "2026-11-24 09:00"},
    {&tue_thu, "2026-11-24 08:59", "2026-11-24 09:00"},
    {&tue_thu, "2026-11-24 11:29", "2026-11-24 11:29"},
    {&tue_thu, "2026-11-24 11:30", "2026-11-25 09:00"},
    {&tue_thu, "2026-11-26 11:30", "2026-12-01 09:00"},
    {&tue_thu, "2026-12-23 12:00", "2026-12-29 09:00"}, /* Thursday is Christmas Eve */
    {&tue_thu, "2026-12-31 09:30", "2027-01-05 09:00"}, /* New Year's Eve */
    {&office, "2026-04-02 17:00", "2026-04-07 08:00"},  /* over Easter */
    {&office, "2026-06-18 18:00", "2026-06-22 08:00"},  /* over Midsummer */
    {&office, "2026-05-01 10:00", "2026-05-04 08:00"},
    {&office, "2026-03-27 17:00", "2026-03-30 08:00"}, /* over the spring change */
    {&office, "2026-10-23 17:00", "2026-10-26 08:00"}, /* over the autumn change */
    {&always, "2026-12-24 23:59", "2026-12-24 23:59"},
};

static void test_open(void) {
    for (size_t i = 0; i < G_N_ELEMENTS(open_cases); i++) {
        const OpenCase *c = &open_cases[i];
        g_test_message("%s", c->at);
        assert_at(schedule_next_open(c->window, at(c->at)), c->opens);
        g_assert_cmpint(schedule_is_open(c->window, at(c->at)), ==,
                        g_strcmp0(c->at, c->opens) == 0);
    }
    assert_at(schedule_next_close(&tue_thu, at("2026-11-24 10:00")), "2026-11-24 11:30");
    assert_at(schedule_next_close(&always, at("2026-11-24 10:00")), "2026-11-25 00:00");
}

/* 09:00 is 09:00 whatever the distance from UTC, and a window that a spring change skips is closed.
 */
static void test_summer_time(void) {
    int64_t before = schedule_next_open(&office, at("2026-03-27 07:00"));
    int64_t after = schedule_next_open(&office, at("2026-03-30 07:00"));
    g_assert_cmpint(after - before, ==, 3 * CLOCK_DAY_US - CLOCK_HOUR_US);
    before = schedule_next_open(&office, at("2026-10-23 07:00"));
    after = schedule_next_open(&office, at("2026-10-26 07:00"));
    g_assert_cmpint(after - before, ==, 3 * CLOCK_DAY_US + CLOCK_HOUR_US);

    Window night = {.days = SCHEDULE_EVERY_DAY, .from_minute = 135, .to_minute = 165};
    assert_at(schedule_next_open(&night, at("2026-03-29 00:00")), "2026-03-30 02:15");
    Window sunday = {.days = 0x40, .from_minute = 60, .to_minute = 240};
    int64_t from = schedule_next_open(&sunday, at("2026-10-25 00:00"));
    int64_t to = schedule_next_close(&sunday, from);
    g_assert_cmpint(to - from, ==, 4 * CLOCK_HOUR_US); /* 01:00 to 04:00 with an hour twice */
    from = schedule_next_open(&sunday, at("2026-03-29 00:00"));
    g_assert_cmpint(schedule_next_close(&sunday, from) - from, ==, 2 * CLOCK_HOUR_US);
}

static void test_spread(void) {
    g_autoptr(GArray) days =
        schedule_stretches(&tue_thu, at("2026-11-24 09:00"), at("2026-11-27 00:00"));
    g_assert_cmpuint(days->len, ==, 3);
    assert_at(schedule_instant(days, 0, 3), "2026-11-24 09:00");
    assert_at(schedule_instant(days, 1, 3), "2026-11-25 09:00");
    assert_at(schedule_instant(days, 2, 3), "2026-11-26 09:00");
    enum { COUNT = 9000 }; /* 7.5 hours: three seconds apart */
    int64_t last = 0;
    for (guint i = 0; i < COUNT; i++) {
        int64_t due = schedule_instant(days, i, COUNT);
        g_assert_true(schedule_is_open(&tue_thu, due));
        g_assert_true(i == 0 || i % 3000 == 0 || due - last == 3 * CLOCK_SECOND_US);
        g_assert_true(due > last);
        last = due;
    }
    g_autoptr(GArray) partial =
        schedule_stretches(&tue_thu, at("2026-11-24 10:00"), at("2026-11-25 10:30"));
    g_assert_cmpuint(partial->len, ==, 2);
    assert_at(schedule_instant(partial, 1, 2), "2026-11-25 09:00");
}

static void test_spread_without_window(void) {
    g_autoptr(GArray) moment =
        schedule_stretches(&tue_thu, at("2026-11-21 10:00"), at("2026-11-21 10:00"));
    assert_at(schedule_instant(moment, 0, 500), "2026-11-24 09:00");
    assert_at(schedule_instant(moment, 499, 500), "2026-11-24 09:00");
    g_autoptr(GArray) weekend =
        schedule_stretches(&tue_thu, at("2026-11-21 00:00"), at("2026-11-23 00:00"));
    g_assert_cmpuint(weekend->len, ==, 1);
    assert_at(schedule_instant(weekend, 0, 2), "2026-11-24 09:00");
    assert_at(schedule_instant(weekend, 1, 2), "2026-11-24 10:15");
}

/* A million mails over a year overflow nothing and stay inside. */
static void test_spread_large(void) {
    g_autoptr(GArray) year =
        schedule_stretches(&always, at("2026-01-01 00:00"), at("2027-01-01 00:00"));
    g_assert_cmpuint(year->len, ==, 365);
    guint count = 4000000000U;
    assert_at(schedule_instant(year, count / 2, count), "2026-07-02 13:00");
    g_assert_cmpint(schedule_instant(year, count - 1, count), <, at("2027-01-01 00:00"));
}

typedef struct {
    const Window *window;
    const char *sent;
    guint days;
    const char *reminder;
} RemindCase;

static const RemindCase remind_cases[] = {
    {&office, "2026-11-24 09:17", 3, "2026-11-27 09:17"},
    {&office, "2026-11-26 09:17", 3, "2026-12-01 09:17"},  /* over a weekend */
    {&tue_thu, "2026-11-24 09:17", 3, "2026-12-01 09:17"}, /* Friday is no sending day */
    {&tue_thu, "2026-11-24 11:31", 2, "2026-11-26 09:00"}, /* the hour lies outside */
    {&tue_thu, "2026-11-24 08:00", 1, "2026-11-25 09:00"},
    {&office, "2026-04-01 10:00", 2, "2026-04-07 10:00"}, /* Maundy Thursday, then Tuesday */
    {&office, "2026-06-17 10:00", 2, "2026-06-22 10:00"}, /* Midsummer Eve is off */
    {&office, "2026-12-22 10:00", 3, "2026-12-29 10:00"},
    {&office, "2026-12-30 10:00", 1, "2027-01-04 10:00"},
    {&office, "2026-03-27 10:00", 1, "2026-03-30 10:00"},
    {&office, "2026-10-23 10:00", 1, "2026-10-26 10:00"},
    {&always, "2026-11-27 23:30", 1, "2026-11-30 23:30"}, /* working days count, not open ones */
};

static void test_reminder(void) {
    for (size_t i = 0; i < G_N_ELEMENTS(remind_cases); i++) {
        const RemindCase *c = &remind_cases[i];
        g_test_message("%s + %u", c->sent, c->days);
        assert_at(schedule_reminder(c->window, at(c->sent), c->days), c->reminder);
    }
    int64_t sent = at("2026-11-24 09:17") + 42 * CLOCK_SECOND_US + 7;
    g_assert_cmpint(schedule_reminder(&office, sent, 1), ==, sent + CLOCK_DAY_US);
}

static void test_days(void) {
    g_assert_cmpint(schedule_day(at("2026-03-29 23:59")), ==, at("2026-03-29"));
    assert_at(schedule_add_days(at("2026-03-28 09:30"), 30), "2026-04-27 09:30");
    assert_at(schedule_add_days(at("2026-04-27 09:30"), -30), "2026-03-28 09:30");
    assert_at(schedule_add_days(at("2026-10-24 02:30"), 1), "2026-10-25 02:30");
}

int main(int argc, char **argv) {
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/schedule/open", test_open);
    g_test_add_func("/schedule/summer-time", test_summer_time);
    g_test_add_func("/schedule/spread", test_spread);
    g_test_add_func("/schedule/spread-without-window", test_spread_without_window);
    g_test_add_func("/schedule/spread-large", test_spread_large);
    g_test_add_func("/schedule/reminder", test_reminder);
    g_test_add_func("/schedule/days", test_days);
    return g_test_run();
}
