/* The reader against an IMAPS server of ours that misbehaves at one step of the second of three
 * mails: it ends the connection, says NO, garbage, nothing, or too much, or does as asked and never
 * says so. Then it behaves. What must hold: the reader returns, every mail has its effect once, and
 * every mail is out of the mailbox, in a folder, at the end. */
#include "mailer/mailbox.h"

#include "base/clock.h"
#include "base/error.h"
#include "mailer/imap.h"
#include "mailer/notice.h"
#include "mailer/received.h"
#include "mailer/verp.h"
#include "tests/unit/mailer/fixture.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define RETURN_PATH "studs@ekbacka.example"
#define FROM        "sakerhet@ekbacka.example"

enum { MAILS = 3, UIDVALIDITY = 77, STALL_S = 1 };

typedef enum {
    AT_NEVER,
    AT_GREETING,
    AT_LOGIN,
    AT_CAPABILITY,
    AT_STATUS,
    AT_SELECT,
    AT_LIST,
    AT_FETCH,
    AT_MOVE,
    AT_CREATE,
} Step;

typedef enum {
    FAULT_CLOSE,
    FAULT_NO,
    FAULT_GARBAGE,
    FAULT_SILENT,
    FAULT_ENDLESS,
    FAULT_HALF,  /* a part of the answer, then the end */
    FAULT_DEAF,  /* does it, and says nothing */
    FAULT_LARGE, /* says that the mail is larger than anything */
} FaultKind;

typedef struct {
    char *text;
    const char *folder; /* NULL: in the inbox */
    bool deleted;
    int copies; /* in any folder */
} Mail;

typedef struct {
    int listener;
    uint16_t port;
    SSL_CTX *tls;
    GThread *thread;
    Mail mails[MAILS];
    Step step;
    FaultKind fault;
    bool has_move;
    bool folders; /* made */
    gint stop;
} Server;

/* --- TLS ------------------------------------------------------------------------------ */

static X509 *certificate_make(EVP_PKEY *key) {
    X509 *certificate = X509_new();
    X509_set_version(certificate, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
    X509_gmtime_adj(X509_getm_notBefore(certificate), -3600);
    X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
    X509_set_pubkey(certificate, key);
    X509_NAME *name = X509_get_subject_name(certificate);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const guchar *)"localhost", -1, -1, 0);
    X509_set_issuer_name(certificate, name);
    X509_EXTENSION *names = X509V3_EXT_conf_nid(NULL, NULL, NID_subject_alt_name, "DNS:localhost");
    X509_EXTENSION *root = X509V3_EXT_conf_nid(NULL, NULL, NID_basic_constraints, "CA:TRUE");
    X509_add_ext(certificate, names, -1);
    X509_add_ext(certificate, root, -1);
    X509_EXTENSION_free(names);
    X509_EXTENSION_free(root);
    X509_sign(certificate, key, EVP_sha256());
    return certificate;
}

static void server_tls(Server *server, const char *ca_file) {
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *certificate = certificate_make(key);
    server->tls = SSL_CTX_new(TLS_server_method());
    g_assert_cmpint(SSL_CTX_use_certificate(server->tls, certificate), ==, 1);
    g_assert_cmpint(SSL_CTX_use_PrivateKey(server->tls, key), ==, 1);
    BIO *file = BIO_new_file(ca_file, "w");
    g_assert_cmpint(PEM_write_bio_X509(file, certificate), ==, 1);
    BIO_free(file);
    X509_free(certificate);
    EVP_PKEY_free(key);
}

/* --- the server ----------------------------------------------------------------------- */

static bool say(SSL *tls, const char *text) {
    return SSL_write(tls, text, (int)strlen(text)) > 0;
}

G_GNUC_PRINTF(2, 3) static bool sayf(SSL *tls, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    g_autofree char *text = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    return say(tls, text);
}

static bool hear(SSL *tls, GString *line) {
    char c = '\0';
    g_string_truncate(line, 0);
    while (SSL_read(tls, &c, 1) == 1) {
        if (c == '\n') {
            g_string_truncate(line, line->len - (line->len > 0 ? 1 : 0));
            return true;
        }
        g_string_append_c(line, c);
    }
    return false;
}

