/* The HTTP server: the employee's pages, /verify, /healthz and static files, on libmicrohttpd's
 * epoll thread pool.
 *
 * A GET renders from a reader and changes nothing. A POST is read (at most REQUEST_BODY_MAX bytes),
 * parsed and queued with the writer; its connection is suspended, and is answered only when the
 * writer says that the outcome is durable. With a full queue it answers 503 and Retry-After
 * instead.
 *
 * What a client can take of us is bounded: connections, of all and of one network; the time that
 * each part of a request may take, however it dribbles; bytes; wrong links from one network.
 *
 * Order of life: start after the writer, the catalog and the keyring, stop before any of them is
 * closed. */
#pragma once

#include "base/keyring.h"
#include "base/lang.h"
#include "store/writer.h"
#include "templates/catalog.h"
#include "web/accessibility.h"

#include <glib.h>
#include <stdint.h>

/* Text is copied by server_start. */
typedef struct {
    const char *listen_host; /* an IPv4 or IPv6 address, or "localhost" */
    uint16_t port;           /* 0: any free one, see server_port */
    guint threads;           /* 0: one for each processor */
    const char *proxies;     /* whose X-Forwarded-For is believed, as network.h; NULL: nobody's */
    const char *tls_certificate; /* PEM files, the certificate with its chain; NULL: plain HTTP */
    const char *tls_key;
    const char *base_url; /* what links in mails begin with, without a final slash */
    const char *db_path;
    const char *demo_dir; /* a folder served as it is under /demo/, or NULL */
    const char *organisation[LANG_OWN_COUNT];
    const char *contact;      /* who answers questions: an address or a telephone number */
    const char *from_address; /* the sender that invitations carry */
    AccessibilitySettings accessibility;
} ServerSettings;

typedef struct Server Server;

/* Listens and serves at once. INPUT for a bad address, proxy, certificate or key, DENIED or
 * CONFLICT for a port that cannot be had, otherwise the database's errors. */
Server *server_start(const ServerSettings *settings, Writer *writer, const Catalog *catalog,
                     const Keyring *keyring, GError **error);

/* The port in use. */
uint16_t server_port(const Server *server);

/* Takes no more connections, answers the requests in flight (at most SERVER_DRAIN_MS), then frees.
 */
void server_stop(Server *server);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Server, server_stop)

enum { SERVER_DRAIN_MS = 15000 };
