#include "mailer/lane.h"

#include "base/clock.h"
#include "base/log.h"
#include "mailer/address.h"
#include "mailer/lease.h"
#include "mailer/letter.h"
#include "mailer/message.h"
#include "mailer/outbox.h"
#include "mailer/verp.h"

#include <inttypes.h>
#include <semaphore.h>
#include <string.h>

/* Longer than the longest a relay can take over one message (some 25 minutes by RFC 5321's
 * timeouts); a lease is renewed when a third of it has passed. */
#define LEASE_US (CLOCK_HOUR_US)

/* The outbox is brought up to date this often during a batch. */
#define FOLD_US (2 * CLOCK_SECOND_US)

enum { LETTERS_KEPT_MAX = 256 };

typedef struct {
    Lane *lane;
    const LeasedMail *mail;
    Delivery delivery;
    int64_t now_us;
    int64_t renew_until_us; /* 0: not now */
    bool fold;
} NoteJob;

struct Lane {
    const LaneShared *shared;
    Transport *transport;
    guint relay;
    Db *db;
    GHashTable *letters;  /* by mailing: int64_t * -> Letter */
    GPtrArray *batch;     /* LeasedMail */
    GPtrArray *addresses; /* beside batch: as SMTP carries them */
    GPtrArray *ids;       /* beside batch: of the messages */
    GPtrArray *envids;    /* beside batch: what stands before the @ of those */
    GPtrArray *returns;   /* beside batch: return paths, where each has its own */
    int64_t renewed_at_us;
    int64_t folded_at_us;
    LaneBatch done;
    guint answered; /* messages of this batch that the relay spoke about */
    NoteJob job;
    GError *fault; /* of the store; written before `noted` is posted */
    bool noting;   /* a job is with the writer; `noted` is posted when it is done */
    sem_t noted;
};

static void free_letter(gpointer letter) {
    letter_free(letter);
}

Lane *lane_open(const LaneShared *shared, Transport *transport, guint relay, GError **error) {
    Db *db = db_open(shared->db_path, error);
    if (db == NULL) {
        return NULL;
    }
    Lane *lane = g_new0(Lane, 1);
    lane->shared = shared;
    lane->transport = transport;
    lane->relay = relay;
    lane->db = db;
    lane->letters = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, free_letter);
    lane->addresses = g_ptr_array_new_with_free_func(g_free);
    lane->ids = g_ptr_array_new_with_free_func(g_free);
    lane->envids = g_ptr_array_new_with_free_func(g_free);
    lane->returns = g_ptr_array_new_with_free_func(g_free);
    sem_init(&lane->noted, 0, 0);
    return lane;
}

void lane_close(Lane *lane) {
    if (lane == NULL) {
        return;
    }
    g_assert(!lane->noting);
    sem_destroy(&lane->noted);
    g_ptr_array_unref(lane->addresses);
    g_ptr_array_unref(lane->ids);
    g_ptr_array_unref(lane->envids);
    g_ptr_array_unref(lane->returns);
    g_clear_pointer(&lane->batch, g_ptr_array_unref);
    g_hash_table_unref(lane->letters);
    db_close(lane->db);
    g_clear_error(&lane->fault);
    g_free(lane);
}

/* --- noting --------------------------------------------------------------------------------------
 */

static bool note_write(DbTx *tx, gpointer data, GError **error) {
    NoteJob *job = data;
    Lane *lane = job->lane;
    int64_t lease_id = job->mail->lease_id;
    return (job->renew_until_us == 0 || outbox_renew(tx, lease_id, job->renew_until_us, error)) &&
           settle_note(tx, job->mail, &job->delivery, job->now_us, error) &&
           (!job->fold || settle_fold(tx, lease_id, &lane->done.settled, error));
}

static void note_done(gpointer data, const GError *error) {
    NoteJob *job = data;
    Lane *lane = job->lane;
    if (error != NULL && lane->fault == NULL) {
        lane->fault = g_error_copy(error);
    }
    sem_post(&lane->noted);
}

/* Waits for the note under way, if any. False if the store has failed. */
static bool note_wait(Lane *lane) {
    while (lane->noting) {
        lane->noting = sem_wait(&lane->noted) != 0; /* a signal may end a wait */
    }
    bool sound = lane->fault == NULL;
    if (sound && lane->job.mail != NULL) {
        const Delivery *delivery = &lane->job.delivery;
        log_event(delivery->outcome == DELIVERY_SENT ? LOG_DEBUG : LOG_INFO, "mail.settled",
                  "outbox=%" PRId64 " class=%s smtp=%d enhanced=%s", lane->job.mail->outbox_id,
                  delivery_class_name(delivery->outcome), delivery->smtp_code, delivery->enhanced);
    }
    lane->job.mail = NULL;
    return sound;
}

