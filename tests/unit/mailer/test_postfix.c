/* The sender against a real Postfix (tests/integration/postfix.sh): 2,000 personal messages over
 * verified TLS, none lost, none twice, each with its own person's link; refused people do not stop
 * the others; a certificate for somebody else, or from an unknown authority, gets no mail; killed
 * again and again, nobody is left out and no more than one copy a connection and kill comes too
 * many. Skipped without root or Postfix. */
#include "base/error.h"
#include "base/token.h"
#include "mailer/sender.h"
#include "tests/unit/mailer/fixture.h"

#include <arpa/inet.h>
#include <gmime/gmime.h>
#include <netinet/in.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static const uint8_t key[KEYRING_KEY_BYTES] = {7};

typedef struct {
    Fixture fixture;
    char *script;
    char *mta; /* Postfix's folder */
    char *inbox;
    char *relay;
    char *ca_file;
    Catalog *catalog;
    Keyring *keyring;
    GPtrArray *relays;
    SenderSettings settings;
} Place;

enum { CONNECTIONS = 4 };

static guint free_port(void) {
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    g_assert_cmpint(bind(fd, (struct sockaddr *)&address, size), ==, 0);
    getsockname(fd, (struct sockaddr *)&address, &size);
    close(fd);
    return ntohs(address.sin_port);
}

static void postfix(const Place *place, const char *verb, const char *argument,
                    const char *option) {
    const char *arguments[] = {place->script, verb, place->mta, argument, option, NULL};
    g_autoptr(GError) error = NULL;
    int status = 0;
    g_spawn_sync(NULL, (char **)(uintptr_t)arguments, NULL, G_SPAWN_STDOUT_TO_DEV_NULL, NULL, NULL,
                 NULL, NULL, &status, &error);
    g_assert_no_error(error);
    g_assert_cmpint(status, ==, 0);
}

static void place_set_relay(Place *place, const char *relay, TlsPolicy tls, const char *ca_file,
                            guint connections) {
    const Relay common = {.connections = connections,
                          .transport = {.tls = tls, .ca_file = ca_file}};
    g_autoptr(GError) error = NULL;
    g_clear_pointer(&place->relays, g_ptr_array_unref);
    place->relays = relay_list_parse(relay, &common, NULL, &error);
    g_assert_no_error(error);
    place->settings.relays = place->relays;
}

static void place_open_mailer(Place *place) {
    g_autoptr(GError) error = NULL;
    place->catalog = catalog_open(NULL, &error);
    g_assert_no_error(error);
    place->keyring = keyring_new(key);
    place->settings = (SenderSettings){.from_address = "info@ekbacka.example",
                                       .from_name = "Ekbacka kommun",
                                       .base_url = "https://vetkoll.example",
                                       .messages_per_connection = 200,
                                       .quiet = true};
    place_set_relay(place, place->relay, TLS_REQUIRED, place->ca_file, CONNECTIONS);
}

static void place_set_up(Place *place, gconstpointer data) {
    fixture_set_up(&place->fixture, data);
    g_assert_cmpint(chmod(place->fixture.folder, 0755), ==, 0);
    place->script =
        g_build_filename(g_getenv("VETKOLL_SOURCE_DIR"), "tests/integration/postfix.sh", NULL);
    place->mta = g_build_filename(place->fixture.folder, "postfix", NULL);
    place->inbox = g_build_filename(place->mta, "mail", "new", NULL);
    guint port = free_port();
    place->relay = g_strdup_printf("smtp://localhost:%u", port);
    place->ca_file = g_build_filename(place->mta, "tls", "ca.pem", NULL);
    g_autofree char *number = g_strdup_printf("%u", port);
    postfix(place, "start", number, "tls");
    place_open_mailer(place);
}

static void place_tear_down(Place *place, gconstpointer data) {
    postfix(place, "stop", NULL, NULL);
    g_ptr_array_unref(place->relays);
    catalog_free(place->catalog);
    keyring_free(place->keyring);
    g_free(place->script);
    g_free(place->mta);
    g_free(place->inbox);
    g_free(place->relay);
    g_free(place->ca_file);
    fixture_tear_down(&place->fixture, data);
}

