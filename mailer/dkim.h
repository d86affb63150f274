/* DKIM (RFC 6376): signs a message with the organisation's key, so that receivers can tell that it
 * came from the domain and was not changed on the way. rsa-sha256, relaxed/relaxed.
 *
 * Named after the signer, since libopendkim's own functions all begin with dkim_. A Signer is
 * immutable once open: any number of threads may sign with it at the same time. */
#pragma once

#include <glib.h>
#include <stdbool.h>

typedef struct {
    const char *key_file; /* private RSA key in PEM, 1024 bits at least, better 2048 */
    const char *selector; /* "2026-11": the key's name in DNS */
    const char *domain;   /* as A-labels: that of the From address, or above it */
} SignerSettings;

typedef struct Signer Signer;

/* Reads the key and tries it. NOT_FOUND or DENIED for a key file that is not there, cannot be read
 * or can be read by others; INPUT for what is no such key, or a selector or domain that DNS cannot
 * hold. */
Signer *signer_open(const SignerSettings *settings, GError **error);
void signer_free(Signer *signer);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Signer, signer_free)

/* Puts the signature on top of the message that begins at `at` in `text` and ends with it; its
 * lines end in CRLF. INTERNAL if the library cannot sign it; the text is then as before. */
bool signer_sign(const Signer *signer, GString *text, gsize at, GError **error);

/* Where the public key is to be published and what: "2026-11._domainkey.example.se" and
 * "v=DKIM1; k=rsa; p=..." */
char *signer_dns_name(const Signer *signer);
char *signer_dns_text(const Signer *signer);

/* The two as a line of a zone file: name, IN TXT, and the text in strings of at most 255. */
char *signer_dns_record(const Signer *signer);
