#include "store/gather_private.h"

#include <glib.h>
#include <stdbool.h>
#include <string.h>

/* SQLite's own files take less than 128 KB at once. */
enum { GATHER_MAX = 124 * 1024 };

/* What SQLite takes for the file; it leaves room for the one that this stands before. */
typedef struct {
    sqlite3_file base;
    sqlite3_file *file; /* SQLite's own, right behind */
    sqlite3_int64 at;   /* where the gathered bytes belong */
    int used;
    char *bytes;
} Gather;

static sqlite3_vfs *own; /* SQLite's own files */

/* What cannot be written stays, for the next try: SQLite is told, and either goes on with the
 * transaction or rolls it back. */
static int gather_flush(Gather *gather) {
    if (gather->used == 0) {
        return SQLITE_OK;
    }
    int status =
        gather->file->pMethods->xWrite(gather->file, gather->bytes, gather->used, gather->at);
    gather->used = status == SQLITE_OK ? 0 : gather->used;
    return status;
}

static int gather_write(sqlite3_file *base, const void *bytes, int size, sqlite3_int64 at) {
    Gather *gather = (Gather *)base;
    bool follows = at == gather->at + gather->used && size <= GATHER_MAX - gather->used;
    int status = follows ? SQLITE_OK : gather_flush(gather);
    if (status != SQLITE_OK) {
        return status;
    }
    if (size > GATHER_MAX) {
        return gather->file->pMethods->xWrite(gather->file, bytes, size, at);
    }
    if (gather->bytes == NULL) {
        gather->bytes = g_malloc(GATHER_MAX);
    }
    if (gather->used == 0) {
        gather->at = at;
    }
    memcpy(gather->bytes + gather->used, bytes, (size_t)size);
    gather->used += size;
    return SQLITE_OK;
}

/* A rollback reads what was committed before, and must not write what it takes back. */
static int gather_read(sqlite3_file *base, void *bytes, int size, sqlite3_int64 at) {
    Gather *gather = (Gather *)base;
    bool apart = at >= gather->at + gather->used || at + size <= gather->at;
    int status = apart ? SQLITE_OK : gather_flush(gather);
    return status != SQLITE_OK ? status
                               : gather->file->pMethods->xRead(gather->file, bytes, size, at);
}

static int gather_sync(sqlite3_file *base, int flags) {
    Gather *gather = (Gather *)base;
    int status = gather_flush(gather);
    return status != SQLITE_OK ? status : gather->file->pMethods->xSync(gather->file, flags);
}

static int gather_truncate(sqlite3_file *base, sqlite3_int64 size) {
    Gather *gather = (Gather *)base;
    int status = gather_flush(gather);
    return status != SQLITE_OK ? status : gather->file->pMethods->xTruncate(gather->file, size);
}

static int gather_size(sqlite3_file *base, sqlite3_int64 *out_size) {
    Gather *gather = (Gather *)base;
    int status = gather_flush(gather);
    return status != SQLITE_OK ? status : gather->file->pMethods->xFileSize(gather->file, out_size);
}

/* A commit was synced: whatever is still here was never committed. */
static int gather_close(sqlite3_file *base) {
    Gather *gather = (Gather *)base;
    g_clear_pointer(&gather->bytes, g_free);
    return gather->file->pMethods->xClose(gather->file);
}

static int gather_lock(sqlite3_file *base, int lock) {
    Gather *gather = (Gather *)base;
    return gather->file->pMethods->xLock(gather->file, lock);
}

static int gather_unlock(sqlite3_file *base, int lock) {
    Gather *gather = (Gather *)base;
    return gather->file->pMethods->xUnlock(gather->file, lock);
}

static int gather_check_lock(sqlite3_file *base, int *out_locked) {
    Gather *gather = (Gather *)base;
    return gather->file->pMethods->xCheckReservedLock(gather->file, out_locked);
}

static int gather_control(sqlite3_file *base, int operation, void *data) {
    Gather *gather = (Gather *)base;
    return gather->file->pMethods->xFileControl(gather->file, operation, data);
}

static int gather_sector(sqlite3_file *base) {
    Gather *gather = (Gather *)base;
    return gather->file->pMethods->xSectorSize(gather->file);
}

static int gather_traits(sqlite3_file *base) {
    Gather *gather = (Gather *)base;
    return gather->file->pMethods->xDeviceCharacteristics(gather->file);
}

static const sqlite3_io_methods gather_methods = {
    .iVersion = 1, /* a log is neither shared memory nor mapped */
    .xClose = gather_close,
    .xRead = gather_read,
    .xWrite = gather_write,
    .xTruncate = gather_truncate,
    .xSync = gather_sync,
    .xFileSize = gather_size,
    .xLock = gather_lock,
    .xUnlock = gather_unlock,
    .xCheckReservedLock = gather_check_lock,
    .xFileControl = gather_control,
    .xSectorSize = gather_sector,
    .xDeviceCharacteristics = gather_traits,
};

static int vfs_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *base, int flags,
                    int *out_flags) {
    (void)vfs;
    if ((flags & SQLITE_OPEN_WAL) == 0) {
        return own->xOpen(own, name, base, flags, out_flags);
    }
    Gather *gather = (Gather *)base;
    *gather = (Gather){.file = (sqlite3_file *)(gather + 1)};
    int status = own->xOpen(own, name, gather->file, flags, out_flags);
    gather->base.pMethods = status == SQLITE_OK ? &gather_methods : NULL;
    return status;
}

static gpointer vfs_register(gpointer data) {
    sqlite3_vfs *vfs = data;
    own = sqlite3_vfs_find(NULL);
    *vfs = *own;
    vfs->zName = "vetkoll";
    vfs->szOsFile += (int)sizeof(Gather);
    vfs->xOpen = vfs_open;
    int status = sqlite3_vfs_register(vfs, 0);
    g_assert(status == SQLITE_OK);
    return vfs;
}

const char *gather_vfs(void) {
    static sqlite3_vfs vfs;
    static GOnce registered = G_ONCE_INIT;
    g_once(&registered, vfs_register, &vfs);
    return vfs.zName;
}

void gather_forget(sqlite3 *handle) {
    sqlite3_file *file = NULL;
    int status = sqlite3_file_control(handle, "main", SQLITE_FCNTL_JOURNAL_POINTER, &file);
    if (status == SQLITE_OK && file != NULL && file->pMethods == &gather_methods) {
        ((Gather *)file)->used = 0;
    }
}
