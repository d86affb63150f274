/* Proves the server's own promises: an answer is in the database's files before it is acknowledged,
 * also when many come at once; a full queue says so; stopping answers what is in flight; limits
 * hold; and what is no page of ours is refused in the right words. */
#include "tests/unit/web/client.h"
#include "tests/unit/web/town.h"
#include "web/request.h"

#include <stdatomic.h>

static const char quiz[] =
    "{'name': 'quiz', 'title': {'sv': 'Frågor', 'en': 'Questions'}, 'kind': 'knowledge', "
    "'content': "
    "{'pack': 'starter', 'areas': ['area1'], 'per_area': 3}, " TOWN_SCHEDULE "}";

static Town *town_with_quiz(void) {
    Town *town = town_new();
    town_campaign(town, "quiz", quiz);
    return town;
}

static void test_routes(void) {
    static const struct {
        const char *method, *target;
        unsigned status;
        const char *header, *value, *text;
    } cases[] = {
        {"GET", "/", 302, "Location", "/verify", ""},
        {"GET", "/verify", 200, "Content-Type", "text/html; charset=utf-8", "Är utskicket äkta?"},
        {"GET", "/verify?lang=en", 200, "Cache-Control", "no-store", "utbildning@sjostad.example"},
        {"GET", "/accessibility", 200, "Content-Type", "text/html; charset=utf-8",
         "inte gjort någon bedömning ännu"},
        {"GET", "/accessibility?lang=en", 200, "Cache-Control", "no-store", "mailto:ciso@sjostad"},
        {"GET", "/static/app.js", 200, "Content-Type", "text/javascript; charset=utf-8", ""},
        {"HEAD", "/verify", 200, "Content-Type", "text/html; charset=utf-8", ""},
        {"GET", "/healthz", 200, "Content-Type", "application/json", "\"status\":\"ok\""},
        {"GET", "/static/app.css", 200, "Cache-Control", "no-store", ":focus-visible"},
        {"GET", "/static/app.css?v=1", 200, "Cache-Control", "public, max-age=31536000, immutable",
         "body"},
        {"GET", "/favicon.svg", 200, "Content-Type", "image/svg+xml", "<svg"},
        {"GET", "/robots.txt", 200, "Content-Type", "text/plain; charset=utf-8", "Disallow: /"},
        {"GET", "/nothing", 404, "X-Content-Type-Options", "nosniff", "Sidan finns inte"},
        {"GET", "/nothing?lang=en", 404, "Referrer-Policy", "no-referrer", "There is no such page"},
        {"GET", "/demo/", 404, "Cache-Control", "no-store", "Sidan finns inte"},
        {"GET", "/static/../web/server.c", 404, "Cache-Control", "no-store", "Sidan finns inte"},
        {"POST", "/verify", 405, "Allow", "GET, HEAD", ""},
        {"DELETE", "/k/x", 405, "Allow", "GET, HEAD, POST", ""},
        {"PUT", "/healthz", 405, "Allow", "GET, HEAD", ""},
        {"GET", "/verify?lang=%", 400, "Cache-Control", "no-store", ""},
    };
    g_autoptr(Town) town = town_with_quiz();
    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(ClientReply) reply = client_ask(town->port, cases[i].method, cases[i].target);
        g_autofree char *value = client_header(reply, cases[i].header);
        g_autofree char *cookie = client_header(reply, "Set-Cookie");
        g_test_message("%s %s", cases[i].method, cases[i].target);
        g_assert_cmpuint(reply->status, ==, cases[i].status);
        g_assert_cmpstr(value, ==, cases[i].value);
        g_assert_nonnull(strstr(reply->body, cases[i].text));
        g_assert_null(cookie);
    }
}

