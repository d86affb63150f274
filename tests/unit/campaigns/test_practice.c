/* Proves that what a person misses in a training comes back to them: the way from a wrong answer
 * over the mail and its link to a longer gap; who gets none; that a stop between two commits sends
 * nothing twice; and, for a thousand people over a year of a made-up clock, that gaps, limits and
 * the choice of items hold for each of them. */
#include "campaigns/practice.h"

#include "campaigns/practice_mail.h"
#include "campaigns/rights.h"
#include "campaigns/spacing.h"
#include "campaigns/verify.h"
#include "mailer/notice.h"
#include "tests/unit/campaigns/town.h"

#define QUIET "\"schedule\":{\"reminders\":{\"max\":0}}"
#define TRAINING(areas, more)                                                                      \
    "{\"name\":\"t\",\"title\":{\"sv\":\"Titel\"},\"kind\":\"training\",\"content\":{\"pack\":"    \
    "\"starter\",\"lessons\":[\"grunder\"],\"areas\":[" areas                                      \
    "],\"per_area\":2,\"items_per_page\":20}," QUIET more "}"

/* --- people who answer --------------------------------------------------------------- */

/* Whether the person knows the answer to the item. */
typedef bool (*Knows)(const Item *item, int64_t person_id, gpointer data);

typedef struct {
    Town *town;
    int64_t link_id;
    Knows knows;
    gpointer data;
} Answering;

static bool knows_all(const Item *item, int64_t person_id, gpointer data) {
    (void)person_id;
    (void)item;
    (void)data;
    return true;
}

static bool knows_nothing(const Item *item, int64_t person_id, gpointer data) {
    (void)person_id;
    (void)item;
    (void)data;
    return false;
}

static bool knows_not(const Item *item, int64_t person_id, gpointer data) {
    (void)person_id;
    return strcmp(item->topic, data) != 0;
}

static Answer answer_to(const Item *item, bool right) {
    uint32_t other = ((1U << item->option_count) - 1) & ~item->key_mask;
    return (Answer){.item_id = item->id, .choices = right ? item->key_mask : other & (~other + 1)};
}

/* Begins, reads the lessons, answers every page. */
static bool answer_fn(DbTx *tx, gpointer data, GError **error) {
    const Answering *a = data;
    g_autoptr(Visit) visit = NULL;
    int64_t now_us = a->town->now_us;
    if (!answering_visit(db_tx_db(tx), a->link_id, now_us, &visit, error)) {
        return false;
    }
    g_autoptr(Form) form = form_load(db_tx_db(tx), visit->form_id, error);
    bool good = form != NULL && answering_start(tx, a->link_id, now_us, error);
    guint lessons = good ? form_lesson_count(form) : 0;
    for (guint page = 0; good && page < visit->page_count; page++) {
        const Item *const *items = NULL;
        guint count = page < lessons ? 0 : form_page_items(form, page - lessons, &items);
        g_autofree Answer *answers = g_new0(Answer, count + 1);
        for (guint i = 0; i < count; i++) {
            answers[i] = answer_to(items[i], a->knows(items[i], visit->person_id, a->data));
        }
        good = answering_page(tx, a->link_id, form, page, answers, count, now_us, error);
    }
    return good;
}

static void answer(Town *town, int64_t link_id, Knows knows, gpointer data) {
    Answering answering = {town, link_id, knows, data};
    town_run(town, answer_fn, &answering);
}

/* A training that has been mailed; person 101's link. */
static int64_t training_open(Town *town, const char *json) {
    town_open(town, "2026-11-23 09:00");
    town_settle(town);
    town_do(town, TOWN_CREATE, json);
    town_do(town, TOWN_LAUNCH, "t");
    town_tick(town);
    town_send(town, DELIVERY_SENT);
    return TOWN_NUMBER(town, "SELECT id AS n FROM invitation WHERE person_id = 101");
}

static int64_t latest(Town *town) {
    return TOWN_NUMBER(town, "SELECT id AS n FROM practice ORDER BY queued_at_us DESC LIMIT 1");
}

static guint tick_at(Town *town, const char *time) {
    town->now_us = town_at(time);
    return town_tick(town).practised;
}

static int64_t gap_of_area1(Town *town) {
    return TOWN_NUMBER(town, "SELECT gap_days AS n FROM practice_topic WHERE topic = 'grunder'");
}

static Visit *visit_link(Town *town, int64_t id) {
    g_autoptr(GError) error = NULL;
    Visit *visit = NULL;
    answering_visit(town->db, id, town->now_us, &visit, &error);
    g_assert_no_error(error);
    return visit;
}

