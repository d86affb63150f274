#include "cli/mailbox_files.h"

#include "base/error.h"
#include "base/id.h"
#include "base/lang.h"
#include "mailer/received.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

static bool file_fault(const char *path, GError **error) {
    VkErrorCode code = errno == ENOENT   ? VK_ERROR_NOT_FOUND
                       : errno == EACCES ? VK_ERROR_DENIED
                                         : VK_ERROR_INTERNAL;
    return error_set(error, code, "%s: %s", path, g_strerror(errno));
}

/* The first RECEIVED_BYTES_MAX bytes, and what follows thrown away: a pipe must be emptied. */
static GByteArray *read_bytes(int fd, const char *path, GError **error) {
    g_autoptr(GByteArray) bytes = g_byte_array_new();
    guint8 block[16384];
    ssize_t got = 0;
    while ((got = read(fd, block, sizeof block)) != 0) {
        if (got < 0 && errno != EINTR) {
            file_fault(path, error);
            return NULL;
        }
        if (got > 0) {
            size_t room = RECEIVED_BYTES_MAX - bytes->len;
            g_byte_array_append(bytes, block, (guint)MIN(room, (size_t)got));
        }
    }
    return g_steal_pointer(&bytes);
}

static GByteArray *read_file(const char *path, GError **error) {
    if (strcmp(path, "-") == 0) {
        return read_bytes(STDIN_FILENO, path, error);
    }
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0) {
        file_fault(path, error);
        return NULL;
    }
    GByteArray *bytes = read_bytes(fd, path, error);
    close(fd);
    return bytes;
}

/* As a new file, whole or not at all. */
static bool keep(const char *dir, const GByteArray *bytes, GError **error) {
    g_autofree char *name = g_strdup_printf("%" PRId64 ".eml", id_new());
    g_autofree char *path = g_build_filename(dir, name, NULL);
    if (g_mkdir_with_parents(dir, 0700) != 0) {
        return file_fault(dir, error);
    }
    return g_file_set_contents_full(path, (const char *)bytes->data, (gssize)bytes->len,
                                    G_FILE_SET_CONTENTS_CONSISTENT | G_FILE_SET_CONTENTS_DURABLE,
                                    0600, error);
}

bool mailbox_file_read(App *app, const MailboxSettings *settings, const char *path,
                       const char *unknown_dir, MailboxCounts *counts, GError **error) {
    bool known = false;
    g_autoptr(GByteArray) bytes = read_file(path, error);
    return bytes != NULL &&
           mailbox_take(settings, app->writer, app->keyring, bytes->data, bytes->len, counts,
                        &known, error) &&
           (known || unknown_dir == NULL || keep(unknown_dir, bytes, error));
}

/* --- maildir -------------------------------------------------------------------------- */

/* DIR/.FOLDER with its three parts. */
static char *subfolder(const char *dir, const char *folder, GError **error) {
    static const char *const parts[] = {"cur", "new", "tmp"};
    g_autofree char *dotted = g_strconcat(".", folder, NULL);
    g_autofree char *path = g_build_filename(dir, dotted, NULL);
    for (guint i = 0; i < G_N_ELEMENTS(parts); i++) {
        g_autofree char *part = g_build_filename(path, parts[i], NULL);
        if (g_mkdir_with_parents(part, 0700) != 0) {
            file_fault(part, error);
            return NULL;
        }
    }
    return g_steal_pointer(&path);
}

static bool maildir_one(App *app, const MailboxSettings *settings, const char *dir,
                        const char *path, MailboxCounts *counts, GError **error) {
    bool known = false;
    g_autoptr(GError) fault = NULL;
    g_autoptr(GByteArray) bytes = read_file(path, &fault);
    if (bytes == NULL) {
        g_printerr("%s\n", fault != NULL ? fault->message : path);
        counts->left++;
        return true;
    }
    if (!mailbox_take(settings, app->writer, app->keyring, bytes->data, bytes->len, counts, &known,
                      error)) {
        return false;
    }
    g_autofree char *folder =
        subfolder(dir, known ? settings->done_folder : settings->unknown_folder, &fault);
    g_autofree char *name = g_path_get_basename(path);
    g_autofree char *target = folder != NULL ? g_build_filename(folder, "cur", name, NULL) : NULL;
    if (target == NULL || g_rename(path, target) != 0) {
        g_printerr("%s: %s\n", path, fault != NULL ? fault->message : g_strerror(errno));
        counts->left++;
    }
    return true;
}

static bool maildir_part(App *app, const MailboxSettings *settings, const char *dir,
                         const char *part, MailboxCounts *counts, GError **error) {
    g_autofree char *path = g_build_filename(dir, part, NULL);
    g_autoptr(GDir) open = g_dir_open(path, 0, NULL);
    if (open == NULL) {
        return error_set(error, VK_ERROR_INPUT,
                         tr("%s är ingen maildir: %s saknas", "%s is no maildir: there is no %s"),
                         dir, path);
    }
    for (const char *name; (name = g_dir_read_name(open)) != NULL;) {
        g_autofree char *file = g_build_filename(path, name, NULL);
        if (name[0] != '.' && !maildir_one(app, settings, dir, file, counts, error)) {
            return false;
        }
    }
    return true;
}

bool mailbox_maildir_read(App *app, const MailboxSettings *settings, const char *dir,
                          MailboxCounts *counts, GError **error) {
    return maildir_part(app, settings, dir, "new", counts, error) &&
           maildir_part(app, settings, dir, "cur", counts, error);
}
