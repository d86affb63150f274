/* The sender with the real templates and a maildir: every message arrives once, in its reader's
 * language, with a link that is that person's own; only one process sends; what a dead process had
 * leased is sent; a dead relay costs nobody an attempt; stopping loses nothing. */
#include "base/clock.h"
#include "base/error.h"
#include "base/token.h"
#include "mailer/recover.h"
#include "mailer/sender.h"
#include "tests/unit/mailer/fixture.h"

#include <gmime/gmime.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { CONNECTIONS = 3 };

static const uint8_t key[KEYRING_KEY_BYTES] = {7};

static const DbQuery q_attempts = {"t.attempts", "SELECT count(*) AS n FROM mail_attempt"};

typedef struct {
    Catalog *catalog;
    Keyring *keyring;
    char *inbox;
    SenderSettings settings;
} Mailer;

/* The relays that the mailer sends to, in place of those it had. */
static void mailer_set_relays(Mailer *mailer, const char *line) {
    const Relay common = {.connections = CONNECTIONS, .transport = {.tls = TLS_OFF}};
    g_autoptr(GError) error = NULL;
    if (mailer->settings.relays != NULL) {
        g_ptr_array_unref((GPtrArray *)(uintptr_t)mailer->settings.relays);
    }
    mailer->settings.relays = relay_list_parse(line, &common, NULL, &error);
    g_assert_no_error(error);
}

static void mailer_set_up(Mailer *mailer, const Fixture *fixture) {
    g_autoptr(GError) error = NULL;
    mailer->catalog = catalog_open(NULL, &error);
    g_assert_no_error(error);
    mailer->keyring = keyring_new(key);
    mailer->inbox = g_build_filename(fixture->folder, "mail", "new", NULL);
    mailer->settings = (SenderSettings){.from_address = "info@ekbacka.example",
                                        .from_name = "Ekbacka kommun",
                                        .base_url = "https://vetkoll.example",
                                        .messages_per_connection = 7};
    g_autofree char *relay = g_strconcat("maildir:", fixture->folder, "/mail", NULL);
    mailer_set_relays(mailer, relay);
}

static void mailer_tear_down(Mailer *mailer) {
    catalog_free(mailer->catalog);
    keyring_free(mailer->keyring);
    g_ptr_array_unref((GPtrArray *)(uintptr_t)mailer->settings.relays);
    g_free(mailer->inbox);
}

static bool drain(const Mailer *mailer, const Fixture *fixture, DeliveryCounts *counts,
                  GError **error) {
    Sender *sender = sender_start(&mailer->settings, fixture->db_path, fixture->writer,
                                  mailer->catalog, mailer->keyring, error);
    return sender != NULL && sender_drain(sender, counts, error);
}

static GPtrArray *read_inbox(const char *folder) {
    GPtrArray *messages = g_ptr_array_new_with_free_func(g_object_unref);
    GDir *dir = g_dir_open(folder, 0, NULL);
    for (const char *name; dir != NULL && (name = g_dir_read_name(dir)) != NULL;) {
        g_autofree char *path = g_build_filename(folder, name, NULL);
        GMimeStream *stream = g_mime_stream_file_open(path, "r", NULL);
        GMimeParser *parser = g_mime_parser_new_with_stream(stream);
        g_ptr_array_add(messages, g_mime_parser_construct_message(parser, NULL));
        g_object_unref(parser);
        g_object_unref(stream);
    }
    if (dir != NULL) {
        g_dir_close(dir);
    }
    return messages;
}

static char *text_of(GMimeMessage *message, int index) {
    GMimeMultipart *body = GMIME_MULTIPART(g_mime_message_get_mime_part(message));
    return g_mime_text_part_get_text(GMIME_TEXT_PART(g_mime_multipart_get_part(body, index)));
}

/* The id that the first link in `text` stands for. */
static int64_t link_of(const Mailer *mailer, const char *text) {
    const char *link = strstr(text, "https://vetkoll.example/k/");
    g_assert_nonnull(link);
    int64_t id = 0;
    g_assert_true(token_read(mailer->keyring, TOKEN_SURVEY,
                             link + strlen("https://vetkoll.example/k/"), TOKEN_CHARS, &id));
    return id;
}

