/* Proves the scheduler over a year in seconds: campaigns that overlap, both changes of summer time,
 * Easter, Christmas, follow-ups, people who answer after hours or days or never. The same year is
 * run without a stop, with a new Runner and new connections before every tick, and with batches of
 * seven rows: the mails must be the same to the microsecond. What each mail must obey is checked
 * apart from the code that schedules. */
#include "campaigns/runner.h"

#include "campaigns/holiday.h"
#include "tests/unit/campaigns/town.h"

#define CONTENT "\"content\":{\"pack\":\"starter\",\"areas\":[\"area1\"],\"per_area\":1"
#define MORNINGS                                                                                   \
    "\"window\":{\"days\":[\"tue\",\"wed\",\"thu\"],\"from\":\"09:00\",\"to\":\"11:30\"}"

typedef struct {
    const char *name;
    const char *json;
    const char *launch; /* when */
    unsigned days;      /* bit 0 Monday: what a mail must obey */
    int from_minute, to_minute;
    guint remind_after, remind_max;
    guint invited; /* wanted; 0: as many as completed the training in time */
} Plan;

static const Plan plans[] = {
    {"utbildning",
     "{\"name\":\"utbildning\",\"seed\":7,\"title\":{\"sv\":\"U\"},\"kind\":\"training\"," CONTENT
     ",\"lessons\":[\"grunder\"]},\"schedule\":{\"start\":\"2026-03-24 09:00\","
     "\"end\":\"2026-04-01\"," MORNINGS ",\"close\":\"2026-05-08\"}}",
     "2026-01-10 12:00", 0x0e, 540, 690, 3, 2, 60},
    {"kunskap",
     "{\"name\":\"kunskap\",\"seed\":7,\"title\":{\"sv\":\"K\"},\"kind\":\"knowledge\"," CONTENT
     "},\"schedule\":{\"start\":\"2026-03-26\",\"end\":\"2026-04-10\",\"close\":\"2026-05-15\","
     "\"reminders\":{\"after_working_days\":4,\"max\":3}}}",
     "2026-03-01 12:00", 0x1f, 480, 1020, 4, 3, 60},
    {"tillampning",
     "{\"name\":\"tillampning\",\"seed\":7,\"title\":{\"sv\":\"T\"},\"kind\":\"application\","
     "\"content\":{\"pack\":\"starter\"},\"follows\":\"utbildning\",\"after_days\":30,"
     "\"promise\":\"confidential\",\"schedule\":{" MORNINGS "}}",
     "2026-01-10 12:00", 0x0e, 540, 690, 3, 2, 0},
    {"praktik",
     "{\"name\":\"praktik\",\"seed\":7,\"title\":{\"sv\":\"P\"},\"kind\":\"application\","
     "\"content\":{\"pack\":\"starter\"},\"follows\":\"utbildning\",\"after_days\":60,"
     "\"schedule\":{\"start\":\"2026-05-20\",\"close\":\"2026-08-31\"}}",
     "2026-04-10 12:00", 0x1f, 480, 1020, 3, 2, 0},
    {"hinder",
     "{\"name\":\"hinder\",\"seed\":7,\"title\":{\"sv\":\"H\"},\"kind\":\"obstacles\","
     "\"content\":{\"pack\":\"starter\"},\"schedule\":{\"start\":\"2026-10-20 08:00\","
     "\"end\":\"2026-10-30\",\"close\":\"2026-12-01\"}}",
     "2026-10-19 12:00", 0x1f, 480, 1020, 3, 2, 60},
    {"jul",
     "{\"name\":\"jul\",\"title\":{\"sv\":\"J\"},\"kind\":\"knowledge\"," CONTENT
     "},\"audience\":{\"sample\":{\"percent\":50}},\"seed\":3,\"schedule\":{"
     "\"start\":\"2026-12-21\",\"end\":\"2027-01-08\",\"close\":\"2027-01-29\"}}",
     "2026-12-01 12:00", 0x1f, 480, 1020, 3, 2, 30},
};

typedef enum { YEAR_STEADY, YEAR_RESTARTED, YEAR_SMALL_BATCHES, YEAR_LATE } YearMode;

typedef struct {
    Town town;
    YearMode mode;
    guint launched;
    guint ticks;
    GHashTable *forms; /* form id as text -> Form */
} Year;

