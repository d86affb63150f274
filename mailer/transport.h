/* Hands messages to a relay (smtp://, through libesmtp) or writes them as files (maildir:).
 *
 * A transport is immutable once open: any number of threads may call transport_send at the same
 * time, each over its own connection. */
#pragma once

#include "mailer/delivery.h"

#include <glib.h>
#include <stdbool.h>

typedef enum {
    TLS_REQUIRED,      /* no mail without STARTTLS and a verified certificate */
    TLS_OPPORTUNISTIC, /* STARTTLS where offered; then the certificate is verified all the same */
    TLS_OFF,
} TlsPolicy;

/* "required", "opportunistic" or "off"; INPUT otherwise. */
bool tls_policy_parse(const char *text, TlsPolicy *out, GError **error);

typedef struct {
    const char *relay; /* "smtp://host[:port]" (587) or "maildir:FOLDER" */
    TlsPolicy tls;
    const char *ca_file;  /* "" for the system's certificates */
    const char *username; /* "" for no AUTH */
    const char *password;
    const char *helo_name; /* "" for the machine's */
    guint timeout_ms; /* for one reply; 0 for the defaults. The final dot always waits longer */
} TransportSettings;

typedef struct Transport Transport;

/* INPUT if the relay's address or a setting is wrong; nothing is connected yet. */
Transport *transport_open(const TransportSettings *settings, GError **error);
void transport_close(Transport *transport);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Transport, transport_close)

/* The relay as recorded with each attempt: "host:port" or "maildir". Borrowed. */
const char *transport_name(const Transport *transport);

typedef struct {
    const char *return_path;
    const char *to; /* as address_for_smtp made it */
} Envelope;

/* One connection's worth of messages, sent in order. All calls come on the caller's thread. */
typedef struct {
    guint count;
    gpointer data;
    /* Who message `index` goes to; borrowed until transport_send returns. */
    Envelope (*envelope)(gpointer data, guint index);
    /* Appends the message's bytes. False: it cannot be made; it is then refused by us. */
    bool (*body)(gpointer data, guint index, GString *out);
    /* Message `index` is about to be given over for good: what must be durable first is made so
     * here. False: it must not be; the connection ends before the message does. */
    bool (*commit)(gpointer data, guint index);
    /* What came of it, at most once for each message and before `commit` of the next. A message
     * that was never begun is not heard of. */
    void (*outcome)(gpointer data, guint index, const Delivery *delivery);
} TransportBatch;

/* True if every message has its outcome. False: the connection did not last so long, and a message
 * whose outcome was not told was never given over: BUSY (cannot connect, connection lost, the relay
 * does not take mail now), DENIED (certificate, AUTH or sender refused), INTERNAL. */
bool transport_send(Transport *transport, const TransportBatch *batch, GError **error);