static void assert_mail(const Mailer *mailer, GMimeMessage *message, GHashTable *seen) {
    InternetAddress *to = internet_address_list_get_address(g_mime_message_get_to(message), 0);
    const char *address = internet_address_mailbox_get_addr(INTERNET_ADDRESS_MAILBOX(to));
    g_autofree char *text = text_of(message, 0);
    g_autofree char *html = text_of(message, 1);
    int64_t link_id = link_of(mailer, text);
    g_autofree char *expected = g_strdup_printf("person%d@ekbacka.example", (int)link_id);
    g_assert_cmpstr(address, ==, expected);
    g_assert_cmpint(link_of(mailer, html), ==, link_id);
    g_assert_cmpstr(g_mime_object_get_header(GMIME_OBJECT(message), "Delivered-To"), ==, expected);
    bool swedish = link_id % 2 == 0;
    g_assert_nonnull(strstr(text, swedish ? "Hej Åsa!" : "Hello Åsa,"));
    g_assert_nonnull(strstr(html, swedish ? "Öppna din sida" : "Open your page"));
    static const char *const in_both[] = {"lugn tall", "https://vetkoll.example/verify",
                                          "Ekbacka kommun", "fredag 27 november"};
    for (size_t i = 0; i < G_N_ELEMENTS(in_both); i++) {
        g_assert_nonnull(strstr(text, in_both[i]));
        g_assert_nonnull(strstr(html, in_both[i]));
    }
    g_assert_null(strstr(html, "<img"));
    g_assert_null(strstr(text, "{{"));
    g_assert_null(strstr(html, "{{"));
    g_assert_true(g_hash_table_add(seen, g_strdup(g_mime_message_get_message_id(message))));
}

static void test_every_message_once(Fixture *fixture, gconstpointer data) {
    (void)data;
    Mailer mailer = {0};
    mailer_set_up(&mailer, fixture);
    Fill fill = {.group_id = 1, .count = 60, .first_link = 100, .expires_at_us = INT64_MAX};
    must_run(fixture, fill_write, &fill);
    Fill later = {.group_id = 1,
                  .purpose = "reminder-1",
                  .count = 5,
                  .first_link = 100,
                  .template_name = "mail/reminder",
                  .due_at_us = INT64_MAX / 2,
                  .expires_at_us = INT64_MAX};
    must_run(fixture, fill_write, &later);
    g_autoptr(GError) error = NULL;
    DeliveryCounts counts = {0};
    drain(&mailer, fixture, &counts, &error);
    g_assert_no_error(error);
    g_assert_cmpint(counts.sent, ==, 60);
    drain(&mailer, fixture, &counts, &error);
    g_assert_no_error(error);
    g_assert_cmpint(counts.sent, ==, 0);
    g_autoptr(GPtrArray) messages = read_inbox(mailer.inbox);
    g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g_assert_cmpuint(messages->len, ==, 60);
    for (guint i = 0; i < messages->len; i++) {
        assert_mail(&mailer, g_ptr_array_index(messages, i), seen);
    }
    g_assert_cmpint(query_int(fixture, &q_attempts), ==, 60);
    mailer_tear_down(&mailer);
}

static void test_reminder(Fixture *fixture, gconstpointer data) {
    (void)data;
    Mailer mailer = {0};
    mailer_set_up(&mailer, fixture);
    Fill fill = {.group_id = 1,
                 .purpose = "reminder-1",
                 .template_name = "mail/reminder",
                 .count = 2,
                 .first_link = 100,
                 .expires_at_us = INT64_MAX};
    must_run(fixture, fill_write, &fill);
    DeliveryCounts counts = {0};
    g_assert_true(drain(&mailer, fixture, &counts, NULL));
    g_autoptr(GPtrArray) messages = read_inbox(mailer.inbox);
    g_assert_cmpuint(messages->len, ==, 2);
    for (guint i = 0; i < 2; i++) {
        const char *subject = g_mime_message_get_subject(g_ptr_array_index(messages, i));
        g_assert_true(g_str_has_prefix(subject, "Påminnelse: Mejl som lurar") ||
                      g_str_has_prefix(subject, "Reminder: Mejl som lurar"));
    }
    mailer_tear_down(&mailer);
}

static const DbQuery q_break = {"t.break",
                                "CREATE TRIGGER broken BEFORE UPDATE OF state ON outbox "
                                "WHEN NEW.state = 'sent' BEGIN SELECT RAISE(ABORT, 'broken'); END"};
static const DbQuery q_mend = {"t.mend", "DROP TRIGGER broken"};

static bool run_write(DbTx *tx, gpointer data, GError **error) {
    g_autoptr(DbStmt) stmt = db_tx_query(tx, data, error);
    return stmt != NULL && db_run(stmt, NULL, error);
}

