/* One exchange is one request and its reply:
 *
 *   (request line) -> begun -> [body read] -> answered                    a GET, or a refusal
 *                                          -> suspended -> settled -> answered    a change
 *
 * Invariants: an exchange is owned by its connection until on_completed; while it is suspended only
 * the writer's thread touches it, and only to leave the outcome and resume. A connection is
 * suspended before its job is queued, so that the outcome can never come first. What a crash loses
 * was never answered. */
#include "web/server.h"

#include <fcntl.h>
#include <microhttpd.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "web/guests.h"
#include "web/listen.h"
#include "web/loops.h"
#include "web/page.h"
#include "web/route.h"

/* The leaves of 100,000 invitations stay in it. */
enum { WRITER_CACHE_MB = 16 };

enum { BODY_SWALLOW_MAX = 16 * REQUEST_BODY_MAX };

/* How far an exchange has come; it is counted at every stage that it has reached. */
typedef enum {
    STAGE_BEGUN,     /* its request line was read */
    STAGE_ASKED,     /* all of it was read: it will be answered */
    STAGE_SUSPENDED, /* the writer has it */
} Stage;
enum { STAGE_COUNT = 3 };
enum { SERVER_GRACE_MS = 1000 };

struct Server {
    Site *site;
    Loops *loops;
    int listening; /* the socket; each loop has a descriptor of its own */
    Proxies *proxies;
    Guests *guests;
    char *certificate; /* PEM; NULL: plain HTTP */
    char *key;
    uint16_t port;
    atomic_bool stopping;
    pthread_mutex_t lock;
    pthread_cond_t less;
    guint count[STAGE_COUNT];
    bool shut; /* nothing may be suspended any more */
};

typedef struct {
    Server *server;
    struct MHD_Connection *connection;
    char *target;
    bool begun;
    bool asked;
    gsize body_seen; /* bytes that came, kept or not */
    GByteArray *body;
    Request *request;
    Change change;
    GError *outcome;     /* the change's, left by the writer's thread */
    atomic_bool settled; /* `outcome` may be read */
    Reply *reply;
    int64_t begun_at_us;
} Exchange;

static void exchange_free(Exchange *exchange) {
    if (exchange->change.free) {
        exchange->change.free(exchange->change.data);
    }
    g_byte_array_unref(exchange->body);
    request_free(exchange->request);
    reply_free(exchange->reply);
    g_clear_error(&exchange->outcome);
    g_free(exchange->target);
    g_free(exchange);
}

/* False for what may not be suspended any more. */
static bool server_enter(Server *server, Stage stage) {
    pthread_mutex_lock(&server->lock);
    bool open = stage != STAGE_SUSPENDED || !server->shut;
    server->count[stage] += open;
    pthread_mutex_unlock(&server->lock);
    return open;
}

static void server_leave(Server *server, Stage stage) {
    pthread_mutex_lock(&server->lock);
    server->count[stage]--;
    pthread_cond_broadcast(&server->less);
    pthread_mutex_unlock(&server->lock);
}

/* One connection. */
typedef struct {
    Guest *guest;
    Exchange *early; /* its request line was read: the library may refuse it without a word to us */
} Caller;

static Caller *caller_of(struct MHD_Connection *connection) {
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    return info->socket_context;
}

/* The connection has so long for what comes next; 0: as long as we need. */
static void exchange_give(Exchange *exchange, guint seconds) {
    guest_give(caller_of(exchange->connection)->guest, seconds);
}

/* --- the reply ------------------------------------------------------------------------------- */

static void header_add(const char *name, const char *value, gpointer response) {
    if (MHD_add_response_header(response, name, value) != MHD_YES) {
        log_event(LOG_ERROR, "web.header_refused", "name=%s", name);
    }
}

static void body_free(void *bytes) {
    g_bytes_unref(bytes);
}

