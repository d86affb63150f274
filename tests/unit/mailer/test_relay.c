/* Both SMTP transports against a server of ours that misbehaves at one step of the second of three
 * messages: it drops the connection, refuses for now, refuses for good, says nothing, or says too
 * much. What must hold: nothing is called sent that was not, a message given in full without a
 * reply is in doubt, a refused person does not stop the others, and a message never begun has no
 * outcome. */
#include "mailer/transport.h"

#include "base/error.h"
#include "mailer/transport_private.h"
#include "tests/unit/mailer/relay_server.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MESSAGES = 3 };

typedef struct {
    char outcome[MESSAGES + 1]; /* s t p d, or - for none */
    Delivery delivery[MESSAGES];
    guint committed;   /* commits asked for */
    guint order_wrong; /* a commit before the outcome of the one before */
    guint refuse_commit_at;
    guint told;
} Record;

static Envelope record_envelope(gpointer data, guint index) {
    static const char *const people[] = {"a@x.example", "b@x.example", "c@x.example"};
    (void)data;
    return (Envelope){.return_path = "info@ekbacka.example",
                      .to = people[index % MESSAGES],
                      .envid = index == 0 ? "a+b=1" : NULL};
}

static bool record_body(gpointer data, guint index, GString *out) {
    (void)data;
    g_string_append_printf(out, "Subject: %u\r\nMessage-ID: <%u@x.example>\r\n\r\n.dot\r\nend\r\n",
                           index, index);
    return true;
}

static bool record_commit(gpointer data, guint index) {
    Record *record = data;
    record->committed++;
    for (guint i = 0; i < index; i++) {
        record->order_wrong += record->outcome[i] == '-';
    }
    return record->refuse_commit_at != index + 1;
}

static void record_outcome(gpointer data, guint index, const Delivery *delivery) {
    static const char letters[] = {[DELIVERY_SENT] = 's',
                                   [DELIVERY_TRANSIENT] = 't',
                                   [DELIVERY_PERMANENT] = 'p',
                                   [DELIVERY_IN_DOUBT] = 'd'};
    Record *record = data;
    g_assert_cmpint(record->outcome[index], ==, '-');
    record->outcome[index] = letters[delivery->outcome];
    record->delivery[index] = *delivery;
    record->told++;
}

typedef Transport *(*OpenFn)(const TransportSettings *settings, const RelayUrl *url,
                             GError **error);

static bool run_batch(const Server *server, OpenFn open, TlsPolicy tls, Record *record,
                      GError **error) {
    g_autofree char *relay = g_strdup_printf("smtp://127.0.0.1:%u", server->port);
    const TransportSettings settings = {
        .relay = relay, .tls = tls, .ca_file = "", .dsn = true, .timeout_ms = 700};
    g_auto(RelayUrl) url = {0};
    g_assert_true(relay_url_parse(relay, &url, error));
    g_autoptr(Transport) transport = open(&settings, &url, error);
    g_assert_nonnull(transport);
    memcpy(record->outcome, "---", MESSAGES + 1);
    const TransportBatch batch = {.count = MESSAGES,
                                  .data = record,
                                  .envelope = record_envelope,
                                  .body = record_body,
                                  .commit = record_commit,
                                  .outcome = record_outcome};
    return transport_send(transport, &batch, error);
}

typedef struct {
    const char *name;
    Fault fault;
    const char *outcome;
    int error;     /* -1: none */
    int smtp_code; /* of the second message */
    const char *enhanced;
    TlsPolicy tls;
} Case;

#define SECOND .message = 1