static const Form *year_form(Year *year, int64_t form_id) {
    char key[32];
    g_snprintf(key, sizeof key, "%" G_GINT64_FORMAT, form_id);
    Form *form = g_hash_table_lookup(year->forms, key);
    if (form == NULL) {
        g_autoptr(GError) error = NULL;
        form = form_load(year->town.db, form_id, &error);
        g_assert_no_error(error);
        g_hash_table_insert(year->forms, g_strdup(key), form);
    }
    return form;
}

static void year_restart(Year *year) {
    g_autoptr(GError) error = NULL;
    g_clear_pointer(&year->town.runner, runner_free);
    db_close(year->town.db);
    writer_close(year->town.writer);
    year->town.writer = writer_open(year->town.path, &error);
    g_assert_no_error(error);
    year->town.db = db_open(year->town.path, &error);
    g_assert_no_error(error);
    town_start_runner(&year->town, 1000);
}

/* All that is due now; when to come back. */
static int64_t year_tick(Year *year) {
    RunnerResult result = {0};
    do {
        g_autoptr(GError) error = NULL;
        if (year->mode == YEAR_RESTARTED) {
            year_restart(year);
        }
        runner_tick(year->town.runner, year->town.now_us, &result, &error);
        g_assert_no_error(error);
        g_assert_cmpint(result.next_at_us, >=, year->town.now_us);
        year->ticks++;
        if (year->mode == YEAR_LATE) {
            year->town.now_us += 61 * CLOCK_SECOND_US; /* slow, and never in time */
        }
    } while (result.next_at_us <= year->town.now_us && year->mode != YEAR_LATE);
    return result.next_at_us;
}

static void year_answer(Year *year, const Visit *visit) {
    const Form *form = year_form(year, visit->form_id);
    TownDeed start = {.verb = TOWN_START, .now_us = year->town.now_us, .id = visit->invitation_id};
    town_run(&year->town, town_deed_fn, &start);
    TownDeed deed = start;
    deed.verb = visit->promise == PROMISE_ANONYMOUS ? TOWN_BALLOT : TOWN_PAGE;
    deed.form = form;
    guint pages = visit->promise == PROMISE_ANONYMOUS ? 1 : visit->page_count;
    for (deed.page = 0; deed.page < pages; deed.page++) {
        town_run(&year->town, town_deed_fn, &deed); /* blank answers are answers */
    }
}

/* Lets answer who has had the mail for as long as they take; the next such instant. */
static int64_t year_answers(Year *year) {
    static const DbQuery q_mailed = {
        "year.mailed", "SELECT i.id, i.person_id, c.name, m.settled_at_us FROM invitation i"
                       " JOIN round r ON r.id = i.round_id JOIN campaign c ON c.id = r.campaign_id"
                       " JOIN v_mail_outcome m ON m.link_id = i.id AND m.purpose = 'invitation'"
                       " WHERE i.status <> 'complete' AND c.state = 'running' AND m.state = 'sent'"
                       " ORDER BY c.id, i.person_id"};
    g_autoptr(GError) error = NULL;
    g_autoptr(GArray) ready = g_array_new(FALSE, FALSE, sizeof(int64_t));
    int64_t next_at_us = INT64_MAX;
    {
        g_autoptr(DbStmt) row = db_query(year->town.db, &q_mailed, &error);
        g_assert_no_error(error);
        while (db_step(row, &error) == DB_ROW) {
            g_autofree char *who = g_strdup_printf("%s %" G_GINT64_FORMAT, db_text(row, "name"),
                                                   db_int(row, "person_id"));
            guint number = (guint)((g_str_hash(who) * UINT64_C(0x9e3779b97f4a7c15)) >> 40);
            int64_t id = db_int(row, "id");
            int64_t at_us =
                db_int(row, "settled_at_us") + (int64_t)(number % 500 + 1) * CLOCK_HOUR_US;
            if (number % 5 == 0) {
                continue; /* never answers */
            }
            if (at_us <= year->town.now_us) {
                g_array_append_val(ready, id);
            } else {
                next_at_us = MIN(next_at_us, at_us);
            }
        }
    }
    g_assert_no_error(error);
    for (guint i = 0; i < ready->len; i++) {
        g_autoptr(Visit) visit = NULL;
        int64_t id = g_array_index(ready, int64_t, i);
        answering_visit(year->town.db, id, year->town.now_us, &visit, &error);
        g_assert_no_error(error);
        if (visit->state == VISIT_OPEN) {
            year_answer(year, visit);
        }
    }
    return next_at_us;
}

