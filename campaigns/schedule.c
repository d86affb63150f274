#include "campaigns/schedule.h"

#include "base/clock.h"
#include "campaigns/holiday.h"

enum { MINUTES_A_DAY = 1440, SEARCH_DAYS = 800 };

static void day_of(int64_t at_us, GDate *out) {
    g_autoptr(GDateTime) local = clock_local(at_us);
    int year = 0;
    int month = 0;
    int day = 0;
    g_date_time_get_ymd(local, &year, &month, &day);
    g_date_clear(out, 1);
    g_date_set_dmy(out, (GDateDay)day, (GDateMonth)month, (GDateYear)year);
}

static int64_t day_minute(const GDate *day, int minute) {
    GDate date = *day;
    if (minute == MINUTES_A_DAY) {
        g_date_add_days(&date, 1);
        minute = 0;
    }
    return clock_from_local(g_date_get_year(&date), (int)g_date_get_month(&date),
                            g_date_get_day(&date), minute / 60, minute % 60);
}

/* False where the window is closed all day, also because a spring change skips it. */
static bool day_stretch(const Window *window, const GDate *day, Stretch *out) {
    unsigned bit = 1U << ((unsigned)g_date_get_weekday(day) - 1U);
    if ((window->days & bit) == 0 || (!window->holidays && holiday_is(day))) {
        return false;
    }
    *out = (Stretch){day_minute(day, window->from_minute), day_minute(day, window->to_minute)};
    return out->from_at_us < out->to_at_us;
}

/* The first stretch that ends after `at_us`, whole. */
static Stretch stretch_after(const Window *window, int64_t at_us) {
    GDate day;
    day_of(at_us, &day);
    for (int i = 0; i < SEARCH_DAYS; i++) {
        Stretch stretch;
        if (day_stretch(window, &day, &stretch) && stretch.to_at_us > at_us) {
            return stretch;
        }
        g_date_add_days(&day, 1);
    }
    g_assert_not_reached(); /* every weekday has a day that is no holiday within weeks */
}

bool schedule_is_open(const Window *window, int64_t at_us) {
    return schedule_next_open(window, at_us) == at_us;
}

int64_t schedule_next_open(const Window *window, int64_t at_us) {
    Stretch stretch = stretch_after(window, at_us);
    return MAX(stretch.from_at_us, at_us);
}

int64_t schedule_next_close(const Window *window, int64_t at_us) {
    Stretch stretch = stretch_after(window, at_us);
    g_assert(stretch.from_at_us <= at_us);
    return stretch.to_at_us;
}

GArray *schedule_stretches(const Window *window, int64_t start_at_us, int64_t end_at_us) {
    GArray *stretches = g_array_new(FALSE, FALSE, sizeof(Stretch));
    if (end_at_us <= start_at_us) {
        int64_t at_us = schedule_next_open(window, start_at_us);
        Stretch moment = {at_us, at_us};
        g_array_append_val(stretches, moment);
        return stretches;
    }
    for (int64_t at_us = start_at_us; at_us < end_at_us;) {
        Stretch stretch = stretch_after(window, at_us);
        if (stretch.from_at_us >= end_at_us && stretches->len > 0) {
            break;
        }
        bool inside = stretch.from_at_us < end_at_us;
        stretch.from_at_us = MAX(stretch.from_at_us, at_us);
        at_us = stretch.to_at_us;
        stretch.to_at_us = inside ? MIN(stretch.to_at_us, end_at_us) : stretch.to_at_us;
        g_array_append_val(stretches, stretch);
        if (!inside) {
            break;
        }
    }
    return stretches;
}

int64_t schedule_instant(const GArray *stretches, guint index, guint count) {
    g_assert(index < count && stretches->len > 0);
    int64_t total = 0;
    for (guint i = 0; i < stretches->len; i++) {
        const Stretch *stretch = &g_array_index(stretches, Stretch, i);
        total += stretch->to_at_us - stretch->from_at_us;
    }
    int64_t offset = total / count * index + total % count * index / count;
    for (guint i = 0; i < stretches->len; i++) {
        const Stretch *stretch = &g_array_index(stretches, Stretch, i);
        int64_t length = stretch->to_at_us - stretch->from_at_us;
        if (offset < length || i + 1 == stretches->len) {
            return stretch->from_at_us + offset;
        }
        offset -= length;
    }
    g_assert_not_reached();
}

int64_t schedule_reminder(const Window *window, int64_t sent_at_us, guint working_days) {
    GDate day;
    day_of(sent_at_us, &day);
    for (guint left = MAX(working_days, 1); left > 0;) {
        g_date_add_days(&day, 1);
        left -= holiday_is_working_day(&day) ? 1 : 0;
    }
    g_autoptr(GDateTime) local = clock_local(sent_at_us);
    int minute = g_date_time_get_hour(local) * 60 + g_date_time_get_minute(local);
    int64_t rest_us = (int64_t)(g_date_time_get_second(local)) * CLOCK_SECOND_US +
                      g_date_time_get_microsecond(local);
    Stretch stretch = {0, 0};
    while (!day_stretch(window, &day, &stretch)) {
        g_date_add_days(&day, 1);
    }
    int64_t at_us = day_minute(&day, minute) + rest_us;
    bool inside = at_us >= stretch.from_at_us && at_us < stretch.to_at_us;
    return inside ? at_us : stretch.from_at_us;
}

int64_t schedule_add_days(int64_t at_us, int days) {
    g_autoptr(GDateTime) local = clock_local(at_us);
    GDate day;
    day_of(at_us, &day);
    if (days >= 0) {
        g_date_add_days(&day, (guint)days);
    } else {
        g_date_subtract_days(&day, (guint)-days);
    }
    int minute = g_date_time_get_hour(local) * 60 + g_date_time_get_minute(local);
    return day_minute(&day, minute) + (int64_t)g_date_time_get_second(local) * CLOCK_SECOND_US +
           g_date_time_get_microsecond(local);
}

int64_t schedule_day(int64_t at_us) {
    GDate day;
    day_of(at_us, &day);
    return day_minute(&day, 0);
}
