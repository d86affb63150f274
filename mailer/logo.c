#include "mailer/logo.h"

#include "base/error.h"
#include "base/lang.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { BASE64_LINE_BYTES = 57, ID_HEX_CHARS = 24 };

static guint big16(const guchar *p) {
    return (guint)p[0] << 8 | p[1];
}

static guint little16(const guchar *p) {
    return (guint)p[1] << 8 | p[0];
}

static guint big32(const guchar *p) {
    return MIN(big16(p), 0x7fff) << 16 | big16(p + 2);
}

/* The start of frame is what tells a JPEG's size: any SOF marker but DHT, JPG and DAC. */
static bool jpeg_size(const guchar *data, size_t size, guint *out_width, guint *out_height) {
    size_t at = 2;
    while (at + 9 <= size && data[at] == 0xff) {
        guchar marker = data[at + 1];
        if (marker == 0xff) {
            at++; /* fill */
        } else if (marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 &&
                   marker != 0xcc) {
            *out_height = big16(data + at + 5);
            *out_width = big16(data + at + 7);
            return true;
        } else {
            at += 2 + big16(data + at + 2);
        }
    }
    return false;
}

/* The media type, or NULL if it is none of the three. */
static const char *picture_read(const guchar *data, size_t size, guint *out_width,
                                guint *out_height) {
    static const guchar png[] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};
    if (size >= 24 && memcmp(data, png, sizeof png) == 0 && memcmp(data + 12, "IHDR", 4) == 0) {
        *out_width = big32(data + 16);
        *out_height = big32(data + 20);
        return "image/png";
    }
    if (size >= 10 && (memcmp(data, "GIF87a", 6) == 0 || memcmp(data, "GIF89a", 6) == 0)) {
        *out_width = little16(data + 6);
        *out_height = little16(data + 8);
        return "image/gif";
    }
    if (size >= 4 && data[0] == 0xff && data[1] == 0xd8 &&
        jpeg_size(data, size, out_width, out_height)) {
        return "image/jpeg";
    }
    return NULL;
}

static char *encode_lines(const guchar *data, size_t size) {
    g_autoptr(GString) text = g_string_new(NULL);
    for (size_t at = 0; at < size; at += BASE64_LINE_BYTES) {
        g_autofree char *line =
            g_base64_encode(data + at, MIN((size_t)BASE64_LINE_BYTES, size - at));
        g_string_append(text, line);
        g_string_append(text, "\r\n");
    }
    return g_string_free(g_steal_pointer(&text), FALSE);
}

/* Sets width and height to what fits the box, in the picture's proportions, never enlarged. */
static void fit(guint *width, guint *height) {
    if (*width > LOGO_WIDTH_MAX) {
        *height = MAX(1, *height * LOGO_WIDTH_MAX / *width);
        *width = LOGO_WIDTH_MAX;
    }
    if (*height > LOGO_HEIGHT_MAX) {
        *width = MAX(1, *width * LOGO_HEIGHT_MAX / *height);
        *height = LOGO_HEIGHT_MAX;
    }
}

static bool too_large(const char *name, size_t size, GError **error) {
    return error_set(error, VK_ERROR_LIMIT,
                     tr("organisation.logo: %s är på %zu byte, och högst %d får plats i ett mejl. "
                        "Spara bilden mindre; %d × %d bildpunkter räcker.",
                        "organisation.logo: %s is %zu bytes, and a mail has room for %d. Save the "
                        "picture smaller; %d × %d pixels are enough."),
                     name, size, LOGO_BYTES_MAX, 2 * LOGO_WIDTH_MAX, 2 * LOGO_HEIGHT_MAX);
}

Logo *logo_parse(const char *name, const void *data, size_t size, GError **error) {
    guint width = 0;
    guint height = 0;
    if (size > LOGO_BYTES_MAX) {
        too_large(name, size, error);
        return NULL;
    }
    const char *type = picture_read(data, size, &width, &height);
    if (type == NULL) {
        error_set(
            error, VK_ERROR_INPUT,
            tr("organisation.logo: %s är ingen bild i PNG, JPEG eller GIF. Spara den som PNG; "
               "SVG och WebP visas inte av alla mejlprogram.",
               "organisation.logo: %s is no PNG, JPEG or GIF picture. Save it as PNG; SVG "
               "and WebP are not shown by every mail program."),
            name);
        return NULL;
    }
    if (width == 0 || height == 0 || width > LOGO_PIXELS_MAX || height > LOGO_PIXELS_MAX) {
        error_set(error, VK_ERROR_INPUT,
                  tr("organisation.logo: %s är %u × %u bildpunkter; sidorna ska vara 1–%d.",
                     "organisation.logo: %s is %u × %u pixels; the sides must be 1–%d."),
                  name, width, height, LOGO_PIXELS_MAX);
        return NULL;
    }
    fit(&width, &height);
    g_autofree char *hash = g_compute_checksum_for_data(G_CHECKSUM_SHA256, data, size);
    Logo *logo = g_new0(Logo, 1);
    logo->media_type = g_strdup(type);
    logo->file_name = g_strconcat("logo.", type + strlen("image/"), NULL);
    logo->content_id = g_strdup_printf("%.*s@logo.vetkoll", ID_HEX_CHARS, hash);
    logo->base64 = encode_lines(data, size);
    logo->width = width;
    logo->height = height;
    return logo;
}

static bool cannot_read(const char *path, int number, GError **error) {
    VkErrorCode code = number == ENOENT   ? VK_ERROR_NOT_FOUND
                       : number == EACCES ? VK_ERROR_DENIED
                                          : VK_ERROR_INPUT;
    return error_set(
        error, code,
        tr("organisation.logo: %s kan inte läsas: %s.", "organisation.logo: cannot read %s: %s."),
        path, g_strerror(number));
}

Logo *logo_load(const char *path, GError **error) {
    /* Neither a pipe nor a device: opening one could wait for ever. */
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    struct stat status;
    if (fd < 0 || fstat(fd, &status) != 0 || !S_ISREG(status.st_mode)) {
        cannot_read(path, fd < 0 ? errno : EINVAL, error);
        if (fd >= 0) {
            close(fd);
        }
        return NULL;
    }
    guchar data[LOGO_BYTES_MAX + 1];
    size_t size = 0;
    ssize_t got = 0;
    while (size < sizeof data && (got = read(fd, data + size, sizeof data - size)) > 0) {
        size += (size_t)got;
    }
    int number = errno;
    close(fd);
    if (got < 0) {
        cannot_read(path, number, error);
        return NULL;
    }
    if (size > LOGO_BYTES_MAX) {
        too_large(path, MAX(size, (size_t)status.st_size), error);
        return NULL;
    }
    return logo_parse(path, data, size, error);
}

void logo_free(Logo *logo) {
    if (logo != NULL) {
        g_free(logo->media_type);
        g_free(logo->file_name);
        g_free(logo->content_id);
        g_free(logo->base64);
        g_free(logo);
    }
}
