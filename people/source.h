/* A staff file as people and faults, before the directory is looked at. Pure: bytes in, values out.
 *
 * Reads delimited text (csv.h) in any of the encodings of decode.h, finds the header's columns
 * (columns.h), and checks every row by itself and against the other rows: addresses, keys,
 * languages, dates, lengths, duplicates. */
#pragma once

#include "people/fault.h"
#include "people/person.h"

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>

typedef struct {
    PersonList
        *people; /* every row that could be read; also those with faults, for others to name */
    FaultList *faults;
    guint rows;      /* rows of data, empty ones not counted */
    guint unread;    /* of them, those that broke the format and are not among the people */
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
