/* A file is a row of records, each with a checksum: what a crash left half written, or zeros, is no
 * record. A note that was settled and still lies there does no harm: settling is by lease, and its
 * lease has let go of the message.
 *
 * A note is written where it is made, and synced by a thread of its own, which gathers: a sync
 * costs the same for one note as for ten. */
#include "mailer/journal.h"

#include "base/error.h"
#include "base/file.h"
#include "base/patience.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <pthread.h>
#include <sodium.h>
#include <string.h>
#include <unistd.h>

enum { JOURNAL_FILES = 2, JOURNAL_FILE_SIZE = 2 * 1024 * 1024 };

/* More than a file ever holds. */
enum { FILE_MOST = 4 * JOURNAL_FILE_SIZE };

/* Twice what a sync takes: while it lasts, the connections may go on (JOURNAL_AHEAD). */
enum { JOURNAL_GATHER_US = 300 };

typedef struct {
    uint8_t check[crypto_shorthash_BYTES];
    Note note;
} Record;

_Static_assert(sizeof(Record) == crypto_shorthash_BYTES + sizeof(Note), "no padding is written");

enum { JOURNAL_RECORDS = JOURNAL_FILE_SIZE / sizeof(Record) };

typedef struct {
    char *path;
    int fd;      /* -1: not there yet */
    guint used;  /* records written */
    guint dirty; /* records that are not zeros */
    guint held;  /* notes of all shares */
    bool synced;
} JournalFile;

struct Journal {
    JournalFile files[JOURNAL_FILES];
    pthread_mutex_t mutex; /* what follows, and the files */
    guint current;         /* the file that is written to */
    uint64_t written;      /* how many notes, ever */
    uint64_t durable;      /* of these */
    uint64_t wanted;       /* somebody waits for this one */
    guint shares;          /* that hold something */
    GError *fault;         /* until nothing is held */
    GThread *syncer;       /* NULL: nothing was written yet */
    bool ending;
    pthread_cond_t work;   /* for the syncer */
    pthread_cond_t synced; /* for those who wait */
};

static char *file_path(const char *db_path, guint index) {
    return g_strdup_printf("%s-sent-%u", db_path, index);
}

static void record_check(const Note *note, uint8_t check[crypto_shorthash_BYTES]) {
    static const uint8_t layout[crypto_shorthash_KEYBYTES] = "vetkoll note 1"; /* of Record */
    crypto_shorthash(check, (const uint8_t *)note, sizeof *note, layout);
}

/* --- what was left behind ------------------------------------------------------------------------
 */

static void read_records(const char *bytes, gsize size, GArray *notes) {
    for (gsize at = 0; size - at >= sizeof(Record); at += sizeof(Record)) {
        Record record;
        uint8_t check[crypto_shorthash_BYTES];
        memcpy(&record, bytes + at, sizeof record);
        record_check(&record.note, check);
        if (memcmp(check, record.check, sizeof check) == 0) {
            g_array_append_val(notes, record.note);
        }
    }
}

GArray *journal_read(const char *db_path, GError **error) {
    g_autoptr(GArray) notes = g_array_new(FALSE, FALSE, sizeof(Note));
    for (guint i = 0; i < JOURNAL_FILES; i++) {
        g_autofree char *path = file_path(db_path, i);
        gsize size = 0;
        g_autoptr(GError) fault = NULL;
        g_autofree char *bytes = file_read(path, FILE_MOST, &size, &fault);
        if (bytes != NULL) {
            read_records(bytes, size, notes);
        } else if (!g_error_matches(fault, VK_ERROR, VK_ERROR_NOT_FOUND)) {
            g_propagate_error(error, g_steal_pointer(&fault));
            return NULL;
        }
    }
    return g_steal_pointer(&notes);
}

void journal_remove(const char *db_path) {
    for (guint i = 0; i < JOURNAL_FILES; i++) {
        g_autofree char *path = file_path(db_path, i);
        g_unlink(path);
    }
}

/* --- files ---------------------------------------------------------------------------------------
 */

/* Page by page: of one large write the page cache makes one large piece, and then every note and
 * every sync costs a walk through all of it. */