static const Case cases[] = {
    {"none", {.step = AT_NEVER}, "sss", -1, 250, "2.0.0", TLS_OFF},
    {"greeting-drop", {.step = AT_GREETING}, "---", VK_ERROR_BUSY, 0, "", TLS_OFF},
    {"greeting-421",
     {.step = AT_GREETING, .reply = "421 4.3.2 busy\r\n"},
     "---",
     VK_ERROR_BUSY,
     0,
     "",
     TLS_OFF},
    {"greeting-554",
     {.step = AT_GREETING, .reply = "554 5.3.2 no\r\n"},
     "---",
     VK_ERROR_BUSY,
     0,
     "",
     TLS_OFF},
    {"greeting-silent", {.step = AT_GREETING, .reply = ""}, "---", VK_ERROR_BUSY, 0, "", TLS_OFF},
    {"greeting-rubbish",
     {.step = AT_GREETING, .reply = "HTTP/1.1 400 Bad\r\n\r\n", .close_after = true},
     "---",
     VK_ERROR_BUSY,
     0,
     "",
     TLS_OFF},
    {"ehlo-drop", {.step = AT_EHLO}, "---", VK_ERROR_BUSY, 0, "", TLS_OFF},
    {"ehlo-endless",
     {.step = AT_EHLO, .reply = "250-X-ENDLESS\r\n", .endless = true},
     "---",
     VK_ERROR_BUSY,
     0,
     "",
     TLS_OFF},
    {"mail-drop", {.step = AT_MAIL, SECOND}, "s--", VK_ERROR_BUSY, 0, "", TLS_OFF},
    {"mail-451",
     {.step = AT_MAIL, .reply = "451 4.3.0 later\r\n", SECOND},
     "s--",
     VK_ERROR_BUSY,
     0,
     "",
     TLS_OFF},
    {"mail-530",
     {.step = AT_MAIL, .reply = "530 5.7.0 log in\r\n", SECOND},
     "s--",
     VK_ERROR_DENIED,
     0,
     "",
     TLS_OFF},
    {"rcpt-drop", {.step = AT_RCPT, SECOND}, "st-", VK_ERROR_BUSY, 0, "", TLS_OFF},
    {"rcpt-silent", {.step = AT_RCPT, .reply = "", SECOND}, "st-", VK_ERROR_BUSY, 0, "", TLS_OFF},
    {"rcpt-451",
     {.step = AT_RCPT, .reply = "451 4.7.1 greylisted\r\n", SECOND},
     "sts",
     -1,
     451,
     "4.7.1",
     TLS_OFF},
    {"rcpt-550",
     {.step = AT_RCPT, .reply = "550-5.1.1 no such\r\n550 5.1.1 person\r\n", SECOND},
     "sps",
     -1,
     550,
     "5.1.1",
     TLS_OFF},
    {"rcpt-550-drop",
     {.step = AT_RCPT, .reply = "550 5.1.1 no\r\n", .close_after = true, SECOND},
     "sp-",
     VK_ERROR_BUSY,
     550,
     "5.1.1",
     TLS_OFF},
    {"rcpt-530",
     {.step = AT_RCPT, .reply = "530 5.7.0 log in\r\n", SECOND},
     "s--",
     VK_ERROR_DENIED,
     0,
     "",
     TLS_OFF},
    {"data-530",
     {.step = AT_DATA, .reply = "530 5.7.57 not logged in\r\n", SECOND},
     "s--",
     VK_ERROR_DENIED,
     0,
     "",
     TLS_OFF},
    {"dot-530",
     {.step = AT_DOT, .reply = "530 5.7.57 not logged in\r\n", SECOND},
     "st-",
     VK_ERROR_DENIED,
     530,
     "5.7.57",
     TLS_OFF},
    {"data-drop", {.step = AT_DATA, SECOND}, "st-", VK_ERROR_BUSY, 0, "", TLS_OFF},
    {"data-452",
     {.step = AT_DATA, .reply = "452 4.3.1 disk\r\n", SECOND},
     "sts",
     -1,
     452,
     "4.3.1",
     TLS_OFF},
    {"data-554",
     {.step = AT_DATA, .reply = "554 5.6.0 no\r\n", SECOND},
     "sps",
     -1,
     554,
     "5.6.0",
     TLS_OFF},
    {"dot-drop", {.step = AT_DOT, SECOND}, "sd-", VK_ERROR_BUSY, 0, "", TLS_OFF},
    {"dot-silent", {.step = AT_DOT, .reply = "", SECOND}, "sd-", VK_ERROR_BUSY, 0, "", TLS_OFF},
    {"dot-rubbish",
     {.step = AT_DOT, .reply = "hello\r\n", .close_after = true, SECOND},
     "sd-",
     VK_ERROR_BUSY,
     0,
     "",
     TLS_OFF},
    {"dot-451",
     {.step = AT_DOT, .reply = "451 4.3.0 later\r\n", SECOND},
     "sts",
     -1,
     451,
     "4.3.0",
     TLS_OFF},
    {"dot-554",
     {.step = AT_DOT, .reply = "554 5.7.1 spam\r\n", SECOND},
     "sps",
     -1,
     554,
     "5.7.1",
     TLS_OFF},
    {"starttls-stripped", {.step = AT_NEVER}, "---", VK_ERROR_DENIED, 0, "", TLS_REQUIRED},
    {"starttls-injected",
     {.step = AT_NEVER, .starttls = true},
     "---",
     VK_ERROR_DENIED,
     0,
     "",
     TLS_REQUIRED},
    {"starttls-opportunistic", {.step = AT_NEVER}, "sss", -1, 250, "2.0.0", TLS_OPPORTUNISTIC},
};

typedef struct {
    const Case *expected;
    OpenFn open;
} Trial;

