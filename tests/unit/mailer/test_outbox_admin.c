/* The operator's view of the queue is true, and no change touches a mail that is with a sender: by
 * a table of every action on every state. */
#include "mailer/outbox_admin.h"

#include "base/clock.h"
#include "base/error.h"
#include "mailer/notice.h"
#include "mailer/outbox_stats.h"
#include "tests/unit/mailer/fixture.h"

#define NOW_US (INT64_C(1795500000) * CLOCK_SECOND_US)

/* What puts the six mails into their states. */
static const DbQuery script[] = {
    {"test.lease", "INSERT INTO mail_lease (id, owner, relay, taken_at_us) "
                   "VALUES (70, 1, 'mx.example:25', 5)"},
    {"test.leased",
     "UPDATE outbox SET state = 'leased', lease_id = 70, lease_position = 0 WHERE link_id = 2"},
    {"test.sent", "UPDATE outbox SET state = 'sent', settled_at_us = 50, attempts = 1, "
                  "in_doubt = 1 WHERE link_id = 3"},
    {"test.deferred",
     "UPDATE outbox SET state = 'deferred', attempts = 2, tried_at_us = 40 WHERE link_id = 4"},
    {"test.failed",
     "UPDATE outbox SET state = 'failed', settled_at_us = 60, attempts = 1 WHERE link_id = 5"},
    {"test.cancelled",
     "UPDATE outbox SET state = 'cancelled', settled_at_us = 61 WHERE link_id = 6"},
    {"test.held", "UPDATE outbox SET held = 1 WHERE link_id = 20"},
    {"test.attempts",
     "INSERT INTO mail_attempt (outbox_id, at_us, relay, class, smtp_code, enhanced, reply) "
     "VALUES (4, 40, 'mx.example:25', 'transient', 451, '4.7.1', 'later'), "
     "(4, 41, 'mx2.example:25', 'transient', 452, '4.2.2', 'full'), "
     "(5, 42, 'mx.example:25', 'permanent', 550, '5.1.1', 'nobody'), "
     "(2, 43, 'mx.example:25', 'transient', 421, '4.3.2', 'closing')"}};

static bool script_run(DbTx *tx, gpointer data, GError **error) {
    (void)data;
    for (size_t i = 0; i < G_N_ELEMENTS(script); i++) {
        g_autoptr(DbStmt) stmt = db_tx_query(tx, &script[i], error);
        if (stmt == NULL || !db_run(stmt, NULL, error)) {
            return false;
        }
    }
    return true;
}

/* Six mails of group 7 to links 1.., one in each state in the order of OutboxState, and one held of
 * group 8. */
static void fill(Fixture *fixture) {
    Fill first = {.group_id = 7,
                  .count = OUTBOX_STATES,
                  .first_link = 1,
                  .due_at_us = NOW_US - 10,
                  .expires_at_us = NOW_US + CLOCK_DAY_US};
    Fill second = {.group_id = 8,
                   .count = 1,
                   .first_link = 20,
                   .due_at_us = NOW_US,
                   .expires_at_us = NOW_US + CLOCK_DAY_US};
    must_run(fixture, fill_write, &first);
    must_run(fixture, fill_write, &second);
    must_run(fixture, script_run, NULL);
}

static OutboxRow *row_of(const Fixture *fixture, int64_t id) {
    g_autoptr(GError) error = NULL;
    OutboxRow *row = outbox_show(fixture->db, id, &error);
    g_assert_no_error(error);
    g_assert_nonnull(row);
    return row;
}

typedef struct {
    OutboxFilter filter;
    const char *ids; /* in order */
} FindCase;

static void test_find(Fixture *fixture, gconstpointer data) {
    (void)data;
    static const FindCase cases[] = {
        {{0}, "1 2 3 4 5 6 7 "},
        {{.group_id = 8}, "7 "},
        {{.group_id = 9}, ""},
        {{.by_state = true, .state = OUTBOX_READY}, "1 7 "},
        {{.by_state = true, .state = OUTBOX_DEFERRED, .group_id = 7}, "4 "},
        {{.to_address = "PERSON5@ekbacka.example"}, "5 "},
        {{.to_address = "person"}, ""},
        {{.in_doubt = true}, "3 "},
        {{.max = 2}, "1 2 "},
    };
    fill(fixture);
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(GString) ids = g_string_new(NULL);
        g_autoptr(GPtrArray) rows = outbox_find(fixture->db, &cases[i].filter, &error);
        g_assert_no_error(error);
        for (guint r = 0; r < rows->len; r++) {
            const OutboxRow *row = g_ptr_array_index(rows, r);
            g_string_append_printf(ids, "%d ", (int)row->id);
            g_assert_cmpint(row->state, ==, row->id <= OUTBOX_STATES ? (int)row->id - 1 : 0);
            g_assert_cmpint(row->held, ==, row->id == 7);
        }
        g_assert_cmpstr(ids->str, ==, cases[i].ids);
    }
}

