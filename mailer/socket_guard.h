/* connect(), poll(), read() and write() as libesmtp needs them.
 *
 * libesmtp opens its sockets itself and gives no way to them. It never sets TCP_NODELAY and writes
 * a message in pieces of 2 KB, so that Nagle's algorithm and delayed acknowledgements cost 40 ms a
 * message; what it writes is therefore collected here and goes out whole when it begins to wait for
 * the reply, which is one wait in read() and not two. It lets connect() wait for minutes. And it
 * reads before it writes when both can be done: under TLS 1.3 a session ticket that comes just then
 * is taken for the reply to a command that has not been sent, and both sides wait for ever. It
 * gives up when nothing comes for a while, so that a byte now and then keeps it for ever.
 *
 * It also begins a message only when the one before is answered. Where RFC 2920 lets the two go
 * together, its user says in socket_guard_end_message what the library will write next: that goes
 * out at once, is swallowed when the library writes it, and the replies are handed on line by line,
 * so that to the library all comes in its usual order.
 *
 * socket_guard.c defines the four in the program, which the dynamic linker then uses for libesmtp
 * too; only a thread between socket_guard_begin and socket_guard_end notices any difference. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct {
    int timeout_ms;   /* of connect() */
    int fd;           /* out: the latest TCP socket connected, -1 for none; owned by the library */
    GString *pending; /* written, not yet sent */
    int64_t until_us; /* monotonic: no wait goes on after; the user's, who may move it */
    int64_t deadline_us; /* monotonic: of the wait in progress */
    bool blocking;       /* the socket waits by itself */
    bool broken;         /* something could not be sent */
    size_t queued;       /* bytes written by the library or ahead of it */
    size_t sent;         /* of them */
    bool ending;         /* the next wait follows the end of a message */
    size_t end_at;       /* of `queued`: where the latest message ended */
    GString *ahead;      /* what the library has yet to write, or is to go with the end */
    GString *incoming;   /* read, and not yet handed on */
} SocketGuard;

/* `guard` must stay until socket_guard_end. Not nested. */
void socket_guard_begin(SocketGuard *guard);
void socket_guard_end(void);

/* What the library writes until it waits next is the end of a message. `ahead` goes out with it;
 * NULL for nothing, as always under TLS, which cannot be written for the library. */
void socket_guard_end_message(const char *ahead);

/* True if the other side has said more than the library has read. */
bool socket_guard_has_more(const SocketGuard *guard);

/* False if the other side cannot have the end of the latest message. */
bool socket_guard_has_sent(const SocketGuard *guard);
