/* Follows a relay's replies as their bytes come, in any pieces, and says when they are no SMTP. For
 * the library that reads them too and believes more than it should. */
#pragma once

#include "mailer/delivery.h"

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>

enum { REPLY_WATCH_LINE_MAX = 1022, REPLY_WATCH_BYTES_MAX = 64 * 1024 };

/* Zero before the first byte. */
typedef struct {
    int code;       /* of the latest line that has begun */
    int first_code; /* of the reply in progress; 0 between replies */
    bool more;      /* the line in progress is not the reply's last */
    bool broken;
    guint finished;    /* whole replies since we last wrote */
    size_t line_bytes; /* of the line in progress */
    size_t bytes;      /* since we last wrote */
} ReplyWatch;

/* We have said something. */
void reply_watch_written(ReplyWatch *watch);

enum { REPLY_HIDDEN_MAX = 3 };

/* Spoils the hidden words (in capitals; after NULL there are none) in a reply before another reads
 * them there. A word may come in two pieces: `matched` says how much of each has just come, zero
 * before the first. */
void reply_hide_words(char *bytes, size_t size, const char *const hidden[REPLY_HIDDEN_MAX],
                      guint matched[REPLY_HIDDEN_MAX]);

/* NULL, or what is wrong with the replies, in English (constant). Once wrong, wrong for ever. */
const char *reply_watch_add(ReplyWatch *watch, const char *bytes, size_t size);

/* True if the replies until now were well-formed and none has only come in part. */
bool reply_watch_is_whole(const ReplyWatch *watch);

/* True if more has come than the one reply to what we said last. */
bool reply_watch_has_more(const ReplyWatch *watch);

/* The last line of what was read, as it can be shown. */
void reply_last_line(const char *bytes, size_t size, char out[DELIVERY_TEXT_MAX]);
