#include "base/file.h"

#include "base/error.h"
#include "base/lang.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static VkErrorCode code_of(int number) {
    switch (number) {
    case ENOENT:
        return VK_ERROR_NOT_FOUND;
    case EACCES:
    case EPERM:
    case EROFS:
        return VK_ERROR_DENIED;
    case ENOSPC:
        return VK_ERROR_BUSY;
    default:
        return VK_ERROR_INPUT;
    }
}

bool file_read_failed(const char *path, int number, GError **error) {
    const char *remedy =
        code_of(number) == VK_ERROR_DENIED ? tr(" Ändra rättigheterna.", " Change its permissions.")
        : code_of(number) == VK_ERROR_NOT_FOUND ? tr(" Kontrollera sökvägen.", " Check the path.")
                                                : "";
    return error_set(error, code_of(number), tr("Kan inte läsa %s: %s.%s", "Cannot read %s: %s.%s"),
                     path, error_reason(number), remedy);
}

bool file_write_failed(const char *path, int number, GError **error) {
    const char *remedy =
        code_of(number) == VK_ERROR_BUSY
            ? tr("Frigör utrymme och försök igen.", "Free some space and try again.")
            : tr("Välj en annan plats eller ändra rättigheterna.",
                 "Choose another place or change the permissions.");
    return error_set(error, code_of(number),
                     tr("Kan inte skriva %s: %s. %s", "Cannot write %s: %s. %s"), path,
                     error_reason(number), remedy);
}

/* GLib keeps no errno, but its codes are made from them. */
static int number_of(const GError *fault) {
    static const int numbers[] = {ENOENT, EACCES,  EPERM,        ENOSPC, EROFS,
                                  EISDIR, ENOTDIR, ENAMETOOLONG, EMFILE, ENOMEM};
    for (guint i = 0; i < G_N_ELEMENTS(numbers); i++) {
        if (g_error_matches(fault, G_FILE_ERROR, (int)g_file_error_from_errno(numbers[i]))) {
            return numbers[i];
        }
    }
    return EIO;
}

static bool too_large(const char *path, gsize most, GError **error) {
    bool large = most >= 1024 * 1024;
    return error_set(error, VK_ERROR_LIMIT,
                     tr("%s är större än %u %s.", "%s is larger than %u %s."), path,
                     (guint)(most / (large ? 1024 * 1024 : 1024)), large ? "MiB" : "KiB");
}

char *file_read(const char *path, gsize most, gsize *out_length, GError **error) {
    enum { CHUNK = 1 << 16 };
    FILE *stream = strcmp(path, "-") == 0 ? stdin : fopen(path, "rbe");
    if (stream == NULL) {
        file_read_failed(path, errno, error);
        return NULL;
    }
    g_autoptr(GString) text = g_string_new(NULL);
    g_autofree char *chunk = g_malloc(CHUNK);
    size_t count;
    while (text->len <= most && (count = fread(chunk, 1, CHUNK, stream)) > 0) {
        g_string_append_len(text, chunk, (gssize)count);
    }
    int number = ferror(stream) != 0 ? errno : 0;
    if (stream != stdin) {
        fclose(stream);
    }
    if (number != 0 || text->len > most) {
        (void)(number != 0 ? file_read_failed(path, number, error) : too_large(path, most, error));
        return NULL;
    }
    if (out_length != NULL) {
        *out_length = text->len;
    }
    return g_string_free(g_steal_pointer(&text), FALSE);
}

bool file_write(const char *path, const char *text, gsize length, int mode, GError **error) {
    g_autoptr(GError) fault = NULL;
    return g_file_set_contents_full(path, text, (gssize)length, G_FILE_SET_CONTENTS_CONSISTENT,
                                    mode, &fault) ||
           file_write_failed(path, number_of(fault), error);
}

bool file_write_at(int fd, size_t at, const char *bytes, size_t size) {
    while (size > 0) {
        ssize_t written = pwrite(fd, bytes, size, (off_t)at);
        if (written < 0 && errno == EINTR) {
            continue;
        }
        if (written <= 0) {
            return false;
        }
        at += (size_t)written;
        bytes += written;
        size -= (size_t)written;
    }
    return true;
}

bool file_sync_folder(const char *folder) {
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) {
        return false;
    }
    bool synced = fsync(fd) == 0;
    int fault = errno;
    close(fd);
    errno = fault;
    return synced;
}