static void test_show(Fixture *fixture, gconstpointer data) {
    (void)data;
    fill(fixture);
    g_autoptr(OutboxRow) deferred = row_of(fixture, 4);
    g_assert_cmpuint(deferred->tried->len, ==, 2);
    const OutboxAttempt *attempt = g_ptr_array_index(deferred->tried, 0);
    g_assert_cmpint(attempt->smtp_code, ==, 451);
    g_assert_cmpstr(attempt->enhanced, ==, "4.7.1");
    g_assert_cmpstr(attempt->reply, ==, "later");
    g_assert_cmpstr(attempt->relay, ==, "mx.example:25");
    g_assert_cmpint(attempt->at_us, ==, 40);
    g_assert_cmpint(deferred->last->smtp_code, ==, 452);

    g_autoptr(GError) error = NULL;
    g_assert_null(outbox_show(fixture->db, 99, &error));
    g_assert_error(error, VK_ERROR, VK_ERROR_NOT_FOUND);
}

typedef struct {
    OutboxAction action;
    bool again;
    int64_t id;
    int64_t now_us;
    OutboxChange sum;
    GError *error;
} Job;

static bool job_run(DbTx *tx, gpointer data, GError **error) {
    Job *job = data;
    (void)error;
    outbox_change(tx, job->action, job->id, job->again, job->now_us, &job->sum, &job->error);
    return true;
}

/* What becomes of a mail in each state, in the order of OutboxState: its new state, or -1 for a
 * refusal. */
typedef struct {
    OutboxAction action;
    bool again;
    int becomes[OUTBOX_STATES];
} ActionCase;

static void test_actions(Fixture *fixture, gconstpointer data) {
    (void)data;
    static const ActionCase cases[] = {
        {OUTBOX_RETRY, false, {-1, -1, -1, OUTBOX_READY, OUTBOX_READY, -1}},
        {OUTBOX_RETRY, true, {-1, -1, OUTBOX_READY, OUTBOX_READY, OUTBOX_READY, -1}},
        {OUTBOX_HOLD, false, {OUTBOX_READY, -1, -1, OUTBOX_DEFERRED, -1, -1}},
        {OUTBOX_RELEASE, false, {-1, -1, -1, -1, -1, -1}},
        {OUTBOX_CANCEL, false, {OUTBOX_CANCELLED, OUTBOX_LEASED, -1, OUTBOX_CANCELLED, -1, -1}},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        for (int state = 0; state < OUTBOX_STATES; state++) {
            Fixture own;
            fixture_set_up(&own, NULL);
            fill(&own);
            Job job = {.action = cases[i].action,
                       .again = cases[i].again,
                       .id = state + 1,
                       .now_us = NOW_US};
            must_run(&own, job_run, &job);
            int becomes = cases[i].becomes[state];
            g_test_message("action %d of state %d: %s", (int)job.action, state,
                           job.error != NULL ? job.error->message : "done");
            g_autoptr(OutboxRow) row = row_of(&own, state + 1);
            if (becomes < 0) {
                g_assert_error(job.error, VK_ERROR, VK_ERROR_CONFLICT);
                g_clear_error(&job.error);
                g_assert_cmpint(row->state, ==, state);
                g_assert_false(row->cancel);
            } else {
                g_assert_no_error(job.error);
                g_assert_cmpint(row->state, ==, becomes);
                g_assert_cmpint(job.sum.changed + job.sum.leased, ==, 1);
                g_assert_cmpint(row->cancel, ==, state == OUTBOX_LEASED);
                g_assert_cmpint(row->held, ==, job.action == OUTBOX_HOLD);
            }
            fixture_tear_down(&own, NULL);
        }
    }
    (void)fixture;
}

/* A mail that had failed is due at once with its days of trying before it, and those who counted it
 * undeliverable are told. */
static void test_retry(Fixture *fixture, gconstpointer data) {
    (void)data;
    fill(fixture);
    Job job = {.action = OUTBOX_RETRY, .id = 5, .now_us = NOW_US};
    must_run(fixture, job_run, &job);
    g_assert_no_error(job.error);
    g_autoptr(OutboxRow) row = row_of(fixture, 5);
    g_assert_cmpint(row->due_at_us, ==, NOW_US);
    g_assert_cmpint(row->settled_at_us, ==, 0);
    g_assert_cmpint(row->attempts, ==, 0);
    g_assert_cmpuint(row->tried->len, ==, 1); /* nothing that happened is forgotten */
    g_assert_cmpuint(row->notices->len, ==, 1);
    const NoticeRow *notice = g_ptr_array_index(row->notices, 0);
    g_assert_cmpstr(notice->kind, ==, "retried");

    Job late = {.action = OUTBOX_RETRY, .id = 4, .now_us = NOW_US + CLOCK_DAY_US};
    must_run(fixture, job_run, &late);
    g_assert_error(late.error, VK_ERROR, VK_ERROR_CONFLICT);
    g_clear_error(&late.error);
}

