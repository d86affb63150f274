/* Hands messages to a relay (smtp:// through libesmtp, smtps:// through libcurl) or writes them as
 * files (maildir:). An smtp:// relay too is reached through libcurl where libesmtp cannot do what
 * is needed: XOAUTH2, and the messages to an address outside ASCII (SMTPUTF8).
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

typedef enum {
    LOGIN_AUTO,  /* the best of those below that the relay offers; never LOGIN_XOAUTH2 */
    LOGIN_PLAIN, /* AUTH PLAIN, and so on: this or nothing */
    LOGIN_LOGIN,
    LOGIN_CRAM_MD5,
    LOGIN_XOAUTH2, /* a token of the client-credentials grant, fetched from token_url */
} LoginMethod;

/* "auto", "plain", "login", "cram-md5" or "xoauth2"; INPUT otherwise. */
bool login_method_parse(const char *text, LoginMethod *out, GError **error);

/* Texts may be "" or NULL where there is nothing to say. */
typedef struct {
    const char *relay; /* "smtp://host[:port]" (587), "smtps://host[:port]" (465), "maildir:DIR" */
    TlsPolicy tls;     /* of smtp://; smtps:// has no other than TLS_REQUIRED */
    const char *ca_file;          /* "" for the system's certificates */
    const char *client_cert_file; /* PEM, with the chain; "" for none */
    const char *client_key_file;  /* PEM; "" for the same file */
    const char *username;         /* "" for no AUTH */
    const char *password;
    LoginMethod login;
    const char *token_url; /* these four for LOGIN_XOAUTH2 */
    const char *client_id;
    const char *client_secret;
    const char *scope;
    const char *helo_name; /* "" for the machine's */
    bool dsn;              /* ask for a notice of failure, where the relay offers DSN (RFC 3461) */
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
    const char *to;    /* as address_for_smtp made it */
    const char *envid; /* comes back in a notice of failure: printable ASCII, at most 60; or NULL */
} Envelope;

/* One connection's worth of messages, sent in order. All calls come on the caller's thread. */
typedef struct {
    guint count;
    bool ahead; /* a message may be begun, though not given over, before the last is answered */
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