/* --- one person ---------------------------------------------------------------------- */

static void see_mail(const LeasedMail *mail, gpointer data) {
    g_ptr_array_add(data, g_strdup_printf("%s|%s|%" G_GINT64_FORMAT, mail->to_address,
                                          mail->greeting_name, mail->link_id));
}

/* From the miss to the mail, to the right answer, to the next mail, to a miss. */
static void test_way(void) {
    g_auto(Town) town = {0};
    int64_t link = training_open(&town, TRAINING("\"area1\",\"area2\"", ""));
    g_autoptr(Visit) training = visit_link(&town, link);
    g_assert_true(training->practises);
    g_assert_false(training->practice);
    answer(&town, link, knows_not, (gpointer)(uintptr_t) "grunder");
    g_assert_cmpint(gap_of_area1(&town), ==, 3);
    g_assert_cmpint(
        TOWN_NUMBER(&town, "SELECT gap_days AS n FROM practice_topic WHERE topic = 'regler'"), ==,
        180);
    g_assert_cmpuint(tick_at(&town, "2026-11-26 08:59"), ==, 0);
    g_assert_cmpuint(tick_at(&town, "2026-11-26 09:00"), ==, 1);
    g_assert_cmpuint(tick_at(&town, "2026-11-26 09:05"), ==, 0);
    g_autoptr(GPtrArray) seen = g_ptr_array_new_with_free_func(g_free);
    TownPost post = {
        .now_us = town.now_us, .outcome = DELIVERY_SENT, .seen = see_mail, .data = seen};
    town_run(&town, town_post_fn, &post);
    g_autofree char *want = g_strdup_printf("p101@example.se|Åsa|%" G_GINT64_FORMAT, latest(&town));
    g_assert_cmpuint(seen->len, ==, 1);
    g_assert_cmpstr(seen->pdata[0], ==, want);
    g_assert_cmpint(TOWN_NUMBER(&town, "SELECT count(*) AS n FROM mailing WHERE group_id = 0 AND"
                                       " purpose = 'practice-2026-11-26' AND template ="
                                       " 'mail/practice'"),
                    ==, 1);

    g_autoptr(Visit) open = visit_link(&town, latest(&town));
    g_assert_true(open->practice);
    g_assert_cmpint(open->state, ==, VISIT_OPEN);
    g_assert_cmpuint(open->page_count, ==, 1);
    answer(&town, latest(&town), knows_all, NULL);
    g_autoptr(Visit) done = visit_link(&town, latest(&town));
    g_assert_cmpint(done->state, ==, VISIT_COMPLETE);
    g_assert_cmpint(gap_of_area1(&town), ==, 8);

    g_assert_cmpuint(tick_at(&town, "2026-12-04 08:55"), ==, 0);
    g_assert_cmpuint(tick_at(&town, "2026-12-04 16:59"), ==, 1);
    answer(&town, latest(&town), knows_nothing, NULL);
    g_assert_cmpint(gap_of_area1(&town), ==, 3);
    /* 7 December 16:59 is still in time; the mails of the week before count two. */
    g_assert_cmpuint(tick_at(&town, "2026-12-07 16:59"), ==, 1);
    /* Never the same question twice running, and nothing of it is measured. */
    g_assert_cmpint(TOWN_NUMBER(&town, "SELECT count(DISTINCT i.item_key) AS n FROM practice p JOIN"
                                       " v_form_item f ON f.form_id = p.form_id JOIN v_item i ON"
                                       " i.id = f.item_id WHERE i.topic = 'grunder' AND"
                                       " i.bank = 'training'"),
                    ==, 3);
    g_assert_cmpint(TOWN_NUMBER(&town, "SELECT sum(answered) AS n FROM tally_item"), ==, 4);
    g_assert_cmpint(TOWN_NUMBER(&town, "SELECT count(*) AS n FROM v_score"), ==, 2);
    g_assert_cmpint(TOWN_NUMBER(&town, "SELECT count(*) AS n FROM v_scored_answer"), ==, 4);
}

