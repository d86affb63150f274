/* What a command may need, opened once and in order: configuration, keys, catalog, database,
 * writer. */
#pragma once

#include "base/keyring.h"
#include "cli/config.h"
#include "store/db.h"
#include "store/writer.h"
#include "templates/catalog.h"

#include <glib.h>
#include <stdbool.h>

typedef struct App {
    char *dir; /* the installation: vetkoll.ini, vetkoll.db, vetkoll.keys */
    char *db_path;
    Config *config;
    Keyring *keyring; /* NULL unless the command said NEEDS_KEYS */
    Catalog *catalog; /* NULL unless NEEDS_CATALOG */
    Db *db;           /* reader; NULL unless NEEDS_DB */
    Writer *writer;   /* NULL unless NEEDS_WRITER */
} App;

typedef enum {
    NEEDS_NOTHING = 0,
    NEEDS_CONFIG = 1,
    NEEDS_DB = 2,
    NEEDS_WRITER = 4,
    NEEDS_KEYS = 8,
    NEEDS_CATALOG = 16
} AppNeeds;

/* Adds the languages that there are files for and opens what `needs` names under `dir`. On failure
 * what was opened stays in `app` for app_clear. */
bool app_open(App *app, const char *dir, unsigned needs, GError **error);
void app_clear(App *app);

/* A configured path, relative ones to the installation; NULL for "". */
char *app_path(const App *app, const char *path);

/* Every command: parses its own options from argv (argv[0] is its name), prints to stdout, returns
 * an exit code. An error goes through app_fail, which prints it and gives the code. */
typedef int (*CommandFn)(App *app, int argc, char **argv);
int app_fail(GError *take_error);

int cmd_init(App *app, int argc, char **argv);
int cmd_people(App *app, int argc, char **argv);
int cmd_person(App *app, int argc, char **argv);
int cmd_content(App *app, int argc, char **argv);
int cmd_campaign(App *app, int argc, char **argv);
int cmd_mailbox(App *app, int argc, char **argv);
int cmd_serve(App *app, int argc, char **argv);
int cmd_send(App *app, int argc, char **argv);
int cmd_outbox(App *app, int argc, char **argv);
int cmd_report(App *app, int argc, char **argv);
int cmd_evidence(App *app, int argc, char **argv);
int cmd_doctor(App *app, int argc, char **argv);
int cmd_demo(App *app, int argc, char **argv);
