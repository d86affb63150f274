/* What a mail that came back does: matched by its return path or Message-ID it is proven and has
 * its effect; matched by an address alone, or forged, it has none but to be seen; read again, from
 * wherever, it does nothing. */
#include "mailer/received.h"

#include "base/clock.h"
#include "mailer/mailbox.h"
#include "mailer/message.h"
#include "mailer/notice.h"
#include "mailer/verp.h"
#include "tests/unit/mailer/fixture.h"

#include <string.h>

#define RETURN_PATH "studs@ekbacka.example"
#define FROM        "sakerhet@ekbacka.example"

static const uint8_t key_bytes[KEYRING_KEY_BYTES] = {7};
static const uint8_t foreign_bytes[KEYRING_KEY_BYTES] = {8};

typedef struct {
    Fixture base;
    Keyring *keyring;
} Post;

/* Three messages, sent: rows 1, 2, 3 to person1@, person2@, person3@ekbacka.example. */
static void set_up(Post *post, gconstpointer data) {
    fixture_set_up(&post->base, data);
    post->keyring = keyring_new(key_bytes);
    Fill fill = {.group_id = 1, .count = 3, .first_link = 1, .expires_at_us = INT64_MAX};
    must_run(&post->base, fill_write, &fill);
}

static void tear_down(Post *post, gconstpointer data) {
    keyring_free(post->keyring);
    fixture_tear_down(&post->base, data);
}

static bool send_all_write(DbTx *tx, gpointer data, GError **error) {
    static const DbQuery q_sent = {"test.sent", "UPDATE outbox SET state = 'sent', attempts = 1, "
                                                "settled_at_us = $1, created_at_us = $1"};
    g_autoptr(DbStmt) sent = db_tx_query(tx, &q_sent, error);
    db_bind_int(sent, 1, *(const int64_t *)data);
    return db_run(sent, NULL, error);
}

static void send_all(Post *post, int64_t at_us) {
    must_run(&post->base, send_all_write, &at_us);
}

/* A delivery report as Postfix writes it. */
typedef struct {
    const char *to;      /* where it was sent: a return path of ours, or not */
    const char *failed;  /* the address */
    const char *status;  /* "5.1.1" */
    const char *text;    /* "550 5.1.1 <x>: unknown user" */
    const char *message; /* the original's Message-ID, NULL for none */
} Report;

static char *report_make(const Report *r) {
    g_autofree char *original =
        r->message != NULL ? g_strdup_printf("Message-ID: <%s>\n", r->message) : g_strdup("");
    return g_strdup_printf(
        "Return-Path: <>\nDelivered-To: %s\nFrom: MAILER-DAEMON@mx.example\nTo: %s\n"
        "Subject: Undelivered Mail Returned to Sender\nAuto-Submitted: auto-replied\n"
        "MIME-Version: 1.0\nContent-Type: multipart/report; report-type=delivery-status;\n"
        " boundary=\"b\"\n\n--b\nContent-Type: text/plain\n\nYour message to <%s> could not be "
        "delivered.\n\n--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; "
        "mx.example\n\nFinal-Recipient: rfc822; %s\nAction: failed\nStatus: %s\n"
        "Diagnostic-Code: smtp; %s\n\n--b\nContent-Type: text/rfc822-headers\n\n"
        "From: " FROM "\n%s\n--b--\n",
        r->to, r->to, r->failed, r->failed, r->status, r->text, original);
}

/* Takes a mail; what came of it. */
static MailboxCounts take(Post *post, const char *text, bool *out_known) {
    const MailboxSettings settings = {.return_path = RETURN_PATH, .from_address = FROM};
    MailboxCounts counts = {0};
    g_autoptr(GError) error = NULL;
    bool done = mailbox_take(&settings, post->base.writer, post->keyring, text, strlen(text),
                             &counts, out_known, &error);
    g_assert_no_error(error);
    g_assert_true(done);
    return counts;
}

static GPtrArray *notices(Post *post) {
    g_autoptr(GError) error = NULL;
    GPtrArray *rows = notice_list(post->base.db, &(NoticeFilter){.max = 100}, &error);
    g_assert_no_error(error);
    return rows;
}

