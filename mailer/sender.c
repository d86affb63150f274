/* The threads that send.
 *
 * Each lane (thread) leases a batch, sends it over one connection, and begins again. With nothing
 * due they sleep; one of them at a time asks the database when the next row comes due, at least
 * every second, so that a lost wake-up costs a second, not mail. A relay that does not answer is
 * left alone for a while that grows with each failure in a row, whichever lane met it.
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
#include "mailer/address.h"
#include "mailer/lane.h"
#include "mailer/lease.h"
#include "mailer/pacing.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#define POLL_US   CLOCK_SECOND_US
#define EXPIRE_US CLOCK_MINUTE_US

struct Sender {
    SenderSettings settings; /* texts are ours */
    char *db_path;
    Transport *transport;
    Writer *writer;
    int lock_fd;
    LaneShared shared;
    atomic_bool stopping;
    bool draining; /* lanes end when nothing is due, or at the first failure */
    pthread_t threads[SENDER_CONNECTIONS_MAX];
    guint thread_count;
    pthread_mutex_t mutex; /* what follows */
    pthread_cond_t changed;
    SenderCounts counts;
    GError *drain_error;
    int64_t polled_at_us;   /* monotonic, as are all here but next_due_at_us */
    int64_t expired_at_us;  /* when leases were last looked over */
    int64_t next_due_at_us; /* as the latest poll found it */
    int64_t relay_after_us; /* no connection before */
    guint relay_failures;   /* in a row */
};

/* --- settings ------------------------------------------------------------------------------------
 */

static void take_text(const char **text) {
    *text = g_strdup(*text != NULL ? *text : "");
}

static void settings_copy(SenderSettings *to, const SenderSettings *from) {
    *to = *from;
    take_text(&to->transport.relay);
    take_text(&to->transport.ca_file);
    take_text(&to->transport.username);
    take_text(&to->transport.password);
    take_text(&to->transport.helo_name);
    take_text(&to->from_address);
    take_text(&to->from_name);
    take_text(&to->reply_to);
    take_text(&to->return_path);
    take_text(&to->base_url);
}

static void drop_text(const char **text) {
    g_free((char *)(uintptr_t)*text);
    *text = NULL;
}

static void settings_clear(SenderSettings *settings) {
    drop_text(&settings->transport.relay);
    drop_text(&settings->transport.ca_file);
    drop_text(&settings->transport.username);
    drop_text(&settings->transport.password);
    drop_text(&settings->transport.helo_name);
    drop_text(&settings->from_address);
    drop_text(&settings->from_name);
    drop_text(&settings->reply_to);
    drop_text(&settings->return_path);
    drop_text(&settings->base_url);
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
    if (settings->connections < 1 || settings->connections > SENDER_CONNECTIONS_MAX ||
        settings->messages_per_connection < 1 ||
        settings->messages_per_connection > SENDER_BATCH_MAX) {
        return error_set(
            error, VK_ERROR_INPUT,
            tr("mail.connections ska vara 1 till %d och mail.messages_per_connection 1 "
               "till %d.",
               "mail.connections must be 1 to %d and mail.messages_per_connection 1 to %d."),
            SENDER_CONNECTIONS_MAX, SENDER_BATCH_MAX);
    }
    return true;
}

/* --- one sender a database -----------------------------------------------------------------------
 */

static bool take_lock(const char *db_path, int *out_fd, GError **error) {
    g_autofree char *path = g_strconcat(db_path, "-sender", NULL);
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0) {
        return error_set(error, VK_ERROR_DENIED, tr("låsfilen %s: %s", "the lock file %s: %s"),
                         path, g_strerror(errno));
    }
    if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
        close(fd);
        return error_set(
            error, VK_ERROR_BUSY,
            tr("En annan process skickar redan brev ur %s, till exempel `vetkoll serve`.",
               "Another process, perhaps `vetkoll serve`, already sends mail from %s."),
            db_path);
    }
    *out_fd = fd;
    return true;
}

typedef struct {
    int64_t owner;
    int64_t in_doubt;
} ExpireJob;

static bool expire_write(DbTx *tx, gpointer data, GError **error) {
    ExpireJob *job = data;
    return outbox_expire_leases(tx, job->owner, clock_now_us(), &job->in_doubt, error);
}

/* While we hold the lock, a lease of another owner is one of the dead. */
static bool end_dead_leases(Sender *sender, GError **error) {
    ExpireJob job = {.owner = sender->shared.owner};
    if (!writer_run(sender->writer, expire_write, &job, error)) {
        return false;
    }
    if (job.in_doubt > 0) {
        log_event(LOG_INFO, "mail.in_doubt", "count=%" PRId64, job.in_doubt);
    }
    return true;
}