/* Does the fault. False: the connection is over. */
static bool misbehave(Server *server, SSL *tls, const char *tag) {
    char byte = '\0';
    switch (server->fault) {
    case FAULT_CLOSE:
    case FAULT_DEAF:
        return false;
    case FAULT_NO:
        return sayf(tls, "%s NO [LIMIT] not today\r\n", tag);
    case FAULT_GARBAGE:
        return say(tls, "\x01\xff* * * FETCH (((( {{{{ BODY[] NIL\r\n}} \\\\ %s OK\r\n") &&
               sayf(tls, "%s BAD what?\r\n", tag);
    case FAULT_SILENT:
        while (SSL_read(tls, &byte, 1) == 1) { /* until the other side has had enough */
        }
        return false;
    case FAULT_ENDLESS:
        while (g_atomic_int_get(&server->stop) == 0 &&
               say(tls, "* 1 FETCH (FLAGS (\\Seen) X-MORE \"and more, and more, and more\")\r\n")) {
        }
        return false;
    case FAULT_HALF:
        say(tls, "* 2 FETCH (UID 2 BODY[]<0> {5000}\r\nReturn-Path: <>\r\nDeliv");
        return false;
    case FAULT_LARGE:
        sayf(tls, "* 2 FETCH (UID 2 BODY[]<0> {99999999999}\r\n");
        while (g_atomic_int_get(&server->stop) == 0 &&
               say(tls, "xxxxxxxxxxxxxxxxxxxxxxxxxxxxx\r\n")) {
        }
        return false;
    }
    g_assert_not_reached();
}

/* The number after "UID VERB ", 0 for none. */
static guint uid_of(const char *command) {
    const char *blank = strchr(command + strlen("UID "), ' ');
    return blank != NULL ? (guint)g_ascii_strtoull(blank + 1, NULL, 10) : 0;
}

static Step step_of(const char *command, guint *out_uid) {
    static const char *const moves[] = {"UID MOVE ", "UID COPY ", "UID STORE ", "UID EXPUNGE "};
    *out_uid = g_str_has_prefix(command, "UID ") ? uid_of(command) : 0;
    if (strstr(command, " BODY[") != NULL) {
        return AT_FETCH;
    }
    for (guint i = 0; i < G_N_ELEMENTS(moves); i++) {
        if (g_str_has_prefix(command, moves[i])) {
            return AT_MOVE;
        }
    }
    static const struct {
        const char *prefix;
        Step step;
    } steps[] = {
        {"FETCH ", AT_LIST},           {"AUTHENTICATE", AT_LOGIN}, {"LOGIN", AT_LOGIN},
        {"CAPABILITY", AT_CAPABILITY}, {"STATUS", AT_STATUS},      {"SELECT", AT_SELECT},
        {"CREATE", AT_CREATE},
    };
    for (guint i = 0; i < G_N_ELEMENTS(steps); i++) {
        if (g_str_has_prefix(command, steps[i].prefix)) {
            return steps[i].step;
        }
    }
    return AT_NEVER;
}

static void list_mails(const Server *server, SSL *tls) {
    for (guint uid = 1; uid <= MAILS; uid++) {
        const Mail *mail = &server->mails[uid - 1];
        if (mail->folder == NULL) {
            sayf(tls, "* %u FETCH (UID %u FLAGS (%s))\r\n", uid, uid,
                 mail->deleted ? "\\Deleted" : "");
        }
    }
}

/* What a well-behaved server does with a command on one mail; the rest of its answer. */
static const char *move_mail(Server *server, const char *command, Mail *mail) {
    bool moves = g_str_has_prefix(command, "UID MOVE");
    if ((moves || g_str_has_prefix(command, "UID COPY")) && !server->folders) {
        return "NO [TRYCREATE] no such folder";
    }
    if (moves || g_str_has_prefix(command, "UID COPY")) {
        mail->copies++;
    }
    if (moves || (g_str_has_prefix(command, "UID EXPUNGE") && mail->deleted)) {
        mail->folder = strstr(command, "\"done\"") != NULL ? "done" : "unknown";
    }
    mail->deleted = mail->deleted || g_str_has_prefix(command, "UID STORE");
    return "OK done";
}

