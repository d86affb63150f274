/* One mail as bytes: MIME with a plain text and an HTML part, ready for a transport.
 *
 * Every header value is stripped of control characters and then encoded by GMime (RFC 2047), so
 * that none can begin a header of its own. Lines end in CRLF and are at most 78 characters of 7-bit
 * text. What many messages share is made once, in a MessageFrame, which belongs to one thread. */
#pragma once

#include "base/keyring.h"
#include "base/lang.h"

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct {
    const char *from_address; /* as address_for_smtp makes them */
    const char *from_name;
    const char *reply_to; /* "" for none */
    const char *list_id;  /* label, any text; the domain is that of from_address */
    Lang language;
} MessageSender;

typedef struct MessageFrame MessageFrame;

MessageFrame *message_frame_new(const MessageSender *sender);
void message_frame_free(MessageFrame *frame);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MessageFrame, message_frame_free)

typedef struct {
    const char *to_address; /* as address_for_smtp makes them */
    const char *to_name;    /* "" for none */
    const char *message_id; /* without angle brackets: message_id_make */
    int64_t date_us;
    const char *subject;
    const char *text; /* UTF-8 */
    const char *html; /* UTF-8 */
} MessageParts;

/* Appends the message to `out`. */
void message_build(MessageFrame *frame, const MessageParts *parts, GString *out);

/* The same for the same outbox row for ever (under one key), and of no use to guess another: a
 * keyed hash of the row's id and its link's, "@" and the domain of `from_address`. */
char *message_id_make(const Keyring *keyring, int64_t outbox_id, int64_t link_id,
                      const char *from_address);
