/* The outbox's machine: every transition of the table in outbox.c is made and looked at, what is
 * added twice is there once, of a dead sender's lease exactly the first row without a note is in
 * doubt, and a row is never lost: at the end of each case the states add up. */
#include "base/clock.h"
#include "base/error.h"
#include "mailer/pacing.h"
#include "mailer/settle.h"
#include "tests/unit/mailer/fixture.h"

#include <string.h>

#define NOW     (INT64_C(1795500000) * CLOCK_SECOND_US)
#define DUE     (NOW - CLOCK_HOUR_US)
#define EXPIRES (NOW + 10 * CLOCK_DAY_US)

enum { OWNER = 77 };

typedef struct {
    int64_t owner;
    int64_t now_us;
    guint max;
    LeaseGrant grant;
    GPtrArray *leased;
} LeaseJob;

static bool lease_write(DbTx *tx, gpointer data, GError **error) {
    LeaseJob *job = data;
    const LeaseRequest request = {.owner = job->owner != 0 ? job->owner : OWNER,
                                  .relay = "mx.example:25",
                                  .max = job->max,
                                  .grant = job->grant};
    return outbox_lease(tx, &request, job->now_us, &job->leased, error);
}

static GPtrArray *lease_at(const Fixture *fixture, int64_t now_us, guint max) {
    LeaseJob job = {.now_us = now_us, .max = max};
    must_run(fixture, lease_write, &job);
    return job.leased;
}

typedef struct {
    GArray *notes;
    DeliveryCounts counts;
} SettleJob;

static bool settle_write(DbTx *tx, gpointer data, GError **error) {
    SettleJob *job = data;
    return settle_notes(tx, job->notes, &job->counts, error);
}

static Note note_of(const LeasedMail *mail, Delivery delivery, int64_t now_us) {
    return (Note){.lease_id = mail->lease_id,
                  .outbox_id = mail->outbox_id,
                  .at_us = now_us,
                  .delivery = delivery};
}

static DeliveryCounts note(const Fixture *fixture, const LeasedMail *mail, Delivery delivery,
                           int64_t now_us) {
    g_autoptr(GArray) notes = g_array_new(FALSE, FALSE, sizeof(Note));
    Note noted = note_of(mail, delivery, now_us);
    g_array_append_val(notes, noted);
    SettleJob job = {.notes = notes};
    must_run(fixture, settle_write, &job);
    return job.counts;
}

static const DbQuery q_deferred_until = {"t.deferred_until",
                                         "SELECT coalesce(max(due_at_us), 0) AS n FROM outbox "
                                         "WHERE state = 'deferred'"};

/* When the message is tried again, 0 for never. For one message in the outbox. */
static int64_t settle(const Fixture *fixture, const LeasedMail *mail, Delivery delivery,
                      int64_t now_us) {
    note(fixture, mail, delivery, now_us);
    return query_int(fixture, &q_deferred_until);
}

static OutboxCounts counts_at(const Fixture *fixture, int64_t now_us) {
    g_autoptr(GError) error = NULL;
    OutboxCounts counts;
    outbox_count(fixture->db, now_us, &counts, &error);
    g_assert_no_error(error);
    return counts;
}

static void fill(const Fixture *fixture, Fill *fill) {
    fill->due_at_us = fill->due_at_us != 0 ? fill->due_at_us : DUE;
    fill->expires_at_us = fill->expires_at_us != 0 ? fill->expires_at_us : EXPIRES;
    must_run(fixture, fill_write, fill);
}

static void test_add_is_idempotent(Fixture *fixture, gconstpointer data) {
    (void)data;
    Fill first = {.group_id = 1, .count = 5, .first_link = 100};
    Fill again = first;
    again.count = 7;
    fill(fixture, &first);
    fill(fixture, &again);
    g_assert_cmpint(first.mailing_id, ==, again.mailing_id);
    g_assert_cmpint(counts_at(fixture, NOW).due, ==, 7);
}

static bool add_write(DbTx *tx, gpointer data, GError **error) {
    return outbox_add(tx, data, NOW, error);
}

