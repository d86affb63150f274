#include "store/checkpoint_private.h"

#include "store/engine_private.h"

#include <pthread.h>
#include <stdatomic.h>

/* In frames of the log, a page of 4 KB each. */
enum {
    LOG_COPY = 4000, /* copied each time it has grown so much: most pages have changed often then */
    LOG_REST = 200,  /* the thread goes after what came meanwhile until it is so little */
    LOG_ANEW =
        15000,       /* the writer copies the rest and begins the log anew, if no reader is in it */
    LOG_MAX = 32000, /* the writer waits a moment for readers, and for nobody else */
};

/* How long the writer waits then. */
enum { READERS_MS = 100 };

/* How often the thread goes after what came while it copied. */
enum { COPY_TURNS = 4 };

typedef enum { COPY_IDLE, COPY_ASKED, COPY_DONE } CopyState;

struct Checkpoint {
    char *path;
    int asked; /* frames of the log when copying was last asked for; the writer's thread only */
    atomic_int frames; /* of the log after the writer's last commit */
    atomic_bool allowed;
    bool started;
    bool stopping;
    CopyState state;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t changed;
};

Checkpoint *checkpoint_new(const char *path) {
    Checkpoint *checkpoint = g_new0(Checkpoint, 1);
    checkpoint->path = g_strdup(path);
    pthread_mutex_init(&checkpoint->lock, NULL);
    pthread_cond_init(&checkpoint->changed, NULL);
    return checkpoint;
}

void checkpoint_allow(Checkpoint *checkpoint, bool allowed) {
    atomic_store(&checkpoint->allowed, allowed);
}

/* Goes after what came while it copied, until that is little. There is always something that is not
 * copied yet (engine_copy_log). */
static void copy_log(Checkpoint *checkpoint, Db *db) {
    int copied = 0;
    for (int turn = 0; turn < COPY_TURNS; turn++) {
        if (atomic_load(&checkpoint->frames) - copied <= LOG_REST ||
            !engine_copy_log(db, &copied)) {
            return;
        }
        engine_sync(db);
    }
}

static void *checkpoint_loop(void *data) {
    Checkpoint *checkpoint = data;
    g_autoptr(Db) db = engine_open(checkpoint->path, ENGINE_READ, NULL);
    pthread_mutex_lock(&checkpoint->lock);
    while (!checkpoint->stopping) {
        if (checkpoint->state != COPY_ASKED) {
            pthread_cond_wait(&checkpoint->changed, &checkpoint->lock);
            continue;
        }
        pthread_mutex_unlock(&checkpoint->lock);
        if (db != NULL) {
            copy_log(checkpoint, db);
        }
        pthread_mutex_lock(&checkpoint->lock);
        checkpoint->state = COPY_DONE;
    }
    pthread_mutex_unlock(&checkpoint->lock);
    return NULL;
}

void checkpoint_free(Checkpoint *checkpoint) {
    pthread_mutex_lock(&checkpoint->lock);
    checkpoint->stopping = true;
    pthread_cond_signal(&checkpoint->changed);
    pthread_mutex_unlock(&checkpoint->lock);
    if (checkpoint->started) {
        pthread_join(checkpoint->thread, NULL);
    }
    pthread_cond_destroy(&checkpoint->changed);
    pthread_mutex_destroy(&checkpoint->lock);
    g_free(checkpoint->path);
    g_free(checkpoint);
}

/* What the thread is at; that it is done is told once. */
static CopyState checkpoint_look(Checkpoint *checkpoint) {
    pthread_mutex_lock(&checkpoint->lock);
    CopyState state = checkpoint->state;
    if (state == COPY_DONE) {
        checkpoint->state = COPY_IDLE;
    }
    pthread_mutex_unlock(&checkpoint->lock);
    return state;
}

static void checkpoint_ask(Checkpoint *checkpoint) {
    if (!checkpoint->started) {
        int status = pthread_create(&checkpoint->thread, NULL, checkpoint_loop, checkpoint);
        g_assert(status == 0);
        pthread_setname_np(checkpoint->thread, "checkpoint");
        checkpoint->started = true;
    }
    pthread_mutex_lock(&checkpoint->lock);
    checkpoint->state = COPY_ASKED;
    pthread_cond_signal(&checkpoint->changed);
    pthread_mutex_unlock(&checkpoint->lock);
}

void checkpoint_tend(Checkpoint *checkpoint, Db *writer) {
    int frames = engine_log_frames(writer);
    atomic_store(&checkpoint->frames, frames);
    if (frames < checkpoint->asked) { /* begun anew */
        checkpoint->asked = 0;
    }
    bool more = frames - checkpoint->asked >= LOG_COPY;
    if (frames < LOG_COPY) {
        return;
    }
    CopyState state = checkpoint_look(checkpoint);
    if (state == COPY_ASKED) {
        return; /* never both at once (engine_copy_log) */
    }
    if (state == COPY_DONE && frames >= LOG_ANEW) {
        engine_copy_rest(writer); /* a reader in the way: next time */
    } else if (more && frames >= LOG_MAX) {
        checkpoint->asked = frames;
        engine_empty_log(writer, READERS_MS);
    } else if (more && atomic_load(&checkpoint->allowed)) {
        checkpoint->asked = frames;
        checkpoint_ask(checkpoint);
    }
}
