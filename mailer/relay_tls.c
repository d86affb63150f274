#include "mailer/relay_tls.h"

#include "base/error.h"
#include "base/lang.h"

#include <openssl/err.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

/* OpenSSL gives a verify callback no way to the code that began the handshake but the thread. */
static _Thread_local int fault = X509_V_OK;

/* Messages of TLS itself that this thread's connection has got. OpenSSL skips some kinds of them,
 * for ever if they do not end, before it gives back control. */
static _Thread_local guint handshake_messages;

enum { HANDSHAKE_MESSAGES_MAX = 200 };

const char *relay_tls_words(int verify_error) {
    switch (verify_error) {
    case X509_V_ERR_CERT_HAS_EXPIRED:
        return tr("certifikatet har gått ut; mejlserverns förvaltare behöver förnya det",
                  "the certificate has expired; the relay's postmaster needs to renew it");
    case X509_V_ERR_CERT_NOT_YET_VALID:
        return tr("certifikatet gäller inte än; går klockan rätt på båda maskinerna?",
                  "the certificate is not valid yet; are the clocks of both machines right?");
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
        return tr("certifikatet gäller ett annat namn; skriv i mail.relay det namn som står i det",
                  "the certificate is for another name; write in mail.relay the name that it has");
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
        return tr("certifikatet är självsignerat; peka ut det i mail.ca_file om det är rätt server",
                  "the certificate is self-signed; name it in mail.ca_file if this is the right "
                  "server");
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
        return tr("certifikatets utfärdare är okänd här; peka ut utfärdarens certifikat i "
                  "mail.ca_file",
                  "the certificate's authority is unknown here; name the authority's certificate "
                  "in mail.ca_file");
    case X509_V_ERR_CERT_REVOKED:
        return tr("certifikatet är återkallat", "the certificate is revoked");
    default:
        return X509_verify_cert_error_string(verify_error);
    }
}

const char *relay_tls_fault(void) {
    return fault == X509_V_OK ? "" : relay_tls_words(fault);
}

void relay_tls_forget_fault(void) {
    fault = X509_V_OK;
    handshake_messages = 0;
}

static long refuse_to_read(BIO *bio, int what, const char *bytes, size_t size, int argument,
                           long number, int result, size_t *done) {
    (void)bio, (void)bytes, (void)size, (void)argument, (void)number, (void)done;
    return what == BIO_CB_READ ? -1 : result;
}

static void count_message(int written, int version, int type, const void *bytes, size_t size,
                          SSL *ssl, void *data) {
    (void)version, (void)bytes, (void)size, (void)data;
    if (written == 0 && type == SSL3_RT_HANDSHAKE &&
        ++handshake_messages > HANDSHAKE_MESSAGES_MAX) {
        BIO_set_callback_ex(SSL_get_rbio(ssl), refuse_to_read);
    }
}

static int note_verify(int good, X509_STORE_CTX *store) {
    if (good == 0) {
        fault = X509_STORE_CTX_get_error(store);
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

static bool wrong_file(const char *key, const char *path, GError **error) {
    char text[160];
    ERR_error_string_n(ERR_get_error(), text, sizeof text);
    ERR_clear_error();
    return error_set(
        error, VK_ERROR_INPUT,
        tr("%s = ”%s” kan inte läsas som PEM: %s", "%s = “%s” cannot be read as PEM: %s"), key,
        path, text);
}

static bool load_authorities(SSL_CTX *context, const char *ca_file, GError **error) {
    int loaded = ca_file[0] != '\0' ? SSL_CTX_load_verify_locations(context, ca_file, NULL)
                                    : SSL_CTX_set_default_verify_paths(context);
    if (loaded == 1) {
        return true;
    }
    return wrong_file("mail.ca_file", ca_file, error);
}

static bool load_own(SSL_CTX *context, const RelayTls *tls, GError **error) {
    if (tls->cert_file[0] == '\0') {
        return true;
    }
    if (SSL_CTX_use_certificate_chain_file(context, tls->cert_file) != 1) {
        return wrong_file("mail.client_cert_file", tls->cert_file, error);
    }
    const char *key_file = tls->key_file[0] != '\0' ? tls->key_file : tls->cert_file;
    if (SSL_CTX_use_PrivateKey_file(context, key_file, SSL_FILETYPE_PEM) != 1 ||
        SSL_CTX_check_private_key(context) != 1) {
        return wrong_file("mail.client_key_file", key_file, error);
    }
    return true;
}

void relay_tls_guard(SSL_CTX *context, const char *host) {
    X509_VERIFY_PARAM *verify = SSL_CTX_get0_param(context);
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, note_verify);
    SSL_CTX_set_msg_callback(context, count_message);
    if (g_hostname_is_ip_address(host)) {
        X509_VERIFY_PARAM_set1_ip_asc(verify, host);
        return;
    }
    X509_VERIFY_PARAM_set_hostflags(verify, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    X509_VERIFY_PARAM_set1_host(verify, host, 0);
}

SSL_CTX *relay_tls_new(const RelayTls *tls, GError **error) {
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());
    if (context == NULL || SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) != 1) {
        error_set(error, VK_ERROR_INTERNAL, "OpenSSL: no TLS context");
        SSL_CTX_free(context);
        return NULL;
    }
    if (!load_authorities(context, tls->ca_file, error) || !load_own(context, tls, error)) {
        SSL_CTX_free(context);
        return NULL;
    }
    relay_tls_guard(context, tls->host);
    if (!g_hostname_is_ip_address(tls->host)) {
        SSL_CTX_set_info_callback(context, name_host);
    }
    return context;
}