static void test_case(gconstpointer data) {
    const Trial *trial = data;
    const Case *expected = trial->expected;
    g_autoptr(GError) error = NULL;
    Server *server = server_start(&expected->fault);
    Record record = {0};
    gint64 begun_us = g_get_monotonic_time();
    bool done = run_batch(server, trial->open, expected->tls, &record, &error);
    g_assert_cmpint(g_get_monotonic_time() - begun_us, <, 10 * G_USEC_PER_SEC);
    g_assert_cmpstr(record.outcome, ==, expected->outcome);
    if (expected->error < 0) {
        g_assert_no_error(error);
        g_assert_true(done);
    } else {
        g_assert_false(done);
        g_assert_error(error, VK_ERROR, expected->error);
        g_test_message("%s", error->message);
    }
    if (strchr("stp", record.outcome[1]) != NULL) {
        g_assert_cmpint(record.delivery[1].smtp_code, ==, expected->smtp_code);
        g_assert_cmpstr(record.delivery[1].enhanced, ==, expected->enhanced);
    }
    g_assert_cmpuint(record.order_wrong, ==, 0);
    guint sent = 0;
    for (int i = 0; i < MESSAGES; i++) {
        sent += record.outcome[i] == 's';
    }
    server_end(server);
    g_assert_cmpuint(server->accepted, ==, sent);
    server_free(server);
}

/* What is not to be given over is not: the connection ends before the final dot. */
static void test_commit_refused(gconstpointer data) {
    const Trial *trial = data;
    g_autoptr(GError) error = NULL;
    Fault none = {.step = AT_NEVER};
    Server *server = server_start(&none);
    Record record = {.refuse_commit_at = 2};
    g_assert_false(run_batch(server, trial->open, TLS_OFF, &record, &error));
    g_assert_error(error, VK_ERROR, VK_ERROR_BUSY);
    g_assert_cmpstr(record.outcome, ==, "s--");
    server_end(server);
    g_assert_cmpuint(server->accepted, ==, 1);
    guint dots = 0;
    for (const char *p = server->received->str; (p = strstr(p, "\r\n.\r\n")) != NULL; p++) {
        dots++;
    }
    g_assert_cmpuint(dots, ==, 1);
    g_assert_nonnull(strstr(server->received->str, "\r\n..dot\r\n")); /* dot-stuffed */
    server_free(server);
}

/* Notices of failure are asked for where DSN is offered, and only there. BDAT never. */
static void test_dsn(gconstpointer data) {
    const Trial *trial = data;
    for (int offered = 0; offered < 2; offered++) {
        g_autoptr(GError) error = NULL;
        const Fault fault = {.step = AT_NEVER, .dsn = offered != 0};
        Server *server = server_start(&fault);
        Record record = {0};
        g_assert_true(run_batch(server, trial->open, TLS_OFF, &record, &error));
        g_assert_no_error(error);
        g_assert_cmpstr(record.outcome, ==, "sss");
        server_end(server);
        static const char *const said[] = {
            "MAIL FROM:<info@ekbacka.example> RET=HDRS ENVID=a+2Bb+3D1\r\n",
            "MAIL FROM:<info@ekbacka.example> RET=HDRS\r\n",
            "RCPT TO:<b@x.example> NOTIFY=FAILURE\r\n"};
        for (size_t i = 0; i < G_N_ELEMENTS(said); i++) {
            g_assert_cmpint(strstr(server->received->str, said[i]) != NULL, ==, offered);
        }
        g_assert_null(strstr(server->received->str, "BDAT"));
        server_free(server);
    }
}

static void test_nobody_there(gconstpointer data) {
    const Trial *trial = data;
    g_autoptr(GError) error = NULL;
    Fault none = {.step = AT_NEVER};
    Server *server = server_start(&none);
    Server gone = {.port = server->port};
    server_stop(server);
    Record record = {0};
    g_assert_false(run_batch(&gone, trial->open, TLS_OFF, &record, &error));
    g_assert_error(error, VK_ERROR, VK_ERROR_BUSY);
    g_assert_cmpstr(record.outcome, ==, "---");
}

static void count_outcome(gpointer data, guint index, const Delivery *delivery) {
    guint *sent = data;
    (void)index;
    *sent += delivery->outcome == DELIVERY_SENT;
}

static bool always(gpointer data, guint index) {
    (void)data, (void)index;
    return true;
}

static bool large_body(gpointer data, guint index, GString *out) {
    (void)data, (void)index;
    g_string_append(out, "Subject: size\r\n\r\n");
    for (int i = 0; i < 60; i++) {
        g_string_append(out,
                        "seventy characters of text that stand for a line of a normal message\r\n");
    }
    return true;
}