static bool drain(const Place *place, DeliveryCounts *counts, GError **error) {
    Sender *sender = sender_start(&place->settings, place->fixture.db_path, place->fixture.writer,
                                  place->catalog, place->keyring, error);
    return sender != NULL && sender_drain(sender, counts, error);
}

static void wait_delivered(const Place *place, guint count) {
    g_autofree char *number = g_strdup_printf("%u", count);
    postfix(place, "wait", number, NULL);
}

static GMimeMessage *read_message(const char *path) {
    GMimeStream *stream = g_mime_stream_file_open(path, "r", NULL);
    g_assert_nonnull(stream);
    GMimeParser *parser = g_mime_parser_new_with_stream(stream);
    GMimeMessage *message = g_mime_parser_construct_message(parser, NULL);
    g_object_unref(parser);
    g_object_unref(stream);
    return message;
}

/* Reads every mail: whose it is must follow from its link. People -> Message-ID; returns the copies
 * too many. */
static guint read_inbox(const Place *place, GHashTable *people) {
    GDir *dir = g_dir_open(place->inbox, 0, NULL);
    guint copies = 0;
    for (const char *name; (name = g_dir_read_name(dir)) != NULL;) {
        g_autofree char *path = g_build_filename(place->inbox, name, NULL);
        GMimeMessage *message = read_message(path);
        GMimeMultipart *body = GMIME_MULTIPART(g_mime_message_get_mime_part(message));
        g_autofree char *text =
            g_mime_text_part_get_text(GMIME_TEXT_PART(g_mime_multipart_get_part(body, 0)));
        const char *link = strstr(text, "https://vetkoll.example/k/");
        int64_t id = 0;
        g_assert_nonnull(link);
        g_assert_true(token_read(place->keyring, TOKEN_SURVEY,
                                 link + strlen("https://vetkoll.example/k/"), TOKEN_CHARS, &id));
        g_autofree char *expected = g_strdup_printf("person%d@ekbacka.example", (int)id);
        g_assert_cmpstr(g_mime_object_get_header(GMIME_OBJECT(message), "Delivered-To"), ==,
                        expected);
        const char *known = g_hash_table_lookup(people, expected);
        g_assert_true(known == NULL || g_str_equal(known, g_mime_message_get_message_id(message)));
        copies += known != NULL;
        g_hash_table_insert(people, g_steal_pointer(&expected),
                            g_strdup(g_mime_message_get_message_id(message)));
        g_object_unref(message);
    }
    g_dir_close(dir);
    return copies;
}

static const DbQuery q_attempts = {"t.attempts",
                                   "SELECT count(*) AS n FROM mail_attempt WHERE class = 'sent' "
                                   "AND smtp_code = 250 AND enhanced = '2.0.0'"};
static const DbQuery q_refused = {
    "t.refused", "SELECT count(*) AS n FROM mail_attempt a JOIN outbox o ON o.id = a.outbox_id "
                 "WHERE a.smtp_code = 550 AND a.enhanced = '5.1.1' AND o.state = 'failed'"};
static const DbQuery q_delayed = {
    "t.delayed", "SELECT count(*) AS n FROM mail_attempt a JOIN outbox o ON o.id = a.outbox_id "
                 "WHERE a.smtp_code = 451 AND a.enhanced = '4.7.1' AND o.state = 'deferred'"};

enum { MANY = 2000 };

static void test_many(Place *place, gconstpointer data) {
    (void)data;
    Fill fill = {.group_id = 1, .count = MANY, .first_link = 1, .expires_at_us = INT64_MAX};
    must_run(&place->fixture, fill_write, &fill);
    g_autoptr(GError) error = NULL;
    DeliveryCounts counts = {0};
    gint64 begun_us = g_get_monotonic_time();
    drain(place, &counts, &error);
    double seconds = (double)(g_get_monotonic_time() - begun_us) / G_USEC_PER_SEC;
    g_assert_no_error(error);
    g_assert_cmpint(counts.sent, ==, MANY);
    g_assert_cmpint(query_int(&place->fixture, &q_attempts), ==, MANY);
    wait_delivered(place, MANY);
    g_autoptr(GHashTable) people = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    g_assert_cmpuint(read_inbox(place, people), ==, 0);
    g_assert_cmpuint(g_hash_table_size(people), ==, MANY);
    g_test_message("%d messages to Postfix in %.2f s: %.0f/s", MANY, seconds, MANY / seconds);
}

