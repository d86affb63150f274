/* The organisation's picture at the top of a mail: carried in the message itself (RFC 2387, "cid:"
 * links), never fetched from anywhere, so that nobody learns from it that the mail was opened.
 *
 * Immutable once loaded: any number of threads may read it. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>

enum {
    LOGO_BYTES_MAX = 50 * 1024,
    LOGO_PIXELS_MAX = 4000, /* a side, in the file */
    LOGO_WIDTH_MAX = 220,   /* as shown; a picture of twice that is sharp on every screen */
    LOGO_HEIGHT_MAX = 56,
};

typedef struct {
    char *media_type; /* "image/png", "image/jpeg" or "image/gif" */
    char *file_name;  /* "logo.png"... */
    char *content_id; /* without brackets; the same for the same picture */
    char *base64;     /* with line breaks (CRLF), the last one too */
    guint width;      /* as shown, pixels */
    guint height;
} Logo;

/* `path` as it stands in the configuration's organisation.logo. NOT_FOUND, DENIED, LIMIT (larger
 * than LOGO_BYTES_MAX) or INPUT (no PNG, JPEG or GIF), each naming the file and the remedy. */
Logo *logo_load(const char *path, GError **error);

/* The same from bytes; `name` is what errors call it. */
Logo *logo_parse(const char *name, const void *data, size_t size, GError **error);

void logo_free(Logo *logo);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Logo, logo_free)