/* What is closed over night is held; what nobody answers comes again when it has closed. */
static void test_unanswered(void) {
    g_auto(Town) town = {0};
    int64_t link = training_open(&town, TRAINING("\"area1\"", ""));
    answer(&town, link, knows_nothing, NULL);
    g_assert_cmpuint(tick_at(&town, "2026-11-26 10:00"), ==, 1);
    int64_t first = latest(&town);
    tick_at(&town, "2026-11-26 17:00");
    g_assert_cmpuint(town_send(&town, DELIVERY_SENT), ==, 0); /* held */
    tick_at(&town, "2026-11-27 08:00");
    g_assert_cmpuint(town_send(&town, DELIVERY_SENT), ==, 1);
    g_assert_cmpuint(tick_at(&town, "2026-12-10 16:00"), ==, 0);
    g_assert_cmpuint(tick_at(&town, "2026-12-11 08:00"), ==, 1);
    g_autoptr(Visit) gone = visit_link(&town, first);
    g_assert_cmpint(gone->state, ==, VISIT_CLOSED);
    g_assert_cmpuint(tick_at(&town, "2026-12-28 08:00"), ==, 1);
    g_assert_cmpuint(tick_at(&town, "2027-01-18 08:00"), ==, 0); /* three times: a pause */
    g_assert_cmpint(TOWN_NUMBER(&town, "SELECT unanswered AS n FROM practice_person"), ==, 3);
    g_assert_cmpuint(tick_at(&town, "2027-03-11 08:00"), ==, 0);
    g_assert_cmpuint(tick_at(&town, "2027-03-15 08:00"), ==, 1);
    answer(&town, latest(&town), knows_all, NULL);
    g_assert_cmpint(TOWN_NUMBER(&town, "SELECT unanswered AS n FROM practice_person"), ==, 0);
    g_assert_cmpint(gap_of_area1(&town), ==, 8);
}

typedef struct {
    int64_t id;
    bool stop;
    int64_t now_us;
} Wish;

static bool wish_fn(DbTx *tx, gpointer data, GError **error) {
    const Wish *wish = data;
    return answering_practice(tx, wish->id, wish->stop, wish->now_us, error);
}

static void test_stopped(void) {
    g_auto(Town) town = {0};
    int64_t link = training_open(&town, TRAINING("\"area1\"", ""));
    answer(&town, link, knows_nothing, NULL);
    g_assert_cmpuint(tick_at(&town, "2026-11-26 10:00"), ==, 1);
    Wish wish = {latest(&town), true, town.now_us};
    town_run(&town, wish_fn, &wish);
    town_run(&town, wish_fn, &wish);
    g_assert_cmpuint(town_send(&town, DELIVERY_SENT), ==, 0); /* the queued one neither */
    answer(&town, latest(&town), knows_nothing, NULL); /* the open one may be answered still */
    g_autoptr(Visit) stopped = visit_link(&town, latest(&town));
    g_assert_true(stopped->practice_stopped);
    for (int week = 1; week < 60; week++) {
        town.now_us = schedule_add_days(town_at("2026-11-26 10:00"), 7 * week);
        g_assert_cmpuint(town_tick(&town).practised, ==, 0);
    }
    wish = (Wish){latest(&town), false, town.now_us};
    town_run(&town, wish_fn, &wish);
    g_assert_cmpuint(town_tick(&town).practised, ==, 1);
    wish = (Wish){link, true, town.now_us}; /* a training's link is not for that */
    town_fails(&town, wish_fn, &wish, VK_ERROR_DENIED);
}

/* Of two who missed the same, the one who has left gets nothing, and does when back. */
static void test_left(void) {
    g_auto(Town) town = {0};
    int64_t link = training_open(&town, TRAINING("\"area1\"", ""));
    answer(&town, link, knows_nothing, NULL);
    town_sql(&town, "UPDATE person SET active = 0 WHERE id = 101");
    g_assert_cmpuint(tick_at(&town, "2026-11-26 10:00"), ==, 0);
    town_sql(&town, "UPDATE person SET active = 1 WHERE id = 101");
    g_assert_cmpuint(tick_at(&town, "2026-12-28 10:00"), ==, 1);
    town_sql(&town, "UPDATE person SET active = 0 WHERE id = 101");
    g_autoptr(Visit) gone = visit_link(&town, latest(&town));
    g_assert_cmpint(gone->state, ==, VISIT_REVOKED);
}

static bool notice_fn(DbTx *tx, gpointer data, GError **error) {
    return notice_add(tx, data, error);
}

static void hear(Town *town, NoticeKind kind, int64_t until_us) {
    Notice notice = {.outbox_id = TOWN_NUMBER(town, "SELECT max(id) AS n FROM outbox"),
                     .link_id = latest(town),
                     .kind = kind,
                     .at_us = town->now_us,
                     .until_us = until_us,
                     .source = "bounce"};
    town_run(town, notice_fn, &notice);
    town_tick(town);
}

