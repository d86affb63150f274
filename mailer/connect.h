/* connect() with TCP_NODELAY and a time limit, for a library that asks for neither.
 *
 * libesmtp opens its sockets itself, never sets TCP_NODELAY and writes a message in pieces of 2 KB,
 * so that Nagle's algorithm and delayed acknowledgements cost 40 ms a message; and it lets
 * connect() wait for minutes. connect.c defines connect() in the program, which the dynamic linker
 * then uses for libesmtp too; only a thread between connect_guard_begin and connect_guard_end
 * notices any difference. */
#pragma once

typedef struct {
    int timeout_ms;
    int fd; /* out: the latest TCP socket connected, -1 for none; owned by the library */
} ConnectGuard;

/* `guard` must stay until connect_guard_end. Not nested. */
void connect_guard_begin(ConnectGuard *guard);
void connect_guard_end(void);