/* One command. False: the connection is over. */
static bool obey(Server *server, SSL *tls, const char *tag, const char *command) {
    guint uid = 0;
    Step step = step_of(command, &uid);
    bool due = step != AT_NEVER && step == server->step && (uid == 0 || uid == 2);
    if (due && (server->fault != FAULT_DEAF)) {
        return misbehave(server, tls, tag);
    }
    const char *end = "OK done";
    if (step == AT_CAPABILITY) {
        sayf(tls, "* CAPABILITY IMAP4rev1 UIDPLUS%s\r\n", server->has_move ? " MOVE" : "");
    } else if (step == AT_STATUS) {
        sayf(tls, "* STATUS \"INBOX\" (UIDVALIDITY %d MESSAGES %d)\r\n", UIDVALIDITY, MAILS);
    } else if (step == AT_SELECT) {
        sayf(tls, "* %d EXISTS\r\n* OK [UIDVALIDITY %d] ok\r\n", MAILS, UIDVALIDITY);
    } else if (step == AT_LIST) {
        list_mails(server, tls);
    } else if (step == AT_FETCH && uid >= 1 && uid <= MAILS) {
        const char *text = server->mails[uid - 1].text;
        sayf(tls, "* %u FETCH (UID %u BODY[]<0> {%zu}\r\n%s)\r\n", uid, uid, strlen(text), text);
    } else if (step == AT_MOVE && uid >= 1 && uid <= MAILS) {
        end = move_mail(server, command, &server->mails[uid - 1]);
    } else if (step == AT_CREATE) {
        server->folders = true;
    }
    if (due) {
        return false; /* deaf: done, and nothing said */
    }
    return sayf(tls, "%s %s\r\n", tag, end) && !g_str_has_prefix(command, "LOGOUT");
}

static void serve_one(Server *server, SSL *tls) {
    g_autoptr(GString) line = g_string_new(NULL);
    if (server->step == AT_GREETING && !misbehave(server, tls, "*")) {
        return;
    }
    if (server->step != AT_GREETING && !say(tls, "* OK ready\r\n")) {
        return;
    }
    while (hear(tls, line)) {
        char *blank = strchr(line->str, ' ');
        if (blank == NULL) {
            continue; /* a part of AUTHENTICATE */
        }
        *blank = '\0';
        if (!obey(server, tls, line->str, blank + 1)) {
            return;
        }
    }
}

static gpointer serve(gpointer data) {
    Server *server = data;
    int fd = -1;
    while ((fd = accept(server->listener, NULL, NULL)) >= 0) {
        int one = 1;
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        SSL *tls = SSL_new(server->tls);
        SSL_set_fd(tls, fd);
        if (SSL_accept(tls) == 1) {
            serve_one(server, tls);
        }
        SSL_free(tls);
        close(fd);
        ERR_clear_error();
    }
    return NULL;
}

static void server_start(Server *server, const char *ca_file) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    server->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    g_assert_cmpint(bind(server->listener, (struct sockaddr *)&address, sizeof address), ==, 0);
    g_assert_cmpint(listen(server->listener, 8), ==, 0);
    getsockname(server->listener, (struct sockaddr *)&address, &size);
    server->port = ntohs(address.sin_port);
    server_tls(server, ca_file);
    server->thread = g_thread_new("imap", serve, server);
}

static void server_stop(Server *server) {
    g_atomic_int_set(&server->stop, 1);
    shutdown(server->listener, SHUT_RDWR);
    g_thread_join(server->thread);
    close(server->listener);
    SSL_CTX_free(server->tls);
    for (guint i = 0; i < MAILS; i++) {
        g_free(server->mails[i].text);
    }
}

/* --- a trial -------------------------------------------------------------------------- */

static bool sent_write(DbTx *tx, gpointer data, GError **error) {
    static const DbQuery q_sent = {"test.sent", "UPDATE outbox SET state = 'sent', attempts = 1, "
                                                "settled_at_us = 1"};
    (void)data;
    g_autoptr(DbStmt) sent = db_tx_query(tx, &q_sent, error);
    return db_run(sent, NULL, error);
}

static char *bounce_of(const Keyring *keyring, int64_t outbox_id) {
    g_autofree char *path = verp_make(keyring, RETURN_PATH, outbox_id);
    return g_strdup_printf(
        "Return-Path: <>\r\nDelivered-To: %s\r\nFrom: MAILER-DAEMON@mx.example\r\nTo: %s\r\n"
        "Subject: Undelivered Mail\r\nMIME-Version: 1.0\r\n"
        "Content-Type: multipart/report; report-type=delivery-status; boundary=\"b\"\r\n\r\n"
        "--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example\r\n\r\n"
        "Final-Recipient: rfc822; person%" PRId64 "@ekbacka.example\r\nAction: failed\r\n"
        "Status: 5.1.1\r\nDiagnostic-Code: smtp; 550 5.1.1 unknown user\r\n\r\n--b--\r\n",
        path, path, outbox_id);
}

