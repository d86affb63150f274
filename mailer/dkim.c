#include "mailer/dkim.h"

#include "base/error.h"
#include "base/lang.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <opendkim/dkim.h>

enum { KEY_BYTES_MAX = 64 * 1024, RSA_BITS_MIN = 1024, LABEL_MAX = 63, NAME_MAX_CHARS = 253 };
enum { DNS_STRING_MAX = 255, MARGIN = 76 };

struct Signer {
    DKIM_LIB *library;
    char *pem; /* the private key */
    char *selector;
    char *domain;
    char *public_key; /* base64, as the record's p= */
};

/* Those that say who wrote what to whom and how it is to be read. From once more than it occurs:
 * one that is added on the way breaks the signature. */
static const char *const signed_headers[] = {
    "from",    "to",           "subject",      "date",           "message-id", "reply-to",
    "list-id", "mime-version", "content-type", "auto-submitted", NULL};
static const char *const oversigned_headers[] = {"from", NULL};

/* --- the key ------------------------------------------------------------------------------------
 */

static bool check_permissions(const char *path, GError **error) {
    struct stat status;
    if (stat(path, &status) != 0) {
        return error_set(error, errno == ENOENT ? VK_ERROR_NOT_FOUND : VK_ERROR_DENIED,
                         tr("mail.dkim_key_file: %s kan inte läsas: %s.",
                            "mail.dkim_key_file: cannot read %s: %s."),
                         path, g_strerror(errno));
    }
    if (!S_ISREG(status.st_mode) || status.st_size > KEY_BYTES_MAX) {
        return error_set(error, VK_ERROR_INPUT,
                         tr("mail.dkim_key_file: %s är ingen nyckelfil.",
                            "mail.dkim_key_file: %s is no key file."),
                         path);
    }
    if ((status.st_mode & 077) != 0) {
        return error_set(error, VK_ERROR_DENIED,
                         tr("mail.dkim_key_file: %s kan läsas av andra; kör: chmod 600 %s",
                            "mail.dkim_key_file: %s can be read by others; run: chmod 600 %s"),
                         path, path);
    }
    return true;
}

/* No password is asked for: a sender starts without anyone there. */
static int no_password(char *buffer, int size, int writing, void *data) {
    (void)buffer;
    (void)size;
    (void)writing;
    (void)data;
    return -1;
}

static bool wrong_key(const char *path, const char *why, GError **error) {
    return error_set(error, VK_ERROR_INPUT,
                     tr("mail.dkim_key_file: %s %s. Gör en ny med `openssl genrsa -out %s 2048`.",
                        "mail.dkim_key_file: %s %s. Make a new one with `openssl genrsa -out %s "
                        "2048`."),
                     path, why, path);
}

static EVP_PKEY *read_key(const char *pem, const char *path, GError **error) {
    BIO *bio = BIO_new_mem_buf(pem, -1);
    EVP_PKEY *key = PEM_read_bio_PrivateKey(bio, NULL, no_password, NULL);
    BIO_free(bio);
    if (key == NULL) {
        wrong_key(path,
                  tr("är ingen privat nyckel i PEM utan lösenord",
                     "is no private key in PEM without a password"),
                  error);
    }
    return key;
}

/* libopendkim 2.11 can sign with Ed25519 too, but loses some 700 bytes with each message; and
 * hardly any receiver checks such a signature yet. */
static bool take_key(Signer *signer, EVP_PKEY *key, const char *path, GError **error) {
    if (EVP_PKEY_get_base_id(key) != EVP_PKEY_RSA) {
        return wrong_key(path, tr("är ingen RSA-nyckel", "is no RSA key"), error);
    }
    if (EVP_PKEY_get_bits(key) < RSA_BITS_MIN) {
        return wrong_key(path,
                         tr("är en RSA-nyckel under 1024 bitar, som mottagare inte godtar",
                            "is an RSA key below 1024 bits, which receivers do not accept"),
                         error);
    }
    guchar *der = NULL;
    int size = i2d_PUBKEY(key, &der);
    g_assert(size > 0);
    signer->public_key = g_base64_encode(der, (gsize)size);
    OPENSSL_free(der);
    return true;
}

