/* What comes back, done to invitations: who could not be reached is marked and never reminded, who
 * is away is reminded when back, who complained or has answered is left alone. Every case is run
 * with a new Runner before each tick and rows done one at a time, too: the same must follow. */
#include "campaigns/reach.h"

#include "mailer/notice.h"
#include "tests/unit/campaigns/town.h"

#define SCHEDULE                                                                                   \
    "\"schedule\":{\"start\":\"2026-10-20 "                                                        \
    "08:00\",\"end\":\"2026-10-20\",\"close\":\"2026-12-01\"}"

static const char named[] =
    "{\"name\":\"prov\",\"seed\":7,\"title\":{\"sv\":\"H\"},\"kind\":\"knowledge\","
    "\"content\":{\"pack\":\"starter\",\"areas\":[\"area1\"],\"per_area\":1}," SCHEDULE "}";
static const char anonymous[] =
    "{\"name\":\"prov\",\"seed\":7,\"title\":{\"sv\":\"H\"},\"kind\":\"obstacles\","
    "\"content\":{\"pack\":\"starter\"}," SCHEDULE "}";

typedef struct {
    Notice notice;
    const char *address; /* of the message's recipient */
    const char *purpose;
} Told;

static bool tell_fn(DbTx *tx, gpointer data, GError **error) {
    static const DbQuery q_row = {
        "test.row", "SELECT o.id, o.link_id FROM outbox o JOIN mailing m ON m.id = o.mailing_id"
                    " WHERE o.to_address = $1 AND m.purpose = $2"};
    Told *told = data;
    g_autoptr(DbStmt) row = db_tx_query(tx, &q_row, error);
    db_bind_text(row, 1, told->address);
    db_bind_text(row, 2, told->purpose != NULL ? told->purpose : "invitation");
    g_assert_cmpint(db_step(row, error), ==, DB_ROW);
    told->notice.outbox_id = db_int(row, "id");
    told->notice.link_id = db_int(row, "link_id");
    if (told->notice.source == NULL) {
        told->notice.source = "bounce";
    }
    return notice_add(tx, &told->notice, error);
}

static void tell(Town *town, const char *address, NoticeKind kind, const char *until,
                 const char *source) {
    Told told = {.notice = {.kind = kind,
                            .at_us = town->now_us,
                            .until_us = until != NULL ? town_at(until) : 0,
                            .source = source},
                 .address = address};
    town_run(town, tell_fn, &told);
}

static void begin(Town *town, const char *json) {
    town_open(town, "2026-10-19 12:00");
    town_settle(town);
    town_do(town, TOWN_CREATE, json);
    town_do(town, TOWN_LAUNCH, "prov");
    town->now_us = town_at("2026-10-20 08:00");
    guint mailed = town_tick(town).mailed;
    town->now_us = town_at("2026-10-20 16:59");
    mailed += town_tick(town).mailed;
    g_assert_cmpuint(mailed, ==, 60);
    g_assert_cmpuint(town_send(town, DELIVERY_SENT), ==, 60);
}

/* Purposes of the mails that one address got, in order. */
static char *mails_of(Town *town, const char *address) {
    static const DbQuery q_mails = {
        "test.mails", "SELECT group_concat(m.purpose || ':' || o.state, ' ') AS mails FROM outbox o"
                      " JOIN mailing m ON m.id = o.mailing_id WHERE o.to_address = $1"};
    g_autoptr(GError) error = NULL;
    g_autoptr(DbStmt) row = db_query(town->db, &q_mails, &error);
    g_assert_no_error(error);
    db_bind_text(row, 1, address);
    g_assert_cmpint(db_step(row, &error), ==, DB_ROW);
    return g_strdup(db_text(row, "mails"));
}

static void assert_mails(Town *town, const char *address, const char *wanted) {
    g_autofree char *mails = mails_of(town, address);
    g_test_message("%s: %s", address, mails);
    g_assert_cmpstr(mails, ==, wanted);
}

static void assert_reported(Town *town, int64_t wanted) {
    g_autoptr(Campaign) campaign = town_campaign(town, "prov");
    g_assert_cmpint(campaign->undeliverable, ==, wanted);
    g_assert_cmpint(campaign->invited, ==, 60);
}