typedef struct {
    Step step;
    FaultKind fault;
    bool no_move; /* the server lacks MOVE */
} Trial;

/* Reads until nothing is left, twice. */
static void read_all(const MailboxSettings *settings, const Fixture *fixture,
                     const Keyring *keyring) {
    for (int i = 0; i < 2; i++) {
        MailboxCounts counts = {0};
        g_autoptr(GError) error = NULL;
        bool good =
            mailbox_read(settings, fixture->db_path, fixture->writer, keyring, &counts, &error);
        g_assert_no_error(error);
        g_assert_true(good);
    }
}

static void test_trial(gconstpointer data) {
    static const uint8_t key[KEYRING_KEY_BYTES] = {7};
    const Trial *trial = data;
    g_autoptr(Keyring) keyring = keyring_new(key);
    Fixture fixture = {0};
    fixture_set_up(&fixture, NULL);
    Fill fill = {.group_id = 1, .count = 3, .first_link = 1, .expires_at_us = INT64_MAX};
    must_run(&fixture, fill_write, &fill);
    must_run(&fixture, sent_write, NULL);
    g_autofree char *ca_file = g_build_filename(fixture.folder, "ca.pem", NULL);
    Server server = {.has_move = !trial->no_move, .step = trial->step, .fault = trial->fault};
    server.mails[0].text = bounce_of(keyring, 1);
    server.mails[1].text = bounce_of(keyring, 2);
    server.mails[2].text = g_strdup("Subject: ?\r\n\r\nHej\r\n");
    server_start(&server, ca_file);
    g_autofree char *url = g_strdup_printf("imaps://studs@localhost:%u/INBOX", server.port);
    const MailboxSettings settings = {.url = url,
                                      .password = "hemligt",
                                      .ca_file = ca_file,
                                      .done_folder = "done",
                                      .unknown_folder = "unknown",
                                      .timeout_s = STALL_S,
                                      .return_path = RETURN_PATH,
                                      .from_address = FROM};
    MailboxCounts counts = {0};
    g_autoptr(GError) error = NULL;
    bool good = mailbox_read(&settings, fixture.db_path, fixture.writer, keyring, &counts, &error);
    g_test_message("%s; read %" PRId64 " left %" PRId64, good ? "good" : error->message,
                   counts.read, counts.left);
    g_assert_true(good || counts.left + counts.read < MAILS + 2);
    server.step = AT_NEVER;
    read_all(&settings, &fixture, keyring);
    g_autoptr(GPtrArray) notices = notice_list(fixture.db, &(NoticeFilter){.max = 100}, NULL);
    g_assert_cmpuint(notices->len, ==, 2);
    ReceivedCounts all = {0};
    g_assert_true(received_count(fixture.db, &all, NULL));
    g_assert_cmpint(all.hard, ==, 2);
    g_assert_cmpint(all.unknown, ==, 1);
    for (guint i = 0; i < MAILS; i++) {
        g_assert_cmpint(server.mails[i].copies, >=, 1);
        g_assert_nonnull(server.mails[i].folder);
        g_assert_true(!server.has_move || server.mails[i].copies == 1);
    }
    server_stop(&server);
    fixture_tear_down(&fixture, NULL);
}

static void test_addresses(void) {
    static const struct {
        const char *url;
        bool good;
    } cases[] = {
        {"imaps://studs@mx.example/INBOX", true},
        {"imaps://studs%40kommun.example@mx.example:10993/Returer%2FVetkoll", true},
        {"imaps://studs@mx.example", true},
        {"imaps://mx.example/INBOX", false},
        {"imap://studs@mx.example/INBOX", false},
        {"imaps://studs:hemligt@mx.example/INBOX", false},
        {"https://studs@mx.example/INBOX", false},
        {"imaps://", false},
        {"INBOX", false},
        {"", false},
    };
    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GError) error = NULL;
        g_test_message("%s", cases[i].url);
        g_assert_true(imap_check(cases[i].url, &error) == cases[i].good);
        g_assert_true(cases[i].good || g_error_matches(error, VK_ERROR, VK_ERROR_INPUT));
    }
}

