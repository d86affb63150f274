/* Numbered migrations (store/migrations/NNNN-noun.sql), each applied once, in order, in one
 * transaction together with its row in schema_version. */
#pragma once

#include "store/db.h"

/* The schema version of this program. */
int migrate_latest(void);

/* Creates the file (CONFLICT if it exists) with the latest schema. */
bool migrate_create(const char *path, GError **error);

/* Brings an existing file up to date; nothing is written if it already is, is newer or is not ours.
 */
bool migrate_upgrade(const char *path, GError **error);
