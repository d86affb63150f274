#include "base/clock.h"

#include "base/error.h"
#include "base/lang.h"

int64_t clock_now_us(void) {
    return g_get_real_time();
}

GTimeZone *clock_zone(void) {
    static GTimeZone *zone;
    if (g_once_init_enter(&zone)) {
        GTimeZone *found = g_time_zone_new_identifier("Europe/Stockholm");
        if (found == NULL) {
            g_error("time zone Europe/Stockholm is missing: install the package tzdata");
        }
        g_once_init_leave(&zone, found);
    }
    return zone;
}

static GDateTime *clock_utc(int64_t at_us) {
    g_autoptr(GDateTime) epoch = g_date_time_new_from_unix_utc(0);
    return g_date_time_add(epoch, at_us);
}

GDateTime *clock_local(int64_t at_us) {
    g_autoptr(GDateTime) utc = clock_utc(at_us);
    return g_date_time_to_timezone(utc, clock_zone());
}

static int64_t clock_instant(GDateTime *time) {
    return g_date_time_to_unix(time) * CLOCK_SECOND_US + g_date_time_get_microsecond(time);
}

int64_t clock_from_local(int year, int month, int day, int hour, int minute) {
    g_autoptr(GDateTime) time = g_date_time_new(clock_zone(), year, month, day, hour, minute, 0.0);
    g_assert(time != NULL);
    return clock_instant(time);
}

/* Date with optional time without an offset, read as Stockholm time. */
static bool clock_parse_local(const char *text, int64_t *out_at_us) {
    static const char *const pattern =
        "^(\\d{4})-(\\d\\d)-(\\d\\d)(?:[T ](\\d\\d):(\\d\\d)(?::00)?)?\\z";
    g_autoptr(GRegex) regex = g_regex_new(pattern, 0, 0, NULL);
    g_autoptr(GMatchInfo) match = NULL;
    if (!g_regex_match(regex, text, 0, &match)) {
        return false;
    }
    int parts[5] = {0};
    for (int i = 0; i < 5; i++) {
        g_autofree char *part = g_match_info_fetch(match, i + 1);
        parts[i] = part != NULL ? (int)g_ascii_strtoll(part, NULL, 10) : 0;
    }
    if (parts[0] < 1 || parts[1] < 1 || parts[1] > 12 || parts[3] > 23 || parts[4] > 59 ||
        !g_date_valid_dmy((GDateDay)parts[2], (GDateMonth)parts[1], (GDateYear)parts[0])) {
        return false;
    }
    *out_at_us = clock_from_local(parts[0], parts[1], parts[2], parts[3], parts[4]);
    return true;
}

bool clock_parse(const char *text, int64_t *out_at_us, GError **error) {
    if (clock_parse_local(text, out_at_us)) {
        return true;
    }
    g_autoptr(GDateTime) time = g_date_time_new_from_iso8601(text, NULL);
    if (time == NULL) {
        return error_set(
            error, VK_ERROR_INPUT,
            tr("\"%s\" är ingen tidpunkt; skriv t.ex. 2026-11-24 eller 2026-11-24 09:00",
               "\"%s\" is not a time; write for example 2026-11-24 or 2026-11-24 09:00"),
            text);
    }
    *out_at_us = clock_instant(time);
    return true;
}

char *clock_format(int64_t at_us) {
    g_autoptr(GDateTime) time = clock_local(at_us);
    return g_date_time_format(time, "%Y-%m-%d %H:%M");
}

char *clock_format_date(int64_t at_us) {
    g_autoptr(GDateTime) time = clock_local(at_us);
    return g_date_time_format(time, "%Y-%m-%d");
}

GDateTime *clock_local_last(int64_t end_us) {
    return clock_local(end_us - 1);
}

char *clock_format_last_date(int64_t end_us) {
    return clock_format_date(end_us - 1);
}

char *clock_format_end(int64_t end_us) {
    g_autoptr(GDateTime) time = clock_local(end_us);
    if (g_date_time_get_hour(time) != 0 || g_date_time_get_minute(time) != 0) {
        return clock_format(end_us);
    }
    g_autofree char *day = clock_format_last_date(end_us);
    return g_strconcat(day, " 24:00", NULL);
}

char *clock_format_utc(int64_t at_us) {
    g_autoptr(GDateTime) time = clock_utc(at_us);
    return g_date_time_format(time, "%Y-%m-%dT%H:%M:%SZ");
}
