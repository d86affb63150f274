/* One mail that came back: which message of ours it is about, what it says of it, and that it was
 * read. Read twice, it counts once: by its place in the mailbox and by its bytes.
 *
 * About a message of ours is what came to that message's own return path, or names its Message-ID:
 * both are keyed, so only who has seen the message can say so. Anything else that mentions an
 * address we wrote to is a NOTICE_SOFT from "address", and a mail for a person to see. */
#pragma once

#include "base/keyring.h"
#include "mailer/bounce.h"
#include "store/db.h"

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

enum { RECEIVED_BYTES_MAX = 1024 * 1024 }; /* of a mail; the rest is an original sent back */

/* How messages of ours are known again. */
typedef struct {
    const Keyring *keyring;
    const char *return_path;  /* as given to verp_make */
    const char *from_address; /* as given to message_id_make */
} ReceivedKey;

/* Where a mail lies. */
typedef struct {
    const char *mailbox;
    uint32_t uidvalidity; /* 0 for a file, which has no place */
    uint32_t uid;
} ReceivedPlace;

/* A mail, read: parsing needs no database. */
typedef struct ReceivedMail ReceivedMail;

ReceivedMail *received_parse(const void *bytes, gsize size, int64_t now_us);
void received_free(ReceivedMail *mail);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ReceivedMail, received_free)

typedef struct {
    bool repeated;   /* was stored before: nothing was done */
    bool known;      /* about a message of ours, and needs nobody's eyes */
    BounceKind kind; /* what it says of that message, or else first */
} ReceivedOutcome;

/* Writes the notice, if there is one, and that the mail was read. */
bool received_store(DbTx *tx, const ReceivedKey *key, const ReceivedMail *mail,
                    const ReceivedPlace *place, int64_t now_us, ReceivedOutcome *out,
                    GError **error);

/* Whether the mail at a place was stored, and if so as known. */
bool received_find(Db *db, const ReceivedPlace *place, bool *out_found, bool *out_known,
                   GError **error);

typedef struct {
    int64_t read;
    int64_t unknown; /* for a person to see */
    int64_t hard, soft, absent, complaint, challenge;
    int64_t last_at_us; /* 0: never */
} ReceivedCounts;

/* All that was ever read; by kind, only what was about messages of ours. */
bool received_count(Db *db, ReceivedCounts *out, GError **error);