static int64_t year_launches(Year *year) {
    while (year->launched < G_N_ELEMENTS(plans)) {
        /* in the order of the table, which follows need */
        const Plan *plan = &plans[year->launched];
        int64_t at_us = town_at(plan->launch);
        if (at_us > year->town.now_us) {
            return at_us;
        }
        town_do(&year->town, TOWN_CREATE, plan->json);
        town_do(&year->town, TOWN_LAUNCH, plan->name);
        year->launched++;
    }
    return INT64_MAX;
}

/* "utbildning 101 invitation 2026-03-24T08:00:00Z+123" a line, sorted. */
static char *year_log(Year *year) {
    static const DbQuery q_log = {
        "year.log",
        "SELECT c.name, i.person_id, m.purpose, m.state, m.settled_at_us FROM v_mail_outcome m"
        " JOIN invitation i ON i.id = m.link_id JOIN round r ON r.id = i.round_id"
        " JOIN campaign c ON c.id = r.campaign_id ORDER BY c.id, i.person_id, m.purpose"};
    g_autoptr(GError) error = NULL;
    g_autoptr(DbStmt) row = db_query(year->town.db, &q_log, &error);
    g_assert_no_error(error);
    GString *log = g_string_new(NULL);
    while (db_step(row, &error) == DB_ROW) {
        g_string_append_printf(log, "%s %" G_GINT64_FORMAT " %s %s %" G_GINT64_FORMAT "\n",
                               db_text(row, "name"), db_int(row, "person_id"),
                               db_text(row, "purpose"), db_text(row, "state"),
                               db_int(row, "settled_at_us"));
    }
    g_assert_no_error(error);
    return g_string_free(log, FALSE);
}

static void year_open(Year *year, YearMode mode) {
    *year = (Year){.mode = mode};
    town_open(&year->town, "2026-01-10 12:00");
    town_settle(&year->town);
    town_start_runner(&year->town, mode == YEAR_SMALL_BATCHES ? 7 : 1000);
    year->forms = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)form_free);
    int64_t end_us = town_at("2027-02-15");
    while (year->town.now_us < end_us) {
        int64_t launch_at_us = year_launches(year);
        int64_t tick_at_us = year_tick(year);
        town_send(&year->town, DELIVERY_SENT);
        int64_t answer_at_us = year_answers(year);
        int64_t next_at_us = MIN(MIN(launch_at_us, tick_at_us), MIN(answer_at_us, end_us));
        year->town.now_us = MAX(next_at_us, year->town.now_us);
    }
    g_test_message("%u ticks", year->ticks);
}

static void year_close(Year *year) {
    g_hash_table_unref(year->forms);
    town_close(&year->town);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Year, year_close)

/* --- what every mail must obey ------------------------------------------------------------------
 */

static const Plan *plan_of(const char *name) {
    for (size_t i = 0; i < G_N_ELEMENTS(plans); i++) {
        if (g_str_equal(plans[i].name, name)) {
            return &plans[i];
        }
    }
    g_assert_not_reached();
}

static void local_date(int64_t at_us, GDate *out, int *out_minute) {
    g_autoptr(GDateTime) local = clock_local(at_us);
    g_date_clear(out, 1);
    g_date_set_dmy(out, (GDateDay)g_date_time_get_day_of_month(local),
                   (GDateMonth)g_date_time_get_month(local),
                   (GDateYear)g_date_time_get_year(local));
    *out_minute = g_date_time_get_hour(local) * 60 + g_date_time_get_minute(local);
}

static void assert_in_window(const Plan *plan, int64_t at_us) {
    GDate day;
    int minute = 0;
    local_date(at_us, &day, &minute);
    g_assert_false(holiday_is(&day));
    g_assert_true((plan->days >> (g_date_get_weekday(&day) - 1) & 1U) == 1);
    g_assert_cmpint(minute, >=, plan->from_minute);
    g_assert_cmpint(minute, <, plan->to_minute);
}

static guint working_days_between(int64_t from_us, int64_t to_us) {
    GDate day;
    GDate last;
    int minute = 0;
    guint count = 0;
    local_date(from_us, &day, &minute);
    local_date(to_us, &last, &minute);
    while (g_date_compare(&day, &last) < 0) {
        g_date_add_days(&day, 1);
        count += holiday_is_working_day(&day) ? 1 : 0;
    }
    return count;
}

