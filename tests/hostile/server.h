/* An SMTP server that misbehaves as it is told, and otherwise does everything right: it keeps to
 * the order of commands, and remembers every message that it was given in full.
 *
 * One thread a connection. What is told of a fault is true of every kind of connection: in clear
 * text, after STARTTLS, and with TLS from the first byte. */
#pragma once

#include <glib.h>
#include <openssl/ssl.h>
#include <stdbool.h>
#include <stddef.h>

typedef enum {
    AT_NEVER,
    AT_CONNECT, /* instead of anything */
    AT_GREETING,
    AT_EHLO,
    AT_HELO,
    AT_STARTTLS,
    AT_HANDSHAKE, /* no reply: the first half of what OpenSSL would say; else these bytes */
    AT_AUTH,
    AT_MAIL,
    AT_RCPT,
    AT_DATA,
    AT_BODY, /* after its first line */
    AT_DOT,
    AT_RSET,
    AT_QUIT,
} Step;

typedef enum {
    THEN_ON,      /* the dialogue goes on */
    THEN_CLOSE,   /* the connection is closed, with TLS as without */
    THEN_RESET,   /* the same by RST: what the other side has not read is lost */
    THEN_SILENCE, /* nothing more, until the other side has had enough */
    THEN_FLOOD,   /* the same bytes again and again */
    THEN_DRIP,    /* the same, a byte at a time */
} Then;

enum { EVERY = -1, FAULTS_MAX = 3 };

typedef struct {
    Step step;
    int at; /* EVERY, or which one: from AT_RCPT the person, at AT_MAIL the MAIL, before that the
               connection; counted from 0 */
    const char *reply; /* instead of the right one; NULL: none */
    size_t size;       /* of it; 0: up to its NUL */
    Then then;
} Fault;

/* What the reply to EHLO offers beyond PIPELINING, 8BITMIME, SMTPUTF8, DSN and
 * ENHANCEDSTATUSCODES. */
typedef struct {
    bool starttls;
    bool login;
    const char *more; /* "250-SIZE 1\r\n"; NULL for nothing */
    bool forgetful;   /* offers PIPELINING, and loses what comes before its reply has gone */
} Offer;

typedef struct HostileServer HostileServer;

typedef struct {
    Fault faults[FAULTS_MAX];
    Offer offer;
    SSL_CTX *context; /* with a certificate; NULL: no TLS */
    bool implicit;    /* TLS from the first byte */
} HostileSettings;

/* Listens on 127.0.0.1. `people` are the addresses by number; borrowed. */
HostileServer *hostile_start(const HostileSettings *settings, const GPtrArray *people);
guint16 hostile_port(const HostileServer *server);
/* From now on it does no wrong. */
void hostile_mend(HostileServer *server);
void hostile_stop(HostileServer *server);

/* Copies of the person's message that were given in full: `out_answered` (of them answered 250 in
 * full) may be NULL. All had the same Message-ID unless `out_same_id` is false. */
guint hostile_copies(HostileServer *server, guint person, guint *out_answered, bool *out_same_id);

/* Commands that begin so, of all connections. */
guint hostile_commands(HostileServer *server, const char *begin);

/* A self-signed certificate for 127.0.0.1, written to `path` for the other side to trust. */
SSL_CTX *hostile_certificate(const char *path);
