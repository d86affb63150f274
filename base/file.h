/* Files read and written whole, with errors that say which file, why and what to do.
 *
 * Errors: NOT_FOUND, DENIED (permissions, a read-only file system), BUSY (the disk is full), INPUT
 * (a folder in a file's place and the rest). */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>

/* For files that people write by hand. */
enum { FILE_SMALL = 1024 * 1024 };

/* The contents, ended by a NUL that `out_length` (may be NULL) does not count; "-" is standard
 * input. NULL with an error: LIMIT if there are more than `most` bytes, and no more are read. */
char *file_read(const char *path, gsize most, gsize *out_length, GError **error);

/* Writes all of it or nothing, over what was there; `mode` as for open(2). */
bool file_write(const char *path, const char *text, gsize length, int mode, GError **error);

/* The errors of the two, for other calls that set errno; return false. */
bool file_read_failed(const char *path, int number, GError **error);
bool file_write_failed(const char *path, int number, GError **error);

/* All of `bytes`, from an offset on. False with errno. */
bool file_write_at(int fd, size_t at, const char *bytes, size_t size);

/* Makes the names in a folder survive a crash. False with errno. */
bool file_sync_folder(const char *folder);
