/* What a dead sender has left behind: the notes are entered, and as many messages of each lease are
 * in doubt as may have gone without a note: one, or a few where the machine went down with the
 * sender. */
#include "mailer/recover.h"

#include "base/clock.h"
#include "mailer/journal.h"
#include "tests/unit/mailer/fixture.h"

#include <unistd.h>

enum { MESSAGES = 12 };

static bool lease_write(DbTx *tx, gpointer data, GError **error) {
    const LeaseRequest request = {.owner = 1, .relay = "mx.example:25", .max = MESSAGES};
    return outbox_lease(tx, &request, clock_now_us(), data, error);
}

/* A sender leases all there is, has the relay's answer to the first `answered`, and dies. */
static void die(const Fixture *fixture, guint answered) {
    GPtrArray *leased = NULL;
    must_run(fixture, lease_write, &leased);
    g_assert_cmpuint(leased->len, >=, answered);
    Journal *journal = journal_new(fixture->db_path);
    JournalShare share = {0};
    for (guint i = 0; i < answered; i++) {
        const LeasedMail *mail = g_ptr_array_index(leased, i);
        Note note = {.lease_id = mail->lease_id,
                     .outbox_id = mail->outbox_id,
                     .at_us = clock_now_us(),
                     .delivery = delivery_from_reply(250, 2, 0, 0, "ok")};
        g_assert_true(journal_add(journal, &share, &note));
    }
    journal_free(journal);
    g_ptr_array_unref(leased);
}

static OutboxCounts recover(const Fixture *fixture) {
    g_autoptr(GError) error = NULL;
    recover_sender(fixture->db_path, fixture->writer, &error);
    g_assert_no_error(error);
    OutboxCounts counts;
    outbox_count(fixture->db, clock_now_us(), &counts, &error);
    g_assert_no_error(error);
    g_assert_cmpint(counts.leased, ==, 0);
    return counts;
}

static void test_in_doubt(Fixture *fixture, gconstpointer data) {
    (void)data;
    Fill fill = {.group_id = 1,
                 .count = MESSAGES,
                 .first_link = 100,
                 .expires_at_us = clock_now_us() + CLOCK_DAY_US};
    must_run(fixture, fill_write, &fill);
    die(fixture, 2); /* no sender before it: it may have been the machine */
    OutboxCounts counts = recover(fixture);
    g_assert_cmpint(counts.sent, ==, 2);
    g_assert_cmpint(counts.in_doubt, ==, 1 + JOURNAL_AHEAD);
    die(fixture, 2);
    counts = recover(fixture);
    g_assert_cmpint(counts.sent, ==, 4);
    g_assert_cmpint(counts.in_doubt, ==, 2 + JOURNAL_AHEAD);
    die(fixture, 2);
    g_autofree char *lock_path = g_strconcat(fixture->db_path, "-sender", NULL);
    g_assert_true(g_file_set_contents(lock_path, "another run of the machine", -1, NULL));
    counts = recover(fixture);
    g_assert_cmpint(counts.sent, ==, 6);
    g_assert_cmpint(counts.in_doubt, ==, 3 + 2 * JOURNAL_AHEAD);
    die(fixture, MESSAGES - 6); /* all of it was noted */
    counts = recover(fixture);
    g_assert_cmpint(counts.sent, ==, MESSAGES);
    g_assert_cmpint(counts.in_doubt, ==, 3 + 2 * JOURNAL_AHEAD);
}

static void test_nothing(Fixture *fixture, gconstpointer data) {
    (void)data;
    OutboxCounts counts = recover(fixture);
    g_assert_cmpint(counts.in_doubt, ==, 0);
}

static void test_busy(Fixture *fixture, gconstpointer data) {
    (void)data;
    g_autoptr(GError) error = NULL;
    int lock_fd = -1;
    g_assert_true(recover_lock(fixture->db_path, &lock_fd, &error));
    GPtrArray *leased = NULL;
    Fill fill = {.group_id = 1, .count = 1, .expires_at_us = clock_now_us() + CLOCK_DAY_US};
    must_run(fixture, fill_write, &fill);
    must_run(fixture, lease_write, &leased);
    g_ptr_array_unref(leased);
    g_assert_true(recover_sender(fixture->db_path, fixture->writer, &error));
    OutboxCounts counts;
    g_assert_true(outbox_count(fixture->db, clock_now_us(), &counts, &error));
    g_assert_cmpint(counts.leased, ==, 1); /* that sender's own */
    close(lock_fd);
}

int main(int argc, char **argv) {
    g_test_init(&argc, &argv, NULL);
    fixture_add("/recover/in-doubt", test_in_doubt, NULL);
    fixture_add("/recover/nothing", test_nothing, NULL);
    fixture_add("/recover/busy", test_busy, NULL);
    return g_test_run();
}
