/* What each kind of transport implements, and what they share. For transport*.c, what
 * they are made of, and their tests. */
#pragma once

#include "mailer/relay_url.h"
#include "mailer/transport.h"

typedef struct {
    bool (*send)(Transport *transport, const TransportBatch *batch, GError **error);
    void (*close)(Transport *transport);
} TransportKind;

/* First member of each kind's own struct. */
struct Transport {
    const TransportKind *kind;
    char *name;
};

/* Through libesmtp; what needs SMTPUTF8 through libcurl. */
Transport *relay_transport_open(const TransportSettings *settings, const RelayUrl *url,
                                GError **error);
/* Through libcurl. */
Transport *transport_open_curl(const TransportSettings *settings, const RelayUrl *url,
                               GError **error);
Transport *maildir_transport_open(const RelayUrl *url, GError **error);

/* transport_send with the messages of `batch` that `indices` (guint) names, in that order. */
bool transport_send_part(Transport *transport, const TransportBatch *batch, const GArray *indices,
                         GError **error);

/* A copy that owns its texts, none of them NULL; its `relay` is "". */
void transport_settings_copy(TransportSettings *out, const TransportSettings *settings);
void transport_settings_clear(TransportSettings *copy);

/* How far TLS is asked of smtp:// to `host`. A password or token is only sent under TLS, unless the
 * relay is this machine. */
bool transport_choose_tls(const TransportSettings *settings, const char *host, TlsPolicy *out,
                          GError **error);

/* A reply to RCPT, DATA or a message that speaks of us and not of the person: log in first
 * (RFC 4954 section 6). Were it taken for the person's, a lost password would give up a whole
 * campaign. */
bool transport_refuses_us(int smtp_code);

/* DENIED, in the words of relay_tls_fault. */
bool transport_certificate_refused(const char *name, GError **error);
/* DENIED: STARTTLS is required and was not offered. */
bool transport_starttls_missing(const char *name, GError **error);
