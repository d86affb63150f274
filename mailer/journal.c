/* A file is a row of blocks, a block holds records of one size, each with a checksum: what a crash
 * left half written, or zeros, is no record. A note that was settled and still lies there does no
 * harm: settling is by lease, and its lease has let go of the message.
 *
 * Nobody in particular writes. Those who wait for a sync gather, because it costs the same for one
 * as for ten; who completes the gathering, or has waited long enough, writes for all. */
#include "mailer/journal.h"

#include "base/error.h"
#include "base/file.h"
#include "base/patience.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <pthread.h>
#include <semaphore.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { JOURNAL_FILES = 2, JOURNAL_BLOCKS = 512, JOURNAL_BLOCK_SIZE = 4096 };

/* More than a file ever holds. */
enum { FILE_MOST = 4 * JOURNAL_BLOCKS * JOURNAL_BLOCK_SIZE };

/* About what a sync takes. */
enum { JOURNAL_GATHER_US = 150 };

typedef struct {
    uint8_t check[crypto_shorthash_BYTES];
    Note note;
} Record;

_Static_assert(sizeof(Record) == crypto_shorthash_BYTES + sizeof(Note), "no padding is written");

enum { JOURNAL_BLOCK_RECORDS = JOURNAL_BLOCK_SIZE / sizeof(Record) };

typedef struct {
    Record records[JOURNAL_BLOCK_RECORDS];
    char rest[JOURNAL_BLOCK_SIZE - JOURNAL_BLOCK_RECORDS * sizeof(Record)];
} Block;

typedef struct {
    char *path;
    int fd;      /* -1: not there yet */
    guint used;  /* blocks written */
    guint dirty; /* blocks that are not zeros */
    guint held;  /* notes of all shares */
} JournalFile;

/* One who waits in journal_sync. Woken once: because it is written, or cannot be, or to lead. */
typedef struct Waiter {
    struct Waiter *next;
    uint64_t last;
    bool written;
    bool leads;
    sem_t woken;
} Waiter;

