/* What came of handing one message to a relay: an outcome, not an error. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

typedef enum {
    DELIVERY_SENT,      /* the relay took it */
    DELIVERY_TRANSIENT, /* not now: 4xx, or the connection ended before the message did */
    DELIVERY_PERMANENT, /* never: 5xx, or an address that cannot be written to */
    DELIVERY_IN_DOUBT,  /* the message was given in full, and no reply came */
} DeliveryClass;

enum { DELIVERY_ENHANCED_MAX = 16, DELIVERY_TEXT_MAX = 240 };

typedef struct {
    DeliveryClass outcome;
    int smtp_code;                        /* 0 where no reply came */
    char enhanced[DELIVERY_ENHANCED_MAX]; /* RFC 3463 such as "4.7.1", "" where none */
    char text[DELIVERY_TEXT_MAX];         /* the relay's words or ours: printable UTF-8, one line */
} Delivery;

/* What messages came to. */
typedef struct {
    int64_t sent;
    int64_t deferred; /* transient or in doubt: tried again later */
    int64_t failed;   /* for good */
} DeliveryCounts;

/* "sent", "transient", "permanent" or "in_doubt", as stored and logged. */
const char *delivery_class_name(DeliveryClass outcome);

/* The reverse; `name` is one of them. */
DeliveryClass delivery_class_read(const char *name);

/* From an SMTP reply: 2xx sent, 5xx permanent, anything else transient. `text` may hold anything.
 */
Delivery delivery_from_reply(int smtp_code, int enhanced_class, int enhanced_subject,
                             int enhanced_detail, const char *text);

/* Without a reply, in our own words. */
Delivery delivery_make(DeliveryClass outcome, const char *text);
