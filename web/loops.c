#include "web/loops.h"

#include <glib.h>
#include <microhttpd.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <sys/eventfd.h>
#include <unistd.h>

typedef struct {
    struct MHD_Daemon *daemon;
    int listening;
    pthread_t thread;
    bool started;
    bool quiet; /* nobody new is let in */
    int wake;   /* an eventfd: there is something to look at in here */
    atomic_bool quiescing;
    atomic_bool ending;
} Loop;

struct Loops {
    GPtrArray *list; /* of Loop * */
};

/* A daemon that could take no more lets nobody in until it is run again, and says nothing of it. */
enum { LOOK_MS = 1000 };

static int loop_timeout(const Loop *loop) {
    MHD_UNSIGNED_LONG_LONG ms = LOOK_MS;
    MHD_get_timeout(loop->daemon, &ms);
    return (int)MIN(ms, LOOK_MS);
}

static void loop_wait(const Loop *loop) {
    const union MHD_DaemonInfo *info = MHD_get_daemon_info(loop->daemon, MHD_DAEMON_INFO_EPOLL_FD);
    struct pollfd fds[] = {{.fd = info->epoll_fd, .events = POLLIN},
                           {.fd = loop->wake, .events = POLLIN}};
    poll(fds, G_N_ELEMENTS(fds), loop_timeout(loop));
    if (fds[1].revents != 0) {
        eventfd_t times;
        eventfd_read(loop->wake, &times);
    }
}

/* After it the daemon's end leaves the listening socket open. */
static void loop_quieten(Loop *loop) {
    if (!loop->quiet) {
        MHD_quiesce_daemon(loop->daemon);
        loop->quiet = true;
    }
}

static void *loop_run(void *data) {
    Loop *loop = data;
    while (!atomic_load(&loop->ending)) {
        if (atomic_load(&loop->quiescing)) {
            loop_quieten(loop);
        }
        MHD_run(loop->daemon);
        loop_wait(loop);
    }
    MHD_run(loop->daemon); /* who was waited for hears it */
    return NULL;
}

static void loop_stop(Loop *take_loop) {
    if (take_loop->started) {
        atomic_store(&take_loop->ending, true);
        eventfd_write(take_loop->wake, 1);
        pthread_join(take_loop->thread, NULL);
    }
    loop_quieten(take_loop);
    MHD_stop_daemon(take_loop->daemon);
    close(take_loop->listening);
    close(take_loop->wake);
    g_free(take_loop);
}

Loops *loops_new(void) {
    Loops *loops = g_new0(Loops, 1);
    loops->list = g_ptr_array_new();
    return loops;
}

void loops_add(Loops *loops, struct MHD_Daemon *take_daemon, int take_listening) {
    Loop *loop = g_new0(Loop, 1);
    loop->daemon = take_daemon;
    loop->listening = take_listening;
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

void loops_resume(const Loops *loops, struct MHD_Connection *connection) {
    const struct MHD_Daemon *daemon =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_DAEMON)->daemon;
    MHD_resume_connection(connection);
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
