#include "mailer/connect.h"

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

static _Thread_local ConnectGuard *guard;

void connect_guard_begin(ConnectGuard *take_part) {
    g_assert(guard == NULL);
    guard = take_part;
    guard->fd = -1;
}

void connect_guard_end(void) {
    guard = NULL;
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
        ready = poll(&watched, 1, timeout_ms);
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

/* In the dynamic symbol table, so that shared libraries find it before libc's. The argument's type
 * is glibc's own, a transparent union of the pointers to all kinds of address. */
__attribute__((visibility("default"))) int connect(int fd, __CONST_SOCKADDR_ARG address,
                                                   socklen_t size) {
    if (guard == NULL || address.__sockaddr__ == NULL || !is_tcp(fd, address.__sockaddr__)) {
        return (int)syscall(SYS_connect, fd, address.__sockaddr__, size);
    }
    return guarded_connect(fd, address.__sockaddr__, size);
}
