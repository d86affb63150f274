/* Prepares every query of every folder against a freshly migrated database, and checks of each that
 * - it names only tables of its own folder, and views only of its own or a lower floor (the wall);
 * - its parameters first appear as $1, $2, $3..., so that another engine counts them alike;
 * - its name is its own; and that every DbQuery in the source stands in a list.
 * Who owns a table or view is what its migration says: "Owner: people/". Usage: sql_prepare
 * SOURCE_DIR */
#include "tests/lint/query_lists.h"

#include "store/migrate.h"

#include <glib/gstdio.h>
#include <sqlite3.h>
#include <string.h>

typedef struct {
    GHashTable *owners; /* table or view -> folder */
    GHashTable *names;  /* query name -> folder */
    const char *folder; /* of the query being prepared */
    const char *query;
    const char *sql;
    guint faults;
} Check;

static void fault(Check *check, const char *format, ...) G_GNUC_PRINTF(2, 3);

static void fault(Check *check, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    g_autofree char *text = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    g_print("%s/: %s: %s\n", check->folder, check->query, text);
    check->faults++;
}

static char *file_text(const char *path) {
    char *text;
    g_autoptr(GError) error = NULL;
    if (!g_file_get_contents(path, &text, NULL, &error)) {
        g_error("%s", error->message);
    }
    return text;
}

/* Calls `each` with the path of every file in SOURCE/folder that ends in `suffix`. */
static void folder_each(const char *source, const char *folder, const char *suffix,
                        void (*each)(Check *, const char *folder, const char *text), Check *check) {
    g_autofree char *path = g_build_filename(source, folder, NULL);
    g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
    const char *name;
    while (dir != NULL && (name = g_dir_read_name(dir)) != NULL) {
        if (g_str_has_suffix(name, suffix)) {
            g_autofree char *file = g_build_filename(path, name, NULL);
            g_autofree char *text = file_text(file);
            each(check, folder, text);
        }
    }
}

static void owners_read(Check *check, const char *folder, const char *text) {
    (void)folder;
    g_autoptr(GRegex) owner = g_regex_new("Owner: ([a-z]+)/", 0, 0, NULL);
    g_autoptr(GMatchInfo) found = NULL;
    if (!g_regex_match(owner, text, 0, &found)) {
        return;
    }
    g_autofree char *name = g_match_info_fetch(found, 1);
    g_autoptr(GRegex) object = g_regex_new("CREATE (?:TABLE|VIEW) (\\w+)", 0, 0, NULL);
    g_autoptr(GMatchInfo) objects = NULL;
    for (g_regex_match(object, text, 0, &objects); g_match_info_matches(objects);
         g_match_info_next(objects, NULL)) {
        g_hash_table_insert(check->owners, g_match_info_fetch(objects, 1), g_strdup(name));
    }
}

static int floor_of(const char *folder) {
    static const struct {
        const char *folder;
        int floor;
    } floors[] = {{"base", 0},   {"store", 1},     {"templates", 1}, {"people", 2}, {"mailer", 2},
                  {"survey", 2}, {"campaigns", 3}, {"reports", 4},   {"web", 5},    {"cli", 6}};
    for (gsize i = 0; i < G_N_ELEMENTS(floors); i++) {
        if (g_str_equal(floors[i].folder, folder)) {
            return floors[i].floor;
        }
    }
    g_error("unknown folder %s", folder);
}

static void object_check(Check *check, const char *object) {
    const char *owner = g_hash_table_lookup(check->owners, object);
    if (owner == NULL || g_str_equal(owner, check->folder)) {
        return;
    }
    if (!g_str_has_prefix(object, "v_")) {
        fault(check, "table %s belongs to %s/: read a view of it", object, owner);
    } else if (floor_of(owner) >= floor_of(check->folder)) {
        fault(check, "view %s belongs to %s/, which is not below", object, owner);
    }
}

static bool names_table(const char *sql, const char *table) {
    g_autofree char *pattern = g_strdup_printf("(FROM|JOIN|,|INTO|UPDATE)\\s+%s\\b", table);
    return g_regex_match_simple(pattern, sql, 0, 0);
}

/* SQLite's authorizer: told of every table and column that a statement touches. What a view or
 * trigger touches comes with its name and is its owner's business; only where no column is read
 * does the name stay out, and then the statement's own words decide. */
