/* The sender against a server that breaks every rule (cases.c): for each wrong and each way to a
 * relay, eight messages in a database of their own are sent twice, first while the server
 * misbehaves, then to the same server when it has come to its senses. What must hold:
 *
 * - the first run ends, in the time that the limits on replies allow;
 * - each row is in the state that the case names, with one attempt or none; what is put off comes
 *   due after five minutes, or later where the relay asked for that; no lease and no note is left;
 * - what the server said yes to is called sent, and nothing else;
 * - after the second run everybody who was not refused for good has the message: once, or once
 *   more where the server took it in full and did not say so; all copies have one Message-ID. */
#include "tests/hostile/cases.h"

#include "base/clock.h"
#include "base/error.h"
#include "mailer/sender.h"
#include "tests/unit/mailer/fixture.h"

#include <signal.h>
#include <string.h>

enum { REPLY_MS = 500, PATIENT_MS = 30 * 1000, RUN_S = 20, CONNECTIONS = 3, BATCH = 4 };

static const uint8_t key[KEYRING_KEY_BYTES] = {7};

static const DbQuery q_rows = {
    "t.rows",
    "SELECT o.to_address, o.state, o.attempts, o.in_doubt, o.due_at_us, count(a.id) AS noted, "
    "coalesce(a.class, '') AS class, coalesce(a.smtp_code, 0) AS smtp_code, "
    "coalesce(a.enhanced, '') AS enhanced, coalesce(a.reply, '') AS reply "
    "FROM outbox o LEFT JOIN mail_attempt a ON a.outbox_id = o.id GROUP BY o.id ORDER BY o.id"};
static const DbQuery q_left = {"t.left", "SELECT count(*) AS n FROM mail_lease"};
static const DbQuery q_due = {"t.due", "UPDATE outbox SET due_at_us = 0 WHERE state = 'deferred'"};

typedef struct {
    const char *name;
    guint by;
    const char *scheme;
    TlsPolicy tls;
    bool wide;
} Way;

static const Way ways[] = {
    {"esmtp", BY_ESMTP, "smtp", TLS_OFF, false},
    {"esmtp-starttls", BY_STARTTLS, "smtp", TLS_REQUIRED, false},
    {"esmtp-opportunistic", BY_OPPORTUNISTIC, "smtp", TLS_OPPORTUNISTIC, false},
    {"smtps", BY_SMTPS, "smtps", TLS_REQUIRED, false},
    {"curl", BY_WIDE, "smtp", TLS_OFF, true},
    {"curl-starttls", BY_WIDE_TLS, "smtp", TLS_REQUIRED, true}};

typedef struct {
    const HostileCase *expected;
    const Way *way;
} Trial;

typedef struct {
    Fixture fixture;
    Catalog *catalog;
    Keyring *keyring;
    SSL_CTX *context;
    char *ca_file;
    GPtrArray *people; /* addresses, in sending order */
    HostileServer *server;
} Stage;

/* --- the database --------------------------------------------------------------------------------
 */

typedef struct {
    const Way *way;
    int64_t mailing_id;
} FillJob;

static bool fill_rows(DbTx *tx, gpointer data, GError **error) {
    FillJob *job = data;
    Fill mailing = {.group_id = 1};
    bool filled = fill_write(tx, &mailing, error);
    for (guint i = 0; filled && i < PEOPLE; i++) {
        g_autofree char *address =
            g_strdup_printf("%s%u@ekbacka.example", job->way->wide ? "åsa" : "asa", i);
        const OutboxItem item = {.mailing_id = mailing.mailing_id,
                                 .link_id = i + 1,
                                 .to_address = address,
                                 .to_name = "Åsa Öberg",
                                 .greeting_name = "Åsa",
                                 .locale = LANG_SV,
                                 .expires_at_us = INT64_MAX};
        filled = outbox_add(tx, &item, 1, error);
    }
    return filled;
}

static bool make_due(DbTx *tx, gpointer data, GError **error) {
    (void)data;
    g_autoptr(DbStmt) due = db_tx_query(tx, &q_due, error);
    return due != NULL && db_run(due, NULL, error);
}

static DbStmt *rows_begin(const Stage *stage) {
    g_autoptr(GError) error = NULL;
    DbStmt *rows = db_query(stage->fixture.db, &q_rows, &error);
    g_assert_no_error(error);
    return rows;
}

static bool rows_next(DbStmt *rows) {
    g_autoptr(GError) error = NULL;
    DbStep step = db_step(rows, &error);
    g_assert_no_error(error);
    return step == DB_ROW;
}

static void load_people(Stage *stage) {
    stage->people = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(DbStmt) rows = rows_begin(stage);
    while (rows_next(rows)) {
        g_ptr_array_add(stage->people, g_strdup(db_text(rows, "to_address")));
    }
    g_assert_cmpuint(stage->people->len, ==, PEOPLE);
}

/* --- the stage -----------------------------------------------------------------------------------
 */

