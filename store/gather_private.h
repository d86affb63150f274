/* The file of SQLite's log. SQLite writes a commit in two writes for each page; here they are
 * gathered, and written with the sync that ends the commit: a tenth of the work, and of the
 * waiting.
 *
 * Only for connections that sync every commit (synchronous=FULL): what is gathered is not there
 * for others to read before the sync, which SQLite asks for before it tells anybody of the commit.
 */
#pragma once

#include <sqlite3.h>

/* The name by which sqlite3_open_v2 opens files so. */
const char *gather_vfs(void);

/* Throws away what a transaction that was rolled back has gathered: its place in the log belongs to
 * whoever writes next. To be called after every rollback. */
void gather_forget(sqlite3 *handle);
