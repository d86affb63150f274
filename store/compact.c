#include "store/compact.h"

#include "store/engine_private.h"

#include "base/error.h"
#include "base/lang.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

enum { EMPTY_TRIES = 300, EMPTY_PAUSE_US = 50000, CHUNK_BYTES = 1024 * 1024 };

bool compact_file(const char *path, GError **error) {
    g_autoptr(Db) db = engine_open(path, ENGINE_WRITE, error);
    if (db == NULL || !migrate_check(db, path, error) ||
        !engine_exec(db, "PRAGMA temp_store=FILE; VACUUM", error)) {
        return false;
    }
    for (int i = 0; i < EMPTY_TRIES; i++) {
        if (engine_empty_log(db, 0)) {
            return true;
        }
        g_usleep(EMPTY_PAUSE_US);
    }
    return error_set(error, VK_ERROR_BUSY,
                     tr("databasens logg används och kunde inte tömmas; försök igen om en stund",
                        "the database's log is in use and could not be emptied; try again soon"));
}

static bool bytes_have(const char *bytes, size_t size, const char *needle) {
    size_t length = strlen(needle);
    for (size_t i = 0; i + length <= size; i++) {
        if (g_ascii_tolower(bytes[i]) == g_ascii_tolower(needle[0]) &&
            g_ascii_strncasecmp(bytes + i, needle, length) == 0) {
            return true;
        }
    }
    return false;
}

static bool any_have(const char *bytes, size_t size, const char *const needles[]) {
    for (guint i = 0; needles[i] != NULL; i++) {
        if (bytes_have(bytes, size, needles[i])) {
            return true;
        }
    }
    return false;
}

/* In chunks, each with the end of the one before. */
static bool fd_search(int fd, const char *const needles[], size_t overlap, bool *found) {
    g_autofree char *buffer = g_malloc(overlap + CHUNK_BYTES);
    size_t kept = 0;
    ssize_t got = 0;
    while (!*found && (got = read(fd, buffer + kept, CHUNK_BYTES)) > 0) {
        size_t size = kept + (size_t)got;
        *found = any_have(buffer, size, needles);
        kept = MIN(overlap, size);
        memmove(buffer, buffer + size - kept, kept);
    }
    return got >= 0;
}

/* A file that is not there has no trace. */
static bool file_search(const char *path, const char *const needles[], size_t overlap, bool *found,
                        GError **error) {
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 && errno == ENOENT) {
        return true;
    }
    bool good = fd >= 0 && fd_search(fd, needles, overlap, found);
    int fault = errno;
    if (fd >= 0) {
        close(fd);
    }
    return good ||
           error_set(error, VK_ERROR_DENIED, tr("Kan inte läsa %s: %s", "Cannot read %s: %s"), path,
                     error_reason(fault));
}

bool compact_search(const char *path, const char *const needles[], bool *out_found,
                    GError **error) {
    static const char *const suffixes[] = {"", "-wal", "-journal", "-sent-0", "-sent-1"};
    size_t longest = 1;
    bool found = false;
    for (guint i = 0; needles[i] != NULL; i++) {
        g_assert(needles[i][0] != '\0');
        longest = MAX(longest, strlen(needles[i]));
    }
    for (gsize i = 0; i < G_N_ELEMENTS(suffixes) && !found; i++) {
        g_autofree char *file = g_strconcat(path, suffixes[i], NULL);
        if (!file_search(file, needles, longest - 1, &found, error)) {
            return false;
        }
    }
    *out_found = found;
    return true;
}
