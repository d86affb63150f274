/* Proves that what a person misses in a training comes back to them: the way from a wrong answer
 * over the mail and its link to a longer gap; who gets none; what is told and erased. A year of
 * many people is in test_practice_year.c. */
#include "campaigns/practice.h"

#include "campaigns/practice_mail.h"
#include "campaigns/rights.h"
#include "campaigns/spacing.h"
#include "campaigns/verify.h"
#include "mailer/notice.h"
#include "tests/unit/campaigns/practising.h"

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

/* How many practice mails the scheduler sends at that time. */
static void tick_sends(Town *town, const char *time, guint mails) {
    town->now_us = town_at(time);
    RunnerResult result = town_tick(town);
    g_assert_cmpuint(result.practised, ==, mails);
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
    tick_sends(&town, "2026-11-26 08:59", 0);
    tick_sends(&town, "2026-11-26 09:00", 1);
    tick_sends(&town, "2026-11-26 09:05", 0);
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

    tick_sends(&town, "2026-12-04 08:55", 0);
    tick_sends(&town, "2026-12-04 16:59", 1);
    answer(&town, latest(&town), knows_nothing, NULL);
    g_assert_cmpint(gap_of_area1(&town), ==, 3);
    /* 7 December 16:59 is still in time; the mails of the week before count two. */
    tick_sends(&town, "2026-12-07 16:59", 1);
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
    tick_sends(&town, "2026-11-26 10:00", 1);
    int64_t first = latest(&town);
    tick_sends(&town, "2026-11-26 17:00", 0);
    g_assert_cmpuint(town_send(&town, DELIVERY_SENT), ==, 0); /* held */
    tick_sends(&town, "2026-11-27 08:00", 0);
    g_assert_cmpuint(town_send(&town, DELIVERY_SENT), ==, 1);
    tick_sends(&town, "2026-12-10 16:00", 0);
    tick_sends(&town, "2026-12-11 08:00", 1);
    g_autoptr(Visit) gone = visit_link(&town, first);
    g_assert_cmpint(gone->state, ==, VISIT_CLOSED);
    tick_sends(&town, "2026-12-28 08:00", 1);
    tick_sends(&town, "2027-01-18 08:00", 0); /* three times: a pause */
    g_assert_cmpint(TOWN_NUMBER(&town, "SELECT unanswered AS n FROM practice_person"), ==, 3);
    tick_sends(&town, "2027-03-11 08:00", 0);
    tick_sends(&town, "2027-03-15 08:00", 1);
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
    tick_sends(&town, "2026-11-26 10:00", 1);
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
    tick_sends(&town, "2026-11-26 10:00", 0);
    town_sql(&town, "UPDATE person SET active = 1 WHERE id = 101");
    tick_sends(&town, "2026-12-28 10:00", 1);
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
    tick_sends(&town, "2026-11-26 10:00", 1);
    town_send(&town, DELIVERY_SENT);
    hear(&town, NOTICE_ABSENT, town_at("2026-12-21 00:00"));
    tick_sends(&town, "2026-12-18 10:00", 0);
    tick_sends(&town, "2026-12-21 08:00", 1);
    town_send(&town, DELIVERY_SENT);
    hear(&town, NOTICE_UNDELIVERABLE, 0);
    tick_sends(&town, "2027-03-19 10:00", 0);
    tick_sends(&town, "2027-03-23 10:00", 1);
    town_send(&town, DELIVERY_SENT);
    hear(&town, NOTICE_COMPLAINT, 0);
    tick_sends(&town, "2028-03-23 10:00", 0);
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
        tick_sends(&town, "2026-11-30 10:00", 0);
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
    tick_sends(&town, "2026-11-26 10:00", 0);
    g_assert_cmpint(gap_of_area1(&town), ==, 180);
    tick_sends(&town, "2027-05-26 10:00", 0);
}

static void test_verify(void) {
    g_auto(Town) town = {0};
    g_autoptr(GError) error = NULL;
    int64_t link = training_open(&town, TRAINING("\"area1\"", ""));
    answer(&town, link, knows_nothing, NULL);
    tick_sends(&town, "2026-11-26 10:00", 1);
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
    tick_sends(&town, "2026-11-26 10:00", 1);
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
    tick_sends(&town, "2026-11-26 10:00", 1);
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
    tick_sends(&town, "2027-01-21 10:00", 1);
    town.now_us = town_at("2027-03-01 10:00");
    town_run(&town, forget_fn, &town);
    g_assert_cmpint(TOWN_NUMBER(&town, "SELECT count(*) AS n FROM practice"), ==, 1);
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
    return g_test_run();
}