/* --- lanes ---------------------------------------------------------------------------------------
 */

static void wait_until(Sender *sender, int64_t monotonic_us) {
    struct timespec until = {.tv_sec = monotonic_us / CLOCK_SECOND_US,
                             .tv_nsec = monotonic_us % CLOCK_SECOND_US * 1000};
    pthread_cond_timedwait(&sender->changed, &sender->mutex, &until);
}

typedef enum { NEXT_SEND, NEXT_POLL, NEXT_END } NextStep;

/* Sleeps until there is something for a lane to do. */
static NextStep wait_for_work(Sender *sender) {
    NextStep next = NEXT_END;
    pthread_mutex_lock(&sender->mutex);
    while (!atomic_load(&sender->stopping) && !(sender->draining && sender->drain_error != NULL)) {
        int64_t now_us = g_get_monotonic_time();
        if (now_us < sender->relay_after_us) {
            wait_until(sender, sender->relay_after_us);
        } else if (sender->draining || sender->next_due_at_us <= clock_now_us()) {
            next = NEXT_SEND;
            break;
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

static void poll_due(Sender *sender, Lane *lane) {
    g_autoptr(GError) error = NULL;
    int64_t next_due_at_us = INT64_MAX;
    if (!lane_next_due(lane, &next_due_at_us, &error)) {
        log_event(LOG_WARNING, "mail.poll_failed", "error=\"%s\"", error->message);
    }
    pthread_mutex_lock(&sender->mutex);
    bool expire = g_get_monotonic_time() >= sender->expired_at_us + EXPIRE_US;
    if (expire) {
        sender->expired_at_us = g_get_monotonic_time();
    }
    sender->next_due_at_us = next_due_at_us;
    if (next_due_at_us <= clock_now_us()) {
        pthread_cond_broadcast(&sender->changed);
    }
    pthread_mutex_unlock(&sender->mutex);
    if (expire && !end_dead_leases(sender, &error)) {
        log_event(LOG_WARNING, "mail.expire_failed", "error=\"%s\"", error->message);
    }
}

/* Counts what a batch came to, and what it says about the relay. False: the lane is to end. */
static bool note_batch(Sender *sender, LaneResult result, const SenderCounts *counts,
                       GError *error) {
    bool go_on = true;
    pthread_mutex_lock(&sender->mutex);
    sender->counts.sent += counts->sent;
    sender->counts.deferred += counts->deferred;
    sender->counts.failed += counts->failed;
    switch (result) {
    case LANE_IDLE:
        sender->next_due_at_us = INT64_MAX; /* until the next poll */
        go_on = !sender->draining;
        break;
    case LANE_SENT:
        sender->relay_failures = 0;
        break;
    case LANE_RELAY_FAILED:
    case LANE_STORE_FAILED:
        sender->relay_failures++;
        sender->relay_after_us = g_get_monotonic_time() +
                                 pacing_reconnect_us(sender->relay_failures, (uint32_t)id_new());
        if (sender->draining && sender->drain_error == NULL) {
            sender->drain_error = g_error_copy(error);
        }
        pthread_cond_broadcast(&sender->changed);
        break;
    }
    pthread_mutex_unlock(&sender->mutex);
    return go_on;
}

/* Not while draining: there the caller is told. */
static void log_batch(const Sender *sender, LaneResult result, const SenderCounts *counts,
                      const GError *error, int64_t elapsed_us) {
    if (sender->draining) {
        return;
    }
    if (error != NULL && !atomic_load(&sender->stopping)) {
        log_event(LOG_WARNING,
                  result == LANE_STORE_FAILED ? "mail.store_failed" : "mail.relay_failed",
                  "relay=%s error=\"%s\"", transport_name(sender->transport), error->message);
    }
    if (result == LANE_SENT) {
        log_event(LOG_INFO, "mail.batch",
                  "relay=%s sent=%" PRId64 " deferred=%" PRId64 " failed=%" PRId64 " ms=%" PRId64,
                  transport_name(sender->transport), counts->sent, counts->deferred, counts->failed,
                  elapsed_us / 1000);
    }
}

static void *lane_thread(void *data) {
    Sender *sender = data;
    g_autoptr(GError) open_error = NULL;
    g_autoptr(Lane) lane = lane_open(&sender->shared, &open_error);
    if (lane == NULL) {
        SenderCounts none = {0};
        log_batch(sender, LANE_STORE_FAILED, &none, open_error, 0);
        note_batch(sender, LANE_STORE_FAILED, &none, open_error);
        return NULL;
    }
    for (NextStep next; (next = wait_for_work(sender)) != NEXT_END;) {
        if (next == NEXT_POLL) {
            poll_due(sender, lane);
            continue;
        }
        g_autoptr(GError) error = NULL;
        SenderCounts counts;
        int64_t begun_us = g_get_monotonic_time();
        LaneResult result = lane_run(lane, &counts, &error);
        log_batch(sender, result, &counts, error, g_get_monotonic_time() - begun_us);
        if (!note_batch(sender, result, &counts, error)) {
            break;
        }
    }
    return NULL;
}

/* --- life ----------------------------------------------------------------------------------------
 */

static void sender_free(Sender *sender) {
    pthread_cond_destroy(&sender->changed);
    pthread_mutex_destroy(&sender->mutex);
    transport_close(sender->transport);
    settings_clear(&sender->settings);
    g_clear_error(&sender->drain_error);
    g_free(sender->db_path);
    if (sender->lock_fd >= 0) {
        close(sender->lock_fd);
    }
    g_free(sender);
}

static void join_lanes(Sender *sender) {
    for (guint i = 0; i < sender->thread_count; i++) {
        pthread_join(sender->threads[i], NULL);
    }
    sender->thread_count = 0;
}

static void init_clock(Sender *sender) {
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&sender->changed, &monotonic);
    pthread_condattr_destroy(&monotonic);
    pthread_mutex_init(&sender->mutex, NULL);
}

static bool start_lanes(Sender *sender, GError **error) {
    for (guint i = 0; i < sender->settings.connections; i++) {
        int fault = pthread_create(&sender->threads[i], NULL, lane_thread, sender);
        if (fault != 0) {
            return error_set(error, VK_ERROR_INTERNAL, tr("tråd: %s", "thread: %s"),
                             g_strerror(fault));
        }
        sender->thread_count++;
    }
    return true;
}

static Sender *sender_begin(const SenderSettings *settings, const char *db_path, Writer *writer,
                            const Catalog *catalog, const Keyring *keyring, bool draining,
                            GError **error) {
    Sender *sender = g_new0(Sender, 1);
    sender->lock_fd = -1;
    init_clock(sender);
    settings_copy(&sender->settings, settings);
    sender->db_path = g_strdup(db_path);
    sender->writer = writer;
    sender->draining = draining;
    sender->next_due_at_us = INT64_MAX;
    sender->expired_at_us = g_get_monotonic_time();
    if (!settings_check(&sender->settings, error) ||
        (sender->transport = transport_open(&sender->settings.transport, error)) == NULL ||
        !take_lock(db_path, &sender->lock_fd, error)) {
        sender_free(sender);
        return NULL;
    }
    sender->shared = (LaneShared){.settings = &sender->settings,
                                  .db_path = sender->db_path,
                                  .transport = sender->transport,
                                  .writer = writer,
                                  .catalog = catalog,
                                  .keyring = keyring,
                                  .owner = id_new(),
                                  .stopping = &sender->stopping};
    if (!end_dead_leases(sender, error) || !start_lanes(sender, error)) {
        sender_stop(sender);
        return NULL;
    }
    return sender;
}

Sender *sender_start(const SenderSettings *settings, const char *db_path, Writer *writer,
                     const Catalog *catalog, const Keyring *keyring, GError **error) {
    return sender_begin(settings, db_path, writer, catalog, keyring, false, error);
}

void sender_wake(Sender *sender) {
    pthread_mutex_lock(&sender->mutex);
    sender->polled_at_us = 0;
    pthread_cond_signal(&sender->changed);
    pthread_mutex_unlock(&sender->mutex);
}

SenderCounts sender_counts(Sender *sender) {
    pthread_mutex_lock(&sender->mutex);
    SenderCounts counts = sender->counts;
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

bool sender_drain(const SenderSettings *settings, const char *db_path, Writer *writer,
                  const Catalog *catalog, const Keyring *keyring, SenderCounts *out,
                  GError **error) {
    Sender *sender = sender_begin(settings, db_path, writer, catalog, keyring, true, error);
    if (sender == NULL) {
        return false;
    }
    join_lanes(sender);
    *out = sender->counts;
    GError *failed = g_steal_pointer(&sender->drain_error);
    sender_free(sender);
    if (failed != NULL) {
        g_propagate_error(error, failed);
    }
    return failed == NULL;
}
