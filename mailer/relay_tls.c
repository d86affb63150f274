#include "mailer/relay_tls.h"

#include "base/error.h"
#include "base/lang.h"

#include <openssl/err.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

/* OpenSSL gives a verify callback no way to the code that began the handshake but the thread. */
static _Thread_local char fault[160];

const char *relay_tls_fault(void) {
    return fault;
}

void relay_tls_forget_fault(void) {
    fault[0] = '\0';
}

static int note_verify(int good, X509_STORE_CTX *store) {
    if (good == 0) {
        g_snprintf(fault, sizeof fault, "%s",
                   X509_verify_cert_error_string(X509_STORE_CTX_get_error(store)));
    }
    return good;
}

/* libesmtp does not name the host (SNI), without which some servers show a certificate for nobody.
 * The callback is the first that OpenSSL calls on the new connection, before the greeting is
 * written. */
static void name_host(const SSL *ssl, int where, int result) {
    (void)result;
    if ((where & SSL_CB_HANDSHAKE_START) != 0 && SSL_in_before(ssl) != 0) {
        SSL *connection = (SSL *)(uintptr_t)ssl; /* const in the callback's type only */
        SSL_set_tlsext_host_name(connection,
                                 X509_VERIFY_PARAM_get0_host(SSL_get0_param(connection), 0));
    }
}

static bool load_authorities(SSL_CTX *context, const char *ca_file, GError **error) {
    int loaded = ca_file[0] != '\0' ? SSL_CTX_load_verify_locations(context, ca_file, NULL)
                                    : SSL_CTX_set_default_verify_paths(context);
    if (loaded == 1) {
        return true;
    }
    char text[160];
    ERR_error_string_n(ERR_get_error(), text, sizeof text);
    return error_set(error, VK_ERROR_INPUT,
                     tr("mail.ca_file = ”%s” kan inte läsas som PEM-certifikat: %s",
                        "mail.ca_file = “%s” cannot be read as PEM certificates: %s"),
                     ca_file, text);
}

static void set_host(SSL_CTX *context, const char *host) {
    X509_VERIFY_PARAM *verify = SSL_CTX_get0_param(context);
    if (g_hostname_is_ip_address(host)) {
        X509_VERIFY_PARAM_set1_ip_asc(verify, host);
        return;
    }
    X509_VERIFY_PARAM_set_hostflags(verify, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    X509_VERIFY_PARAM_set1_host(verify, host, 0);
    SSL_CTX_set_info_callback(context, name_host);
}

SSL_CTX *relay_tls_new(const char *host, const char *ca_file, GError **error) {
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());
    if (context == NULL || SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) != 1) {
        error_set(error, VK_ERROR_INTERNAL, "OpenSSL: no TLS context");
        SSL_CTX_free(context);
        return NULL;
    }
    if (!load_authorities(context, ca_file, error)) {
        SSL_CTX_free(context);
        return NULL;
    }
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, note_verify);
    set_host(context, host);
    return context;
}
