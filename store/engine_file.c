#include "store/engine_private.h"

#include "base/error.h"
#include "base/lang.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

/* Readers must be able to write, too: they make the log's side files, and a side file that one who
 * may not write has made would keep the next writer out. */
bool engine_check_file(const char *path, GError **error) {
    if (access(path, F_OK) != 0) {
        return error_set(error, VK_ERROR_NOT_FOUND,
                         tr("databasen %s finns inte; skapa den med `vetkoll init`",
                            "the database %s does not exist; create it with `vetkoll init`"),
                         path);
    }
    if (access(path, R_OK | W_OK) != 0) {
        return error_set(
            error, VK_ERROR_DENIED,
            tr("databasen %s får inte läsas och skrivas: %s; ändra filens rättigheter",
               "the database %s may not be read and written: %s; change its permissions"),
            path, error_reason(errno));
    }
    g_autofree char *folder = g_path_get_dirname(path);
    if (access(folder, W_OK) != 0) {
        return error_set(error, VK_ERROR_DENIED,
                         tr("mappen %s måste vara skrivbar för databasens loggfiler: %s; ändra "
                            "mappens rättigheter",
                            "the folder %s must be writable for the database's log files: %s; "
                            "change its permissions"),
                         folder, error_reason(errno));
    }
    return true;
}

/* True while a log lies beside the file: a checkpoint may then be writing its pages, the header
 * first. */
bool engine_has_log(const char *path) {
    struct stat status;
    g_autofree char *log = g_strconcat(path, "-wal", NULL);
    return stat(log, &status) == 0 && status.st_size > 0;
}