static void count_outcome(Lane *lane, const Delivery *delivery) {
    lane->answered += delivery->smtp_code != 0 || delivery->outcome == DELIVERY_SENT;
    lane->done.sent += delivery->outcome == DELIVERY_SENT;
    lane->done.permanent += delivery->outcome == DELIVERY_PERMANENT;
    lane->done.transient += delivery->outcome == DELIVERY_TRANSIENT;
}

static void note_post(Lane *lane, guint index, const Delivery *delivery) {
    int64_t now_us = clock_now_us();
    lane->job = (NoteJob){.lane = lane,
                          .mail = g_ptr_array_index(lane->batch, index),
                          .delivery = *delivery,
                          .now_us = now_us};
    if (now_us - lane->renewed_at_us > LEASE_US / 3) {
        lane->renewed_at_us = now_us;
        lane->job.renew_until_us = now_us + LEASE_US;
    }
    if (now_us - lane->folded_at_us > FOLD_US) {
        lane->folded_at_us = now_us;
        lane->job.fold = true;
    }
    lane->noting = true;
    if (writer_post(lane->shared->writer, note_write, note_done, &lane->job)) {
        return;
    }
    g_autoptr(GError) error = NULL; /* the queue is full: wait in it */
    writer_run(lane->shared->writer, note_write, &lane->job, &error);
    note_done(&lane->job, error);
}

static void lane_outcome(gpointer data, guint index, const Delivery *delivery) {
    Lane *lane = data;
    count_outcome(lane, delivery);
    if (!note_wait(lane)) {
        return; /* the lease stays: this row is found in doubt when it runs out */
    }
    note_post(lane, index, delivery);
    if (index + 1 < lane->batch->len) {
        lane->shared->pacing.wait_slot(lane->shared->pacing.data, lane->relay);
    }
}

/* --- making a message ----------------------------------------------------------------------------
 */

static Letter *lane_letter(Lane *lane, int64_t mailing_id, GError **error) {
    const LaneShared *shared = lane->shared;
    Letter *letter = g_hash_table_lookup(lane->letters, &mailing_id);
    if (letter != NULL) {
        return letter;
    }
    g_autoptr(MailingText) text = mailing_load(lane->db, mailing_id, error);
    if (text == NULL) {
        return NULL;
    }
    if (g_hash_table_size(lane->letters) >= LETTERS_KEPT_MAX) {
        g_hash_table_remove_all(lane->letters);
    }
    letter = letter_new(text, shared->settings, shared->catalog, shared->keyring);
    g_hash_table_insert(lane->letters, g_memdup2(&mailing_id, sizeof mailing_id), letter);
    return letter;
}

static bool lane_body(gpointer data, guint index, GString *out) {
    Lane *lane = data;
    const LeasedMail *mail = g_ptr_array_index(lane->batch, index);
    g_autoptr(GError) error = NULL;
    Letter *letter = lane_letter(lane, mail->mailing_id, &error);
    LetterTo to = {.link_id = mail->link_id,
                   .locale = mail->locale,
                   .to_address = g_ptr_array_index(lane->addresses, index),
                   .to_name = mail->to_name,
                   .greeting_name = mail->greeting_name,
                   .message_id = g_ptr_array_index(lane->ids, index),
                   .subject_mark = "",
                   .date_us = clock_now_us()};
    if (letter == NULL || !letter_write(letter, &to, out, &error)) {
        log_event(LOG_WARNING, "mail.unmade", "outbox=%" PRId64 " error=\"%s\"", mail->outbox_id,
                  error->message);
        return false;
    }
    return true;
}

/* --- a batch -------------------------------------------------------------------------------------
 */

static Envelope lane_envelope(gpointer data, guint index) {
    const Lane *lane = data;
    const SenderSettings *settings = lane->shared->settings;
    return (Envelope){.return_path = settings->verp ? g_ptr_array_index(lane->returns, index)
                                                    : settings->return_path,
                      .to = g_ptr_array_index(lane->addresses, index),
                      .envid = g_ptr_array_index(lane->envids, index)};
}

static bool lane_commit(gpointer data, guint index) {
    Lane *lane = data;
    (void)index;
    return note_wait(lane) && !atomic_load(lane->shared->stopping);
}

