/* The files that a catalogue is made of: those embedded (or of a directory in their place) and
 * those of a directory that overrides them one by one. */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* What makes a folder one of a language beside sv and en (languages.h). */
#define SOURCE_LANGUAGE "language.json"

enum { SOURCE_FILE_MAX = 4 * 1024 * 1024, SOURCE_FOLDER_DEPTH = 8 };

typedef struct {
    char *shown;     /* the file as a person finds it, for messages */
    GBytes *bytes;   /* followed by a zero byte */
    GBytes *covered; /* what the override took the place of, or NULL */
    bool overrides;  /* came from the override directory */
} SourceFile;

/* Path below the folder ("sv/mail/invitation.txt") -> SourceFile. Only the folders sv, en, shared,
 * fields and static and those of languages (with a language.json) are read; names that begin with .
 * or end with ~ are passed over. `base_dir` may be NULL for what is embedded, `override_dir` for
 * none. VK_ERROR_NOT_FOUND for a directory that cannot be read, VK_ERROR_INPUT for a folder of
 * another name in `override_dir`, VK_ERROR_LIMIT. */
GHashTable *source_load(const char *base_dir, const char *override_dir, GError **error);

/* The file at `folder`/`name`, or NULL. */
const SourceFile *source_find(GHashTable *files, const char *folder, const char *name);
