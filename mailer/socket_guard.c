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

static _Thread_local SocketGuard *guard;

void socket_guard_begin(SocketGuard *begun) {
    g_assert(guard == NULL);
    guard = begun;
    guard->fd = -1;
}

void socket_guard_end(void) {
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

/* Writing comes first: where something can be written, nothing can be read yet; and a look whether
 * anything has come already (timeout 0, between commands that are sent together) sees nothing. */
static int guarded_poll(struct pollfd *watched, nfds_t count, int timeout_ms) {
    if (timeout_ms == 0) {
        return 0;
    }
    int ready = real_poll(watched, count, timeout_ms);
    bool writable = false;
    for (nfds_t i = 0; ready > 0 && i < count; i++) {
        writable = writable || (watched[i].revents & POLLOUT) != 0;
    }
    for (nfds_t i = 0; writable && i < count; i++) {
        if (watched[i].revents == POLLIN) {
            watched[i].revents = 0;
            ready--;
        }
    }
    return ready;
}

/* These two go by libc's names in the dynamic symbol table, so that shared libraries find them
 * first. Their C names are others, because the headers may define the originals inline. */
int program_connect(int fd, const struct sockaddr *address, socklen_t size) __asm__("connect")
    __attribute__((visibility("default")));
int program_poll(struct pollfd *watched, nfds_t count, int timeout_ms) __asm__("poll")
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
