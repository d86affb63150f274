/* The threads that send.
 *
 * Each lane (thread) belongs to one relay. When the pool of relays says that it is its turn, it
 * leases a batch, sends it over one connection, and begins again. With nothing due they sleep; one
 * of them at a time asks the database when the next row comes due, at least every second, so that a
 * lost wake-up costs a second, not mail. A database that does not do its part is left alone for a
 * while that grows with each failure in a row.
 *
 * Stopping: a message whose final dot has been sent waits for its reply and is settled; one that
 * has not come so far is given back unsent. What a kill leaves behind, the next start ends
 * (outbox.c). */
#include "mailer/sender.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/id.h"
#include "base/lang.h"
#include "base/log.h"
#include "base/patience.h"
#include "mailer/address.h"
#include "mailer/lane.h"
#include "mailer/lease.h"
#include "mailer/pacing.h"
#include "mailer/recover.h"
#include "mailer/relay_pool.h"
#include "mailer/transport.h"

#include <inttypes.h>
#include <pthread.h>
#include <string.h>
#include <unistd.h>

#define POLL_US CLOCK_SECOND_US

/* A drain waits so long for a domain whose rate is used up. */
#define DRAIN_PATIENCE_US CLOCK_MINUTE_US

typedef struct {
    Sender *sender;
    Transport *transport;
    guint relay;
    pthread_t thread;
} SenderThread;

struct Sender {
    SenderSettings settings; /* texts are ours */
    char *db_path;
    GPtrArray *transports; /* one a relay */
    Writer *writer;
    int lock_fd;
    LaneShared shared;
    atomic_bool stopping;
    GArray *threads;       /* SenderThread, never moved */
    guint begun;           /* of them */
    pthread_mutex_t mutex; /* what follows */
    pthread_cond_t changed;
    RelayPool *pool; /* its instants are monotonic, as are all here but next_due_at_us */
    DeliveryCounts counts;
    bool draining;       /* lanes end when nothing may go, or no relay is left */
    guint active;        /* batches under way */
    bool drained;        /* nothing was left when last looked */
    bool broken;         /* the database failed */
    GError *drain_error; /* the latest */
    int64_t polled_at_us;
    int64_t next_due_at_us; /* as the latest poll found it */
    int64_t store_after_us; /* nothing is leased before */
    guint store_failures;   /* in a row */
};

/* --- settings ------------------------------------------------------------------------------------
 */

static void take_text(const char **text) {
    *text = g_strdup(*text != NULL ? *text : "");
}

static void drop_text(const char **text) {
    g_free((char *)(uintptr_t)*text);
    *text = NULL;
}

static void settings_each(SenderSettings *settings, void (*each)(const char **text)) {
    const char **const texts[] = {&settings->from_address, &settings->from_name,
                                  &settings->reply_to,     &settings->return_path,
                                  &settings->base_url,     &settings->domain_rates};
    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++) {
        each(texts[i]);
    }
}

/* The address as SMTP carries it, in place of `*address`. */
static bool check_address(const char **address, const char *key, GError **error) {
    bool needs_utf8 = false;
    char *made = address_for_smtp(*address, &needs_utf8, error);
    if (made == NULL) {
        g_prefix_error(error, "%s: ", key);
        return false;
    }
    drop_text(address);
    *address = made;
    return !needs_utf8 ||
           error_set(
               error, VK_ERROR_INPUT,
               tr("%s: före @ får bara ASCII-tecken stå i avsändarens adress.",
                  "%s: only ASCII characters may stand before the @ of the sender's address."),
               key);
}

static bool settings_check(SenderSettings *settings, GError **error) {
    if (settings->return_path[0] == '\0') {
        drop_text(&settings->return_path);
        settings->return_path = g_strdup(settings->from_address);
    }
    if (!check_address(&settings->from_address, "mail.from", error) ||
        !check_address(&settings->return_path, "mail.return_path", error) ||
        (settings->reply_to[0] != '\0' &&
         !check_address(&settings->reply_to, "mail.reply_to", error))) {
        return false;
    }
    if (settings->messages_per_connection < 1 ||
        settings->messages_per_connection > SENDER_BATCH_MAX ||
        settings->ramp_up_minutes > SENDER_RAMP_UP_MAX) {
        return error_set(error, VK_ERROR_INPUT,
                         tr("mail.messages_per_connection ska vara 1 till %d och "
                            "mail.ramp_up_minutes 0 till %d.",
                            "mail.messages_per_connection must be 1 to %d and "
                            "mail.ramp_up_minutes 0 to %d."),
                         SENDER_BATCH_MAX, SENDER_RAMP_UP_MAX);
    }
    return true;
}

