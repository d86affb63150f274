/* The queue in numbers, for those who watch it. */
#pragma once

#include "mailer/delivery.h"
#include "mailer/notice.h"
#include "mailer/outbox_admin.h"
#include "store/db.h"

enum { DELIVERY_CLASSES = DELIVERY_IN_DOUBT + 1, NOTICE_KINDS = NOTICE_RETRIED + 1 };

typedef struct {
    int64_t messages[OUTBOX_STATES];
    int64_t held;          /* of those that wait, kept back by an operator */
    int64_t in_doubt;      /* times a message may have been sent with nobody knowing */
    int64_t oldest_due_us; /* how long the first that may go now has been due; 0: none */
    int64_t attempts[DELIVERY_CLASSES]; /* all there were, those of leases not yet ended too */
    int64_t notices[NOTICE_KINDS];
} OutboxStats;

/* Reads every row once. */
bool outbox_stats(Db *db, int64_t now_us, OutboxStats *out, GError **error);
