#include "cli/app.h"

#include "base/error.h"
#include "base/lang.h"
#include "templates/languages.h"

/* A misspelling is an error; what is like nothing of ours is only told. */
static void tell_strangers(void) {
    g_autofree char *names = config_strangers();
    if (names != NULL) {
        g_printerr(tr("Obs: miljövariabler som inte är inställningar och inte används: %s\n",
                      "Note: environment variables that are no settings and are not used: %s\n"),
                   names);
    }
}

bool app_open(App *app, const char *dir, unsigned needs, GError **error) {
    g_autofree char *ini = g_build_filename(dir, "vetkoll.ini", NULL);
    g_autofree char *keys = g_build_filename(dir, "vetkoll.keys", NULL);
    app->dir = g_strdup(dir);
    app->db_path = g_build_filename(dir, "vetkoll.db", NULL);
    if (needs != NEEDS_NOTHING && (app->config = config_load(ini, error)) == NULL) {
        return false;
    }
    g_autofree char *templates = NULL;
    if (app->config != NULL) {
        tell_strangers();
        templates = app_path(app, config_text(app->config, "templates.dir"));
    }
    if (!languages_load(templates, error)) {
        return false;
    }
    if ((needs & NEEDS_KEYS) != 0 && (app->keyring = keyring_open(keys, error)) == NULL) {
        return false;
    }
    if ((needs & NEEDS_CATALOG) != 0 && (app->catalog = catalog_open(templates, error)) == NULL) {
        return false;
    }
    if ((needs & NEEDS_DB) != 0 && (app->db = db_open(app->db_path, error)) == NULL) {
        return false;
    }
    if ((needs & NEEDS_WRITER) == 0) {
        return app->db == NULL || db_check(app->db, app->db_path, error);
    }
    return (app->writer = writer_open(app->db_path, error)) != NULL;
}

void app_clear(App *app) {
    g_clear_pointer(&app->writer, writer_close);
    g_clear_pointer(&app->db, db_close);
    g_clear_pointer(&app->catalog, catalog_free);
    g_clear_pointer(&app->keyring, keyring_free);
    g_clear_pointer(&app->config, config_free);
    g_clear_pointer(&app->db_path, g_free);
    g_clear_pointer(&app->dir, g_free);
}

char *app_path(const App *app, const char *path) {
    if (*path == '\0') {
        return NULL;
    }
    return g_path_is_absolute(path) ? g_strdup(path) : g_build_filename(app->dir, path, NULL);
}

int app_fail(GError *take_error) {
    g_autoptr(GError) error = take_error;
    g_printerr("vetkoll: %s\n", error->message);
    return error_exit_code(error);
}