/* For this machine only: a request that a proxy on it hands on is somebody else's. */
static void test_metrics(void) {
    static const char *const headers[] = {"X-Forwarded-For: 192.0.2.7", "Forwarded: for=192.0.2.7",
                                          "x-real-ip: 192.0.2.7", "Via: 1.1 proxy"};
    static const char *const lines[] = {"vetkoll_outbox_messages{state=\"ready\"} ",
                                        "vetkoll_outbox_in_doubt_total 0\n",
                                        "vetkoll_outbox_oldest_due_seconds ",
                                        "vetkoll_mail_attempts_total{class=\"transient\"} 0\n",
                                        "vetkoll_mail_notices_total{kind=\"complaint\"} 0\n",
                                        "vetkoll_invitations{status=\"complete\"} 0\n"};
    g_autoptr(Town) town = town_with_quiz();
    g_autoptr(ClientReply) reply = client_get(town->port, "/metrics");
    g_autofree char *type = client_header(reply, "Content-Type");
    g_assert_cmpuint(reply->status, ==, 200);
    g_assert_cmpstr(type, ==, "text/plain; version=0.0.4; charset=utf-8");
    for (guint i = 0; i < G_N_ELEMENTS(lines); i++) {
        g_test_message("%s", lines[i]);
        g_assert_nonnull(strstr(reply->body, lines[i]));
    }
    g_autofree char *invited =
        g_strdup_printf("vetkoll_invitations{status=\"none\"} %d\n", TOWN_PEOPLE);
    g_assert_nonnull(strstr(reply->body, invited));
    for (guint i = 0; i < G_N_ELEMENTS(headers); i++) {
        g_autofree char *text = g_strdup_printf(
            "GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n%s\r\n\r\n", headers[i]);
        g_autoptr(ClientReply) refused = client_raw(town->port, text, strlen(text));
        g_assert_cmpuint(refused->status, ==, 404);
        g_assert_null(strstr(refused->body, "vetkoll_outbox"));
    }
}

static void test_verify(void) {
    g_autoptr(Town) town = town_with_quiz();
    g_autoptr(GError) error = NULL;
    g_autoptr(Db) db = db_open(town->db_path, &error);
    g_autoptr(Campaign) campaign = campaign_find(db, "quiz", &error);
    g_assert_no_error(error);
    g_autoptr(ClientReply) verify = client_get(town->port, "/verify");
    g_assert_nonnull(strstr(verify->body, campaign->control_phrase));
    g_assert_nonnull(strstr(verify->body, "Frågor"));
    g_autofree char *link = town_link(town, "quiz", 0);
    g_autoptr(ClientReply) first = client_get(town->port, link);
    g_assert_nonnull(strstr(first->body, campaign->control_phrase));
}

static void test_limits(void) {
    g_autoptr(Town) town = town_with_quiz();
    g_autofree char *link = town_link(town, "quiz", 0);
    g_autofree char *path = g_strnfill(REQUEST_TARGET_MAX + 1, 'x');
    g_autofree char *target = g_strconcat("/", path, NULL);
    g_autoptr(ClientReply) too_far = client_get(town->port, target);
    g_assert_cmpuint(too_far->status, ==, 414);
    g_autofree char *body = g_strnfill(REQUEST_BODY_MAX + 1, '&');
    g_autoptr(ClientReply) said = client_post(town->port, link, body);
    g_assert_cmpuint(said->status, ==, 413);
    /* The same without saying how long it will be. */
    g_autofree char *chunked =
        g_strdup_printf("POST %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: "
                        "application/x-www-form-urlencoded\r\n"
                        "Transfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n",
                        link, REQUEST_BODY_MAX + 1, body);
    g_autoptr(ClientReply) unsaid = client_raw(town->port, chunked, strlen(chunked));
    g_assert_cmpuint(unsaid->status, ==, 413);
    g_autofree char *cookie = g_strnfill(2 * REQUEST_HEADERS_MAX, 'c');
    g_autofree char *headers = g_strdup_printf(
        "GET /verify HTTP/1.1\r\nHost: x\r\nCookie: %s\r\nConnection: close\r\n\r\n", cookie);
    g_autoptr(ClientReply) fat = client_raw(town->port, headers, strlen(headers));
    g_assert_cmpuint(fat->status, ==, 431);
    g_autofree char *json =
        g_strdup_printf("POST %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: "
                        "application/json\r\nContent-Length: 2\r\n\r\n{}",
                        link);
    g_autoptr(ClientReply) other_type = client_raw(town->port, json, strlen(json));
    g_assert_cmpuint(other_type->status, ==, 415);
    g_assert_cmpint(
        town_number(town, "SELECT count(*) AS n FROM invitation WHERE status <> 'none'"), ==, 0);
}