static bool write_zeros(int fd, size_t size) {
    static const char zeros[4096];
    for (size_t at = 0; at < size; at += sizeof zeros) {
        if (!file_write_at(fd, at, zeros, MIN(sizeof zeros, size - at))) {
            return false;
        }
    }
    return fdatasync(fd) == 0;
}

/* Made in full size: a sync of what only overwrites has no more than that to write. */
static bool file_make(JournalFile *file) {
    g_autofree char *folder = g_path_get_dirname(file->path);
    file->fd = open(file->path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (file->fd >= 0 && write_zeros(file->fd, JOURNAL_FILE_SIZE) && file_sync_folder(folder)) {
        return true;
    }
    int fault = errno;
    if (file->fd >= 0) {
        close(file->fd);
        g_unlink(file->path);
    }
    file->fd = -1;
    errno = fault;
    return false;
}

static bool file_add(JournalFile *file, const Record *record, GError **error) {
    size_t at = file->used * sizeof *record;
    file->used++;
    file->dirty = MAX(file->dirty, file->used);
    file->synced = false;
    return ((file->fd >= 0 || file_make(file)) &&
            file_write_at(file->fd, at, (const char *)record, sizeof *record)) ||
           file_write_failed(file->path, errno, error);
}

/* Replies of servers may name a person. If this fails, they are overwritten later. */
static void file_clear(JournalFile *file) {
    if (file->dirty > 0 && file->fd >= 0 && write_zeros(file->fd, file->dirty * sizeof(Record))) {
        file->dirty = 0;
    }
}

/* --- syncing -------------------------------------------------------------------------------------
 */

/* There are as many notes as the connections may be ahead, or one of them waits. */
static bool is_gathered(const Journal *journal) {
    return journal->written - journal->durable >= journal->shares * JOURNAL_AHEAD ||
           journal->wanted > journal->durable;
}

static void gather(Journal *journal) {
    int64_t until_us = g_get_monotonic_time() + JOURNAL_GATHER_US;
    for (bool patient = true; !is_gathered(journal) && !journal->ending && patient;) {
        patient = patience_wait(&journal->work, &journal->mutex, until_us);
    }
}

/* With the mutex, which is free meanwhile. */
static bool sync_file(Journal *journal, JournalFile *file, GError **error) {
    if (file->synced || file->fd < 0) {
        return true;
    }
    file->synced = true;
    pthread_mutex_unlock(&journal->mutex);
    bool synced = fdatasync(file->fd) == 0 || file_write_failed(file->path, errno, error);
    pthread_mutex_lock(&journal->mutex);
    return synced;
}

static void sync_written(Journal *journal) {
    g_autoptr(GError) error = NULL;
    uint64_t written = journal->written;
    bool synced = true;
    for (guint i = 0; i < JOURNAL_FILES && synced; i++) {
        synced = sync_file(journal, &journal->files[i], &error);
    }
    if (synced) {
        journal->durable = MAX(journal->durable, written);
    } else if (journal->fault == NULL) {
        journal->fault = g_steal_pointer(&error);
    }
    pthread_cond_broadcast(&journal->synced);
}

static gpointer sync_run(gpointer data) {
    Journal *journal = data;
    pthread_mutex_lock(&journal->mutex);
    while (!journal->ending) {
        if (journal->written == journal->durable || journal->fault != NULL) {
            pthread_cond_wait(&journal->work, &journal->mutex);
        } else {
            gather(journal);
            sync_written(journal);
        }
    }
    pthread_mutex_unlock(&journal->mutex);
    return NULL;
}

/* --- life ----------------------------------------------------------------------------------------
 */

Journal *journal_new(const char *db_path) {
    Journal *journal = g_new0(Journal, 1);
    for (guint i = 0; i < JOURNAL_FILES; i++) {
        journal->files[i] = (JournalFile){.path = file_path(db_path, i), .fd = -1, .synced = true};
    }
    pthread_mutex_init(&journal->mutex, NULL);
    patience_init(&journal->work);
    patience_init(&journal->synced);
    return journal;
}

static void end_syncer(Journal *journal) {
    if (journal->syncer != NULL) {
        pthread_mutex_lock(&journal->mutex);
        journal->ending = true;
        pthread_cond_signal(&journal->work);
        pthread_mutex_unlock(&journal->mutex);
        g_thread_join(journal->syncer);
    }
}

void journal_free(Journal *journal) {
    if (journal == NULL) {
        return;
    }
    end_syncer(journal);
    for (guint i = 0; i < JOURNAL_FILES; i++) {
        JournalFile *file = &journal->files[i];
        if (file->fd >= 0) {
            close(file->fd);
            if (file->held == 0) {
                g_unlink(file->path);
            }
        }
        g_free(file->path);
    }
    g_clear_error(&journal->fault);
    pthread_cond_destroy(&journal->synced);
    pthread_cond_destroy(&journal->work);
    pthread_mutex_destroy(&journal->mutex);
    g_free(journal);
}

/* --- notes ---------------------------------------------------------------------------------------
 */

static guint share_held(const JournalShare *share) {
    return share->held[0] + share->held[1];
}

/* The other file, if this one is full and the other empty. */
static void choose_file(Journal *journal) {
    guint other = 1 - journal->current;
    if (journal->files[journal->current].used >= JOURNAL_RECORDS &&
        journal->files[other].used == 0) {
        journal->current = other;
    }
}

static void add_record(Journal *journal, JournalShare *share, const Record *record) {
    JournalFile *file = &journal->files[journal->current];
    if (journal->fault == NULL && !file_add(file, record, &journal->fault)) {
        pthread_cond_broadcast(&journal->synced);
    }
    file->held++;
    journal->shares += share_held(share) == 0;
    share->held[journal->current]++;
    for (guint i = JOURNAL_AHEAD; i > 0; i--) {
        share->latest[i] = share->latest[i - 1];
    }
    share->latest[0] = ++journal->written;
    if (journal->syncer == NULL) {
        journal->syncer = g_thread_new("journal", sync_run, journal);
    }
}

bool journal_add(Journal *journal, JournalShare *share, const Note *note) {
    Record record = {.note = *note};
    record_check(&record.note, record.check);
    pthread_mutex_lock(&journal->mutex);
    choose_file(journal);
    bool room = journal->files[journal->current].used < JOURNAL_RECORDS;
    if (room) {
        add_record(journal, share, &record);
    }
    bool work = is_gathered(journal) || journal->written == journal->durable + 1;
    pthread_mutex_unlock(&journal->mutex);
    if (work) {
        pthread_cond_signal(&journal->work);
    }
    return room;
}

/* Until this note of the share is durable, or none can be. */
static bool wait_durable(Journal *journal, const JournalShare *share, uint64_t note,
                         GError **error) {
    pthread_mutex_lock(&journal->mutex);
    if (note > journal->durable) {
        journal->wanted = MAX(journal->wanted, note);
        pthread_cond_signal(&journal->work);
    }
    while (note > journal->durable && journal->fault == NULL) {
        pthread_cond_wait(&journal->synced, &journal->mutex);
    }
    bool good = journal->fault == NULL || share->latest[0] <= journal->durable;
    if (!good) {
        g_propagate_error(error, g_error_copy(journal->fault));
    }
    pthread_mutex_unlock(&journal->mutex);
    return good;
}

bool journal_keep_up(Journal *journal, const JournalShare *share, GError **error) {
    return wait_durable(journal, share, share->latest[JOURNAL_AHEAD], error);
}

bool journal_sync(Journal *journal, const JournalShare *share, GError **error) {
    return wait_durable(journal, share, share->latest[0], error);
}

/* There is nothing that a crash could lose. */
static void settled_all(Journal *journal) {
    for (guint i = 0; i < JOURNAL_FILES; i++) {
        file_clear(&journal->files[i]);
    }
    journal->durable = journal->written;
    g_clear_error(&journal->fault);
}

void journal_settled(Journal *journal, JournalShare *share) {
    pthread_mutex_lock(&journal->mutex);
    journal->shares -= share_held(share) != 0;
    for (guint i = 0; i < JOURNAL_FILES; i++) {
        JournalFile *file = &journal->files[i];
        file->held -= share->held[i];
        if (file->held == 0) { /* so nobody writes to it: who writes holds something in it */
            file->used = 0;
        }
    }
    if (journal->shares == 0) {
        settled_all(journal);
    }
    pthread_mutex_unlock(&journal->mutex);
    *share = (JournalShare){0};
}
