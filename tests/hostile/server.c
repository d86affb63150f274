#include "tests/hostile/server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { DRIP_US = 60 * 1000, FLOOD_BYTES = 16 * 1024 };

typedef struct {
    guint person;
    char *message_id;
    bool answered;
} Copy;

struct HostileServer {
    HostileSettings settings;
    const GPtrArray *people;
    int listener;
    guint16 port;
    GThread *thread;
    GPtrArray *threads; /* of the connections; only the listener's */
    GMutex lock;        /* what follows */
    bool mended;
    guint connections;
    guint mails;
    GArray *copies;      /* Copy */
    GPtrArray *commands; /* lines */
};

typedef struct {
    HostileServer *server;
    int fd;
    SSL *ssl; /* NULL in clear text */
    guint number;
    GString *input;  /* read and not yet used */
    GString *body;   /* of the message in progress */
    bool has_sender; /* MAIL was taken */
    int person;      /* RCPT was taken; -1: none */
    bool in_body;    /* after DATA's 354 */
    bool body_begun; /* its first line has come */
} Peer;

/* --- bytes ---------------------------------------------------------------------------------------
 */

static bool peer_write(Peer *peer, const char *bytes, size_t size) {
    if (peer->ssl != NULL) {
        return size == 0 || SSL_write(peer->ssl, bytes, (int)size) > 0;
    }
    for (size_t done = 0; done < size;) {
        ssize_t written = send(peer->fd, bytes + done, size - done, MSG_NOSIGNAL);
        if (written <= 0) {
            return false;
        }
        done += (size_t)written;
    }
    return true;
}

static bool peer_say(Peer *peer, const char *text) {
    return peer_write(peer, text, strlen(text));
}

static bool peer_read(Peer *peer) {
    char bytes[4096];
    ssize_t size = peer->ssl != NULL ? SSL_read(peer->ssl, bytes, sizeof bytes)
                                     : recv(peer->fd, bytes, sizeof bytes, 0);
    if (size <= 0) {
        return false;
    }
    g_string_append_len(peer->input, bytes, size);
    return true;
}

/* With its line end; NULL when there is no more. */
static char *peer_line(Peer *peer) {
    const char *end = NULL;
    while ((end = memchr(peer->input->str, '\n', peer->input->len)) == NULL) {
        if (!peer_read(peer)) {
            return NULL;
        }
    }
    gsize size = (gsize)(end + 1 - peer->input->str);
    char *line = g_strndup(peer->input->str, size);
    g_string_erase(peer->input, 0, (gssize)size);
    return line;
}

/* --- wrongs --------------------------------------------------------------------------------------
 */

/* The fault that is due at this step, if any. */
static const Fault *fault_due(Peer *peer, Step step, int at) {
    HostileServer *server = peer->server;
    g_mutex_lock(&server->lock);
    bool mended = server->mended;
    g_mutex_unlock(&server->lock);
    for (guint i = 0; i < FAULTS_MAX && !mended; i++) {
        const Fault *fault = &server->settings.faults[i];
        if (fault->step == step && (fault->at == EVERY || fault->at == at)) {
            return fault;
        }
    }
    return NULL;
}

static void wait_for_end(const Peer *peer) {
    char bytes[4096];
    while (recv(peer->fd, bytes, sizeof bytes, 0) > 0) {
    }
}

static void flood(Peer *peer, const char *bytes, size_t size) {
    g_autoptr(GString) much = g_string_new(NULL);
    while (much->len < FLOOD_BYTES) {
        g_string_append_len(much, bytes, (gssize)size);
    }
    while (peer_write(peer, much->str, much->len)) {
    }
}

static void drip(Peer *peer, const char *bytes, size_t size) {
    for (size_t i = 0; peer_write(peer, bytes + i, 1); i = i + 1 < size ? i + 1 : 0) {
        g_usleep(DRIP_US);
    }
}

