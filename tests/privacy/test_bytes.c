/* An attacker who searches the raw bytes of the database's files, while people answer over HTTP and
 * afterwards, and all that the program logged, at its most talkative. He finds no link or part of
 * one, no address that people came from and no name of their browser anywhere; what they wrote in
 * no file before ten are opened, and then once; nobody near a ballot; and nothing of the sealed. */
#include "tests/unit/web/client.h"
#include "tests/unit/web/town.h"

#include <gio/gio.h>
#include <sodium.h>

#define FORWARDED "192.0.2.77"
#define BROWSER   "Nyfiken/7.5 (Undersökning)"

static const char survey[] = "{'name': 'hinder', 'title': {'sv': 'Vad hindrar dig?'}, 'kind': "
                             "'obstacles', " TOWN_SCHEDULE ", 'content': {'pack': 'starter', "
                             "'items': ['h-01', 'h-02', 'h-04', 'h-11']}}";

/* --- what is searched ------------------------------------------------------------------------ */

static GString *logged; /* everything that was logged */
static GMutex logged_lock;

static GLogWriterOutput log_keep(GLogLevelFlags level, const GLogField *fields, gsize count,
                                 gpointer data) {
    (void)level;
    (void)data;
    g_mutex_lock(&logged_lock);
    for (gsize i = 0; i < count; i++) {
        g_string_append_printf(logged, "%s=", fields[i].key);
        if (fields[i].length < 0) {
            g_string_append(logged, fields[i].value);
        } else {
            g_string_append_len(logged, fields[i].value, fields[i].length);
        }
        g_string_append_c(logged, '\n');
    }
    g_mutex_unlock(&logged_lock);
    return G_LOG_WRITER_HANDLED;
}

/* The database's files, one after the other. Another process reads them: to close a file here would
 * drop the locks that SQLite holds on it in this one. */
static GBytes *files_read(const Town *town) {
    g_autoptr(GError) error = NULL;
    g_autofree char *wal = g_strconcat(town->db_path, "-wal", NULL);
    g_autofree char *index = g_strconcat(town->db_path, "-shm", NULL);
    g_autoptr(GSubprocess) cat = g_subprocess_new(G_SUBPROCESS_FLAGS_STDOUT_PIPE, &error, "cat",
                                                  town->db_path, wal, index, NULL);
    GBytes *all = NULL;
    g_subprocess_communicate(cat, NULL, NULL, &all, NULL, &error);
    g_assert_no_error(error);
    return all;
}

static guint count_of(GBytes *bytes, const void *what, gsize length) {
    gsize size = 0;
    const char *at = g_bytes_get_data(bytes, &size);
    const char *end = at + size;
    guint count = 0;
    while ((at = memmem(at, (gsize)(end - at), what, length)) != NULL) {
        at++;
        count++;
    }
    return count;
}

static void assert_absent(GBytes *files, const void *what, gsize length, const char *name) {
    if (count_of(files, what, length) != 0) {
        g_error("a file has %s", name);
    }
    g_mutex_lock(&logged_lock);
    bool found = memmem(logged->str, logged->len, what, length) != NULL;
    g_mutex_unlock(&logged_lock);
    if (found) {
        g_error("the log has %s", name);
    }
}

