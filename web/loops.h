/* The threads that serve connections, each driving one daemon of the HTTP library.
 *
 * libmicrohttpd's own threads (0.9.75) wait in vain where exactly as many connections are ready as
 * one look can tell of, or twice as many: nobody is served until one more comes. These look without
 * waiting, and wait by themselves. */
#pragma once

#include <glib.h>

typedef struct Loops Loops;

/* How a daemon is driven. All by its thread; `end` after it. */
typedef struct {
    void (*run)(gpointer daemon);       /* does what there is to do, without waiting */
    int (*timeout_ms)(gpointer daemon); /* when it must be run though nothing comes; -1: never */
    void (*quiesce)(gpointer daemon);   /* nobody new is let in */
    void (*end)(gpointer daemon);       /* quiesced, and none of its connections is suspended */
} LoopDaemon;

Loops *loops_new(void);

/* `fd` can be read when there is something to do. Before loops_start; `kind` is static. */
void loops_add(Loops *loops, const LoopDaemon *kind, gpointer take_daemon, int fd);

void loops_start(Loops *loops);

/* There is something to do that the daemon's `fd` does not tell. From any thread. */
void loops_wake(const Loops *loops, gconstpointer daemon);

/* Soon nobody new is let in. */
void loops_quiesce(const Loops *loops);

/* Ends threads and daemons. */
void loops_stop(Loops *take_loops);