/* Each mail in its window, each reminder long enough after the mail before it. */
static void check_mails(const char *log, bool late) {
    g_auto(GStrv) lines = g_strsplit(log, "\n", 0);
    g_autofree char *who = g_strdup("");
    int64_t before_us = 0;
    guint number = 0;
    for (char **line = lines; **line != '\0'; line++) {
        g_auto(GStrv) part = g_strsplit(*line, " ", 0);
        const Plan *plan = plan_of(part[0]);
        g_autofree char *now_who = g_strconcat(part[0], " ", part[1], NULL);
        int64_t at_us = g_ascii_strtoll(part[4], NULL, 10);
        bool same = g_str_equal(who, now_who);
        number = same ? number + 1 : 0;
        g_free(who);
        who = g_steal_pointer(&now_who);
        if (g_str_equal(part[3], "cancelled")) {
            g_assert_true(g_str_has_prefix(part[2], "reminder"));
            continue;
        }
        g_assert_cmpstr(part[3], ==, "sent");
        if (!late) {
            assert_in_window(plan, at_us);
        }
        g_autofree char *purpose =
            number == 0 ? g_strdup("invitation") : g_strdup_printf("reminder-%u", number);
        g_assert_cmpstr(part[2], ==, purpose);
        g_assert_cmpuint(number, <=, plan->remind_max);
        if (number > 0) {
            g_assert_cmpuint(working_days_between(before_us, at_us), >=, plan->remind_after);
        }
        before_us = at_us;
    }
}

static void check_outcome(Year *year) {
    Town *town = &year->town;
    g_assert_cmpint(TOWN_NUMBER(town, "SELECT count(*) AS n FROM campaign WHERE state <> 'closed'"),
                    ==, 0);
    for (size_t i = 0; i < G_N_ELEMENTS(plans); i++) {
        g_autoptr(Campaign) campaign = town_campaign(town, plans[i].name);
        g_test_message("%s: %" G_GINT64_FORMAT " invited, %" G_GINT64_FORMAT " complete",
                       plans[i].name, campaign->invited, campaign->complete);
        int64_t want = plans[i].invited != 0
                           ? plans[i].invited
                           : TOWN_NUMBER(town, "SELECT count(*) AS n FROM completion");
        g_assert_cmpint(campaign->invited, ==, want);
        g_assert_cmpint(campaign->complete, >, 0);
        g_assert_cmpint(campaign->complete, <, campaign->invited);
    }
    /* everyone got the invitation, and no reminder after an answer */
    g_assert_cmpint(TOWN_NUMBER(town, "SELECT count(*) AS n FROM invitation i WHERE NOT EXISTS"
                                      " (SELECT 1 FROM v_mail_outcome m WHERE m.link_id = i.id"
                                      " AND m.purpose = 'invitation' AND m.state = 'sent')"),
                    ==, 0);
    g_assert_cmpint(TOWN_NUMBER(town, "SELECT count(*) AS n FROM invitation i JOIN v_mail_outcome m"
                                      " ON m.link_id = i.id WHERE m.state = 'sent'"
                                      " AND i.respondent_id IS NOT NULL"
                                      " AND m.settled_at_us > i.completed_at_us"),
                    ==, 0);
    /* who was reminded too seldom: only those who answered, or whose campaign closed first */
    g_assert_cmpint(TOWN_NUMBER(town, "SELECT count(*) AS n FROM invitation"
                                      " WHERE reminders = 0 AND status = 'none'"),
                    ==, 0);
    g_assert_cmpint(TOWN_NUMBER(town, "SELECT count(*) AS n FROM stratum s WHERE s.invited <>"
                                      " (SELECT count(*) FROM invitation i"
                                      " WHERE i.stratum_id = s.id)"),
                    ==, 0);
    g_assert_cmpint(TOWN_NUMBER(town,
                                "SELECT count(*) AS n FROM stratum s JOIN round r ON"
                                " r.id = s.round_id JOIN campaign c ON c.id = r.campaign_id"
                                " WHERE c.promise = 'anonymous' AND s.invited BETWEEN 1 AND 9"),
                    ==, 0);
    /* follow-ups: thirty and sixty days after the training, to the day or later */
    g_assert_cmpint(TOWN_NUMBER(town, "SELECT count(*) AS n FROM invitation i"
                                      " JOIN completion t ON t.person_id = i.person_id"
                                      " JOIN round r ON r.id = i.round_id"
                                      " JOIN campaign c ON c.id = r.campaign_id"
                                      " WHERE c.name = 'praktik'"
                                      " AND i.due_at_us < t.completed_at_us + 59 * 86400000000"),
                    ==, 0);
}

