/* Tokens from a server of ours: kept until shortly before they run out, fetched once for all
 * threads, and every wrong answer an error with the right code. HTTPS and real refusals are tried
 * in tests/relays. */
#include "mailer/oauth.h"

#include "base/error.h"
#include "base/lang.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

typedef struct {
    int listener;
    GThread *thread;
    const char *status; /* "200 OK" */
    const char *body;   /* %d: how many requests there were */
    bool endless;
    atomic_int requests;
    GString *latest; /* request; read after the server's end */
    char *url;
} Server;

static void server_answer(Server *server, int fd) {
    char bytes[4096];
    g_string_truncate(server->latest, 0);
    while (strstr(server->latest->str, "grant_type=") == NULL) {
        ssize_t size = recv(fd, bytes, sizeof bytes, 0);
        if (size <= 0) {
            return;
        }
        g_string_append_len(server->latest, bytes, size);
    }
    g_usleep(20000); /* others come meanwhile */
    g_autofree char *number = g_strdup_printf("%d", atomic_fetch_add(&server->requests, 1) + 1);
    g_auto(GStrv) parts = g_strsplit(server->body, "%d", 2);
    g_autofree char *body = g_strjoinv(number, parts);
    g_autofree char *answer =
        g_strdup_printf("HTTP/1.1 %s\r\nConnection: close\r\nContent-Length: %zu\r\n\r\n%s",
                        server->status, server->endless ? (size_t)100000000 : strlen(body), body);
    ssize_t sent = send(fd, answer, strlen(answer), MSG_NOSIGNAL);
    while (server->endless && sent > 0) {
        sent = send(fd, body, strlen(body), MSG_NOSIGNAL);
    }
}

static gpointer server_loop(gpointer data) {
    Server *server = data;
    for (int fd; (fd = accept(server->listener, NULL, NULL)) >= 0;) {
        server_answer(server, fd);
        close(fd);
    }
    return NULL;
}

static Server *server_start(const char *status, const char *body) {
    Server *server = g_new0(Server, 1);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    server->status = status;
    server->body = body;
    server->latest = g_string_new(NULL);
    server->listener = socket(AF_INET, SOCK_STREAM, 0);
    g_assert_cmpint(bind(server->listener, (struct sockaddr *)&address, size), ==, 0);
    g_assert_cmpint(listen(server->listener, 20), ==, 0);
    getsockname(server->listener, (struct sockaddr *)&address, &size);
    server->url = g_strdup_printf("http://127.0.0.1:%u/token", ntohs(address.sin_port));
    server->thread = g_thread_new("server", server_loop, server);
    return server;
}

static void server_stop(Server *server) {
    shutdown(server->listener, SHUT_RDWR);
    g_thread_join(server->thread);
    close(server->listener);
    g_string_free(server->latest, TRUE);
    g_free(server->url);
    g_free(server);
}

static Oauth *must_open(const Server *server) {
    g_autoptr(GError) error = NULL;
    const OauthSettings settings = {.token_url = server->url,
                                    .client_id = "vet koll",
                                    .client_secret = "a&b=c+d",
                                    .scope = "https://x/.default",
                                    .ca_file = "",
                                    .timeout_ms = 2000};
    Oauth *oauth = oauth_open(&settings, &error);
    g_assert_no_error(error);
    return oauth;
}

static void test_kept(void) {
    g_autoptr(GError) error = NULL;
    Server *server = server_start("200 OK", "{\"access_token\": \"t%d\", \"expires_in\": 3600}");
    g_autoptr(Oauth) oauth = must_open(server);
    bool fresh = false;
    g_autofree char *first = oauth_token(oauth, &fresh, &error);
    g_assert_no_error(error);
    g_assert_cmpstr(first, ==, "t1");
    g_assert_true(fresh);
    g_autofree char *second = oauth_token(oauth, &fresh, &error);
    g_assert_cmpstr(second, ==, "t1");
    g_assert_false(fresh);
    oauth_forget(oauth, "another");
    g_autofree char *third = oauth_token(oauth, &fresh, &error);
    g_assert_cmpstr(third, ==, "t1");
    oauth_forget(oauth, "t1");
    g_autofree char *fourth = oauth_token(oauth, &fresh, &error);
    g_assert_cmpstr(fourth, ==, "t2");
    g_assert_nonnull(strstr(server->latest->str,
                            "grant_type=client_credentials&client_id=vet%20koll&client_secret="
                            "a%26b%3Dc%2Bd&scope=https%3A%2F%2Fx%2F.default"));
    server_stop(server);
}

