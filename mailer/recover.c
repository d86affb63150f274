#include "mailer/recover.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/file.h"
#include "base/id.h"
#include "base/lang.h"
#include "mailer/journal.h"
#include "mailer/lease.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

bool recover_lock(const char *db_path, int *out_fd, GError **error) {
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

/* --- which run of the machine --------------------------------------------------------------------
 */

typedef struct {
    char text[64]; /* zeros behind it; all of them zeros where nobody can tell */
} Boot;

static Boot boot_now(void) {
    Boot boot = {{0}};
    g_autofree char *id = file_read("/proc/sys/kernel/random/boot_id", sizeof boot - 1, NULL, NULL);
    if (id != NULL) {
        g_strlcpy(boot.text, id, sizeof boot.text);
    }
    return boot;
}

/* What the lock file tells of the latest sender. */
static bool boot_is_latest(const Boot *boot, int lock_fd) {
    Boot latest = {{0}};
    return boot->text[0] != '\0' && pread(lock_fd, &latest, sizeof latest, 0) == sizeof latest &&
           memcmp(&latest, boot, sizeof latest) == 0;
}

static bool boot_write(const Boot *boot, int lock_fd, GError **error) {
    return (pwrite(lock_fd, boot, sizeof *boot, 0) == sizeof *boot && fdatasync(lock_fd) == 0) ||
           file_write_failed(tr("avsändarens låsfil", "the sender's lock file"), errno, error);
}

/* --- taking over ---------------------------------------------------------------------------------
 */

typedef struct {
    int64_t owner;
    const GArray *notes;
    guint doubtful;
    int64_t in_doubt;
} TakeOver;

static bool take_over_write(DbTx *tx, gpointer data, GError **error) {
    TakeOver *job = data;
    return outbox_end_leases(tx, job->owner, job->notes, job->doubtful, clock_now_us(),
                             &job->in_doubt, error);
}

/* A process that died had noted all but the message in progress of each lease; with the machine's
 * power, the notes went that were not synced yet. */
bool recover_notes(const char *db_path, int lock_fd, Writer *writer, int64_t owner,
                   int64_t *out_in_doubt, GError **error) {
    Boot boot = boot_now();
    bool same = boot_is_latest(&boot, lock_fd);
    g_autoptr(GArray) notes = journal_read(db_path, error);
    TakeOver job = {.owner = owner, .notes = notes, .doubtful = same ? 1 : 1 + JOURNAL_AHEAD};
    if (notes == NULL || !writer_run(writer, take_over_write, &job, error)) {
        return false;
    }
    journal_remove(db_path);
    *out_in_doubt = job.in_doubt;
    return same || boot_write(&boot, lock_fd, error);
}

bool recover_sender(const char *db_path, Writer *writer, GError **error) {
    int lock_fd = -1;
    g_autoptr(GError) locked = NULL;
    if (!recover_lock(db_path, &lock_fd, &locked)) {
        if (g_error_matches(locked, VK_ERROR, VK_ERROR_BUSY)) {
            return true;
        }
        g_propagate_error(error, g_steal_pointer(&locked));
        return false;
    }
    int64_t in_doubt = 0;
    bool recovered = recover_notes(db_path, lock_fd, writer, id_new(), &in_doubt, error);
    close(lock_fd);
    return recovered;
}
