/* Proves, for a thousand people over a year of a made-up clock with the real runner and database,
 * that gaps, limits and the choice of questions hold for each of them. */
#include "campaigns/practice.h"

#include "campaigns/spacing.h"
#include "tests/unit/campaigns/practising.h"

enum { YEAR_PEOPLE = 1000, YEAR_DAYS = 365, FIRST_PERSON = 1001 };

/* Most know most; one in ten knows little. */
static bool year_knows(const Item *item, int64_t person_id, gpointer data) {
    (void)item;
    return g_rand_double(data) < (person_id % 10 == 0 ? 0.1 : 0.8);
}

typedef struct {
    Town *town;
    GArray *links; /* to answer now */
    GRand *rand;
} Day;

/* One transaction for all who answer at this moment. */
static bool day_fn(DbTx *tx, gpointer data, GError **error) {
    const Day *day = data;
    for (guint i = 0; i < day->links->len; i++) {
        int64_t id = g_array_index(day->links, int64_t, i);
        Answering answering = {day->town, id, year_knows, day->rand};
        if (!answer_fn(tx, &answering, error)) {
            return false;
        }
    }
    return true;
}

static GArray *links_of(Town *town, const DbQuery *which) {
    g_autoptr(GError) error = NULL;
    GArray *links = g_array_new(FALSE, FALSE, sizeof(int64_t));
    g_autoptr(DbStmt) query = db_query(town->db, which, &error);
    g_assert_no_error(error);
    while (db_step(query, &error) == DB_ROW) {
        int64_t id = db_int(query, "id");
        g_array_append_val(links, id);
    }
    g_assert_no_error(error);
    return links;
}

/* What the year left of one person and one topic. */
typedef struct {
    int64_t person_id;
    char *topic;
    GArray *asked;    /* int64_t: the training's, and each mail's instant */
    GArray *answered; /* int64_t: when it was answered, 0 if never */
    GArray *right;    /* bool: all that was asked then */
    GPtrArray *keys;  /* every question in the order in which it was asked */
} Story;

static void story_free(gpointer data) {
    Story *story = data;
    g_free(story->topic);
    g_array_unref(story->asked);
    g_ptr_array_unref(story->keys);
    g_array_unref(story->answered);
    g_array_unref(story->right);
    g_free(story);
}

static Story *story_new(int64_t person_id, const char *topic) {
    Story *story = g_new0(Story, 1);
    story->person_id = person_id;
    story->topic = g_strdup(topic);
    story->asked = g_array_new(FALSE, FALSE, sizeof(int64_t));
    story->answered = g_array_new(FALSE, FALSE, sizeof(int64_t));
    story->right = g_array_new(FALSE, FALSE, sizeof(bool));
    story->keys = g_ptr_array_new_with_free_func(g_free);
    return story;
}

/* One more question; those asked at the same moment are one asking, missed if any of them is. */
static void story_add(Story *story, int64_t asked_us, int64_t answered_us, bool right,
                      const char *key) {
    guint count = story->asked->len;
    g_ptr_array_add(story->keys, g_strdup(key));
    if (count > 0 && g_array_index(story->asked, int64_t, count - 1) == asked_us) {
        bool *all = &g_array_index(story->right, bool, count - 1);
        *all = *all && right;
        return;
    }
    g_array_append_val(story->asked, asked_us);
    g_array_append_val(story->answered, answered_us);
    g_array_append_val(story->right, right);
}