static void test_short_life(void) {
    Server *server = server_start("200 OK", "{\"access_token\": \"t%d\", \"expires_in\": \"60\"}");
    g_autoptr(Oauth) oauth = must_open(server);
    g_autofree char *first = oauth_token(oauth, NULL, NULL);
    g_autofree char *second = oauth_token(oauth, NULL, NULL);
    g_assert_cmpstr(first, ==, "t1");
    g_assert_cmpstr(second, ==, "t2");
    server_stop(server);
}

static gpointer fetch_one(gpointer data) {
    return oauth_token(data, NULL, NULL);
}

static void test_threads(void) {
    enum { THREADS = 16 };
    GThread *threads[THREADS];
    Server *server = server_start("200 OK", "{\"access_token\": \"t%d\"}");
    g_autoptr(Oauth) oauth = must_open(server);
    for (int i = 0; i < THREADS; i++) {
        threads[i] = g_thread_new("fetch", fetch_one, oauth);
    }
    for (int i = 0; i < THREADS; i++) {
        g_autofree char *token = g_thread_join(threads[i]);
        g_assert_cmpstr(token, ==, "t1");
    }
    server_stop(server);
}

static void test_wrong_answers(void) {
    static const struct {
        const char *status;
        const char *body;
        int code;
        const char *said;
        bool endless;
    } wrong[] = {
        {"200 OK", "", VK_ERROR_DENIED, "access_token", false},
        {"200 OK", "<html>", VK_ERROR_DENIED, "access_token", false},
        {"200 OK", "{\"access_token\": 7}", VK_ERROR_DENIED, "access_token", false},
        {"200 OK", "{\"access_token\": \"\"}", VK_ERROR_DENIED, "access_token", false},
        {"200 OK", "{\"access_token\": \"a\\r\\nRSET\"}", VK_ERROR_DENIED, "access_token", false},
        {"200 OK", "[1, 2]", VK_ERROR_DENIED, "access_token", false},
        {"302 Found", "{}", VK_ERROR_DENIED, "HTTP 302", false},
        {"400 Bad", "{\"error\": \"invalid_scope\"}", VK_ERROR_DENIED, "invalid_scope", false},
        {"401 No", "{\"error\": 1, \"error_description\": \"line\\none\"}", VK_ERROR_DENIED,
         "line one", false},
        {"429 Slow", "", VK_ERROR_BUSY, "HTTP 429", false},
        {"503 Later", "nonsense", VK_ERROR_BUSY, "HTTP 503", false},
        {"200 OK", "{\"padding\": \"................................................\"}",
         VK_ERROR_BUSY, "token server", true},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(wrong); i++) {
        g_autoptr(GError) error = NULL;
        Server *server = server_start(wrong[i].status, wrong[i].body);
        server->endless = wrong[i].endless;
        g_autoptr(Oauth) oauth = must_open(server);
        g_assert_null(oauth_token(oauth, NULL, &error));
        g_assert_error(error, VK_ERROR, wrong[i].code);
        g_assert_nonnull(strstr(error->message, wrong[i].said));
        g_assert_null(strstr(error->message, "a&b=c+d")); /* the secret is not told */
        server_stop(server);
    }
}

static void test_settings(void) {
    static const OauthSettings wrong[] = {
        {.token_url = "", .client_id = "a", .client_secret = "b"},
        {.token_url = "https://t.example", .client_id = "", .client_secret = "b"},
        {.token_url = "https://t.example", .client_id = "a", .client_secret = NULL},
        {.token_url = "http://t.example", .client_id = "a", .client_secret = "b"},
        {.token_url = "http://127.0.0.1.t.example", .client_id = "a", .client_secret = "b"},
        {.token_url = "file:///etc/passwd", .client_id = "a", .client_secret = "b"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(wrong); i++) {
        g_autoptr(GError) error = NULL;
        g_assert_null(oauth_open(&wrong[i], &error));
        g_assert_error(error, VK_ERROR, VK_ERROR_INPUT);
    }
}

int main(int argc, char **argv) {
    g_test_init(&argc, &argv, NULL);
    lang_set(LANG_EN);
    g_test_add_func("/oauth/kept", test_kept);
    g_test_add_func("/oauth/short-life", test_short_life);
    g_test_add_func("/oauth/threads", test_threads);
    g_test_add_func("/oauth/wrong-answers", test_wrong_answers);
    g_test_add_func("/oauth/settings", test_settings);
    return g_test_run();
}
