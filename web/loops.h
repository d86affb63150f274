/* The threads that serve connections, each with a daemon of libmicrohttpd.
 *
 * The library's own threads (0.9.75) wait in vain where exactly as many connections are ready as
 * one look can tell of, or twice as many: nobody is served until one more comes. These look without
 * waiting, and wait by themselves. */
#pragma once

struct MHD_Connection;
struct MHD_Daemon;

typedef struct Loops Loops;

Loops *loops_new(void);

/* Takes a daemon, which was started with MHD_USE_EPOLL and no thread of its own, and its listening
 * socket. Before loops_start. */
void loops_add(Loops *loops, struct MHD_Daemon *take_daemon, int take_listening);

void loops_start(Loops *loops);

/* Has a suspended connection go on. From any thread; afterwards it may be gone. */
void loops_resume(const Loops *loops, struct MHD_Connection *connection);

/* Soon nobody new is let in. */
void loops_quiesce(const Loops *loops);

/* Ends threads and daemons with their connections, of which none may be suspended. */
void loops_stop(Loops *take_loops);