static void test_add_refuses_no_address(Fixture *fixture, gconstpointer data) {
    (void)data;
    static const char *const wrong[] = {
        "",     "x",       "@x.example", "a b@x.example", "a@x.example\r\nBcc: b@x",
        "a@-x", "a@x..se", "<a@x.se>",   "a@[127.0.0.1]", "a,b@x.se"};
    Fill mailing = {.group_id = 1};
    fill(fixture, &mailing);
    for (size_t i = 0; i < G_N_ELEMENTS(wrong); i++) {
        g_autoptr(GError) error = NULL;
        OutboxItem item = {.mailing_id = mailing.mailing_id,
                           .link_id = 1,
                           .to_address = wrong[i],
                           .to_name = "",
                           .greeting_name = "",
                           .due_at_us = DUE,
                           .expires_at_us = EXPIRES};
        g_assert_false(writer_run(fixture->writer, add_write, &item, &error));
        g_assert_error(error, VK_ERROR, VK_ERROR_INPUT);
    }
    g_assert_cmpint(counts_at(fixture, NOW).waiting, ==, 0);
}

typedef struct {
    const char *name;
    Delivery delivery;
    guint times; /* the same outcome again and again, each time when due */
    const char *state;
    guint attempts; /* recorded until the state is final, or after `times` */
} Settling;

static const DbQuery q_state_sent = {"t.sent",
                                     "SELECT count(*) AS n FROM outbox WHERE state = 'sent'"};
static const DbQuery q_state_failed = {"t.failed",
                                       "SELECT count(*) AS n FROM outbox WHERE state = 'failed'"};
static const DbQuery q_state_deferred = {
    "t.deferred", "SELECT count(*) AS n FROM outbox WHERE state = 'deferred'"};
static const DbQuery q_attempts = {"t.attempts", "SELECT count(*) AS n FROM mail_attempt"};
static const DbQuery q_doubts = {"t.doubts",
                                 "SELECT count(*) AS n FROM mail_attempt WHERE class = 'in_doubt'"};
static const DbQuery q_leases = {"t.leases", "SELECT count(*) AS n FROM mail_lease"};

static const Settling settlings[] = {
    {"sent", {.outcome = DELIVERY_SENT, .smtp_code = 250}, 1, "sent", 1},
    {"permanent", {.outcome = DELIVERY_PERMANENT, .smtp_code = 550}, 1, "failed", 1},
    {"transient", {.outcome = DELIVERY_TRANSIENT, .smtp_code = 451}, 3, "deferred", 3},
    {"in-doubt", {.outcome = DELIVERY_IN_DOUBT}, 1, "deferred", 1},
    {"in-doubt-too-often", {.outcome = DELIVERY_IN_DOUBT}, 50, "failed", PACING_UNANSWERED_MAX},
    {"transient-three-days", {.outcome = DELIVERY_TRANSIENT, .smtp_code = 451}, 50, "failed", 0},
};

static void test_settle(Fixture *fixture, gconstpointer data) {
    const Settling *expected = data;
    Fill one = {.group_id = 1, .count = 1, .first_link = 100};
    int64_t now_us = NOW;
    guint settled = 0;
    fill(fixture, &one);
    while (settled < expected->times) {
        g_autoptr(GPtrArray) leased = lease_at(fixture, now_us, 10);
        if (leased->len == 0) {
            break;
        }
        int64_t next_at_us =
            settle(fixture, g_ptr_array_index(leased, 0), expected->delivery, now_us);
        settled++;
        g_assert_true(next_at_us == 0 || next_at_us >= now_us + 4 * CLOCK_MINUTE_US);
        g_autoptr(GPtrArray) early = lease_at(fixture, now_us + CLOCK_MINUTE_US, 10);
        g_assert_cmpuint(early->len, ==, 0);
        now_us = next_at_us != 0 ? next_at_us : now_us + CLOCK_DAY_US;
    }
    g_assert_cmpint(query_int(fixture, &q_state_sent), ==, g_str_equal(expected->state, "sent"));
    g_assert_cmpint(query_int(fixture, &q_state_failed), ==,
                    g_str_equal(expected->state, "failed"));
    g_assert_cmpint(query_int(fixture, &q_state_deferred), ==,
                    g_str_equal(expected->state, "deferred"));
    g_assert_cmpint(query_int(fixture, &q_attempts), ==, settled);
    if (expected->attempts != 0) {
        g_assert_cmpuint(settled, ==, expected->attempts);
    } else {
        g_assert_cmpuint(settled, >, 15); /* 5 min, 10... 4 h through three days */
        g_assert_cmpint(now_us - CLOCK_DAY_US, >, NOW + 2 * CLOCK_DAY_US);
        g_assert_cmpint(now_us - CLOCK_DAY_US, <=, NOW + PACING_GIVE_UP_US);
    }
}