/* Clients that go away in the middle, and bytes that are no HTTP: the server goes on. */
static void test_rude_clients(void) {
    g_autoptr(Town) town = town_with_quiz();
    g_autofree char *link = town_link(town, "quiz", 0);
    g_autofree char *post = client_post_text(link, "action=start");
    for (gsize sent = 0; sent <= strlen(post); sent += 7) {
        g_autoptr(GSocketConnection) connection = client_connect(town->port);
        client_send(connection, post, sent);
        g_io_stream_close(G_IO_STREAM(connection), NULL, NULL);
    }
    static const char *const nonsense[] = {"\r\n\r\n\r\n", "\x16\x03\x01\x02\x01", "GET\r\n\r\n",
                                           "GET / HTTP/9.9\r\n\r\n",
                                           "GET verify HTTP/1.1\r\nHost: x\r\n\r\n"};
    for (guint i = 0; i < G_N_ELEMENTS(nonsense); i++) {
        g_autoptr(GSocketConnection) connection = client_connect(town->port);
        client_send(connection, nonsense[i], strlen(nonsense[i]));
        g_io_stream_close(G_IO_STREAM(connection), NULL, NULL);
    }
    g_autoptr(ClientReply) reply = client_get(town->port, "/healthz");
    g_assert_cmpuint(reply->status, ==, 200);
}

/* --- durable before acknowledged ------------------------------------------------------------- */

static void file_copy(const char *from, const char *to) {
    g_autofree char *data = NULL;
    gsize size;
    if (g_file_get_contents(from, &data, &size, NULL)) {
        g_assert_true(g_file_set_contents(to, data, (gssize)size, NULL));
    }
}

/* Started invitations in a copy of the database's files, as a crash would leave them now. */
static int64_t started_after_crash(const Town *town) {
    Town copy = *town;
    g_autofree char *path = g_build_filename(town->dir, "crash.db", NULL);
    g_autofree char *wal = g_strconcat(path, "-wal", NULL);
    g_autofree char *own_wal = g_strconcat(town->db_path, "-wal", NULL);
    file_copy(town->db_path, path);
    file_copy(own_wal, wal);
    copy.db_path = path;
    g_autoptr(Writer) recovers = writer_open(path, NULL);
    g_assert_nonnull(recovers);
    int64_t started =
        town_number(&copy, "SELECT count(*) AS n FROM invitation WHERE status = 'started'");
    writer_close(g_steal_pointer(&recovers));
    g_remove(wal);
    g_remove(path);
    return started;
}

static void test_durable(void) {
    g_autoptr(Town) town = town_with_quiz();
    for (int person = 0; person < TOWN_PEOPLE; person++) {
        g_autofree char *link = town_link(town, "quiz", person);
        g_autoptr(ClientReply) reply = client_post(town->port, link, "action=start");
        g_assert_cmpuint(reply->status, ==, 303);
        int64_t started = started_after_crash(town);
        g_assert_cmpint(started, ==, person + 1);
    }
}

typedef struct {
    const Town *town;
    char *link;
    int acknowledged;
} Visitor;

static gpointer person_answers(gpointer data) {
    Visitor *person = data;
    static const char *const forms[] = {"action=start", "action=next&page=0&q0=1&q1=0&q2=1",
                                        "action=start", "action=next&page=0&q0=0"};
    for (guint i = 0; i < G_N_ELEMENTS(forms); i++) {
        g_autoptr(ClientReply) reply = client_post(person->town->port, person->link, forms[i]);
        person->acknowledged += reply->status == 303;
        g_autoptr(ClientReply) page = client_get(person->town->port, person->link);
        g_assert_cmpuint(page->status, ==, 200);
    }
    return NULL;
}

