/* One connection to a relay to look at it closely: TCP, then TLS, whatever its certificate is
 * worth. For probe.c; mail goes by the transports. */
#pragma once

#include "mailer/dialogue.h"

#include <glib.h>
#include <openssl/ssl.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct RelayLink RelayLink;

/* Fails with GIO's errors: its codes tell a name not found from a port that refuses. */
RelayLink *relay_link_open(const char *host, guint16 port, guint timeout_ms, GError **error);
void relay_link_close(RelayLink *link);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(RelayLink, relay_link_close)

/* Of the link, which must outlive it: in clear text before relay_link_secure, under TLS after. */
DialogueStream relay_link_stream(RelayLink *link);

/* What the other side showed. */
typedef struct {
    char *version; /* "TLSv1.3" */
    char *cipher;
    char *subject; /* one line */
    char *issuer;
    char *names;          /* the host names that the certificate is for, by blanks */
    int64_t expires_at_s; /* Unix time; 0 without a certificate */
    guint chain;          /* certificates that came */
    int verify_error;     /* X509_V_OK, or the first fault found */
} RelayLinkTls;

/* Shakes hands by a context that relay_tls_new made, and goes on with any certificate: `out` says
 * what it was. BUSY with OpenSSL's words if there is no TLS on the other side. */
bool relay_link_secure(RelayLink *link, SSL_CTX *context, guint timeout_ms, RelayLinkTls *out,
                       GError **error);
/* OpenSSL's latest words on a fault, "" for none. Under TLS 1.3 a relay that wants our certificate
 * says so only when we think that all is well. */
const char *relay_link_fault(const RelayLink *link);

void relay_link_tls_clear(RelayLinkTls *tls);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(RelayLinkTls, relay_link_tls_clear)