static bool open_relays(Sender *sender, GError **error) {
    const GPtrArray *relays = sender->settings.relays;
    g_autofree RelayLimits *limits = g_new0(RelayLimits, relays->len);
    RelayPoolSettings settings = {.messages_per_connection =
                                      sender->settings.messages_per_connection,
                                  .ramp_up_minutes = sender->settings.ramp_up_minutes,
                                  .domain_rates = sender->settings.domain_rates};
    for (guint i = 0; i < relays->len; i++) {
        const Relay *relay = g_ptr_array_index(relays, i);
        Transport *transport = transport_open(&relay->transport, error);
        if (transport == NULL) {
            return false;
        }
        g_ptr_array_add(sender->transports, transport);
        limits[i] = (RelayLimits){.priority = relay->priority,
                                  .connections = relay->connections,
                                  .per_minute = relay->per_minute};
    }
    sender->pool = relay_pool_new(&settings, limits, relays->len, error);
    return sender->pool != NULL;
}

/* --- pacing, called from the lanes ---------------------------------------------------------------
 */

static void wait_until(Sender *sender, int64_t monotonic_us) {
    patience_wait(&sender->changed, &sender->mutex, monotonic_us);
}

static void note_taken(gpointer data, guint relay) {
    Sender *sender = data;
    pthread_mutex_lock(&sender->mutex);
    if (relay_pool_taken(sender->pool, relay)) {
        pthread_cond_signal(&sender->changed);
    }
    pthread_mutex_unlock(&sender->mutex);
}

static bool wait_slot(gpointer data, guint relay) {
    Sender *sender = data;
    pthread_mutex_lock(&sender->mutex);
    int64_t slot_us = relay_pool_slot(sender->pool, relay, g_get_monotonic_time());
    while (!atomic_load(&sender->stopping) && g_get_monotonic_time() < slot_us) {
        wait_until(sender, slot_us);
    }
    pthread_mutex_unlock(&sender->mutex);
    return !atomic_load(&sender->stopping);
}

static guint grant_domain(gpointer data, const char *domain, guint want) {
    Sender *sender = data;
    pthread_mutex_lock(&sender->mutex);
    guint granted = relay_pool_grant(sender->pool, domain, want, g_get_monotonic_time());
    pthread_mutex_unlock(&sender->mutex);
    return granted;
}

static int64_t domain_ready(gpointer data, const char *domain) {
    Sender *sender = data;
    pthread_mutex_lock(&sender->mutex);
    int64_t now_us = g_get_monotonic_time();
    int64_t ready_us = relay_pool_domain_ready(sender->pool, domain, now_us);
    pthread_mutex_unlock(&sender->mutex);
    return clock_now_us() + ready_us - now_us;
}

/* --- lanes ---------------------------------------------------------------------------------------
 */

typedef enum { NEXT_SEND, NEXT_POLL, NEXT_END } NextStep;

/* A batch under way may yet give back what another relay must take. */
static bool is_over(const Sender *sender) {
    if (atomic_load(&sender->stopping) || !sender->draining) {
        return atomic_load(&sender->stopping);
    }
    return sender->broken || relay_pool_exhausted(sender->pool, g_get_monotonic_time()) ||
           (sender->drained && sender->active == 0);
}

