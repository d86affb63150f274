/* The day of return in an automatic reply: a date, a weekday or a week, close behind words like
 * "back", "until" or "till och med". A date that stands without such words is not taken for one. */
#include "base/clock.h"
#include "mailer/bounce.h"

#include <string.h>

enum {
    TEXT_READ_MAX = 6000, /* bytes; a quoted original follows */
    LEAD_DISTANCE_MAX = 56,
    WEEK_DAYS = 7,
};

static const struct {
    const char *
        name; /* a word counts if it begins this and has three letters, or is this with an ending */
    int month;
} months[] = {
    {"january", 1},   {"januari", 1},   {"januar", 1},    {"tammikuu", 1},  {"february", 2},
    {"februari", 2},  {"februar", 2},   {"helmikuu", 2},  {"march", 3},     {"mars", 3},
    {"märz", 3},      {"marts", 3},     {"maaliskuu", 3}, {"april", 4},     {"huhtikuu", 4},
    {"may", 5},       {"maj", 5},       {"mai", 5},       {"toukokuu", 5},  {"june", 6},
    {"juni", 6},      {"kesäkuu", 6},   {"july", 7},      {"juli", 7},      {"heinäkuu", 7},
    {"august", 8},    {"augusti", 8},   {"elokuu", 8},    {"september", 9}, {"syyskuu", 9},
    {"october", 10},  {"oktober", 10},  {"lokakuu", 10},  {"november", 11}, {"marraskuu", 11},
    {"december", 12}, {"dezember", 12}, {"desember", 12}, {"joulukuu", 12},
};

static const struct {
    const char *name; /* with any ending: "måndagen", "mondays" */
    int weekday;      /* as GDateTime counts: Monday is 1 */
} weekdays[] = {
    {"monday", 1},    {"måndag", 1},     {"mandag", 1},   {"montag", 1},      {"maanantai", 1},
    {"tuesday", 2},   {"tisdag", 2},     {"tirsdag", 2},  {"dienstag", 2},    {"tiistai", 2},
    {"wednesday", 3}, {"onsdag", 3},     {"mittwoch", 3}, {"keskiviikko", 3}, {"thursday", 4},
    {"torsdag", 4},   {"donnerstag", 4}, {"torstai", 4},  {"friday", 5},      {"fredag", 5},
    {"freitag", 5},   {"perjantai", 5},  {"saturday", 6}, {"lördag", 6},      {"lørdag", 6},
    {"samstag", 6},   {"lauantai", 6},   {"sunday", 7},   {"söndag", 7},      {"søndag", 7},
    {"sonntag", 7},   {"sunnuntai", 7},
};

typedef enum { LEAD_NONE, LEAD_UNTIL, LEAD_LAST_DAY, LEAD_BACK } Lead;

/* Words in front of the date; what says more stands first. A last day away means return the day
 * after. */
static const struct {
    const char *words;
    Lead lead;
} leads[] = {
    {"back", LEAD_BACK},
    {"return", LEAD_BACK},
    {"returning", LEAD_BACK},
    {"tillbaka", LEAD_BACK},
    {"åter", LEAD_BACK},
    {"återkommer", LEAD_BACK},
    {"återvänder", LEAD_BACK},
    {"zurück", LEAD_BACK},
    {"wieder", LEAD_BACK},
    {"tilbage", LEAD_BACK},
    {"tilbake", LEAD_BACK},
    {"palaan", LEAD_BACK},
    {"takaisin", LEAD_BACK},
    {"available again", LEAD_BACK},
    {"resume", LEAD_BACK},
    {"på plats igen", LEAD_BACK},
    {"nås igen", LEAD_BACK},
    {"i tjänst igen", LEAD_BACK},
    {"till och med", LEAD_LAST_DAY},
    {"t.o.m", LEAD_LAST_DAY},
    {"t o m", LEAD_LAST_DAY},
    {"tom", LEAD_LAST_DAY},
    {"through", LEAD_LAST_DAY},
    {"up to and including", LEAD_LAST_DAY},
    {"til og med", LEAD_LAST_DAY},
    {"til og med den", LEAD_LAST_DAY},
    {"t.o.m.", LEAD_LAST_DAY},
    {"bis einschließlich", LEAD_LAST_DAY},
    {"bis zum", LEAD_LAST_DAY},
    {"bis", LEAD_LAST_DAY},
    {"asti", LEAD_LAST_DAY},
    {"until", LEAD_UNTIL},
    {"till", LEAD_UNTIL},
    {"til", LEAD_UNTIL},
    {"fram till", LEAD_UNTIL},
    {"indtil", LEAD_UNTIL},
    {"inntil", LEAD_UNTIL},
};

static bool is_letter(const char *p) {
    return g_ascii_isalpha(*p) || (guchar)*p >= 0x80;
}

static size_t word_length(const char *p) {
    size_t length = 0;
    while (is_letter(p + length)) {
        length++;
    }
    return length;
}

