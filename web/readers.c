#include "web/readers.h"

#include <pthread.h>

struct Readers {
    char *path;
    guint keep;
    guint taken;
    GPtrArray *idle; /* of Reader *, the last one used last */
    pthread_mutex_t lock;
};

struct Reader {
    Readers *home;
    Db *db;
};

static void reader_close(gpointer data) {
    Reader *reader = data;
    db_close(reader->db);
    g_free(reader);
}

Readers *readers_new(const char *path, guint keep) {
    Readers *readers = g_new0(Readers, 1);
    readers->path = g_strdup(path);
    readers->keep = keep;
    readers->idle = g_ptr_array_new();
    pthread_mutex_init(&readers->lock, NULL);
    return readers;
}

void readers_free(Readers *readers) {
    if (!readers) {
        return;
    }
    g_assert(readers->taken == 0);
    g_ptr_array_set_free_func(readers->idle, reader_close);
    g_ptr_array_unref(readers->idle);
    pthread_mutex_destroy(&readers->lock);
    g_free(readers->path);
    g_free(readers);
}

Reader *readers_take(Readers *readers, GError **error) {
    pthread_mutex_lock(&readers->lock);
    guint idle = readers->idle->len;
    Reader *reader = idle > 0 ? g_ptr_array_remove_index(readers->idle, idle - 1) : NULL;
    readers->taken++;
    pthread_mutex_unlock(&readers->lock);
    if (reader) {
        return reader;
    }
    Db *db = db_open(readers->path, error);
    if (!db) {
        pthread_mutex_lock(&readers->lock);
        readers->taken--;
        pthread_mutex_unlock(&readers->lock);
        return NULL;
    }
    reader = g_new0(Reader, 1);
    reader->home = readers;
    reader->db = db;
    return reader;
}

Db *reader_db(const Reader *reader) {
    return reader->db;
}

void reader_give(Reader *reader) {
    if (!reader) {
        return;
    }
    Readers *home = reader->home;
    pthread_mutex_lock(&home->lock);
    home->taken--;
    bool keep = home->idle->len < home->keep;
    if (keep) {
        g_ptr_array_add(home->idle, reader);
    }
    pthread_mutex_unlock(&home->lock);
    if (!keep) {
        reader_close(reader);
    }
}
