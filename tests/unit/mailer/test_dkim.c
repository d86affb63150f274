/* A signature goes on top of the message and changes nothing below, from any number of threads at
 * once; a key that cannot serve is refused at the start, with what to do. That the signatures hold
 * is another program's word: tests/dkim/run. */
#include "mailer/dkim.h"

#include "base/error.h"

#include <glib/gstdio.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <string.h>

enum { THREADS = 8, SIGNATURES = 40 };

typedef struct {
    char *folder;
    char *path;
} Fixture;

static void write_key(const char *path, EVP_PKEY *key) {
    BIO *bio = BIO_new_file(path, "w");
    g_assert_cmpint(PEM_write_bio_PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL), ==, 1);
    BIO_free(bio);
    EVP_PKEY_free(key);
    g_assert_cmpint(g_chmod(path, 0600), ==, 0);
}

static void set_up(Fixture *fixture, gconstpointer data) {
    (void)data;
    g_autoptr(GError) error = NULL;
    fixture->folder = g_dir_make_tmp("vetkoll-dkim-XXXXXX", &error);
    g_assert_no_error(error);
    fixture->path = g_build_filename(fixture->folder, "key.pem", NULL);
    write_key(fixture->path, EVP_RSA_gen(1024));
}

static void tear_down(Fixture *fixture, gconstpointer data) {
    (void)data;
    g_remove(fixture->path);
    g_rmdir(fixture->folder);
    g_free(fixture->path);
    g_free(fixture->folder);
}

static const char message[] = "From: =?UTF-8?Q?=C3=85sa?= <asa@ekbacka.example>\r\n"
                              "To: b@ekbacka.example\r\nSubject: a\r\n b\r\n\r\nHej\r\n\r\n";

static gpointer sign_many(gpointer data) {
    const Signer *signer = data;
    for (int i = 0; i < SIGNATURES; i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(GString) text = g_string_new("before\r\n");
        gsize at = text->len;
        g_string_append(text, message);
        signer_sign(signer, text, at, &error);
        g_assert_no_error(error);
        g_assert_true(g_str_has_prefix(text->str, "before\r\nDKIM-Signature: v=1; a=rsa-sha256;"));
        g_assert_true(g_str_has_suffix(text->str, message));
        g_auto(GStrv) lines = g_strsplit(text->str, "\r\n", -1);
        for (guint line = 0; lines[line] != NULL; line++) {
            g_assert_cmpuint(strlen(lines[line]), <=, 78);
            g_assert_null(strchr(lines[line], '\n'));
        }
    }
    return NULL;
}

static void test_sign(Fixture *fixture, gconstpointer data) {
    (void)data;
    g_autoptr(GError) error = NULL;
    const SignerSettings settings = {fixture->path, "Nov-2026", "Ekbacka.example"};
    g_autoptr(Signer) signer = signer_open(&settings, &error);
    g_assert_no_error(error);
    GThread *threads[THREADS];
    for (int i = 0; i < THREADS; i++) {
        threads[i] = g_thread_new("sign", sign_many, signer);
    }
    for (int i = 0; i < THREADS; i++) {
        g_thread_join(threads[i]);
    }
    g_autofree char *name = signer_dns_name(signer);
    g_autofree char *text = signer_dns_text(signer);
    g_autofree char *record = signer_dns_record(signer);
    g_assert_cmpstr(name, ==, "nov-2026._domainkey.ekbacka.example");
    g_assert_true(g_str_has_prefix(text, "v=DKIM1; k=rsa; p=MI"));
    g_assert_true(g_str_has_prefix(record, "nov-2026._domainkey.ekbacka.example. IN TXT ( \"v="));

    g_autoptr(GString) headless = g_string_new("From: a@ekbacka.example");
    g_assert_false(signer_sign(signer, headless, 0, &error));
    g_assert_error(error, VK_ERROR, VK_ERROR_INTERNAL);
    g_assert_cmpstr(headless->str, ==, "From: a@ekbacka.example");
}

static void refused(const SignerSettings *settings, VkErrorCode code, const char *words) {
    g_autoptr(GError) error = NULL;
    g_assert_null(signer_open(settings, &error));
    g_test_message("%s", error->message);
    g_assert_error(error, VK_ERROR, (int)code);
    g_assert_nonnull(strstr(error->message, words));
}

static void test_refused(Fixture *fixture, gconstpointer data) {
    (void)data;
    static const char *const names[] = {"", "a b", "a..b", ".a", "a.", "å", "a;b=c", "a\r\nb"};
    SignerSettings settings = {fixture->path, "s", "ekbacka.example"};
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        SignerSettings bad = settings;
        bad.selector = names[i];
        refused(&bad, VK_ERROR_INPUT, "mail.dkim_selector");
        bad = settings;
        bad.domain = names[i];
        refused(&bad, VK_ERROR_INPUT, "mail.dkim_domain");
    }
    g_assert_cmpint(g_chmod(fixture->path, 0640), ==, 0);
    refused(&settings, VK_ERROR_DENIED, "chmod 600");
    write_key(fixture->path, EVP_RSA_gen(768));
    refused(&settings, VK_ERROR_INPUT, "1024");
    write_key(fixture->path, EVP_PKEY_Q_keygen(NULL, NULL, "ED25519"));
    refused(&settings, VK_ERROR_INPUT, "RSA");
    g_assert_true(g_file_set_contents(fixture->path, "-----BEGIN PRIVATE KEY-----\n", -1, NULL));
    g_assert_cmpint(g_chmod(fixture->path, 0600), ==, 0);
    refused(&settings, VK_ERROR_INPUT, "PEM");
    SignerSettings none = settings;
    none.key_file = "/nonexistent/key.pem";
    refused(&none, VK_ERROR_NOT_FOUND, "/nonexistent/key.pem");
    none.key_file = fixture->folder;
    refused(&none, VK_ERROR_INPUT, "nyckelfil");
}

int main(int argc, char **argv) {
    g_test_init(&argc, &argv, NULL);
    g_test_add("/dkim/sign", Fixture, NULL, set_up, test_sign, tear_down);
    g_test_add("/dkim/refused", Fixture, NULL, set_up, test_refused, tear_down);
    return g_test_run();
}