static void test_concurrent(void) {
    enum { THREADS_EACH = 4 };
    g_autoptr(Town) town = town_with_quiz();
    Visitor people[TOWN_PEOPLE * THREADS_EACH] = {0};
    GThread *threads[G_N_ELEMENTS(people)];
    for (guint i = 0; i < G_N_ELEMENTS(people); i++) {
        people[i].town = town;
        people[i].link = town_link(town, "quiz", (int)(i % TOWN_PEOPLE));
        threads[i] = g_thread_new("person", person_answers, &people[i]);
    }
    for (guint i = 0; i < G_N_ELEMENTS(people); i++) {
        g_thread_join(threads[i]);
        g_assert_cmpint(people[i].acknowledged, ==, 4);
        g_free(people[i].link);
    }
    static const char complete[] = "SELECT count(*) AS n FROM invitation WHERE status = 'complete'";
    g_assert_cmpint(town_number(town, complete), ==, TOWN_PEOPLE);
    g_assert_cmpint(town_number(town, "SELECT count(*) AS n FROM response"), ==, TOWN_PEOPLE);
}

/* --- a writer that is held up ---------------------------------------------------------------- */

typedef struct {
    GMutex lock;
    GCond changed;
    bool running, released;
    guint done;
} Gate;

static bool gate_hold(DbTx *tx, gpointer data, GError **error) {
    Gate *gate = data;
    (void)tx;
    (void)error;
    g_mutex_lock(&gate->lock);
    gate->running = true;
    g_cond_broadcast(&gate->changed);
    while (!gate->released) {
        g_cond_wait(&gate->changed, &gate->lock);
    }
    g_mutex_unlock(&gate->lock);
    return true;
}

static bool gate_pass(DbTx *tx, gpointer data, GError **error) {
    (void)tx;
    (void)data;
    (void)error;
    return true;
}

static void gate_done(gpointer data, const GError *error) {
    Gate *gate = data;
    g_assert_no_error(error);
    g_mutex_lock(&gate->lock);
    gate->done++;
    g_cond_broadcast(&gate->changed);
    g_mutex_unlock(&gate->lock);
}

static void gate_close(Gate *gate, Town *town) {
    bool posted = writer_post(town->writer, gate_hold, gate_done, gate);
    g_assert_true(posted);
    g_mutex_lock(&gate->lock);
    while (!gate->running) {
        g_cond_wait(&gate->changed, &gate->lock);
    }
    g_mutex_unlock(&gate->lock);
}

static void gate_open(Gate *gate) {
    g_mutex_lock(&gate->lock);
    gate->released = true;
    g_cond_broadcast(&gate->changed);
    g_mutex_unlock(&gate->lock);
}

static void gate_wait(Gate *gate, guint done) {
    g_mutex_lock(&gate->lock);
    while (gate->done < done) {
        g_cond_wait(&gate->changed, &gate->lock);
    }
    g_mutex_unlock(&gate->lock);
}

static void test_full_queue(void) {
    g_autoptr(Town) town = town_with_quiz();
    g_autofree char *link = town_link(town, "quiz", 0);
    Gate gate = {0};
    guint queued = 1;
    g_log_set_always_fatal(G_LOG_FATAL_MASK); /* the refusals are warned of */
    gate_close(&gate, town);
    while (writer_post(town->writer, gate_pass, gate_done, &gate)) {
        queued++;
    }
    g_autoptr(ClientReply) refused = client_post(town->port, link, "action=start");
    g_autofree char *retry = client_header(refused, "Retry-After");
    g_assert_cmpuint(refused->status, ==, 503);
    g_assert_cmpstr(retry, ==, "5");
    g_assert_nonnull(strstr(refused->body, "Många svarar just nu"));
    g_assert_nonnull(strstr(refused->body, "name=\"action\" value=\"start\""));
    g_assert_nonnull(strstr(refused->body, "Skicka igen"));
    g_autoptr(ClientReply) sick = client_get(town->port, "/healthz");
    g_assert_cmpuint(sick->status, ==, 503);
    g_autoptr(ClientReply) reads =
        client_get(town->port, link); /* readers do not wait for the writer */
    g_assert_cmpuint(reads->status, ==, 200);
    gate_open(&gate);
    gate_wait(&gate, queued);
    g_autoptr(ClientReply) taken = client_post(town->port, link, "action=start");
    g_assert_cmpuint(taken->status, ==, 303);
}