/* The example of RFC 3501 section 5.1.3, and what else needs care. */
static void test_names(void) {
    static const struct {
        const char *name;
        const char *wanted;
    } cases[] = {
        {"~peter/mail/台北/日本語", "~peter/mail/&U,BTFw-/&ZeVnLIqe-"},
        {"Vetkoll okända", "Vetkoll ok&AOQ-nda"},
        {"Q & A", "Q &- A"},
        {"öl", "&APY-l"},
        {"😀", "&2D3eAA-"},
        {"INBOX", "INBOX"},
        {"", ""},
    };
    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *got = imap_utf7(cases[i].name);
        g_assert_cmpstr(got, ==, cases[i].wanted);
    }
}

static const struct {
    const char *name;
    Trial trial;
} trials[] = {
    {"behaves", {AT_NEVER, FAULT_CLOSE, false}},
    {"behaves-without-move", {AT_NEVER, FAULT_CLOSE, true}},
    {"greeting-close", {AT_GREETING, FAULT_CLOSE, false}},
    {"greeting-garbage", {AT_GREETING, FAULT_GARBAGE, false}},
    {"greeting-silent", {AT_GREETING, FAULT_SILENT, false}},
    {"login-close", {AT_LOGIN, FAULT_CLOSE, false}},
    {"login-no", {AT_LOGIN, FAULT_NO, false}},
    {"capability-close", {AT_CAPABILITY, FAULT_CLOSE, false}},
    {"capability-no", {AT_CAPABILITY, FAULT_NO, false}},
    {"status-close", {AT_STATUS, FAULT_CLOSE, false}},
    {"status-no", {AT_STATUS, FAULT_NO, false}},
    {"status-garbage", {AT_STATUS, FAULT_GARBAGE, false}},
    {"select-close", {AT_SELECT, FAULT_CLOSE, false}},
    {"select-no", {AT_SELECT, FAULT_NO, false}},
    {"list-close", {AT_LIST, FAULT_CLOSE, false}},
    {"list-no", {AT_LIST, FAULT_NO, false}},
    {"list-garbage", {AT_LIST, FAULT_GARBAGE, false}},
    {"list-endless", {AT_LIST, FAULT_ENDLESS, false}},
    {"list-silent", {AT_LIST, FAULT_SILENT, false}},
    {"fetch-close", {AT_FETCH, FAULT_CLOSE, false}},
    {"fetch-no", {AT_FETCH, FAULT_NO, false}},
    {"fetch-half", {AT_FETCH, FAULT_HALF, false}},
    {"fetch-silent", {AT_FETCH, FAULT_SILENT, false}},
    {"fetch-endless", {AT_FETCH, FAULT_ENDLESS, false}},
    {"fetch-large", {AT_FETCH, FAULT_LARGE, false}},
    {"fetch-garbage", {AT_FETCH, FAULT_GARBAGE, false}},
    {"move-close", {AT_MOVE, FAULT_CLOSE, false}},
    {"move-no", {AT_MOVE, FAULT_NO, false}},
    {"move-deaf", {AT_MOVE, FAULT_DEAF, false}},
    {"move-garbage", {AT_MOVE, FAULT_GARBAGE, false}},
    {"move-silent", {AT_MOVE, FAULT_SILENT, false}},
    {"copy-close", {AT_MOVE, FAULT_CLOSE, true}},
    {"copy-deaf", {AT_MOVE, FAULT_DEAF, true}},
    {"create-no", {AT_CREATE, FAULT_NO, false}},
};

int main(int argc, char **argv) {
    g_test_init(&argc, &argv, NULL);
    g_log_set_always_fatal(G_LOG_LEVEL_ERROR | G_LOG_LEVEL_CRITICAL); /* warnings are expected */
    signal(SIGPIPE, SIG_IGN); /* NOLINT(cert-err33-c): of no interest */
    g_test_add_func("/mailbox/addresses", test_addresses);
    g_test_add_func("/mailbox/names", test_names);
    for (guint i = 0; i < G_N_ELEMENTS(trials); i++) {
        g_autofree char *path = g_strconcat("/mailbox/", trials[i].name, NULL);
        g_test_add_data_func(path, &trials[i].trial, test_trial);
    }
    return g_test_run();
}