static void test_unreached(void) {
    g_auto(Town) town = {0};
    int64_t link = training_open(&town, TRAINING("\"area1\"", ""));
    answer(&town, link, knows_nothing, NULL);
    g_assert_cmpuint(tick_at(&town, "2026-11-26 10:00"), ==, 1);
    town_send(&town, DELIVERY_SENT);
    hear(&town, NOTICE_ABSENT, town_at("2026-12-21 00:00"));
    g_assert_cmpuint(tick_at(&town, "2026-12-18 10:00"), ==, 0);
    g_assert_cmpuint(tick_at(&town, "2026-12-21 08:00"), ==, 1);
    town_send(&town, DELIVERY_SENT);
    hear(&town, NOTICE_UNDELIVERABLE, 0);
    g_assert_cmpuint(tick_at(&town, "2027-03-19 10:00"), ==, 0);
    g_assert_cmpuint(tick_at(&town, "2027-03-23 10:00"), ==, 1);
    town_send(&town, DELIVERY_SENT);
    hear(&town, NOTICE_COMPLAINT, 0);
    g_assert_cmpuint(tick_at(&town, "2028-03-23 10:00"), ==, 0);
    g_assert_cmpint(
        TOWN_NUMBER(&town, "SELECT count(*) AS n FROM practice_person WHERE stopped_at_us > 0"), ==,
        1);
}

/* Neither an anonymous training, nor one that says no, nor a measurement leads to practice. */
static void test_none(void) {
    static const char *const campaigns[] = {
        TRAINING("\"area1\"", ",\"promise\":\"anonymous\""),
        TRAINING("\"area1\"", ",\"practice\":false"),
        "{\"name\":\"t\",\"title\":{\"sv\":\"Titel\"},\"kind\":\"knowledge\",\"content\":{\"pack\":"
        "\"starter\"}," QUIET "}",
    };
    for (size_t i = 0; i < G_N_ELEMENTS(campaigns); i++) {
        g_auto(Town) town = {0};
        int64_t link = training_open(&town, campaigns[i]);
        if (i > 0) {
            answer(&town, link, knows_nothing, NULL);
        }
        g_assert_cmpint(TOWN_NUMBER(&town, "SELECT count(*) AS n FROM practice_person"), ==, 0);
        g_assert_cmpuint(tick_at(&town, "2026-11-30 10:00"), ==, 0);
    }
}

/* A retry, which follows the right answers, says nothing; a new training that is all right goes on
 * from the gap that was. */
static void test_learned_again(void) {
    g_auto(Town) town = {0};
    int64_t link = training_open(&town, TRAINING("\"area1\"", ",\"allow_retry\":true"));
    answer(&town, link, knows_nothing, NULL);
    TownDeed retry = {.verb = TOWN_RETRY, .now_us = town.now_us, .id = link};
    town_run(&town, town_deed_fn, &retry);
    answer(&town, link, knows_all, NULL);
    g_assert_cmpint(gap_of_area1(&town), ==, 3);
    g_assert_cmpint(TOWN_NUMBER(&town, "SELECT missed_count AS n FROM practice_topic"), ==, 1);
}

/* When a pack has no other question on a topic, the topic rests, and nobody is mailed. */
static void test_no_item(void) {
    g_auto(Town) town = {0};
    int64_t link = training_open(&town, TRAINING("\"area1\"", ""));
    answer(&town, link, knows_nothing, NULL);
    town_sql(&town, "UPDATE item SET state = 'retired' WHERE bank = 'training'");
    g_assert_cmpuint(tick_at(&town, "2026-11-26 10:00"), ==, 0);
    g_assert_cmpint(gap_of_area1(&town), ==, 180);
    g_assert_cmpuint(tick_at(&town, "2027-05-26 10:00"), ==, 0);
}

