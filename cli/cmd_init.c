#include "base/file.h"
#include "base/lang.h"
#include "campaigns/promised.h"
#include "cli/app.h"
#include "cli/usage.h"
#include "store/migrate.h"

#include <errno.h>
#include <string.h>
#include <sysexits.h>

/* Writes the configuration for its owner only: it may come to name a password file. */
static bool init_config(const char *path, GError **error) {
    g_autofree char *text = config_template();
    return file_write(path, text, strlen(text), 0640, error);
}

/* Configuration and keys, where they are missing. */
static bool init_files(const App *app, const char *ini, const char *keys, GError **error) {
    if (g_mkdir_with_parents(app->dir, 0750) != 0) {
        return file_write_failed(app->dir, errno, error);
    }
    return (g_file_test(ini, G_FILE_TEST_EXISTS) || init_config(ini, error)) &&
           (g_file_test(keys, G_FILE_TEST_EXISTS) || keyring_create(keys, error));
}

static bool promised_run(DbTx *tx, gpointer data, GError **error) {
    const Config *config = data;
    return promised_keep(tx, (guint)config_int(config, "privacy.k"),
                         (guint)config_int(config, "privacy.k_anonymous"), error);
}

/* Rounds of a version that did not store what it promised get the settings that it went by. */
static bool init_promises(const App *app, const char *ini, GError **error) {
    g_autoptr(Config) config = config_load(ini, error);
    g_autoptr(Writer) writer = config != NULL ? writer_open(app->db_path, error) : NULL;
    return writer != NULL && writer_run(writer, promised_run, config, error);
}

int cmd_init(App *app, int argc, char **argv) {
    gboolean print = FALSE;
    const GOptionEntry entries[] = {
        {"print-config", 0, 0, G_OPTION_ARG_NONE, &print,
         tr("visa alla inställningar och avsluta", "show every setting and exit"), NULL},
        {0},
    };
    g_autoptr(GOptionContext) context = g_option_context_new(NULL);
    g_autoptr(GError) error = NULL;
    g_option_context_add_main_entries(context, entries, NULL);
    if (!usage_parse(context, &argc, &argv, &error) || !usage_check(NULL, argc, argv, &error)) {
        return app_fail(g_steal_pointer(&error));
    }
    if (print) {
        g_autofree char *text = config_template();
        g_print("%s", text);
        return EX_OK;
    }
    g_autofree char *ini = g_build_filename(app->dir, "vetkoll.ini", NULL);
    g_autofree char *keys = g_build_filename(app->dir, "vetkoll.keys", NULL);
    bool upgrade = g_file_test(app->db_path, G_FILE_TEST_EXISTS);
    bool new_keys = !g_file_test(keys, G_FILE_TEST_EXISTS);
    if ((upgrade && !migrate_upgrade(app->db_path, &error)) ||
        !init_files(app, ini, keys, &error) ||
        !(upgrade ? init_promises(app, ini, &error) : migrate_create(app->db_path, &error))) {
        return app_fail(g_steal_pointer(&error));
    }
    if (upgrade && new_keys) {
        g_printerr(
            tr("Obs: nyckelfilen saknades och %s är ny. Länkar som redan har skickats gäller "
               "inte, om inte den gamla filen läggs tillbaka.\n",
               "Note: the key file was missing and %s is new. Links that have been sent are "
               "not valid, unless the old file is put back.\n"),
            keys);
    }
    g_print(upgrade ? tr("Databasen %s är aktuell.\n", "The database %s is up to date.\n")
                    : tr("Skapade %s. Ändra i vetkoll.ini, läs sedan in personal och innehåll.\n",
                         "Created %s. Edit vetkoll.ini, then import people and content.\n"),
            upgrade ? app->db_path : app->dir);
    return EX_OK;
}
