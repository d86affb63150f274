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
#include <string.h>

/* Notes are settled this often during a batch, so that the outbox tells how it goes. */
#define SETTLE_US (2 * CLOCK_SECOND_US)

enum { LETTERS_KEPT_MAX = 256 };

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
    int64_t lease_id;     /* 0: none */
    GArray *notes;        /* Note: of that lease, not settled yet */
    JournalShare share;   /* what the journal holds of them */
    int64_t settled_at_us;
    LaneBatch done;
    guint answered; /* messages of this batch that the relay spoke about */
    GError *fault;  /* of the store */
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
    lane->notes = g_array_new(FALSE, FALSE, sizeof(Note));
    return lane;
}

void lane_close(Lane *lane) {
    if (lane == NULL) {
        return;
    }
    g_array_unref(lane->notes);
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

static bool settle_write(DbTx *tx, gpointer data, GError **error) {
    Lane *lane = data;
    return settle_notes(tx, lane->notes, &lane->done.settled, error);
}

static bool release_write(DbTx *tx, gpointer data, GError **error) {
    Lane *lane = data;
    return outbox_release(tx, lane->lease_id, lane->notes, clock_now_us(), &lane->done.settled,
                          error);
}

/* Notes that could not be settled are kept: lane_end. */
static bool lane_settle(Lane *lane, WriterFn write, GError **error) {
    LaneBatch before = lane->done;
    if (!writer_run(lane->shared->writer, write, lane, error)) {
        lane->done = before;
        return false;
    }
    journal_settled(lane->shared->journal, &lane->share);
    g_array_set_size(lane->notes, 0);
    return true;
}

static void count_outcome(Lane *lane, const Delivery *delivery) {
    lane->answered += delivery->smtp_code != 0 || delivery->outcome == DELIVERY_SENT;
    lane->done.sent += delivery->outcome == DELIVERY_SENT;
    lane->done.permanent += delivery->outcome == DELIVERY_PERMANENT;
    lane->done.transient += delivery->outcome == DELIVERY_TRANSIENT;
}

static void log_outcome(const Note *note) {
    const Delivery *delivery = &note->delivery;
    log_event(delivery->outcome == DELIVERY_SENT ? LOG_DEBUG : LOG_INFO, "mail.noted",
              "outbox=%" PRId64 " class=%s smtp=%d enhanced=%s", note->outbox_id,
              delivery_class_name(delivery->outcome), delivery->smtp_code, delivery->enhanced);
}

static void lane_outcome(gpointer data, guint index, const Delivery *delivery) {
    Lane *lane = data;
    const LeasedMail *mail = g_ptr_array_index(lane->batch, index);
    Note note = {.lease_id = lane->lease_id,
                 .outbox_id = mail->outbox_id,
                 .at_us = clock_now_us(),
                 .delivery = *delivery};
    count_outcome(lane, delivery);
    log_outcome(&note);
    g_array_append_val(lane->notes, note);
    bool room = journal_add(lane->shared->journal, &lane->share, &note);
    bool settle = !room || note.at_us - lane->settled_at_us > SETTLE_US;
    if (settle && lane->fault == NULL) {
        lane->settled_at_us = note.at_us;
        lane_settle(lane, settle_write, &lane->fault);
    }
    const LanePacing *pacing = &lane->shared->pacing;
    if (delivery->outcome == DELIVERY_SENT) {
        pacing->taken(pacing->data, lane->relay);
    }
    if (index + 1 < lane->batch->len) {
        pacing->wait_slot(pacing->data, lane->relay);
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
    return lane->fault == NULL &&
           journal_keep_up(lane->shared->journal, &lane->share, &lane->fault) &&
           !atomic_load(lane->shared->stopping);
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
                            .max = job->max,
                            .grant = shared->pacing.grant,
                            .grant_data = shared->pacing.data};
    return outbox_lease(tx, &request, job->now_us, &job->leased, error);
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
    lane->settled_at_us = job.now_us;
    lane->answered = 0;
    if (job.leased->len > 0) {
        const LeasedMail *first = g_ptr_array_index(job.leased, 0);
        lane->lease_id = first->lease_id;
    }
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

static bool lane_release(Lane *lane, GError **error) {
    if (lane->lease_id != 0 && !lane_settle(lane, release_write, error)) {
        return false;
    }
    lane->lease_id = 0;
    return true;
}

LaneResult lane_run(Lane *lane, guint max, LaneBatch *out, GError **error) {
    lane->done = (LaneBatch){0};
    g_assert(lane->lease_id == 0);
    if (!lane_lease(lane, max, error)) {
        return LANE_STORE_FAILED;
    }
    if (lane->batch->len == 0) {
        return LANE_IDLE;
    }
    g_autoptr(GError) relay_error = NULL;
    bool done = lane_send(lane, &relay_error);
    g_autoptr(GError) fault = g_steal_pointer(&lane->fault);
    lane_release(lane, fault == NULL ? &fault : NULL);
    *out = lane->done;
    if (fault != NULL) {
        g_propagate_error(error, g_steal_pointer(&fault));
        return LANE_STORE_FAILED;
    }
    if (!done) {
        g_propagate_error(error, g_steal_pointer(&relay_error));
    }
    return done || lane->answered > 0 ? LANE_SENT : LANE_RELAY_FAILED;
}

bool lane_end(Lane *lane, DeliveryCounts *settled, GError **error) {
    lane->done = (LaneBatch){0};
    bool released = lane_release(lane, error);
    *settled = lane->done.settled;
    if (!released) {
        journal_sync(lane->shared->journal, &lane->share, NULL); /* so that the next sender knows */
    }
    return released;
}

bool lane_next_due(Lane *lane, int64_t *out_at_us, GError **error) {
    const LanePacing *pacing = &lane->shared->pacing;
    return outbox_next_due(lane->db, pacing->ready, pacing->data, out_at_us, error);
}