/* True: the dialogue goes on. */
static bool do_wrong(Peer *peer, const Fault *fault) {
    const char *reply = fault->reply != NULL ? fault->reply : "";
    size_t size = fault->size > 0 ? fault->size : strlen(reply);
    switch (fault->then) {
    case THEN_ON:
        return peer_write(peer, reply, size);
    case THEN_CLOSE:
        peer_write(peer, reply, size);
        return false;
    case THEN_RESET: {
        const struct linger at_once = {.l_onoff = 1};
        peer_write(peer, reply, size);
        setsockopt(peer->fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
        return false;
    }
    case THEN_SILENCE:
        peer_write(peer, reply, size);
        wait_for_end(peer);
        return false;
    case THEN_FLOOD:
        flood(peer, reply, size);
        return false;
    case THEN_DRIP:
        drip(peer, reply, size);
        return false;
    }
    g_assert_not_reached();
}

/* The reply to the step, or the wrong one. `out_good`: it was of the right one's class. */
static bool answer(Peer *peer, Step step, int at, const char *right, bool *out_good) {
    const Fault *fault = fault_due(peer, step, at);
    *out_good = fault == NULL || (fault->reply != NULL && fault->reply[0] == right[0]);
    return fault != NULL ? do_wrong(peer, fault) : peer_say(peer, right);
}

/* --- TLS -----------------------------------------------------------------------------------------
 */

/* The first half of the server's flight. */
static bool half_handshake(Peer *peer, SSL *ssl) {
    char bytes[16 * 1024];
    ssize_t size = recv(peer->fd, bytes, sizeof bytes, 0);
    BIO *in = BIO_new(BIO_s_mem());
    BIO *out = BIO_new(BIO_s_mem());
    SSL_set_bio(ssl, in, out); /* owned from here */
    BIO_write(in, bytes, (int)MAX(size, 0));
    SSL_accept(ssl);
    int made = BIO_read(out, bytes, sizeof bytes);
    return made > 0 && peer_write(peer, bytes, (size_t)made / 2);
}

static bool peer_secure(Peer *peer) {
    SSL *ssl = SSL_new(peer->server->settings.context);
    const Fault *fault = fault_due(peer, AT_HANDSHAKE, (int)peer->number);
    if (fault != NULL) {
        char hello[1];
        recv(peer->fd, hello, sizeof hello, MSG_PEEK); /* nothing comes before its time */
        bool half = fault->reply == NULL && fault->then != THEN_SILENCE;
        if (half) {
            half_handshake(peer, ssl);
        }
        do_wrong(peer, fault);
        SSL_free(ssl);
        return false;
    }
    SSL_set_fd(ssl, peer->fd);
    if (SSL_accept(ssl) != 1) {
        SSL_free(ssl);
        return false;
    }
    g_string_truncate(peer->input, 0);
    peer->ssl = ssl;
    return true;
}

/* --- commands ------------------------------------------------------------------------------------
 */

static bool on_ehlo(Peer *peer, const char *line) {
    const Offer *offer = &peer->server->settings.offer;
    bool good;
    (void)line;
    g_autofree char *reply =
        g_strconcat("250-hostile\r\n250-PIPELINING\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250-DSN\r\n",
                    offer->starttls && peer->ssl == NULL ? "250-STARTTLS\r\n" : "",
                    offer->login ? "250-AUTH PLAIN LOGIN\r\n" : "",
                    offer->more != NULL ? offer->more : "", "250 ENHANCEDSTATUSCODES\r\n", NULL);
    return answer(peer, AT_EHLO, (int)peer->number, reply, &good);
}

static bool on_helo(Peer *peer, const char *line) {
    bool good;
    (void)line;
    return answer(peer, AT_HELO, (int)peer->number, "250 hostile\r\n", &good);
}

static bool on_starttls(Peer *peer, const char *line) {
    bool good;
    (void)line;
    bool on = answer(peer, AT_STARTTLS, (int)peer->number, "220 2.0.0 ready\r\n", &good);
    return on && (!good || peer_secure(peer));
}

/* Asks for what has not come with the command. */
static bool hear_login(Peer *peer, const char *line) {
    static const char *const asked[] = {"334 VXNlcm5hbWU6\r\n", "334 UGFzc3dvcmQ6\r\n"};
    bool login = g_ascii_strncasecmp(line, "AUTH LOGIN", 10) == 0;
    bool given = strchr(line + strlen("AUTH "), ' ') != NULL;
    guint from = login && !given ? 0 : 1;
    for (guint i = from; i < 2 && (login || !given); i++) {
        g_autofree char *words = peer_say(peer, asked[i]) ? peer_line(peer) : NULL;
        if (words == NULL) {
            return false;
        }
    }
    return true;
}

static bool on_auth(Peer *peer, const char *line) {
    bool good;
    return hear_login(peer, line) &&
           answer(peer, AT_AUTH, (int)peer->number, "235 2.7.0 welcome\r\n", &good);
}

static bool on_mail(Peer *peer, const char *line) {
    HostileServer *server = peer->server;
    (void)line;
    g_mutex_lock(&server->lock);
    int number = (int)server->mails++;
    g_mutex_unlock(&server->lock);
    return answer(peer, AT_MAIL, number, "250 2.1.0 ok\r\n", &peer->has_sender);
}

static int find_person(const HostileServer *server, const char *line) {
    for (guint i = 0; i < server->people->len; i++) {
        g_autofree char *path =
            g_strdup_printf("<%s>", (char *)g_ptr_array_index(server->people, i));
        if (strstr(line, path) != NULL) {
            return (int)i;
        }
    }
    return -1;
}

static bool on_rcpt(Peer *peer, const char *line) {
    int person = find_person(peer->server, line);
    bool good;
    if (!peer->has_sender || person < 0) {
        return peer_say(peer, "503 5.5.1 who is it from, and to?\r\n");
    }
    bool on = answer(peer, AT_RCPT, person, "250 2.1.5 ok\r\n", &good);
    peer->person = good ? person : -1;
    return on;
}

static bool on_data(Peer *peer, const char *line) {
    bool good;
    (void)line;
    peer->body_begun = false;
    g_string_truncate(peer->body, 0);
    if (peer->person < 0) {
        return peer_say(peer, "554 5.5.1 no valid recipients\r\n");
    }
    bool on = answer(peer, AT_DATA, peer->person, "354 go on\r\n", &good);
    peer->in_body = good;
    return on;
}

static bool on_rset(Peer *peer, const char *line) {
    bool good;
    (void)line;
    peer->has_sender = false;
    peer->person = -1;
    return answer(peer, AT_RSET, EVERY, "250 2.0.0 ok\r\n", &good);
}

static bool on_quit(Peer *peer, const char *line) {
    bool good;
    (void)line;
    answer(peer, AT_QUIT, (int)peer->number, "221 2.0.0 bye\r\n", &good);
    return false;
}

static const struct {
    const char *word;
    bool (*run)(Peer *peer, const char *line);
} commands[] = {{"EHLO", on_ehlo}, {"HELO", on_helo}, {"STARTTLS", on_starttls},
                {"AUTH", on_auth}, {"MAIL", on_mail}, {"RCPT", on_rcpt},
                {"DATA", on_data}, {"RSET", on_rset}, {"QUIT", on_quit}};

static bool on_command(Peer *peer, const char *line) {
    HostileServer *server = peer->server;
    bool forgetful = server->settings.offer.forgetful;
    g_mutex_lock(&server->lock);
    g_ptr_array_add(server->commands, g_strdup(line));
    forgetful = forgetful && !server->mended;
    g_mutex_unlock(&server->lock);
    if (forgetful) {
        g_string_truncate(peer->input, 0);
    }
    for (gsize i = 0; i < G_N_ELEMENTS(commands); i++) {
        if (g_ascii_strncasecmp(line, commands[i].word, strlen(commands[i].word)) == 0) {
            return commands[i].run(peer, line);
        }
    }
    return peer_say(peer, "500 5.5.2 what?\r\n");
}

/* --- a message -----------------------------------------------------------------------------------
 */

static char *message_id_of(const GString *body) {
    const char *begin = strstr(body->str, "\nMessage-I");
    return begin != NULL ? g_strndup(begin + 1, strcspn(begin + 1, "\r\n")) : g_strdup("none");
}

/* In full: a last line of 250, with its end. */
static bool says_yes(const Fault *fault) {
    const char *reply = fault->reply != NULL ? fault->reply : "";
    size_t size = fault->size > 0 ? fault->size : strlen(reply);
    const char *line = g_strstr_len(reply, (gssize)size, "250 ");
    return line != NULL && (line == reply || line[-1] == '\n') &&
           memchr(line, '\n', size - (size_t)(line - reply)) != NULL && fault->then != THEN_DRIP;
}

static bool on_dot(Peer *peer) {
    HostileServer *server = peer->server;
    const Fault *fault = fault_due(peer, AT_DOT, peer->person);
    Copy copy = {.person = (guint)peer->person, .message_id = message_id_of(peer->body)};
    copy.answered = fault == NULL || says_yes(fault);
    g_mutex_lock(&server->lock);
    g_array_append_val(server->copies, copy);
    g_mutex_unlock(&server->lock);
    peer->in_body = false;
    peer->has_sender = false;
    peer->person = -1;
    return fault != NULL ? do_wrong(peer, fault) : peer_say(peer, "250 2.0.0 queued\r\n");
}

static bool on_body_line(Peer *peer, const char *line) {
    const Fault *fault = fault_due(peer, AT_BODY, peer->person);
    if (!peer->body_begun && fault != NULL && !do_wrong(peer, fault)) {
        return false;
    }
    peer->body_begun = true;
    if (strcmp(line, ".\r\n") == 0) {
        return on_dot(peer);
    }
    g_string_append(peer->body, line);
    return true;
}

/* --- connections ---------------------------------------------------------------------------------
 */

static bool peer_greet(Peer *peer) {
    const Fault *fault = fault_due(peer, AT_CONNECT, (int)peer->number);
    bool good;
    if (fault != NULL) {
        do_wrong(peer, fault);
        return false;
    }
    return (!peer->server->settings.implicit || peer_secure(peer)) &&
           answer(peer, AT_GREETING, (int)peer->number, "220 hostile ESMTP\r\n", &good);
}

static gpointer peer_run(gpointer data) {
    Peer *peer = data;
    const int on = 1; /* a reply may be two writes */
    setsockopt(peer->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    bool go_on = peer_greet(peer);
    while (go_on) {
        g_autofree char *line = peer_line(peer);
        go_on = line != NULL && (peer->in_body ? on_body_line(peer, line) : on_command(peer, line));
    }
    SSL_free(peer->ssl);
    close(peer->fd);
    g_string_free(peer->input, TRUE);
    g_string_free(peer->body, TRUE);
    g_free(peer);
    return NULL;
}

static gpointer listen_run(gpointer data) {
    HostileServer *server = data;
    for (int fd; (fd = accept(server->listener, NULL, NULL)) >= 0;) {
        Peer *peer = g_new0(Peer, 1);
        *peer = (Peer){.server = server,
                       .fd = fd,
                       .person = -1,
                       .input = g_string_new(NULL),
                       .body = g_string_new(NULL)};
        g_mutex_lock(&server->lock);
        peer->number = server->connections++;
        g_mutex_unlock(&server->lock);
        g_ptr_array_add(server->threads, g_thread_new("peer", peer_run, peer));
    }
    return NULL;
}

static void clear_copy(gpointer copy) {
    g_free(((Copy *)copy)->message_id);
}

HostileServer *hostile_start(const HostileSettings *settings, const GPtrArray *people) {
    HostileServer *server = g_new0(HostileServer, 1);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    server->settings = *settings;
    server->people = people;
    server->threads = g_ptr_array_new();
    server->commands = g_ptr_array_new_with_free_func(g_free);
    server->copies = g_array_new(FALSE, FALSE, sizeof(Copy));
    g_array_set_clear_func(server->copies, clear_copy);
    g_mutex_init(&server->lock);
    server->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    g_assert_cmpint(bind(server->listener, (struct sockaddr *)&address, size), ==, 0);
    g_assert_cmpint(listen(server->listener, 16), ==, 0);
    getsockname(server->listener, (struct sockaddr *)&address, &size);
    server->port = ntohs(address.sin_port);
    server->thread = g_thread_new("listener", listen_run, server);
    return server;
}

guint16 hostile_port(const HostileServer *server) {
    return server->port;
}

void hostile_mend(HostileServer *server) {
    g_mutex_lock(&server->lock);
    server->mended = true;
    g_mutex_unlock(&server->lock);
}

/* The other side has closed its connections: every thread comes to its end. */
void hostile_stop(HostileServer *server) {
    shutdown(server->listener, SHUT_RDWR);
    g_thread_join(server->thread);
    close(server->listener);
    for (guint i = 0; i < server->threads->len; i++) {
        g_thread_join(g_ptr_array_index(server->threads, i));
    }
    g_ptr_array_unref(server->threads);
    g_ptr_array_unref(server->commands);
    g_array_unref(server->copies);
    g_mutex_clear(&server->lock);
    g_free(server);
}

guint hostile_copies(HostileServer *server, guint person, guint *out_answered, bool *out_same_id) {
    const char *message_id = NULL;
    guint copies = 0;
    guint answered = 0;
    bool same_id = true;
    g_mutex_lock(&server->lock);
    for (guint i = 0; i < server->copies->len; i++) {
        const Copy *copy = &g_array_index(server->copies, Copy, i);
        if (copy->person == person) {
            copies++;
            answered += copy->answered;
            same_id = same_id && (message_id == NULL || g_str_equal(message_id, copy->message_id));
            message_id = copy->message_id;
        }
    }
    g_mutex_unlock(&server->lock);
    if (out_answered != NULL) {
        *out_answered = answered;
    }
    if (out_same_id != NULL) {
        *out_same_id = same_id;
    }
    return copies;
}

guint hostile_commands(HostileServer *server, const char *begin) {
    guint count = 0;
    g_mutex_lock(&server->lock);
    for (guint i = 0; i < server->commands->len; i++) {
        count += g_str_has_prefix(g_ptr_array_index(server->commands, i), begin) ? 1 : 0;
    }
    g_mutex_unlock(&server->lock);
    return count;
}