/* Sleeps until there is something for a lane of the relay to do; `out_max` is how many messages. */
static NextStep wait_for_work(Sender *sender, guint relay, guint *out_max) {
    NextStep next = NEXT_END;
    pthread_mutex_lock(&sender->mutex);
    while (!is_over(sender)) {
        int64_t now_us = g_get_monotonic_time();
        if (now_us < sender->store_after_us) {
            wait_until(sender, sender->store_after_us);
        } else if (sender->next_due_at_us <= clock_now_us() && !sender->drained) {
            RelayTurn turn = relay_pool_begin(sender->pool, relay, now_us);
            if (turn.max > 0) {
                *out_max = turn.max;
                sender->active++;
                next = NEXT_SEND;
                break;
            }
            wait_until(sender, MIN(turn.until_us, now_us + POLL_US));
        } else if (now_us >= sender->polled_at_us + POLL_US) {
            sender->polled_at_us = now_us;
            next = NEXT_POLL;
            break;
        } else {
            wait_until(sender, sender->polled_at_us + POLL_US);
        }
    }
    pthread_mutex_unlock(&sender->mutex);
    return next;
}

/* Asks when the next row may go. While draining, what may go only later is left. */
static void look_due(Sender *sender, Lane *lane) {
    g_autoptr(GError) error = NULL;
    int64_t next_due_at_us = INT64_MAX;
    if (!lane_next_due(lane, &next_due_at_us, &error)) {
        log_event(LOG_WARNING, "mail.poll_failed", "error=\"%s\"", error->message);
    }
    pthread_mutex_lock(&sender->mutex);
    sender->polled_at_us = g_get_monotonic_time();
    sender->next_due_at_us = next_due_at_us;
    sender->drained = sender->draining && next_due_at_us > clock_now_us() + DRAIN_PATIENCE_US;
    pthread_cond_broadcast(&sender->changed);
    pthread_mutex_unlock(&sender->mutex);
}

static RelayVerdict verdict_of(LaneResult result) {
    switch (result) {
    case LANE_IDLE:
    case LANE_STORE_FAILED:
        return RELAY_UNUSED;
    case LANE_SENT:
        return RELAY_GOOD;
    case LANE_RELAY_FAILED:
        return RELAY_FAILED;
    }
    g_assert_not_reached();
}

/* There is more to send, perhaps just given back. */
static void look_again(Sender *sender) {
    sender->drained = false;
    sender->next_due_at_us = INT64_MIN;
}

static void set_drain_error(Sender *sender, const GError *error) {
    g_clear_error(&sender->drain_error);
    sender->drain_error = g_error_copy(error);
}

static void add_counts(DeliveryCounts *sum, const DeliveryCounts *more) {
    sum->sent += more->sent;
    sum->deferred += more->deferred;
    sum->failed += more->failed;
}

/* Counts what a batch came to, and what it says about the relay and the database. */
static void note_batch(Sender *sender, guint relay, LaneResult result, const LaneBatch *batch,
                       int64_t elapsed_us, const GError *error) {
    RelayUse use = {.verdict = verdict_of(result),
                    .sent = batch->sent,
                    .transient = batch->transient,
                    .other = batch->permanent,
                    .elapsed_us = elapsed_us};
    uint32_t random = (uint32_t)id_new();
    pthread_mutex_lock(&sender->mutex);
    int64_t now_us = g_get_monotonic_time();
    add_counts(&sender->counts, &batch->settled);
    relay_pool_end(sender->pool, relay, &use, random, now_us);
    sender->active--;
    switch (result) {
    case LANE_IDLE:
        break;
    case LANE_SENT:
        sender->store_failures = 0;
        look_again(sender);
        g_clear_error(&sender->drain_error);
        break;
    case LANE_RELAY_FAILED:
        look_again(sender);
        set_drain_error(sender, error);
        break;
    case LANE_STORE_FAILED:
        sender->broken = true;
        sender->store_failures++;
        sender->store_after_us = now_us + pacing_reconnect_us(sender->store_failures, random);
        set_drain_error(sender, error);
        break;
    }
    pthread_cond_broadcast(&sender->changed);
    pthread_mutex_unlock(&sender->mutex);
}

