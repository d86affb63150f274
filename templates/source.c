#include "templates/source.h"

#include <gio/gio.h>
#include <string.h>

#include "base/error.h"
#include "base/lang.h"
#include "templates/templates_resource.h"

static const char resource_root[] = "/vetkoll/templates/";
static const char *const folders[] = {"sv", "en", "shared", "fields", "static"};

static void file_free(gpointer data) {
    SourceFile *file = data;
    g_free(file->shown);
    g_bytes_unref(file->bytes);
    g_clear_pointer(&file->covered, g_bytes_unref);
    g_free(file);
}

static void file_add(GHashTable *files, const char *path, char *shown, GBytes *bytes,
                     bool overrides) {
    const SourceFile *before = g_hash_table_lookup(files, path);
    SourceFile *file = g_new0(SourceFile, 1);
    *file = (SourceFile){.shown = shown,
                         .bytes = bytes,
                         .covered = before == NULL ? NULL : g_bytes_ref(before->bytes),
                         .overrides = overrides};
    g_hash_table_replace(files, g_strdup(path), file);
}

static void resource_read(GHashTable *files, const char *folder) {
    GResource *resource = vk_templates_get_resource();
    g_autofree char *root = g_strconcat(resource_root, folder, NULL);
    g_auto(GStrv) children =
        g_resource_enumerate_children(resource, root, G_RESOURCE_LOOKUP_FLAGS_NONE, NULL);
    for (gsize i = 0; children != NULL && children[i] != NULL; i++) {
        g_autofree char *path = g_strconcat(folder, "/", children[i], NULL);
        if (g_str_has_suffix(path, "/")) {
            path[strlen(path) - 1] = '\0';
            resource_read(files, path);
            continue;
        }
        g_autofree char *full = g_strconcat(resource_root, path, NULL);
        GBytes *bytes = g_resource_lookup_data(resource, full, G_RESOURCE_LOOKUP_FLAGS_NONE, NULL);
        g_assert(bytes != NULL);
        file_add(files, path, g_strconcat("templates/", path, NULL), bytes, false);
    }
}

static void resource_folders(GHashTable *files) {
    g_auto(GStrv) children = g_resource_enumerate_children(
        vk_templates_get_resource(), resource_root, G_RESOURCE_LOOKUP_FLAGS_NONE, NULL);
    for (gsize i = 0; children != NULL && children[i] != NULL; i++) {
        if (g_str_has_suffix(children[i], "/")) {
            children[i][strlen(children[i]) - 1] = '\0';
            resource_read(files, children[i]);
        }
    }
}

static bool file_read(GHashTable *files, const char *full, const char *path, bool overrides,
                      GError **error) {
    g_autofree char *text = NULL;
    gsize length;
    g_autoptr(GError) cause = NULL;
    if (!g_file_get_contents(full, &text, &length, &cause)) {
        return error_set(error, VK_ERROR_NOT_FOUND,
                         tr("%s kan inte läsas: %s", "cannot read %s: %s"), full, cause->message);
    }
    if (length > SOURCE_FILE_MAX) {
        return error_set(error, VK_ERROR_LIMIT,
                         tr("%s är större än %d byte", "%s is larger than %d bytes"), full,
                         SOURCE_FILE_MAX);
    }
    file_add(files, path, g_strdup(full), g_bytes_new_take(g_steal_pointer(&text), length),
             overrides);
    return true;
}

static bool is_passed_over(const char *name) {
    return name[0] == '.' || g_str_has_suffix(name, "~");
}

static bool folder_read(GHashTable *files, const char *root, const char *folder, bool overrides,
                        guint depth, GError **error) {
    g_autofree char *full = g_build_filename(root, folder, NULL);
    if (depth > SOURCE_FOLDER_DEPTH) {
        return error_set(error, VK_ERROR_LIMIT,
                         tr("%s: mappar mer än %d djupt i varandra",
                            "%s: folders more than %d deep in each other"),
                         full, SOURCE_FOLDER_DEPTH);
    }
    g_autoptr(GError) cause = NULL;
    g_autoptr(GDir) dir = g_dir_open(full, 0, &cause);
    if (dir == NULL) {
        return error_set(error, VK_ERROR_NOT_FOUND,
                         tr("mappen %s kan inte läsas: %s", "cannot read the folder %s: %s"), full,
                         cause->message);
    }
    for (const char *name = g_dir_read_name(dir); name != NULL; name = g_dir_read_name(dir)) {
        if (is_passed_over(name)) {
            continue;
        }
        g_autofree char *path = g_strconcat(folder, "/", name, NULL);
        g_autofree char *file = g_build_filename(root, path, NULL);
        bool ok = g_file_test(file, G_FILE_TEST_IS_DIR)
                      ? folder_read(files, root, path, overrides, depth + 1, error)
                      : file_read(files, file, path, overrides, error);
        if (!ok) {
            return false;
        }
    }
    return true;
}

/* One of the fixed folders, or that of a language: read before, or with its language.json. */
static bool is_folder(GHashTable *files, const char *root, const char *name) {
    for (gsize i = 0; i < G_N_ELEMENTS(folders); i++) {
        if (strcmp(name, folders[i]) == 0) {
            return true;
        }
    }
    g_autofree char *path = g_build_filename(root, name, SOURCE_LANGUAGE, NULL);
    return lang_code_is_valid(name) && (source_find(files, name, SOURCE_LANGUAGE) != NULL ||
                                        g_file_test(path, G_FILE_TEST_IS_REGULAR));
}

/* Reads the folders that `root` has; in an override another folder is a misspelling. */
static bool root_read(GHashTable *files, const char *root, bool overrides, GError **error) {
    g_autoptr(GError) cause = NULL;
    g_autoptr(GDir) dir = g_dir_open(root, 0, &cause);
    if (dir == NULL) {
        return error_set(
            error, VK_ERROR_NOT_FOUND,
            tr("mappen för mallar kan inte läsas: %s", "cannot read the folder of templates: %s"),
            cause->message);
    }
    for (const char *name = g_dir_read_name(dir); name != NULL; name = g_dir_read_name(dir)) {
        g_autofree char *full = g_build_filename(root, name, NULL);
        if (is_passed_over(name) || !g_file_test(full, G_FILE_TEST_IS_DIR)) {
            continue;
        }
        if (!is_folder(files, root, name)) {
            if (overrides) {
                return error_set(error, VK_ERROR_INPUT,
                                 tr("%s: mallar läses bara ur mapparna sv, en, shared och static, "
                                    "och ur ett språks mapp med filen language.json i",
                                    "%s: templates are read from the folders sv, en, shared and "
                                    "static only, and from a language's folder with the file "
                                    "language.json in it"),
                                 full);
            }
            continue;
        }
        if (!folder_read(files, root, name, overrides, 1, error)) {
            return false;
        }
    }
    return true;
}

GHashTable *source_load(const char *base_dir, const char *override_dir, GError **error) {
    g_autoptr(GHashTable) files = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, file_free);
    if (base_dir != NULL) {
        if (!root_read(files, base_dir, false, error)) {
            return NULL;
        }
    } else {
        resource_folders(files);
    }
    if (override_dir != NULL && !root_read(files, override_dir, true, error)) {
        return NULL;
    }
    return g_steal_pointer(&files);
}

const SourceFile *source_find(GHashTable *files, const char *folder, const char *name) {
    g_autofree char *path = g_strconcat(folder, "/", name, NULL);
    return g_hash_table_lookup(files, path);
}
