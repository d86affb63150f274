/* One mail as bytes: MIME with a plain text and an HTML part, ready for a transport.
 *
 *   multipart/alternative            with a logo: multipart/alternative
 *     text/plain                                    text/plain
 *     text/html                                     multipart/related
 *                                                     text/html
 *                                                     image/png, inline, with a Content-ID
 *
 * Headers are header.h's: no value can begin one of its own. Lines end in CRLF; those of the parts
 * have at most 76 characters of 7-bit text. Only an address outside ASCII, which goes by SMTPUTF8
 * alone, stands in its header as UTF-8 (RFC 6532).
 * What many messages share is made once, in a MessageFrame, which belongs to one thread. */
#pragma once

#include "base/keyring.h"
#include "base/lang.h"
#include "mailer/dkim.h"
#include "mailer/logo.h"

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct {
    const char *from_address; /* as address_for_smtp makes them */
    const char *from_name;
    const char *reply_to; /* "" for none */
    const char *list_id;  /* label, any text; the domain is that of from_address */
    Lang language;
    const Logo *logo;   /* what the HTML names as cid:CONTENT-ID; NULL for none */
    const Signer *dkim; /* NULL: unsigned */
} MessageSender;

typedef struct MessageFrame MessageFrame;

/* Texts are copied; logo and dkim must outlive the frame. */
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

/* Appends the message to `out`; nothing, with INTERNAL, if it cannot be signed. */
bool message_build(MessageFrame *frame, const MessageParts *parts, GString *out, GError **error);

/* The same for the same outbox row for ever (under one key), and of no use to guess another: a
 * keyed hash of the row's id and its link's, "@" and the domain of `from_address`. */
char *message_id_make(const Keyring *keyring, int64_t outbox_id, int64_t link_id,
                      const char *from_address);