static bool load_key(Signer *signer, const char *path, GError **error) {
    g_autoptr(GError) fault = NULL;
    if (!check_permissions(path, error)) {
        return false;
    }
    if (!g_file_get_contents(path, &signer->pem, NULL, &fault)) {
        return error_set(error, VK_ERROR_DENIED,
                         tr("mail.dkim_key_file: %s.", "mail.dkim_key_file: %s."), fault->message);
    }
    EVP_PKEY *key = read_key(signer->pem, path, error);
    bool taken = key != NULL && take_key(signer, key, path, error);
    EVP_PKEY_free(key);
    return taken;
}

/* --- open ---------------------------------------------------------------------------------------
 */

/* Letters, digits, hyphens and underscores, in labels of 1 to 63. */
static bool is_dns_name(const char *name) {
    size_t label = 0;
    for (const char *p = name; *p != '\0'; p++) {
        bool dot = *p == '.';
        if ((dot && label == 0) || (!dot && !g_ascii_isalnum(*p) && *p != '-' && *p != '_')) {
            return false;
        }
        label = dot ? 0 : label + 1;
        if (label > LABEL_MAX) {
            return false;
        }
    }
    return label > 0 && strlen(name) <= NAME_MAX_CHARS;
}

static bool check_names(const SignerSettings *settings, GError **error) {
    if (!is_dns_name(settings->selector)) {
        return error_set(error, VK_ERROR_INPUT,
                         tr("mail.dkim_selector = ”%s”: skriv nyckelns namn i DNS, t.ex. 2026-11.",
                            "mail.dkim_selector = “%s”: write the key's name in DNS, such as "
                            "2026-11."),
                         settings->selector);
    }
    return is_dns_name(settings->domain) ||
           error_set(error, VK_ERROR_INPUT,
                     tr("mail.dkim_domain = ”%s”: skriv en domän, t.ex. ekbacka.se.",
                        "mail.dkim_domain = “%s”: write a domain, such as example.se."),
                     settings->domain);
}

static bool set_headers(DKIM_LIB *library, dkim_opts_t option, const char *const *names) {
    return dkim_options(library, DKIM_OP_SETOPT, option, (void *)(uintptr_t)names, sizeof names) ==
           DKIM_STAT_OK;
}

static bool start_library(Signer *signer, GError **error) {
    signer->library = dkim_init(NULL, NULL);
    return (signer->library != NULL &&
            set_headers(signer->library, DKIM_OPTS_SIGNHDRS, signed_headers) &&
            set_headers(signer->library, DKIM_OPTS_OVERSIGNHDRS, oversigned_headers)) ||
           error_set(error, VK_ERROR_INTERNAL,
                     tr("libopendkim startar inte.", "libopendkim does not start."));
}

/* A key that cannot sign is found here, not with the first mail. */
static bool try_key(const Signer *signer, GError **error) {
    g_autoptr(GString) sample = g_string_new(NULL);
    g_string_append_printf(sample, "From: a@%s\r\nSubject: x\r\n\r\nx\r\n", signer->domain);
    return signer_sign(signer, sample, 0, error);
}

Signer *signer_open(const SignerSettings *settings, GError **error) {
    if (!check_names(settings, error)) {
        return NULL;
    }
    g_autoptr(Signer) signer = g_new0(Signer, 1);
    signer->selector = g_ascii_strdown(settings->selector, -1);
    signer->domain = g_ascii_strdown(settings->domain, -1);
    if (!load_key(signer, settings->key_file, error) || !start_library(signer, error) ||
        !try_key(signer, error)) {
        return NULL;
    }
    return g_steal_pointer(&signer);
}

void signer_free(Signer *signer) {
    if (signer == NULL) {
        return;
    }
    if (signer->library != NULL) {
        dkim_close(signer->library);
    }
    if (signer->pem != NULL) {
        OPENSSL_cleanse(signer->pem, strlen(signer->pem));
    }
    g_free(signer->pem);
    g_free(signer->selector);
    g_free(signer->domain);
    g_free(signer->public_key);
    g_free(signer);
}

