/* What a table holds about a person: one entry a table, in its owner folder's personal.c.
 *
 * From these lists come the copy that a person may ask for, the erasure, and the words about what
 * stays and why. Every table of the schema stands in exactly one of them, also those that hold
 * nothing about anybody; tests/unit/reports/test_erasure.c names the one that is missing. To add a
 * table: an entry with a `find` query, and an `erase` query or a step in the folder's own function.
 */
#pragma once

#include "store/db.h"

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct {
    const char *table; /* NULL ends a list */
    const char *title_sv;
    const char *title_en;
    /* Rows about the person, $1 the folder's key of them; columns as the reader sees them, instants
     * named ..._at_us. NULL: it holds nothing that can be found by a person. */
    const DbQuery *find;
    /* Takes them away, $1 the same key. NULL: the folder's own function does, or nothing is to be
     * done. */
    const DbQuery *erase;
    /* What erasure leaves and why, in a sentence; NULL: nothing of it is left. */
    const char *after_sv;
    const char *after_en;
} PersonalTable;

typedef struct {
    char *column;
    char *value; /* NULL: no value */
    bool number;
} PersonalField;

/* One stored row. */
typedef struct {
    const PersonalTable *table;
    GArray *fields; /* PersonalField */
} PersonalRow;

void personal_row_free(PersonalRow *row);

/* Adds a field at the end; copies the texts. */
void personal_row_add(PersonalRow *row, const char *column, const char *value);

/* The value of a column, NULL where there is none. */
const char *personal_row_get(const PersonalRow *row, const char *column);

/* A list for rows, which it frees. */
GPtrArray *personal_rows_new(void);

/* Appends the rows that the tables have about `key` to `rows`, of PersonalRow. */
bool personal_find(Db *db, const PersonalTable tables[], int64_t key, GPtrArray *rows,
                   GError **error);

/* Runs the tables' `erase` in the list's order; `out_changed` (may be NULL) is added to. */
bool personal_erase(DbTx *tx, const PersonalTable tables[], int64_t key, int64_t *out_changed,
                    GError **error);

/* The tables of store/ itself. */
extern const PersonalTable store_personal[];