/* What a batch came to reaches the database as soon as that can take it, with nothing else to send;
 * or else the next sender. Nothing goes twice. */
static void test_store_fails(Fixture *fixture, gconstpointer data) {
    bool stops = data != NULL;
    Mailer mailer = {0};
    mailer_set_up(&mailer, fixture);
    Fill fill = {.group_id = 1, .count = 5, .first_link = 100, .expires_at_us = INT64_MAX};
    must_run(fixture, fill_write, &fill);
    must_run(fixture, run_write, (gpointer)(uintptr_t)&q_break);
    g_autoptr(GError) error = NULL;
    Sender *sender = sender_start(&mailer.settings, fixture->db_path, fixture->writer,
                                  mailer.catalog, mailer.keyring, &error);
    g_assert_no_error(error);
    g_usleep(500 * 1000);
    if (stops) {
        sender_stop(sender);
    }
    must_run(fixture, run_write, (gpointer)(uintptr_t)&q_mend);
    OutboxCounts counts = {.leased = 1};
    for (int i = 0; i < 100 && counts.leased > 0 && !stops; i++) {
        g_usleep(100 * 1000);
        outbox_count(fixture->db, clock_now_us(), &counts, &error);
        g_assert_no_error(error);
    }
    if (!stops) {
        g_assert_cmpint(counts.sent, ==, 5);
        sender_stop(sender);
    } else {
        g_assert_true(recover_sender(fixture->db_path, fixture->writer, &error));
        outbox_count(fixture->db, clock_now_us(), &counts, &error);
        g_assert_cmpint(counts.sent + counts.waiting, ==, 5);
        g_assert_cmpint(counts.in_doubt, ==, 0);
    }
    DeliveryCounts delivered = {0};
    drain(&mailer, fixture, &delivered, &error);
    g_autoptr(GPtrArray) messages = read_inbox(mailer.inbox);
    g_assert_cmpuint(messages->len, ==, 5);
    mailer_tear_down(&mailer);
}

static void test_one_sender(Fixture *fixture, gconstpointer data) {
    (void)data;
    Mailer mailer = {0};
    mailer_set_up(&mailer, fixture);
    g_autoptr(GError) error = NULL;
    Sender *sender = sender_start(&mailer.settings, fixture->db_path, fixture->writer,
                                  mailer.catalog, mailer.keyring, &error);
    g_assert_no_error(error);
    DeliveryCounts counts = {0};
    g_assert_false(drain(&mailer, fixture, &counts, &error));
    g_assert_error(error, VK_ERROR, VK_ERROR_BUSY);
    sender_stop(sender);
    mailer_tear_down(&mailer);
}

static void wait_sent(Sender *sender, int64_t count) {
    gint64 give_up_us = g_get_monotonic_time() + 60 * G_USEC_PER_SEC;
    while (sender_counts(sender).sent < count) {
        g_assert_cmpint(g_get_monotonic_time(), <, give_up_us);
        g_usleep(2000);
    }
}

/* Started with nothing to do, woken by work; stopped in the middle, started again. */
static void test_wake_and_stop(Fixture *fixture, gconstpointer data) {
    (void)data;
    Mailer mailer = {0};
    mailer_set_up(&mailer, fixture);
    Fill fill = {.group_id = 1, .count = 200, .first_link = 100, .expires_at_us = INT64_MAX};
    int64_t sent = 0;
    for (int start = 0; sent < 200 && start < 200; start++) {
        g_autoptr(GError) error = NULL;
        Sender *sender = sender_start(&mailer.settings, fixture->db_path, fixture->writer,
                                      mailer.catalog, mailer.keyring, &error);
        g_assert_no_error(error);
        if (start == 0) {
            g_usleep(20000);
            must_run(fixture, fill_write, &fill);
        }
        sender_wake(sender);
        wait_sent(sender, 1);
        sender_stop(sender);
        OutboxCounts counts;
        g_assert_true(outbox_count(fixture->db, 1, &counts, NULL));
        g_assert_cmpint(counts.leased, ==, 0);
        g_assert_cmpint(counts.waiting + counts.sent, ==, 200);
        g_assert_cmpint(counts.in_doubt, ==, 0);
        sent = counts.sent;
    }
    g_autoptr(GPtrArray) messages = read_inbox(mailer.inbox);
    g_assert_cmpuint(messages->len, ==, 200);
    mailer_tear_down(&mailer);
}

