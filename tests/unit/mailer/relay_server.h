/* An SMTP server in a thread, for three messages over one connection, that does one thing wrong. */
#pragma once

#include <arpa/inet.h>
#include <glib.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

typedef enum { AT_NEVER, AT_GREETING, AT_EHLO, AT_MAIL, AT_RCPT, AT_DATA, AT_DOT } Step;

typedef struct {
    Step step;
    const char *reply; /* NULL: close; "": say nothing; else send this */
    bool close_after;
    bool endless;  /* send the reply again and again */
    guint message; /* 0-based; greeting and EHLO ignore it */
    bool starttls; /* offered */
    bool dsn;      /* offered */
} Fault;

typedef struct {
    int listener;
    guint16 port;
    GThread *thread;
    Fault fault;
    GString *received; /* what came, line by line */
    guint accepted;    /* messages answered 250 */
} Server;

static bool server_say(int fd, const char *text) {
    return send(fd, text, strlen(text), MSG_NOSIGNAL) == (ssize_t)strlen(text);
}

/* Does what the fault says if it is due. True: go on with the dialogue by the normal reply. */
static bool server_step(const Server *server, int fd, Step step, guint message, const char *reply) {
    const Fault *fault = &server->fault;
    bool due = fault->step == step && (step <= AT_EHLO || fault->message == message);
    if (!due) {
        return server_say(fd, reply);
    }
    if (fault->reply == NULL) {
        return false;
    }
    if (fault->reply[0] == '\0') {
        char byte;
        while (recv(fd, &byte, 1, 0) == 1) { /* until the other side has had enough */
        }
        return false;
    }
    do {
        if (!server_say(fd, fault->reply)) {
            return false;
        }
    } while (fault->endless);
    return !fault->close_after;
}

static bool is_refused(const Server *server, Step step, guint message) {
    return server->fault.step == step && server->fault.message == message &&
           server->fault.reply != NULL;
}

/* The message in progress was refused at RCPT, and is over with DATA or RSET. */
static bool refused_at_rcpt(const Server *server, guint message, bool after_rcpt) {
    return after_rcpt && is_refused(server, AT_RCPT, message);
}

static void server_dialogue(Server *server, int fd) {
    FILE *in = fdopen(dup(fd), "r");
    char line[2048];
    guint message = 0;
    bool in_data = false;
    bool after_rcpt = false;
    const char *ehlo =
        server->fault.starttls ? "250-test\r\n250-STARTTLS\r\n250 ENHANCEDSTATUSCODES\r\n"
        : server->fault.dsn    ? "250-test\r\n250-DSN\r\n250 CHUNKING\r\n"
                               : "250-test\r\n250-PIPELINING\r\n250 ENHANCEDSTATUSCODES\r\n";
    bool on = server_step(server, fd, AT_GREETING, 0, "220 test ESMTP\r\n");
    while (on && fgets(line, sizeof line, in) != NULL) {
        g_string_append(server->received, line);
        if (in_data) {
            if (strcmp(line, ".\r\n") == 0) {
                in_data = false;
                on = server_step(server, fd, AT_DOT, message, "250 2.0.0 queued\r\n");
                server->accepted += !is_refused(server, AT_DOT, message) && on;
                message++;
            }
        } else if (g_str_has_prefix(line, "EHLO")) {
            on = server_step(server, fd, AT_EHLO, 0, ehlo);
        } else if (g_str_has_prefix(line, "MAIL")) {
            on = server_step(server, fd, AT_MAIL, message, "250 2.1.0 ok\r\n");
        } else if (g_str_has_prefix(line, "RCPT")) {
            after_rcpt = true;
            on = server_step(server, fd, AT_RCPT, message, "250 2.1.5 ok\r\n");
        } else if (g_str_has_prefix(line, "DATA")) {
            if (refused_at_rcpt(server, message, after_rcpt)) {
                on = server_say(fd, "554 5.5.1 no valid recipients\r\n");
                message++;
                after_rcpt = false;
            } else {
                on = server_step(server, fd, AT_DATA, message, "354 go on\r\n");
                in_data = !is_refused(server, AT_DATA, message);
                message += !in_data;
            }
        } else if (g_str_has_prefix(line, "STARTTLS")) {
            on = server_say(fd, "220 2.0.0 ready\r\n250 2.0.0 injected\r\n");
        } else if (g_str_has_prefix(line, "RSET")) {
            message += refused_at_rcpt(server, message, after_rcpt);
            after_rcpt = false;
            on = server_say(fd, "250 2.0.0 ok\r\n");
        } else if (g_str_has_prefix(line, "QUIT")) {
            server_say(fd, "221 2.0.0 bye\r\n");
            on = false;
        } else {
            on = server_say(fd, "250 2.0.0 ok\r\n");
        }
    }
    fclose(in);
    close(fd);
}

static gpointer server_loop(gpointer data) {
    Server *server = data;
    const int on = 1; /* RCPT and DATA are answered by two writes */
    for (int fd; (fd = accept(server->listener, NULL, NULL)) >= 0;) {
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        server_dialogue(server, fd);
    }
    return NULL;
}

static Server *server_start(const Fault *fault) {
    Server *server = g_new0(Server, 1);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    server->fault = *fault;
    server->received = g_string_new(NULL);
    server->listener = socket(AF_INET, SOCK_STREAM, 0);
    g_assert_cmpint(bind(server->listener, (struct sockaddr *)&address, size), ==, 0);
    g_assert_cmpint(listen(server->listener, 5), ==, 0);
    getsockname(server->listener, (struct sockaddr *)&address, &size);
    server->port = ntohs(address.sin_port);
    server->thread = g_thread_new("server", server_loop, server);
    return server;
}

static void server_end(Server *server) {
    shutdown(server->listener, SHUT_RDWR);
    g_thread_join(server->thread);
    close(server->listener);
}

static void server_free(Server *server) {
    g_string_free(server->received, TRUE);
    g_free(server);
}

static void server_stop(Server *server) {
    server_end(server);
    server_free(server);
}
