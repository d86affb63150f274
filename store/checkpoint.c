#include "store/checkpoint_private.h"

#include "store/engine_private.h"

#include <pthread.h>

/* Frames (a page each, 4 KB) that the log takes before it is copied, few so that the disk is not
 * taken from the writer for long; before the writer, too,
 * copies; and that the writer copies alone without being felt. */
enum { LOG_COPY = 1000, LOG_MAX = 16000, LOG_REST = 200 };

/* How often the thread goes after what came while it copied. */
enum { COPY_TURNS = 4 };

typedef enum { COPY_IDLE, COPY_ASKED, COPY_DONE } CopyState;

struct Checkpoint {
    char *path;
    int copied; /* frames of the log when it was last copied; the writer's thread only */
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

static void copy_log(Db *db) {
    int left = LOG_REST + 1;
    for (int turn = 0; turn < COPY_TURNS && left > LOG_REST; turn++) {
        if (!engine_copy_log(db, &left)) {
            return; /* another process copies: as good */
        }
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
            copy_log(db);
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

/* True if the thread has copied what it was asked to; asks it where it was not. */
static bool checkpoint_ask(Checkpoint *checkpoint) {
    if (!checkpoint->started) {
        int status = pthread_create(&checkpoint->thread, NULL, checkpoint_loop, checkpoint);
        g_assert(status == 0);
        pthread_setname_np(checkpoint->thread, "checkpoint");
        checkpoint->started = true;
    }
    pthread_mutex_lock(&checkpoint->lock);
    bool done = checkpoint->state == COPY_DONE;
    if (checkpoint->state == COPY_IDLE) {
        checkpoint->state = COPY_ASKED;
        pthread_cond_signal(&checkpoint->changed);
    } else if (done) {
        checkpoint->state = COPY_IDLE;
    }
    pthread_mutex_unlock(&checkpoint->lock);
    return done;
}

void checkpoint_tend(Checkpoint *checkpoint, Db *writer) {
    int frames = engine_log_frames(writer);
    checkpoint->copied = frames < checkpoint->copied ? 0 : checkpoint->copied; /* begun anew */
    int grown = frames - checkpoint->copied;
    if (grown < LOG_COPY || (!checkpoint_ask(checkpoint) && grown < LOG_MAX)) {
        return;
    }
    int left;
    engine_copy_log(writer, &left); /* a reader in the way: at the next LOG_COPY */
    checkpoint->copied = frames;
}