static void test_undeliverable(void) {
    g_auto(Town) town = {0};
    begin(&town, named);
    tell(&town, "p101@example.se", NOTICE_UNDELIVERABLE, NULL, NULL);
    tell(&town, "p101@example.se", NOTICE_UNDELIVERABLE, NULL, NULL); /* twice is once */
    tell(&town, "p102@example.se", NOTICE_UNDELIVERABLE, NULL, "address");
    tell(&town, "p103@example.se", NOTICE_SOFT, NULL, NULL);
    tell(&town, "p104@example.se", NOTICE_CHALLENGE, NULL, NULL);
    assert_reported(&town, 0);
    RunnerResult result = town_tick(&town);
    g_assert_cmpuint(result.undeliverable, ==, 1);
    assert_reported(&town, 1);
    g_assert_cmpuint(town_tick(&town).undeliverable, ==, 0);
    town.now_us = town_at("2026-10-23 17:00");
    town_tick(&town);
    town.now_us = town_at("2026-10-26 10:00");
    g_assert_cmpuint(town_tick(&town).reminded + town_send(&town, DELIVERY_SENT), >=, 59);
    assert_mails(&town, "p101@example.se", "invitation:sent");
    assert_mails(&town, "p102@example.se", "invitation:sent reminder-1:sent");
    assert_mails(&town, "p103@example.se", "invitation:sent reminder-1:sent");
    assert_mails(&town, "p104@example.se", "invitation:sent reminder-1:sent");
}

/* A reminder that waits in the queue is taken out of it. */
static void test_queued_reminder_is_cancelled(void) {
    g_auto(Town) town = {0};
    begin(&town, named);
    town.now_us = town_at("2026-10-26 10:00");
    town_tick(&town);
    assert_mails(&town, "p101@example.se", "invitation:sent reminder-1:ready");
    tell(&town, "p101@example.se", NOTICE_UNDELIVERABLE, NULL, NULL);
    tell(&town, "p102@example.se", NOTICE_COMPLAINT, NULL, NULL);
    town_tick(&town);
    assert_mails(&town, "p101@example.se", "invitation:sent reminder-1:cancelled");
    assert_mails(&town, "p102@example.se", "invitation:sent reminder-1:cancelled");
    g_assert_cmpuint(town_send(&town, DELIVERY_SENT), ==, 58);
    assert_reported(&town, 1);
    town.now_us = town_at("2026-11-20 10:00");
    town_tick(&town);
    town_send(&town, DELIVERY_SENT);
    assert_mails(&town, "p102@example.se", "invitation:sent reminder-1:cancelled");
    assert_mails(&town, "p103@example.se", "invitation:sent reminder-1:sent reminder-2:sent");
}

/* The runner has been stopped and started, and does a row at a time: nothing is done twice. */
static void test_restart(void) {
    g_auto(Town) town = {0};
    begin(&town, named);
    for (int i = 101; i < 111; i++) {
        g_autofree char *address = g_strdup_printf("p%d@example.se", i);
        tell(&town, address, NOTICE_UNDELIVERABLE, NULL, NULL);
    }
    guint marked = 0;
    for (int i = 0; i < 10; i++) {
        RunnerResult result = {0};
        g_autoptr(GError) error = NULL;
        town_start_runner(&town, 1);
        runner_tick(town.runner, town.now_us, &result, &error);
        g_assert_no_error(error);
        g_assert_cmpuint(result.undeliverable, ==, 1);
        g_assert_cmpint(result.next_at_us, ==, town.now_us);
        marked += result.undeliverable;
    }
    g_assert_cmpuint(marked, ==, 10);
    g_assert_cmpuint(town_tick(&town).undeliverable, ==, 0);
    assert_reported(&town, 10);
}

static void test_absent(void) {
    g_auto(Town) town = {0};
    begin(&town, named);
    tell(&town, "p101@example.se", NOTICE_ABSENT, "2026-11-02", NULL);
    tell(&town, "p102@example.se", NOTICE_ABSENT, "2026-11-07", NULL); /* a Saturday */
    tell(&town, "p103@example.se", NOTICE_ABSENT, "2026-12-24", NULL); /* after the close */
    tell(&town, "p104@example.se", NOTICE_ABSENT, NULL, NULL);
    tell(&town, "p105@example.se", NOTICE_ABSENT, "2026-10-21", NULL); /* before the reminder */
    tell(&town, "p106@example.se", NOTICE_ABSENT, "2026-11-02", "address");
    g_assert_cmpuint(town_tick(&town).absent, ==, 4);
    town.now_us = town_at("2026-10-26 10:00");
    g_assert_cmpuint(town_tick(&town).reminded, ==, 57);
    town_send(&town, DELIVERY_SENT);
    assert_mails(&town, "p101@example.se", "invitation:sent");
    assert_mails(&town, "p104@example.se", "invitation:sent reminder-1:sent");
    assert_mails(&town, "p105@example.se", "invitation:sent reminder-1:sent");
    assert_mails(&town, "p106@example.se", "invitation:sent reminder-1:sent");
    town.now_us = town_at("2026-11-02 07:59");
    town_tick(&town);
    assert_mails(&town, "p101@example.se", "invitation:sent");
    town.now_us = town_at("2026-11-02 08:00");
    town_tick(&town);
    town_send(&town, DELIVERY_SENT);
    assert_mails(&town, "p101@example.se", "invitation:sent reminder-1:sent");
    town.now_us = town_at("2026-11-06 16:59");
    town_tick(&town);
    assert_mails(&town, "p102@example.se", "invitation:sent");
    town.now_us = town_at("2026-11-09 08:00");
    town_tick(&town);
    town_send(&town, DELIVERY_SENT);
    assert_mails(&town, "p102@example.se", "invitation:sent reminder-1:sent");
    town.now_us = town_at("2026-11-30 16:59");
    town_tick(&town);
    assert_mails(&town, "p103@example.se", "invitation:sent");
    assert_reported(&town, 0);
}