static void assert_same(const char *got, const char *want) {
    g_auto(GStrv) got_lines = g_strsplit(got, "\n", 0);
    g_auto(GStrv) want_lines = g_strsplit(want, "\n", 0);
    for (guint i = 0; want_lines[i] != NULL && got_lines[i] != NULL; i++) {
        g_assert_cmpstr(got_lines[i], ==, want_lines[i]);
    }
    g_assert_cmpuint(g_strv_length(got_lines), ==, g_strv_length(want_lines));
}

static void test_year(void) {
    g_auto(Year) steady = {0};
    g_auto(Year) restarted = {0};
    g_auto(Year) small = {0};
    year_open(&steady, YEAR_STEADY);
    g_autofree char *log = year_log(&steady);
    check_mails(log, false);
    check_outcome(&steady);
    year_open(&restarted, YEAR_RESTARTED);
    g_autofree char *restarted_log = year_log(&restarted);
    assert_same(restarted_log, log);
    check_outcome(&restarted);
    year_open(&small, YEAR_SMALL_BATCHES);
    g_autofree char *small_log = year_log(&small);
    assert_same(small_log, log);
    check_outcome(&small);
}

/* A machine that is always a minute late loses and repeats nothing. */
static void test_late(void) {
    g_auto(Year) late = {0};
    year_open(&late, YEAR_LATE);
    g_autofree char *log = year_log(&late);
    check_mails(log, true);
    check_outcome(&late);
}

/* Stopped over the whole sending time: what was due goes when the next window opens. */
static void test_long_stop(void) {
    g_auto(Town) town = {0};
    town_open(&town, "2026-01-10 12:00");
    town_settle(&town);
    town_do(&town, TOWN_CREATE, plans[0].json);
    town_do(&town, TOWN_LAUNCH, plans[0].name);
    town.now_us = town_at("2026-03-24 09:00");
    town_tick(&town);
    g_assert_cmpuint(town_send(&town, DELIVERY_SENT), ==, 1);
    town.now_us = town_at("2026-04-10 22:00");
    g_assert_cmpuint(town_tick(&town).mailed, ==, 0);
    town.now_us = town_at("2026-04-14 09:00");
    RunnerResult result = town_tick(&town);
    g_assert_cmpuint(result.mailed, ==, 59);
    g_assert_cmpuint(result.reminded, ==, 1);
    g_assert_cmpuint(town_send(&town, DELIVERY_SENT), ==, 60);
}

/* A mail that was long under way: its reminder counts from when it was sent; a failed one has none.
 */
static void test_reminder_follows_sending(void) {
    g_auto(Town) town = {0};
    town_open(&town, "2026-01-10 12:00");
    town_settle(&town);
    town_do(&town, TOWN_CREATE, plans[4].json);
    town_sql(&town,
             "UPDATE campaign SET definition = replace(definition, '2026-10-30', '2026-10-20')");
    town_do(&town, TOWN_LAUNCH, plans[4].name);
    town.now_us = town_at("2026-10-20 16:59");
    town_tick(&town);
    town_send(&town, DELIVERY_TRANSIENT);
    town.now_us = town_at("2026-10-21 10:00");
    town_tick(&town);
    town_sql(&town, "UPDATE outbox SET state = 'failed', settled_at_us = 1"
                    " WHERE to_address = 'p101@example.se'");
    g_assert_cmpuint(town_send(&town, DELIVERY_SENT), ==, 59);
    town.now_us = town_at("2026-10-23 17:00"); /* three working days after it was handed over */
    g_assert_cmpuint(town_tick(&town).reminded, ==, 0);
    town.now_us = town_at("2026-10-26 10:00"); /* after it was sent */
    g_assert_cmpuint(town_tick(&town).reminded, ==, 59);
}

static void test_leaver(void) {
    g_auto(Town) town = {0};
    town_open(&town, "2026-03-24 09:00");
    town_settle(&town);
    town_do(&town, TOWN_CREATE, plans[0].json);
    town_do(&town, TOWN_LAUNCH, plans[0].name);
    town_tick(&town);
    town_sql(&town, "UPDATE person SET active = 0 WHERE id = 101");
    town.now_us = town_at("2026-04-01 11:29");
    RunnerResult result = town_tick(&town);
    g_assert_cmpuint(result.cancelled, ==, 1);
    town_send(&town, DELIVERY_SENT);
    g_assert_cmpint(TOWN_NUMBER(&town, "SELECT count(*) AS n FROM outbox"), ==, 59);
    town_sql(&town, "UPDATE person SET active = 0 WHERE id = 102");
    town.now_us = town_at("2026-04-09 11:29");
    town_tick(&town);
    g_assert_cmpint(TOWN_NUMBER(&town, "SELECT count(*) AS n FROM outbox o JOIN mailing m ON"
                                       " m.id = o.mailing_id WHERE m.purpose = 'reminder-1'"),
                    ==, 58);
}