/* --- signing ------------------------------------------------------------------------------------
 */

/* The library only reads what it is given, and says so nowhere. */
static guchar *bytes(const char *text) {
    return (guchar *)(uintptr_t)text;
}

/* Header by header, folded lines with theirs. `out_body` receives what follows the empty line. */
static DKIM_STAT feed_headers(DKIM *dkim, const char *text, const char **out_body) {
    DKIM_STAT status = DKIM_STAT_OK;
    while (status == DKIM_STAT_OK && !g_str_has_prefix(text, "\r\n")) {
        const char *end = strstr(text, "\r\n");
        while (end != NULL && (end[2] == ' ' || end[2] == '\t')) {
            end = strstr(end + 2, "\r\n");
        }
        if (end == NULL) {
            return DKIM_STAT_SYNTAX;
        }
        status = dkim_header(dkim, bytes(text), (size_t)(end - text));
        text = end + 2;
    }
    *out_body = text + 2;
    return status == DKIM_STAT_OK ? dkim_eoh(dkim) : status;
}

static DKIM_STAT compute(DKIM *dkim, const char *text, size_t size, guchar **out_value,
                         size_t *out_size) {
    const char *body = NULL;
    DKIM_STAT status = feed_headers(dkim, text, &body);
    if (status == DKIM_STAT_OK) {
        status = dkim_body(dkim, bytes(body), size - (size_t)(body - text));
    }
    if (status == DKIM_STAT_OK) {
        status = dkim_eom(dkim, NULL);
    }
    return status == DKIM_STAT_OK
               ? dkim_getsighdr_d(dkim, strlen(DKIM_SIGNHEADER) + 2, out_value, out_size)
               : status;
}

bool signer_sign(const Signer *signer, GString *text, gsize at, GError **error) {
    DKIM_STAT status = DKIM_STAT_OK;
    guchar *value = NULL;
    size_t size = 0;
    DKIM *dkim = dkim_sign(signer->library, bytes("vetkoll"), NULL, bytes(signer->pem),
                           bytes(signer->selector), bytes(signer->domain), DKIM_CANON_RELAXED,
                           DKIM_CANON_RELAXED, DKIM_SIGN_RSASHA256, -1, &status);
    if (dkim != NULL) {
        dkim_set_margin(dkim, MARGIN);
        status = compute(dkim, text->str + at, text->len - at, &value, &size);
    }
    if (status == DKIM_STAT_OK) {
        g_autoptr(GString) header = g_string_new(DKIM_SIGNHEADER ": ");
        g_string_append_len(header, (const char *)value, (gssize)size);
        g_string_append(header, "\r\n");
        g_string_insert_len(text, (gssize)at, header->str, (gssize)header->len);
    } else {
        const char *why = dkim != NULL ? dkim_geterror(dkim) : NULL;
        error_set(error, VK_ERROR_INTERNAL,
                  tr("DKIM-signeringen misslyckades: %s", "DKIM signing failed: %s"),
                  why != NULL ? why : dkim_getresultstr(status));
    }
    if (dkim != NULL) {
        dkim_free(dkim);
    }
    return status == DKIM_STAT_OK;
}

/* --- what is published --------------------------------------------------------------------------
 */

char *signer_dns_name(const Signer *signer) {
    return g_strdup_printf("%s._domainkey.%s", signer->selector, signer->domain);
}

char *signer_dns_text(const Signer *signer) {
    return g_strconcat("v=DKIM1; k=rsa; p=", signer->public_key, NULL);
}

char *signer_dns_record(const Signer *signer) {
    g_autofree char *name = signer_dns_name(signer);
    g_autofree char *text = signer_dns_text(signer);
    g_autoptr(GString) record = g_string_new(NULL);
    g_string_append_printf(record, "%s. IN TXT (", name);
    for (const char *p = text; *p != '\0'; p += MIN(strlen(p), (size_t)DNS_STRING_MAX)) {
        g_string_append_printf(record, " \"%.*s\"", DNS_STRING_MAX, p);
    }
    g_string_append(record, " )");
    return g_string_free(g_steal_pointer(&record), FALSE);
}