static int month_of(const char *word, size_t length) {
    for (size_t i = 0; length >= 3 && i < G_N_ELEMENTS(months); i++) {
        size_t full = strlen(months[i].name);
        if (strncmp(word, months[i].name, MIN(length, full)) == 0 && length <= full + 3) {
            return months[i].month;
        }
    }
    return 0;
}

static int weekday_of(const char *word, size_t length) {
    for (size_t i = 0; i < G_N_ELEMENTS(weekdays); i++) {
        size_t full = strlen(weekdays[i].name);
        if (length >= full && length <= full + 4 && strncmp(word, weekdays[i].name, full) == 0) {
            return weekdays[i].weekday;
        }
    }
    return 0;
}

/* One to `digits_max` digits; 0 and no step if there are none or more. */
static int number_read(const char **p, int digits_max) {
    int value = 0;
    int digits = 0;
    const char *start = *p;
    while (g_ascii_isdigit(start[digits])) {
        if (digits < digits_max) {
            value = value * 10 + (start[digits] - '0');
        }
        digits++;
    }
    if (digits == 0 || digits > digits_max) {
        return 0;
    }
    *p = start + digits;
    return value;
}

typedef struct {
    int year, month, day; /* year 0: not said */
    int weekday, week;    /* instead */
} Day;

static const char *blanks_skip(const char *p) {
    return p + strspn(p, " \t,");
}

static int year_read(const char **p) {
    const char *after = *p + strspn(*p, " \t,.-/");
    const char *end = after;
    int year = number_read(&end, 4);
    if (year >= 2000 && year < 2200) {
        *p = end;
        return year;
    }
    return 0;
}

/* "24 november", "24:e nov", "24th of November", "24. November". */
static bool day_first_read(const char **p, Day *day) {
    const char *q = *p;
    int number = number_read(&q, 2);
    static const char *const ordinals[] = {":e", ":a", ":de", "th", "st",
                                           "nd", "rd", ".",   "e ", NULL};
    for (const char *const *o = ordinals; *o != NULL; o++) {
        if (g_str_has_prefix(q, *o)) {
            q += strlen(*o);
            break;
        }
    }
    q = blanks_skip(q);
    q += g_str_has_prefix(q, "of ") ? 3 : 0;
    size_t length = word_length(q);
    int month = month_of(q, length);
    if (number < 1 || month == 0) {
        return false;
    }
    q += length;
    *day = (Day){.year = year_read(&q), .month = month, .day = number};
    *p = q;
    return true;
}

/* "November 24th, 2026". */
static bool month_first_read(const char **p, Day *day) {
    size_t length = word_length(*p);
    int month = month_of(*p, length);
    if (month == 0) {
        return false;
    }
    const char *q = *p + length + ((*p)[length] == '.');
    q = blanks_skip(q);
    q += g_str_has_prefix(q, "the ") ? 4 : 0;
    int number = number_read(&q, 2);
    if (number < 1) {
        return false;
    }
    q += word_length(q) == 2 ? 2 : 0;
    *day = (Day){.year = year_read(&q), .month = month, .day = number};
    *p = q;
    return true;
}

/* "2026-11-24", "24/11", "24.11.2026", "24/11-26"; the American order only where no other fits. */
static bool digits_read(const char **p, Day *day) {
    const char *q = *p;
    int first = number_read(&q, 4);
    if (first >= 2000 && (*q == '-' || *q == '/' || *q == '.')) {
        char separator = *q++;
        int month = number_read(&q, 2);
        if (month == 0 || *q != separator) {
            return false;
        }
        q++;
        *day = (Day){.year = first, .month = month, .day = number_read(&q, 2)};
        *p = q;
        return day->day != 0;
    }
    if (first < 1 || first > 31 || (*q != '/' && *q != '.' && *q != '-')) {
        return false;
    }
    char separator = *q++;
    int second = number_read(&q, 2);
    if (second < 1 || second > 31 || (separator != '/' && *q != separator && *q != '.')) {
        return false;
    }
    int year = year_read(&q);
    if (separator != '/' && separator != '.' && year == 0) {
        return false;
    }
    *day = second > 12 ? (Day){.year = year, .month = first, .day = second}
                       : (Day){.year = year, .month = second, .day = first};
    *p = q;
    return true;
}

/* "vecka 32", "v. 32", "v32", "week 32", "uke 32". */
static bool week_read(const char **p, Day *day) {
    static const char *const names[] = {"vecka ", "vecka", "v.",   "v ",  "v",
                                        "week ",  "uke ",  "uge ", "kw ", NULL};
    for (const char *const *name = names; *name != NULL; name++) {
        if (g_str_has_prefix(*p, *name)) {
            const char *q = blanks_skip(*p + strlen(*name));
            int week = number_read(&q, 2);
            if (week >= 1 && week <= 53 && !is_letter(q)) {
                *day = (Day){.week = week};
                *p = q;
                return true;
            }
        }
    }
    return false;
}

