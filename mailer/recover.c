#include "mailer/recover.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/id.h"
#include "base/lang.h"
#include "mailer/journal.h"
#include "mailer/lease.h"

#include <errno.h>
#include <fcntl.h>
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

typedef struct {
    int64_t owner;
    const GArray *notes;
    int64_t in_doubt;
} TakeOver;

static bool take_over_write(DbTx *tx, gpointer data, GError **error) {
    TakeOver *job = data;
    return outbox_end_leases(tx, job->owner, job->notes, clock_now_us(), &job->in_doubt, error);
}

bool recover_notes(const char *db_path, Writer *writer, int64_t owner, int64_t *out_in_doubt,
                   GError **error) {
    g_autoptr(GArray) notes = journal_read(db_path, error);
    TakeOver job = {.owner = owner, .notes = notes};
    if (notes == NULL || !writer_run(writer, take_over_write, &job, error)) {
        return false;
    }
    journal_remove(db_path);
    *out_in_doubt = job.in_doubt;
    return true;
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
    bool recovered = recover_notes(db_path, writer, id_new(), &in_doubt, error);
    close(lock_fd);
    return recovered;
}
