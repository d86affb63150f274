/* After the scheduler has erased what was kept long enough: the file written anew, so that no copy
 * of it lingers (store/compact.h). A file over TIDY_BYTES_MAX would keep those who answer waiting
 * too long: then a line in the log asks for `vetkoll person compact`. */
#pragma once

#include <glib.h>

enum { TIDY_BYTES_MAX = 256 * 1024 * 1024 };

/* Logs what it did. */
void tidy_after_erasure(const char *db_path, guint erased);