static void stage_set_up(Stage *stage, const Trial *trial) {
    g_autoptr(GError) error = NULL;
    const HostileCase *expected = trial->expected;
    bool tls = trial->way->tls != TLS_OFF;
    bool implicit = g_str_equal(trial->way->scheme, "smtps");
    fixture_set_up(&stage->fixture, NULL);
    stage->catalog = catalog_open(NULL, &error);
    g_assert_no_error(error);
    stage->keyring = keyring_new(key);
    stage->ca_file = g_build_filename(stage->fixture.folder, "ca.pem", NULL);
    stage->context = hostile_certificate(stage->ca_file);
    FillJob job = {.way = trial->way};
    must_run(&stage->fixture, fill_rows, &job);
    load_people(stage);
    HostileSettings settings = {
        .offer = expected->offer, .context = stage->context, .implicit = implicit};
    memcpy(settings.faults, expected->faults, sizeof settings.faults);
    settings.offer.starttls = tls && strcmp(expected->name, "starttls-stripped") != 0;
    stage->server = hostile_start(&settings, stage->people);
}

static void stage_tear_down(Stage *stage) {
    hostile_stop(stage->server);
    SSL_CTX_free(stage->context);
    g_ptr_array_unref(stage->people);
    g_free(stage->ca_file);
    keyring_free(stage->keyring);
    catalog_free(stage->catalog);
    fixture_tear_down(&stage->fixture, NULL);
}

static bool stage_drain(const Stage *stage, const Trial *trial, guint timeout_ms, GError **error) {
    const HostileCase *expected = trial->expected;
    Relay common = {.connections = CONNECTIONS,
                    .transport = {.tls = trial->way->tls,
                                  .ca_file = stage->ca_file,
                                  .timeout_ms = timeout_ms,
                                  .dsn = true}};
    if (expected->login) {
        common.transport.username = "vetkoll";
        common.transport.password = "secret";
    }
    g_autofree char *line =
        g_strdup_printf("%s://127.0.0.1:%u", trial->way->scheme, hostile_port(stage->server));
    g_autoptr(GPtrArray) relays = relay_list_parse(line, &common, NULL, error);
    g_assert_nonnull(relays);
    const SenderSettings settings = {.relays = relays,
                                     .from_address = "info@ekbacka.example",
                                     .from_name = "Ekbacka kommun",
                                     .base_url = "https://vetkoll.example",
                                     .messages_per_connection = BATCH,
                                     .quiet = true};
    Sender *sender = sender_start(&settings, stage->fixture.db_path, stage->fixture.writer,
                                  stage->catalog, stage->keyring, error);
    DeliveryCounts counts;
    return sender != NULL && sender_drain(sender, &counts, error);
}

/* --- what must hold ------------------------------------------------------------------------------
 */

static char row_letter(DbStmt *row) {
    const char *state = db_text(row, "state");
    const char *outcome = db_text(row, "class");
    if (g_str_equal(state, "deferred")) {
        return g_str_equal(outcome, "transient")  ? 't'
               : g_str_equal(outcome, "in_doubt") ? 'd'
                                                  : '?';
    }
    return g_str_equal(state, "ready")    ? 'r'
           : g_str_equal(state, "sent")   ? 's'
           : g_str_equal(state, "failed") ? 'p'
                                          : '?';
}

static void check_due(const HostileCase *expected, DbStmt *row, int64_t now_us) {
    int64_t left_us = db_int(row, "due_at_us") - now_us;
    int64_t asked_us = expected->asked_s * CLOCK_SECOND_US;
    int64_t least_us = MAX(4 * CLOCK_MINUTE_US, asked_us) - RUN_S * CLOCK_SECOND_US;
    g_assert_cmpint(left_us, >=, least_us);
    g_assert_cmpint(left_us, <=, MAX(6 * CLOCK_MINUTE_US, asked_us));
}

static void check_row(const Stage *stage, const HostileCase *expected, guint person, char letter,
                      DbStmt *row) {
    guint answered = 0;
    bool same_id = true;
    guint copies = hostile_copies(stage->server, person, &answered, &same_id);
    bool tried = letter != 'r';
    g_assert_cmpint(db_int(row, "attempts"), ==, tried);
    g_assert_cmpint(db_int(row, "noted"), ==, tried);
    g_assert_cmpint(db_int(row, "in_doubt"), ==, letter == 'd');
    g_assert_true(same_id);
    g_assert_cmpuint(copies, <=, tried);
    if (letter != 'd') {
        g_assert_cmpuint(answered, ==, letter == 's');
    }
    if (letter == 't' || letter == 'd') {
        check_due(expected, row, clock_now_us());
    }
    if (tried && letter != 's') {
        g_assert_cmpstr(db_text(row, "reply"), !=, "");
    }
}

