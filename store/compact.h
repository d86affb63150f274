/* Leaving no trace: the database file written anew, and searched for what should be gone.
 *
 * Erased rows are overwritten where they stood (secure_delete), but a page that was once split or
 * joined may keep a copy of what moved, in its free space. Only a file that is written from its
 * rows has none. */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* Writes the file anew and empties its log. Needs as much free disk again as the file takes, and
 * about a second for each 50 MB; others read on meanwhile, and their writes wait. BUSY if another
 * writes, or reads, for more than 15 seconds: the file is sound and the erasure stands, but it was
 * not rewritten, or the log not emptied. */
bool compact_file(const char *path, GError **error);

/* Whether the bytes of one of `needles` (ended by NULL, none empty) stand anywhere in the database
 * file, its log, its journal or the sender's notes; capital and small ASCII letters are the same.
 * This process must have no connection to the file: closing a file that it read would drop that
 * one's locks. */
bool compact_search(const char *path, const char *const needles[], bool *out_found, GError **error);