static bool add_refused(DbTx *tx, gpointer data, GError **error) {
    static const char *const people[] = {"unknown@ekbacka.example", "busy@ekbacka.example",
                                         "x@elsewhere.test"};
    const Fill *fill = data;
    for (guint i = 0; i < G_N_ELEMENTS(people); i++) {
        const OutboxItem item = {.mailing_id = fill->mailing_id,
                                 .link_id = 1000 + i,
                                 .to_address = people[i],
                                 .to_name = "",
                                 .greeting_name = "",
                                 .expires_at_us = INT64_MAX};
        if (!outbox_add(tx, &item, 1, error)) {
            return false;
        }
    }
    return true;
}

static void test_refused(Place *place, gconstpointer data) {
    (void)data;
    Fill first = {.group_id = 1, .count = 5, .first_link = 1, .expires_at_us = INT64_MAX};
    must_run(&place->fixture, fill_write, &first);
    must_run(&place->fixture, add_refused, &first);
    Fill last = {.group_id = 2, .count = 5, .first_link = 11, .expires_at_us = INT64_MAX};
    must_run(&place->fixture, fill_write, &last);
    place_set_relay(place, place->relay, TLS_REQUIRED, place->ca_file, 1);
    DeliveryCounts counts = {0};
    g_autoptr(GError) error = NULL;
    drain(place, &counts, &error);
    g_assert_no_error(error);
    g_assert_cmpint(counts.sent, ==, 10);
    g_assert_cmpint(counts.deferred, ==, 1);
    g_assert_cmpint(counts.failed, ==, 2);
    g_assert_cmpint(query_int(&place->fixture, &q_refused), ==, 1);
    g_assert_cmpint(query_int(&place->fixture, &q_delayed), ==, 1);
    wait_delivered(place, 10);
}

static void test_certificate(Place *place, gconstpointer data) {
    (void)data;
    Fill fill = {.group_id = 1, .count = 3, .first_link = 1, .expires_at_us = INT64_MAX};
    must_run(&place->fixture, fill_write, &fill);
    g_autofree char *by_number = g_strdup(place->relay);
    g_autofree char *other_name = g_strconcat("smtp://127.0.0.1", strrchr(by_number, ':'),
                                              NULL); /* the certificate says localhost */
    DeliveryCounts counts = {0};
    g_autoptr(GError) wrong_name = NULL;
    place_set_relay(place, other_name, TLS_REQUIRED, place->ca_file, 1);
    g_assert_false(drain(place, &counts, &wrong_name));
    g_assert_error(wrong_name, VK_ERROR, VK_ERROR_DENIED);
    g_autoptr(GError) unknown_authority = NULL;
    place_set_relay(place, place->relay, TLS_REQUIRED, "", 1);
    g_assert_false(drain(place, &counts, &unknown_authority));
    g_assert_error(unknown_authority, VK_ERROR, VK_ERROR_DENIED);
    place_set_relay(place, place->relay, TLS_OPPORTUNISTIC, "", 1); /* offered, so verified */
    g_autoptr(GError) opportunistic = NULL;
    g_assert_false(drain(place, &counts, &opportunistic));
    g_assert_error(opportunistic, VK_ERROR, VK_ERROR_DENIED);
    g_test_message("%s | %s", wrong_name->message, unknown_authority->message);
    OutboxCounts left;
    g_assert_true(outbox_count(place->fixture.db, 1, &left, NULL));
    g_assert_cmpint(left.due, ==, 3);
    place_set_relay(place, place->relay, TLS_REQUIRED, place->ca_file, 1);
    g_assert_true(drain(place, &counts, NULL));
    g_assert_cmpint(counts.sent, ==, 3);
}