/* The only notice. */
static void assert_notice(Post *post, int64_t outbox_id, const char *kind, const char *source) {
    g_autoptr(GPtrArray) rows = notices(post);
    g_assert_cmpuint(rows->len, ==, 1);
    const NoticeRow *row = g_ptr_array_index(rows, 0);
    g_test_message("%" G_GINT64_FORMAT " %s %s %s", row->outbox_id, row->kind, row->source,
                   row->text);
    g_assert_cmpint(row->outbox_id, ==, outbox_id);
    g_assert_cmpstr(row->kind, ==, kind);
    g_assert_cmpstr(row->source, ==, source);
}

static void test_return_path(Post *post, gconstpointer data) {
    (void)data;
    send_all(post, clock_now_us());
    g_autofree char *path = verp_make(post->keyring, RETURN_PATH, 2);
    g_autofree char *text = report_make(&(Report){.to = path,
                                                  .failed = "person2@ekbacka.example",
                                                  .status = "5.1.1",
                                                  .text = "550 5.1.1 unknown user"});
    bool known = false;
    MailboxCounts counts = take(post, text, &known);
    g_assert_true(known);
    g_assert_cmpint(counts.hard, ==, 1);
    assert_notice(post, 2, "undeliverable", "bounce");
    counts = take(post, text, &known); /* again */
    g_assert_true(known);
    g_assert_cmpint(counts.repeated, ==, 1);
    g_assert_cmpint(counts.read, ==, 0);
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    g_autofree char *crlf = g_strjoinv("\r\n", lines);
    g_assert_cmpint(take(post, crlf, &known).repeated, ==, 1); /* as IMAP gives it */
    assert_notice(post, 2, "undeliverable", "bounce");
}

/* The message went on to another address: it is ours all the same. */
static void test_forwarded(Post *post, gconstpointer data) {
    (void)data;
    send_all(post, clock_now_us());
    g_autofree char *path = verp_make(post->keyring, RETURN_PATH, 3);
    g_autofree char *text = report_make(&(Report){.to = path,
                                                  .failed = "p3@annan.example",
                                                  .status = "5.1.1",
                                                  .text = "550 5.1.1 unknown user"});
    bool known = false;
    take(post, text, &known);
    g_assert_true(known);
    assert_notice(post, 3, "undeliverable", "bounce");
}

static void test_message_id(Post *post, gconstpointer data) {
    (void)data;
    send_all(post, clock_now_us());
    g_autofree char *id = message_id_make(post->keyring, 1, 1, FROM);
    g_autofree char *text = report_make(&(Report){.to = RETURN_PATH,
                                                  .failed = "Person1@Ekbacka.example",
                                                  .status = "5.1.1",
                                                  .text = "550 5.1.1 unknown user",
                                                  .message = id});
    bool known = false;
    g_assert_cmpint(take(post, text, &known).hard, ==, 1);
    g_assert_true(known);
    assert_notice(post, 1, "undeliverable", "bounce");
}

static void test_soft(Post *post, gconstpointer data) {
    (void)data;
    send_all(post, clock_now_us());
    g_autofree char *path = verp_make(post->keyring, RETURN_PATH, 1);
    g_autofree char *text = report_make(&(Report){.to = path,
                                                  .failed = "person1@ekbacka.example",
                                                  .status = "5.2.2",
                                                  .text = "552 5.2.2 mailbox full"});
    bool known = false;
    g_assert_cmpint(take(post, text, &known).soft, ==, 1);
    g_assert_true(known);
    assert_notice(post, 1, "soft", "bounce");
}

