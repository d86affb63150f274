/* What became known of a message after it was given over: by the relay's last word, or by mail that
 * came back. Written here; read as v_mail_notice by whoever planned the message, after a cursor.
 *
 * Only what is proven is an outcome: a mail that came back to the message's own return path or
 * names its Message-ID. What merely mentions an address is NOTICE_SOFT with the source "address",
 * for a person to look at: anyone can write that. */
#pragma once

#include "store/db.h"

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

enum { NOTICE_TEXT_MAX = 500, NOTICE_ENHANCED_MAX = 15 };

typedef enum {
    NOTICE_UNDELIVERABLE, /* refused for good, given up, or bounced hard */
    NOTICE_SOFT,          /* bounced, but the address may be right; no conclusion is drawn */
    NOTICE_ABSENT,        /* an automatic reply; until_us where it says when */
    NOTICE_COMPLAINT,     /* the recipient reported it as unwanted */
    NOTICE_CHALLENGE,     /* somebody must prove to be a person before it is delivered */
    NOTICE_RETRIED,       /* a person put the message back in the queue: undeliverable no more */
} NoticeKind;

typedef struct {
    int64_t outbox_id;
    int64_t link_id;
    NoticeKind kind;
    int64_t at_us;
    int64_t until_us;     /* NOTICE_ABSENT: start of the day of return; 0: not known */
    const char *enhanced; /* RFC 3463, "" or NULL for none */
    const char *text;     /* any text, cut at NOTICE_TEXT_MAX bytes; "" or NULL for none */
    const char *source;   /* "relay", "bounce" (a mail, proven), "address" (a mail, unproven),
                             "person" */
} Notice;

bool notice_add(DbTx *tx, const Notice *notice, GError **error);

/* "undeliverable", "soft"... as stored. */
const char *notice_kind_name(NoticeKind kind);

/* One of a list; texts owned. */
typedef struct {
    int64_t id;
    int64_t outbox_id;
    char *kind;
    char *to_address;
    char *list_id; /* the campaign's name */
    char *purpose;
    int64_t at_us;
    int64_t until_us; /* 0: none */
    char *enhanced;
    char *text;
    char *source;
} NoticeRow;

void notice_row_free(NoticeRow *row);

typedef struct {
    const char *kind; /* NULL: all */
    const char *list_id;
    int64_t after_id; /* 0: from the newest; else only what is newer than it */
    guint max;
} NoticeFilter;

/* Newest first, of NoticeRow. */
GPtrArray *notice_list(Db *db, const NoticeFilter *filter, GError **error);
