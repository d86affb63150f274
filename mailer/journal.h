/* What the senders have noted of their messages and the database does not have yet: files beside
 * the database. A note is written before the next message of its connection may be given over, so
 * that a kill costs a connection one message in doubt; it is synced soon after, so that a loss of
 * power costs it JOURNAL_AHEAD more at most.
 *
 * Notes are taken over by the database in portions (settle.h); then a file is emptied and used
 * again. Two are written in turn, so that one can be emptied while the sending goes on. They are
 * removed when the sender ends; what a kill leaves behind, the next sender reads first.
 *
 * All functions may be called from any thread. */
#pragma once

#include "mailer/settle.h"

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct Journal Journal;

/* As many of a connection's notes may be written and not yet synced while it goes on. */
enum { JOURNAL_AHEAD = 2 };

/* What one thread has noted and not yet settled. Begins as zeros. */
typedef struct {
    uint64_t latest[JOURNAL_AHEAD + 1]; /* numbers of its notes, the last one first */
    guint held[2];                      /* in each file */
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

/* Writes it. False if there is no room, because something in each file has long been held: the note
 * is to be settled at once. That it could not be written, the next two functions tell. */
bool journal_add(Journal *journal, JournalShare *share, const Note *note);

/* Waits until no more than JOURNAL_AHEAD of the share's notes would be lost with the power. Errors
 * of base/file.h if notes could not be written; then every share fails until all have been settled.
 */
bool journal_keep_up(Journal *journal, const JournalShare *share, GError **error);

/* Waits until none would. Errors as above. */
bool journal_sync(Journal *journal, const JournalShare *share, GError **error);

/* The share's notes are in the database. */
void journal_settled(Journal *journal, JournalShare *share);
