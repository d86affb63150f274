#include "mailer/mailbox.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/handoff.h"
#include "base/log.h"
#include "mailer/imap.h"
#include "mailer/received.h"

#include <inttypes.h>

enum {
    PASS_MAX = 500,        /* mails handled in one session */
    MOVE_FAILURES_MAX = 3, /* in a row, before a session stops moving */
    TROUBLE_MAX = 10000,   /* mails remembered as troublesome */
    DENIED_WAIT_S = 600, /* a refused login is not repeated every minute: it may lock the account */
};

struct MailboxReader {
    char *url;
    char *password;
    Oauth *oauth; /* borrowed, may be NULL */
    char *ca_file;
    char *done_folder;
    char *unknown_folder;
    char *return_path;
    char *from_address;
    guint poll_s;
    guint timeout_s;
    Db *db;
    Writer *writer;
    const Keyring *keyring;
    GHashTable *trouble; /* uid -> times it could not be fetched */
    gint stop;
    Handoff *ended; /* closed to end the thread's wait */
    GThread *thread;
};

/* A session's work. */
typedef struct {
    MailboxReader *reader;
    ImapSession *imap;
    uint32_t uidvalidity;
    guint handled;
    guint move_failures; /* in a row */
    MailboxCounts counts;
} Pass;

typedef struct {
    const ReceivedKey *key;
    const ReceivedMail *mail;
    const ReceivedPlace *place;
    int64_t now_us;
    ReceivedOutcome outcome;
} StoreJob;

static bool store_job(DbTx *tx, gpointer data, GError **error) {
    StoreJob *job = data;
    return received_store(tx, job->key, job->mail, job->place, job->now_us, &job->outcome, error);
}

static void counts_add(MailboxCounts *counts, const ReceivedOutcome *outcome) {
    if (outcome->repeated) {
        counts->repeated++;
        return;
    }
    counts->read++;
    if (!outcome->known) {
        counts->unknown++;
        return;
    }
    switch (outcome->kind) {
    case BOUNCE_HARD:
        counts->hard++;
        break;
    case BOUNCE_SOFT:
        counts->soft++;
        break;
    case BOUNCE_AUTO_REPLY:
        counts->absent++;
        break;
    case BOUNCE_COMPLAINT:
        counts->complaint++;
        break;
    case BOUNCE_CHALLENGE:
        counts->challenge++;
        break;
    case BOUNCE_DELAYED:
    case BOUNCE_DELIVERED:
    case BOUNCE_OTHER:
        break;
    }
}

/* Reads the bytes and writes what they mean. */
static bool take_bytes(Writer *writer, const ReceivedKey *key, const ReceivedPlace *place,
                       const void *bytes, gsize size, ReceivedOutcome *out, GError **error) {
    int64_t now_us = clock_now_us();
    g_autoptr(ReceivedMail) mail = received_parse(bytes, size, now_us);
    StoreJob job = {.key = key, .mail = mail, .place = place, .now_us = now_us};
    if (!writer_run(writer, store_job, &job, error)) {
        return false;
    }
    *out = job.outcome;
    return true;
}

bool mailbox_take(const MailboxSettings *settings, Writer *writer, const Keyring *keyring,
                  const void *bytes, gsize size, MailboxCounts *counts, bool *out_known,
                  GError **error) {
    const ReceivedKey key = {keyring, settings->return_path, settings->from_address};
    const ReceivedPlace place = {.mailbox = "file"};
    ReceivedOutcome outcome = {0};
    if (!take_bytes(writer, &key, &place, bytes, size, &outcome, error)) {
        return false;
    }
    counts_add(counts, &outcome);
    *out_known = outcome.known;
    return true;
}

/* --- one session ---------------------------------------------------------------------- */

/* How often a mail could not be fetched: those go last. */
static guint trouble_of(const Pass *pass, uint32_t uid) {
    return GPOINTER_TO_UINT(g_hash_table_lookup(pass->reader->trouble, GUINT_TO_POINTER(uid)));
}

static void trouble_add(Pass *pass, uint32_t uid) {
    GHashTable *trouble = pass->reader->trouble;
    guint count = trouble_of(pass, uid) + 1;
    if (g_hash_table_size(trouble) >= TROUBLE_MAX) {
        g_hash_table_remove_all(trouble);
    }
    g_hash_table_insert(trouble, GUINT_TO_POINTER(uid), GUINT_TO_POINTER(count));
    pass->counts.left++;
}