static enum MHD_Result exchange_send(Exchange *exchange) {
    const Reply *reply = exchange->reply;
    Server *server = exchange->server;
    gsize size;
    gconstpointer data = g_bytes_get_data(reply->body, &size);
    /* The response holds its own reference: the body lives until the last byte is sent. */
    struct MHD_Response *response = MHD_create_response_from_buffer_with_free_callback_cls(
        size, (void *)(guintptr)data, body_free, g_bytes_ref(reply->body));
    if (!response) {
        return MHD_NO;
    }
    reply_headers(reply, server->site->https, header_add, response);
    if (atomic_load(&server->stopping)) {
        header_add("Connection", "close", response);
    }
    exchange_give(exchange, REQUEST_REPLY_S);
    enum MHD_Result result = MHD_queue_response(exchange->connection, reply->status, response);
    MHD_destroy_response(response);
    log_event(LOG_DEBUG, "web.answered", "route=%s status=%u us=%" G_GINT64_FORMAT,
              exchange->request ? route_name(exchange->request) : "none", reply->status,
              clock_now_us() - exchange->begun_at_us);
    return result;
}

static enum MHD_Result exchange_fail(Exchange *exchange, const GError *error) {
    exchange->reply = page_fault(exchange->server->site, exchange->request, error);
    return exchange_send(exchange);
}

/* --- changes --------------------------------------------------------------------------------- */

static bool change_run(DbTx *tx, gpointer data, GError **error) {
    Exchange *exchange = data;
    return exchange->change.run(tx, exchange->change.data, error);
}

static void change_done(gpointer data, const GError *error) {
    Exchange *exchange = data;
    Server *server = exchange->server;
    exchange->outcome = error ? g_error_copy(error) : NULL;
    atomic_store(&exchange->settled, true);
    /* After the resume the exchange is its connection's again, and may be gone. */
    const struct MHD_Daemon *daemon =
        MHD_get_connection_info(exchange->connection, MHD_CONNECTION_INFO_DAEMON)->daemon;
    MHD_resume_connection(exchange->connection);
    loops_wake(server->loops, daemon);
    server_leave(server, STAGE_SUSPENDED);
}

static enum MHD_Result exchange_settle(Exchange *exchange) {
    const Change *change = &exchange->change;
    exchange->reply =
        change->reply(exchange->server->site, exchange->request, change->data, exchange->outcome);
    return exchange_send(exchange);
}

static enum MHD_Result exchange_queue_change(Exchange *exchange) {
    Server *server = exchange->server;
    if (!server_enter(server, STAGE_SUSPENDED)) {
        exchange->outcome = g_error_new_literal(VK_ERROR, VK_ERROR_BUSY, "the program is stopping");
        return exchange_settle(exchange);
    }
    MHD_suspend_connection(exchange->connection);
    if (writer_post(server->site->writer, change_run, change_done, exchange)) {
        return MHD_YES;
    }
    g_autoptr(GError) busy =
        g_error_new_literal(VK_ERROR, VK_ERROR_BUSY, "the writer's queue is full or closed");
    change_done(exchange, busy);
    return MHD_YES;
}

/* --- the request ----------------------------------------------------------------------------- */

static const char *header_get(Exchange *exchange, const char *name) {
    return MHD_lookup_connection_value(exchange->connection, MHD_HEADER_KIND, name);
}

/* What can be refused before the body is read. False if the request goes on. */
static bool exchange_refuse(Exchange *exchange, enum MHD_Result *out_result) {
    g_autoptr(GError) error = NULL;
    const Request *request = exchange->request;
    exchange->reply = route_refuse(exchange->server->site, request);
    if (exchange->reply) {
        *out_result = exchange_send(exchange);
        return true;
    }
    if (request->method != METHOD_POST) {
        return false;
    }
    const char *length = header_get(exchange, MHD_HTTP_HEADER_CONTENT_LENGTH);
    /* What is a little too long is read and thrown away: who is still sending does not hear us. */
    if (length && g_ascii_strtoull(length, NULL, 10) > BODY_SWALLOW_MAX) {
        error_set(&error, VK_ERROR_LIMIT, "the form is too large");
        *out_result = exchange_fail(exchange, error);
        return true;
    }
    if (!request_type_is_form(header_get(exchange, MHD_HTTP_HEADER_CONTENT_TYPE))) {
        exchange->reply = reply_text(415, "application/x-www-form-urlencoded, please.\n");
        *out_result = exchange_send(exchange);
        return true;
    }
    return false;
}