struct Journal {
    JournalFile files[JOURNAL_FILES];
    pthread_mutex_t mutex; /* what follows, and the files but for the one that is written to */
    guint current;         /* the file where `added` belongs */
    GArray *added;         /* Record: not written */
    uint64_t last;         /* how many were added, ever */
    uint64_t durable;      /* of these */
    guint shares;          /* that hold something */
    Waiter *waiters;
    bool led; /* one gathers and writes */
    pthread_cond_t gathered;
    GError *fault; /* until nothing is held */
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

static void read_block(const Block *block, GArray *notes) {
    for (guint i = 0; i < JOURNAL_BLOCK_RECORDS; i++) {
        const Record *record = &block->records[i];
        uint8_t check[crypto_shorthash_BYTES];
        record_check(&record->note, check);
        if (memcmp(check, record->check, sizeof check) == 0) {
            g_array_append_val(notes, record->note);
        }
    }
}

static void read_blocks(const char *bytes, gsize size, GArray *notes) {
    for (gsize at = 0; size - at >= sizeof(Block); at += sizeof(Block)) {
        Block block;
        memcpy(&block, bytes + at, sizeof block);
        read_block(&block, notes);
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
            read_blocks(bytes, size, notes);
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

static Block *blocks_new(guint count) {
    Block *blocks = aligned_alloc(JOURNAL_BLOCK_SIZE, count * sizeof(Block));
    g_assert(blocks != NULL);
    return memset(blocks, 0, count * sizeof(Block));
}

static bool write_blocks(const JournalFile *file, guint at, const Block *blocks, guint count) {
    const char *from = (const char *)blocks;
    size_t left = count * sizeof(Block);
    for (off_t offset = (off_t)(at * sizeof(Block)); left > 0;) {
        ssize_t wrote = pwrite(file->fd, from, left, offset);
        if (wrote < 0 && errno != EINTR) {
            return false;
        }
        wrote = MAX(wrote, 0);
        from += wrote;
        offset += wrote;
        left -= (size_t)wrote;
    }
    return true;
}

static bool write_zeros(const JournalFile *file, guint count) {
    Block *zeros = blocks_new(count);
    bool written = write_blocks(file, 0, zeros, count);
    free(zeros);
    return written;
}

static bool sync_folder(const char *path) {
    g_autofree char *folder = g_path_get_dirname(path);
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool synced = fd >= 0 && fsync(fd) == 0;
    if (fd >= 0) {
        close(fd);
    }
    return synced;
}

/* Made in full size: a sync of what only overwrites has no more than that to write. */
static bool file_try(JournalFile *file, int flags) {
    file->fd = open(file->path, O_RDWR | O_CREAT | O_CLOEXEC | O_DSYNC | flags, 0600);
    if (file->fd >= 0 && write_zeros(file, JOURNAL_BLOCKS) && sync_folder(file->path)) {
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

/* Past the page cache, which is cheaper, where the file system can. */
static bool file_make(JournalFile *file) {
    return file_try(file, O_DIRECT) || (errno == EINVAL && file_try(file, 0));
}

static guint blocks_for(const GArray *records) {
    return (records->len + JOURNAL_BLOCK_RECORDS - 1) / JOURNAL_BLOCK_RECORDS;
}

/* Writes the records from block `at` on. */
static bool journal_write(JournalFile *file, guint at, const GArray *records, GError **error) {
    guint count = blocks_for(records);
    Block *blocks = blocks_new(count);
    for (guint i = 0; i < records->len; i++) {
        blocks[i / JOURNAL_BLOCK_RECORDS].records[i % JOURNAL_BLOCK_RECORDS] =
            g_array_index(records, Record, i);
    }
    bool written = (file->fd >= 0 || file_make(file)) && write_blocks(file, at, blocks, count);
    int fault = errno;
    free(blocks);
    return written || file_write_failed(file->path, fault, error);
}

/* Replies of servers may name a person. If this fails, they are overwritten later. */
static void file_clear(JournalFile *file) {
    if (file->dirty > 0 && file->fd >= 0 && write_zeros(file, file->dirty)) {
        file->dirty = 0;
    }
}

/* --- life ----------------------------------------------------------------------------------------
 */

Journal *journal_new(const char *db_path) {
    Journal *journal = g_new0(Journal, 1);
    for (guint i = 0; i < JOURNAL_FILES; i++) {
        journal->files[i] = (JournalFile){.path = file_path(db_path, i), .fd = -1};
    }
    pthread_mutex_init(&journal->mutex, NULL);
    patience_init(&journal->gathered);
    journal->added = g_array_new(FALSE, FALSE, sizeof(Record));
    return journal;
}

void journal_free(Journal *journal) {
    if (journal == NULL) {
        return;
    }
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
    g_array_unref(journal->added);
    g_clear_error(&journal->fault);
    pthread_cond_destroy(&journal->gathered);
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
    if (journal->added->len == 0 && journal->files[journal->current].used >= JOURNAL_BLOCKS &&
        journal->files[other].used == 0) {
        journal->current = other;
    }
}

/* There is a note of nearly everybody who sends: the others come while it is being written. */
static bool is_gathered(const Journal *journal) {
    return journal->added->len * 10 >= journal->shares * 9;
}

bool journal_add(Journal *journal, JournalShare *share, const Note *note) {
    Record record = {.note = *note};
    record_check(&record.note, record.check);
    pthread_mutex_lock(&journal->mutex);
    choose_file(journal);
    bool room = journal->files[journal->current].used < JOURNAL_BLOCKS;
    if (room) {
        g_array_append_val(journal->added, record);
        journal->files[journal->current].held++;
        journal->shares += share_held(share) == 0;
        share->held[journal->current]++;
        share->last = ++journal->last;
    }
    bool gathered = journal->led && is_gathered(journal);
    pthread_mutex_unlock(&journal->mutex);
    if (gathered) {
        pthread_cond_signal(&journal->gathered);
    }
    return room;
}

/* Writes what was added. With the mutex, which is free meanwhile. */
static void write_added(Journal *journal) {
    g_autoptr(GError) error = NULL;
    JournalFile *file = &journal->files[journal->current];
    g_autoptr(GArray) records = g_steal_pointer(&journal->added);
    uint64_t last = journal->last;
    guint at = file->used;
    file->used += blocks_for(records);
    file->dirty = MAX(file->dirty, file->used);
    journal->added = g_array_sized_new(FALSE, FALSE, sizeof(Record), records->len);
    pthread_mutex_unlock(&journal->mutex);
    bool written = records->len == 0 || journal_write(file, at, records, &error);
    pthread_mutex_lock(&journal->mutex);
    if (written) {
        journal->durable = last;
    } else if (journal->fault == NULL) {
        journal->fault = g_steal_pointer(&error);
    }
}

static bool is_decided(const Journal *journal, uint64_t last) {
    return last <= journal->durable || journal->fault != NULL;
}

/* Those whose notes are written, or cannot be, leave. */
static Waiter *take_decided(Journal *journal) {
    Waiter *decided = NULL;
    for (Waiter **at = &journal->waiters; *at != NULL;) {
        Waiter *waiter = *at;
        if (!is_decided(journal, waiter->last)) {
            at = &waiter->next;
            continue;
        }
        *at = waiter->next;
        waiter->next = decided;
        waiter->written = waiter->last <= journal->durable;
        decided = waiter;
    }
    return decided;
}

/* Of those who wait on, one leads. */
static Waiter *take_leader(Journal *journal) {
    Waiter *leader = journal->waiters;
    journal->led = leader != NULL;
    if (leader != NULL) {
        journal->waiters = leader->next;
        leader->next = NULL;
        leader->leads = true;
    }
    return leader;
}

/* A waiter that is woken is gone. */
static void wake(Waiter *waiters) {
    while (waiters != NULL) {
        Waiter *waiter = waiters;
        waiters = waiter->next;
        sem_post(&waiter->woken);
    }
}

/* Writes for all who gather. With the mutex; without it in the end. */
static void lead(Journal *journal, Waiter *self) {
    int64_t until_us = g_get_monotonic_time() + JOURNAL_GATHER_US;
    for (bool patient = true; !is_gathered(journal) && patient;) {
        patient = patience_wait(&journal->gathered, &journal->mutex, until_us);
    }
    write_added(journal);
    self->written = self->last <= journal->durable;
    Waiter *decided = take_decided(journal);
    Waiter *next = take_leader(journal);
    pthread_mutex_unlock(&journal->mutex);
    wake(next);
    wake(decided);
}

/* With the mutex; without it in the end. */
static void wait_written(Journal *journal, Waiter *self) {
    if (!journal->led) {
        journal->led = true;
        lead(journal, self);
        return;
    }
    self->next = journal->waiters;
    journal->waiters = self;
    pthread_mutex_unlock(&journal->mutex);
    while (sem_wait(&self->woken) != 0) { /* a signal */
    }
    if (self->leads) {
        pthread_mutex_lock(&journal->mutex);
        lead(journal, self);
    }
}

static bool tell_fault(Journal *journal, GError **error) {
    pthread_mutex_lock(&journal->mutex);
    g_propagate_error(error, g_error_copy(journal->fault));
    pthread_mutex_unlock(&journal->mutex);
    return false;
}

bool journal_sync(Journal *journal, const JournalShare *share, GError **error) {
    pthread_mutex_lock(&journal->mutex);
    Waiter waiter = {.last = share->last, .written = share->last <= journal->durable};
    if (is_decided(journal, share->last)) {
        pthread_mutex_unlock(&journal->mutex);
    } else {
        sem_init(&waiter.woken, 0, 0);
        wait_written(journal, &waiter);
        sem_destroy(&waiter.woken);
    }
    return waiter.written || tell_fault(journal, error);
}

/* There is nothing that a crash could lose. */
static void settled_all(Journal *journal) {
    for (guint i = 0; i < JOURNAL_FILES; i++) {
        file_clear(&journal->files[i]);
    }
    g_array_set_size(journal->added, 0);
    journal->durable = journal->last;
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
