/* A pool of read connections: a request takes one, and gives it back when its page is rendered. */
#pragma once

#include "store/db.h"

typedef struct Readers Readers;
typedef struct Reader Reader;

/* Keeps at most `keep` idle connections open; more are opened while more are needed. */
Readers *readers_new(const char *path, guint keep);

/* Every reader must have been given back. */
void readers_free(Readers *readers);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Readers, readers_free)

/* The database's errors. From any thread; the reader then belongs to that thread. */
Reader *readers_take(Readers *readers, GError **error);
Db *reader_db(const Reader *reader);
void reader_give(Reader *reader);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Reader, reader_give)
