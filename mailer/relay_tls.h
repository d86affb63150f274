/* The TLS side of a connection to a relay: who may answer, who we are, and why a certificate was
 * refused. */
#pragma once

#include <glib.h>
#include <openssl/ssl.h>
#include <stdbool.h>

typedef struct {
    const char *host;      /* a name or an address: what the certificate must be valid for */
    const char *ca_file;   /* "" for the system's authorities */
    const char *cert_file; /* PEM: ours, with its chain; "" for none */
    const char *key_file;  /* PEM; "" for the same file */
} RelayTls;

/* A context that takes only a certificate valid for the host, issued under the authorities, TLS 1.2
 * or later, that names the host to the server and shows our certificate if asked. INPUT for a file
 * that cannot be read. */
SSL_CTX *relay_tls_new(const RelayTls *tls, GError **error);

/* Makes a context that a library has made take only a certificate valid for `host`; the rest of the
 * settings are the library's business. */
void relay_tls_guard(SSL_CTX *context, const char *host);

/* Why the latest handshake of this thread was refused, in words for people; "" if the certificate
 * was good. */
const char *relay_tls_fault(void);
void relay_tls_forget_fault(void);

/* The same for a code of X509_V_ERR_*, and what there is to do about it. */
const char *relay_tls_words(int verify_error);