static void test_dead_relay(Fixture *fixture, gconstpointer data) {
    (void)data;
    Mailer mailer = {0};
    mailer_set_up(&mailer, fixture);
    mailer_set_relays(&mailer, "smtp://127.0.0.1:1");
    Fill fill = {.group_id = 1, .count = 20, .first_link = 100, .expires_at_us = INT64_MAX};
    must_run(fixture, fill_write, &fill);
    g_autoptr(GError) error = NULL;
    DeliveryCounts counts = {0};
    g_assert_false(drain(&mailer, fixture, &counts, &error));
    g_assert_error(error, VK_ERROR, VK_ERROR_BUSY);
    g_assert_cmpint(query_int(fixture, &q_attempts), ==, 0);
    OutboxCounts left;
    g_assert_true(outbox_count(fixture->db, 1, &left, NULL));
    g_assert_cmpint(left.due, ==, 20);
    mailer_tear_down(&mailer);
}

static const DbQuery q_by_maildir = {
    "t.by_maildir", "SELECT count(*) AS n FROM mail_attempt WHERE relay = 'maildir'"};

/* The first relay does not answer: the second takes all, and nothing counts as an attempt. */
static void test_failover(Fixture *fixture, gconstpointer data) {
    (void)data;
    Mailer mailer = {0};
    mailer_set_up(&mailer, fixture);
    g_autofree char *line =
        g_strconcat("smtp://127.0.0.1:1 maildir:", fixture->folder, "/mail", NULL);
    mailer_set_relays(&mailer, line);
    Fill fill = {.group_id = 1, .count = 50, .first_link = 100, .expires_at_us = INT64_MAX};
    must_run(fixture, fill_write, &fill);
    g_autoptr(GError) error = NULL;
    DeliveryCounts counts = {0};
    g_assert_true(drain(&mailer, fixture, &counts, &error));
    g_assert_no_error(error);
    g_assert_cmpint(counts.sent, ==, 50);
    g_assert_cmpint(query_int(fixture, &q_attempts), ==, 50);
    g_assert_cmpint(query_int(fixture, &q_by_maildir), ==, 50);
    mailer_tear_down(&mailer);
}

/* 600 a minute is ten a second: 15 messages take about a second and a half. */
static void test_rate(Fixture *fixture, gconstpointer data) {
    (void)data;
    Mailer mailer = {0};
    mailer_set_up(&mailer, fixture);
    ((Relay *)g_ptr_array_index(mailer.settings.relays, 0))->per_minute = 600;
    Fill fill = {.group_id = 1, .count = 15, .first_link = 100, .expires_at_us = INT64_MAX};
    must_run(fixture, fill_write, &fill);
    DeliveryCounts counts = {0};
    int64_t begun_us = g_get_monotonic_time();
    g_assert_true(drain(&mailer, fixture, &counts, NULL));
    g_assert_cmpint(counts.sent, ==, 15);
    g_assert_cmpint(g_get_monotonic_time() - begun_us, >=, 1400 * 1000);
    mailer_tear_down(&mailer);
}

static void test_settings(Fixture *fixture, gconstpointer data) {
    (void)data;
    Mailer mailer = {0};
    mailer_set_up(&mailer, fixture);
    SenderSettings wrong[4] = {mailer.settings, mailer.settings, mailer.settings, mailer.settings};
    wrong[0].from_address = "info";
    wrong[1].messages_per_connection = 0;
    wrong[2].domain_rates = "gmail.com";
    wrong[3].reply_to = "a b";
    for (size_t i = 0; i < G_N_ELEMENTS(wrong); i++) {
        g_autoptr(GError) error = NULL;
        g_assert_null(sender_start(&wrong[i], fixture->db_path, fixture->writer, mailer.catalog,
                                   mailer.keyring, &error));
        g_assert_error(error, VK_ERROR, VK_ERROR_INPUT);
    }
    mailer_tear_down(&mailer);
}

/* The child of test_killed: drains the database until it is killed. */
static int drain_as_child(const char *db_path) {
    g_autoptr(GError) error = NULL;
    Fixture fixture = {.db_path = g_strdup(db_path), .folder = g_path_get_dirname(db_path)};
    fixture.writer = writer_open(db_path, &error);
    Mailer mailer = {0};
    mailer_set_up(&mailer, &fixture);
    DeliveryCounts counts = {0};
    return fixture.writer != NULL && drain(&mailer, &fixture, &counts, &error) ? 0 : 1;
}