/* Each of these anyone could have written: at most somebody looks at it. */
static void test_forged(Post *post, gconstpointer data) {
    (void)data;
    g_autoptr(Keyring) foreign = keyring_new(foreign_bytes);
    g_autofree char *wrong_path = verp_make(foreign, RETURN_PATH, 2);
    g_autofree char *wrong_id = message_id_make(foreign, 2, 2, FROM);
    g_autofree char *missing = verp_make(post->keyring, RETURN_PATH, 4711);
    const Report reports[] = {
        {.to = RETURN_PATH},
        {.to = wrong_path},
        {.to = missing},
        {.to = "studs+2@ekbacka.example"},
        {.to = RETURN_PATH, .message = wrong_id},
    };
    send_all(post, clock_now_us());
    for (guint i = 0; i < G_N_ELEMENTS(reports); i++) {
        Report report = reports[i];
        report.failed = "person2@ekbacka.example";
        report.status = "5.1.1";
        report.text = "550 5.1.1 unknown user";
        g_autofree char *text = report_make(&report);
        bool known = true;
        g_assert_cmpint(take(post, text, &known).unknown, ==, 1);
        g_assert_false(known);
    }
    g_autoptr(GPtrArray) rows = notices(post);
    g_assert_cmpuint(rows->len, ==, G_N_ELEMENTS(reports));
    for (guint i = 0; i < rows->len; i++) {
        const NoticeRow *row = g_ptr_array_index(rows, i);
        g_assert_cmpstr(row->kind, ==, "soft");
        g_assert_cmpstr(row->source, ==, "address");
    }
}

/* An address alone says nothing of a message of long ago, nor of one not begun. */
static void test_address_of_nothing_recent(Post *post, gconstpointer data) {
    (void)data;
    const Report report = {.to = RETURN_PATH,
                           .failed = "person2@ekbacka.example",
                           .status = "5.1.1",
                           .text = "550 5.1.1 unknown user"};
    g_autofree char *text = report_make(&report);
    g_autofree char *later = g_strconcat("X-Later: 1\n", text, NULL);
    bool known = true;
    take(post, text, &known);
    g_assert_false(known);
    send_all(post, clock_now_us() - 60 * CLOCK_DAY_US);
    take(post, later, &known);
    g_assert_false(known);
    g_autoptr(GPtrArray) rows = notices(post);
    g_assert_cmpuint(rows->len, ==, 0);
}

static void test_absent(Post *post, gconstpointer data) {
    (void)data;
    send_all(post, clock_now_us());
    g_autofree char *path = verp_make(post->keyring, RETURN_PATH, 2);
    g_autoptr(GDateTime) now = clock_local(clock_now_us());
    g_autoptr(GDateTime) back = g_date_time_add_days(now, 20);
    g_autofree char *date = g_date_time_format(back, "%Y-%m-%d");
    g_autofree char *text = g_strdup_printf(
        "Delivered-To: %s\nFrom: person2@ekbacka.example\nTo: %s\nSubject: Frånvaro: Re: prov\n"
        "Auto-Submitted: auto-replied\nContent-Type: text/plain; charset=utf-8\n"
        "Content-Transfer-Encoding: 8bit\n\nJag är sjukskriven och åter den %s.\n",
        path, path, date);
    bool known = false;
    g_assert_cmpint(take(post, text, &known).absent, ==, 1);
    g_assert_true(known);
    g_autoptr(GPtrArray) rows = notices(post);
    g_assert_cmpuint(rows->len, ==, 1);
    const NoticeRow *row = g_ptr_array_index(rows, 0);
    g_autofree char *until = clock_format_date(row->until_us);
    g_assert_cmpstr(row->kind, ==, "absent");
    g_assert_cmpstr(until, ==, date);
    g_assert_null(strstr(row->text, "sjuk")); /* why is not ours to keep */
}

/* What a person writes is for a person to read, be it to a return path of ours. */
static void test_person(Post *post, gconstpointer data) {
    (void)data;
    send_all(post, clock_now_us());
    g_autofree char *path = verp_make(post->keyring, RETURN_PATH, 2);
    g_autofree char *text =
        g_strdup_printf("Delivered-To: %s\nFrom: person2@ekbacka.example\nTo: %s\n"
                        "Subject: Re: prov\n\nHej, vad gäller det här?\n",
                        path, path);
    bool known = true;
    g_assert_cmpint(take(post, text, &known).unknown, ==, 1);
    g_assert_false(known);
    g_autoptr(GPtrArray) rows = notices(post);
    g_assert_cmpuint(rows->len, ==, 0);
}