static void check_first_run(const Stage *stage, const HostileCase *expected) {
    char letters[PEOPLE + 1] = "";
    int smtp_code = 0;
    g_autofree char *enhanced = NULL;
    g_autofree char *reply = NULL;
    g_autoptr(DbStmt) rows = rows_begin(stage);
    for (guint i = 0; rows_next(rows); i++) {
        letters[i] = row_letter(rows);
        check_row(stage, expected, i, letters[i], rows);
        if (strchr("tp", letters[i]) != NULL && enhanced == NULL) {
            smtp_code = (int)db_int(rows, "smtp_code");
            enhanced = g_strdup(db_text(rows, "enhanced"));
            reply = g_strdup(db_text(rows, "reply"));
        }
    }
    if (reply != NULL) {
        g_test_message("%d %s %s", smtp_code, enhanced, reply);
    }
    for (guint i = 0; i < PEOPLE; i++) { /* "e": the kernel decides which of the two */
        bool either = expected->rows[i] == 'e' && strchr("td", letters[i]) != NULL;
        letters[i] = either ? 'e' : letters[i];
    }
    g_assert_cmpstr(letters, ==, expected->rows);
    g_assert_cmpint(smtp_code, ==, expected->smtp_code);
    if (expected->enhanced != NULL) {
        g_assert_cmpstr(enhanced, ==, expected->enhanced);
    }
    g_assert_cmpint(query_int(&stage->fixture, &q_left), ==, 0);
}

static void check_second_run(const Stage *stage) {
    g_autoptr(DbStmt) rows = rows_begin(stage);
    for (guint i = 0; rows_next(rows); i++) {
        guint answered = 0;
        bool same_id = true;
        bool refused = row_letter(rows) == 'p';
        guint copies = hostile_copies(stage->server, i, &answered, &same_id);
        g_assert_cmpstr(db_text(rows, "state"), ==, refused ? "failed" : "sent");
        g_assert_true(same_id);
        g_assert_cmpuint(answered, >=, !refused);
        g_assert_cmpint(answered, <=, refused ? 0 : 1 + db_int(rows, "in_doubt"));
        g_assert_cmpint(copies, <=, db_int(rows, "attempts"));
    }
    g_assert_cmpint(query_int(&stage->fixture, &q_left), ==, 0);
}

static void check_error(const HostileCase *expected, const GError *error) {
    if (error != NULL) {
        g_test_message("%s", error->message);
        g_assert_true(g_utf8_validate(error->message, -1, NULL));
    }
    if (expected->error == NO_ERROR) {
        g_assert_no_error(error);
    } else {
        g_assert_error(error, VK_ERROR, expected->error);
    }
}

static void test_case(gconstpointer data) {
    const Trial *trial = data;
    Stage stage = {0};
    g_autoptr(GError) error = NULL;
    g_autoptr(GError) later = NULL;
    stage_set_up(&stage, trial);
    int64_t begun_us = g_get_monotonic_time();
    stage_drain(&stage, trial, REPLY_MS, &error);
    int64_t elapsed_us = g_get_monotonic_time() - begun_us;
    g_test_message("%" G_GINT64_FORMAT " ms", elapsed_us / 1000);
    g_assert_cmpint(elapsed_us, <, RUN_S * CLOCK_SECOND_US);
    check_error(trial->expected, error);
    check_first_run(&stage, trial->expected);
    g_assert_cmpuint(hostile_commands(stage.server, "BDAT"), ==, 0);

    hostile_mend(stage.server);
    must_run(&stage.fixture, make_due, NULL);
    stage_drain(&stage, trial, PATIENT_MS, &later);
    if (g_str_has_suffix(trial->expected->name, "-stripped") ||
        g_str_has_suffix(trial->expected->name, "-none")) {
        g_assert_error(later, VK_ERROR, VK_ERROR_DENIED); /* it was not the server */
    } else {
        g_assert_no_error(later);
        check_second_run(&stage);
    }
    stage_tear_down(&stage);
}

static void add_tests(const Way *way) {
    for (guint i = 0; i < hostile_case_count; i++) {
        if ((hostile_cases[i].by & way->by) != 0) {
            g_autofree char *path = g_strdup_printf("/%s/%s", way->name, hostile_cases[i].name);
            Trial *trial = g_new(Trial, 1);
            *trial = (Trial){&hostile_cases[i], way};
            g_test_add_data_func_full(path, trial, test_case, g_free);
        }
    }
}

/* hostile WAY: the cases of one way to a relay. */
int main(int argc, char **argv) {
    g_test_init(&argc, &argv, NULL);
    g_log_set_always_fatal(G_LOG_LEVEL_CRITICAL | G_LOG_FATAL_MASK);
    if (g_getenv("HOSTILE_ALL") != NULL) { /* see all that fails */
        g_test_set_nonfatal_assertions();
    }
    signal(SIGPIPE, SIG_IGN);
    for (gsize i = 0; i < G_N_ELEMENTS(ways); i++) {
        if (argc < 2 || g_str_equal(argv[1], ways[i].name)) {
            add_tests(&ways[i]);
        }
    }
    return g_test_run();
}
