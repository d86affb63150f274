/* SMTP's dialogue of commands and replies over any connection, with limits on how long a reply may
 * be and how long it may take. Knows neither TLS nor libraries. */
#pragma once

#include "mailer/delivery.h"

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

/* How bytes come and go. Deadlines are of g_get_monotonic_time. */
typedef struct {
    gpointer data;
    /* At least one byte, or 0 where the other side has closed, or -1 for a fault or the deadline.
     */
    gssize (*read)(gpointer data, char *bytes, size_t size, int64_t deadline_us);
    /* How many were taken, at least one, or -1. */
    gssize (*write)(gpointer data, const char *bytes, size_t size, int64_t deadline_us);
} DialogueStream;

typedef struct {
    DialogueStream stream;
    GString *pending; /* read and not yet used */
    GString *lines;   /* the latest reply as it came, for those who want more than Reply */
} Dialogue;

void dialogue_init(Dialogue *dialogue, const DialogueStream *stream);
void dialogue_clear(Dialogue *dialogue);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Dialogue, dialogue_clear)

/* False if not all could be written; `out_written` (may be NULL) says how much was. */
bool dialogue_say(Dialogue *dialogue, const char *bytes, size_t size, guint timeout_ms,
                  size_t *out_written);

typedef struct {
    int code;
    int enhanced[3]; /* RFC 3463; 0.0.0 for none */
    char text[DELIVERY_TEXT_MAX];
} Reply;

/* One whole reply. False if none came in time, it had no end or was no SMTP; `out_why` then says so
 * in English (borrowed, constant). */
bool dialogue_hear(Dialogue *dialogue, guint timeout_ms, Reply *out, const char **out_why);

/* True if bytes have come that no command asked for. */
bool dialogue_has_more(const Dialogue *dialogue);

Delivery reply_delivery(const Reply *reply);

/* Reads "250-5.1.1 text" (with or without its line end) onto `reply`, which must be zero before the
 * first line. False if it is no reply line, or of another code than the lines before.
 * `out_last` is false for "250-". */
bool reply_add_line(Reply *reply, const char *line, bool *out_last);

/* What a relay says that it can do. */
typedef struct {
    bool starttls;
    bool pipelining;
    bool eightbitmime;
    bool smtputf8;
    bool dsn;
    bool size;
    uint64_t size_max; /* bytes; 0: no limit told */
    char login[128];   /* the mechanisms of AUTH, by blanks; "" for none */
} RelayOffer;

/* One line of the reply to EHLO. */
void relay_offer_add(RelayOffer *offer, const char *line);