static void test_order_and_due(Fixture *fixture, gconstpointer data) {
    (void)data;
    Fill late = {.group_id = 1, .count = 2, .first_link = 200, .due_at_us = NOW + CLOCK_HOUR_US};
    Fill soon = {.group_id = 1, .count = 3, .first_link = 100};
    fill(fixture, &late);
    fill(fixture, &soon);
    int64_t next_at_us;
    g_assert_true(outbox_next_due(fixture->db, NULL, NULL, &next_at_us, NULL));
    g_assert_cmpint(next_at_us, ==, DUE);
    g_autoptr(GPtrArray) two = lease_at(fixture, NOW, 2);
    g_autoptr(GPtrArray) third = lease_at(fixture, NOW, 10);
    g_assert_cmpuint(two->len, ==, 2);
    g_assert_cmpint(((LeasedMail *)g_ptr_array_index(two, 0))->link_id, ==, 100);
    g_assert_cmpint(((LeasedMail *)g_ptr_array_index(two, 1))->link_id, ==, 101);
    g_assert_cmpint(((LeasedMail *)g_ptr_array_index(two, 1))->locale, ==, LANG_EN);
    g_assert_cmpuint(third->len, ==, 1);
    g_assert_true(outbox_next_due(fixture->db, NULL, NULL, &next_at_us, NULL));
    g_assert_cmpint(next_at_us, ==, NOW + CLOCK_HOUR_US);
}

/* A few messages of a second mailing, and to a second domain, do not wait for a thousand before. */
static void test_turns(Fixture *fixture, gconstpointer data) {
    (void)data;
    Fill many = {.group_id = 1, .count = 300, .first_link = 1000};
    Fill few = {.group_id = 2, .count = 3, .first_link = 2000, .due_at_us = DUE + CLOCK_MINUTE_US};
    fill(fixture, &many);
    fill(fixture, &few);
    OutboxItem elsewhere = {.mailing_id = many.mailing_id,
                            .link_id = 3000,
                            .to_address = "a@ELSEWHERE.example",
                            .to_name = "",
                            .greeting_name = "",
                            .due_at_us = DUE + CLOCK_MINUTE_US,
                            .expires_at_us = EXPIRES};
    must_run(fixture, add_write, &elsewhere);
    g_autoptr(GPtrArray) leased = lease_at(fixture, NOW, 20);
    g_assert_cmpuint(leased->len, ==, 20);
    guint later = 0;
    for (guint i = 0; i < leased->len; i++) {
        const LeasedMail *mail = g_ptr_array_index(leased, i);
        later += mail->link_id >= 2000;
        g_assert_true(mail->link_id < 2000 || i < 9); /* one in three while they last */
    }
    g_assert_cmpuint(later, ==, 4);
}

static guint grant_none_to_example(gpointer data, const char *domain, guint want) {
    (void)data;
    return g_str_equal(domain, "elsewhere.example") ? want : 0;
}

static int64_t ready_tomorrow(gpointer data, const char *domain) {
    (void)data;
    return g_str_equal(domain, "elsewhere.example") ? 0 : NOW + CLOCK_DAY_US;
}

/* A domain whose rate is used up is passed by, and does not make the sender look again at once. */
static void test_throttled_domain(Fixture *fixture, gconstpointer data) {
    (void)data;
    Fill many = {.group_id = 1, .count = 30, .first_link = 1000};
    fill(fixture, &many);
    OutboxItem elsewhere = {.mailing_id = many.mailing_id,
                            .link_id = 3000,
                            .to_address = "a@elsewhere.example",
                            .to_name = "",
                            .greeting_name = "",
                            .due_at_us = DUE + CLOCK_MINUTE_US,
                            .expires_at_us = EXPIRES};
    must_run(fixture, add_write, &elsewhere);
    int64_t next_at_us;
    g_assert_true(outbox_next_due(fixture->db, ready_tomorrow, NULL, &next_at_us, NULL));
    g_assert_cmpint(next_at_us, ==, DUE + CLOCK_MINUTE_US);
    LeaseJob job = {.now_us = NOW, .max = 100, .grant = grant_none_to_example};
    must_run(fixture, lease_write, &job);
    g_autoptr(GPtrArray) leased = job.leased;
    g_assert_cmpuint(leased->len, ==, 1);
    g_assert_cmpint(((LeasedMail *)g_ptr_array_index(leased, 0))->link_id, ==, 3000);
    g_assert_true(outbox_next_due(fixture->db, ready_tomorrow, NULL, &next_at_us, NULL));
    g_assert_cmpint(next_at_us, ==, NOW + CLOCK_DAY_US);
}