typedef struct {
    OutboxAction action;
    OutboxFilter filter;
    OutboxChange sum;
} AllJob;

static bool all_run(DbTx *tx, gpointer data, GError **error) {
    AllJob *job = data;
    return outbox_change_all(tx, job->action, &job->filter, NOW_US, &job->sum, error);
}

static void test_all(Fixture *fixture, gconstpointer data) {
    (void)data;
    fill(fixture);
    AllJob hold = {.action = OUTBOX_HOLD, .filter = {.group_id = 7}};
    must_run(fixture, all_run, &hold);
    g_assert_cmpint(hold.sum.changed, ==, 2); /* ready, deferred */
    g_assert_cmpint(hold.sum.leased, ==, 1);
    g_assert_cmpint(hold.sum.unfit, ==, 3);

    /* A retry of many lets nothing go that is held. */
    AllJob retry = {.action = OUTBOX_RETRY, .filter = {.group_id = 7}};
    must_run(fixture, all_run, &retry);
    g_assert_cmpint(retry.sum.changed, ==, 1); /* failed */
    g_autoptr(OutboxRow) deferred = row_of(fixture, 4);
    g_assert_cmpint(deferred->state, ==, OUTBOX_DEFERRED);
    g_assert_true(deferred->held);

    AllJob release = {.action = OUTBOX_RELEASE};
    must_run(fixture, all_run, &release);
    g_assert_cmpint(release.sum.changed, ==, 3);
    AllJob cancel = {.action = OUTBOX_CANCEL};
    must_run(fixture, all_run, &cancel);
    g_assert_cmpint(cancel.sum.changed, ==, 4);
    g_assert_cmpint(cancel.sum.leased, ==, 1);
}

static void test_stats(Fixture *fixture, gconstpointer data) {
    (void)data;
    g_autoptr(GError) error = NULL;
    OutboxStats stats;
    outbox_stats(fixture->db, NOW_US, &stats, &error);
    g_assert_no_error(error);
    g_assert_cmpint(stats.oldest_due_us, ==, 0);
    fill(fixture);
    outbox_stats(fixture->db, NOW_US, &stats, &error);
    g_assert_no_error(error);
    for (int state = 0; state < OUTBOX_STATES; state++) {
        g_assert_cmpint(stats.messages[state], ==, state == OUTBOX_READY ? 2 : 1);
    }
    g_assert_cmpint(stats.held, ==, 1);
    g_assert_cmpint(stats.in_doubt, ==, 1);
    g_assert_cmpint(stats.oldest_due_us, ==, 10);
    g_assert_cmpint(stats.attempts[DELIVERY_SENT], ==, 0);
    g_assert_cmpint(stats.attempts[DELIVERY_TRANSIENT], ==, 3);
    g_assert_cmpint(stats.attempts[DELIVERY_PERMANENT], ==, 1);
    g_assert_cmpint(stats.notices[NOTICE_RETRIED], ==, 0);
}

static void test_states(void) {
    static const struct {
        const char *text;
        int state;
    } cases[] = {{"ready", OUTBOX_READY},
                 {"väntar", OUTBOX_READY},
                 {"VÄNTAR", OUTBOX_READY},
                 {"failed", OUTBOX_FAILED},
                 {"inställt", OUTBOX_CANCELLED},
                 {"to be retried", OUTBOX_DEFERRED},
                 {"", -1},
                 {"sen", -1}};
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GError) error = NULL;
        OutboxState state = OUTBOX_READY;
        g_assert_cmpint(outbox_state_parse(cases[i].text, &state, &error), ==, cases[i].state >= 0);
        if (cases[i].state >= 0) {
            g_assert_cmpint(state, ==, cases[i].state);
        } else {
            g_assert_error(error, VK_ERROR, VK_ERROR_INPUT);
            g_assert_nonnull(strstr(error->message, "deferred"));
        }
    }
}

#define ADD(path, test)                                                                            \
    g_test_add("/outbox_admin/" path, Fixture, NULL, fixture_set_up, test, fixture_tear_down)

int main(int argc, char **argv) {
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/outbox_admin/states", test_states);
    ADD("find", test_find);
    ADD("show", test_show);
    ADD("actions", test_actions);
    ADD("retry", test_retry);
    ADD("all", test_all);
    ADD("stats", test_stats);
    return g_test_run();
}
