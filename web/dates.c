#include "web/dates.h"

#include "base/clock.h"

char *dates_day(int64_t at_us, Lang lang) {
    g_autoptr(GDateTime) time = clock_local(at_us);
    return lang_date(lang, LANG_WEEKDAY_DATE, time);
}

char *dates_end(int64_t at_us, Lang lang) {
    g_autoptr(GDateTime) time = clock_local(at_us);
    if (g_date_time_get_hour(time) == 0 && g_date_time_get_minute(time) == 0) {
        g_autoptr(GDateTime) last = clock_local_last(at_us);
        return lang_date(lang, LANG_WEEKDAY_DATE, last);
    }
    return lang_date(lang, LANG_TIME, time);
}