static enum MHD_Result forwarded_add(void *cls, enum MHD_ValueKind kind, const char *name,
                                     const char *value) {
    GString *forwarded = cls;
    (void)kind;
    if (value && g_ascii_strcasecmp(name, "X-Forwarded-For") == 0) {
        g_string_append_printf(forwarded, "%s%s", forwarded->len > 0 ? "," : "", value);
    }
    return MHD_YES;
}

/* Whom the request is from; what a proxy says counts where the proxy is ours. */
static Network exchange_client(Exchange *exchange, const Network *peer) {
    const Proxies *proxies = exchange->server->proxies;
    if (!proxies_hold(proxies, peer)) {
        return *peer;
    }
    g_autoptr(GString) forwarded = g_string_new(NULL);
    MHD_get_connection_values(exchange->connection, MHD_HEADER_KIND, forwarded_add, forwarded);
    return proxies_client(proxies, peer, forwarded->len > 0 ? forwarded->str : NULL);
}

/* From this machine, and no header says that it is handed on for somebody else. */
static bool exchange_is_local(Exchange *exchange, const Network *peer) {
    static const char *const proxies[] = {"Forwarded",        "X-Forwarded-For",
                                          "X-Forwarded-Host", "X-Forwarded-Proto",
                                          "X-Real-IP",        "Via"};
    for (guint i = 0; i < G_N_ELEMENTS(proxies); i++) {
        if (header_get(exchange, proxies[i])) {
            return false;
        }
    }
    return network_is_loopback(peer);
}

static enum MHD_Result exchange_begin(Exchange *exchange, struct MHD_Connection *connection,
                                      const char *method) {
    g_autoptr(GError) error = NULL;
    exchange->begun = true;
    exchange->connection = connection;
    exchange->begun_at_us = clock_now_us();
    exchange_give(exchange, REQUEST_BODY_S);
    exchange->request = request_new(method, exchange->target, exchange->begun_at_us, &error);
    if (!exchange->request) {
        exchange->reply = page_fault(exchange->server->site, NULL, error);
        bool too_long = g_error_matches(error, VK_ERROR, VK_ERROR_LIMIT);
        exchange->reply->status = too_long ? 414 : exchange->reply->status;
        return exchange_send(exchange);
    }
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    Network peer;
    network_from_socket(info->client_addr, &peer);
    exchange->request->client = exchange_client(exchange, &peer);
    exchange->request->local = exchange_is_local(exchange, &peer);
    enum MHD_Result result;
    return exchange_refuse(exchange, &result) ? result : MHD_YES;
}

/* A part of the body. Too long a one is read on and thrown away, so that the reply can be sent. */
static enum MHD_Result exchange_take(Exchange *exchange, const char *data, size_t *size) {
    exchange->body_seen += *size;
    if (exchange->body_seen <= REQUEST_BODY_MAX) {
        g_byte_array_append(exchange->body, (const guint8 *)data, (guint)*size);
    }
    *size = 0;
    return exchange->body_seen <= BODY_SWALLOW_MAX ? MHD_YES : MHD_NO;
}

