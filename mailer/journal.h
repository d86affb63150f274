/* What the senders have noted of their messages and the database does not have yet: files beside
 * the database, written and synced before the next message of a connection may be given over.
 *
 * A sync here costs a tenth of a transaction, and waits for no other work of the database. Notes
 * are taken over in portions (settle.h); then a file is emptied and used again. Two are written in
 * turn, so that one can be emptied while the sending goes on. They are removed when the sender
 * ends; what a kill leaves behind, the next sender reads first.
 *
 * All functions may be called from any thread. */
#pragma once

#include "mailer/settle.h"

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct Journal Journal;

/* What one thread has noted and not yet settled. Begins as zeros. */
typedef struct {
    uint64_t last;
    guint held[2]; /* in each file */
} JournalShare;

/* What lies in the files beside the database: Note, in no order, perhaps settled long ago. Errors
 * of base/file.h. */
GArray *journal_read(const char *db_path, GError **error);

/* Removes what journal_read told, once the database has it. */
void journal_remove(const char *db_path);

/* Touches no file yet. Only one may be open for a database, and only without files left behind. */
Journal *journal_new(const char *db_path);

/* Removes the files, unless a share was never settled. */
void journal_free(Journal *journal);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Journal, journal_free)

/* False if there is no room, because something in each file has long been held: the note is to be
 * settled at once. */
bool journal_add(Journal *journal, JournalShare *share, const Note *note);

/* Waits until the share's notes survive a crash. Errors of base/file.h if they could not be
 * written; then every share fails until all have been settled. */
bool journal_sync(Journal *journal, const JournalShare *share, GError **error);

/* The share's notes are in the database. */
void journal_settled(Journal *journal, JournalShare *share);