/* So many messages go to a sound server; returns how long that took. */
static gint64 send_many(const Trial *trial, guint count,
                        bool (*body)(gpointer data, guint index, GString *out)) {
    g_autoptr(GError) error = NULL;
    Fault none = {.step = AT_NEVER};
    Server *server = server_start(&none);
    g_autofree char *relay = g_strdup_printf("smtp://127.0.0.1:%u", server->port);
    const TransportSettings settings = {.relay = relay, .tls = TLS_OFF, .ca_file = ""};
    g_auto(RelayUrl) url = {0};
    g_assert_true(relay_url_parse(relay, &url, &error));
    g_autoptr(Transport) transport = trial->open(&settings, &url, &error);
    guint sent = 0;
    const TransportBatch batch = {.count = count,
                                  .data = &sent,
                                  .envelope = record_envelope,
                                  .body = body,
                                  .commit = always,
                                  .outcome = count_outcome};
    gint64 begun_us = g_get_monotonic_time();
    g_assert_true(transport_send(transport, &batch, &error));
    g_assert_no_error(error);
    g_assert_cmpuint(sent, ==, count);
    server_stop(server);
    return g_get_monotonic_time() - begun_us;
}

/* With Nagle's algorithm a message takes 40 ms: 200 would take 8 s. */
static void test_no_delay(gconstpointer data) {
    gint64 elapsed_us = send_many(data, 200, large_body);
    g_test_message("200 messages in %" G_GINT64_FORMAT " ms", elapsed_us / 1000);
    g_assert_cmpint(elapsed_us, <, 4 * G_USEC_PER_SEC);
}

static bool huge_body(gpointer data, guint index, GString *out) {
    for (int i = 0; i < 2000; i++) {
        large_body(data, index, out);
    }
    return true;
}

/* More than the kernel takes at once: what is left goes when there is room. */
static void test_huge(gconstpointer data) {
    send_many(data, 2, huge_body);
}

static Envelope utf8_envelope(gpointer data, guint index) {
    static const char *const people[] = {"a@x.example", "åsa@x.example", "c@x.example"};
    (void)data;
    return (Envelope){.return_path = "info@ekbacka.example", .to = people[index]};
}

/* An address that needs SMTPUTF8 goes by a connection of its own; where the relay does not offer
 * it, the address is refused by us, and nobody else is. */
static void test_utf8_address(void) {
    g_autoptr(GError) error = NULL;
    Fault none = {.step = AT_NEVER};
    Server *server = server_start(&none);
    g_autofree char *relay = g_strdup_printf("smtp://127.0.0.1:%u", server->port);
    g_autoptr(Transport) transport =
        transport_open(&(TransportSettings){.relay = relay, .tls = TLS_OFF, .ca_file = ""}, &error);
    Record record = {.outcome = "---"};
    const TransportBatch batch = {.count = MESSAGES,
                                  .data = &record,
                                  .envelope = utf8_envelope,
                                  .body = record_body,
                                  .commit = always,
                                  .outcome = record_outcome};
    g_assert_true(transport_send(transport, &batch, &error));
    g_assert_no_error(error);
    g_assert_cmpstr(record.outcome, ==, "sps");
    g_assert_cmpstr(record.delivery[1].enhanced, ==, "5.6.7");
    server_stop(server);
}

static void add(const char *kind, const char *name, const Case *expected, OpenFn open,
                GTestDataFunc test) {
    const Trial trial = {expected, open};
    g_autofree char *path = g_strdup_printf("/relay/%s/%s", kind, name);
    g_test_add_data_func_full(path, g_memdup2(&trial, sizeof trial), test, g_free);
}

int main(int argc, char **argv) {
    static const struct {
        const char *name;
        OpenFn open;
    } kinds[] = {{"esmtp", relay_transport_open}, {"curl", transport_open_curl}};
    g_test_init(&argc, &argv, NULL);
    for (size_t k = 0; k < G_N_ELEMENTS(kinds); k++) {
        for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
            add(kinds[k].name, cases[i].name, &cases[i], kinds[k].open, test_case);
        }
        add(kinds[k].name, "commit-refused", NULL, kinds[k].open, test_commit_refused);
        add(kinds[k].name, "dsn", NULL, kinds[k].open, test_dsn);
        add(kinds[k].name, "nobody-there", NULL, kinds[k].open, test_nobody_there);
        add(kinds[k].name, "huge", NULL, kinds[k].open, test_huge);
        add(kinds[k].name, "no-delay", NULL, kinds[k].open, test_no_delay);
    }
    g_test_add_func("/relay/utf8-address", test_utf8_address);
    return g_test_run();
}
