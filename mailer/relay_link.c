#include "mailer/relay_link.h"

#include "base/error.h"

#include <errno.h>
#include <gio/gio.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

struct RelayLink {
    GSocketConnection *connection;
    int fd;
    SSL *ssl; /* NULL in clear text */
    char fault[200];
};

RelayLink *relay_link_open(const char *host, guint16 port, guint timeout_ms, GError **error) {
    g_autoptr(GSocketClient) client = g_socket_client_new();
    g_socket_client_set_timeout(client, MAX(timeout_ms / 1000, 1));
    g_socket_client_set_enable_proxy(client, FALSE);
    GSocketConnection *connection =
        g_socket_client_connect_to_host(client, host, port, NULL, error);
    if (connection == NULL) {
        return NULL;
    }
    RelayLink *link = g_new0(RelayLink, 1);
    link->connection = connection;
    link->fd = g_socket_get_fd(g_socket_connection_get_socket(connection)); /* does not block */
    return link;
}

void relay_link_close(RelayLink *link) {
    if (link != NULL) {
        SSL_free(link->ssl);
        g_object_unref(link->connection);
        g_free(link);
    }
}

/* False at the deadline. */
static bool wait_ready(const RelayLink *link, short events, int64_t deadline_us) {
    int64_t left_ms = (deadline_us - g_get_monotonic_time()) / 1000;
    struct pollfd watched = {.fd = link->fd, .events = events};
    return left_ms > 0 && poll(&watched, 1, (int)MIN(left_ms, G_MAXINT)) >= 0;
}

/* After an operation of OpenSSL that gave `result`: true to try it again. */
static bool tls_again(const RelayLink *link, int result, int64_t deadline_us) {
    int fault = SSL_get_error(link->ssl, result);
    return (fault == SSL_ERROR_WANT_READ && wait_ready(link, POLLIN, deadline_us)) ||
           (fault == SSL_ERROR_WANT_WRITE && wait_ready(link, POLLOUT, deadline_us));
}

static bool is_again(void) {
    return errno == EAGAIN || errno == EINTR;
}

/* Keeps OpenSSL's words, which may say what the other side has against us. */
static void note_fault(RelayLink *link) {
    unsigned long fault = ERR_get_error();
    if (fault != 0) {
        ERR_error_string_n(fault, link->fault, sizeof link->fault);
    }
}

const char *relay_link_fault(const RelayLink *link) {
    return link->fault;
}

static gssize link_read(gpointer data, char *bytes, size_t size, int64_t deadline_us) {
    RelayLink *link = data;
    if (link->ssl != NULL) {
        int got;
        do {
            ERR_clear_error();
            got = SSL_read(link->ssl, bytes, (int)MIN(size, G_MAXINT));
        } while (got <= 0 && tls_again(link, got, deadline_us));
        bool closed = got <= 0 && SSL_get_error(link->ssl, got) == SSL_ERROR_ZERO_RETURN;
        if (got <= 0) {
            note_fault(link);
        }
        return got > 0 ? got : closed ? 0 : -1;
    }
    gssize got;
    do {
        got = recv(link->fd, bytes, size, 0);
    } while (got < 0 && is_again() && wait_ready(link, POLLIN, deadline_us));
    return got;
}

static gssize link_write(gpointer data, const char *bytes, size_t size, int64_t deadline_us) {
    const RelayLink *link = data;
    if (link->ssl != NULL) {
        int taken;
        do {
            ERR_clear_error();
            taken = SSL_write(link->ssl, bytes, (int)MIN(size, G_MAXINT));
        } while (taken <= 0 && tls_again(link, taken, deadline_us));
        return taken > 0 ? taken : -1;
    }
    gssize taken;
    do {
        taken = send(link->fd, bytes, size, MSG_NOSIGNAL);
    } while (taken < 0 && is_again() && wait_ready(link, POLLOUT, deadline_us));
    return taken > 0 ? taken : -1;
}

DialogueStream relay_link_stream(RelayLink *link) {
    return (DialogueStream){link, link_read, link_write};
}

/* --- what was shown ------------------------------------------------------------------------------
 */

static char *name_line(const X509_NAME *name) {
    char text[256] = "";
    X509_NAME_oneline(name, text, sizeof text);
    return g_utf8_make_valid(text[0] == '/' ? text + 1 : text, -1);
}

static char *host_names(const X509 *certificate) {
    GString *out = g_string_new(NULL);
    GENERAL_NAMES *names = X509_get_ext_d2i(certificate, NID_subject_alt_name, NULL, NULL);
    for (int i = 0; i < sk_GENERAL_NAME_num(names); i++) {
        const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, i);
        if (name->type == GEN_DNS) {
            g_string_append_printf(out, "%s%.*s", out->len > 0 ? " " : "",
                                   ASN1_STRING_length(name->d.dNSName),
                                   (const char *)ASN1_STRING_get0_data(name->d.dNSName));
        }
    }
    GENERAL_NAMES_free(names);
    g_autofree char *raw = g_string_free(out, FALSE);
    return g_utf8_make_valid(raw, -1);
}

static int64_t expiry(const X509 *certificate) {
    struct tm at = {0};
    if (ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &at) != 1) {
        return 0;
    }
    g_autoptr(GDateTime) date = g_date_time_new_utc(at.tm_year + 1900, at.tm_mon + 1, at.tm_mday,
                                                    at.tm_hour, at.tm_min, at.tm_sec);
    return date != NULL ? g_date_time_to_unix(date) : 0;
}

static void describe(const SSL *ssl, RelayLinkTls *out) {
    const STACK_OF(X509) *chain = SSL_get_peer_cert_chain(ssl);
    const X509 *certificate = SSL_get0_peer_certificate(ssl);
    *out = (RelayLinkTls){.version = g_strdup(SSL_get_version(ssl)),
                          .cipher = g_strdup(SSL_get_cipher_name(ssl)),
                          .chain = (guint)MAX(sk_X509_num(chain), 0),
                          .verify_error = (int)SSL_get_verify_result(ssl)};
    if (certificate != NULL) {
        out->subject = name_line(X509_get_subject_name(certificate));
        out->issuer = name_line(X509_get_issuer_name(certificate));
        out->names = host_names(certificate);
        out->expires_at_s = expiry(certificate);
    } else {
        out->verify_error = X509_V_ERR_UNSPECIFIED;
    }
}

bool relay_link_secure(RelayLink *link, SSL_CTX *context, guint timeout_ms, RelayLinkTls *out,
                       GError **error) {
    int64_t deadline_us = g_get_monotonic_time() + (int64_t)timeout_ms * 1000;
    link->ssl = SSL_new(context);
    g_assert(link->ssl != NULL);
    SSL_set_verify(link->ssl, SSL_VERIFY_NONE, NULL); /* checked all the same, and told */
    SSL_set_fd(link->ssl, link->fd);
    int result;
    do {
        ERR_clear_error();
        result = SSL_connect(link->ssl);
    } while (result != 1 && tls_again(link, result, deadline_us));
    if (result != 1) {
        note_fault(link);
        return error_set(error, VK_ERROR_BUSY, "%s",
                         link->fault[0] != '\0' ? link->fault : "the relay ended the connection");
    }
    describe(link->ssl, out);
    return true;
}

void relay_link_tls_clear(RelayLinkTls *tls) {
    g_free(tls->version);
    g_free(tls->cipher);
    g_free(tls->subject);
    g_free(tls->issuer);
    g_free(tls->names);
    *tls = (RelayLinkTls){0};
}
