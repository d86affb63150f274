/* Which column of a staff file is which field, by its heading. Pure.
 *
 * Headings are compared without case, blanks, punctuation and diacritics. Swedish and English
 * names, GoPhish's and LimeSurvey's are known. Several columns may make up the department's path
 * (Förvaltning, Avdelning, Enhet: the larger first). A map overrides:
 * "email=Mejl,department=Område+Enhet,position=" names a field (person_field_name, or "name" for
 * given and family name in one), and a heading, a column number such as #3, several joined by '+'
 * for the department, or nothing to leave the field out. */
#pragma once

#include "people/limits.h"
#include "people/person.h"

#include <glib.h>
#include <stdbool.h>

/* The fields of a person, and a whole name in one column. */
enum { COLUMN_FULL_NAME = PERSON_FIELDS, COLUMN_FIELDS };

typedef struct {
    guint count;                        /* columns in the header */
    char **headings;                    /* as they stand in the file, trimmed */
    guint field_columns[COLUMN_FIELDS]; /* columns of each field; only the department has more than
                                           1 */
    guint columns[COLUMN_FIELDS][LIMIT_DEPARTMENT_DEPTH];
} Columns;

/* INPUT when no column is the address, two columns are the same field, or the map is wrong. `map`
 * may be NULL. */
Columns *columns_find(const char *const *headings, guint count, const char *map, GError **error);
void columns_free(Columns *columns);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Columns, columns_free)

bool columns_has(const Columns *columns, guint field);

/* "Förvaltning + Enhet"; NULL where the file does not have the field. The caller frees it. */
char *columns_describe(const Columns *columns, guint field);

/* Headings of columns that no field uses; empty headings are left out. */
char **columns_ignored(const Columns *columns);

/* A heading as it is compared: "E-postadress " is "epostadress". The caller frees it. */
char *heading_fold(const char *heading);