static GPtrArray *stories(Town *town) {
    static const DbQuery q_story = {
        "test.story",
        "SELECT * FROM (SELECT p.person_id, i.topic, p.queued_at_us AS at_us, f.position,"
        " coalesce(p.completed_at_us, 0) AS done_us, i.item_key, coalesce(a.correct, 0) AS good"
        " FROM practice p JOIN form_item f ON f.form_id = p.form_id JOIN item i ON"
        " i.id = f.item_id LEFT JOIN answer a ON a.respondent_id = p.respondent_id AND"
        " a.item_id = f.item_id UNION ALL SELECT n.person_id, i.topic, n.completed_at_us,"
        " f.position, n.completed_at_us, i.item_key, coalesce(a.correct, 0) FROM invitation n JOIN"
        " round r ON r.id = n.round_id JOIN form_item f ON f.form_id = r.form_id JOIN item i ON"
        " i.id = f.item_id LEFT JOIN answer a ON a.respondent_id = n.measured_id AND"
        " a.item_id = f.item_id WHERE n.status = 'complete')"
        " ORDER BY person_id, topic, at_us, position"};
    g_autoptr(GError) error = NULL;
    GPtrArray *all = g_ptr_array_new_with_free_func(story_free);
    g_autoptr(DbStmt) row = db_query(town->db, &q_story, &error);
    g_assert_no_error(error);
    Story *story = NULL;
    while (db_step(row, &error) == DB_ROW) {
        int64_t person_id = db_int(row, "person_id");
        const char *topic = db_text(row, "topic");
        if (story == NULL || story->person_id != person_id || strcmp(story->topic, topic) != 0) {
            story = story_new(person_id, topic);
            g_ptr_array_add(all, story);
        }
        (void)db_int(row, "position");
        story_add(story, db_int(row, "at_us"), db_int(row, "done_us"), db_bool(row, "good"),
                  db_text(row, "item_key"));
    }
    g_assert_no_error(error);
    return all;
}

static double days_between(int64_t from_us, int64_t to_us) {
    return (double)(to_us - from_us) / (double)CLOCK_DAY_US;
}

typedef struct {
    guint questions;
    guint rungs[181];
    double longest;
} Year;

/* No question before its gap has passed; half a year never goes by without the topic. */
static void check_gaps(const Story *story, int64_t end_us, Year *year) {
    guint gap = 0;
    const double hour = 1.0 / 24; /* summer time begins or ends in between */
    for (guint i = 0; i < story->asked->len; i++) {
        int64_t asked_us = g_array_index(story->asked, int64_t, i);
        int64_t answered_us = g_array_index(story->answered, int64_t, i);
        bool right = g_array_index(story->right, bool, i);
        if (i > 0) {
            int64_t before_us = g_array_index(story->answered, int64_t, i - 1);
            g_assert_cmpint(before_us, !=, 0);
            double days = days_between(before_us, asked_us);
            g_assert_cmpfloat(days, <=, SPACING_REST_DAYS + hour);
            if (gap < SPACING_REST_DAYS) { /* at rest it may come ahead of its last day */
                g_assert_cmpfloat(days, >=, gap - hour);
            } else {
                g_assert_cmpfloat(days, >=, 60);
            }
            year->longest = MAX(year->longest, days);
            year->rungs[gap]++;
            year->questions++;
        }
        gap = i == 0 && right ? SPACING_REST_DAYS : spacing_gap(gap, right);
        if (i + 1 == story->asked->len) {
            g_assert_cmpfloat(days_between(answered_us, end_us), <=, SPACING_REST_DAYS + 1);
        }
    }
}

/* A question comes again only when each other of the topic has been asked since. */
static void check_repeats(const Story *story, guint topic_items) {
    for (guint i = 1; i < story->keys->len; i++) {
        g_autoptr(GHashTable) others = g_hash_table_new(g_str_hash, g_str_equal);
        guint back = i;
        while (back > 0 && strcmp(story->keys->pdata[back - 1], story->keys->pdata[i]) != 0) {
            g_hash_table_add(others, story->keys->pdata[--back]);
        }
        if (back > 0) {
            g_assert_cmpuint(g_hash_table_size(others), ==, topic_items - 1);
        }
    }
}

