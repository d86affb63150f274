#include "web/loops.h"

#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <sys/eventfd.h>
#include <unistd.h>

/* A daemon that could take no more lets nobody in until it is run again, and says nothing of it. */
enum { LOOK_MS = 1000 };

typedef struct {
    const LoopDaemon *kind;
    gpointer daemon;
    int fd;
    int wake; /* an eventfd */
    pthread_t thread;
    bool started;
    bool quiet; /* nobody new is let in */
    atomic_bool quiescing;
    atomic_bool ending;
} Loop;

struct Loops {
    GPtrArray *list; /* of Loop * */
};

static void loop_wait(const Loop *loop) {
    struct pollfd fds[] = {{.fd = loop->fd, .events = POLLIN},
                           {.fd = loop->wake, .events = POLLIN}};
    int ms = loop->kind->timeout_ms(loop->daemon);
    poll(fds, G_N_ELEMENTS(fds), ms < 0 ? LOOK_MS : MIN(ms, LOOK_MS));
    if (fds[1].revents != 0) {
        eventfd_t times;
        eventfd_read(loop->wake, &times);
    }
}

static void loop_quieten(Loop *loop) {
    if (!loop->quiet) {
        loop->kind->quiesce(loop->daemon);
        loop->quiet = true;
    }
}

static void *loop_run(void *data) {
    Loop *loop = data;
    while (!atomic_load(&loop->ending)) {
        if (atomic_load(&loop->quiescing)) {
            loop_quieten(loop);
        }
        loop->kind->run(loop->daemon);
        loop_wait(loop);
    }
    loop->kind->run(loop->daemon); /* who was waited for hears it */
    return NULL;
}

static void loop_stop(Loop *take_loop) {
    if (take_loop->started) {
        atomic_store(&take_loop->ending, true);
        eventfd_write(take_loop->wake, 1);
        pthread_join(take_loop->thread, NULL);
    }
    loop_quieten(take_loop);
    take_loop->kind->end(take_loop->daemon);
    close(take_loop->wake);
    g_free(take_loop);
}

Loops *loops_new(void) {
    Loops *loops = g_new0(Loops, 1);
    loops->list = g_ptr_array_new();
    return loops;
}

void loops_add(Loops *loops, const LoopDaemon *kind, gpointer take_daemon, int fd) {
    Loop *loop = g_new0(Loop, 1);
    loop->kind = kind;
    loop->daemon = take_daemon;
    loop->fd = fd;
    loop->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    g_assert(loop->wake >= 0);
    g_ptr_array_add(loops->list, loop);
}

void loops_start(Loops *loops) {
    for (guint i = 0; i < loops->list->len; i++) {
        Loop *loop = g_ptr_array_index(loops->list, i);
        int status = pthread_create(&loop->thread, NULL, loop_run, loop);
        g_assert(status == 0);
        pthread_setname_np(loop->thread, "web");
        loop->started = true;
    }
}

void loops_wake(const Loops *loops, gconstpointer daemon) {
    for (guint i = 0; i < loops->list->len; i++) {
        const Loop *loop = g_ptr_array_index(loops->list, i);
        if (loop->daemon == daemon) {
            eventfd_write(loop->wake, 1);
        }
    }
}

void loops_quiesce(const Loops *loops) {
    for (guint i = 0; i < loops->list->len; i++) {
        Loop *loop = g_ptr_array_index(loops->list, i);
        atomic_store(&loop->quiescing, true);
        eventfd_write(loop->wake, 1);
    }
}

void loops_stop(Loops *take_loops) {
    for (guint i = 0; i < take_loops->list->len; i++) {
        loop_stop(g_ptr_array_index(take_loops->list, i));
    }
    g_ptr_array_unref(take_loops->list);
    g_free(take_loops);
}
