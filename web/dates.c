#include "web/dates.h"

#include "base/clock.h"

static const char *const weekdays[LANG_COUNT][7] = {
    {"måndag", "tisdag", "onsdag", "torsdag", "fredag", "lördag", "söndag"},
    {"Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"},
};
static const char *const months[LANG_COUNT][12] = {
    {"januari", "februari", "mars", "april", "maj", "juni", "juli", "augusti", "september",
     "oktober", "november", "december"},
    {"January", "February", "March", "April", "May", "June", "July", "August", "September",
     "October", "November", "December"},
};

static char *day_text(GDateTime *time, Lang lang) {
    return g_strdup_printf("%s %d %s %d", weekdays[lang][g_date_time_get_day_of_week(time) - 1],
                           g_date_time_get_day_of_month(time),
                           months[lang][g_date_time_get_month(time) - 1],
                           g_date_time_get_year(time));
}

char *dates_day(int64_t at_us, Lang lang) {
    g_autoptr(GDateTime) time = clock_local(at_us);
    return day_text(time, lang);
}

char *dates_end(int64_t at_us, Lang lang) {
    g_autoptr(GDateTime) time = clock_local(at_us);
    int hour = g_date_time_get_hour(time), minute = g_date_time_get_minute(time);
    if (hour == 0 && minute == 0) {
        return dates_day(at_us - CLOCK_SECOND_US, lang);
    }
    g_autofree char *day = day_text(time, lang);
    return lang == LANG_SV ? g_strdup_printf("%s kl. %02d.%02d", day, hour, minute)
                           : g_strdup_printf("%s at %02d:%02d", day, hour, minute);
}
