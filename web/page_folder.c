#include "web/pages.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "web/page.h"

enum { FOLDER_FILE_MAX = 16 * 1024 * 1024 };

static const struct {
    const char *ending;
    const char *content_type;
} types[] = {
    {".html", "text/html; charset=utf-8"},
    {".css", "text/css; charset=utf-8"},
    {".svg", "image/svg+xml"},
    {".png", "image/png"},
    {".json", "application/json"},
    {".csv", "text/csv; charset=utf-8"},
    {".txt", "text/plain; charset=utf-8"},
    {".md", "text/plain; charset=utf-8"},
    {".eml", "text/plain; charset=utf-8"},
};

static const char *content_type(const char *path) {
    for (guint i = 0; i < G_N_ELEMENTS(types); i++) {
        if (g_str_has_suffix(path, types[i].ending)) {
            return types[i].content_type;
        }
    }
    return "application/octet-stream";
}

/* The file below the folder that the path names: no part may be hidden, "." or "..". NULL if it is
 * not such a path. */
static char *folder_path(const char *folder, const char *encoded) {
    g_autofree char *path = g_uri_unescape_string(encoded, NULL);
    if (!path || !g_utf8_validate(path, -1, NULL)) {
        return NULL;
    }
    g_auto(GStrv) parts = g_strsplit(path, "/", -1);
    guint count = g_strv_length(parts);
    for (guint i = 0; i < count; i++) {
        bool last = i + 1 == count;
        if (parts[i][0] == '.' || (parts[i][0] == '\0' && !last)) {
            return NULL;
        }
    }
    return g_build_filename(folder, path,
                            g_str_has_suffix(path, "/") || !*path ? "index.html" : NULL, NULL);
}

/* NULL if it is no regular file, cannot be read, or is too large. A symbolic link is not followed.
 */
static GBytes *file_read(const char *path) {
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0) {
        return NULL;
    }
    struct stat about;
    if (fstat(fd, &about) != 0 || !S_ISREG(about.st_mode) || about.st_size > FOLDER_FILE_MAX) {
        close(fd);
        return NULL;
    }
    g_autoptr(GByteArray) bytes = g_byte_array_sized_new((guint)about.st_size);
    guint8 piece[65536];
    ssize_t got;
    do {
        got = read(fd, piece, sizeof piece);
        if (got > 0) {
            g_byte_array_append(bytes, piece, (guint)got);
        }
    } while ((got > 0 && bytes->len <= FOLDER_FILE_MAX) || (got < 0 && errno == EINTR));
    close(fd);
    return got == 0 ? g_byte_array_free_to_bytes(g_steal_pointer(&bytes)) : NULL;
}

Reply *page_folder(const Site *site, const Request *request, Change *out_change) {
    (void)out_change;
    const char *folder = site->settings.demo_dir;
    g_autofree char *path = folder ? folder_path(folder, request->path + strlen("/demo/")) : NULL;
    GBytes *bytes = path ? file_read(path) : NULL;
    if (!bytes) {
        return page_message(site, request, page_lang(request, LANG_SV), MESSAGE_NOT_FOUND, NULL);
    }
    return reply_new(200, REPLY_FOLDER, content_type(path), bytes);
}