static void log_batch(const Sender *sender, guint relay, LaneResult result, const LaneBatch *batch,
                      int64_t elapsed_us, const GError *error) {
    if (sender->settings.quiet) {
        return;
    }
    const char *name = transport_name(g_ptr_array_index(sender->transports, relay));
    if (error != NULL && !atomic_load(&sender->stopping)) {
        log_event(LOG_WARNING,
                  result == LANE_STORE_FAILED ? "mail.store_failed" : "mail.relay_failed",
                  "relay=%s error=\"%s\"", name, error->message);
    }
    if (result == LANE_SENT) {
        log_event(LOG_INFO, "mail.batch",
                  "relay=%s sent=%" PRId64 " deferred=%" PRId64 " failed=%" PRId64 " ms=%" PRId64,
                  name, batch->settled.sent, batch->settled.deferred, batch->settled.failed,
                  elapsed_us / 1000);
    }
}

static void run_batch(Sender *sender, Lane *lane, guint relay, guint max) {
    g_autoptr(GError) error = NULL;
    LaneBatch batch = {0};
    int64_t begun_us = g_get_monotonic_time();
    LaneResult result = lane_run(lane, max, &batch, &error);
    int64_t elapsed_us = g_get_monotonic_time() - begun_us;
    log_batch(sender, relay, result, &batch, elapsed_us, error);
    if (result == LANE_IDLE) {
        look_due(sender, lane);
    }
    note_batch(sender, relay, result, &batch, elapsed_us, error);
}

/* A batch of which the database did not do its part is gone after until it has: its rows are nobody
 * else's. Not while all is ending; the journal has what the next sender needs. */
static void end_batch(Sender *sender, Lane *lane) {
    for (;;) {
        DeliveryCounts settled = {0};
        bool ended = lane_end(lane, &settled, NULL);
        pthread_mutex_lock(&sender->mutex);
        add_counts(&sender->counts, &settled);
        bool over = ended || sender->draining || atomic_load(&sender->stopping);
        if (!over) {
            wait_until(sender, g_get_monotonic_time() + POLL_US);
        }
        pthread_mutex_unlock(&sender->mutex);
        if (over) {
            return;
        }
    }
}

static void *lane_thread(void *data) {
    const SenderThread *own = data;
    Sender *sender = own->sender;
    g_autoptr(GError) error = NULL;
    g_autoptr(Lane) lane = lane_open(&sender->shared, own->transport, own->relay, &error);
    if (lane == NULL) {
        log_event(LOG_WARNING, "mail.store_failed", "error=\"%s\"", error->message);
        pthread_mutex_lock(&sender->mutex);
        sender->broken = true;
        set_drain_error(sender, error);
        pthread_mutex_unlock(&sender->mutex);
        return NULL;
    }
    guint max = 0;
    for (NextStep next; (next = wait_for_work(sender, own->relay, &max)) != NEXT_END;) {
        if (next == NEXT_POLL) {
            look_due(sender, lane);
        } else {
            run_batch(sender, lane, own->relay, max);
            end_batch(sender, lane);
        }
    }
    return NULL;
}

/* --- life ----------------------------------------------------------------------------------------
 */

static void close_transport(gpointer transport) {
    transport_close(transport);
}

static void sender_free(Sender *sender) {
    pthread_cond_destroy(&sender->changed);
    pthread_mutex_destroy(&sender->mutex);
    relay_pool_free(sender->pool);
    journal_free(sender->shared.journal);
    g_ptr_array_unref(sender->transports);
    g_array_unref(sender->threads);
    settings_each(&sender->settings, drop_text);
    g_clear_error(&sender->drain_error);
    g_free(sender->db_path);
    if (sender->lock_fd >= 0) {
        writer_copy_beside(sender->writer, false); /* the next who holds the lock may */
        close(sender->lock_fd);
    }
    g_free(sender);
}

static void join_lanes(Sender *sender) {
    for (guint i = 0; i < sender->begun; i++) {
        pthread_join(g_array_index(sender->threads, SenderThread, i).thread, NULL);
    }
    sender->begun = 0;
}

static void plan_lanes(Sender *sender) {
    for (guint i = 0; i < sender->transports->len; i++) {
        const Relay *relay = g_ptr_array_index(sender->settings.relays, i);
        for (guint j = 0; j < relay->connections; j++) {
            SenderThread thread = {.sender = sender,
                                   .transport = g_ptr_array_index(sender->transports, i),
                                   .relay = i};
            g_array_append_val(sender->threads, thread);
        }
    }
}