/* An anonymous follow-up waits until ten people are due, so that nobody is asked anonymously alone.
 */
static void test_anonymous_follow_up_waits(void) {
    g_auto(Town) town = {0};
    town_open(&town, "2026-03-24 09:00");
    town_settle(&town);
    town_do(&town, TOWN_CREATE, plans[0].json);
    town_do(&town, TOWN_CREATE, plans[3].json);
    town_do(&town, TOWN_LAUNCH, plans[0].name);
    town_do(&town, TOWN_LAUNCH, plans[3].name);
    town_tick(&town);
    for (int i = 0; i < 9; i++) {
        g_autofree char *sql = g_strdup_printf(
            "INSERT INTO completion (person_id, campaign_id, completed_at_us) VALUES (%d, 1, %d)",
            101 + i, 1 + i);
        town_sql(&town, sql);
    }
    town.now_us = town_at("2026-06-01 09:00");
    g_assert_cmpuint(town_tick(&town).opened, ==, 0);
    town_sql(&town, "INSERT INTO completion (person_id, campaign_id, completed_at_us)"
                    " VALUES (201, 1, 50)");
    RunnerResult result = town_tick(&town);
    g_assert_cmpuint(result.opened, ==, 1);
    g_assert_cmpuint(result.invited, ==, 10);
    g_assert_cmpint(TOWN_NUMBER(&town, "SELECT s.invited AS n FROM stratum s JOIN round r ON"
                                       " r.id = s.round_id WHERE r.campaign_id = 2"
                                       " AND s.path = ''"),
                    ==, 10);
}

/* Many people at once; the times are for the log. */
static void test_many(void) {
    guint people = g_test_perf() ? 100000 : 10000;
    g_auto(Town) town = {0};
    town_open(&town, "2026-03-24 09:00");
    TownDepartment row = {"Allt", 1, 0, 0, 1};
    for (guint i = 0; i < 100; i++) {
        g_autofree char *path = g_strdup_printf("Avdelning %u", i);
        row = (TownDepartment){path, i + 1, 0, people / 100, 1 + (int64_t)i * (people / 100)};
        town_run(&town, town_people_fn, &row);
    }
    town_do(&town, TOWN_CREATE, plans[1].json);
    town.now_us = town_at("2026-03-26 08:00");
    int64_t began_us = g_get_monotonic_time();
    town_do(&town, TOWN_LAUNCH, plans[1].name);
    int64_t launched_us = g_get_monotonic_time();
    RunnerResult result = {0};
    g_autoptr(GError) error = NULL;
    runner_tick(town.runner, town.now_us, &result, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(result.opened, ==, 1);
    int64_t opened_us = g_get_monotonic_time();
    result = town_tick(&town);
    int64_t filled_us = g_get_monotonic_time();
    g_assert_cmpuint(result.invited, ==, people);
    town.now_us = town_at("2026-04-10 16:59");
    result = town_tick(&town);
    g_assert_cmpuint(result.mailed + 1, >=, people - people / 1000);
    int64_t queued_us = g_get_monotonic_time();
    g_test_message("%u people: launch %.2f s, open %.2f s, invite %.2f s, queue %.2f s", people,
                   (double)(launched_us - began_us) / 1e6, (double)(opened_us - launched_us) / 1e6,
                   (double)(filled_us - opened_us) / 1e6, (double)(queued_us - filled_us) / 1e6);
}

int main(int argc, char **argv) {
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/runner/year", test_year);
    g_test_add_func("/runner/late", test_late);
    g_test_add_func("/runner/long-stop", test_long_stop);
    g_test_add_func("/runner/reminder-follows-sending", test_reminder_follows_sending);
    g_test_add_func("/runner/leaver", test_leaver);
    g_test_add_func("/runner/anonymous-follow-up-waits", test_anonymous_follow_up_waits);
    g_test_add_func("/runner/many", test_many);
    return g_test_run();
}