/* The token's text, its bytes, its MAC, and these in hexadecimal. */
static void assert_no_token(const Town *town, GBytes *files, int person) {
    g_autofree char *link = town_link(town, "hinder", person);
    const char *token = link + strlen("/k/");
    uint8_t bytes[26];
    char hex[2 * sizeof bytes + 1];
    size_t size = 0;
    int status = sodium_base642bin(bytes, sizeof bytes, token, strlen(token), NULL, &size, NULL,
                                   sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    g_assert_cmpint(status, ==, 0);
    g_assert_cmpuint(size, ==, sizeof bytes);
    assert_absent(files, token, strlen(token), "a link");
    assert_absent(files, token + 14, 20, "a part of a link"); /* of the MAC only */
    assert_absent(files, bytes, sizeof bytes, "a token's bytes");
    assert_absent(files, bytes + 10, 16, "a MAC");
    sodium_bin2hex(hex, sizeof hex, bytes, sizeof bytes);
    assert_absent(files, hex + 20, 32, "a MAC in hexadecimal");
    g_autofree char *upper = g_ascii_strup(hex + 20, 32);
    assert_absent(files, upper, 32, "a MAC in hexadecimal");
}

static char *text_of(int person) {
    return g_strdup_printf("Passersedlar%dFattas", person);
}

static void assert_no_trace(const Town *town, GBytes *files) {
    assert_absent(files, FORWARDED, strlen(FORWARDED), "a network address");
    assert_absent(files, "\xff\xff\xc0\x00\x02\x4d", 6, "a network address in binary");
    assert_absent(files, BROWSER, strlen(BROWSER), "a browser");
    assert_absent(files, "Nyfiken", strlen("Nyfiken"), "a browser");
    for (int person = 0; person < TOWN_PEOPLE; person++) {
        assert_no_token(town, files, person);
    }
}

static void assert_texts(GBytes *files, guint first_count, guint rest_count, int casters) {
    for (int person = 0; person < TOWN_PEOPLE; person++) {
        g_autofree char *text = text_of(person);
        guint want = person < casters ? first_count : rest_count;
        g_assert_cmpuint(count_of(files, text, strlen(text)), ==, want);
        g_assert_null(strstr(logged->str, text));
    }
}

/* --- the survey ------------------------------------------------------------------------------ */

static unsigned post(const Town *town, const char *link, const char *form) {
    g_autofree char *text = g_strdup_printf(
        "POST %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\nUser-Agent: " BROWSER "\r\n"
        "X-Forwarded-For: " FORWARDED "\r\nForwarded: for=" FORWARDED "\r\n"
        "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: %zu\r\n\r\n%s",
        link, strlen(form), form);
    g_autoptr(ClientReply) reply = client_raw(town->port, text, strlen(text));
    return reply->status;
}

static void cast(const Town *town, int person) {
    g_autofree char *link = town_link(town, "hinder", person);
    g_autofree char *text = text_of(person);
    g_autofree char *form = g_strdup_printf("action=next&page=0&q0=%d&q1=%d&q2=%d&t3=%s",
                                            person % 4, person / 4 % 4, (person + 1) % 4, text);
    g_assert_cmpuint(post(town, link, "action=start"), ==, 303);
    g_assert_cmpuint(post(town, link, form), ==, 303);
    g_assert_cmpuint(post(town, link, form), ==, 303); /* pressed twice */
}

static bool run_close(DbTx *tx, gpointer data, GError **error) {
    const TownJob *job = data;
    return campaign_close(tx, job->text, job->now_us, error);
}

static void close_and_open(Town *town) {
    g_autoptr(GError) error = NULL;
    TownJob job = {.text = "hinder"};
    town_do(town, run_close, &job);
    RunnerSettings settings = {.k_anonymous = 5,
                               .organisation = {"Sjöstads kommun", "The town of Sjöstad"},
                               .contact = "ciso@sjostad.example",
                               .base_url = "http://127.0.0.1:8080",
                               .keyring = town->keyring};
    g_autoptr(Runner) runner = runner_new(town->writer, town->db_path, &settings, &error);
    g_assert_no_error(error);
    RunnerResult result;
    bool drained = runner_drain(runner, clock_now_us(), &result, &error);
    g_assert_true(drained);
    g_assert_cmpuint(result.unsealed, ==, TOWN_PEOPLE);
}

static void await_empty_log(const Town *town) {
    g_autofree char *log = g_strconcat(town->db_path, "-wal", NULL);
    GStatBuf status = {.st_size = 1};
    for (guint tries = 0; tries < 500 && status.st_size > 0; tries++) {
        g_usleep(10000);
        g_assert_cmpint(g_stat(log, &status), ==, 0);
    }
    g_assert_cmpint(status.st_size, ==, 0);
}

/* The first bytes of every sealed ballot that the database holds. */
static GPtrArray *sealed_heads(const Town *town) {
    static const DbQuery query = {"bytes.sealed",
                                  "SELECT substr(sealed, 1, 24) AS head FROM ballot_sealed"};
    g_autoptr(GError) error = NULL;
    GPtrArray *heads = g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref);
    g_autoptr(Db) db = db_open(town->db_path, &error);
    g_assert_no_error(error);
    g_autoptr(DbStmt) row = db_query(db, &query, &error);
    g_assert_no_error(error);
    while (db_step(row, &error) == DB_ROW) {
        size_t size = 0;
        const void *head = db_blob(row, "head", &size);
        g_ptr_array_add(heads, g_bytes_new(head, size));
    }
    return heads;
}