static void test_expired_fails_unsent(Fixture *fixture, gconstpointer data) {
    (void)data;
    Fill some = {.group_id = 1, .count = 3, .first_link = 100, .expires_at_us = NOW};
    fill(fixture, &some);
    g_autoptr(GPtrArray) leased = lease_at(fixture, NOW, 10);
    g_assert_cmpuint(leased->len, ==, 0);
    g_assert_cmpint(counts_at(fixture, NOW).failed, ==, 3);
    int64_t next_at_us;
    g_assert_true(outbox_next_due(fixture->db, NULL, NULL, &next_at_us, NULL));
    g_assert_cmpint(next_at_us, ==, INT64_MAX);
}

static bool hold_write(DbTx *tx, gpointer data, GError **error) {
    return mailing_hold(tx, 1, data != NULL, error);
}

static void test_hold(Fixture *fixture, gconstpointer data) {
    (void)data;
    Fill held = {.group_id = 1, .count = 2, .first_link = 100};
    Fill other = {.group_id = 2, .count = 1, .first_link = 300};
    fill(fixture, &held);
    must_run(fixture, hold_write, fixture);
    Fill reminder = {.group_id = 1, .purpose = "reminder-1", .count = 1, .first_link = 100};
    fill(fixture, &reminder); /* held from the start */
    fill(fixture, &other);
    g_assert_cmpint(counts_at(fixture, NOW).due, ==, 1);
    g_autoptr(GPtrArray) leased = lease_at(fixture, NOW, 10);
    g_assert_cmpuint(leased->len, ==, 1);
    g_assert_cmpint(((LeasedMail *)g_ptr_array_index(leased, 0))->link_id, ==, 300);
    must_run(fixture, hold_write, NULL);
    g_autoptr(GPtrArray) resumed = lease_at(fixture, NOW, 10);
    g_assert_cmpuint(resumed->len, ==, 3);
}

typedef struct {
    int64_t link_id;
    const char *prefix;
} CancelJob;

static bool cancel_write(DbTx *tx, gpointer data, GError **error) {
    const CancelJob *job = data;
    return outbox_cancel_link(tx, job->link_id, job->prefix, NOW, error);
}

static void test_cancel(Fixture *fixture, gconstpointer data) {
    (void)data;
    Fill invitation = {.group_id = 1, .count = 1, .first_link = 100};
    Fill reminder = {.group_id = 1, .purpose = "reminder-1", .count = 2, .first_link = 100};
    fill(fixture, &invitation);
    fill(fixture, &reminder);
    must_run(fixture, cancel_write, &(CancelJob){100, "reminder"});
    g_assert_cmpint(counts_at(fixture, NOW).cancelled, ==, 1);
    g_assert_cmpint(counts_at(fixture, NOW).due, ==, 2);
    must_run(fixture, cancel_write, &(CancelJob){100, ""});
    g_assert_cmpint(counts_at(fixture, NOW).cancelled, ==, 2);
}

/* A cancel that comes while the row is leased is obeyed unless the message was sent. */
static void test_cancel_leased(Fixture *fixture, gconstpointer data) {
    (void)data;
    Fill some = {.group_id = 1, .count = 2, .first_link = 100};
    fill(fixture, &some);
    g_autoptr(GPtrArray) leased = lease_at(fixture, NOW, 10);
    must_run(fixture, cancel_write, &(CancelJob){100, ""});
    must_run(fixture, cancel_write, &(CancelJob){101, ""});
    g_assert_cmpint(counts_at(fixture, NOW).leased, ==, 2);
    settle(fixture, g_ptr_array_index(leased, 0), delivery_from_reply(250, 2, 0, 0, "ok"), NOW);
    settle(fixture, g_ptr_array_index(leased, 1), delivery_from_reply(451, 4, 7, 1, "later"), NOW);
    OutboxCounts counts = counts_at(fixture, NOW);
    g_assert_cmpint(counts.sent, ==, 1);
    g_assert_cmpint(counts.cancelled, ==, 1);
}

typedef struct {
    const LeasedMail *mail;
    GArray *notes;
    DeliveryCounts counts;
} ReleaseJob;

static bool release_write(DbTx *tx, gpointer data, GError **error) {
    ReleaseJob *job = data;
    return outbox_release(tx, job->mail->lease_id, job->notes, NOW, &job->counts, error);
}