static enum MHD_Result exchange_answer(Exchange *exchange) {
    g_autoptr(GError) error = NULL;
    exchange->asked = true;
    exchange_give(exchange, 0);
    server_enter(exchange->server, STAGE_ASKED);
    if (exchange->body_seen > REQUEST_BODY_MAX) {
        error_set(&error, VK_ERROR_LIMIT, "the form is too large");
        return exchange_fail(exchange, error);
    }
    if (exchange->request->method == METHOD_POST &&
        !request_read_form(exchange->request, (const char *)exchange->body->data,
                           exchange->body->len, &error)) {
        return exchange_fail(exchange, error);
    }
    exchange->reply = route_answer(exchange->server->site, exchange->request, &exchange->change);
    g_assert((exchange->reply != NULL) != (exchange->change.run != NULL));
    return exchange->reply ? exchange_send(exchange) : exchange_queue_change(exchange);
}

static enum MHD_Result on_request(void *cls, struct MHD_Connection *connection, const char *url,
                                  const char *method, const char *version, const char *upload_data,
                                  size_t *upload_size, void **state) {
    Exchange *exchange = *state;
    (void)cls;
    (void)url;
    (void)version;
    if (!exchange->begun) {
        caller_of(connection)->early = NULL;
        return exchange_begin(exchange, connection, method);
    }
    if (*upload_size > 0) {
        return exchange_take(exchange, upload_data, upload_size);
    }
    if (!exchange->asked) {
        return exchange_answer(exchange);
    }
    return atomic_load(&exchange->settled) ? exchange_settle(exchange) : MHD_YES;
}

static void caller_forget_early(Caller *caller) {
    if (caller->early) {
        server_leave(caller->early->server, STAGE_BEGUN);
        g_clear_pointer(&caller->early, exchange_free);
    }
}

static void *on_target(void *cls, const char *target, struct MHD_Connection *connection) {
    Caller *caller = caller_of(connection);
    caller_forget_early(caller);
    Exchange *exchange = g_new0(Exchange, 1);
    caller->early = exchange;
    exchange->server = cls;
    exchange->target = g_strndup(target, strnlen(target, REQUEST_TARGET_MAX + 1));
    exchange->body = g_byte_array_new();
    server_enter(exchange->server, STAGE_BEGUN);
    return exchange;
}

static void on_completed(void *cls, struct MHD_Connection *connection, void **state,
                         enum MHD_RequestTerminationCode code) {
    (void)code;
    Exchange *exchange = *state;
    if (exchange) {
        caller_of(connection)->early = NULL;
        if (exchange->asked) {
            server_leave(cls, STAGE_ASKED);
        }
        if (exchange->connection) {
            exchange_give(exchange, REQUEST_HEAD_S);
        }
        exchange_free(exchange);
        server_leave(cls, STAGE_BEGUN);
        *state = NULL;
    }
}

static enum MHD_Result on_arrival(void *cls, const struct sockaddr *address, socklen_t length) {
    const Server *server = cls;
    (void)length;
    return guests_admit(server->guests, address) ? MHD_YES : MHD_NO;
}

static void on_connection(void *cls, struct MHD_Connection *connection, void **context,
                          enum MHD_ConnectionNotificationCode code) {
    const Server *server = cls;
    if (code == MHD_CONNECTION_NOTIFY_CLOSED) {
        Caller *caller = *context;
        caller_forget_early(caller);
        guests_leave(server->guests, caller->guest);
        g_free(caller);
        return;
    }
    int fd = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    Caller *caller = g_new0(Caller, 1);
    caller->guest = guests_enter(server->guests, fd, info->client_addr, REQUEST_HEAD_S);
    *context = caller;
}

static void on_log(void *cls, const char *format, va_list arguments) {
    (void)cls;
    G_GNUC_BEGIN_IGNORE_DEPRECATIONS
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    g_autofree char *text = g_strdup_vprintf(format, arguments);
#pragma GCC diagnostic pop
    G_GNUC_END_IGNORE_DEPRECATIONS
    log_event(LOG_DEBUG, "web.microhttpd", "text=\"%s\"", g_strchomp(text));
}

/* --- life ------------------------------------------------------------------------------------ */