static guint count_inbox(const char *folder) {
    GDir *dir = g_dir_open(folder, 0, NULL);
    guint count = 0;
    while (dir != NULL && g_dir_read_name(dir) != NULL) {
        count++;
    }
    if (dir != NULL) {
        g_dir_close(dir);
    }
    return count;
}

/* Starts a sender of its own process and kills it when `more` messages have come. True: it ended
 * before. */
static bool kill_one(const Fixture *fixture, const Mailer *mailer, const char *self, guint more) {
    const char *arguments[] = {self, "--drain", fixture->db_path, NULL};
    GPid pid;
    g_autoptr(GError) error = NULL;
    g_spawn_async(NULL, (char **)(uintptr_t)arguments, NULL,
                  G_SPAWN_DO_NOT_REAP_CHILD | G_SPAWN_STDERR_TO_DEV_NULL, NULL, NULL, &pid, &error);
    g_assert_no_error(error);
    guint before = count_inbox(mailer->inbox);
    int status = 0;
    pid_t ended = 0;
    while (ended == 0 && count_inbox(mailer->inbox) < before + more) {
        g_usleep(500);
        ended = waitpid(pid, &status, WNOHANG);
    }
    if (ended == 0) {
        kill(pid, SIGKILL);
        waitpid(pid, &status, 0);
    }
    return ended != 0;
}

enum { KILLED_MESSAGES = 400, KILLS = 12 };

static void test_killed(Fixture *fixture, gconstpointer data) {
    Mailer mailer = {0};
    mailer_set_up(&mailer, fixture);
    Fill fill = {
        .group_id = 1, .count = KILLED_MESSAGES, .first_link = 100, .expires_at_us = INT64_MAX};
    must_run(fixture, fill_write, &fill);
    guint kills = 0;
    while (kills < KILLS &&
           !kill_one(fixture, &mailer, data, 3 + (guint)g_test_rand_int_range(0, 20))) {
        kills++;
    }
    g_assert_cmpuint(kills, >, 5);
    DeliveryCounts counts = {0};
    g_assert_true(drain(&mailer, fixture, &counts, NULL));
    g_autoptr(GPtrArray) messages = read_inbox(mailer.inbox);
    g_autoptr(GHashTable) people = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    for (guint i = 0; i < messages->len; i++) {
        GMimeMessage *message = g_ptr_array_index(messages, i);
        const char *to = g_mime_object_get_header(GMIME_OBJECT(message), "Delivered-To");
        const char *id = g_mime_message_get_message_id(message);
        const char *known = g_hash_table_lookup(people, to);
        g_assert_true(known == NULL || g_str_equal(known, id));
        g_hash_table_insert(people, g_strdup(to), g_strdup(id));
    }
    guint copies = messages->len - KILLED_MESSAGES;
    g_test_message("%u kills, %u messages for %u people, %u copies too many", kills, messages->len,
                   g_hash_table_size(people), copies);
    g_assert_cmpuint(g_hash_table_size(people), ==, KILLED_MESSAGES);
    g_assert_cmpuint(copies, <=,
                     kills * ((const Relay *)mailer.settings.relays->pdata[0])->connections);
    mailer_tear_down(&mailer);
}

static void add(const char *path, void (*test)(Fixture *, gconstpointer), gconstpointer data) {
    g_test_add(path, Fixture, data, fixture_set_up, test, fixture_tear_down);
}

int main(int argc, char **argv) {
    g_mime_init();
    if (argc == 3 && g_str_equal(argv[1], "--drain")) {
        return drain_as_child(argv[2]);
    }
    g_test_init(&argc, &argv, NULL);
    g_log_set_always_fatal(G_LOG_LEVEL_CRITICAL | G_LOG_FATAL_MASK); /* a dead relay is a warning */
    add("/sender/every-message-once", test_every_message_once, NULL);
    add("/sender/reminder", test_reminder, NULL);
    add("/sender/one-sender", test_one_sender, NULL);
    add("/sender/store-fails", test_store_fails, NULL);
    add("/sender/store-fails-at-the-end", test_store_fails, "stops");
    add("/sender/wake-and-stop", test_wake_and_stop, NULL);
    add("/sender/dead-relay", test_dead_relay, NULL);
    add("/sender/failover", test_failover, NULL);
    add("/sender/rate", test_rate, NULL);
    add("/sender/settings", test_settings, NULL);
    add("/sender/killed", test_killed, argv[0]);
    return g_test_run();
}