static bool begin_anew(Sender *sender, GError **error) {
    int64_t in_doubt = 0;
    if (!recover_notes(sender->db_path, sender->lock_fd, sender->writer, sender->shared.owner,
                       &in_doubt, error)) {
        return false;
    }
    if (in_doubt > 0) {
        log_event(LOG_INFO, "mail.in_doubt", "count=%" PRId64, in_doubt);
    }
    return true;
}

static bool start_lanes(Sender *sender, GError **error) {
    plan_lanes(sender);
    for (guint i = 0; i < sender->threads->len; i++) {
        SenderThread *thread = &g_array_index(sender->threads, SenderThread, i);
        int fault = pthread_create(&thread->thread, NULL, lane_thread, thread);
        if (fault != 0) {
            return error_set(error, VK_ERROR_INTERNAL, tr("tråd: %s", "thread: %s"),
                             g_strerror(fault));
        }
        pthread_setname_np(thread->thread, "mail");
        sender->begun++;
    }
    return true;
}

Sender *sender_start(const SenderSettings *settings, const char *db_path, Writer *writer,
                     const Catalog *catalog, const Keyring *keyring, GError **error) {
    g_assert(settings->relays->len > 0);
    Sender *sender = g_new0(Sender, 1);
    sender->lock_fd = -1;
    patience_init(&sender->changed);
    pthread_mutex_init(&sender->mutex, NULL);
    sender->settings = *settings;
    settings_each(&sender->settings, take_text);
    sender->db_path = g_strdup(db_path);
    sender->transports = g_ptr_array_new_with_free_func(close_transport);
    sender->threads = g_array_new(FALSE, FALSE, sizeof(SenderThread));
    sender->writer = writer;
    look_again(sender);
    if (!settings_check(&sender->settings, error) || !open_relays(sender, error) ||
        !recover_lock(db_path, &sender->lock_fd, error)) {
        sender_free(sender);
        return NULL;
    }
    writer_copy_beside(writer, true);
    sender->shared = (LaneShared){.settings = &sender->settings,
                                  .db_path = sender->db_path,
                                  .writer = writer,
                                  .journal = journal_new(sender->db_path),
                                  .catalog = catalog,
                                  .keyring = keyring,
                                  .owner = id_new(),
                                  .stopping = &sender->stopping,
                                  .pacing = {.data = sender,
                                             .taken = note_taken,
                                             .wait_slot = wait_slot,
                                             .grant = grant_domain,
                                             .ready = domain_ready}};
    if (!begin_anew(sender, error) || !start_lanes(sender, error)) {
        sender_stop(sender);
        return NULL;
    }
    return sender;
}

void sender_wake(Sender *sender) {
    pthread_mutex_lock(&sender->mutex);
    look_again(sender);
    pthread_cond_signal(&sender->changed);
    pthread_mutex_unlock(&sender->mutex);
}

DeliveryCounts sender_counts(Sender *sender) {
    pthread_mutex_lock(&sender->mutex);
    DeliveryCounts counts = sender->counts;
    pthread_mutex_unlock(&sender->mutex);
    return counts;
}

void sender_stop(Sender *sender) {
    if (sender == NULL) {
        return;
    }
    pthread_mutex_lock(&sender->mutex);
    atomic_store(&sender->stopping, true);
    pthread_cond_broadcast(&sender->changed);
    pthread_mutex_unlock(&sender->mutex);
    join_lanes(sender);
    sender_free(sender);
}

bool sender_drain(Sender *take_sender, DeliveryCounts *out, GError **error) {
    Sender *sender = take_sender;
    pthread_mutex_lock(&sender->mutex);
    sender->draining = true;
    look_again(sender);
    pthread_cond_broadcast(&sender->changed);
    pthread_mutex_unlock(&sender->mutex);
    join_lanes(sender);
    *out = sender->counts;
    GError *failed = g_steal_pointer(&sender->drain_error);
    sender_free(sender);
    if (failed != NULL) {
        g_propagate_error(error, failed);
    }
    return failed == NULL;
}