static void server_free(Server *server) {
    loops_stop(server->loops);
    if (server->listening >= 0) {
        close(server->listening);
    }
    site_free(server->site);
    guests_free(server->guests);
    proxies_free(server->proxies);
    g_free(server->certificate);
    g_free(server->key);
    pthread_cond_destroy(&server->less);
    pthread_mutex_destroy(&server->lock);
    g_free(server);
}

static void daemon_run(gpointer daemon) {
    MHD_run(daemon);
}

static int daemon_timeout_ms(gpointer daemon) {
    MHD_UNSIGNED_LONG_LONG ms = 0;
    return MHD_get_timeout(daemon, &ms) == MHD_YES ? (int)MIN(ms, G_MAXINT) : -1;
}

static void daemon_quiesce(gpointer daemon) {
    int fd = MHD_quiesce_daemon(daemon);
    if (fd >= 0) {
        close(fd);
    }
}

static void daemon_end(gpointer daemon) {
    MHD_stop_daemon(daemon);
}

static const LoopDaemon daemons = {daemon_run, daemon_timeout_ms, daemon_quiesce, daemon_end};

/* Whether the library closes `fd` where it fails is not known. */
static struct MHD_Daemon *daemon_start(Server *server, int fd) {
    const unsigned tls = server->certificate ? MHD_USE_TLS : 0;
    const unsigned flags = MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG | tls;
    static char versions[] = "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2";
    const struct MHD_OptionItem plain[] = {{MHD_OPTION_END, 0, NULL}};
    const struct MHD_OptionItem secure[] = {{MHD_OPTION_HTTPS_MEM_CERT, 0, server->certificate},
                                            {MHD_OPTION_HTTPS_MEM_KEY, 0, server->key},
                                            {MHD_OPTION_HTTPS_PRIORITIES, 0, versions},
                                            {MHD_OPTION_END, 0, NULL}};
    /* Of all loops together `guests` counts them. */
    const unsigned most = REQUEST_CONNECTIONS_MAX;
    return MHD_start_daemon(
        flags, 0, on_arrival, server, on_request, server, MHD_OPTION_EXTERNAL_LOGGER, on_log, NULL,
        MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_URI_LOG_CALLBACK, on_target, server,
        MHD_OPTION_NOTIFY_COMPLETED, on_completed, server, MHD_OPTION_NOTIFY_CONNECTION,
        on_connection, server, MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)REQUEST_HEADERS_MAX,
        MHD_OPTION_CONNECTION_LIMIT, most, MHD_OPTION_CONNECTION_TIMEOUT,
        (unsigned)REQUEST_TIMEOUT_S, MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_ARRAY,
        tls ? secure : plain, MHD_OPTION_END);
}

static bool pem_read(const char *path, const char *key, char **out, GError **error) {
    g_autoptr(GError) fault = NULL;
    return g_file_get_contents(path, out, NULL, &fault) ||
           error_set(error, VK_ERROR_INPUT,
                     tr("%s: filen går inte att läsa: %s", "%s: the file cannot be read: %s"), key,
                     fault->message);
}

/* What the settings name must be there before anything listens. */
static bool server_read_settings(Server *server, const ServerSettings *settings, GError **error) {
    const char *certificate = settings->tls_certificate ? settings->tls_certificate : "";
    const char *key = settings->tls_key ? settings->tls_key : "";
    server->proxies = proxies_parse(settings->proxies ? settings->proxies : "", error);
    if (!server->proxies) {
        return false;
    }
    if ((*certificate == '\0') != (*key == '\0')) {
        return error_set(error, VK_ERROR_INPUT,
                         tr("web.tls_certificate och web.tls_key hör ihop: ange båda eller ingen",
                            "web.tls_certificate and web.tls_key belong together: give both or "
                            "none"));
    }
    return *key == '\0' ||
           (pem_read(certificate, "web.tls_certificate", &server->certificate, error) &&
            pem_read(key, "web.tls_key", &server->key, error));
}

