/* The TLS side of a connection to a relay: who may answer, and why one was refused. */
#pragma once

#include <glib.h>
#include <openssl/ssl.h>

/* A context that takes only a certificate valid for `host` (a name or an address), issued under
 * `ca_file`
 * ("" for the system's authorities), TLS 1.2 or later, and that names `host` to the server. */
SSL_CTX *relay_tls_new(const char *host, const char *ca_file, GError **error);

/* Why the latest handshake of this thread was refused, in English; "" if its certificate was good.
 */
const char *relay_tls_fault(void);
void relay_tls_forget_fault(void);
