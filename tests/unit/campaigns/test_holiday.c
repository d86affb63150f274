/* Proves the Swedish holidays against published calendars: movable days over several years, the
 * customary eves, and that an ordinary day is none. */
#include "campaigns/holiday.h"

typedef struct {
    const char *date; /* YYYY-MM-DD */
    const char *name; /* NULL: no holiday */
} Case;

/* From the almanac of each year. */
static const Case cases[] = {
    {"2023-01-06", "trettondedag jul"},
    {"2023-04-07", "långfredagen"},
    {"2023-04-09", "påskdagen"},
    {"2023-04-10", "annandag påsk"},
    {"2023-05-18", "Kristi himmelsfärdsdag"},
    {"2023-05-28", "pingstdagen"},
    {"2023-06-23", "midsommarafton"},
    {"2023-06-24", "midsommardagen"},
    {"2023-11-04", "alla helgons dag"},
    {"2024-03-29", "långfredagen"},
    {"2024-04-01", "annandag påsk"},
    {"2024-05-09", "Kristi himmelsfärdsdag"},
    {"2024-06-21", "midsommarafton"},
    {"2024-06-22", "midsommardagen"},
    {"2024-11-02", "alla helgons dag"},
    {"2025-04-18", "långfredagen"},
    {"2025-04-21", "annandag påsk"},
    {"2025-05-29", "Kristi himmelsfärdsdag"},
    {"2025-06-20", "midsommarafton"},
    {"2025-06-21", "midsommardagen"},
    {"2025-11-01", "alla helgons dag"},
    {"2026-01-01", "nyårsdagen"},
    {"2026-04-03", "långfredagen"},
    {"2026-04-06", "annandag påsk"},
    {"2026-05-01", "första maj"},
    {"2026-05-14", "Kristi himmelsfärdsdag"},
    {"2026-06-06", "nationaldagen"},
    {"2026-06-19", "midsommarafton"},
    {"2026-06-20", "midsommardagen"},
    {"2026-10-31", "alla helgons dag"},
    {"2026-12-24", "julafton"},
    {"2026-12-25", "juldagen"},
    {"2026-12-26", "annandag jul"},
    {"2026-12-31", "nyårsafton"},
    {"2027-03-26", "långfredagen"},
    {"2027-03-29", "annandag påsk"},
    {"2027-05-06", "Kristi himmelsfärdsdag"},
    {"2027-06-25", "midsommarafton"},
    {"2027-11-06", "alla helgons dag"},
    {"2028-04-14", "långfredagen"},
    {"2028-05-25", "Kristi himmelsfärdsdag"},
    {"2028-06-23", "midsommarafton"},
    {"2028-11-04", "alla helgons dag"},
    /* Pentecost Monday is a working day since 2005; Twelfth Night's and Maundy days are no
       holidays. */
    {"2026-05-25", NULL},
    {"2026-01-05", NULL},
    {"2026-04-02", NULL},
    {"2026-10-30", NULL},
    {"2026-06-18", NULL},
    {"2026-06-26", NULL},
    {"2026-12-23", NULL},
    {"2026-11-07", NULL},
};

static void parse(const char *text, GDate *out) {
    g_date_clear(out, 1);
    g_date_set_parse(out, text);
    g_assert_true(g_date_valid(out));
}

static void test_table(void) {
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        GDate day;
        parse(cases[i].date, &day);
        g_test_message("%s", cases[i].date);
        g_assert_cmpstr(holiday_name(&day), ==, cases[i].name);
        g_assert_cmpint(holiday_is(&day), ==, cases[i].name != NULL);
    }
}

/* Easter Sundays at the edges: earliest, latest, and century years. */
static void test_easter(void) {
    static const char *const sundays[] = {"1818-03-22", "1900-04-15", "1943-04-25", "2000-04-23",
                                          "2008-03-23", "2019-04-21", "2038-04-25", "2100-03-28"};
    for (size_t i = 0; i < G_N_ELEMENTS(sundays); i++) {
        GDate want;
        GDate got;
        parse(sundays[i], &want);
        holiday_easter(g_date_get_year(&want), &got);
        g_assert_cmpint(g_date_compare(&want, &got), ==, 0);
    }
}

/* 2026 has 251 working days with the three eves off: 261 weekdays, less ten that fall on one. */
static void test_working_days(void) {
    GDate day;
    int working = 0;
    int off = 0;
    for (parse("2026-01-01", &day); g_date_get_year(&day) == 2026; g_date_add_days(&day, 1)) {
        working += holiday_is_working_day(&day) ? 1 : 0;
        off += holiday_is(&day) ? 1 : 0;
    }
    g_assert_cmpint(off, ==, 16);
    g_assert_cmpint(working, ==, 251);
}

int main(int argc, char **argv) {
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/holiday/table", test_table);
    g_test_add_func("/holiday/easter", test_easter);
    g_test_add_func("/holiday/working-days", test_working_days);
    return g_test_run();
}
