#include "campaigns/holiday.h"

typedef enum {
    DAY_FIXED,   /* a date: month, day */
    DAY_EASTER,  /* `day` days from Easter Sunday */
    DAY_WEEKDAY, /* the first `weekday` on or after month, day */
} DayRule;

typedef struct {
    const char *name;
    DayRule rule;
    GDateMonth month;
    int day;
    GDateWeekday weekday;
} Holiday;

/* Lagen (1989:253) om allmänna helgdagar, and the three eves that semesterlagen (1977:480) 3 a §
 * puts on a level with them. */
static const Holiday holidays[] = {
    {.name = "nyårsdagen", .rule = DAY_FIXED, .month = G_DATE_JANUARY, .day = 1},
    {.name = "trettondedag jul", .rule = DAY_FIXED, .month = G_DATE_JANUARY, .day = 6},
    {.name = "långfredagen", .rule = DAY_EASTER, .day = -2},
    {.name = "påskdagen", .rule = DAY_EASTER, .day = 0},
    {.name = "annandag påsk", .rule = DAY_EASTER, .day = 1},
    {.name = "första maj", .rule = DAY_FIXED, .month = G_DATE_MAY, .day = 1},
    {.name = "Kristi himmelsfärdsdag", .rule = DAY_EASTER, .day = 39},
    {.name = "pingstdagen", .rule = DAY_EASTER, .day = 49},
    {.name = "nationaldagen", .rule = DAY_FIXED, .month = G_DATE_JUNE, .day = 6},
    {.name = "midsommarafton",
     .rule = DAY_WEEKDAY,
     .month = G_DATE_JUNE,
     .day = 19,
     .weekday = G_DATE_FRIDAY},
    {.name = "midsommardagen",
     .rule = DAY_WEEKDAY,
     .month = G_DATE_JUNE,
     .day = 20,
     .weekday = G_DATE_SATURDAY},
    {.name = "alla helgons dag",
     .rule = DAY_WEEKDAY,
     .month = G_DATE_OCTOBER,
     .day = 31,
     .weekday = G_DATE_SATURDAY},
    {.name = "julafton", .rule = DAY_FIXED, .month = G_DATE_DECEMBER, .day = 24},
    {.name = "juldagen", .rule = DAY_FIXED, .month = G_DATE_DECEMBER, .day = 25},
    {.name = "annandag jul", .rule = DAY_FIXED, .month = G_DATE_DECEMBER, .day = 26},
    {.name = "nyårsafton", .rule = DAY_FIXED, .month = G_DATE_DECEMBER, .day = 31},
};

void holiday_easter(int year, GDate *out) {
    int a = year % 19;
    int b = year / 100;
    int c = year % 100;
    int d = b / 4;
    int e = b % 4;
    int f = (b + 8) / 25;
    int g = (b - f + 1) / 3;
    int h = (19 * a + b - d - g + 15) % 30;
    int i = c / 4;
    int k = c % 4;
    int l = (32 + 2 * e + 2 * i - h - k) % 7;
    int m = (a + 11 * h + 22 * l) / 451;
    int sum = h + l - 7 * m + 114;
    g_date_clear(out, 1);
    g_date_set_dmy(out, (GDateDay)(sum % 31 + 1), (GDateMonth)(sum / 31), (GDateYear)year);
}

static bool holiday_matches(const Holiday *holiday, const GDate *day) {
    GDate at;
    g_date_clear(&at, 1);
    switch (holiday->rule) {
    case DAY_FIXED:
        return g_date_get_month(day) == holiday->month && g_date_get_day(day) == holiday->day;
    case DAY_EASTER:
        holiday_easter(g_date_get_year(day), &at);
        return g_date_days_between(&at, day) == holiday->day;
    case DAY_WEEKDAY: {
        g_date_set_dmy(&at, (GDateDay)holiday->day, holiday->month, g_date_get_year(day));
        int after = g_date_days_between(&at, day);
        return after >= 0 && after < 7 && g_date_get_weekday(day) == holiday->weekday;
    }
    }
    g_assert_not_reached();
}

const char *holiday_name(const GDate *day) {
    for (size_t i = 0; i < G_N_ELEMENTS(holidays); i++) {
        if (holiday_matches(&holidays[i], day)) {
            return holidays[i].name;
        }
    }
    return NULL;
}

bool holiday_is(const GDate *day) {
    return holiday_name(day) != NULL;
}

bool holiday_is_working_day(const GDate *day) {
    return g_date_get_weekday(day) <= G_DATE_FRIDAY && !holiday_is(day);
}