/* Away, and told so before the reminder's time: the dispatcher does not move it back. */
static void test_absent_while_sending(void) {
    g_auto(Town) town = {0};
    begin(&town, named);
    town.now_us = town_at("2026-10-26 10:00");
    town_tick(&town);
    town_send(&town, DELIVERY_SENT);
    tell(&town, "p101@example.se", NOTICE_ABSENT, "2026-11-16", NULL); /* answers reminder-1 */
    town_tick(&town);
    town.now_us = town_at("2026-11-10 10:00");
    town_tick(&town);
    town_send(&town, DELIVERY_SENT);
    assert_mails(&town, "p101@example.se", "invitation:sent reminder-1:sent");
    assert_mails(&town, "p102@example.se", "invitation:sent reminder-1:sent reminder-2:sent");
    town.now_us = town_at("2026-11-16 08:00");
    town_tick(&town);
    town_send(&town, DELIVERY_SENT);
    assert_mails(&town, "p101@example.se", "invitation:sent reminder-1:sent reminder-2:sent");
}

static void test_answered_stays_answered(void) {
    g_auto(Town) town = {0};
    begin(&town, named);
    town_sql(&town, "UPDATE invitation SET status = 'complete', completed_at_us = 1"
                    " WHERE person_id = 101");
    town_sql(&town, "UPDATE invitation SET status = 'partial' WHERE person_id = 102");
    tell(&town, "p101@example.se", NOTICE_UNDELIVERABLE, NULL, NULL);
    tell(&town, "p102@example.se", NOTICE_UNDELIVERABLE, NULL, NULL);
    town_tick(&town);
    assert_reported(&town, 0);
    g_autoptr(Campaign) campaign = town_campaign(&town, "prov");
    g_assert_cmpint(campaign->complete, ==, 1);
    g_assert_cmpint(campaign->partial, ==, 1);
    town.now_us = town_at("2026-10-26 10:00");
    g_assert_cmpuint(town_tick(&town).reminded, ==, 58);
}

static void test_retried(void) {
    g_auto(Town) town = {0};
    begin(&town, named);
    tell(&town, "p101@example.se", NOTICE_UNDELIVERABLE, NULL, "relay");
    town_tick(&town);
    assert_reported(&town, 1);
    tell(&town, "p101@example.se", NOTICE_RETRIED, NULL, "person");
    town_tick(&town);
    assert_reported(&town, 0);
    town.now_us = town_at("2026-10-26 10:00");
    town_tick(&town);
    assert_mails(&town, "p101@example.se", "invitation:sent reminder-1:ready");
}

/* A bounce that comes when all is closed still counts, and starts nothing. */
static void test_after_close(void) {
    g_auto(Town) town = {0};
    begin(&town, named);
    town.now_us = town_at("2026-12-01 10:00");
    town_tick(&town);
    tell(&town, "p101@example.se", NOTICE_UNDELIVERABLE, NULL, NULL);
    tell(&town, "p102@example.se", NOTICE_UNDELIVERABLE, NULL, NULL);
    tell(&town, "p102@example.se", NOTICE_RETRIED, NULL, NULL);
    town_tick(&town);
    assert_reported(&town, 1);
    g_assert_cmpint(
        TOWN_NUMBER(&town, "SELECT count(*) AS n FROM invitation WHERE remind_at_us IS NOT NULL"),
        ==, 0);
}

/* Of an anonymous round the day is kept, not the moment. */
static void test_anonymous_is_a_day(void) {
    g_auto(Town) town = {0};
    begin(&town, anonymous);
    tell(&town, "p101@example.se", NOTICE_UNDELIVERABLE, NULL, NULL);
    town_tick(&town);
    g_assert_cmpint(TOWN_NUMBER(&town, "SELECT undeliverable_at_us AS n FROM invitation"
                                       " WHERE person_id = 101"),
                    ==, town_at("2026-10-20"));
}

int main(int argc, char **argv) {
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/reach/undeliverable", test_undeliverable);
    g_test_add_func("/reach/queued-reminder-is-cancelled", test_queued_reminder_is_cancelled);
    g_test_add_func("/reach/restart", test_restart);
    g_test_add_func("/reach/absent", test_absent);
    g_test_add_func("/reach/absent-while-sending", test_absent_while_sending);
    g_test_add_func("/reach/answered-stays-answered", test_answered_stays_answered);
    g_test_add_func("/reach/retried", test_retried);
    g_test_add_func("/reach/after-close", test_after_close);
    g_test_add_func("/reach/anonymous-is-a-day", test_anonymous_is_a_day);
    return g_test_run();
}
