/* A new database in a folder of its own, for the tests of the store. */
#pragma once

#include "store/migrate.h"
#include "store/writer.h"

#include <glib/gstdio.h>

typedef struct {
    char *folder;
    char *path;
    Writer *writer; /* of a test that opens one; NULL: none */
    int from;       /* for a test's own use */
} Place;

static inline void place_set_up(Place *place, gconstpointer data) {
    (void)data;
    g_autoptr(GError) error = NULL;
    place->folder = g_dir_make_tmp("vetkoll-store-XXXXXX", NULL);
    place->path = g_build_filename(place->folder, "vetkoll.db", NULL);
    migrate_create(place->path, &error);
    g_assert_no_error(error);
}

static inline void place_tear_down(Place *place, gconstpointer data) {
    (void)data;
    writer_close(place->writer);
    static const char *const suffixes[] = {"", "-wal", "-shm"};
    for (guint i = 0; i < G_N_ELEMENTS(suffixes); i++) {
        g_autofree char *file = g_strconcat(place->path, suffixes[i], NULL);
        g_remove(file);
    }
    g_assert_cmpint(g_rmdir(place->folder), ==, 0);
    g_free(place->path);
    g_free(place->folder);
}