/* Whether it runs; says why not. */
static bool server_run(Server *server, guint threads, GError **error) {
    g_autoptr(Reader) probe =
        readers_take(server->site->readers, error); /* fail now, not at a request */
    bool readable = probe != NULL;
    reader_give(g_steal_pointer(&probe));
    struct MHD_Daemon *daemon = NULL;
    for (guint i = 0; readable && i < threads && (i == 0 || daemon); i++) {
        int fd = fcntl(server->listening, F_DUPFD_CLOEXEC, 0);
        daemon = fd >= 0 ? daemon_start(server, fd) : NULL;
        if (daemon) {
            loops_add(server->loops, &daemons, daemon,
                      MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd);
        }
    }
    if (readable && !daemon) {
        error_set(error, server->certificate ? VK_ERROR_INPUT : VK_ERROR_INTERNAL,
                  server->certificate
                      ? tr("Webbservern kunde inte starta: web.tls_certificate och web.tls_key ska "
                           "vara ett certifikat och dess nyckel i PEM.",
                           "The web server could not start: web.tls_certificate and web.tls_key "
                           "should be a certificate and its key in PEM.")
                      : tr("Webbservern kunde inte starta.", "The web server could not start."));
    }
    if (daemon) {
        loops_start(server->loops);
    }
    return daemon != NULL;
}

Server *server_start(const ServerSettings *settings, Writer *writer, const Catalog *catalog,
                     const Keyring *keyring, GError **error) {
    guint threads = settings->threads > 0 ? settings->threads : g_get_num_processors();
    Server *server = g_new0(Server, 1);
    server->listening = -1;
    server->loops = loops_new();
    pthread_mutex_init(&server->lock, NULL);
    pthread_cond_init(&server->less, NULL);
    if (!server_read_settings(server, settings, error) ||
        !writer_set_cache(writer, WRITER_CACHE_MB, error) ||
        !listen_open(settings->listen_host, settings->port, &server->listening, &server->port,
                     error)) {
        server_free(server);
        return NULL;
    }
    server->site = site_new(settings, writer, catalog, keyring, threads);
    server->guests = guests_new(REQUEST_CONNECTIONS_MAX, REQUEST_NETWORK_MAX, server->proxies);
    if (!server_run(server, threads, error)) {
        server_free(server);
        return NULL;
    }
    log_event(LOG_INFO, "web.started", "port=%u threads=%u tls=%d", server->port, threads,
              server->certificate != NULL);
    return server;
}

uint16_t server_port(const Server *server) {
    return server->port;
}

/* Waits until no exchange is at the stage, or the time is up. */
static void server_wait(Server *server, Stage stage, int64_t timeout_ms) {
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += timeout_ms / 1000;
    pthread_mutex_lock(&server->lock);
    for (int status = 0; server->count[stage] > 0 && status == 0;) {
        status = pthread_cond_timedwait(&server->less, &server->lock, &until);
    }
    pthread_mutex_unlock(&server->lock);
}

/* Waits until the writer has nothing of ours, however long it takes: a connection cannot be closed
 * under it. A client that is still there may send its next request even now, and libmicrohttpd
 * aborts if it finds a connection suspended when it is stopped. */
static void server_shut(Server *server) {
    pthread_mutex_lock(&server->lock);
    while (server->count[STAGE_SUSPENDED] > 0) {
        pthread_cond_wait(&server->less, &server->lock);
    }
    server->shut = true;
    pthread_mutex_unlock(&server->lock);
}

void server_stop(Server *server) {
    if (!server) {
        return;
    }
    atomic_store(&server->stopping, true);
    loops_quiesce(server->loops);
    /* A client that went away in mid-request is seen only by its timeout: not worth waiting for. */
    server_wait(server, STAGE_BEGUN, SERVER_GRACE_MS);
    server_wait(server, STAGE_ASKED, SERVER_DRAIN_MS);
    server_shut(server);
    const unsigned port = server->port;
    server_free(server);
    log_event(LOG_INFO, "web.stopped", "port=%u", port);
}
