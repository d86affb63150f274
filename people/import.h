/* A staff file against the directory: the difference, and its application in one transaction.
 *
 * A row is the stored person with the same key; else the one with the same address, if that one has
 * no key of its own or is active and its key is not in the file (it was renumbered); else a new
 * one. A row without a key is the stored person with its address. Stored people that no row is
 * become inactive and keep everything; when they come back they are active again. Either everything
 * is applied or, if a single row has a fault, nothing. */
#pragma once

#include "people/source.h"
#include "store/db.h"

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

/* Every row is exactly one of these, or unchanged. */
typedef enum {
    CHANGE_ADDED,
    CHANGE_RETURNED, /* was inactive */
    CHANGE_MOVED,    /* another department; other fields may differ too */
    CHANGE_CHANGED,  /* other fields only */
    CHANGE_LEFT,     /* becomes inactive */
} ChangeKind;
enum { CHANGE_KINDS = 5 };

typedef struct {
    char *name;
    char *email;
    char *department_before; /* "" for added */
    char *department;        /* "" for left */
    unsigned fields;         /* bit 1 << PersonField: differs */
} PersonChange;

typedef struct {
    guint rows;
    guint active_before;
    guint unchanged;
    guint count[CHANGE_KINDS];
    GPtrArray *changes[CHANGE_KINDS]; /* PersonChange*, the first `change_limit` */
    GPtrArray *departments_added;     /* paths, char* */
    FaultList *faults;                /* the file's, and those seen only against the directory */
    bool too_many_leave;              /* more than 20 % of at least 50, and not allowed */
    bool applied;
} ImportDiff;

/* A directory of at least this many does not lose more than this share without being told to. */
enum { IMPORT_GUARD_MIN_ACTIVE = 50, IMPORT_GUARD_MAX_LEAVE_PCT = 20 };

typedef enum { IMPORT_READ, IMPORT_COMPARE, IMPORT_WRITE } ImportStage;
typedef void (*ImportProgress)(gpointer data, ImportStage stage, size_t done, size_t total);

typedef struct {
    bool allow_leavers;
    guint change_limit;      /* changes of each kind kept in the result */
    ImportProgress progress; /* NULL for none; called on the thread that runs the import */
    gpointer progress_data;
} ImportOptions;

/* What an import would do. Faults are part of the result, not errors. */
bool import_diff(Db *db, const StaffFile *file, const ImportOptions *options, ImportDiff **out_diff,
                 GError **error);

/* Does it, if there is no fault and the guard allows it (`applied`); otherwise writes nothing.
 * `source` is the file's name without folder, for the record of imports. */
bool import_apply(DbTx *tx, const StaffFile *file, const char *source, const ImportOptions *options,
                  int64_t now_us, ImportDiff **out_diff, GError **error);

/* For callers that only want success: true if applied, else an INPUT error with the first faults.
 */
bool import_applied(const ImportDiff *diff, GError **error);

void import_diff_free(ImportDiff *diff);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ImportDiff, import_diff_free)
