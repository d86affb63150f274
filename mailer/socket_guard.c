#include "mailer/socket_guard.h"

#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
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
    guard->blocking = false;
    guard->broken = false;
    guard->queued = 0;
    guard->sent = 0;
    guard->ending = false;
    guard->end_at = 0;
    guard->deadline_us = INT64_MAX;
    guard->pending = g_string_sized_new(16 * 1024);
    guard->ahead = g_string_new(NULL);
    guard->incoming = g_string_new(NULL);
}

void socket_guard_end(void) {
    g_string_free(guard->pending, TRUE);
    g_string_free(guard->ahead, TRUE);
    g_string_free(guard->incoming, TRUE);
    guard->pending = guard->ahead = guard->incoming = NULL;
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

/* The socket waits by itself; libesmtp had it otherwise. It wakes up now and then to look at how
 * long it may. */
static void set_blocking(void) {
    const struct timeval tick = {.tv_sec = 1};
    fcntl(guard->fd, F_SETFL, fcntl(guard->fd, F_GETFL) & ~O_NONBLOCK);
    setsockopt(guard->fd, SOL_SOCKET, SO_RCVTIMEO, &tick, sizeof tick);
    setsockopt(guard->fd, SOL_SOCKET, SO_SNDTIMEO, &tick, sizeof tick);
    guard->blocking = true;
}

static bool is_late(void) {
    return g_get_monotonic_time() >= guard->until_us;
}

/* Is the wait to go on after a call that returned `done`? With its patience at an end it has
 * failed: nobody is to try again. */
static bool goes_on(ssize_t done) {
    if (done >= 0 || (errno != EAGAIN && errno != EINTR)) {
        return false;
    }
    bool over = g_get_monotonic_time() >= MIN(guard->deadline_us, guard->until_us);
    errno = over ? ETIMEDOUT : errno;
    return !over;
}

/* All that has been written goes out. As poll(2): -1 if it cannot, and then never again: what
 * followed would be taken for the rest of what was cut off. */
static int flush_pending(void) {
    GString *pending = guard->pending;
    size_t done = 0;
    while (done < pending->len && !guard->broken) {
        ssize_t written = syscall(SYS_write, guard->fd, pending->str + done, pending->len - done);
        guard->broken = written < 0 && !goes_on(written);
        done += written > 0 ? (size_t)written : 0;
    }
    guard->sent += done;
    g_string_truncate(pending, 0);
    errno = guard->broken ? EPIPE : errno;
    return guard->broken ? -1 : 0;
}

void socket_guard_end_message(const char *ahead) {
    g_string_assign(guard->ahead, ahead != NULL ? ahead : "");
    guard->ending = true;
}

bool socket_guard_has_sent(const SocketGuard *done) {
    return !done->ending && done->sent >= done->end_at;
}

bool socket_guard_has_more(const SocketGuard *begun) {
    return begun->incoming->len > 0;
}

static void enqueue(const char *data, size_t size) {
    g_string_append_len(guard->pending, data, (gssize)size);
    guard->queued += size;
}

/* A wait begins: is it the one for the answer to a message? */
static void end_message(void) {
    if (guard->ending) {
        guard->ending = false;
        guard->end_at = guard->queued;
        enqueue(guard->ahead->str, guard->ahead->len);
    }
}

/* Writing comes first: who can write is told so, and that nothing can be read yet; a look whether
 * anything has come already (timeout 0, between commands that are sent together) sees nothing. Who
 * can only read is told that there is something: read() waits. */
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
    if (count != 1 || watched[0].fd != guard->fd || timeout_ms < 0) {
        return flush_pending() == 0 ? real_poll(watched, count, timeout_ms) : -1;
    }
    if (is_late()) {
        return 0;
    }
    if (!guard->blocking) {
        set_blocking();
    }
    guard->deadline_us = g_get_monotonic_time() + (int64_t)timeout_ms * 1000;
    watched[0].revents = POLLIN;
    end_message();
    flush_pending(); /* a relay that has closed may have said why */
    return 1;
}

static ssize_t wait_read(void *data, size_t size) {
    ssize_t got;
    do {
        got = syscall(SYS_read, guard->fd, data, size);
    } while (goes_on(got));
    return got;
}

/* The next line of what has come, or what there is of it. */
static ssize_t read_line(char *data, size_t size) {
    GString *incoming = guard->incoming;
    if (incoming->len == 0) {
        char bytes[2048];
        ssize_t got = wait_read(bytes, sizeof bytes);
        if (got <= 0) {
            return got;
        }
        g_string_append_len(incoming, bytes, got);
    }
    const char *end = memchr(incoming->str, '\n', incoming->len);
    size_t line = end != NULL ? (size_t)(end - incoming->str) + 1 : incoming->len;
    size_t taken = MIN(line, size);
    memcpy(data, incoming->str, taken);
    g_string_erase(incoming, 0, (gssize)taken);
    return (ssize_t)taken;
}

/* OpenSSL reads the answer to what it has just written without a poll() between. */
static ssize_t guarded_read(void *data, size_t size) {
    errno = ETIMEDOUT;
    if (is_late()) {
        return -1;
    }
    if (flush_pending() != 0) {
        ssize_t left = recv(guard->fd, data, size, MSG_DONTWAIT);
        errno = left < 0 ? EPIPE : errno; /* never "try again" */
        return left;
    }
    bool several = guard->ahead->len > 0 || guard->incoming->len > 0;
    return several ? read_line(data, size) : wait_read(data, size);
}

/* The library writes what has gone out before. It may find the message before refused, and wants to
 * begin anew: the other side has done so (RFC 5321 section 4.1.1.4), and we say it in its place. */
static ssize_t swallow(const char *data, size_t size) {
    static const char reset[] = "RSET\r\n";
    bool resets = size >= strlen(reset) && memcmp(reset, data, strlen(reset)) == 0;
    size_t begun = resets ? strlen(reset) : 0;
    if (size - begun > guard->ahead->len ||
        memcmp(guard->ahead->str, data + begun, size - begun) != 0) {
        guard->broken = true;
        errno = EPIPE;
        return -1;
    }
    if (resets) {
        g_string_prepend(guard->incoming, "250 2.0.0 Ok\r\n");
    }
    g_string_erase(guard->ahead, 0, (gssize)(size - begun));
    return (ssize_t)size;
}

static ssize_t guarded_write(const void *data, size_t size) {
    guard->deadline_us = guard->until_us;
    if (guard->ahead->len > 0 && !guard->ending) {
        return swallow(data, size);
    }
    enqueue(data, size);
    return guard->pending->len < PENDING_MAX || flush_pending() == 0 ? (ssize_t)size : -1;
}

/* These four go by libc's names in the dynamic symbol table, so that shared libraries find them
 * first. Their C names are others, because the headers may define the originals inline. */
int program_connect(int fd, const struct sockaddr *address, socklen_t size) __asm__("connect")
    __attribute__((visibility("default")));
int program_poll(struct pollfd *watched, nfds_t count, int timeout_ms) __asm__("poll")
    __attribute__((visibility("default")));
ssize_t program_write(int fd, const void *data, size_t size) __asm__("write")
    __attribute__((visibility("default")));
ssize_t program_read(int fd, void *data, size_t size) __asm__("read")
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

ssize_t program_read(int fd, void *data, size_t size) {
    return guard == NULL || guard->fd != fd ? syscall(SYS_read, fd, data, size)
                                            : guarded_read(data, size);
}
