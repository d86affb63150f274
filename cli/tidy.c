#include "cli/tidy.h"

#include "base/log.h"
#include "store/compact.h"

#include <inttypes.h>
#include <sys/stat.h>

void tidy_after_erasure(const char *db_path, guint erased) {
    g_autoptr(GError) error = NULL;
    struct stat status;
    int64_t bytes = stat(db_path, &status) == 0 ? (int64_t)status.st_size : 0;
    if (bytes > TIDY_BYTES_MAX) {
        log_event(LOG_WARNING, "retention.compact_wanted",
                  "erased=%u bytes=%" PRId64 " run=\"vetkoll person compact\"", erased, bytes);
        return;
    }
    if (!compact_file(db_path, &error)) {
        log_event(LOG_WARNING, "retention.compact_failed", "error=\"%s\"", error->message);
        return;
    }
    log_event(LOG_INFO, "retention.compacted", "erased=%u bytes=%" PRId64, erased, bytes);
}