static gint compare_trouble(gconstpointer a, gconstpointer b, gpointer data) {
    uint32_t left = *(const uint32_t *)a;
    uint32_t right = *(const uint32_t *)b;
    guint left_count = trouble_of(data, left);
    guint right_count = trouble_of(data, right);
    if (left_count != right_count) {
        return left_count < right_count ? -1 : 1;
    }
    return left < right ? -1 : left > right;
}

/* What the server says of one mail ends that mail, not the session. */
static bool is_about_one_mail(const GError *fault) {
    return g_error_matches(fault, VK_ERROR, VK_ERROR_CONFLICT) ||
           g_error_matches(fault, VK_ERROR, VK_ERROR_NOT_FOUND);
}

static bool pass_move(Pass *pass, uint32_t uid, bool known, GError **error) {
    const MailboxReader *reader = pass->reader;
    g_autoptr(GError) fault = NULL;
    if (pass->move_failures >= MOVE_FAILURES_MAX) {
        pass->counts.left++;
        return true;
    }
    if (imap_move(pass->imap, uid, known ? reader->done_folder : reader->unknown_folder, &fault)) {
        pass->move_failures = 0;
        return true;
    }
    if (!is_about_one_mail(fault)) {
        g_propagate_error(error, g_steal_pointer(&fault));
        return false;
    }
    log_event(LOG_WARNING, "mailbox.not_moved", "uid=%" PRIu32 " error=\"%s\"", uid,
              fault->message);
    pass->move_failures++;
    pass->counts.left++;
    return true;
}

/* A mail that was not stored yet: fetched, stored, and then moved. */
static bool pass_take(Pass *pass, const ReceivedPlace *place, GError **error) {
    const MailboxReader *reader = pass->reader;
    const ReceivedKey key = {reader->keyring, reader->return_path, reader->from_address};
    ReceivedOutcome outcome = {0};
    g_autoptr(GError) fault = NULL;
    g_autoptr(GByteArray) bytes = imap_fetch(pass->imap, place->uid, RECEIVED_BYTES_MAX, &fault);
    if (bytes == NULL) {
        trouble_add(pass, place->uid);
        if (is_about_one_mail(fault)) {
            log_event(LOG_WARNING, "mailbox.not_read", "uid=%" PRIu32 " error=\"%s\"", place->uid,
                      fault->message);
            return true;
        }
        g_propagate_error(error, g_steal_pointer(&fault));
        return false;
    }
    if (!take_bytes(reader->writer, &key, place, bytes->data, bytes->len, &outcome, error)) {
        return false;
    }
    counts_add(&pass->counts, &outcome);
    return pass_move(pass, place->uid, outcome.known, error);
}

static bool pass_one(Pass *pass, uint32_t uid, GError **error) {
    const ReceivedPlace place = {
        .mailbox = pass->reader->url, .uidvalidity = pass->uidvalidity, .uid = uid};
    bool found = false;
    bool known = false;
    if (!received_find(pass->reader->db, &place, &found, &known, error)) {
        return false;
    }
    if (!found) {
        pass->handled++;
        return pass_take(pass, &place, error);
    }
    if (pass->move_failures < MOVE_FAILURES_MAX) {
        pass->handled++;
        pass->counts.repeated++;
    }
    return pass_move(pass, uid, known, error);
}

/* A session that is logged in. A token that is refused is fetched anew for the next time. */
static ImapSession *pass_open(MailboxReader *reader, uint32_t *out_uidvalidity, GError **error) {
    g_autoptr(GError) fault = NULL;
    g_autofree char *token = NULL;
    if (reader->oauth != NULL && (token = oauth_token(reader->oauth, NULL, error)) == NULL) {
        return NULL;
    }
    const ImapSettings settings = {.url = reader->url,
                                   .password = reader->password,
                                   .bearer = token,
                                   .ca_file = reader->ca_file,
                                   .timeout_s = reader->timeout_s,
                                   .stop = &reader->stop};
    ImapSession *imap = imap_open(&settings, out_uidvalidity, &fault);
    if (imap == NULL) {
        if (token != NULL && g_error_matches(fault, VK_ERROR, VK_ERROR_DENIED)) {
            oauth_forget(reader->oauth, token);
        }
        g_propagate_error(error, g_steal_pointer(&fault));
    }
    return imap;
}

static bool pass_run(MailboxReader *reader, Pass *pass, GError **error) {
    g_autoptr(ImapSession) imap = pass_open(reader, &pass->uidvalidity, error);
    g_autoptr(GArray) uids = imap != NULL ? imap_list(imap, error) : NULL;
    if (uids == NULL) {
        return false;
    }
    pass->imap = imap;
    g_array_sort_with_data(uids, compare_trouble, pass);
    for (guint i = 0; i < uids->len && pass->handled < PASS_MAX; i++) {
        if (!pass_one(pass, g_array_index(uids, uint32_t, i), error)) {
            return false;
        }
    }
    return true;
}