static gpointer stop(gpointer data) {
    Town *town = data;
    server_stop(g_steal_pointer(&town->server));
    return NULL;
}

static void test_stop_in_flight(void) {
    enum { WAITING = 20 };
    g_autoptr(Town) town = town_with_quiz();
    g_autoptr(GPtrArray) connections = g_ptr_array_new_with_free_func(g_object_unref);
    Gate gate = {0};
    gate_close(&gate, town);
    for (int i = 0; i < WAITING; i++) {
        g_autofree char *link = town_link(town, "quiz", i % TOWN_PEOPLE);
        g_autofree char *text = client_post_text(link, "action=start");
        GSocketConnection *connection = client_connect(town->port);
        client_send(connection, text, strlen(text));
        g_ptr_array_add(connections, connection);
    }
    g_usleep(300 * 1000); /* until they are suspended */
    GThread *stopping = g_thread_new("stop", stop, town);
    g_usleep(300 * 1000);
    gate_open(&gate);
    for (int i = 0; i < WAITING; i++) {
        g_autoptr(ClientReply) reply = client_read(g_ptr_array_index(connections, i));
        g_assert_cmpuint(reply->status, ==, 303);
    }
    g_thread_join(stopping);
    gate_wait(&gate, 1);
    g_assert_cmpint(
        town_number(town, "SELECT count(*) AS n FROM invitation WHERE status = 'started'"), ==,
        TOWN_PEOPLE);
}

typedef struct {
    GPtrArray *connections;
    const char *text;
    atomic_bool began;
} Stream;

/* One change after another, each over a connection that has been open for a while. */
static gpointer stream_send(gpointer data) {
    Stream *stream = data;
    for (guint i = 0; i < stream->connections->len; i++) {
        GSocket *socket = g_socket_connection_get_socket(stream->connections->pdata[i]);
        g_socket_send(socket, stream->text, strlen(stream->text), NULL, NULL);
        atomic_store(&stream->began, true);
        g_usleep(50);
    }
    return NULL;
}

/* Changes go on coming until the last moment, and nothing falls over them. */
static void test_stop_in_stream(void) {
    enum { STOPS = 30, CLIENTS = 400 };
    g_log_set_always_fatal(G_LOG_FATAL_MASK); /* the latest are refused, with a warning */
    g_autoptr(Town) town = town_with_quiz();
    g_autofree char *link = town_link(town, "quiz", 0);
    g_autofree char *text = client_post_text(link, "action=start");
    for (int turn = 0; turn < STOPS; turn++) {
        g_autoptr(GPtrArray) connections = g_ptr_array_new_with_free_func(g_object_unref);
        for (int i = 0; i < CLIENTS; i++) {
            g_ptr_array_add(connections, client_connect(town->port));
        }
        Stream stream = {.connections = connections, .text = text};
        GThread *sending = g_thread_new("stream", stream_send, &stream);
        while (!atomic_load(&stream.began)) {
            g_usleep(100);
        }
        server_stop(g_steal_pointer(&town->server));
        g_thread_join(sending);
        town_serve(town, NULL);
    }
}

/* A client that gave up while the writer had its answer: the answer stays, nothing else happens. */
static void test_gone_while_waiting(void) {
    g_autoptr(Town) town = town_with_quiz();
    Gate gate = {0};
    gate_close(&gate, town);
    for (int i = 0; i < TOWN_PEOPLE; i++) {
        g_autofree char *link = town_link(town, "quiz", i);
        g_autofree char *text = client_post_text(link, "action=start");
        g_autoptr(GSocketConnection) connection = client_connect(town->port);
        client_send(connection, text, strlen(text));
        g_usleep(20 * 1000);
        g_io_stream_close(G_IO_STREAM(connection), NULL, NULL);
    }
    gate_open(&gate);
    gate_wait(&gate, 1);
    g_autoptr(ClientReply) well = client_get(town->port, "/healthz"); /* behind them in the queue */
    g_assert_cmpuint(well->status, ==, 200);
    g_assert_cmpint(
        town_number(town, "SELECT count(*) AS n FROM invitation WHERE status = 'started'"), ==,
        TOWN_PEOPLE);
}