static void test_verify(void) {
    g_auto(Town) town = {0};
    g_autoptr(GError) error = NULL;
    int64_t link = training_open(&town, TRAINING("\"area1\"", ""));
    answer(&town, link, knows_nothing, NULL);
    tick_at(&town, "2026-11-26 10:00");
    town_do(&town, TOWN_CLOSE, "t");
    g_autoptr(GPtrArray) entries = verify_list(town.db, town.now_us, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(entries->len, ==, 1);
    const VerifyEntry *entry = entries->pdata[0];
    g_autoptr(Visit) visit = visit_link(&town, latest(&town));
    g_assert_cmpstr(entry->control_phrase, ==, visit->control_phrase);
    g_assert_cmpstr(entry->title[LANG_SV], ==, visit->title[LANG_SV]);
    town.now_us = visit->closes_at_us;
    g_autoptr(GPtrArray) later = verify_list(town.db, town.now_us, &error);
    g_assert_cmpuint(later->len, ==, 0);
}

static bool erase_fn(DbTx *tx, gpointer data, GError **error) {
    const Town *town = data;
    return rights_erase(tx, 101, false, town->now_us, error);
}

static guint rows_of(const GPtrArray *rows, const char *table) {
    guint count = 0;
    for (guint i = 0; i < rows->len; i++) {
        const PersonalRow *row = rows->pdata[i];
        count += strcmp(row->table->table, table) == 0 ? 1 : 0;
    }
    return count;
}

#define LEFT                                                                                       \
    "SELECT (SELECT count(*) FROM practice) + (SELECT count(*) FROM practice_topic) + (SELECT"     \
    " count(*) FROM practice_person) + (SELECT count(*) FROM outbox WHERE to_address ="            \
    " 'p101@example.se') + (SELECT count(*) FROM answer a JOIN response r ON r.respondent_id ="    \
    " a.respondent_id WHERE r.round_id = 0) AS n"

static void test_rights(void) {
    g_auto(Town) town = {0};
    g_autoptr(GError) error = NULL;
    int64_t link = training_open(&town, TRAINING("\"area1\",\"area2\"", ""));
    answer(&town, link, knows_nothing, NULL);
    tick_at(&town, "2026-11-26 10:00");
    answer(&town, latest(&town), knows_all, NULL);
    town_send(&town, DELIVERY_SENT);
    g_autoptr(GPtrArray) rows = rights_copy(town.db, 101, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(rows_of(rows, "practice_topic"), ==, 2);
    g_assert_cmpuint(rows_of(rows, "practice_person"), ==, 1);
    g_assert_cmpuint(rows_of(rows, "practice"), ==, 1);
    g_assert_cmpuint(rows_of(rows, "answer"), ==, 4 + 2);
    g_assert_cmpuint(rows_of(rows, "outbox"), ==, 2);
    town_run(&town, erase_fn, &town);
    g_assert_cmpint(TOWN_NUMBER(&town, LEFT), ==, 0);
}

static bool forget_fn(DbTx *tx, gpointer data, GError **error) {
    const Town *town = data;
    guint forgotten = 0;
    return practice_forget_old(tx, schedule_add_days(town->now_us, -30), 100, town->now_us,
                               &forgotten, error);
}

/* An old practice has neither mail nor answers, but counts in the limits; later it is gone. */
static void test_forgotten(void) {
    g_auto(Town) town = {0};
    int64_t link = training_open(&town, TRAINING("\"area1\"", ""));
    answer(&town, link, knows_nothing, NULL);
    tick_at(&town, "2026-11-26 10:00");
    town_send(&town, DELIVERY_SENT);
    answer(&town, latest(&town), knows_all, NULL);
    int64_t old = latest(&town);
    town.now_us = town_at("2026-12-30 10:00");
    town_run(&town, forget_fn, &town);
    g_assert_cmpint(latest(&town), ==, old); /* closed less than thirty days ago */
    town.now_us = town_at("2027-01-20 10:00");
    town_run(&town, forget_fn, &town);
    g_assert_cmpint(latest(&town), !=, old);
    g_assert_cmpint(TOWN_NUMBER(&town, "SELECT count(*) AS n FROM outbox WHERE to_address ="
                                       " 'p101@example.se'"),
                    ==, 1); /* the training's */
    g_assert_cmpint(TOWN_NUMBER(&town, "SELECT count(*) AS n FROM answer a JOIN response r ON"
                                       " r.respondent_id = a.respondent_id WHERE r.round_id = 0"),
                    ==, 0);
    g_assert_cmpint(gap_of_area1(&town), ==, 8); /* goes on */
    g_assert_cmpuint(tick_at(&town, "2027-01-21 10:00"), ==, 1);
    town.now_us = town_at("2027-03-01 10:00");
    town_run(&town, forget_fn, &town);
    g_assert_cmpint(TOWN_NUMBER(&town, "SELECT count(*) AS n FROM practice"), ==, 1);
}

/* --- a year -------------------------------------------------------------------------- */

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
    g_test_add_func("/practice/way", test_way);
    g_test_add_func("/practice/unanswered", test_unanswered);
    g_test_add_func("/practice/stopped", test_stopped);
    g_test_add_func("/practice/left", test_left);
    g_test_add_func("/practice/unreached", test_unreached);
    g_test_add_func("/practice/none", test_none);
    g_test_add_func("/practice/learned-again", test_learned_again);
    g_test_add_func("/practice/no-item", test_no_item);
    g_test_add_func("/practice/verify", test_verify);
    g_test_add_func("/practice/rights", test_rights);
    g_test_add_func("/practice/forgotten", test_forgotten);
    g_test_add_func("/practice/year", test_year);
    return g_test_run();
}