/* At most two mails in any week and ten in any quarter, none outside office hours. */
static guint check_limits(Town *town) {
    static const DbQuery q_mails = {
        "test.mails", "SELECT person_id, queued_at_us FROM practice ORDER BY person_id,"
                      " queued_at_us"};
    g_autoptr(GError) error = NULL;
    g_autoptr(DbStmt) row = db_query(town->db, &q_mails, &error);
    g_autoptr(GArray) mails = g_array_new(FALSE, FALSE, sizeof(int64_t));
    Window office = {.days = SCHEDULE_WEEKDAYS, .from_minute = 8 * 60, .to_minute = 17 * 60};
    int64_t person_id = 0;
    guint count = 0;
    guint most = 0;
    while (db_step(row, &error) == DB_ROW) {
        int64_t at_us = db_int(row, "queued_at_us");
        if (db_int(row, "person_id") != person_id) {
            person_id = db_int(row, "person_id");
            g_array_set_size(mails, 0);
        }
        g_assert_true(schedule_is_open(&office, at_us));
        const int64_t *sent = (const int64_t *)(const void *)mails->data;
        if (mails->len >= 2) {
            g_assert_cmpint(sent[mails->len - 2], <=, schedule_add_days(at_us, -7));
        }
        if (mails->len >= 10) {
            g_assert_cmpint(sent[mails->len - 10], <=, schedule_add_days(at_us, -92));
        }
        g_array_append_val(mails, at_us);
        most = MAX(most, mails->len);
        count++;
    }
    g_assert_no_error(error);
    g_test_message("%u mails, at most %u to one person", count, most);
    g_assert_cmpuint(most, >, 20); /* the limits were met with, for those who know little */
    return count;
}

/* A working day: at nine mails go, in the afternoon people answer. */
static void year_day(Day *day, int64_t morning_us) {
    static const DbQuery q_open = {
        "test.open", "SELECT id FROM practice WHERE status = 'none' ORDER BY person_id"};
    day->town->now_us = morning_us;
    town_tick(day->town);
    day->town->now_us = morning_us + 6 * CLOCK_HOUR_US;
    g_autoptr(GArray) open = links_of(day->town, &q_open);
    day->links = open;
    if (open->len > 0) {
        town_run(day->town, day_fn, day);
    }
}

static void year_begin(Town *town, Day *day) {
    static const DbQuery q_links = {"test.links", "SELECT id FROM invitation ORDER BY person_id"};
    TownDepartment people = {"Kommun", 9, 0, YEAR_PEOPLE, FIRST_PERSON};
    town_open(town, "2026-01-12 09:00");
    town_run(town, town_people_fn, &people);
    town_do(town, TOWN_CREATE, TRAINING("\"area1\",\"area2\",\"area3\",\"area4\",\"area5\"", ""));
    town_do(town, TOWN_LAUNCH, "t");
    town_tick(town);
    g_autoptr(GArray) links = links_of(town, &q_links);
    g_assert_cmpuint(links->len, ==, YEAR_PEOPLE);
    day->links = links;
    town_run(town, day_fn, day);
}

static void test_year(void) {
    g_auto(Town) town = {0};
    g_autoptr(GRand) rand = g_rand_new_with_seed(20260112);
    Day day = {.town = &town, .rand = rand};
    year_begin(&town, &day);
    int64_t start_us = town.now_us;
    for (int i = 1; i <= YEAR_DAYS; i++) {
        year_day(&day, schedule_add_days(start_us, i));
    }
    Year year = {0};
    g_autoptr(GPtrArray) all = stories(&town);
    for (guint i = 0; i < all->len; i++) {
        const Story *story = all->pdata[i];
        check_gaps(story, town.now_us, &year);
        check_repeats(story, 3);
    }
    guint mails = check_limits(&town);
    g_test_message("%u questions in %u mails; longest without a topic %.1f days", year.questions,
                   mails, year.longest);
    static const guint rungs[] = {3, 8, 20, 50, 125, 180};
    for (size_t i = 0; i < G_N_ELEMENTS(rungs); i++) {
        g_test_message("after a gap of %u days: %u", rungs[i], year.rungs[rungs[i]]);
        g_assert_cmpuint(year.rungs[rungs[i]], >, 0);
    }
}

int main(int argc, char **argv) {
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/practice/year", test_year);
    return g_test_run();
}
