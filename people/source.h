/* A staff file as people and faults, before the directory is looked at. Pure: bytes in, values out.
 *
 * Reads delimited text (csv.h) in any of the encodings of decode.h, finds the header's columns
 * (columns.h), and checks every row by itself and against the other rows: addresses, keys,
 * languages, dates, lengths, duplicates. */
#pragma once

#include "people/person.h"

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>

typedef struct {
    guint line;   /* of the file, from 1 */
    char *column; /* the column's own name in the file; "" when the whole row is meant */
    char *value;  /* as it stands there, shortened */
    char *what;   /* what is wrong */
    char *remedy; /* what to do */
} Fault;

/* The first LIMIT_FAULTS faults, and how many there were. */
typedef struct {
    GPtrArray *list; /* Fault* */
    guint count;
} FaultList;

FaultList *fault_list_new(void);
void fault_list_free(FaultList *faults);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FaultList, fault_list_free)
void fault_add(FaultList *faults, guint line, const char *column, const char *value,
               const char *remedy, const char *format, ...) G_GNUC_PRINTF(6, 7);
void fault_list_append(FaultList *to, const FaultList *from);

typedef struct {
    PersonList
        *people; /* rows that were whole; those with faults too, so that others can refer to them */
    FaultList *faults;
    guint rows;      /* rows of data, empty ones not counted */
    unsigned fields; /* bit 1 << PersonField: the file has it. A field it lacks is left as it is. */
    char *columns[PERSON_FIELDS]; /* the file's names, "Förvaltning + Enhet" where several; NULL
                                     where none */
    char **ignored;               /* columns that were not used */
    const char *encoding;         /* "UTF-8", "UTF-16" or "Windows-1252" */
    char delimiter;
    char *sha256; /* of the bytes */
} StaffFile;

typedef void (*StaffProgress)(gpointer data, size_t done, size_t total);

/* `map` is NULL or "field=Column,field=Column+Column,field=" (see columns.h). INPUT when nothing
 * can be read at all: not text, no header, no address column, a bad map; LIMIT when the file is too
 * large. Faults of rows are not errors. */
StaffFile *staff_file_read(const char *data, size_t size, const char *map, StaffProgress progress,
                           gpointer progress_data, GError **error);
void staff_file_free(StaffFile *file);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(StaffFile, staff_file_free)
