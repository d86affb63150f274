/* A fresh directory for one test: a temporary database, imports from text, and dumps to compare. */
#pragma once

#include "people/import.h"
#include "people/person.h"
#include "store/migrate.h"
#include "store/writer.h"

#include <glib.h>
#include <glib/gstdio.h>
#include <string.h>

typedef struct {
    char *folder;
    char *path;
    Writer *writer;
    bool allow_leavers;
    int64_t now_us;
} Directory;

typedef struct {
    const Directory *directory;
    const StaffFile *file;
    ImportDiff *diff;
} DirectoryJob;

static inline void directory_set_up(Directory *directory, gconstpointer data) {
    (void)data;
    g_autoptr(GError) error = NULL;
    directory->folder = g_dir_make_tmp("vetkoll-XXXXXX", NULL);
    directory->path = g_build_filename(directory->folder, "vetkoll.db", NULL);
    directory->now_us = 1000;
    migrate_create(directory->path, &error);
    g_assert_no_error(error);
    directory->writer = writer_open(directory->path, &error);
    g_assert_no_error(error);
}

static inline void directory_tear_down(Directory *directory, gconstpointer data) {
    (void)data;
    static const char *const suffixes[] = {"", "-wal", "-shm"};
    writer_close(directory->writer);
    for (guint i = 0; i < G_N_ELEMENTS(suffixes); i++) {
        g_autofree char *file = g_strconcat(directory->path, suffixes[i], NULL);
        g_remove(file);
    }
    g_assert_cmpint(g_rmdir(directory->folder), ==, 0);
    g_free(directory->path);
    g_free(directory->folder);
}

static inline bool directory_apply(DbTx *tx, gpointer data, GError **error) {
    DirectoryJob *job = data;
    ImportOptions options = {.allow_leavers = job->directory->allow_leavers,
                             .change_limit = G_MAXUINT};
    return import_apply(tx, job->file, "personal.csv", &options, job->directory->now_us, &job->diff,
                        error);
}

static inline StaffFile *directory_read(const char *text) {
    g_autoptr(GError) error = NULL;
    StaffFile *file = staff_file_read(text, strlen(text), NULL, NULL, NULL, &error);
    g_assert_no_error(error);
    return file;
}

static inline ImportDiff *directory_import(Directory *directory, const char *text) {
    g_autoptr(GError) error = NULL;
    g_autoptr(StaffFile) file = directory_read(text);
    DirectoryJob job = {.directory = directory, .file = file};
    writer_run(directory->writer, directory_apply, &job, &error);
    g_assert_no_error(error);
    return job.diff;
}

static inline ImportDiff *directory_dry_run(Directory *directory, const char *text) {
    g_autoptr(GError) error = NULL;
    g_autoptr(StaffFile) file = directory_read(text);
    g_autoptr(Db) db = db_open(directory->path, &error);
    g_assert_no_error(error);
    ImportOptions options = {.allow_leavers = directory->allow_leavers, .change_limit = G_MAXUINT};
    ImportDiff *diff = NULL;
    import_diff(db, file, &options, &diff, &error);
    g_assert_no_error(error);
    return diff;
}

static inline PersonList *directory_people(const Directory *directory) {
    g_autoptr(GError) error = NULL;
    g_autoptr(Db) db = db_open(directory->path, &error);
    g_assert_no_error(error);
    PersonList *people = person_list_load(db, NULL, &error);
    g_assert_no_error(error);
    return people;
}

/* One line a person, by id: "1 +" or "1 -" for inactive, then the fields with '|' between. */
static inline char *directory_dump(const Directory *directory) {
    g_autoptr(PersonList) people = directory_people(directory);
    g_autoptr(GString) out = g_string_new(NULL);
    for (guint i = 0; i < person_list_length(people); i++) {
        const Person *person = person_list_get(people, i);
        g_string_append_printf(out, "%d %c", (int)person->id, person->active ? '+' : '-');
        for (guint field = 0; field < PERSON_FIELDS; field++) {
            g_string_append_printf(out, "%c%s", field == 0 ? ' ' : '|', person->text[field]);
        }
        g_string_append_c(out, '\n');
    }
    return g_string_free(g_steal_pointer(&out), FALSE);
}

/* Every cell of a query that yields text columns a and b, as "a|b" lines. */
static inline char *directory_query(const Directory *directory, const DbQuery *query) {
    g_autoptr(GError) error = NULL;
    g_autoptr(Db) db = db_open(directory->path, &error);
    g_assert_no_error(error);
    g_autoptr(DbStmt) stmt = db_query(db, query, &error);
    g_assert_no_error(error);
    g_autoptr(GString) out = g_string_new(NULL);
    while (db_step(stmt, &error) == DB_ROW) {
        g_string_append_printf(out, "%s|%s\n", db_text(stmt, "a"), db_text(stmt, "b"));
    }
    g_assert_no_error(error);
    return g_string_free(g_steal_pointer(&out), FALSE);
}

/* "added 1 returned 0 moved 0 changed 2 left 0 unchanged 3" without the zeros; faults in lines. */
static inline char *directory_summary(const ImportDiff *diff) {
    static const char *const names[CHANGE_KINDS] = {"added", "returned", "moved", "changed",
                                                    "left"};
    g_autoptr(GString) out = g_string_new(NULL);
    for (guint kind = 0; kind < CHANGE_KINDS; kind++) {
        g_assert_cmpuint(diff->changes[kind]->len, ==, diff->count[kind]);
        if (diff->count[kind] > 0) {
            g_string_append_printf(out, "%s %u ", names[kind], diff->count[kind]);
        }
    }
    if (diff->unchanged > 0) {
        g_string_append_printf(out, "unchanged %u ", diff->unchanged);
    }
    for (guint i = 0; i < diff->faults->list->len; i++) {
        const Fault *fault = diff->faults->list->pdata[i];
        g_assert_cmpstr(fault->remedy, !=, "");
        g_string_append_printf(out, "\n%u|%s|%s|%s", fault->line, fault->column, fault->value,
                               fault->what);
    }
    return g_strchomp(g_string_free(g_steal_pointer(&out), FALSE));
}