/* No bytes stop it, and each mail is there once. */
static void test_anything(Post *post, gconstpointer data) {
    (void)data;
    g_autofree char *large = g_malloc(3 * RECEIVED_BYTES_MAX);
    memset(large, 'x', 3 * RECEIVED_BYTES_MAX);
    const struct {
        const char *bytes;
        gsize size;
    } mails[] = {{"", 0}, {"\0\0\0", 3}, {"\r\n\r\n", 4}, {large, 3 * RECEIVED_BYTES_MAX}};
    const MailboxSettings settings = {.return_path = RETURN_PATH, .from_address = FROM};
    MailboxCounts counts = {0};
    for (guint i = 0; i < 2 * G_N_ELEMENTS(mails); i++) {
        g_autoptr(GError) error = NULL;
        bool known = true;
        mailbox_take(&settings, post->base.writer, post->keyring, mails[i / 2].bytes,
                     mails[i / 2].size, &counts, &known, &error);
        g_assert_no_error(error);
        g_assert_false(known);
    }
    g_assert_cmpint(counts.unknown, ==, G_N_ELEMENTS(mails));
    g_assert_cmpint(counts.repeated, ==, G_N_ELEMENTS(mails));
    ReceivedCounts all = {0};
    g_autoptr(GError) error = NULL;
    g_assert_true(received_count(post->base.db, &all, &error));
    g_assert_cmpint(all.read, ==, G_N_ELEMENTS(mails));
    g_assert_cmpint(all.unknown, ==, G_N_ELEMENTS(mails));
}

typedef struct {
    const ReceivedKey *key;
    const ReceivedMail *mail;
    ReceivedPlace place;
    ReceivedOutcome outcome;
} Placed;

static bool placed_write(DbTx *tx, gpointer data, GError **error) {
    Placed *placed = data;
    return received_store(tx, placed->key, placed->mail, &placed->place, 5, &placed->outcome,
                          error);
}

/* Two readers at once, a mailbox that was renumbered, a copy: once is all. */
static void test_places(Post *post, gconstpointer data) {
    (void)data;
    send_all(post, clock_now_us());
    g_autofree char *path = verp_make(post->keyring, RETURN_PATH, 2);
    g_autofree char *text = report_make(&(Report){.to = path,
                                                  .failed = "person2@ekbacka.example",
                                                  .status = "5.1.1",
                                                  .text = "550 5.1.1 unknown user"});
    g_autoptr(ReceivedMail) mail = received_parse(text, strlen(text), clock_now_us());
    const ReceivedKey key = {post->keyring, RETURN_PATH, FROM};
    const ReceivedPlace places[] = {
        {"m", 1, 7}, {"m", 1, 7}, {"m", 1, 8}, {"m", 2, 7}, {"n", 1, 7}};
    for (guint i = 0; i < G_N_ELEMENTS(places); i++) {
        Placed placed = {.key = &key, .mail = mail, .place = places[i]};
        bool found = false;
        bool known = false;
        g_autoptr(GError) error = NULL;
        must_run(&post->base, placed_write, &placed);
        g_assert_true(placed.outcome.repeated == (i > 0));
        g_assert_true(placed.outcome.known);
        g_assert_true(received_find(post->base.db, &places[i], &found, &known, &error));
        g_assert_true(found && known);
    }
    assert_notice(post, 2, "undeliverable", "bounce");
}

int main(int argc, char **argv) {
    g_test_init(&argc, &argv, NULL);
#define ADD(name, test) g_test_add("/received/" name, Post, NULL, set_up, test, tear_down)
    ADD("return-path", test_return_path);
    ADD("forwarded", test_forwarded);
    ADD("message-id", test_message_id);
    ADD("soft", test_soft);
    ADD("forged", test_forged);
    ADD("address-of-nothing-recent", test_address_of_nothing_recent);
    ADD("absent", test_absent);
    ADD("person", test_person);
    ADD("anything", test_anything);
    ADD("places", test_places);
    return g_test_run();
}