/* --- the reader ----------------------------------------------------------------------- */

static void reader_free(MailboxReader *reader) {
    if (reader != NULL) {
        g_free(reader->url);
        g_free(reader->password);
        g_free(reader->ca_file);
        g_free(reader->done_folder);
        g_free(reader->unknown_folder);
        g_free(reader->return_path);
        g_free(reader->from_address);
        db_close(reader->db);
        g_clear_pointer(&reader->trouble, g_hash_table_unref);
        handoff_free(reader->ended);
        g_free(reader);
    }
}

static MailboxReader *reader_new(const MailboxSettings *settings, const char *db_path,
                                 Writer *writer, const Keyring *keyring, GError **error) {
    if (!imap_check(settings->url, error)) {
        return NULL;
    }
    MailboxReader *reader = g_new0(MailboxReader, 1);
    reader->url = g_strdup(settings->url);
    reader->password = g_strdup(settings->password);
    reader->oauth = settings->oauth;
    reader->ca_file = g_strdup(settings->ca_file);
    reader->done_folder = g_strdup(settings->done_folder);
    reader->unknown_folder = g_strdup(settings->unknown_folder);
    reader->return_path = g_strdup(settings->return_path);
    reader->from_address = g_strdup(settings->from_address);
    reader->timeout_s = settings->timeout_s;
    reader->poll_s = MAX(settings->poll_s, 1);
    reader->writer = writer;
    reader->keyring = keyring;
    reader->trouble = g_hash_table_new(NULL, NULL);
    reader->ended = handoff_new(1);
    reader->db = db_open(db_path, error);
    if (reader->db == NULL) {
        g_clear_pointer(&reader, reader_free);
    }
    return reader;
}

bool mailbox_read(const MailboxSettings *settings, const char *db_path, Writer *writer,
                  const Keyring *keyring, MailboxCounts *out, GError **error) {
    MailboxReader *reader = reader_new(settings, db_path, writer, keyring, error);
    Pass pass = {.reader = reader};
    bool good = reader != NULL;
    do {
        pass.handled = 0;
        good = good && pass_run(reader, &pass, error);
    } while (good && pass.handled == PASS_MAX && pass.move_failures < MOVE_FAILURES_MAX);
    reader_free(reader);
    *out = pass.counts;
    return good;
}

/* A session; returns how long to wait for the next, in seconds. */
static guint reader_step(MailboxReader *reader) {
    g_autoptr(GError) error = NULL;
    Pass pass = {.reader = reader};
    bool good = pass_run(reader, &pass, &error);
    const MailboxCounts *counts = &pass.counts;
    if (counts->read + counts->repeated + counts->left > 0) {
        log_event(LOG_INFO, "mailbox.read",
                  "read=%" PRId64 " hard=%" PRId64 " soft=%" PRId64 " absent=%" PRId64
                  " complaint=%" PRId64 " challenge=%" PRId64 " unknown=%" PRId64
                  " repeated=%" PRId64 " left=%" PRId64,
                  counts->read, counts->hard, counts->soft, counts->absent, counts->complaint,
                  counts->challenge, counts->unknown, counts->repeated, counts->left);
    }
    if (!good && g_atomic_int_get(&reader->stop) == 0) {
        log_event(LOG_WARNING, "mailbox.failed", "error=\"%s\"", error->message);
        return g_error_matches(error, VK_ERROR, VK_ERROR_DENIED)
                   ? MAX(reader->poll_s, DENIED_WAIT_S)
                   : reader->poll_s;
    }
    return pass.handled == PASS_MAX ? 0 : reader->poll_s;
}

static gpointer reader_loop(gpointer data) {
    MailboxReader *reader = data;
    while (!handoff_is_closed(reader->ended)) {
        guint wait_s = reader_step(reader);
        if (wait_s > 0) {
            handoff_pop(reader->ended, (int)wait_s * 1000);
        }
    }
    return NULL;
}

MailboxReader *mailbox_reader_start(const MailboxSettings *settings, const char *db_path,
                                    Writer *writer, const Keyring *keyring, GError **error) {
    MailboxReader *reader = reader_new(settings, db_path, writer, keyring, error);
    if (reader != NULL) {
        reader->thread = g_thread_new("mailbox", reader_loop, reader);
    }
    return reader;
}

void mailbox_reader_stop(MailboxReader *reader) {
    if (reader != NULL) {
        g_atomic_int_set(&reader->stop, 1);
        handoff_close(reader->ended);
        g_thread_join(reader->thread);
        reader_free(reader);
    }
}