static int touch(void *data, int action, const char *table, const char *column, const char *schema,
                 const char *inside) {
    (void)schema;
    Check *check = data;
    bool reads = action == SQLITE_READ;
    bool writes = action == SQLITE_INSERT || action == SQLITE_UPDATE || action == SQLITE_DELETE;
    bool no_column = reads && column != NULL && column[0] == '\0';
    if (inside == NULL && (reads || writes) && (!no_column || names_table(check->sql, table))) {
        object_check(check, table);
    }
    return SQLITE_OK;
}

/* The number of distinct parameters, or -1 if they do not first appear in order. */
static int parameters_in_order(const char *sql) {
    int highest = 0;
    bool quoted = false;
    for (const char *at = sql; *at != '\0'; at++) {
        if (*at == '\'') {
            quoted = !quoted;
        } else if (*at == '?' && !quoted) {
            return -1;
        } else if (*at == '$' && !quoted) {
            gint64 number = g_ascii_strtoll(at + 1, NULL, 10);
            if (number < 1 || number > highest + 1) {
                return -1;
            }
            highest = MAX(highest, (int)number);
        }
    }
    return highest;
}

static void query_check(Check *check, sqlite3 *db, const DbQuery *query) {
    check->query = query->name;
    check->sql = query->sql;
    if (!g_hash_table_insert(check->names, g_strdup(query->name), g_strdup(check->folder))) {
        fault(check, "another query has the same name");
    }
    sqlite3_stmt *stmt = NULL;
    const char *rest = NULL;
    if (sqlite3_prepare_v2(db, query->sql, -1, &stmt, &rest) != SQLITE_OK) {
        fault(check, "%s", sqlite3_errmsg(db));
    } else if (rest[strspn(rest, " \n\t;")] != '\0') {
        fault(check, "more than one statement");
    } else if (parameters_in_order(query->sql) != sqlite3_bind_parameter_count(stmt)) {
        fault(check, "parameters must first appear as $1, $2, $3...");
    }
    sqlite3_finalize(stmt);
}

static void source_check(Check *check, const char *folder, const char *text) {
    check->folder = folder;
    g_autoptr(GRegex) declared =
        g_regex_new("\\bconst DbQuery (\\w+) = \\{\\s*\"([^\"]+)\"", 0, 0, NULL);
    g_autoptr(GMatchInfo) found = NULL;
    for (g_regex_match(declared, text, 0, &found); g_match_info_matches(found);
         g_match_info_next(found, NULL)) {
        g_autofree char *name = g_match_info_fetch(found, 2);
        if (g_hash_table_lookup(check->names, name) == NULL) {
            check->query = name;
            fault(check, "is in no list that %s/queries.h declares", folder);
        }
    }
}

static sqlite3 *database_new(const char *path, Check *check) {
    g_autoptr(GError) error = NULL;
    sqlite3 *db;
    if (!migrate_create(path, &error)) {
        g_error("%s", error->message);
    }
    if (sqlite3_open(path, &db) != SQLITE_OK) {
        g_error("%s", sqlite3_errmsg(db));
    }
    sqlite3_set_authorizer(db, touch, check);
    return db;
}

int main(int argc, char **argv) {
    g_assert(argc == 2);
    /* store/ prepares its one statement itself, at every migration. */
    static const char *const folders[] = {"people",  "mailer", "survey", "campaigns",
                                          "reports", "web",    "cli"};
    Check check = {
        .owners = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free),
        .names = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free),
    };
    folder_each(argv[1], "store/migrations", ".sql", owners_read, &check);
    g_autofree char *dir = g_dir_make_tmp("vetkoll-lint-XXXXXX", NULL);
    g_autofree char *path = g_build_filename(dir, "lint.db", NULL);
    sqlite3 *db = database_new(path, &check);
    for (const QueryList *list = query_lists; list->folder != NULL; list++) {
        check.folder = list->folder;
        for (const DbQuery *const *query = list->queries; *query != NULL; query++) {
            query_check(&check, db, *query);
        }
    }
    sqlite3_close(db);
    g_unlink(path);
    g_rmdir(dir);
    for (gsize i = 0; i < G_N_ELEMENTS(folders); i++) {
        folder_each(argv[1], folders[i], ".c", source_check, &check);
    }
    g_hash_table_unref(check.owners);
    g_hash_table_unref(check.names);
    return check.faults == 0 ? 0 : 1;
}
