/* Folders of templates that a test writes and removes. */
#pragma once

#include <glib.h>
#include <glib/gstdio.h>

typedef struct {
    const char *path, *text;
} File;

static inline void file_write(const char *root, const File *file) {
    g_autofree char *full = g_build_filename(root, file->path, NULL);
    g_autofree char *folder = g_path_get_dirname(full);
    g_assert_cmpint(g_mkdir_with_parents(folder, 0700), ==, 0);
    g_assert_true(g_file_set_contents(full, file->text, -1, NULL));
}

static inline void folder_remove(const char *path) {
    g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
    for (const char *name = NULL; dir != NULL && (name = g_dir_read_name(dir)) != NULL;) {
        g_autofree char *child = g_build_filename(path, name, NULL);
        if (g_file_test(child, G_FILE_TEST_IS_DIR)) {
            folder_remove(child);
        } else {
            g_assert_cmpint(g_unlink(child), ==, 0);
        }
    }
    g_assert_cmpint(g_rmdir(path), ==, 0);
}