/* --- the demonstration's folder, addresses --------------------------------------------------- */

static void test_folder(void) {
    static const struct {
        const char *target;
        unsigned status;
    } cases[] = {
        {"/demo/", 200},
        {"/demo/index.html", 200},
        {"/demo/town.db", 200},
        {"/demo/%2e%2e/", 404},
        {"/demo/../demo/", 404},
        {"/demo/.hidden", 404},
        {"/demo//index.html", 404},
        {"/demo/none.html", 404},
        {"/demo/%00", 404},
        {"/demo/%2Fetc/passwd", 404},
        {"/demo/index.html/", 404},
        {"/demo/link", 404},
    };
    g_autoptr(Town) town = town_new();
    g_autofree char *index = g_build_filename(town->dir, "index.html", NULL);
    g_autofree char *hidden = g_build_filename(town->dir, ".hidden", NULL);
    g_autofree char *link = g_build_filename(town->dir, "link", NULL);
    g_assert_true(g_file_set_contents(index, "<p>demo", -1, NULL));
    g_assert_true(g_file_set_contents(hidden, "x", -1, NULL));
    g_autoptr(GFile) symbolic = g_file_new_for_path(link);
    g_assert_true(g_file_make_symbolic_link(symbolic, "/etc/hostname", NULL, NULL));
    server_stop(g_steal_pointer(&town->server));
    town_serve(town, town->dir);
    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(ClientReply) reply = client_get(town->port, cases[i].target);
        g_test_message("%s", cases[i].target);
        g_assert_cmpuint(reply->status, ==, cases[i].status);
    }
    g_autoptr(ClientReply) home = client_get(town->port, "/");
    g_autofree char *location = client_header(home, "Location");
    g_assert_cmpstr(location, ==, "/demo/");
}

static void test_address_faults(void) {
    g_autoptr(Town) town = town_new();
    static const struct {
        const char *host;
        bool taken;
        int fault;
    } cases[] = {
        {"not an address", false, VK_ERROR_INPUT},
        {"192.0.2.1", false, VK_ERROR_INPUT},
        {"127.0.0.1", true, VK_ERROR_CONFLICT},
    };
    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GError) error = NULL;
        ServerSettings settings = {.listen_host = cases[i].host,
                                   .port = cases[i].taken ? town->port : 0,
                                   .db_path = town->db_path};
        g_assert_null(server_start(&settings, town->writer, town->catalog, town->keyring, &error));
        g_assert_error(error, VK_ERROR, cases[i].fault);
    }
    g_autoptr(GError) error = NULL;
    ServerSettings settings = {.listen_host = "127.0.0.1", .db_path = "/nonexistent/town.db"};
    g_assert_null(server_start(&settings, town->writer, town->catalog, town->keyring, &error));
    g_assert_nonnull(error);
}

int main(int argc, char **argv) {
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/server/routes", test_routes);
    g_test_add_func("/server/metrics", test_metrics);
    g_test_add_func("/server/verify", test_verify);
    g_test_add_func("/server/limits", test_limits);
    g_test_add_func("/server/rude-clients", test_rude_clients);
    g_test_add_func("/server/durable", test_durable);
    g_test_add_func("/server/concurrent", test_concurrent);
    g_test_add_func("/server/full-queue", test_full_queue);
    g_test_add_func("/server/stop-in-flight", test_stop_in_flight);
    g_test_add_func("/server/stop-in-stream", test_stop_in_stream);
    g_test_add_func("/server/gone-while-waiting", test_gone_while_waiting);
    g_test_add_func("/server/folder", test_folder);
    g_test_add_func("/server/address-faults", test_address_faults);
    return g_test_run();
}
