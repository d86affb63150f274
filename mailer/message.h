/* One mail as bytes: MIME with a plain text and an HTML part, ready for a transport.
 *
 * Every header goes through GMime (RFC 2047, RFC 2231) and every value is stripped of control
 * characters first, so that none can begin a header of its own. Lines end in CRLF and are at most
 * 76 characters of 7-bit text. Thread-safe: nothing is shared. */
#pragma once

#include "base/keyring.h"
#include "base/lang.h"

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct {
    const char *from_address;
    const char *from_name;
    const char *reply_to; /* "" for none */
    const char *list_id;  /* label, any text; the domain is that of from_address */
    const char *to_address;
    const char *to_name;    /* "" for none */
    const char *message_id; /* without angle brackets: message_id_make */
    Lang language;
    int64_t date_us;
    const char *subject;
    const char *text; /* UTF-8 */
    const char *html; /* UTF-8 */
} MessageParts;

/* Appends the message to `out`. */
void message_build(const MessageParts *parts, GString *out);

/* The same for the same outbox row for ever (under one key), and of no use to guess another: a
 * keyed hash of the row's id and its link's, "@" and the domain of `from_address`. */
char *message_id_make(const Keyring *keyring, int64_t outbox_id, int64_t link_id,
                      const char *from_address);