/* The child of test_killed: drains the database until it is killed. */
static int drain_as_child(char **arguments) {
    g_autoptr(GError) error = NULL;
    Place place = {.relay = arguments[1], .ca_file = arguments[2]};
    place.fixture.db_path = arguments[0];
    place.fixture.writer = writer_open(arguments[0], &error);
    place_open_mailer(&place);
    DeliveryCounts counts = {0};
    return place.fixture.writer != NULL && drain(&place, &counts, &error) ? 0 : 1;
}

static const DbQuery q_sent = {"t.sent", "SELECT count(*) AS n FROM outbox WHERE state = 'sent'"};

/* Starts a sender of its own process and kills it when `more` are settled. True: it ended before.
 */
static bool kill_one(const Place *place, const char *self, int64_t more) {
    const char *arguments[] = {self,         "--drain",      place->fixture.db_path,
                               place->relay, place->ca_file, NULL};
    GPid pid;
    g_autoptr(GError) error = NULL;
    g_spawn_async(NULL, (char **)(uintptr_t)arguments, NULL,
                  G_SPAWN_DO_NOT_REAP_CHILD | G_SPAWN_STDERR_TO_DEV_NULL, NULL, NULL, &pid, &error);
    g_assert_no_error(error);
    int64_t before = query_int(&place->fixture, &q_sent);
    int status = 0;
    pid_t ended = 0;
    while (ended == 0 && query_int(&place->fixture, &q_sent) < before + more) {
        g_usleep(300);
        ended = waitpid(pid, &status, WNOHANG);
    }
    if (ended == 0) {
        kill(pid, SIGKILL);
        waitpid(pid, &status, 0);
    }
    return ended != 0;
}

enum { KILLED_MESSAGES = 1000, KILLS = 10 };

static void test_killed(Place *place, gconstpointer data) {
    Fill fill = {
        .group_id = 1, .count = KILLED_MESSAGES, .first_link = 1, .expires_at_us = INT64_MAX};
    must_run(&place->fixture, fill_write, &fill);
    guint kills = 0;
    while (kills < KILLS && !kill_one(place, data, g_test_rand_int_range(1, 60))) {
        kills++;
    }
    g_assert_cmpuint(kills, >, 3);
    DeliveryCounts counts = {0};
    g_autoptr(GError) error = NULL;
    drain(place, &counts, &error);
    g_assert_no_error(error);
    wait_delivered(place, KILLED_MESSAGES);
    g_usleep(2 * G_USEC_PER_SEC); /* copies may still be in Postfix's queue */
    g_autoptr(GHashTable) people = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    guint copies = read_inbox(place, people);
    g_test_message("%u kills of 4 connections: %u people reached, %u copies too many", kills,
                   g_hash_table_size(people), copies);
    g_assert_cmpuint(g_hash_table_size(people), ==, KILLED_MESSAGES);
    g_assert_cmpuint(copies, <=, kills * CONNECTIONS);
}

static void add(const char *path, void (*test)(Place *, gconstpointer), gconstpointer data) {
    g_test_add(path, Place, data, place_set_up, test, place_tear_down);
}

int main(int argc, char **argv) {
    g_mime_init();
    if (argc == 5 && g_str_equal(argv[1], "--drain")) {
        return drain_as_child(argv + 2);
    }
    g_test_init(&argc, &argv, NULL);
    g_autofree char *master = g_find_program_in_path("postfix");
    if (geteuid() != 0 || g_getenv("VETKOLL_SOURCE_DIR") == NULL ||
        (master == NULL && !g_file_test("/usr/sbin/postfix", G_FILE_TEST_IS_EXECUTABLE))) {
        g_print("1..0 # SKIP needs root and Postfix\n");
        return 0;
    }
    add("/postfix/many", test_many, NULL);
    add("/postfix/refused", test_refused, NULL);
    add("/postfix/certificate", test_certificate, NULL);
    add("/postfix/killed", test_killed, argv[0]);
    return g_test_run();
}