static void test_release(Fixture *fixture, gconstpointer data) {
    (void)data;
    Fill some = {.group_id = 1, .count = 5, .first_link = 100};
    fill(fixture, &some);
    g_autoptr(GPtrArray) leased = lease_at(fixture, NOW, 10);
    g_autoptr(GArray) notes = g_array_new(FALSE, FALSE, sizeof(Note));
    Note sent = note_of(g_ptr_array_index(leased, 0), delivery_from_reply(250, 2, 0, 0, "ok"), NOW);
    g_array_append_val(notes, sent);
    ReleaseJob job = {.mail = g_ptr_array_index(leased, 1), .notes = notes};
    must_run(fixture, release_write, &job);
    g_assert_cmpint(job.counts.sent, ==, 1);
    g_assert_cmpint(counts_at(fixture, NOW).due, ==, 4);
    g_assert_cmpint(query_int(fixture, &q_attempts), ==, 1);
    g_assert_cmpint(query_int(fixture, &q_leases), ==, 0);
}

typedef struct {
    int64_t owner;
    GArray *notes;
    int64_t in_doubt;
} TakeOver;

static bool take_over_write(DbTx *tx, gpointer data, GError **error) {
    TakeOver *job = data;
    return outbox_end_leases(tx, job->owner, job->notes, 1, NOW + CLOCK_MINUTE_US, &job->in_doubt,
                             error);
}

/* Three batches of a dead process: one untouched, one with two noted, one all noted. Some of the
 * notes were settled before it died, and are there still. */
static void test_dead_owner(Fixture *fixture, gconstpointer data) {
    (void)data;
    Fill some = {.group_id = 1, .count = 12, .first_link = 100};
    fill(fixture, &some);
    g_autoptr(GPtrArray) untouched = lease_at(fixture, NOW, 4);
    g_autoptr(GPtrArray) begun = lease_at(fixture, NOW, 4);
    g_autoptr(GPtrArray) done = lease_at(fixture, NOW, 4);
    g_autoptr(GArray) notes = g_array_new(FALSE, FALSE, sizeof(Note));
    Delivery sent = delivery_from_reply(250, 2, 0, 0, "ok");
    for (guint i = 0; i < 6; i++) {
        const LeasedMail *mail = g_ptr_array_index(i < 2 ? begun : done, i < 2 ? i : i - 2);
        Note noted = note_of(mail, sent, NOW);
        g_array_append_val(notes, noted);
        if (i % 2 == 0) {
            note(fixture, mail, sent, NOW);
        }
    }
    TakeOver ours = {.owner = OWNER, .notes = g_array_new(FALSE, FALSE, sizeof(Note))};
    must_run(fixture, take_over_write, &ours);
    g_array_unref(ours.notes);
    g_assert_cmpint(ours.in_doubt, ==, 0);
    g_assert_cmpint(counts_at(fixture, NOW).leased, ==, 9);
    TakeOver next = {.owner = OWNER + 1, .notes = notes};
    must_run(fixture, take_over_write, &next);
    g_assert_cmpint(next.in_doubt, ==, 2);
    g_assert_cmpint(query_int(fixture, &q_doubts), ==, 2);
    g_assert_cmpint(query_int(fixture, &q_leases), ==, 0);
    g_assert_cmpint(query_int(fixture, &q_attempts), ==, 8);
    OutboxCounts counts = counts_at(fixture, NOW);
    g_assert_cmpint(counts.due, ==, 6);
    g_assert_cmpint(counts.sent, ==, 6);
    g_assert_cmpint(counts.in_doubt, ==, 2);
    /* The late answer of the dead changes nothing any more. */
    DeliveryCounts late = note(fixture, g_ptr_array_index(begun, 2), sent, NOW);
    g_assert_cmpint(late.sent, ==, 0);
    g_assert_cmpint(query_int(fixture, &q_attempts), ==, 8);
}

int main(int argc, char **argv) {
    g_test_init(&argc, &argv, NULL);
    fixture_add("/outbox/add-is-idempotent", test_add_is_idempotent, NULL);
    fixture_add("/outbox/add-refuses-no-address", test_add_refuses_no_address, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(settlings); i++) {
        g_autofree char *path = g_strconcat("/outbox/settle/", settlings[i].name, NULL);
        fixture_add(path, test_settle, &settlings[i]);
    }
    fixture_add("/outbox/order-and-due", test_order_and_due, NULL);
    fixture_add("/outbox/turns", test_turns, NULL);
    fixture_add("/outbox/throttled-domain", test_throttled_domain, NULL);
    fixture_add("/outbox/expired-fails-unsent", test_expired_fails_unsent, NULL);
    fixture_add("/outbox/hold", test_hold, NULL);
    fixture_add("/outbox/cancel", test_cancel, NULL);
    fixture_add("/outbox/cancel-leased", test_cancel_leased, NULL);
    fixture_add("/outbox/release", test_release, NULL);
    fixture_add("/outbox/dead-owner", test_dead_owner, NULL);
    return g_test_run();
}