/* On a page of the database that has a text or a ballot, nobody is named: no address, no name, no
 * invitation's number. */
static void assert_nobody_near(const Town *town, GBytes *files) {
    enum { PAGE_BYTES = 4096 };
    gsize size = 0;
    const char *bytes = g_bytes_get_data(files, &size);
    guint pages = 0;
    for (gsize at = 0; at + PAGE_BYTES <= size; at += PAGE_BYTES) {
        g_autoptr(GBytes) page = g_bytes_new(bytes + at, PAGE_BYTES);
        if (count_of(page, "Passersedlar", strlen("Passersedlar")) == 0 &&
            count_of(page, ",0],[", 5) == 0) {
            continue;
        }
        pages++;
        g_assert_cmpuint(count_of(page, "@sjostad", strlen("@sjostad")), ==, 0);
        g_assert_cmpuint(count_of(page, "127.0.0.1", strlen("127.0.0.1")), ==, 0);
        for (int person = 0; person < TOWN_PEOPLE; person++) {
            uint64_t id = GUINT64_TO_BE((uint64_t)town_invitation(town, "hinder", person));
            g_assert_cmpuint(count_of(page, &id, sizeof id), ==, 0);
        }
    }
    g_assert_cmpuint(pages, >=, 2);
}

static void test_bytes(void) {
    g_autoptr(Town) town = town_new();
    town_campaign(town, "hinder", survey);
    for (int person = 0; person < TOWN_PEOPLE; person++) {
        cast(town, person);
        g_autoptr(GBytes) files = files_read(town); /* the log as it is just now, too */
        assert_no_trace(town, files);
        assert_texts(files, 0, 0, person);
    }
    g_assert_cmpint(town_number(town, "SELECT count(*) AS n FROM ballot_sealed"), ==, TOWN_PEOPLE);
    g_autoptr(GPtrArray) heads = sealed_heads(town);
    close_and_open(town);
    await_empty_log(town);
    g_autoptr(GBytes) files = files_read(town);
    assert_no_trace(town, files);
    assert_texts(files, 1, 0, TOWN_PEOPLE);
    assert_nobody_near(town, files);
    g_assert_cmpuint(heads->len, ==, TOWN_PEOPLE);
    for (guint i = 0; i < heads->len; i++) {
        g_assert_cmpuint(count_of(files, g_bytes_get_data(heads->pdata[i], NULL), 24), ==, 0);
    }
    for (int person = 0; person < TOWN_PEOPLE; person++) {
        g_autofree char *address = g_strdup_printf("p%d@sjostad.example", person);
        g_autofree char *number =
            g_strdup_printf("%" G_GINT64_FORMAT, town_invitation(town, "hinder", person));
        g_assert_null(strstr(logged->str, address));
        g_assert_null(strstr(logged->str, number));
    }
    g_test_message("%zu bytes of files, %zu of log", g_bytes_get_size(files), logged->len);
    g_assert_nonnull(strstr(logged->str, "web.answered")); /* or nothing was looked at */
}

int main(int argc, char **argv) {
    g_setenv("G_MESSAGES_DEBUG", "all", TRUE);
    g_test_init(&argc, &argv, NULL);
    logged = g_string_new(NULL);
    g_log_set_writer_func(log_keep, NULL, NULL);
    g_test_add_func("/bytes/nothing-of-anybody", test_bytes);
    int status = g_test_run();
    g_string_free(logged, TRUE);
    return status;
}