typedef struct {
    Lane *lane;
    guint max;
    int64_t now_us;
    GPtrArray *leased;
} LeaseJob;

static bool lease_write(DbTx *tx, gpointer data, GError **error) {
    LeaseJob *job = data;
    const LaneShared *shared = job->lane->shared;
    LeaseRequest request = {.owner = shared->owner,
                            .relay = transport_name(job->lane->transport),
                            .lease_us = LEASE_US,
                            .max = job->max,
                            .grant = shared->pacing.grant,
                            .grant_data = shared->pacing.data};
    return outbox_lease(tx, &request, job->now_us, &job->leased, error);
}

static bool release_write(DbTx *tx, gpointer data, GError **error) {
    Lane *lane = data;
    const LeasedMail *first = g_ptr_array_index(lane->batch, 0);
    return outbox_release(tx, first->lease_id, clock_now_us(), &lane->done.settled, error);
}

static void address_batch(Lane *lane) {
    const SenderSettings *settings = lane->shared->settings;
    g_ptr_array_set_size(lane->addresses, 0);
    g_ptr_array_set_size(lane->ids, 0);
    g_ptr_array_set_size(lane->envids, 0);
    g_ptr_array_set_size(lane->returns, 0);
    for (guint i = 0; i < lane->batch->len; i++) {
        const LeasedMail *mail = g_ptr_array_index(lane->batch, i);
        char *address = address_for_smtp(mail->to_address, NULL, NULL);
        g_assert(address != NULL); /* outbox_add took no other */
        g_ptr_array_add(lane->addresses, address);
        char *id = message_id_make(lane->shared->keyring, mail->outbox_id, mail->link_id,
                                   settings->from_address);
        g_ptr_array_add(lane->ids, id);
        g_ptr_array_add(lane->envids, g_strndup(id, strcspn(id, "@")));
        if (settings->verp) {
            g_ptr_array_add(lane->returns, verp_make(lane->shared->keyring, settings->return_path,
                                                     mail->outbox_id));
        }
    }
}

static bool lane_lease(Lane *lane, guint max, GError **error) {
    LeaseJob job = {.lane = lane, .max = max, .now_us = clock_now_us()};
    g_clear_pointer(&lane->batch, g_ptr_array_unref);
    if (!writer_run(lane->shared->writer, lease_write, &job, error)) {
        g_clear_pointer(&job.leased, g_ptr_array_unref); /* leased, and then not committed */
        return false;
    }
    lane->batch = job.leased;
    lane->renewed_at_us = job.now_us;
    lane->folded_at_us = job.now_us;
    lane->answered = 0;
    address_batch(lane);
    return true;
}

static bool lane_send(Lane *lane, GError **error) {
    const Relay *relay = g_ptr_array_index(lane->shared->settings->relays, lane->relay);
    TransportBatch batch = {.count = lane->batch->len,
                            .ahead = relay->per_minute == 0,
                            .data = lane,
                            .envelope = lane_envelope,
                            .body = lane_body,
                            .commit = lane_commit,
                            .outcome = lane_outcome};
    const LanePacing *pacing = &lane->shared->pacing;
    return !pacing->wait_slot(pacing->data, lane->relay) ||
           transport_send(lane->transport, &batch, error);
}

LaneResult lane_run(Lane *lane, guint max, LaneBatch *out, GError **error) {
    lane->done = (LaneBatch){0};
    *out = lane->done;
    if (!lane_lease(lane, max, error)) {
        return LANE_STORE_FAILED;
    }
    if (lane->batch->len == 0) {
        return LANE_IDLE;
    }
    g_autoptr(GError) relay_error = NULL;
    writer_expect(lane->shared->writer, 1);
    bool done = lane_send(lane, &relay_error);
    writer_expect(lane->shared->writer, -1);
    bool sound = note_wait(lane) && writer_run(lane->shared->writer, release_write, lane, error);
    *out = lane->done;
    if (!sound) {
        if (lane->fault != NULL) {
            g_propagate_error(error, g_steal_pointer(&lane->fault));
        }
        return LANE_STORE_FAILED;
    }
    if (!done) {
        g_propagate_error(error, g_steal_pointer(&relay_error));
    }
    return done || lane->answered > 0 ? LANE_SENT : LANE_RELAY_FAILED;
}

bool lane_next_due(Lane *lane, int64_t *out_at_us, GError **error) {
    const LanePacing *pacing = &lane->shared->pacing;
    return outbox_next_due(lane->db, pacing->ready, pacing->data, out_at_us, error);
}
