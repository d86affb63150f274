/* Messages on file for the bounce tests, by their path below the source folder. */
#pragma once

#include <glib.h>

static inline char *bounce_file_path(const char *name) {
    const char *source = g_getenv("VETKOLL_SOURCE_DIR");
    return g_build_filename(source ? source : ".", "tests", name, NULL);
}

static inline char *bounce_file_read(const char *name, gsize *out_size) {
    g_autofree char *path = bounce_file_path(name);
    g_autoptr(GError) error = NULL;
    char *bytes = NULL;
    g_file_get_contents(path, &bytes, out_size, &error);
    g_assert_no_error(error);
    return bytes;
}
