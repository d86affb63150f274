/* The queue of mail: what is to be sent, to whom, when, and what came of it.
 *
 * A mailing is what many messages share (template, values); an outbox row is one message of it to
 * one person. States and what survives a crash stand on top of outbox.c; leases are in lease.h. */
#pragma once

#include "base/lang.h"
#include "store/db.h"

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct {
    int64_t group_id;          /* opaque here: the campaign's round */
    const char *purpose;       /* "invitation", "reminder-1"... */
    const char *template_name; /* "mail/invitation", "mail/reminder" */
    const char *list_id;       /* label of the List-Id header: the campaign's name */
    const char *values_sv;     /* JSON object: the template's shared values in Swedish */
    const char *values_en;
    const char *values_added; /* the same in other languages (mailing_values_added()), or NULL */
} MailingSpec;

/* The values of the added languages among `values` as one JSON object; "" if there are none. Each
 * is a JSON object's text, or NULL. Free with g_free. */
char *mailing_values_added(char *const values[LANG_MAX]);

/* The mailing of (group, purpose), made if it is not there; an existing one keeps its values. A new
 * mailing of a group that is held is held too. INPUT if the values are not JSON objects. */
bool mailing_ensure(DbTx *tx, const MailingSpec *spec, int64_t now_us, int64_t *out_mailing_id,
                    GError **error);

/* While held, nothing of the group is leased; what already is with a relay goes on. */
bool mailing_hold(DbTx *tx, int64_t group_id, bool held, GError **error);

/* What the messages of a mailing share, as stored. */
typedef struct {
    char *template_name;
    char *list_id;
    char *values[LANG_MAX]; /* JSON objects; NULL in an added language: as what it falls back on */
} MailingText;

/* NULL with NOT_FOUND if there is no such mailing. */
MailingText *mailing_load(Db *db, int64_t mailing_id, GError **error);
void mailing_text_free(MailingText *text);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MailingText, mailing_text_free)

typedef struct {
    int64_t mailing_id;
    int64_t link_id; /* the id inside the personal link */
    const char *to_address;
    const char *to_name;       /* display name, may be "" */
    const char *greeting_name; /* given name, may be "" */
    Lang locale;
    int64_t due_at_us;     /* not before */
    int64_t expires_at_us; /* not after: then the row fails unsent */
} OutboxItem;

/* Adds the message unless (mailing, link) already has one. INPUT if the address cannot be one. */
bool outbox_add(DbTx *tx, const OutboxItem *item, int64_t now_us, GError **error);

/* Cancels what is not yet sent to a link, of the mailings whose purpose begins with
 * `purpose_prefix`
 * ("reminder"; "" for all). A row that is leased is cancelled when the lease ends without `sent`.
 */
bool outbox_cancel_link(DbTx *tx, int64_t link_id, const char *purpose_prefix, int64_t now_us,
                        GError **error);

typedef struct {
    int64_t waiting; /* ready or deferred, due or not */
    int64_t due;     /* of these, due now and not held */
    int64_t leased;
    int64_t sent;
    int64_t failed;
    int64_t cancelled;
    int64_t in_doubt; /* leases that ran out and final dots without a reply, all told */
} OutboxCounts;

bool outbox_count(Db *db, int64_t now_us, OutboxCounts *out, GError **error);