static bool weekday_read(const char **p, Day *day) {
    size_t length = word_length(*p);
    int weekday = weekday_of(*p, length);
    if (weekday == 0) {
        return false;
    }
    *p += length;
    *day = (Day){.weekday = weekday};
    return true;
}

static bool day_read(const char **p, Day *day) {
    return day_first_read(p, day) || digits_read(p, day) || month_first_read(p, day) ||
           week_read(p, day) || weekday_read(p, day);
}

static bool is_word_start(const char *text, const char *p) {
    return p == text || !(is_letter(p - 1) || g_ascii_isdigit(p[-1]));
}

/* The strongest lead within reach before `p` that no other date and no empty line parts from it. */
static Lead lead_before(const char *from, const char *p) {
    const char *start = p - from > LEAD_DISTANCE_MAX ? p - LEAD_DISTANCE_MAX : from;
    const char *gap = NULL;
    for (const char *q = start; (q = strstr(q, "\n\n")) != NULL && q < p; q++) {
        gap = q;
    }
    start = gap ? gap : start;
    Lead best = LEAD_NONE;
    for (size_t i = 0; i < G_N_ELEMENTS(leads); i++) {
        size_t length = strlen(leads[i].words);
        for (const char *q = start; q + length <= p; q++) {
            if (strncmp(q, leads[i].words, length) == 0 && is_word_start(from, q) &&
                !is_letter(q + length) && leads[i].lead > best) {
                best = leads[i].lead;
            }
        }
    }
    return best;
}

static int64_t date_instant(const GDate *date, int days_on) {
    GDate day = *date;
    g_date_add_days(&day, (guint)days_on);
    return clock_from_local(g_date_get_year(&day), (int)g_date_get_month(&day),
                            g_date_get_day(&day), 0, 0);
}

/* The day as a date after `today`; false if it is none, past, or more than a year away. */
static bool day_resolve(const Day *day, const GDate *today, GDate *out) {
    *out = *today;
    if (day->weekday != 0) {
        int ahead = (day->weekday - (int)g_date_get_weekday(today) + WEEK_DAYS) % WEEK_DAYS;
        g_date_add_days(out, (guint)(ahead == 0 ? WEEK_DAYS : ahead));
        return true;
    }
    if (day->week != 0) {
        int ahead = (day->week - (int)g_date_get_iso8601_week_of_year(today) + 53) % 53;
        g_date_subtract_days(out, (guint)g_date_get_weekday(today) - 1);
        while (ahead > 0 && (int)g_date_get_iso8601_week_of_year(out) != day->week) {
            g_date_add_days(out, WEEK_DAYS);
            ahead--;
        }
        return g_date_compare(out, today) > 0;
    }
    int year = day->year ? day->year : g_date_get_year(today);
    if (!g_date_valid_dmy((GDateDay)day->day, (GDateMonth)day->month, (GDateYear)year)) {
        return false;
    }
    g_date_set_dmy(out, (GDateDay)day->day, (GDateMonth)day->month, (GDateYear)year);
    int distance = g_date_days_between(today, out);
    if (day->year == 0 && distance < -180 &&
        g_date_valid_dmy((GDateDay)day->day, (GDateMonth)day->month, (GDateYear)(year + 1))) {
        g_date_set_year(out, (GDateYear)(year + 1));
        distance = g_date_days_between(today, out);
    }
    return distance > 0 && distance <= 366;
}

bool bounce_read_return(const char *text, int64_t now_us, int64_t *out_returns_at_us) {
    g_autofree char *valid = g_utf8_make_valid(text, (gssize)strnlen(text, TEXT_READ_MAX));
    g_autofree char *lower = g_utf8_strdown(valid, -1);
    g_autoptr(GDateTime) now = clock_local(now_us);
    GDate today;
    g_date_clear(&today, 1);
    g_date_set_dmy(&today, (GDateDay)g_date_time_get_day_of_month(now),
                   (GDateMonth)g_date_time_get_month(now), (GDateYear)g_date_time_get_year(now));
    Lead best = LEAD_NONE;
    const char *from = lower;
    for (const char *p = lower; *p != '\0'; p++) {
        Day day;
        const char *end = p;
        if (!is_word_start(lower, p) || !day_read(&end, &day)) {
            continue;
        }
        Lead lead = lead_before(from, p);
        /* "Monday 24 November": the weekday only leads to the date */
        Day next;
        const char *after = end + strspn(end, " ,\t\n");
        after += g_str_has_prefix(after, "den ") || g_str_has_prefix(after, "the ") ? 4 : 0;
        if (day.weekday != 0 && day_read(&after, &next) && next.weekday == 0 && next.week == 0) {
            day = next;
            end = after;
        }
        GDate date;
        if (lead > best && day_resolve(&day, &today, &date)) {
            best = lead;
            *out_returns_at_us =
                date_instant(&date, lead == LEAD_LAST_DAY ? (day.week ? WEEK_DAYS : 1) : 0);
        }
        from = end;
        p = end - 1;
    }
    return best != LEAD_NONE;
}
