/* A client that sends exactly the bytes a test wants, over a socket of its own, and reads one
 * reply. */
#pragma once

#include <gio/gio.h>
#include <stdbool.h>
#include <string.h>

typedef struct {
    unsigned status; /* 0: the connection was closed without a reply */
    char *head;      /* with the status line */
    char *body;
} ClientReply;

static inline void client_reply_free(ClientReply *reply) {
    g_free(reply->head);
    g_free(reply->body);
    g_free(reply);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ClientReply, client_reply_free)

static inline GSocketConnection *client_connect(guint16 port) {
    g_autoptr(GError) error = NULL;
    g_autoptr(GSocketClient) client = g_socket_client_new();
    g_socket_client_set_timeout(client, 60);
    GSocketConnection *connection =
        g_socket_client_connect_to_host(client, "127.0.0.1", port, NULL, &error);
    g_assert_no_error(error);
    return connection;
}

static inline void client_send(GSocketConnection *connection, const char *text, gsize length) {
    GOutputStream *out = g_io_stream_get_output_stream(G_IO_STREAM(connection));
    /* A server that has refused already may have closed: the reply tells. */
    g_output_stream_write_all(out, text, length, NULL, NULL, NULL);
}

/* Reads until the server closes. */
static inline ClientReply *client_read(GSocketConnection *connection) {
    GInputStream *in = g_io_stream_get_input_stream(G_IO_STREAM(connection));
    g_autoptr(GString) text = g_string_new(NULL);
    char piece[4096];
    gssize got;
    while ((got = g_input_stream_read(in, piece, sizeof piece, NULL, NULL)) > 0) {
        g_string_append_len(text, piece, got);
    }
    ClientReply *reply = g_new0(ClientReply, 1);
    const char *end = strstr(text->str, "\r\n\r\n");
    reply->head = end ? g_strndup(text->str, (gsize)(end - text->str) + 2) : g_strdup("");
    reply->body = g_strdup(end ? end + 4 : "");
    if (g_str_has_prefix(reply->head, "HTTP/1.1 ")) {
        reply->status = (unsigned)g_ascii_strtoull(reply->head + 9, NULL, 10);
    }
    return reply;
}

static inline ClientReply *client_raw(guint16 port, const char *text, gsize length) {
    g_autoptr(GSocketConnection) connection = client_connect(port);
    client_send(connection, text, length);
    return client_read(connection);
}

static inline ClientReply *client_ask(guint16 port, const char *method, const char *target) {
    g_autofree char *text =
        g_strdup_printf("%s %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", method, target);
    return client_raw(port, text, strlen(text));
}

static inline ClientReply *client_get(guint16 port, const char *target) {
    return client_ask(port, "GET", target);
}

static inline char *client_post_text(const char *target, const char *form) {
    return g_strdup_printf(
        "POST %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
        "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: %zu\r\n\r\n%s",
        target, strlen(form), form);
}

static inline ClientReply *client_post(guint16 port, const char *target, const char *form) {
    g_autofree char *text = client_post_text(target, form);
    return client_raw(port, text, strlen(text));
}

/* The header's value, or NULL; free it. */
static inline char *client_header(const ClientReply *reply, const char *name) {
    g_auto(GStrv) lines = g_strsplit(reply->head, "\r\n", -1);
    gsize length = strlen(name);
    for (char **line = lines; *line; line++) {
        if (g_ascii_strncasecmp(*line, name, length) == 0 && (*line)[length] == ':') {
            return g_strdup(g_strchug(*line + length + 1));
        }
    }
    return NULL;
}
