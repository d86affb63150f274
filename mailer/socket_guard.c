#include "mailer/socket_guard.h"

#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

/* More is not kept back. */
enum { PENDING_MAX = 64 * 1024 };

static _Thread_local SocketGuard *guard;

void socket_guard_begin(SocketGuard *begun) {
    g_assert(guard == NULL);
    guard = begun;
    guard->fd = -1;
    guard->pending = g_string_sized_new(16 * 1024);
}

void socket_guard_end(void) {
    g_string_free(guard->pending, TRUE);
    guard->pending = NULL;
    guard = NULL;
}

/* As poll(2). */
static int real_poll(struct pollfd *watched, nfds_t count, int timeout_ms) {
    const struct timespec timeout = {.tv_sec = timeout_ms / 1000,
                                     .tv_nsec = timeout_ms % 1000 * 1000000L};
    return ppoll(watched, count, timeout_ms < 0 ? NULL : &timeout, NULL);
}

static bool is_tcp(int fd, const struct sockaddr *address) {
    int type = 0;
    socklen_t size = sizeof type;
    return (address->sa_family == AF_INET || address->sa_family == AF_INET6) &&
           getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) == 0 && type == SOCK_STREAM;
}

static int wait_connected(int fd, int timeout_ms) {
    struct pollfd watched = {.fd = fd, .events = POLLOUT};
    int ready;
    do {
        ready = real_poll(&watched, 1, timeout_ms);
    } while (ready < 0 && errno == EINTR);
    if (ready == 0) {
        errno = ETIMEDOUT;
    }
    if (ready <= 0) {
        return -1;
    }
    int fault = 0;
    socklen_t size = sizeof fault;
    if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &fault, &size) != 0) {
        return -1;
    }
    errno = fault;
    return fault == 0 ? 0 : -1;
}

static int guarded_connect(int fd, const struct sockaddr *address, socklen_t size) {
    int on = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
    int flags = fcntl(fd, F_GETFL);
    fcntl(fd, F_SETFL, flags | O_NONBLOCK);
    int status = (int)syscall(SYS_connect, fd, address, size);
    if (status != 0 && errno == EINPROGRESS) {
        status = wait_connected(fd, guard->timeout_ms);
    }
    int fault = errno;
    fcntl(fd, F_SETFL, flags);
    if (status == 0) {
        guard->fd = fd;
    }
    errno = fault;
    return status;
}

/* As poll(2), and no longer than the deadline. */
static int poll_in_time(struct pollfd *watched, nfds_t count, int timeout_ms) {
    int64_t left_ms = MAX((guard->deadline_us - g_get_monotonic_time()) / 1000, 0);
    bool shorter = timeout_ms < 0 || left_ms < timeout_ms;
    return real_poll(watched, count, shorter ? (int)MIN(left_ms, G_MAXINT) : timeout_ms);
}

/* The socket is non-blocking: its buffer may be full. */
static bool wait_writable(void) {
    struct pollfd watched = {.fd = guard->fd, .events = POLLOUT};
    int ready;
    do {
        ready = poll_in_time(&watched, 1, -1);
    } while (ready < 0 && errno == EINTR);
    return ready > 0;
}

/* All that has been written goes out. As write(2). */
static int flush_pending(void) {
    GString *pending = guard->pending;
    size_t done = 0;
    bool sound = true;
    while (sound && done < pending->len) {
        ssize_t written = syscall(SYS_write, guard->fd, pending->str + done, pending->len - done);
        done += written > 0 ? (size_t)written : 0;
        sound = written >= 0 || errno == EINTR || (errno == EAGAIN && wait_writable());
    }
    g_string_truncate(pending, 0);
    return sound ? 0 : -1;
}

/* Writing comes first: who can write is told so, and that nothing can be read yet; a look whether
 * anything has come already (timeout 0, between commands that are sent together) sees nothing. */
static int guarded_poll(struct pollfd *watched, nfds_t count, int timeout_ms) {
    if (timeout_ms == 0) {
        return 0;
    }
    int writable = 0;
    for (nfds_t i = 0; i < count; i++) {
        bool writes = watched[i].fd == guard->fd && (watched[i].events & POLLOUT) != 0;
        watched[i].revents = writes ? POLLOUT : 0;
        writable += writes;
    }
    if (writable > 0) {
        return writable;
    }
    return flush_pending() == 0 ? poll_in_time(watched, count, timeout_ms) : -1;
}

static ssize_t guarded_write(const void *data, size_t size) {
    g_string_append_len(guard->pending, data, (gssize)size);
    return guard->pending->len < PENDING_MAX || flush_pending() == 0 ? (ssize_t)size : -1;
}

/* These three go by libc's names in the dynamic symbol table, so that shared libraries find them
 * first. Their C names are others, because the headers may define the originals inline. */
int program_connect(int fd, const struct sockaddr *address, socklen_t size) __asm__("connect")
    __attribute__((visibility("default")));
int program_poll(struct pollfd *watched, nfds_t count, int timeout_ms) __asm__("poll")
    __attribute__((visibility("default")));
ssize_t program_write(int fd, const void *data, size_t size) __asm__("write")
    __attribute__((visibility("default")));

int program_connect(int fd, const struct sockaddr *address, socklen_t size) {
    if (guard == NULL || address == NULL || !is_tcp(fd, address)) {
        return (int)syscall(SYS_connect, fd, address, size);
    }
    return guarded_connect(fd, address, size);
}

int program_poll(struct pollfd *watched, nfds_t count, int timeout_ms) {
    return guard == NULL ? real_poll(watched, count, timeout_ms)
                         : guarded_poll(watched, count, timeout_ms);
}

ssize_t program_write(int fd, const void *data, size_t size) {
    return guard == NULL || guard->fd != fd ? syscall(SYS_write, fd, data, size)
                                            : guarded_write(data, size);
}
