#include "tests/hostile/server.h"

#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>

static void add_extension(X509 *certificate, int kind, const char *value) {
    X509V3_CTX context;
    X509V3_set_ctx_nodb(&context);
    X509V3_set_ctx(&context, certificate, certificate, NULL, NULL, 0);
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &context, kind, value);
    g_assert_nonnull(extension);
    X509_add_ext(certificate, extension, -1);
    X509_EXTENSION_free(extension);
}

static X509 *make_certificate(EVP_PKEY *key) {
    X509 *certificate = X509_new();
    X509_set_version(certificate, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
    X509_gmtime_adj(X509_getm_notBefore(certificate), -3600);
    X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
    X509_set_pubkey(certificate, key);
    X509_NAME *name = X509_get_subject_name(certificate);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, (const guchar *)"hostile", -1, -1, 0);
    X509_set_issuer_name(certificate, name);
    add_extension(certificate, NID_basic_constraints, "critical,CA:TRUE");
    add_extension(certificate, NID_subject_alt_name, "IP:127.0.0.1");
    g_assert_cmpint(X509_sign(certificate, key, EVP_sha256()), >, 0);
    return certificate;
}

SSL_CTX *hostile_certificate(const char *path) {
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *certificate = make_certificate(key);
    FILE *file = fopen(path, "w");
    g_assert_nonnull(file);
    g_assert_cmpint(PEM_write_X509(file, certificate), ==, 1);
    fclose(file);
    SSL_CTX *context = SSL_CTX_new(TLS_server_method());
    g_assert_cmpint(SSL_CTX_use_certificate(context, certificate), ==, 1);
    g_assert_cmpint(SSL_CTX_use_PrivateKey(context, key), ==, 1);
    X509_free(certificate);
    EVP_PKEY_free(key);
    return context;
}
