/* What an operator sees of the queue, and does to it.
 *
 * A row that is leased is with a sender: it is never changed here, but a cancel of it is noted, and
 * is obeyed when the lease ends without `sent`. What the senders' journal says of such a row is
 * shown as what it is, an attempt. */
#pragma once

#include "base/lang.h"
#include "store/db.h"

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

enum { OUTBOX_LIST_MAX = 1000000 };

typedef enum {
    OUTBOX_READY,
    OUTBOX_LEASED,
    OUTBOX_SENT,
    OUTBOX_DEFERRED,
    OUTBOX_FAILED,
    OUTBOX_CANCELLED,
} OutboxState;
enum { OUTBOX_STATES = OUTBOX_CANCELLED + 1 };

/* "ready"... as stored. */
const char *outbox_state_code(OutboxState state);

/* "väntar", "waiting"... in the process's language. */
const char *outbox_state_words(OutboxState state);

/* A code or the words of either language, in any case; INPUT that names them all. */
bool outbox_state_parse(const char *text, OutboxState *out, GError **error);

/* Which rows. Everything zero or NULL: all of them. */
typedef struct {
    int64_t group_id; /* 0: any */
    bool by_state;
    OutboxState state;
    const char *to_address; /* NULL: any; otherwise that address, in any case */
    bool in_doubt;          /* only those that may have been sent with nobody knowing */
    guint max;              /* 0: OUTBOX_LIST_MAX */
} OutboxFilter;

typedef struct {
    int64_t at_us;
    char *relay;
    char *outcome; /* as delivery_class_name */
    int smtp_code; /* 0 where no reply came */
    char *enhanced;
    char *reply;
} OutboxAttempt;

typedef struct {
    int64_t id;
    int64_t group_id;
    char *list_id; /* the campaign's name */
    char *purpose;
    char *to_address;
    char *to_name;
    Lang locale;
    OutboxState state;
    bool held;       /* by outbox_change */
    bool group_held; /* outside the hours of sending, or paused */
    bool cancel;     /* noted while leased */
    int64_t created_at_us;
    int64_t due_at_us;
    int64_t expires_at_us;
    int64_t settled_at_us; /* 0: not yet */
    int64_t attempts;
    int64_t in_doubt;
    OutboxAttempt *last; /* the latest attempt; NULL if there was none */
    GPtrArray *tried;    /* of OutboxAttempt, oldest first; NULL in a list */
    GPtrArray *notices;  /* of NoticeRow, newest first; NULL in a list */
} OutboxRow;

void outbox_row_free(OutboxRow *row);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(OutboxRow, outbox_row_free)

/* Of OutboxRow, by id. */
GPtrArray *outbox_find(Db *db, const OutboxFilter *filter, GError **error);

/* One row with every attempt and every notice; NOT_FOUND. */
OutboxRow *outbox_show(Db *db, int64_t id, GError **error);

typedef enum {
    OUTBOX_RETRY,   /* failed, deferred: due now, and the days of trying begin anew */
    OUTBOX_HOLD,    /* what waits stays until it is released */
    OUTBOX_RELEASE, /* of the hold */
    OUTBOX_CANCEL,  /* what waits is never sent */
} OutboxAction;

typedef struct {
    int64_t changed;
    int64_t leased;  /* with a sender now: a cancel is noted, anything else left undone */
    int64_t expired; /* not retried: too late, its campaign has closed */
    int64_t unfit;   /* in a state that the action is not for, or held and to be retried */
} OutboxChange;

/* Does it to the row, and adds to `sum`. What cannot be done to this one row is an error:
 * NOT_FOUND, CONFLICT (the message says why and what would help). A retry releases it, and with
 * `again` sends one that is sent a second time. */
bool outbox_change(DbTx *tx, OutboxAction action, int64_t id, bool again, int64_t now_us,
                   OutboxChange *sum, GError **error);

/* Does it to every row that the filter names and the action is for; the rest is counted. */
bool outbox_change_all(DbTx *tx, OutboxAction action, const OutboxFilter *filter, int64_t now_us,
                       OutboxChange *sum, GError **error);
